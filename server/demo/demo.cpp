#include "server/demo/demo.h"

#include "server/accounts/accounts.h"
#include "server/demo/demo_evidence.h"
#include "server/demo/demo_picture.h"
#include "server/demo/program.h"
#include "server/review/review.h"
#include "shared/base/files.h"
#include "shared/domain/quarter.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <ostream>
#include <regex>
#include <stdexcept>

namespace tally::server {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t seed = 1948;
constexpr const char* password = "tallybook-demo";
constexpr const char* pin = "2468";
constexpr int quarters = 4;

/// What each contract gives in a quarter; four quarters of three contracts make about 300 entries.
constexpr int hours_each = 11;
/// Quarters in which each worker tells a story: there are no more of them than that.
constexpr int story_quarters = 2;
constexpr int feedback_each = 7;

json read_json(const fs::path& file)
{
    const auto text = read_file(file);
    if (!text)
        throw std::runtime_error(text.error().text());
    return json::parse(*text);
}

Quarter quarters_from(Quarter quarter, int count)
{
    const int index = quarter.year * 4 + quarter.number - 1 + count;
    return {index / 4, index % 4 + 1};
}

/// The contracts of council.json with their dates, as a file for `contract import`.
json contract_file(const json& council, Date today)
{
    const Quarter now = quarter_of(today);
    json file = {
        {"schema", "tallybook-contracts/1"}, {"places", council.at("places")}, {"contracts", json::array()}};
    for (const json& contract : council.at("contracts")) {
        const Quarter first = quarters_from(now, -contract.at("quarters_before").get<int>());
        const Quarter last = quarters_from(now, contract.at("quarters_after").get<int>());
        json made = {{"framework", "lancashire-toms-2024"},
                     {"framework_version", "2024-28"},
                     {"starts", format_date(first_day(first))},
                     {"ends", format_date(last_day(last))},
                     {"targets", json::array()},
                     {"events", json::array()}};
        for (const char* key : {"ref", "title", "supplier", "buyer"})
            made[key] = contract.at(key);
        for (const char* key : {"also_suppliers", "roles", "year_kind", "plans"})
            if (contract.contains(key))
                made[key] = contract.at(key);
        for (const auto& [measure, quantity] : contract.at("targets").items()) {
            for (int back = quarters - 1; back >= -1; --back)
                made["targets"].push_back({{"measure", measure},
                                           {"period", format_quarter(quarters_from(now, -back))},
                                           {"quantity", quantity}});
        }
        for (json event : contract.at("events")) {
            const std::int64_t day = days_from_date(today) - event.at("days_ago").get<int>();
            event["date"] = format_date(date_from_days(day));
            event.erase("days_ago");
            made["events"].push_back(std::move(event));
        }
        file["contracts"].push_back(std::move(made));
    }
    return file;
}

/// For programs that are to live at that moment.
std::vector<std::pair<std::string, std::string>> clock_at(Timestamp at)
{
    return {{"TALLYBOOK_CLOCK", format_utc(at)}};
}

/// A device of the demo: its data folder and its commands.
class DemoDevice
{
public:
    DemoDevice(fs::path program, fs::path folder, std::string name, bool kiosk)
        : m_program(std::move(program)), m_folder(std::move(folder)), m_name(std::move(name)), m_kiosk(kiosk)
    {
    }

    [[nodiscard]] const std::string& name() const { return m_name; }
    [[nodiscard]] bool is_kiosk() const { return m_kiosk; }

    void enrol(const std::string& code, Timestamp at) const
    {
        std::vector<std::string> words = {"enrol", code};
        if (!m_kiosk)
            words.emplace_back("--pin-stdin");
        run(words, {std::string(pin) + "\n", clock_at(at)});
    }

    void sync(Timestamp at) const { run({"sync", "--timeout", "60"}, {"", clock_at(at)}); }

    /// Captures entries, one to a line, when the device's clock shows `at`.
    void capture(const std::string& lines, Timestamp at, const std::vector<fs::path>& photos = {}) const
    {
        std::vector<std::string> words = {"capture", "-"};
        for (const fs::path& photo : photos) {
            words.emplace_back("--attach");
            words.push_back(photo);
        }
        run(words, {lines, clock_at(at)});
    }

private:
    std::string run(std::vector<std::string> words, const ProgramOptions& options) const
    {
        words.insert(words.begin(), m_program);
        words.insert(words.end(), {"--data", m_folder});
        const ProgramResult result = run_program(words, options);
        if (!result.ok())
            throw std::runtime_error("tallybook " + words[1] + " on " + m_name + " failed: " + result.err +
                                     result.out);
        return result.out;
    }

