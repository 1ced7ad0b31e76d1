#include "shared/protocol/checkpoint.h"
#include "shared/protocol/merkle.h"
#include "tests/support/ledger.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace tally;
using namespace tally::server;
using namespace tally::test;
using protocol::merkle_leaf_hash;
using protocol::MerkleFrontier;
using protocol::read_checkpoint;
using protocol::sign_checkpoint;

TEST_CASE("the tree's roots are those that RFC 6962 implementations publish")
{
    const std::vector<std::string> leaves = {
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
    const std::vector<std::string> roots = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    CHECK(to_hex(MerkleFrontier().root()) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    MerkleFrontier frontier;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        frontier.append(merkle_leaf_hash(*from_hex(leaves[i])));
        CHECK(to_hex(frontier.root()) == roots[i]);
        const auto restored = MerkleFrontier::restore(frontier.size(), frontier.bytes());
        REQUIRE(restored.has_value());
        CHECK(restored->root() == frontier.root());
    }
    CHECK_FALSE(MerkleFrontier::restore(3, "short").has_value());
}

TEST_CASE("a checkpoint reads back, and not after any change")
{
    const auto key = crypto::signing_key_from_seed(std::string(32, 'k'));
    const auto note = sign_checkpoint({"tallybook/1234", 7, std::string(32, 'r')}, key);
    const auto body = read_checkpoint(note, key.public_key);
    REQUIRE(body.ok());
    CHECK(body->tree_size == 7);
    CHECK(body->root == std::string(32, 'r'));
    for (std::size_t i = 0; i < note.size(); ++i) {
        std::string changed = note;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(read_checkpoint(changed, key.public_key).ok());
        CHECK_FALSE(read_checkpoint(note.substr(0, i), key.public_key).ok());
    }
    CHECK_FALSE(read_checkpoint(note, crypto::make_signing_key().public_key).ok());
}

TEST_CASE("leaves read back as they were written, and unknown fields are refused")
{
    TemporaryFolder folder;
    Ledger ledger("sqlite:" + (folder.path() / "ledger.db").string());
    EntryFacts facts = ledger.facts(EntryAction::Amend, ledger.ids.next());
    facts.digest = std::string(64, 'd');
    facts.held = true;
    facts.event = "planting-day";
    const Leaf received = ReceivedLeaf{sample_moment, facts};
    CHECK(*parse_leaf(write_leaf(received)) == received);
    const Leaf decision =
        DecisionLeaf{sample_moment, DecisionKind::Query, facts.id, "manager", std::string(64, 'n')};
    CHECK(*parse_leaf(write_leaf(decision)) == decision);
    auto text = write_leaf(decision);
    text.insert(text.size() - 1, ",\"extra\":1");
    CHECK_FALSE(parse_leaf(text).ok());
    CHECK_FALSE(parse_leaf("{\"type\":\"forgotten\"}").ok());
}

TEST_CASE(
    "the quick reader of leaves takes and refuses what the strict one does, after any change of one byte")
{
    TemporaryFolder folder;
    Ledger ledger("sqlite:" + (folder.path() / "ledger.db").string());
    EntryFacts facts = ledger.facts(EntryAction::Amend, ledger.ids.next());
    facts.digest = std::string(64, 'd');
    facts.held = true;
    facts.event = "planting-day";
    facts.place = "Brierley Park";
    facts.verification = "host";
    const EntryFacts bare = [&] {
        EntryFacts made;
        made.id = facts.id;
        made.digest = facts.digest;
        made.quarter = {2026, 4};
        return made;
    }();
    const std::vector<Leaf> leaves = {
        ReceivedLeaf{sample_moment, facts}, ReceivedLeaf{sample_moment, bare},
        DecisionLeaf{sample_moment, DecisionKind::Release, facts.id, "manager", std::string(64, 'n')},
        DecisionLeaf{sample_moment, DecisionKind::Accept, facts.id, "", ""}};
    const auto same = [](const std::string& text) {
        const auto quick = parse_leaf(text);
        const auto strict = parse_leaf_strictly(text);
        return quick.ok() == strict.ok() && (!quick.ok() || *quick == *strict);
    };
    for (const auto& leaf : leaves) {
        const std::string text = write_leaf(leaf);
        CHECK(*parse_leaf_strictly(text) == leaf);
        CHECK_FALSE(parse_leaf(" " + text).ok()); // there is one way of writing a leaf
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (const char c : std::string_view("0-.\"\\ ,:}xA\x01\xc3")) {
                std::string changed = text;
                changed[i] = c;
                CHECK_MESSAGE(same(changed), changed);
                changed = text;
                changed.insert(i, 1, c);
                CHECK_MESSAGE(same(changed), changed);
            }
            CHECK(same(text.substr(0, i)));
            CHECK(same(text.substr(0, i) + text.substr(i + 1)));
        }
    }
}

