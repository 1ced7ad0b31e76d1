#include "client/sync/ledger_watch.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/merkle.h"
#include "tests/support/client_fixture.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace tally;
using namespace tally::client;
using namespace tally::test;
using nlohmann::json;

namespace {

/// The log of a server, by the definitions of RFC 6962 and nothing quicker.
struct Log
{
    std::vector<std::string> leaves;

    void grow(std::uint64_t size, const std::string& mark = "row")
    {
        while (leaves.size() < size)
            leaves.push_back(protocol::merkle_leaf_hash(mark + std::to_string(leaves.size())));
    }
    /// What an older backup had, and other rows after it.
    [[nodiscard]] Log restored(std::uint64_t kept, std::uint64_t size) const
    {
        Log log{{leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(kept)}};
        log.grow(size, "other");
        return log;
    }
    [[nodiscard]] std::string root(std::size_t from, std::size_t to) const
    {
        if (from == to)
            return protocol::merkle_empty_root();
        if (to - from == 1)
            return leaves[from];
        const std::size_t middle = from + half_of(to - from);
        return protocol::merkle_node_hash(root(from, middle), root(middle, to));
    }
    [[nodiscard]] SeenTree tree(std::uint64_t size) const { return {size, root(0, size)}; }
    [[nodiscard]] SeenTree tree() const { return tree(leaves.size()); }
    [[nodiscard]] protocol::ProofHashes proof_from(std::uint64_t size) const
    {
        protocol::ProofHashes hashes;
        add_proof(hashes, size, 0, leaves.size(), true);
        return hashes;
    }

private:
    static std::size_t half_of(std::size_t size)
    {
        std::size_t half = 1;
        while (half * 2 < size)
            half *= 2;
        return half;
    }
    void add_proof(protocol::ProofHashes& hashes, std::size_t size, std::size_t from, std::size_t to,
                   bool is_known) const
    {
        if (size == to - from) {
            if (!is_known)
                hashes.push_back(root(from, to));
            return;
        }
        const std::size_t half = half_of(to - from);
        if (size <= half) {
            add_proof(hashes, size, from, from + half, is_known);
            hashes.push_back(root(from + half, to));
        } else {
            add_proof(hashes, size - half, from + half, to, false);
            hashes.push_back(root(from, from + half));
        }
    }
};

struct Watched
{
    TemporaryFolder folder;
    ServerKeys server;
    DeviceRun run{folder.path()};
    Log log;
    std::uint64_t position = 0;

    Watched() { run.enrol(server); }
    Identity identity() { return run.store.identity().value(); }
    ServerLedger ledger() { return ServerLedger(run.store, identity()); }
    LedgerWatch watch() { return LedgerWatch(run.store, identity()); }