    fs::path m_program;
    fs::path m_folder;
    std::string m_name;
    bool m_kiosk;
};

/// The server of the demo, as commands and as a process.
class DemoServer
{
public:
    explicit DemoServer(const DemoOptions& options) : m_options(options), m_listen(options.listen) {}

    /// With `at`, the server's clock shows that moment.
    std::string run(std::vector<std::string> words, const std::string& input = {},
                    std::optional<Timestamp> at = std::nullopt) const
    {
        words.insert(words.begin(), m_options.server_program);
        words.insert(words.end(), {"--data", m_options.data});
        ProgramOptions options{input, {}};
        if (at)
            options.environment = clock_at(*at);
        const ProgramResult result = run_program(words, options);
        if (!result.ok())
            throw std::runtime_error("tallybook-server " + words[1] + " failed: " + result.err + result.out);
        return result.out;
    }

    /// Serves with a clock that shows `at`.
    void start(Timestamp at)
    {
        m_process =
            std::make_unique<Program>(std::vector<std::string>{m_options.server_program, "serve", "--listen",
                                                               m_listen, "--data", m_options.data},
                                      ProgramOptions{"", clock_at(at)});
        if (!m_process->wait_for_text("http://", std::chrono::seconds(60)))
            throw std::runtime_error("The server did not start: " + m_process->err());
        static const std::regex address("https?://[0-9A-Za-z.:\\[\\]-]+");
        const std::string text = m_process->out() + m_process->err();
        std::smatch found;
        if (std::regex_search(text, found, address))
            m_address = found.str();
        // Devices know this address: whoever asked for any free port keeps the one that was found.
        m_listen = m_address.substr(m_address.find("//") + 2);
    }

    void stop() { m_process.reset(); }

    [[nodiscard]] std::string device_code(const std::string& name, const std::string& mode,
                                          Timestamp at) const
    {
        const std::string text = run({"device", "code", name, "--mode", mode}, {}, at);
        static const std::regex code("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}");
        std::smatch found;
        if (!std::regex_search(text, found, code))
            throw std::runtime_error("The server gave no code for " + name + ": " + text);
        return found.str() + "@" + m_address;
    }

    [[nodiscard]] const std::string& address() const { return m_address; }
    [[nodiscard]] const std::string& listen() const { return m_listen; }

private:
    const DemoOptions& m_options;
    std::unique_ptr<Program> m_process;
    std::string m_listen;
    std::string m_address;
};

class Demo
{
public:
    Demo(const DemoOptions& options, const WithServices& with_services, std::ostream& progress)
        : m_options(options), m_with_services(with_services), m_progress(progress), m_server(options),
          m_assets(assets_dir()), m_council(read_json(m_assets / "demo" / "council.json")),
          m_evidence(read_json(m_assets / "demo" / "words.json"), seed), m_now(SystemClock().now())
    {
        // A quarter that has only just begun has little to show.
        m_today = local_date(m_now, 0);
        m_last = quarter_of(date_from_days(days_from_date(m_today) - 14));
        for (const char* name : {"community-event", "public-place"}) {
            QuestionnaireLoad load =
                load_questionnaire(m_assets / "questionnaires" / (std::string(name) + ".json"));
            if (!load.questionnaire)
                throw std::runtime_error(load.problems.front().text());
            m_questionnaires.push_back(*std::move(load.questionnaire));
        }
        for (const json& contract : m_council.at("contracts"))
            m_contracts.push_back({contract.at("ref"), contract.at("place"),
                                   contract.at("hours_measures").get<std::vector<std::string>>(),
                                   contract.at("delivery_measures").get<std::vector<std::string>>()});
    }

    void run()
    {
        set_up_council();
        m_progress << "Starting the server and enrolling " << m_council.at("devices").size() << " devices\n";
        enrol_devices();
        m_progress << "Living through a year: capturing evidence and syncing it at the end of each quarter\n";
        for (int back = quarters - 1; back >= 0; --back)
            live_through(quarters_from(m_last, -back), back);
        m_progress << "Reviewing, as managers would\n";
        m_with_services([this](ReviewService& review, Accounts& accounts) { decide(review, accounts); });
        m_progress << "Telling the devices what became of their entries\n";
        m_server.start(m_now);
        sync_all(m_now);
        m_server.stop();
        print_summary();
    }

private:
    const DemoContract& contract(const std::string& ref) const
    {
        const auto found = std::ranges::find(m_contracts, ref, &DemoContract::ref);
        TALLY_ASSERT(found != m_contracts.end());
        return *found;
    }

