#include "server/demo/demo_picture.h"
#include "server/erasure/erase.h"
#include "server/ingest/merging.h"
#include "server/ledger/ledger.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/attachment.h"
#include "tests/support/council_server.h"
#include "tests/support/postgres.h"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <future>
#include <thread>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

void on_both(const std::function<void(CouncilServer&)>& test)
{
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "server.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        CouncilServer server(url);
        test(server);
    }
}

Viewer manager()
{
    return Viewer{"manager-1", "Asha Patel", false, {"LCC-1"}, true};
}

Entry hours_of_jo(std::int32_t start, std::int32_t end)
{
    Entry entry = sample_hours_entry();
    auto& body = std::get<HoursBody>(entry.body);
    body.people.name = "Jo Marsden";
    body.host = "Friends of " + std::to_string(start);
    body.start_min = start;
    body.end_min = end;
    return entry;
}

/// Two that overlap; gives their ids.
std::pair<Uuid, Uuid> receive_two(CouncilServer& server)
{
    Entry first = hours_of_jo(540, 720);
    Entry second = hours_of_jo(660, 780);
    server.receive({server.device.seal(first), server.device.seal(second)});
    return {first.id, second.id};
}

/// An entry with it, and its bytes; not compared yet.
Attachment send_photo(CouncilServer& server, const std::string& bytes)
{
    StoryBody body;
    body.title = "The kitchen garden";
    body.what = "We dug";
    body.changed = "It grows";
    Entry story = sample_entry(body, "");
    Attachment& photo = story.attachments.emplace_back();
    photo.digest = crypto::sha256_hex(bytes);
    photo.key = server.random.bytes(32);
    photo.media_type = "image/jpeg";
    photo.width = photo.height = 320;
    const auto sealed = protocol::seal_attachment(bytes, photo.key);
    photo.sealed_digest = crypto::sha256_hex(sealed);
    photo.bytes = static_cast<std::int64_t>(sealed.size());
    server.receive({server.device.seal(story)});
    server.ingest.comparison().compare_all();
    REQUIRE(server.attachments.put(server.device.id, photo.sealed_digest, sealed, sample_moment).ok());
    return photo;
}

/// Whether it became true within a time that is long enough for the slowest machine.
bool soon(const std::function<bool()>& is_true)
{
    using namespace std::chrono_literals;
    for (auto until = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < until;) {
        if (is_true())
            return true;
        std::this_thread::sleep_for(20ms);
    }
    return false;
}

} // namespace

TEST_CASE("a device has its receipt before its entries are compared")
{
    on_both([](CouncilServer& server) {
        receive_two(server);
        CHECK(server.count("ledger_flags") == 0);
        CHECK(server.review.counts(manager(), {}).comparing);
        server.ingest.comparison().compare_all();
        CHECK(server.count("ledger_flags") == 1);
        CHECK_FALSE(server.review.counts(manager(), {}).comparing);
        server.ingest.comparison().compare_all();
        CHECK(server.count("ledger_flags") == 1);
    });
}

TEST_CASE("nobody decides on an entry that was not compared yet")
{
    on_both([](CouncilServer& server) {
        const auto [first, second] = receive_two(server);
        const auto decided = server.review.decide(manager(), second, DecisionKind::Accept, "");
        REQUIRE_FALSE(decided.ok());
        CHECK(decided.error().code == "flag_open");
    });
}

TEST_CASE("a decision waits for what came before its entry, not for what came after")
{
    on_both([](CouncilServer& server) {
        const auto [first, second] = receive_two(server);
        CHECK(server.review.decide(manager(), first, DecisionKind::Accept, "").ok());
        CHECK(server.count("ledger_flags") == 0);
    });
}

TEST_CASE("a quarter is closed only after everything was compared")
{
    on_both([](CouncilServer& server) {
        receive_two(server);
        server.clock.set(Timestamp{sample_moment.ms + 200LL * 24 * 60 * 60 * 1000});
        const auto quarter = quarter_of(std::get<HoursBody>(sample_hours_entry().body).date);
        Viewer administrator{"admin-1", "Ada", true, {}, true, true};
        const auto seen = server.review.quarter(administrator, quarter).checklist.items();
        const auto closed = server.review.close_quarter(administrator, quarter, seen, "");
        REQUIRE_FALSE(closed.ok());
        CHECK(closed.error().code == "checklist_changed");
    });
}