    /// Saves an entry, and the server acknowledges it when its ledger has `size` rows.
    Uuid sent_at(std::uint64_t size, const CaptureRequest& request = sample_hours())
    {
        const Uuid id = run.save(request);
        log.grow(size);
        const auto batch = run.store.next_batch(identity(), 0, run.clock.now());
        REQUIRE(batch.has_value());
        protocol::Receipt receipt;
        receipt.device = identity().device;
        receipt.entries_digest = batch->entries_digest;
        receipt.tree_size = size;
        receipt.tree_root = log.tree(size).root;
        for (std::size_t i = 0; i < batch->ids.size(); ++i)
            receipt.outcomes.push_back({protocol::Outcome::Created, position++, "", ""});
        REQUIRE(
            run.store.keep_receipt(*batch, receipt, protocol::write_receipt(receipt, server.signing)).ok());
        return id;
    }
    /// What a server with that log answers to a request with that query.
    [[nodiscard]] std::string answer(const Log& said, const std::string& query,
                                     json more = json::object()) const
    {
        json ledger = std::move(more);
        if (!said.leaves.empty())
            ledger["checkpoint"] =
                protocol::sign_checkpoint({"log", said.leaves.size(), said.tree().root}, server.signing);
        json proofs = json::array();
        for (const std::uint64_t size : sizes_in(query)) {
            if (size > said.leaves.size())
                continue;
            json hashes = json::array();
            for (const auto& hash : said.proof_from(size))
                hashes.push_back(to_base64(hash));
            proofs.push_back({{"from", size}, {"hashes", hashes}});
        }
        ledger["proofs"] = proofs;
        return json{{"ledger", ledger}, {"items", json::array()}}.dump();
    }
    static std::vector<std::uint64_t> sizes_in(std::string_view query)
    {
        std::vector<std::uint64_t> sizes;
        if (!query.starts_with("trees="))
            return sizes;
        for (query.remove_prefix(6); !query.empty();) {
            const auto end = std::min(query.find('-'), query.size());
            sizes.push_back(std::stoull(std::string(query.substr(0, end))));
            query.remove_prefix(std::min(query.size(), end + 1));
        }
        return sizes;
    }
    LedgerNews hears(LedgerWatch& watch, const Log& said, json more = json::object())
    {
        const auto news = watch.answered(answer(said, watch.query(), std::move(more)), run.clock.now());
        REQUIRE_MESSAGE(news.ok(), (news.ok() ? "" : news.error().text()));
        return *news;
    }
    EntryState state_of(const Uuid& id) { return run.store.find_entry(id)->state; }
};

} // namespace

TEST_CASE("a device that has no receipt asks for no proof, and from then on for that of what it saw")
{
    Watched device;
    device.log.grow(4);
    auto watch = device.watch();
    CHECK(watch.query().empty());
    CHECK(device.hears(watch, device.log) == LedgerNews::Nothing);
    CHECK(device.ledger().proved() == device.log.tree(4));
    // Once is enough for this round.
    CHECK(watch.query().empty());
    CHECK(watch.answered("not even JSON", device.run.clock.now()).value() == LedgerNews::Nothing);
    auto next = device.watch();
    CHECK(next.query() == "trees=4");
    device.log.grow(6);
    CHECK(device.hears(next, device.log) == LedgerNews::Nothing);
    CHECK(device.ledger().proved() == device.log.tree(6));
}

TEST_CASE("what receipts saw since is proved once, in order and each once")
{
    Watched device;
    for (const std::uint64_t size : {3, 5, 5, 12})
        (void)device.sent_at(size);
    auto watch = device.watch();
    CHECK(watch.query() == "trees=3-5-12");
    device.log.grow(13);
    CHECK(device.hears(watch, device.log, {{"backed_up", 7U}, {"epoch", "e1"}}) == LedgerNews::Nothing);
    CHECK(device.ledger().proved() == device.log.tree(13));
    CHECK(device.ledger().backed_up() == 7);
    CHECK(device.ledger().restores() == 0);
    auto next = device.watch();
    CHECK(next.query() == "trees=13");
    CHECK(device.hears(next, device.log, {{"epoch", "e1"}}) == LedgerNews::Nothing);
    CHECK(device.ledger().backed_up() == 7);
}