TEST_CASE("an entry is claimed, then confirmed by somebody else, and a reversal restores the state before")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(ledger.decide(DecisionKind::Accept, id, "worker").error().code == "own_entry");
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(ledger.decide(DecisionKind::Accept, id).ok());
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(ledger.decide(DecisionKind::Accept, id).error().code == "wrong_state");
        CHECK(ledger.decide(DecisionKind::Decline, id).error().code == "wrong_state");
        CHECK(ledger.decide(DecisionKind::Reverse, id).ok());
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(ledger.decide(DecisionKind::Reverse, id).error().code == "wrong_state");
        CHECK(ledger.decide(DecisionKind::Decline, id).ok());
        CHECK(ledger.balance() == "0.00 0.00");
        CHECK(ledger.decide(DecisionKind::Reverse, id).ok());
        CHECK(ledger.balance() == "59.255 0.00");
        CHECK(ledger.decide(DecisionKind::Accept, ledger.ids.next()).error().code == "not_found");
    });
}

TEST_CASE("amending a waiting entry replaces it at once, whether it was queried or not")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        CHECK(ledger.decide(DecisionKind::Query, id).ok());
        CHECK(ledger.balance() == "59.255 0.00");
        const auto amended = ledger.receive(ledger.facts(EntryAction::Amend, id, 120));
        CHECK(ledger.balance() == "33.86 0.00");
        CHECK(ledger.state(id) == "replaced");
        CHECK(ledger.decide(DecisionKind::Accept, id).error().code == "wrong_state");
        CHECK(ledger.append(ReceivedLeaf{sample_moment, ledger.facts(EntryAction::Amend, id)}).error().code ==
              "amends_replaced");
        CHECK(ledger.decide(DecisionKind::Accept, amended).ok());
        CHECK(ledger.balance() == "0.00 33.86");
        CHECK(read_revisions(ledger.database, id).size() == 2);
    });
}

TEST_CASE("amending or withdrawing an accepted entry waits, and the old one stands until it is decided")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        REQUIRE(ledger.decide(DecisionKind::Accept, id).ok());
        const auto amended = ledger.receive(ledger.facts(EntryAction::Amend, id, 120));
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(ledger.decide(DecisionKind::Decline, amended).ok());
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(ledger.decide(DecisionKind::Reverse, amended).ok());
        CHECK(ledger.decide(DecisionKind::Accept, amended).ok());
        CHECK(ledger.balance() == "0.00 33.86");
        CHECK(ledger.state(id) == "replaced");
        CHECK(ledger.decide(DecisionKind::Reverse, amended).ok());
        CHECK(ledger.balance() == "0.00 59.255");
        CHECK(ledger.state(id) == "accepted");
        CHECK(ledger.decide(DecisionKind::Accept, amended).ok());

        EntryFacts withdrawal = ledger.facts(EntryAction::Withdraw, amended);
        withdrawal.quantity.reset();
        withdrawal.proxy.reset();
        withdrawal.value.reset();
        const auto withdrawn = ledger.receive(withdrawal);
        CHECK(ledger.balance() == "0.00 33.86");
        CHECK(ledger.decide(DecisionKind::Accept, withdrawn).ok());
        CHECK(ledger.balance() == "0.00 0.00");
        CHECK(ledger.state(amended) == "withdrawn");
        CHECK(ledger.decide(DecisionKind::Reverse, withdrawn).ok());
        CHECK(ledger.balance() == "0.00 33.86");
    });
}