    void set_up_council()
    {
        m_progress << "Setting up " << m_contracts.size()
                   << " contracts with targets, and people of each role\n";
        m_server.run({"framework", "import", m_assets / "demo" / "local-measures.json"});
        json contracts = contract_file(m_council, m_today);
        const fs::path file = m_options.data / "demo-contracts.json";
        write_json(file, contracts);
        m_server.run({"contract", "import", file});
        for (const json& person : m_council.at("people")) {
            std::vector<std::string> words = {"user",
                                              "add",
                                              person.at("name"),
                                              "--email",
                                              person.at("email"),
                                              "--role",
                                              person.at("role"),
                                              "--password-stdin"};
            for (const json& ref : person.at("contracts")) {
                words.emplace_back("--contract");
                words.push_back(ref);
            }
            m_server.run(words, std::string(password) + "\n");
        }
        agree_contracts(file, contracts);
    }

    static void write_json(const fs::path& file, const json& document)
    {
        const auto written = write_file_durably(file, document.dump(1) + "\n");
        if (!written)
            throw std::runtime_error(written.error().text());
    }

    /// Some contracts are agreed before they begin; of one of them a target changes afterwards.
    void agree_contracts(const fs::path& file, json& contracts) const
    {
        for (std::size_t i = 0; i < m_council.at("contracts").size(); ++i) {
            const json& council = m_council.at("contracts")[i];
            json& contract = contracts.at("contracts")[i];
            if (!council.contains("agreed_by"))
                continue;
            const std::string ref = council.at("ref");
            const Date starts = *parse_date(contract.at("starts").get<std::string>());
            m_server.run({"contract", "agree", ref, "--by", council.at("agreed_by")}, {},
                         working_hours(days_from_date(starts) - 12));
            if (!council.contains("change"))
                continue;
            const json& change = council.at("change");
            const std::string period =
                format_quarter(quarters_from(quarter_of(m_today), change.at("quarters_from_now").get<int>()));
            for (json& target : contract.at("targets"))
                if (target.at("measure") == change.at("measure") && target.at("period") == period)
                    target["quantity"] = change.at("quantity");
            write_json(file, contracts);
            m_server.run(
                {"contract", "import", file, "--by", change.at("by"), "--reason", change.at("reason")}, {},
                working_hours(days_from_date(m_today) - change.at("days_ago").get<int>()));
        }
    }

