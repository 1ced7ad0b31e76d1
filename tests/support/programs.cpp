#include "tests/support/programs.h"

#include "server/demo/demo_picture.h"
#include "shared/base/time.h"
#include "tests/support/browser.h"

#include <array>
#include <fstream>
#include <regex>
#include <stdexcept>

namespace tally::test {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds start_time{60};
constexpr std::chrono::seconds stop_time{60}; // a sanitizer looks for leaks at the end

std::string program(const char* name)
{
    return server::programs_folder() / name;
}

std::string first_match(const std::string& text, const std::regex& pattern)
{
    std::smatch found;
    if (!std::regex_search(text, found, pattern))
        throw std::runtime_error("not found in: " + text);
    return found.str();
}

[[noreturn]] void failed(const Words& words, const ProgramResult& result)
{
    std::string command;
    for (const std::string& word : words)
        command += word + " ";
    throw std::runtime_error(command + "ended with " + std::to_string(result.status) +
                             (result.timed_out ? " (too slow)" : "") + "\n" + result.err + result.out);
}

json contracts_file()
{
    const auto targets = json::array({{{"measure", "NT86"}, {"period", "2026-Q1"}, {"quantity", "120"}}});
    const auto contract = [&](const char* ref, const char* title) {
        return json{{"ref", ref},
                    {"title", title},
                    {"supplier", "Ribble Roads Ltd"},
                    {"buyer", "The council"},
                    {"framework", "lancashire-toms-2024"},
                    {"framework_version", "2024-28"},
                    {"starts", "2024-01-01"},
                    {"ends", "2028-12-31"},
                    {"targets", targets}};
    };
    return {{"schema", "tallybook-contracts/1"},
            {"places",
             {{{
                   "id",
                   "park",
               },
               {"title", "Avenham Park"}}}},
            {"contracts", {contract("LCC-1", "Highway repairs"), contract("LCC-2", "School meals")}}};
}

std::string today(std::int64_t days_before = 0)
{
    return format_date(date_from_days(days_from_date(local_date(SystemClock().now(), 0)) - days_before));
}

constexpr std::array first_names = {"Aisha",  "Bernard", "Chidi",   "Dorota",   "Eleri",   "Farrukh", "Grace",
                                    "Haruto", "Ivana",   "Jerome",  "Kwame",    "Lakshmi", "Mircea",  "Niamh",
                                    "Oluchi", "Priya",   "Quentin", "Rosalind", "Sipho",   "Tomasz"};
constexpr std::array last_names = {"Rahman",    "Oyelaran", "Fitzgerald",  "Kowalczyk", "Bhatt",
                                   "Lindqvist", "Mbeki",    "Prendergast", "Zhou",      "Thistlewood",
                                   "Vasquez",   "Ibsen",    "Underhill",   "Nguyen",    "Cholmondeley",
                                   "Yilmaz",    "Drummond", "Wójcik",      "Esterhazy", "Ashcroft"};

} // namespace

ServerUnderTest::ServerUnderTest(std::string database) : m_database(std::move(database))
{
    const auto file = m_folder.path() / "contracts.json";
    std::ofstream(file) << contracts_file();
    must({"contract", "import", file});
}

ProgramResult ServerUnderTest::command(Words words, const std::string& input) const
{
    words.insert(words.begin(), program("tallybook-server"));
    words.insert(words.end(), {"--data", m_folder.path()});
    if (!m_database.empty())
        words.insert(words.end(), {"--database", m_database});
    return server::run_program(words, {input, m_environment});
}

std::string ServerUnderTest::must(Words words, const std::string& input) const
{
    const ProgramResult result = command(words, input);
    if (!result.ok())
        failed(words, result);
    return result.out;
}