TEST_CASE("an entry is changed only by its own device or author, by its own kind, and once known")
{
    on_both_databases([](Ledger& ledger) {
        const auto id = ledger.receive_hours();
        const auto code = [&](auto change) {
            EntryFacts facts = ledger.facts(EntryAction::Amend, id);
            change(facts);
            return ledger.append(ReceivedLeaf{sample_moment, facts}).error().code;
        };
        CHECK(code([&](EntryFacts& f) { f.amends = ledger.ids.next(); }) == "amends_unknown");
        CHECK(code([&](EntryFacts& f) { f.kind = EvidenceKind::Story; }) == "amends_other_kind");
        CHECK(code([&](EntryFacts& f) {
                  f.device = Uuid::from_bytes("device-0000-0002");
                  f.author = "somebody else";
              }) == "amends_foreign");
        CHECK(ledger.receive([&] {
            EntryFacts facts = ledger.facts(EntryAction::Amend, id);
            facts.device = Uuid::from_bytes("device-0000-0002");
            return facts;
        }()) != id);
    });
}

TEST_CASE("a total that would overflow refuses the entry and leaves the others")
{
    on_both_databases([](Ledger& ledger) {
        const auto huge = [&] {
            EntryFacts facts = ledger.facts();
            facts.value = Money{INT64_MAX - 5};
            return facts;
        };
        ledger.receive(huge());
        CHECK(ledger.append(ReceivedLeaf{sample_moment, huge()}).error().code == "overflow");
        CHECK(latest_checkpoint(ledger.database)->tree_size == 1);
    });
}

TEST_CASE("what one job throws takes nothing from the others in its group")
{
    on_both_databases([](Ledger& ledger) {
        std::vector<std::thread> callers;
        std::atomic<int> failures = 0;
        for (int i = 0; i < 8; ++i)
            callers.emplace_back([&ledger, &failures, i, facts = ledger.facts()]() mutable {
                const std::string record = "sealed bytes of " + facts.id.text();
                facts.digest = to_hex(protocol::record_digest(record));
                try {
                    ledger.writer->run([&](LedgerTransaction& transaction) {
                        const auto position = transaction.append(ReceivedLeaf{sample_moment, facts});
                        transaction.database().run("INSERT INTO entry_records (id, device, seq, digest, "
                                                   "position, received_at, record) VALUES "
                                                   "(:id, :device, :seq, :digest, :position, :at, :record)",
                                                   facts.id.text(), facts.device.text(), facts.device_seq,
                                                   facts.digest, *position, sample_moment.ms,
                                                   storage::sql::blob(record));
                        if (i % 4 == 3)
                            throw std::runtime_error("broken");
                    });
                } catch (const std::runtime_error&) {
                    ++failures;
                }
            });
        for (auto& caller : callers)
            caller.join();
        CHECK(failures == 2);
        CHECK(latest_checkpoint(ledger.database)->tree_size == 6);
    });
}