TEST_CASE("what a server had not compared when it stopped, the next one compares by itself")
{
    on_both([](CouncilServer& server) {
        receive_two(server);
        LedgerWriter writer(server.pool.url(), server.keys);
        Comparison next(server.pool, writer, server.reference, server.vault, server.clock);
        next.keep_going();
        CHECK(soon([&] { return server.count("ledger_flags") == 1; }));
        // And what comes later.
        Entry third = hours_of_jo(530, 545);
        server.receive({server.device.seal(third)});
        next.entries_arrived();
        CHECK(soon([&] { return server.count("ledger_flags") == 2; }));
    });
}

TEST_CASE("two servers over one database compare each entry once")
{
    on_both([](CouncilServer& server) {
        std::vector<std::string> records;
        for (int i = 0; i < 40; ++i) {
            Entry entry = hours_of_jo(60 + 30 * i, 100 + 30 * i); // each overlaps with the next
            records.push_back(server.device.seal(entry));
        }
        server.receive(records);
        LedgerWriter writer(server.pool.url(), server.keys);
        Comparison other(server.pool, writer, server.reference, server.vault, server.clock);
        std::thread beside([&] { other.compare_all(); });
        server.ingest.comparison().compare_all();
        beside.join();
        CHECK(*server.database.query_one<std::int64_t>(
                  "SELECT COUNT(*) FROM ledger_flags WHERE rule = 'person_overlap'") == 39);
    });
}

TEST_CASE("an entry that was erased before it was compared leaves no trace by which it could be found")
{
    on_both([](CouncilServer& server) {
        const auto [first, second] = receive_two(server);
        server.writer.run([&](LedgerTransaction& ledger) {
            erase_family(ledger, server.vault, second, {ErasureReason::Staff, "admin-1", "", sample_moment},
                         server.random);
        });
        server.ingest.comparison().compare_all();
        CHECK(server.count("ledger_flags") == 0);
        CHECK(*server.database.query_one<std::int64_t>(
                  "SELECT COUNT(*) FROM merge_keys WHERE position = 1") == 0);
        CHECK(*server.database.query_one<std::int64_t>("SELECT COUNT(*) FROM merge_keys WHERE position = 0") >
              0);
    });
}

TEST_CASE("the pause after a failure grows, and not for ever")
{
    using namespace std::chrono_literals;
    const ComparisonPauses pauses;
    CHECK(pauses.after(1) == 1s);
    CHECK(pauses.after(2) == 2s);
    CHECK(pauses.after(5) == 16s);
    CHECK(pauses.after(7) == 60s);
    CHECK(pauses.after(1'000'000) == 60s);
}

TEST_CASE("after failures the comparison goes on by itself, and waits longer each time")
{
    on_both([](CouncilServer& server) {
        using namespace std::chrono_literals;
        receive_two(server);
        server.database.run("ALTER TABLE merge_progress RENAME TO merge_progress_away");
        LedgerWriter writer(server.pool.url(), server.keys);
        Comparison comparison(server.pool, writer, server.reference, server.vault, server.clock);
        const auto begun = std::chrono::steady_clock::now();
        comparison.keep_going({.first = 50ms, .longest = 400ms});
        CHECK(soon([&] { return comparison.failures() >= 1; }));
        comparison.entries_arrived(); // a device that sends meanwhile does not make it try more often
        CHECK(soon([&] { return comparison.failures() >= 3; }));
        CHECK(std::chrono::steady_clock::now() - begun >= 150ms);
        CHECK(server.count("ledger_flags") == 0);
        server.database.run("ALTER TABLE merge_progress_away RENAME TO merge_progress");
        CHECK(soon([&] { return server.count("ledger_flags") == 1; }));
        CHECK(soon([&] { return comparison.failures() == 0; }));
    });
}

TEST_CASE("an entry that is erased after it was read and before it is compared leaves no trace either")
{
    on_both([](CouncilServer& server) {
        const auto [first, second] = receive_two(server);
        std::promise<void> compares;
        // Everything that writes waits in line behind this, so the comparison has read when the erasure is
        // done.
        auto erased = server.writer.start([&, second = second](LedgerTransaction& ledger) {
            compares.get_future().wait();
            // Reading two entries takes less; were it slower, there would be nothing to see and nothing
            // wrong.
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            erase_family(ledger, server.vault, second, {ErasureReason::Staff, "admin-1", "", sample_moment},
                         server.random);
        });
        std::thread comparing([&] {
            compares.set_value();
            server.ingest.comparison().compare_all();
        });
        erased.get();
        comparing.join();
        CHECK(server.count("ledger_flags") == 0);
        CHECK(*server.database.query_one<std::int64_t>(
                  "SELECT COUNT(*) FROM merge_keys WHERE position = 1") == 0);
        CHECK(*server.database.query_one<std::int64_t>("SELECT COUNT(*) FROM merge_keys WHERE position = 0") >
              0);
    });
}