TEST_CASE("of a restored server's ledger the last common tree is looked for, and what lies behind it is sent")
{
    // Smaller than what was seen, as large, and larger by now: the same becomes of all.
    for (const std::uint64_t size : {5, 11, 40}) {
        CAPTURE(size);
        Watched again;
        std::vector<Uuid> ids;
        for (const std::uint64_t seen : {2, 4, 7, 9})
            ids.push_back(again.sent_at(seen));
        auto first = again.watch();
        REQUIRE(again.hears(first, again.log) == LedgerNews::Nothing);
        const Uuid late = again.sent_at(11);
        const Log restored = again.log.restored(5, size);
        auto watch = again.watch();
        CHECK(watch.query() == "trees=9-11");
        CHECK(again.hears(watch, restored, {{"epoch", "e2"}, {"backed_up", 4U}}) == LedgerNews::AskAgain);
        CHECK(again.ledger().restores() == 0); // not before it is known how much
        CHECK(watch.query() == "trees=2-4-7-9");
        CHECK(again.hears(watch, restored, {{"epoch", "e2"}, {"backed_up", 4U}}) == LedgerNews::SendAgain);
        CHECK(watch.entries_again() == 3);
        CHECK(again.ledger().restores() == 1);
        CHECK(again.ledger().proved() == restored.tree());
        CHECK(again.ledger().backed_up() == 4);
        CHECK(again.run.store.counts().unsent == 3);
        CHECK(again.state_of(late) == EntryState::Unsent);
        CHECK(again.state_of(ids[0]) == EntryState::Waiting);
        CHECK(again.state_of(ids[1]) == EntryState::Waiting);
        CHECK(again.state_of(ids[2]) == EntryState::Unsent);
        // It stays quiet until the next time.
        CHECK(watch.query().empty());
        auto next = again.watch();
        CHECK(next.query() == "trees=" + std::to_string(size));
        CHECK(again.hears(next, restored, {{"epoch", "e2"}}) == LedgerNews::Nothing);
        CHECK(again.run.store.counts().unsent == 3);
    }
}

TEST_CASE("a server that was set up anew gets everything again")
{
    Watched device;
    for (const std::uint64_t size : {2, 4})
        (void)device.sent_at(size);
    auto before = device.watch();
    REQUIRE(device.hears(before, device.log) == LedgerNews::Nothing);
    auto watch = device.watch();
    CHECK(device.hears(watch, Log()) == LedgerNews::AskAgain);
    CHECK(device.hears(watch, Log()) == LedgerNews::SendAgain);
    CHECK(watch.entries_again() == 2);
    // Of an empty ledger there is nothing to prove.
    auto next = device.watch();
    CHECK(next.query().empty());
    CHECK(device.hears(next, Log()) == LedgerNews::Nothing);
}

TEST_CASE("when only what came since the last proof is lost no search is needed")
{
    Watched device;
    const Uuid kept = device.sent_at(4);
    auto before = device.watch();
    REQUIRE(device.hears(before, device.log) == LedgerNews::Nothing);
    const Uuid also_kept = device.sent_at(6);
    const Uuid lost = device.sent_at(8);
    const Log restored = device.log.restored(6, 9);
    auto watch = device.watch();
    CHECK(watch.query() == "trees=4-6-8");
    CHECK(device.hears(watch, restored) == LedgerNews::SendAgain);
    CHECK(watch.entries_again() == 1);
    CHECK(device.state_of(kept) == EntryState::Waiting);
    CHECK(device.state_of(also_kept) == EntryState::Waiting);
    CHECK(device.state_of(lost) == EntryState::Unsent);
    CHECK(device.ledger().proved() == restored.tree());
    // The others are proved with it.
    auto next = device.watch();
    CHECK(next.query() == "trees=9");
}

TEST_CASE("more receipts than a server proves at once are asked for in several questions")
{
    Watched device;
    for (std::uint64_t size = 1; size <= 150; ++size)
        (void)device.sent_at(size);
    auto watch = device.watch();
    CHECK(Watched::sizes_in(watch.query()).size() == 99);
    CHECK(device.hears(watch, device.log) == LedgerNews::AskAgain);
    const auto rest = Watched::sizes_in(watch.query());
    REQUIRE_FALSE(rest.empty());
    CHECK(rest.front() == 100);
    CHECK(rest.back() == 150);
    CHECK(rest.size() <= 100);
    CHECK(device.hears(watch, device.log) == LedgerNews::Nothing);
    auto next = device.watch();
    CHECK(next.query() == "trees=150");
    // And the search asks for no more than a hundred of them.
    CHECK(device.hears(next, device.log.restored(70, 80)) == LedgerNews::AskAgain);
    const auto older = Watched::sizes_in(next.query());
    CHECK(older.size() <= 100);
    CHECK(device.hears(next, device.log.restored(70, 80)) == LedgerNews::SendAgain);
    // All that is behind the restored rows, and a little of what is not.
    CHECK(next.entries_again() >= 80);
    CHECK(next.entries_again() <= 82);
}