void ServerUnderTest::start(const Words& options)
{
    Words words = {program("tallybook-server"), "serve", "--listen", m_listen, "--data", m_folder.path()};
    if (!m_database.empty())
        words.insert(words.end(), {"--database", m_database});
    words.insert(words.end(), options.begin(), options.end());
    m_process = std::make_unique<server::Program>(words, server::ProgramOptions{{}, m_environment});
    if (!m_process->wait_for_text("://127.0.0.1:", start_time))
        throw std::runtime_error("The server did not start: " + m_process->err() + m_process->out());
    m_address =
        first_match(m_process->out() + m_process->err(), std::regex("https?://127\\.0\\.0\\.1:[0-9]+"));
    m_listen = m_address.substr(m_address.find("://") + 3);
    for (int attempt = 0; Browser(m_address).get("/healthz").status != 200; ++attempt) {
        if (attempt > 200 || m_process->wait(std::chrono::milliseconds(50)))
            throw std::runtime_error("The server does not answer: " + m_process->err());
    }
}

ProgramResult ServerUnderTest::stop()
{
    ProgramResult left;
    if (!m_process)
        return left;
    m_process->send_signal(SIGTERM);
    left.timed_out = !m_process->wait(stop_time);
    m_process->stop();
    left.status = m_process->status().value_or(-1);
    left.out = m_process->out();
    left.err = m_process->err();
    m_process.reset();
    return left;
}

void ServerUnderTest::kill()
{
    if (m_process) {
        m_process->send_signal(SIGKILL);
        m_process->wait(std::chrono::seconds(10));
    }
    m_process.reset();
}

void ServerUnderTest::add_user(const std::string& name, const std::string& email, const std::string& role,
                               const Words& contracts) const
{
    Words words = {"user", "add", name, "--email", email, "--role", role, "--password-stdin"};
    for (const std::string& contract : contracts)
        words.insert(words.end(), {"--contract", contract});
    must(words, std::string(test_password) + "\n");
}

std::string ServerUnderTest::device_code(const std::string& name, const std::string& mode,
                                         const std::string& person) const
{
    Words words = {"device", "code", name, "--mode", mode};
    if (!person.empty())
        words.insert(words.end(), {"--person", person});
    static const std::regex code("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}");
    return first_match(must(words), code) + "@" + m_address;
}

std::string ServerUnderTest::checkpoint() const
{
    const Page page = Browser(m_address).get("/api/v1/checkpoint");
    if (page.status != 200)
        throw std::runtime_error("no checkpoint: " + page.body);
    return page.body;
}

DeviceUnderTest::DeviceUnderTest(const ServerUnderTest& server, const std::string& name,
                                 const std::string& mode, const std::string& person)
{
    Words words = {"enrol", server.device_code(name, mode, person)};
    if (mode == "worker")
        words.emplace_back("--pin-stdin");
    must(words, "2468\n");
    must({"sync"});
}

Words DeviceUnderTest::words(Words command) const
{
    command.insert(command.begin(), program("tallybook"));
    command.insert(command.end(), {"--data", m_folder.path()});
    return command;
}

ProgramResult DeviceUnderTest::command(Words command_words, const std::string& input,
                                       const std::string& clock) const
{
    server::ProgramOptions options{input, m_environment};
    if (!clock.empty())
        options.environment.emplace_back("TALLYBOOK_CLOCK", clock);
    return server::run_program(words(std::move(command_words)), options);
}

std::string DeviceUnderTest::must(Words command_words, const std::string& input,
                                  const std::string& clock) const
{
    const ProgramResult result = command(command_words, input, clock);
    if (!result.ok())
        failed(command_words, result);
    return result.out;
}

json DeviceUnderTest::must_json(Words command_words) const
{
    command_words.emplace_back("--json");
    return json::parse(must(std::move(command_words)));
}

