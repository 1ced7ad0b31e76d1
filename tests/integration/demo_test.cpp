#include "server/demo/program.h"
#include "server/storage/entry_vault.h"
#include "shared/base/files.h"
#include "tests/support/browser.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>

using namespace tally;
using namespace tally::test;
using tally::server::programs_folder;
using tally::server::run_program;

namespace {

namespace fs = std::filesystem;
using WordSet = std::set<std::string>;

/// Long enough to be nothing else by chance.
void keep(WordSet& words, const std::string& text)
{
    constexpr std::size_t telling_bytes = 8;
    if (text.size() >= telling_bytes)
        words.insert(text);
}

/// Names, sentences and codes that somebody wrote.
WordSet personal_words(const Entry& entry)
{
    WordSet words;
    keep(words, entry.reason);
    if (const auto* hours = std::get_if<HoursBody>(&entry.body))
        for (const auto& text : {hours->activity, hours->people.name, hours->confirmed_by})
            keep(words, text);
    if (const auto* story = std::get_if<StoryBody>(&entry.body)) {
        for (const auto& text : {story->title, story->what, story->how, story->who, story->changed})
            keep(words, text);
        for (const auto& quote : story->quotes)
            keep(words, quote.text);
        for (const auto& consent : story->consents) {
            keep(words, consent.person);
            keep(words, consent.withdrawal_code);
        }
    }
    if (const auto* delivery = std::get_if<DeliveryBody>(&entry.body)) {
        keep(words, delivery->description);
        for (const auto& person : delivery->people)
            keep(words, person);
    }
    if (const auto* feedback = std::get_if<FeedbackBody>(&entry.body))
        for (const auto& answer : feedback->answers)
            if (const auto* text = std::get_if<std::string>(&answer.value))
                keep(words, *text);
    for (const auto& photo : entry.attachments)
        keep(words, photo.caption);
    return words;
}

struct DemoStory
{
    std::string id;
    std::string key;
};

/// Every word of the demo's evidence, and the stories among it.
WordSet read_evidence(const fs::path& data, std::vector<DemoStory>& stories)
{
    tally::server::DatabasePool pool("sqlite:" + (data / "tallybook.db").string());
    tally::server::AttachmentStore attachments(pool, data / "photos");
    const tally::server::EntryVault vault(attachments);
    auto database = pool.lease();
    WordSet all;
    for (auto& [text, key] :
         database->query<std::string, storage::sql::Blob>("SELECT id, key FROM entry_keys ORDER BY id")) {
        const auto id = Uuid::parse(text);
        REQUIRE(id.ok());
        const auto entry = vault.open(*database, *id);
        REQUIRE(entry.ok());
        all.merge(personal_words(*entry));
        if (entry->kind == EvidenceKind::Story)
            stories.push_back({text, key.bytes});
    }
    return all;
}

WordSet found_in(std::string_view bytes, const WordSet& words)
{
    WordSet found;
    for (const auto& word : words)
        if (bytes.find(word) != std::string_view::npos)
            found.insert(word);
    return found;
}

/// The database with its log, and the encrypted photos.
std::string bytes_of_server(const fs::path& data)
{
    std::string all;
    for (const auto& file : fs::directory_iterator(data))
        if (file.is_regular_file())
            all += read_file(file.path(), 1ULL << 30).value();
    for (const auto& file : fs::recursive_directory_iterator(data / "photos"))
        if (file.is_regular_file())
            all += read_file(file.path()).value();
    return all;
}

/// What the database holds outside accounts, devices and reference data.
std::string bytes_of_ledger(const fs::path& data)
{
    auto database = storage::Database::open("sqlite:" + (data / "tallybook.db").string());
    REQUIRE(database.ok());
    std::string all;
    for (const auto& table : database->query<std::string>(
             "SELECT name FROM sqlite_master WHERE type = 'table' AND (name LIKE 'ledger%' OR name LIKE "
             "'entry%' OR name LIKE 'merge%' OR name LIKE 'person%' OR name LIKE 'decision%' OR name LIKE "
             "'refused%' OR name LIKE 'withdrawal%' OR name LIKE 'eras%')")) {
        std::string row;
        for (const auto& column :
             database->query<std::string>("SELECT name FROM pragma_table_info(:table)", table))
            row += (row.empty() ? "" : " || '|' || ") + std::string("COALESCE(CAST(") + column +
                   " AS TEXT), '')";
        database->for_each<std::string>("SELECT " + row + " FROM " + table,
                                        [&](const std::string& text) { all += text + "\n"; });
    }
    return all;
}

} // namespace

TEST_CASE("the demo makes a council to look at, with a sound ledger")
{
    const TemporaryFolder folder;
    const std::string data = folder.path() / "demo";
    const std::string program = programs_folder() / "tallybook-server";
    const auto made = run_program({program, "demo", "--listen", "127.0.0.1:0", "--data", data}, {},
                                  std::chrono::minutes(8));
    REQUIRE_MESSAGE(made.ok(), made.out << made.err);
    CHECK((made.out + made.err).find("manager@demo.example") != std::string::npos);
    CHECK(run_program({program, "verify", "--data", data}).ok());
    CHECK(run_program({program, "demo", "--data", data}).status == 1);

    tally::server::Program server({program, "serve", "--listen", "127.0.0.1:0", "--data", data});
    REQUIRE(server.wait_for_text("http://127.0.0.1:", std::chrono::seconds(60)));
    const std::string text = server.out() + server.err();
    std::smatch address;
    REQUIRE(std::regex_search(text, address, std::regex("http://127\\.0\\.0\\.1:[0-9]+")));
    Browser manager(address.str());
    REQUIRE(manager.sign_in("manager@demo.example", "tallybook-demo"));
    const Page contracts = manager.get("/contracts");
    for (const char* title :
         {"Highway repairs", "School and community meals", "Library and hub refurbishment"})
        CHECK(contracts.has(title));
    CHECK(manager.get("/queue").links("/entries/").size() > 10);

    std::vector<DemoStory> stories;
    const WordSet words = read_evidence(data, stories);
    REQUIRE(words.size() > 100);
    REQUIRE(stories.size() > 2);
    const fs::path exported = folder.path() / "export.ledger";
    REQUIRE(run_program({program, "ledger", "export", exported, "--data", data}).ok());
    const std::string public_bytes = read_file(exported, 1ULL << 30).value();
    CHECK(public_bytes.size() > 10'000);
    CHECK(found_in(public_bytes, words) == WordSet{});
    CHECK(found_in(bytes_of_ledger(data), words) == WordSet{});
    CHECK(found_in(server.out() + server.err(), words) == WordSet{});

    WordSet keys;
    for (const auto& story : stories) {
        keys.insert(story.key);
        REQUIRE(
            run_program({program, "erase", story.id, "--reason", "Asked for", "--yes", "--data", data}).ok());
    }
    CHECK(found_in(bytes_of_server(data), keys) == WordSet{});
    CHECK(run_program({program, "verify", "--data", data}).ok());
    REQUIRE(run_program({program, "ledger", "export", exported, "--data", data}).ok());
    CHECK(run_program({programs_folder() / "tallybook-verify", exported}).ok());
}