TEST_CASE("nothing is noted of a word that the server did not sign, and an older server says nothing")
{
    Watched device;
    (void)device.sent_at(3);
    auto watch = device.watch();
    const std::string query = watch.query();
    json forged = json::parse(device.answer(device.log.restored(0, 3), query));
    forged["ledger"]["checkpoint"] =
        protocol::sign_checkpoint({"log", 9, device.log.tree(3).root}, ServerKeys().signing);
    forged["ledger"]["backed_up"] = 3U;
    CHECK(watch.answered(forged.dump(), device.run.clock.now()).error().code == "bad_checkpoint");
    CHECK_FALSE(device.ledger().proved().has_value());
    CHECK_FALSE(device.ledger().backed_up().has_value());
    CHECK(device.run.store.counts().unsent == 0);
    CHECK(watch.answered(R"({"ledger":7})", device.run.clock.now()).error().code == "odd_answer");
    CHECK(watch.query() == query); // still open
    CHECK(watch.answered(R"({"items":[]})", device.run.clock.now()).value() == LedgerNews::Nothing);
    CHECK(watch.query().empty());
    CHECK_FALSE(device.ledger().proved().has_value());
}

TEST_CASE("a proof that does not lead to the checkpoint proves nothing")
{
    Watched device;
    (void)device.sent_at(3);
    device.log.grow(8);
    auto watch = device.watch();
    json answer = json::parse(device.answer(device.log, watch.query()));
    answer["ledger"]["proofs"][0]["hashes"][0] = to_base64(std::string(32, 'x'));
    CHECK(watch.answered(answer.dump(), device.run.clock.now()).value() == LedgerNews::SendAgain);
    CHECK(watch.entries_again() == 1);
}