TEST_CASE("verify fails and names an entry after any value of any ledger table was changed")
{
    TemporaryFolder folder;
    const auto path = folder.path() / "ledger.db";
    std::string public_key;
    {
        Ledger ledger("sqlite:" + path.string());
        const auto first = ledger.receive_hours();
        const auto second = ledger.receive_hours();
        REQUIRE(ledger.decide(DecisionKind::Accept, first).ok());
        ledger.receive(ledger.facts(EntryAction::Amend, second, 60));
        REQUIRE(ledger.close({2026, 1}).ok());
        const auto people = ledger.receive(ledger.facts_of_people({2026, 1}, {"person one", "person two"}));
        const auto flag = ledger.flag({first, people});
        REQUIRE(ledger.resolve(*flag, Resolution::Same, first).ok());
        public_key = ledger.writer->keys().signing.public_key;
        REQUIRE(ledger.verify().ok());
    }
    int changes = 0;
    for (const std::string table :
         {"ledger_log", "ledger_entries", "ledger_postings", "ledger_balances", "ledger_checkpoints",
          "ledger_mentions", "ledger_head", "ledger_persons", "ledger_flags", "ledger_flag_entries",
          "ledger_closings", "entry_records"}) {
        auto source = Ledger::opened("sqlite:" + path.string());
        const auto columns = source.query<std::string>("SELECT name FROM pragma_table_info('" + table + "')");
        REQUIRE_FALSE(columns.empty());
        for (const auto& column : columns) {
            if (table == "ledger_head" && column == "one")
                continue; // the table's own check refuses another value
            CAPTURE(table);
            CAPTURE(column);
            const auto copy = folder.path() / ("changed-" + std::to_string(changes++) + ".db");
            source.copy_to(copy.string());
            auto database = Ledger::opened("sqlite:" + copy.string());
            // As somebody with a database tool would: past the triggers, one value of one row.
            for (const auto& trigger : database.query<std::string>(
                     "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '" + table + "'"))
                database.run_script("DROP TRIGGER " + trigger);
            // Of the log the newest row: a closing, which stands in it too, is about no entry.
            const std::string some_row = table == "ledger_head" ? "1 = 1"
                                         : table == "ledger_log"
                                             ? "position = (SELECT MAX(position) FROM ledger_log)"
                                             : column + " IS (SELECT MAX(" + column + ") FROM " + table + ")";
            const auto changed = database.run(
                "UPDATE " + table + " SET " + column + " = CASE typeof(" + column + ") WHEN 'integer' THEN " +
                column + " + 1 WHEN 'text' THEN SUBSTR(" + column + ", 1, LENGTH(" + column +
                ") - 1) || '~' WHEN 'blob' THEN x'00' "
                "ELSE 1 END WHERE " +
                some_row);
            REQUIRE(changed > 0);
            const auto report = verify_ledger(database, public_key);
            REQUIRE_FALSE(report.ok());
            bool named = false;
            for (const auto& finding : report.findings)
                named = named || finding.where.find("entry 0") != std::string::npos ||
                        finding.where.find("flag ") == 0 || finding.where.find("quarter ") == 0 ||
                        table == "ledger_checkpoints";
            CHECK_MESSAGE(named, report.findings.front().text());
        }
        // And one row less.
        const auto copy = folder.path() / ("shorter-" + table + ".db");
        source.copy_to(copy.string());
        auto database = Ledger::opened("sqlite:" + copy.string());
        for (const auto& trigger : database.query<std::string>(
                 "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '" + table + "'"))
            database.run_script("DROP TRIGGER " + trigger);
        database.run_script("DELETE FROM " + table + " WHERE " + columns.front() + " = (SELECT MAX(" +
                            columns.front() + ") FROM " + table + ")");
        CAPTURE(table);
        CHECK_FALSE(verify_ledger(database, public_key).ok());
    }
    CHECK(changes > 60);
}

TEST_CASE("the totals of all contracts in a quarter are the sums of their balances")
{
    on_both_databases([](Ledger& ledger) {
        const auto first = ledger.receive_hours();
        ledger.receive_hours();
        EntryFacts later = ledger.facts(EntryAction::Capture, {}, 60);
        later.quarter = {2026, 2};
        later.contract = "LCC-2";
        ledger.receive(later);
        REQUIRE(ledger.decide(DecisionKind::Accept, first).ok());
        std::string shown;
        for (const auto& total : read_quarter_totals(ledger.database))
            shown += total.quarter + " " + std::string(name_of(total.phase)) + " " +
                     std::to_string(total.entries) + " " + format_exact(total.value) + "; ";
        CHECK(shown == "2026-Q1 claimed 1 59.255; 2026-Q1 confirmed 1 59.255; 2026-Q2 claimed 1 16.93; ");
    });
}

TEST_CASE("verify names the entry whose counted people were changed in their table")
{
    TemporaryFolder folder;
    Ledger ledger("sqlite:" + (folder.path() / "ledger.db").string());
    EntryFacts facts = ledger.facts();
    facts.counting = Counting::Once;
    facts.persons = {"0123456789abcdef", "fedcba9876543210"};
    const auto id = ledger.receive(facts);
    REQUIRE(ledger.verify().ok());
    for (const std::string change : {"UPDATE ledger_persons SET person = 'x' WHERE line = 0",
                                     "UPDATE ledger_persons SET line = 7 WHERE line = 1",
                                     "UPDATE ledger_persons SET entry = 'x' WHERE line = 1",
                                     "DELETE FROM ledger_persons WHERE line = 1"}) {
        CAPTURE(change);
        ledger.database.run_script(change);
        const auto report = ledger.verify();
        CHECK(std::any_of(report.findings.begin(), report.findings.end(),
                          [&](const Error& finding) { return finding.where == "entry " + id.text(); }));
        CHECK(rebuild_ledger(ledger.database).ok());
        CHECK(ledger.verify().ok());
    }
}
