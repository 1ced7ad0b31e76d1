#include "tests/ui/sample_model.h"

#include "shared/base/files.h"

#include <cstdlib>

namespace tally::test {

using namespace client::screens;

namespace {

constexpr std::int64_t minute_ms = 60'000;

Timestamp at(Date date, std::int32_t minute)
{
    return {days_from_date(date) * 86'400'000 + minute * minute_ms};
}

Uuid id_of(int number)
{
    Uuid id;
    id.bytes[0] = 1;
    id.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

EntryModel entry_of(int number, EntryState state, Entry words)
{
    EntryModel entry;
    words.id = id_of(number);
    words.kind = kind_of(words.body, EvidenceKind::Hours);
    entry.id = words.id;
    entry.kind = words.kind;
    entry.captured_at = words.captured_at;
    entry.state = state;
    entry.words = std::make_shared<const Entry>(std::move(words));
    return entry;
}

Entry hours(Date date, const char* activity, const char* host, std::int32_t start, std::int32_t end,
            HoursPeople people, WhoseTime whose)
{
    Entry entry;
    entry.captured_at = at(date, end + 20);
    entry.about.contract = "LCC-2026-014";
    entry.about.measure = "NT86";
    HoursBody body;
    body.activity = activity;
    body.host = host;
    body.date = date;
    body.start_min = start;
    body.end_min = end;
    body.people = std::move(people);
    body.whose_time = whose;
    body.confirmation = HoursConfirmation::Host;
    body.confirmed_by = "Mrs Akhtar";
    entry.body = body;
    return entry;
}

} // namespace

AppModel fresh_model()
{
    AppModel model;
    model.is_loading = false;
    model.today = {2026, 11, 28};
    model.now = at(model.today, 10 * 60 + 41);
    model.sync.state = SyncState::NotEnrolled;
    model.device.data_folder = "/home/amina/.local/share/tallybook";
    model.device.program_version = "0.1.0";
    return model;
}

AppModel sample_model()
{
    AppModel model = fresh_model();
    model.device.is_enrolled = true;
    model.device.name = "Tablet 7, Preston";
    model.device.author = "Amina";
    model.device.server = "https://tallybook.preston.example";
    model.device.server_name = "Preston City Council";
    model.lock = {.has_pin = true, .is_unlocked = true, .is_busy = false, .problem = ""};
    model.sync.state = SyncState::Offline;
    model.sync.entries_unsent = 3;
    model.contracts = {
        {"LCC-2026-014",
         "Highways maintenance, central Lancashire",
         "Ribble Roads Ltd",
         {{"NT86", "Staff volunteering hours in the community", "hours", MeasureKind::Hours, true},
          {"NT11", "Hours of support for people who are out of work", "hours", MeasureKind::Hours, true},
          {"NT10", "Apprenticeship weeks on the contract", "weeks", MeasureKind::Weeks, true},
          {"NT20", "Staff with access to a wellbeing programme", "people", MeasureKind::People, false, true},
          {"NT18", "Spending with suppliers in the area", "pounds", MeasureKind::Gbp, false},
          {"NT32", "Car miles saved", "miles", MeasureKind::Miles, false}}},
        {"LCC-2026-021", "School meals, Preston and South Ribble", "Good Plate Catering", {}},
    };
    model.places = {{"moor-park", "Moor Park"}, {"harris", "The Harris Library"}};
    model.events = {
        {"e1", "LCC-2026-014", "Canal tidy-up", "", "Lancaster Canal, Ashton Basin", at({2026, 11, 14}, 570),
         at({2026, 11, 14}, 750)},
        {"e2", "LCC-2026-014", "Winter planting day", "moor-park", "Moor Park", at(model.today, 600),
         at(model.today, 780)},
    };
    model.entries = {
        entry_of(1, EntryState::Unsent,
                 hours({2026, 11, 28}, "Planted bulbs along the avenue", "Friends of Moor Park", 570, 630,
                       {"Tom Hargreaves", 0, 0}, WhoseTime::SupplierStaff)),
        entry_of(2, EntryState::Queried,
                 hours({2026, 11, 26}, "Reading with year 4", "A primary school", 540, 690,
                       {"Amina Patel", 0, 0}, WhoseTime::SupplierStaff)),
        entry_of(3, EntryState::Accepted,
                 hours({2026, 11, 21}, "Litter pick by the canal", "Canal & River Trust", 600, 780,
                       {"", 9, 3}, WhoseTime::Residents)),
        entry_of(4, EntryState::Waiting,
                 hours({2026, 11, 20}, "Painted the community hall", "Deepdale Community Centre", 540, 960,
                       {"", 4, 0}, WhoseTime::SupplierStaff)),
        entry_of(5, EntryState::Declined,
                 hours({2026, 11, 12}, "Site induction", "Ribble Roads Ltd", 480, 600,
                       {"Tom Hargreaves", 0, 0}, WhoseTime::SupplierStaff)),
    };
    model.entries.push_back(entry_of(6, EntryState::Duplicate,
                                     hours({2026, 11, 11}, "Litter pick, group sheet", "Canal & River Trust",
                                           600, 720, {"", 12, 0}, WhoseTime::SupplierStaff)));
    model.entries.push_back(entry_of(7, EntryState::Split,
                                     hours({2026, 11, 10}, "Mock interviews", "Preston College", 540, 780,
                                           {"Tom Hargreaves", 0, 0}, WhoseTime::SupplierStaff)));
    EntryModel erased;
    erased.id = id_of(8);
    erased.kind = EvidenceKind::Story;
    erased.captured_at = at({2026, 10, 9}, 900);
    erased.state = EntryState::Erased;
    erased.erased_at = at({2026, 11, 3}, 700);
    erased.erased_why = ErasureReason::Withdrawal;
    model.entries.push_back(erased);
    model.entries[1].question = "Which school was this? We have two events on that day.";
    model.entries[4].note = "This was training for the job itself, so it cannot count as volunteering.";
    if (auto wordings = load_consent_wordings(assets_dir() / "consents"))
        model.consent_wordings = std::move(*wordings);
    for (const char* name : {"community-event.json", "public-place.json"}) {
        auto load = load_questionnaire(assets_dir() / "questionnaires" / name);
        if (load.questionnaire)
            model.questionnaires.push_back(std::move(*load.questionnaire));
    }
    return model;
}

void put_one_aside(AppModel& model)
{
    EntryModel& refused = model.entries.front();
    refused.state = EntryState::Rejected;
    refused.note = "There is no contract LCC-2026-013 here. Choose the contract that this work was for.";
}

void plug_in_sticks(AppModel& model)
{
    model.bundle.has_looked = true;
    model.bundle.sticks = {
        {"/media/amina/KINGSTON", "KINGSTON", 12'300'000'000, false, {"tallybook-receipts.tally"}},
        {"/media/amina/LOCKED", "LOCKED", 4'000'000'000, true, {}},
        {"/media/amina/OLD", "OLD", 40'000, false, {}}};
    model.sync.photos_waiting = 2;
}

bool apply_case(AppModel& model, std::string_view name)
{
    BundleModel& bundle = model.bundle;
    if (name == "put-aside") {
        put_one_aside(model);
        return true;
    }
    if (name == "clock") {
        model.device.clock_ahead_min = 47;
        return true;
    }
    if (name == "portal" || name == "wrong-server" || name == "disk-full" || name == "wifi" ||
        name == "sync-other") {
        model.sync.state = name == "portal" || name == "wifi" ? SyncState::Offline : SyncState::Failed;
        model.sync.trouble = name == "portal"         ? SyncTrouble::NetworkSignIn
                             : name == "wrong-server" ? SyncTrouble::WrongServer
                             : name == "disk-full"    ? SyncTrouble::DeviceFull
                             : name == "wifi"         ? SyncTrouble::WaitsForWifi
                                                      : SyncTrouble::Other;
        model.sync.message = "The server answered with status 500.";
        model.sync.last_success = at({2026, 11, 27}, 16 * 60 + 5);
        return true;
    }
    if (name == "sent") {
        model.sync = {};
        model.sync.last_success = at(model.today, 10 * 60 + 38);
        model.entries.front().state = EntryState::Waiting;
        return true;
    }
    if (name == "not-taken") {
        apply_case(model, "sent");
        put_one_aside(model);
        model.sync.withdrawals_waiting = 1;
        return true;
    }
    if (name == "questions") {
        for (std::uint8_t copy = 1; copy < 5; ++copy) {
            EntryModel queried = model.entries[1];
            queried.id.bytes[1] = copy;
            model.entries.push_back(queried);
        }
        return true;
    }
    if (name == "photo") {
        model.entries.front().photos = 2;
        model.entries.front().photos_waiting = 1;
        model.entries.front().state = EntryState::Waiting;
        model.entries.front().photo_problem = "The photo is larger than 25 MB.";
        return true;
    }
    plug_in_sticks(model);
    if (name == "left-behind") {
        apply_case(model, "not-taken");
        return true;
    }
    if (name == "sticks")
        return true;
    if (name == "writing") {
        bundle.stage = BundleModel::Stage::Writing;
        bundle.done = 212;
        bundle.all = 340;
    } else if (name == "written") {
        bundle.stage = BundleModel::Stage::Written;
        bundle.stick = "KINGSTON";
        bundle.file = "tallybook-tablet-7-preston-2026-11-28-1041.bundle";
        bundle.entries = 3;
        bundle.photos = 2;
        bundle.bytes = 4'180'000;
    } else if (name == "receipts") {
        bundle.stage = BundleModel::Stage::Read;
        bundle.accepted = 3;
        bundle.photos_there = 2;
        bundle.rejected = 1;
    } else if (name == "stick-full") {
        bundle.problem = "The stick has no room left. Nothing was written. Delete something from it, or take "
                         "another one.";
    } else {
        return false;
    }
    return true;
}

void open_sample_sheet(AppModel& model)
{
    model.sheet.event = "e2";
    model.sheet.activity = "Winter planting day";
    model.sheet.host = "Friends of Moor Park";
    const char* names[] = {"Fatima Hussain",   "Tom Hargreaves", "Grace Okafor",     "Wiktoria Nowak",
                           "Gareth Ll\u0177n", "Parveen Akhtar", "Jos\u00e9 Almeida"};
    std::int32_t minute = 598;
    for (const char* name : names) {
        SheetRow row;
        row.id = name;
        row.name = name;
        row.in_at = at(model.today, minute);
        row.whose_time = row.name.starts_with("Tom") ? WhoseTime::SupplierStaff : WhoseTime::Residents;
        model.sheet.here.push_back(row);
        minute += 3;
    }
    SheetRow gone;
    gone.id = id_of(9).text();
    gone.name = "Alan Whittle";
    gone.in_at = at(model.today, 600);
    gone.out_at = at(model.today, 635);
    gone.minutes = 35;
    model.sheet.gone.push_back(gone);
    gone.id = id_of(10).text();
    gone.name = "Maureen Duckworth";
    gone.minutes = 180;
    gone.out_at = at(model.today, 780);
    gone.forgotten = true;
    model.sheet.gone.push_back(gone);
}

} // namespace tally::test
