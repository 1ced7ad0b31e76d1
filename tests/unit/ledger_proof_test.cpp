#include "server/api/routes.h"
#include "server/ledger/proof.h"
#include "server/ledger/rebuild.h"
#include "server/ledger/tiles.h"
#include "server/ledger/verify.h"
#include "server/ledger/writer.h"
#include "server/storage/schema.h"
#include "shared/base/encoding.h"
#include "shared/protocol/merkle_proof.h"
#include "tests/support/entries.h"
#include "tests/support/postgres.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <bit>
#include <set>

using namespace tally;
using namespace tally::server;
using namespace tally::test;
using protocol::check_consistency;
using protocol::check_inclusion;
using protocol::merkle_leaf_hash;
using protocol::merkle_node_hash;
using protocol::ProofHashes;

namespace {

using Hashes = std::vector<std::string>;

std::string unhex(std::string_view hex)
{
    return from_hex(hex).value();
}

storage::Database opened(const std::string& url)
{
    auto database = storage::Database::open(url);
    REQUIRE_MESSAGE(database.ok(), (database ? "" : database.error().message));
    REQUIRE(migrate_evidence(*database).ok());
    return std::move(*database);
}

/// A log of these leaves without entries behind them: enough for tiles and proofs.
void write_log(storage::Database& database, const std::vector<std::string>& leaves)
{
    storage::Transaction transaction(database);
    protocol::MerkleFrontier tree;
    std::vector<protocol::TileHash> completed;
    std::int64_t position = 0;
    for (const auto& leaf : leaves) {
        const auto hash = merkle_leaf_hash(leaf);
        database.run("INSERT INTO ledger_log (position, leaf, leaf_hash) VALUES (:position, :leaf, :hash)",
                     position++, leaf, storage::sql::blob(hash));
        tree.append(hash, completed);
    }
    for (const auto& hash : completed)
        insert_tile_hash(database, hash);
    database.run("INSERT INTO ledger_head (one, tree_size, frontier) VALUES (1, :size, :frontier)", position,
                 to_hex(tree.bytes()));
    transaction.commit();
}

/// The definitions of RFC 6962 section 2.1, word for word and slow.
std::string naive_root(const Hashes& leaves, std::size_t begin, std::size_t end)
{
    if (end - begin == 1)
        return leaves[begin];
    const std::size_t middle = begin + std::bit_floor(end - begin - 1);
    return merkle_node_hash(naive_root(leaves, begin, middle), naive_root(leaves, middle, end));
}

ProofHashes naive_path(const Hashes& leaves, std::size_t position, std::size_t begin, std::size_t end)
{
    if (end - begin == 1)
        return {};
    const std::size_t middle = begin + std::bit_floor(end - begin - 1);
    const bool left = position < middle;
    auto path =
        left ? naive_path(leaves, position, begin, middle) : naive_path(leaves, position, middle, end);
    path.push_back(left ? naive_root(leaves, middle, end) : naive_root(leaves, begin, middle));
    return path;
}

ProofHashes naive_subproof(const Hashes& leaves, std::size_t from, std::size_t begin, std::size_t end,
                           bool known)
{
    if (from == end)
        return known ? ProofHashes{} : ProofHashes{naive_root(leaves, begin, end)};
    const std::size_t middle = begin + std::bit_floor(end - begin - 1);
    const bool left = from <= middle;
    auto proof = left ? naive_subproof(leaves, from, begin, middle, known)
                      : naive_subproof(leaves, from, middle, end, false);
    proof.push_back(left ? naive_root(leaves, middle, end) : naive_root(leaves, begin, middle));
    return proof;
}

std::vector<std::string> numbered_leaves(std::size_t count)
{
    std::vector<std::string> leaves;
    for (std::size_t i = 0; i < count; ++i)
        leaves.push_back("leaf " + std::to_string(i));
    return leaves;
}

Hashes hashed(const std::vector<std::string>& leaves)
{
    Hashes hashes;
    for (const auto& leaf : leaves)
        hashes.push_back(merkle_leaf_hash(leaf));
    return hashes;
}

/// Changes a proof in every way that a proof of this form can be changed.
void each_change(const ProofHashes& proof, const std::function<void(const ProofHashes&)>& try_it)
{
    for (std::size_t i = 0; i < proof.size(); ++i) {
        auto changed = proof;
        changed[i][i % 32] = static_cast<char>(changed[i][i % 32] ^ 1);
        try_it(changed);
        auto shorter = proof;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
        try_it(shorter);
        auto doubled = proof;
        doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
        try_it(doubled);
        auto cut = proof;
        cut[i].pop_back();
        try_it(cut);
    }
    auto longer = proof;
    longer.emplace_back(32, '\0');
    try_it(longer);
}

} // namespace

