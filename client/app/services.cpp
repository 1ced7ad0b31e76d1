#include "client/app/services.h"

#include "client/app/signature.h"
#include "client/store/own_key.h"
#include "client/sync/ledger_watch.h"
#include "shared/base/files.h"
#include "shared/framework/framework.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tally::client {
namespace {

constexpr std::size_t entries_listed_max = 2'000;
constexpr const char* form_area = "form";
constexpr const char* photo_area = "photo";
constexpr int thumbnail_side = 480;

screens::EntryState state_of(EntryState state)
{
    switch (state) {
    case EntryState::Unsent:
        return screens::EntryState::Unsent;
    case EntryState::Waiting:
        return screens::EntryState::Waiting;
    case EntryState::Queried:
        return screens::EntryState::Queried;
    case EntryState::Accepted:
        return screens::EntryState::Accepted;
    case EntryState::Declined:
        return screens::EntryState::Declined;
    case EntryState::Replaced:
        return screens::EntryState::Replaced;
    case EntryState::Withdrawn:
        return screens::EntryState::Withdrawn;
    case EntryState::Duplicate:
        return screens::EntryState::Duplicate;
    case EntryState::Split:
        return screens::EntryState::Split;
    case EntryState::Erased:
        return screens::EntryState::Erased;
    case EntryState::Rejected:
        return screens::EntryState::Rejected;
    case EntryState::Conflict:
        return screens::EntryState::Conflict;
    }
    return screens::EntryState::Unsent;
}

screens::ErasureReason reason_of(ErasureReason why)
{
    switch (why) {
    case ErasureReason::Unknown:
        return screens::ErasureReason::Unknown;
    case ErasureReason::Withdrawal:
        return screens::ErasureReason::Withdrawal;
    case ErasureReason::Staff:
        return screens::ErasureReason::Staff;
    case ErasureReason::Retention:
        return screens::ErasureReason::Retention;
    }
    return screens::ErasureReason::Unknown;
}

/// Where the photos of a half-written story are kept; those of an amendment go with what it amends.
std::string photo_area_of(const std::string& entry)
{
    return entry.empty() ? photo_area : photo_area + ("/" + entry);
}

std::string details_setting(const std::string& event)
{
    return "window.sheet." + event;
}

screens::SheetRow row_of(const SignIn& sign_in)
{
    screens::SheetRow row;
    row.id = sign_in.id;
    row.name = sign_in.name;
    row.whose_time = sign_in.whose_time;
    row.in_at = sign_in.at;
    return row;
}

/// Somebody who left, from their hours entry.
screens::SheetRow row_of(const screens::EntryModel& entry, const HoursBody& body)
{
    screens::SheetRow row;
    row.id = entry.id.text();
    row.name = body.people.name;
    row.whose_time = body.whose_time;
    const std::int64_t midnight_ms =
        days_from_date(body.date) * 86'400'000 - std::int64_t{entry.words->utc_offset_min} * 60'000;
    row.in_at = {midnight_ms + std::int64_t{body.start_min} * 60'000};
    row.out_at = Timestamp{midnight_ms + std::int64_t{body.end_min} * 60'000};
    row.minutes = body.minutes();
    row.forgotten = body.closed_at_event_end;
    return row;
}

} // namespace

Services::Services(Store store, std::filesystem::path folder, const Clock& clock)
    : m_folder(std::move(folder)), m_clock(clock), m_store(std::move(store)), m_vault(m_store, m_random),
      m_capture(m_store, m_vault, m_clock, m_random)
{
}

Result<std::unique_ptr<Services>> Services::open(const std::filesystem::path& folder, const Clock& clock)
{
    auto store = Store::open(folder);
    if (!store)
        return store.error();
    auto wordings = load_consent_wordings(assets_dir() / "consents");
    if (!wordings)
        return wordings.error();
    auto services = std::unique_ptr<Services>(new Services(std::move(*store), folder, clock));
    services->m_consent_wordings = std::move(*wordings);
    return services;
}

bool Services::is_kiosk()
{
    const auto identity = m_store.identity();
    return identity && identity->mode == DeviceMode::Kiosk;
}

// Reading ---------------------------------------------------------------------------------------------

std::shared_ptr<const Entry> Services::words_of(const EntryRow& row, bool& needs_pin)
{
    if (const auto known = m_words.find(row.id); known != m_words.end())
        return known->second;
    auto entry = m_vault.open_entry(row.id);
    if (!entry) {
        needs_pin = entry.error().code == "locked";
        return nullptr;
    }
    auto words = std::make_shared<const Entry>(std::move(*entry));
    m_words.emplace(row.id, words);
    return words;
}

void Services::forget_erased(const Uuid& id)
{
    if (!m_erased.insert(id).second)
        return;
    m_words.erase(id);
    // The key that sealed it in this run would open a copy of it.
    m_vault.renew_run_key();
}

std::vector<EntryRow> Services::listed_rows()
{
    std::vector<EntryRow> rows = m_store.entries(std::nullopt, entries_listed_max);
    if (rows.size() < entries_listed_max)
        return rows;
    const std::int64_t oldest = rows.back().local;
    for (EntryRow& row : m_store.entries_for_worker())
        if (row.local < oldest)
            rows.push_back(std::move(row));
    return rows;
}

screens::EntryModel Services::model_of(const EntryRow& row, bool reads_words)
{
    screens::EntryModel entry;
    entry.id = row.id;
    entry.kind = row.kind;
    entry.action = row.action;
    entry.captured_at = row.captured_at;
    entry.state = state_of(row.state);
    entry.question = row.question;
    entry.note = row.note;
    entry.photos = row.photos;
    entry.photos_waiting = row.photos_waiting;
    entry.replaced_by = row.replaced_by;
    entry.erased_at = row.erased_at;
    entry.erased_why = reason_of(row.erased_why);
    if (row.state == EntryState::Erased)
        forget_erased(row.id);
    else if (reads_words)
        entry.words = words_of(row, entry.needs_pin);
    return entry;
}

EntriesRead Services::read_entries()
{
    EntriesRead read;
    const bool kiosk = is_kiosk();
    std::map<Uuid, std::string> photo_problems;
    for (PhotoProblem& problem : m_store.photo_problems())
        photo_problems.emplace(problem.entry, std::move(problem.why));
    std::vector<Uuid> withdrawals;
    for (const EntryRow& row : listed_rows()) {
        screens::EntryModel entry = model_of(row, !kiosk);
        if (const auto problem = photo_problems.find(row.id); problem != photo_problems.end())
            entry.photo_problem = problem->second;
        const bool is_under_way = !is_put_aside(row.state) && row.state != EntryState::Withdrawn;
        if (row.action == EntryAction::Withdraw && row.amends && is_under_way)
            withdrawals.push_back(*row.amends);
        read.entries.push_back(std::move(entry));
    }
    // What was replaced here shows so at once. Only what was accepted stands until somebody decides.
    for (screens::EntryModel& entry : read.entries)
        if (entry.replaced_by && entry.state != screens::EntryState::Accepted &&
            entry.state != screens::EntryState::Erased)
            entry.state = std::find(withdrawals.begin(), withdrawals.end(), entry.id) != withdrawals.end()
                              ? screens::EntryState::Withdrawn
                              : screens::EntryState::Replaced;
    if (!kiosk)
        for (const OpenDraft& draft : m_vault.drafts(form_area))
            read.drafts.push_back({draft.id, draft.text, draft.updated_at});
    read.lock.has_pin = m_vault.has_worker_key();
    read.lock.is_unlocked = m_vault.is_unlocked();
    const Counts counts = m_store.counts();
    read.unsent = counts.unsent;
    read.photos_waiting = counts.photos_waiting;
    read.withdrawals_waiting = counts.withdrawals;
    read.not_listed = counts.entries - static_cast<std::int64_t>(read.entries.size());

    if (m_sheet) {
        const SheetDetails details = details_of(m_sheet->event());
        read.sheet.event = m_sheet->event().id;
        read.sheet.host = details.host;
        read.sheet.activity = details.activity;
        read.sheet.measure = details.about.measure;
        for (const SignIn& sign_in : m_sheet->here())
            read.sheet.here.push_back(row_of(sign_in));
        // The latest on top: somebody looks for who has just come.
        std::reverse(read.sheet.here.begin(), read.sheet.here.end());
        for (const screens::EntryModel& entry : read.entries) {
            if (!entry.words || entry.words->about.event != read.sheet.event ||
                !(screens::can_change(entry) || screens::is_put_aside(entry)))
                continue;
            const auto* body = std::get_if<HoursBody>(&entry.words->body);
            if (body != nullptr && body->confirmation == HoursConfirmation::SignInSheet &&
                !body->people.is_group())
                read.sheet.gone.push_back(row_of(entry, *body));
        }
    }
    return read;
}

std::vector<screens::MeasureModel> Services::measures_of(const Contract& contract)
{
    const std::string key = contract.framework + "@" + contract.framework_version;
    if (const auto known = m_measures.find(key); known != m_measures.end())
        return known->second;
    std::vector<screens::MeasureModel> measures;
    const auto text = m_store.document("framework", key);
    if (!text)
        return measures; // not yet fetched: ask again next time
    const FrameworkLoad load = parse_framework(*text);
    if (load.framework)
        for (const Measure& measure : load.framework->measures)
            measures.push_back({measure.code, measure.title, measure.unit, measure.kind,
                                measure.who == WhoCounts::SupplierStaff,
                                measure.aggregate == Aggregate::OncePerPersonPerYear});
    m_measures.emplace(key, measures);
    return measures;
}

Result<void> Services::make_new_key()
{
    const auto identity = m_store.identity();
    if (!identity)
        return Error{"not_enrolled", "This device is not set up yet."};
    return OwnKey(m_store, *identity).make_next(m_clock.now());
}

WorldRead Services::read_world()
{
    WorldRead read;
    read.device.data_folder = m_folder.string();
    read.device.program_version = TALLYBOOK_VERSION;
    if (const auto offset = m_store.clock_offset()) {
        read.device.is_clock_known = true;
        if (is_out_of_step(*offset))
            read.device.clock_ahead_min = -offset->offset_ms / 60'000;
    }
    if (const auto identity = m_store.identity()) {
        read.device.is_enrolled = true;
        read.device.is_kiosk = identity->mode == DeviceMode::Kiosk;
        read.device.name = identity->name;
        read.device.author = identity->author;
        read.device.server = identity->server;
        read.device.server_name = identity->server_name;
        read.device.has_new_key = OwnKey(m_store, *identity).is_waiting();
    }
    for (const Contract& contract : m_store.contracts())
        read.contracts.push_back(
            {contract.reference, contract.title, contract.supplier, measures_of(contract)});
    for (const Place& place : m_store.places())
        read.places.push_back({place.id, place.title});
    for (const Event& event : m_store.events()) {
        screens::EventModel model{event.id, event.contract,  event.title,  event.place,
                                  "",       event.starts_at, event.ends_at};
        for (const screens::PlaceModel& place : read.places)
            if (place.id == event.place)
                model.place_title = place.title;
        read.events.push_back(std::move(model));
    }
    for (const std::string& text : m_store.documents("questionnaire")) {
        QuestionnaireLoad load = parse_questionnaire(text);
        if (load.questionnaire)
            read.questionnaires.push_back(std::move(*load.questionnaire));
    }
    read.consent_wordings = m_consent_wordings;
    return read;
}

// Settings --------------------------------------------------------------------------------------------

screens::SettingsModel Services::settings()
{
    screens::SettingsModel settings;
    if (m_store.setting("window.theme") == "dark")
        settings.appearance = widgets::Appearance::Dark;
    const std::string size = m_store.setting("window.text_size").value_or("");
    settings.text_size = size == "largest" ? screens::TextSize::Largest
                         : size == "large" ? screens::TextSize::Large
                                           : screens::TextSize::Normal;
    settings.sync_on_metered = m_store.setting("sync.metered") != "off";
    settings.photos_on_metered = m_store.setting("sync.metered_photos") == "on";
    settings.saves_battery = m_store.setting("sync.save_battery") != "off";
    settings.keep_photos_days = photos_keep_days(m_store).value_or(0);
    settings.feedback_place = m_store.setting("window.feedback_place").value_or("");
    settings.feedback_questionnaire = m_store.setting("window.feedback_questionnaire").value_or("");
    return settings;
}

void Services::set_settings(const screens::SettingsModel& settings)
{
    m_store.set_setting("window.theme", settings.appearance == widgets::Appearance::Dark ? "dark" : "light");
    m_store.set_setting("window.text_size", settings.text_size == screens::TextSize::Largest ? "largest"
                                            : settings.text_size == screens::TextSize::Large ? "large"
                                                                                             : "normal");
    m_store.set_setting("sync.metered", settings.sync_on_metered ? "on" : "off");
    m_store.set_setting("sync.metered_photos", settings.photos_on_metered ? "on" : "off");
    m_store.set_setting("sync.save_battery", settings.saves_battery ? "on" : "off");
    m_store.set_setting(photos_keep_days_setting, std::to_string(settings.keep_photos_days));
    m_store.set_setting("window.feedback_place", settings.feedback_place);
    m_store.set_setting("window.feedback_questionnaire", settings.feedback_questionnaire);
}

// Saving ----------------------------------------------------------------------------------------------

Result<Uuid> Services::capture(EvidenceKind kind, const About& about, EntryBody body,
                               const std::optional<screens::Amendment>& amendment, CaptureRequest request,
                               const std::string& draft)
{
    request.entry.kind = kind;
    request.entry.about = about;
    request.entry.body = std::move(body);
    if (request.entry.language.empty())
        request.entry.language = "en";
    if (amendment && amendment->puts_right) {
        request.puts_right = amendment->replaces;
        request.entry.reason = amendment->reason;
    } else if (amendment) {
        request.entry.action = EntryAction::Amend;
        request.entry.amends = amendment->replaces;
        request.entry.reason = amendment->reason;
    }
    if (!draft.empty())
        request.drafts_done.push_back({form_area, draft});
    return m_capture.save(request);
}

Result<Uuid> Services::save(const screens::SaveHours& command)
{
    return capture(EvidenceKind::Hours, command.about, command.body, command.amendment, {}, command.draft);
}

Result<Uuid> Services::save(const screens::SaveDelivery& command)
{
    return capture(EvidenceKind::Delivery, command.about, command.body, command.amendment, {}, command.draft);
}

Result<Uuid> Services::save(const screens::SaveFeedback& command)
{
    CaptureRequest request;
    request.entry.language = command.body.language;
    return capture(EvidenceKind::Feedback, command.about, command.body, std::nullopt, std::move(request), "");
}

Result<Uuid> Services::save(const screens::SaveStory& command)
{
    CaptureRequest request;
    request.entry.attachments = command.kept;
    StoryBody body = command.body;
    for (const screens::StoryPhoto& photo : command.photos) {
        const auto found = m_photos.find(photo.digest);
        if (found == m_photos.end())
            return Error{"photo_lost", "A photo is no longer on this device. Remove it and add it again."};
        Picture picture = found->second;
        picture.caption = photo.caption;
        request.pictures.push_back(std::move(picture));
        const auto& amendment = command.amendment;
        request.drafts_done.push_back(
            {photo_area_of(amendment ? amendment->replaces.text() : std::string()), photo.digest});
    }
    for (const screens::StorySignature& signature : command.signatures) {
        auto picture = encode_drawing(draw_signature(signature.strokes));
        if (!picture)
            return picture.error();
        body.consents[signature.consent].signature = picture->digest;
        request.pictures.push_back(std::move(*picture));
    }
    auto saved = capture(EvidenceKind::Story, command.about, std::move(body), command.amendment,
                         std::move(request), command.draft);
    if (saved)
        m_photos.clear();
    return saved;
}

Result<void> Services::send_again(const Uuid& entry)
{
    return m_store.send_again(entry);
}

Result<void> Services::take_back(const Uuid& entry)
{
    return m_store.take_back(entry, m_clock.now());
}

Result<Uuid> Services::withdraw(const Uuid& entry, const std::string& reason)
{
    const auto row = m_store.find_entry(entry);
    if (!row)
        return Error{"unknown_entry", "This entry is not on this device."};
    CaptureRequest request;
    request.entry.action = EntryAction::Withdraw;
    request.entry.kind = row->kind;
    request.entry.amends = entry;
    request.entry.reason = reason;
    return m_capture.save(request);
}

Result<std::size_t> Services::withdraw_consent(const std::string& code)
{
    auto erased = m_store.withdraw_consent(code, m_clock.now());
    // Drafts and words in memory go at once, not with the next list.
    if (erased && *erased > 0)
        static_cast<void>(read_entries());
    return erased;
}

Result<void> Services::unlock(const std::string& pin)
{
    auto unlocked = m_vault.unlock(pin);
    if (unlocked) {
        // Who is still signed in may have been sealed in an earlier run.
        if (m_sheet)
            m_sheet = sheet_of(m_sheet->event());
        close_past_sheets();
    }
    return unlocked;
}

Result<void> Services::set_pin(const std::string& old_pin, const std::string& new_pin)
{
    return m_vault.has_worker_key() ? m_vault.change_pin(old_pin, new_pin) : m_vault.set_first_pin(new_pin);
}

void Services::keep_draft(const std::string& id, const std::string& text)
{
    m_vault.keep_draft(form_area, id, text, m_clock.now());
}

void Services::drop_draft(const std::string& id)
{
    m_vault.drop_draft(form_area, id);
}

// The sheet -------------------------------------------------------------------------------------------

std::optional<Event> Services::event_with(const std::string& id)
{
    for (Event& event : m_store.events())
        if (event.id == id)
            return std::move(event);
    return std::nullopt;
}

SheetDetails Services::details_of(const Event& event)
{
    SheetDetails details;
    details.activity = event.title;
    details.host = event.title;
    for (const Place& place : m_store.places())
        if (place.id == event.place)
            details.host = place.title;
    if (const auto kept = m_store.setting(details_setting(event.id))) {
        const auto json = nlohmann::json::parse(*kept, nullptr, false);
        if (json.is_object()) {
            details.host = json.value("host", details.host);
            details.activity = json.value("activity", details.activity);
            details.about.measure = json.value("measure", "");
        }
    }
    return details;
}

std::unique_ptr<SignInSheet> Services::sheet_of(const Event& event)
{
    return std::make_unique<SignInSheet>(event, details_of(event), m_vault, m_capture, m_clock, m_random);
}

void Services::open_sheet(const std::string& event)
{
    m_sheet.reset();
    const auto found = event_with(event);
    if (!found)
        return;
    m_sheet = sheet_of(*found);
    if (m_clock.now() >= found->ends_at)
        static_cast<void>(m_sheet->close());
}

void Services::set_sheet_details(const screens::SetSheetDetails& details)
{
    if (!m_sheet)
        return;
    const nlohmann::json json = {
        {"host", details.host}, {"activity", details.activity}, {"measure", details.measure}};
    m_store.set_setting(details_setting(m_sheet->event().id), json.dump());
    m_sheet = sheet_of(Event(m_sheet->event()));
}

Result<void> Services::sign_in(const screens::SignIn& command)
{
    if (!m_sheet)
        return Error{"no_event", "Choose an event first."};
    return m_sheet->sign_in(command.name, command.whose_time);
}

Result<Services::SignedOut> Services::sign_out(const std::string& row)
{
    if (!m_sheet)
        return Error{"no_event", "Choose an event first."};
    SignedOut signed_out;
    for (const SignIn& sign_in : m_sheet->here())
        if (sign_in.id == row) {
            signed_out.name = sign_in.name;
            signed_out.sign_in = sign_in;
        }
    const auto entry = m_sheet->sign_out(row);
    if (!entry)
        return entry.error();
    signed_out.entry = *entry;
    return signed_out;
}

Result<std::size_t> Services::sign_out_everybody()
{
    if (!m_sheet)
        return Error{"no_event", "Choose an event first."};
    std::vector<std::string> rows;
    for (const SignIn& sign_in : m_sheet->here())
        rows.push_back(sign_in.id);
    for (const std::string& row : rows) {
        const auto entry = m_sheet->sign_out(row);
        if (!entry)
            return entry.error();
    }
    return rows.size();
}

void Services::remove_sign_in(const std::string& row)
{
    if (m_sheet)
        m_sheet->remove(row);
}

Result<void> Services::undo_sign_out(const SignedOut& signed_out)
{
    if (!m_sheet)
        return Error{"no_event", "Choose an event first."};
    if (signed_out.entry) {
        const auto withdrawn = withdraw(*signed_out.entry, "Signed out by mistake");
        if (!withdrawn)
            return withdrawn.error();
    }
    m_sheet->put_back(signed_out.sign_in);
    return {};
}

void Services::close_past_sheets()
{
    if (!m_store.identity() || is_kiosk())
        return;
    const Timestamp now = m_clock.now();
    for (const Event& event : m_store.events()) {
        if (now < event.ends_at || (m_sheet && m_sheet->event().id == event.id))
            continue;
        const auto sheet = sheet_of(event);
        if (!sheet->here().empty())
            static_cast<void>(sheet->close());
    }
    if (m_sheet && now >= m_sheet->event().ends_at && !m_sheet->here().empty())
        static_cast<void>(m_sheet->close());
}

// Photos ----------------------------------------------------------------------------------------------

Result<PhotoRead> Services::import_photo(const std::string& file, const std::string& entry)
{
    auto picture = prepare_photo_file(file);
    if (!picture)
        return picture.error();
    auto thumbnail = decode_thumbnail(picture->bytes, thumbnail_side);
    if (!thumbnail)
        return thumbnail.error();
    PhotoRead read{picture->digest, std::move(*thumbnail)};
    m_vault.keep_draft(photo_area_of(entry), picture->digest, picture->bytes, m_clock.now());
    m_photos[picture->digest] = std::move(*picture);
    return read;
}

std::vector<PhotoRead> Services::fetch_photos(const std::vector<std::string>& digests,
                                              const std::string& entry)
{
    std::map<std::string, std::string> kept;
    for (OpenDraft& draft : m_vault.drafts(photo_area_of(entry)))
        kept[draft.id] = std::move(draft.text);
    std::vector<PhotoRead> read;
    for (const std::string& digest : digests) {
        const auto found = kept.find(digest);
        if (found == kept.end())
            continue;
        auto picture = prepare_photo(found->second);
        auto thumbnail = decode_thumbnail(found->second, thumbnail_side);
        if (!picture || !thumbnail)
            continue;
        // The kept bytes are the ones that were shown; preparing them again would change them.
        picture->bytes = found->second;
        picture->digest = digest;
        read.push_back({digest, std::move(*thumbnail)});
        m_photos[digest] = std::move(*picture);
    }
    return read;
}

void Services::remove_photo(const std::string& digest, const std::string& entry)
{
    m_photos.erase(digest);
    m_vault.drop_draft(photo_area_of(entry), digest);
}

} // namespace tally::client