    static Timestamp working_hours(std::int64_t day)
    {
        return Timestamp{day * 86'400'000 + (10 * 60 + 20) * 60'000};
    }

    void enrol_devices()
    {
        const Date first = first_day(quarters_from(m_last, 1 - quarters));
        const Timestamp morning = working_hours(days_from_date(first) - 3);
        m_server.start(morning);
        for (const json& device : m_council.at("devices")) {
            const std::string name = device.at("name");
            const std::string mode = device.at("mode");
            std::string folder = name;
            std::ranges::replace(folder, ' ', '-');
            m_devices[device.at("contract")].emplace_back(
                m_options.client_program, m_options.data / "demo-devices" / folder, name, mode == "kiosk");
            const DemoDevice& enrolled = m_devices[device.at("contract")].back();
            enrolled.enrol(m_server.device_code(name, mode, morning), morning);
            // Questionnaires and contracts come with the first sync.
            enrolled.sync(morning);
        }
        m_server.stop();
    }

    /// Evidence arrives when the quarter is over, so that nothing looks late.
    void live_through(Quarter quarter, int back)
    {
        const Date first = first_day(quarter);
        const Date last = std::min(last_day(quarter), m_today);
        for (const auto& [ref, devices] : m_devices)
            for (const DemoDevice& device : devices) {
                if (device.is_kiosk())
                    capture_feedback(device, contract(ref), first, last);
                else
                    capture_work(device, contract(ref), first, last, back < story_quarters);
            }
        if (back == 0)
            capture_doubles(last);
        const Timestamp evening = std::min(Timestamp{evening_of(last).ms + 3'600'000}, m_now);
        m_server.start(evening);
        sync_all(evening);
        m_server.stop();
    }

    [[nodiscard]] const DemoDevice& worker_device(const std::string& ref) const
    {
        return *std::ranges::find_if(m_devices.at(ref),
                                     [](const DemoDevice& device) { return !device.is_kiosk(); });
    }

    /// What merge is there to find: a head count beside its people, one person with two contracts at once,
    /// and one photo with two stories.
    void capture_doubles(Date last)
    {
        const Date day = date_from_days(days_from_date(last) - 2);
        const DemoContract& first = m_contracts.front();
        const DemoContract& other = m_contracts.back();
        const auto at_event = [&](const DemoContract& about, std::int32_t from, std::int32_t to) {
            Entry entry = m_evidence.hours(about, day, day);
            entry.about.measure = about.hours_measures.front();
            entry.about.place = about.place;
            auto& body = std::get<HoursBody>(entry.body);
            body.host = "Friends of the Ribble";
            body.activity = "Clearing litter from the banks";
            body.start_min = from;
            body.end_min = to;
            body.break_min = 0;
            body.whose_time = WhoseTime::SupplierStaff;
            body.confirmation = HoursConfirmation::SignInSheet;
            body.confirmed_by.clear();
            return entry;
        };
        constexpr std::int32_t morning = 10 * 60;
        Entry group = at_event(first, morning, morning + 180);
        std::get<HoursBody>(group.body).people = {"", 8, 0};
        std::string lines = line(group);
        for (const char* name :
             {"Marcin Nowak", "Gwen Ashcroft", "Yusuf Karim", "Ellie Sharples", "Tom Rigby"}) {
            Entry person = at_event(first, morning, morning + 180);
            std::get<HoursBody>(person.body).people = {name, 0, 0};
            lines += line(person);
        }
        constexpr std::int32_t afternoon = 14 * 60;
        Entry here = at_event(first, afternoon, afternoon + 150);
        std::get<HoursBody>(here.body).people = {"Siobhan O’Neill", 0, 0};
        Entry there = at_event(other, afternoon + 60, afternoon + 210);
        auto& elsewhere = std::get<HoursBody>(there.body);
        elsewhere.people = {"Siobhan O'Neill", 0, 0};
        elsewhere.host = "Morecambe Library";
        elsewhere.activity = "Mending chairs for the reading room";
        worker_device(first.ref).capture(lines + line(here), evening_of(day));
        worker_device(other.ref).capture(line(there), evening_of(day));

        const fs::path photo = write_photo();
        worker_device(first.ref).capture(line(m_evidence.story(first)), evening_of(last), {photo});
        worker_device(other.ref).capture(line(m_evidence.story(other)), evening_of(last), {photo});
        fs::remove(photo);
    }

    void capture_work(const DemoDevice& device, const DemoContract& about, Date first, Date last, bool tells)
    {
        std::string lines;
        for (int i = 0; i < hours_each; ++i)
            lines += line(m_evidence.hours(about, first, last));
        for (const json& event : council_contract(about.ref).at("events"))
            lines += event_hours(about, event, first, last);
        for (const std::string& measure : about.delivery_measures)
            lines += line(m_evidence.delivery(about, measure, first, last));
        device.capture(lines, evening_of(last));

        if (!tells)
            return;
        const std::int64_t days = days_from_date(last) - days_from_date(first);
        const Date day = date_from_days(days_from_date(first) + m_evidence.below(days + 1));
        std::vector<fs::path> photos;
        for (std::int64_t photo = m_evidence.below(3); photo > 0; --photo)
            photos.push_back(write_photo());
        device.capture(line(m_evidence.story(about)), evening_of(day), photos);
        for (const fs::path& photo : photos)
            fs::remove(photo);
    }

    /// A group and a few named people at an event that falls into this quarter.
    std::string event_hours(const DemoContract& about, const json& event, Date first, Date last)
    {
        const Date day = date_from_days(days_from_date(m_today) - event.at("days_ago").get<int>());
        if (day < first || last < day)
            return {};
        std::string lines;
        for (int i = 0; i < 5; ++i) {
            Entry entry = m_evidence.hours(about, day, day);
            entry.about.event = event.at("id");
            entry.about.place = event.at("place");
            auto& body = std::get<HoursBody>(entry.body);
            body.start_min = *parse_minute_of_day(event.at("start").get<std::string>());
            body.end_min = body.start_min + static_cast<std::int32_t>(90 + 15 * m_evidence.below(10));
            body.break_min = 0;
            body.confirmation = HoursConfirmation::SignInSheet;
            body.confirmed_by.clear();
            lines += line(entry);
        }
        return lines;
    }

    void capture_feedback(const DemoDevice& device, const DemoContract& about, Date first, Date last)
    {
        const std::int64_t days = days_from_date(last) - days_from_date(first) + 1;
        for (int i = 0; i < feedback_each; ++i) {
            const Date day = date_from_days(days_from_date(first) + days * i / feedback_each);
            const Questionnaire& questions = m_questionnaires.at(static_cast<std::size_t>(i % 2));
            device.capture(line(m_evidence.feedback(about, questions)), evening_of(day));
        }
    }

    std::string line(const Entry& entry)
    {
        ++m_count;
        return capture_input(entry) + "\n";
    }

    /// Never later than now: a clock that runs ahead would be reported.
    [[nodiscard]] Timestamp evening_of(Date day) const
    {
        const Timestamp evening{(days_from_date(day) * 24 + 18) * 3'600'000 + m_count * 1000};
        return std::min(evening, m_now);
    }

    [[nodiscard]] const json& council_contract(const std::string& ref) const
    {
        for (const json& contract : m_council.at("contracts")) {
            if (contract.at("ref") == ref)
                return contract;
        }
        throw std::runtime_error("council.json has no contract " + ref);
    }

    fs::path write_photo()
    {
        const fs::path file = m_options.data / ("photo-" + std::to_string(++m_photos) + ".jpg");
        std::ofstream(file, std::ios::binary) << draw_picture(m_photos);
        return file;
    }

    void sync_all(Timestamp at) const
    {
        for (const auto& [ref, devices] : m_devices) {
            for (const DemoDevice& device : devices)
                device.sync(at);
        }
    }

    /// Older quarters are nearly done, the latest is half open: a queue as on any morning.
    void decide(ReviewService& review, Accounts& accounts)
    {
        Viewer viewer;
        for (const User& user : accounts.list()) {
            if (user.role == Role::Manager)
                viewer = {user.id, user.name, false, user.contracts, true};
        }
        EntryFilter filter;
        filter.limit = 1000;
        for (const EntrySummary& row : review.entries(viewer, filter).rows) {
            const bool latest = row.quarter == format_quarter(m_last);
            const std::int64_t dice = m_evidence.below(100);
            std::optional<DecisionKind> kind;
            std::string note;
            if (dice < (latest ? 45 : 88)) {
                kind = DecisionKind::Accept;
                note = m_evidence.accept_note();
            } else if (dice < (latest ? 55 : 92)) {
                kind = DecisionKind::Query;
                note = m_evidence.question();
            } else if (dice < (latest ? 59 : 97)) {
                kind = DecisionKind::Decline;
                note = m_evidence.decline_reason();
            }
            // What merge flagged waits for the person who looks at the demo.
            if (!kind || row.flagged)
                continue;
            const auto decided = review.decide(viewer, row.id, *kind, note);
            if (!decided)
                throw std::runtime_error("A decision failed: " + decided.error().text());
            ++m_decisions;
        }
    }

    void print_summary()
    {
        m_progress << "\nThe demo holds " << m_count << " entries and " << m_decisions << " decisions.\n"
                   << "Start it:  tallybook-server serve --listen " << m_server.listen() << " --data "
                   << m_options.data.string() << "\n"
                   << "Open:      " << m_server.address() << "\n"
                   << "Sign in as one of these, each with the password " << password << ":\n";
        for (const json& person : m_council.at("people"))
            m_progress << "  " << person.at("email").get<std::string>() << "  ("
                       << person.at("role").get<std::string>() << ", " << person.at("name").get<std::string>()
                       << ")\n";
        m_progress << "A device:  tallybook --data "
                   << (m_options.data / "demo-devices" / "Tablet-1").string() << "  (PIN " << pin << ")\n";
    }

    const DemoOptions& m_options;
    const WithServices& m_with_services;
    std::ostream& m_progress;
    DemoServer m_server;
    fs::path m_assets;
    json m_council;
    DemoEvidence m_evidence;
    Timestamp m_now;
    Date m_today;
    Quarter m_last; ///< the latest quarter with evidence
    std::vector<Questionnaire> m_questionnaires;
    std::vector<DemoContract> m_contracts;
    std::map<std::string, std::vector<DemoDevice>> m_devices; ///< by contract
    int m_count = 0;
    int m_decisions = 0;
    std::uint64_t m_photos = 0;
};

} // namespace

int run_demo(const DemoOptions& options, const WithServices& with_services, std::ostream& progress)
{
    if (fs::exists(options.data) && !fs::is_empty(options.data)) {
        progress << "The folder " << options.data.string()
                 << " is in use. A demo needs an empty one: give another with --data.\n";
        return 1;
    }
    try {
        fs::create_directories(options.data);
        Demo(options, with_services, progress).run();
        return 0;
    } catch (const std::exception& error) {
        progress << "The demo could not be made. " << error.what() << "\n";
        return 1;
    }
}

} // namespace tally::server