TEST_CASE("proofs over the eight well-known leaves are those that RFC 6962 implementations publish")
{
    TemporaryFolder folder;
    auto database = opened("sqlite:" + (folder.path() / "log.db").string());
    std::vector<std::string> leaves;
    for (const char* hex :
         {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
        leaves.push_back(unhex(hex));
    const auto hashes = hashed(leaves);
    protocol::MerkleFrontier tree;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        // The leaves themselves are no text, so only their hashes are put in the log.
        database.run("INSERT INTO ledger_log (position, leaf, leaf_hash) VALUES (:position, 'x', :hash)",
                     static_cast<std::int64_t>(i), storage::sql::blob(hashes[i]));
        tree.append(hashes[i]);
    }
    database.run("INSERT INTO ledger_head (one, tree_size, frontier) VALUES (1, 8, :frontier)",
                 to_hex(tree.bytes()));

    const std::string a = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    const std::string b = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    const std::string c = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
    const std::string d = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
    const std::string e = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    const std::string f = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
    const std::string g = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
    const std::string first = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    const std::string two = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
    struct Case
    {
        std::uint64_t first;
        std::uint64_t size;
        std::vector<std::string> proof;
    };
    for (const auto& known : {Case{0, 1, {}}, Case{0, 8, {a, b, c}}, Case{5, 8, {d, e, f}}, Case{2, 3, {two}},
                              Case{1, 5, {first, b, d}}}) {
        CAPTURE(known.first);
        CAPTURE(known.size);
        const auto proof = make_inclusion_proof(database, known.first, known.size);
        REQUIRE(proof.ok());
        REQUIRE(proof->hashes.size() == known.proof.size());
        for (std::size_t i = 0; i < known.proof.size(); ++i)
            CHECK(to_hex(proof->hashes[i]) == known.proof[i]);
        CHECK(check_inclusion(proof->leaf_hash, known.first, known.size, proof->hashes, proof->root).ok());
    }
    for (const auto& known :
         {Case{1, 1, {}}, Case{1, 8, {a, b, c}}, Case{6, 8, {g, e, f}}, Case{2, 5, {b, d}}}) {
        CAPTURE(known.first);
        CAPTURE(known.size);
        const auto proof = make_consistency_proof(database, known.first, known.size);
        REQUIRE(proof.ok());
        REQUIRE(proof->hashes.size() == known.proof.size());
        for (std::size_t i = 0; i < known.proof.size(); ++i)
            CHECK(to_hex(proof->hashes[i]) == known.proof[i]);
        CHECK(
            check_consistency(known.first, proof->from_root, known.size, proof->to_root, proof->hashes).ok());
    }
    CHECK(to_hex(make_inclusion_proof(database, 0, 8)->root) ==
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST_CASE("every proof for every size up to 70 is the one that is defined, holds, and no changed one does")
{
    TemporaryFolder folder;
    auto database = opened("sqlite:" + (folder.path() / "log.db").string());
    constexpr std::size_t size_max = 70;
    const auto leaves = numbered_leaves(size_max);
    const auto hashes = hashed(leaves);
    write_log(database, leaves);
    std::size_t refused = 0;
    for (std::size_t size = 1; size <= size_max; ++size) {
        const auto root = naive_root(hashes, 0, size);
        for (std::size_t position = 0; position < size; ++position) {
            const auto proof = make_inclusion_proof(database, position, size);
            REQUIRE(proof.ok());
            REQUIRE(proof->root == root);
            REQUIRE(proof->leaf_hash == hashes[position]);
            REQUIRE(proof->hashes == naive_path(hashes, position, 0, size));
            REQUIRE(check_inclusion(hashes[position], position, size, proof->hashes, root).ok());
            REQUIRE_FALSE(check_inclusion(hashes[position], position ^ 1U, size, proof->hashes, root).ok());
            REQUIRE_FALSE(
                check_inclusion(merkle_leaf_hash("other"), position, size, proof->hashes, root).ok());
            REQUIRE_FALSE(
                check_inclusion(hashes[position], position, size, proof->hashes, merkle_leaf_hash("other"))
                    .ok());
            each_change(proof->hashes, [&](const ProofHashes& changed) {
                REQUIRE_FALSE(check_inclusion(hashes[position], position, size, changed, root).ok());
                ++refused;
            });
        }
        for (std::size_t from = 1; from <= size; ++from) {
            const auto proof = make_consistency_proof(database, from, size);
            REQUIRE(proof.ok());
            REQUIRE(proof->hashes == naive_subproof(hashes, from, 0, size, true));
            const auto from_root = naive_root(hashes, 0, from);
            REQUIRE(proof->from_root == from_root);
            REQUIRE(check_consistency(from, from_root, size, root, proof->hashes).ok());
            const auto other = merkle_leaf_hash("other");
            REQUIRE_FALSE(check_consistency(from, other, size, root, proof->hashes).ok());
            REQUIRE_FALSE(check_consistency(from, from_root, size, other, proof->hashes).ok());
            each_change(proof->hashes, [&](const ProofHashes& changed) {
                REQUIRE_FALSE(check_consistency(from, from_root, size, root, changed).ok());
                ++refused;
            });
        }
    }
    CHECK(refused > 50'000);
    CHECK(make_inclusion_proof(database, 0, 71).error().code == "bad_size");
    CHECK(make_inclusion_proof(database, 70, 70).error().code == "bad_position");
    CHECK(make_inclusion_proof(database, 0, 0).error().code == "bad_position");
    CHECK(make_consistency_proof(database, 0, 70).error().code == "bad_size");
    CHECK(make_consistency_proof(database, 9, 8).error().code == "bad_size");
    CHECK(make_consistency_proof(database, 1, 71).error().code == "bad_size");
    CHECK_FALSE(check_consistency(0, protocol::merkle_empty_root(), 1, hashes[0], {}).ok());
    CHECK_FALSE(check_consistency(2, hashes[0], 1, hashes[0], {}).ok());
}

TEST_CASE("proofs and tiles hold where tiles fill up, three levels high, on both databases")
{
    constexpr std::size_t leaf_count = 65'536 + 300;
    const auto leaves = numbered_leaves(leaf_count);
    const auto hashes = hashed(leaves);
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "log.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        auto database = opened(url);
        write_log(database, leaves);
        const std::vector<std::uint64_t> sizes = {1,   255,    256,    257,    511,       512,
                                                  513, 65'535, 65'536, 65'537, leaf_count};
        for (const auto size : sizes) {
            CAPTURE(size);
            const auto root = naive_root(hashes, 0, size);
            for (const std::uint64_t position : {std::uint64_t{0}, size / 3, size / 2, size - 1}) {
                const auto proof = make_inclusion_proof(database, position, size);
                REQUIRE(proof.ok());
                CHECK(check_inclusion(hashes[position], position, size, proof->hashes, root).ok());
            }
            for (const auto from : sizes)
                if (from <= size) {
                    const auto proof = make_consistency_proof(database, from, size);
                    REQUIRE(proof.ok());
                    CHECK(
                        check_consistency(from, naive_root(hashes, 0, from), size, root, proof->hashes).ok());
                }
        }
        // A reader that has only tiles gets to the same root.
        const auto level0 = read_tile(database, {false, 0, 255, 256});
        const auto level1 = read_tile(database, {false, 1, 0, 256});
        const auto level2 = read_tile(database, {false, 2, 0, 1});
        REQUIRE((level0 && level1 && level2));
        CHECK(level0->substr(0, 32) == hashes[255 * 256]);
        CHECK(level1->size() == 256 * 32);
        CHECK(level1->substr(32, 32) == naive_root(hashes, 256, 512));
        CHECK(*level2 == naive_root(hashes, 0, 65'536));
        CHECK(read_tile(database, {false, 0, 257, 44}).has_value());
        CHECK_FALSE(read_tile(database, {false, 0, 257, 45}).has_value());
        CHECK_FALSE(read_tile(database, {false, 0, 257, 256}).has_value());
        CHECK(read_tile(database, {false, 1, 1, 1}).has_value());
        CHECK_FALSE(read_tile(database, {false, 1, 1, 2}).has_value());
        CHECK_FALSE(read_tile(database, {false, 3, 0, 1}).has_value());
        const auto bundle = read_tile(database, {true, 0, 257, 2});
        REQUIRE(bundle.has_value());
        CHECK(*bundle == std::string("\0\x0aleaf 65792\0\x0aleaf 65793", 24));
    }
}

TEST_CASE("tiles have one address each")
{
    const std::vector<std::pair<std::string, TileName>> names = {
        {"0/000", {false, 0, 0, 256}},
        {"0/x001/234", {false, 0, 1234, 256}},
        {"1/x001/x234/067", {false, 1, 1'234'067, 256}},
        {"0/x001/000", {false, 0, 1000, 256}},
        {"2/000.p/1", {false, 2, 0, 1}},
        {"entries/x009/999.p/255", {true, 0, 9999, 255}},
    };
    for (const auto& [path, name] : names) {
        CAPTURE(path);
        const auto parsed = parse_tile_name(path);
        REQUIRE(parsed.has_value());
        CHECK(*parsed == name);
        CHECK(tile_path(name) == path);
    }
    for (const char* path :
         {"",           "0",          "0/",          "0/1",
          "0/01",       "0/0000",     "00/000",      "+0/000",
          "8/000",      "0/x000/001", "0/x001",      "0/x001/",
          "0/001/002",  "0/x001x002", "0/000.p/0",   "0/000.p/256",
          "0/000.p/01", "0/000.p/",   "0/000.p/1/",  "0/-01",
          "entries",    "entries/",   "entries/00a", "data/000",
          "0/000/",     "0/000.p",    "0/ 00",       "0/x999/x999/x999/x999/x999/x999/x999/999"}) {
        CAPTURE(path);
        CHECK_FALSE(parse_tile_name(path).has_value());
    }
}

TEST_CASE(
    "the writer keeps the tree's hashes, verify finds every change of them, and rebuild makes them again")
{
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "ledger.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        auto database = opened(url);
        SystemRandom random;
        ManualClock clock{sample_moment};
        UuidSource ids(clock, random);
        const auto keys = load_or_make_server_keys(database, random);
        LedgerWriter writer(url, keys);
        std::int64_t seq = 0;
        const auto receive = [&](int count) {
            writer.run([&](LedgerTransaction& ledger) {
                for (int i = 0; i < count; ++i) {
                    EntryFacts facts;
                    facts.id = ids.next();
                    facts.device = Uuid::from_bytes("device-0000-0001");
                    facts.device_seq = ++seq;
                    const std::string record = "sealed " + facts.id.text();
                    facts.digest = to_hex(protocol::record_digest(record));
                    const auto position = ledger.append(ReceivedLeaf{clock.now(), facts});
                    REQUIRE(position.ok());
                    ledger.database().run(
                        "INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) "
                        "VALUES (:id, :device, :seq, :digest, :position, :at, :record)",
                        facts.id.text(), facts.device.text(), facts.device_seq, facts.digest, *position,
                        clock.now().ms, storage::sql::blob(record));
                }
            });
        };
        receive(200);
        CHECK(read_all_tile_hashes(database).empty());
        receive(400);
        const auto kept = read_all_tile_hashes(database);
        REQUIRE(kept.size() == 2);
        CHECK(kept[1].index == 1);
        CHECK(kept[1].level == 1);
        REQUIRE(verify_ledger(database, keys.signing.public_key).ok());
        const auto proof = make_inclusion_proof(database, 300, 600);
        REQUIRE(proof.ok());
        CHECK(check_inclusion(proof->leaf_hash, 300, 600, proof->hashes, proof->root).ok());
        const auto signed_root = database.query_one<std::string>(
            "SELECT root FROM ledger_checkpoints ORDER BY tree_size DESC LIMIT 1");
        CHECK(to_hex(proof->root) == signed_root.value_or(""));

        for (const std::string& change :
             {"UPDATE ledger_tree SET hash = '" + std::string(64, '0') + "' WHERE position = 1",
              std::string("UPDATE ledger_tree SET hash = 'x' WHERE position = 1"),
              std::string("UPDATE ledger_tree SET position = 7 WHERE position = 1"),
              std::string("UPDATE ledger_tree SET level = 2 WHERE position = 1"),
              std::string("DELETE FROM ledger_tree WHERE position = 1")}) {
            CAPTURE(change);
            database.run(change);
            const auto report = verify_ledger(database, keys.signing.public_key);
            REQUIRE_FALSE(report.ok());
            CHECK(report.findings.front().code == "tree_changed");
            CHECK(report.findings.front().where.find("entry 0") != std::string::npos);
            CHECK_FALSE(rebuild_ledger(database)->agreed);
            CHECK(read_all_tile_hashes(database) == kept);
            CHECK(rebuild_ledger(database)->agreed);
            CHECK(verify_ledger(database, keys.signing.public_key).ok());
        }
    }
}

TEST_CASE("the interface's description names the proofs and tiles")
{
    const auto document = openapi_document();
    for (const char* path :
         {"/tile/{name}", "/checkpoint", "/api/v1/proof/inclusion", "/api/v1/proof/consistency"})
        CHECK(document.find(std::string("\"") + path + "\"") != std::string::npos);
}