TEST_CASE("sent photos stay for as long as the device's settings say")
{
    constexpr std::int64_t day_ms = 24LL * 3600 * 1000;
    Watched device;
    auto& store = device.run.store;
    const auto story = sample_story_with(sample_picture(device.run.random.bytes(1'000)));
    const Uuid id = device.run.save(story);
    device.sent_at(10); // and the story with it
    const std::string digest = store.attachments_of(id).front();
    store.finish_upload(digest);
    const Change accepted[] = {{"entry", id.text(), R"({"state":"accepted"})"}};
    store.apply_changes(device.identity(), accepted, "1");

    const auto is_here_after = [&](std::int64_t days) {
        auto watch = device.watch();
        device.log.grow(device.log.leaves.size() + 1);
        const auto said = device.answer(device.log, watch.query(), {{"backed_up", device.log.leaves.size()}});
        REQUIRE(watch.answered(said, {device.run.clock.now().ms + days * day_ms}).ok());
        return store.sealed_attachment(digest).has_value();
    };
    CHECK(photos_keep_days(store) == 90);
    store.set_setting(photos_keep_days_setting, "0");
    CHECK(photos_keep_days(store) == std::nullopt);
    CHECK(is_here_after(0));
    CHECK(is_here_after(5'000));
    store.set_setting(photos_keep_days_setting, "365");
    CHECK(is_here_after(364));
    for (const char* nonsense : {"", "-5", "soon", "99999999999999999999", "30 "}) {
        store.set_setting(photos_keep_days_setting, nonsense);
        CHECK(photos_keep_days(store) == 90);
    }
    CHECK(is_here_after(89));
    store.set_setting(photos_keep_days_setting, "30");
    CHECK(is_here_after(29));
    CHECK_FALSE(is_here_after(31));
    CHECK(device.run.vault.open_entry(id).ok());
}

TEST_CASE("photos are offered to another database of the server, and go when a backup has them")
{
    Watched device;
    const auto story = sample_story_with(sample_picture(device.run.random.bytes(1'000)));
    const Uuid id = device.sent_at(3, story);
    const auto digest = device.run.store.attachments_of(id).front();
    const auto round = [&](const char* epoch, std::uint64_t backed_up) {
        auto watch = device.watch();
        return device.hears(watch, device.log, {{"epoch", epoch}, {"backed_up", backed_up}});
    };
    const auto waiting = [&] { return device.run.store.counts().photos_waiting; };
    CHECK(round("e1", 0) == LedgerNews::Nothing);
    device.run.store.finish_upload(digest);
    CHECK(round("e1", 0) == LedgerNews::Nothing);
    CHECK(waiting() == 0);
    CHECK(round("e2", 0) == LedgerNews::AskAgain);
    CHECK(waiting() == 1);
    device.run.store.finish_upload(digest);

    const Change accepted[] = {{"entry", id.text(), R"({"state":"accepted"})"}};
    device.run.store.apply_changes(device.identity(), accepted, "1");
    device.run.clock.advance_ms((photos_keep_days(device.run.store).value() + 1) * 24 * 3'600'000);
    device.log.grow(10);
    (void)round("e2", 10);
    CHECK(device.run.store.sealed_attachment(digest).has_value());
    device.log.grow(12);
    (void)round("e2", 11);
    CHECK_FALSE(device.run.store.sealed_attachment(digest).has_value());
}

TEST_CASE(
    "a photo of which only a file of receipts says that it was taken is offered once more, and once only")
{
    Watched device;
    const auto story = sample_story_with(sample_picture(device.run.random.bytes(1'000)));
    const Uuid id = device.sent_at(3, story);
    const auto digest = device.run.store.attachments_of(id).front();
    const auto round = [&] {
        auto watch = device.watch();
        REQUIRE(device.hears(watch, device.log, {{"epoch", "e1"}}) == LedgerNews::Nothing);
        return device.run.store.counts().photos_waiting;
    };
    const auto story_by_network = sample_story_with(sample_picture(device.run.random.bytes(1'000)));
    const Uuid other = device.sent_at(4, story_by_network);
    device.run.store.finish_upload(device.run.store.attachments_of(other).front());

    device.run.store.finish_upload(digest, SaidBy::Receipts);
    CHECK(device.run.store.counts().photos_waiting == 0);
    // As far as the device knows, this may be the server of before the stick came.
    CHECK(round() == 1);
    CHECK(device.run.store.has_upload(digest));
    device.run.store.finish_upload(digest);
    CHECK(round() == 0);

    // Receipts of before a restore may also come after the device has heard of it.
    device.run.store.finish_upload(digest, SaidBy::Receipts);
    CHECK(round() == 1);
}

TEST_CASE("from a restored server that has all entries its words are asked for from the beginning, once")
{
    Watched device;
    const Uuid id = device.sent_at(3);
    {
        auto watch = device.watch();
        CHECK(device.hears(watch, device.log, {{"epoch", "e1"}}) == LedgerNews::Nothing);
    }
    const Change queried[] = {{"entry", id.text(), R"({"state":"queried"})"}};
    device.run.store.apply_changes(device.identity(), queried, "r1e7");
    CHECK(device.state_of(id) == EntryState::Queried);

    // Its backup is older than the question, which nobody has any more.
    auto watch = device.watch();
    CHECK(device.hears(watch, device.log, {{"epoch", "e2"}}) == LedgerNews::AskAgain);
    CHECK(device.state_of(id) == EntryState::Waiting);
    CHECK(device.run.store.pull_cursor(device.identity()) == "");
    CHECK(device.hears(watch, device.log, {{"epoch", "e2"}}) == LedgerNews::Nothing);
}