TEST_CASE("a photo that comes while the database fails is compared later, and costs its device no answer")
{
    on_both([](CouncilServer& server) {
        using namespace std::chrono_literals;
        const auto photo = send_photo(server, server.random.bytes(500));
        LedgerWriter writer(server.pool.url(), server.keys);
        Comparison comparison(server.pool, writer, server.reference, server.vault, server.clock);

        server.database.run("ALTER TABLE merge_pictures RENAME TO merge_pictures_away");
        CHECK_THROWS_AS(comparison.photo_arrived(photo.sealed_digest), storage::DatabaseError);
        comparison.keep_going({.first = 20ms, .longest = 100ms});
        comparison.photo_arrived(photo.sealed_digest);
        CHECK(soon([&] { return comparison.failures() >= 1; }));
        server.database.run("ALTER TABLE merge_pictures_away RENAME TO merge_pictures");
        CHECK(soon([&] { return server.count("merge_pictures") == 1; }));
    });
}

TEST_CASE("a photo that ended the server three times while it was looked at is left alone")
{
    on_both([](CouncilServer& server) {
        const auto photo = send_photo(server, draw_picture(7));
        const auto hash = [&] {
            return server.database.query_one<std::string>("SELECT hash FROM merge_pictures").value_or("none");
        };
        const auto end_server_while_it_looks = [&] {
            // Its first step is durable, the second never comes.
            server.writer.run([&](LedgerTransaction& ledger) {
                const auto entry = Uuid::parse(
                    *server.database.query_one<std::string>("SELECT entry FROM entry_attachments"));
                Merging::photo_is_tried(ledger, *entry, photo.digest, photo.sealed_digest);
            });
        };
        end_server_while_it_looks();
        end_server_while_it_looks();
        CHECK(hash() == "2");
        SUBCASE("it is the third time")
        {
            end_server_while_it_looks();
            server.ingest.comparison().compare_photos_left_over();
            CHECK(hash() == "3");
            server.ingest.comparison().photo_arrived(photo.sealed_digest);
            CHECK(hash() == "3");
        }
        SUBCASE("it was only twice")
        {
            server.ingest.comparison().compare_photos_left_over();
            CHECK(PictureHash::parse(hash()).has_value());
        }
    });
}

TEST_CASE("a photo that is no picture is looked at once, and one whose bytes are gone when they are back")
{
    on_both([](CouncilServer& server) {
        const auto no_picture = send_photo(server, server.random.bytes(500));
        server.ingest.comparison().photo_arrived(no_picture.sealed_digest);
        CHECK(*server.database.query_one<std::string>("SELECT hash FROM merge_pictures") == "");
        const auto gone = send_photo(server, draw_picture(8));
        const auto file =
            server.folder.path() / "photos" / gone.sealed_digest.substr(0, 2) / gone.sealed_digest;
        std::filesystem::rename(file, server.folder.path() / "away");
        server.ingest.comparison().compare_photos_left_over();
        CHECK(server.count("merge_pictures") == 1);
        std::filesystem::rename(server.folder.path() / "away", file);
        server.ingest.comparison().compare_photos_left_over();
        CHECK(server.count("merge_pictures") == 2);
    });
}

TEST_CASE("of entries that name one photo, those with the key that opens it are compared")
{
    on_both([](CouncilServer& server) {
        const std::string picture = draw_picture(9);
        const std::string key = server.random.bytes(32);
        const auto sealed = protocol::seal_attachment(picture, key);
        for (int i = 0; i < 3; ++i) {
            StoryBody body;
            body.title = "Title " + std::to_string(i);
            body.what = body.title + " was what we did";
            body.changed = body.title + " is better now";
            Entry story = sample_entry(body, "");
            Attachment& photo = story.attachments.emplace_back();
            photo.digest = crypto::sha256_hex(picture);
            photo.key = i == 1 ? server.random.bytes(32) : key;
            photo.media_type = "image/png";
            photo.width = photo.height = 320;
            photo.sealed_digest = crypto::sha256_hex(sealed);
            photo.bytes = static_cast<std::int64_t>(sealed.size());
            server.receive({server.device.seal(story)});
        }
        server.ingest.comparison().compare_all();
        const auto digest = crypto::sha256_hex(sealed);
        REQUIRE(server.attachments.put(server.device.id, digest, sealed, sample_moment).ok());
        server.ingest.comparison().photo_arrived(digest);
        CHECK(server.count("merge_pictures") == 3);
        CHECK(*server.database.query_one<std::int64_t>(
                  "SELECT COUNT(*) FROM merge_pictures WHERE hash <> ''") == 2);
    });
}