std::string DeviceUnderTest::capture(const json& entry, const Words& photos) const
{
    Words command_words = {"capture", "-"};
    for (const std::string& photo : photos)
        command_words.insert(command_words.end(), {"--attach", photo});
    static const std::regex id("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    return first_match(must(command_words, entry.dump()), id);
}

json DeviceUnderTest::entry(const std::string& id) const
{
    const json document = must_json({"entries"});
    for (const json& entry : document.at("entries")) {
        if (entry.at("id") == id)
            return entry;
    }
    throw std::runtime_error("The device has no entry " + id);
}

std::vector<std::string> DeviceUnderTest::entry_ids() const
{
    std::vector<std::string> ids;
    const json document = must_json({"entries"});
    for (const json& entry : document.at("entries"))
        ids.push_back(entry.at("id"));
    return ids;
}

json hours_input(const std::string& measure)
{
    // Another person each time, after all of them the day before, and after as many days as a device accepts
    // another time of day: nobody is counted twice.
    constexpr std::int64_t days = 1'000;
    constexpr std::int64_t times = 6;
    static std::int64_t calls = 0;
    const std::int64_t call = calls++;
    constexpr auto firsts = static_cast<std::int64_t>(first_names.size());
    constexpr auto lasts = static_cast<std::int64_t>(last_names.size());
    const auto person = call % (firsts * lasts);
    const auto day = call / (firsts * lasts);
    const std::string hour = std::to_string(day / days % times * 4 + 100).substr(1);
    const std::string end_hour = std::to_string(day / days % times * 4 + 103).substr(1);
    const std::string name = std::string(first_names.at(static_cast<std::size_t>(person % firsts))) + " " +
                             last_names.at(static_cast<std::size_t>((person / firsts + person) % lasts));
    return {{"kind", "hours"},
            {"language", "en"},
            {"about", {{"contract", "LCC-1"}, {"measure", measure}}},
            {"body",
             {{"host", "Ribble Rivers Group"},
              {"activity", "Cleared balsam along the river bank"},
              {"date", today(day % days)},
              {"start", hour + ":00"},
              {"end", end_hour + ":30"},
              {"whose_time", "supplier_staff"},
              {"people", {{"name", name}}},
              {"confirmation", "sign_in_sheet"}}}};
}

json story_input()
{
    return {{"kind", "story"},
            {"language", "en"},
            {"about", {{"contract", "LCC-1"}, {"place", "park"}}},
            {"body",
             {{"title", "The river bank is ours again"},
              {"what", "Sixty people cleared a mile of the river bank."},
              {"changed", "The path is open again."},
              {"quotes", {{{"text", "I could not find the bank last year."}, {"speaker", "a resident"}}}},
              {"consents",
               {{{"person", "Edith Kershaw"},
                 {"uses", {"report", "website"}},
                 {"wording_version", "consent-1"},
                 {"language", "en"},
                 {"withdrawal_code", "7KQ2M4XPAB"}}}}}}};
}

json feedback_input()
{
    return {{"kind", "feedback"},
            {"language", "ur"},
            {"about", {{"contract", "LCC-1"}, {"place", "park"}}},
            {"body",
             {{"questionnaire", "community-event"},
              {"questionnaire_version", 1},
              {"language", "ur"},
              {"answers",
               {{{"question", "feeling"}, {"value", 5}},
                {{"question", "gained"}, {"value", {"people"}}},
                {{"question", "otherwise"}, {"value", false}}}}}}};
}

json delivery_input(const std::string& measure, const std::string& quantity)
{
    return {{"kind", "delivery"},
            {"language", "en"},
            {"about", {{"contract", "LCC-1"}, {"measure", measure}}},
            {"body",
             {{"quantity", quantity},
              {"period_start", today()},
              {"period_end", today()},
              {"description", "Aggregates from firms within 20 miles"},
              {"evidence_reference", "INV-1001"}}}};
}

std::filesystem::path write_photo(const std::filesystem::path& folder, unsigned seed)
{
    const auto file = folder / ("photo-" + std::to_string(seed) + ".jpg");
    std::ofstream(file, std::ios::binary) << server::draw_picture(seed);
    return file;
}

} // namespace tally::test
