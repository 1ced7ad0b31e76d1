#pragma once
/// A ledger with its writer on a database of its own, for tests of the ledger's rules.

#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/ledger/rebuild.h"
#include "server/ledger/standings.h"
#include "server/ledger/verify.h"
#include "server/ledger/writer.h"
#include "server/storage/schema.h"
#include "shared/base/encoding.h"
#include "tests/support/entries.h"
#include "tests/support/postgres.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tally::test {

struct Ledger
{
    using Position = Result<std::int64_t>;

    explicit Ledger(const std::string& address) : url(address), database(opened(address))
    {
        REQUIRE(server::migrate_evidence(database).ok());
        writer =
            std::make_unique<server::LedgerWriter>(url, server::load_or_make_server_keys(database, random));
    }

    static storage::Database opened(const std::string& url)
    {
        auto database = storage::Database::open(url);
        REQUIRE_MESSAGE(database.ok(), (database ? "" : database.error().message));
        return std::move(*database);
    }

    Position append(const server::Leaf& leaf)
    {
        Position position = Error{"not_run", ""};
        writer->run([&](server::LedgerTransaction& ledger) { position = ledger.append(leaf); });
        return position;
    }

    /// Facts of an hours entry worth 59.255 pounds in the first quarter of 2026.
    server::EntryFacts facts(EntryAction action = EntryAction::Capture, std::optional<Uuid> amends = {},
                             std::int64_t minutes = 210)
    {
        server::EntryFacts facts;
        facts.id = ids.next();
        facts.action = action;
        facts.amends = amends;
        facts.device = Uuid::from_bytes("device-0000-0001");
        facts.device_seq = ++seq;
        facts.author = "worker";
        facts.contract = "LCC-1";
        facts.framework = "lancashire-toms-2024";
        facts.framework_version = "2024-28";
        facts.framework_revision = 1;
        facts.measure = "NT86";
        facts.quantity = hours_from_minutes(minutes, 1).value();
        facts.proxy = parse_proxy("16.93").value();
        facts.value = value_of(*facts.quantity, *facts.proxy).value();
        facts.value_class = "social";
        facts.quarter = {2026, 1};
        return facts;
    }
    server::EntryFacts facts_in(Quarter quarter, std::int64_t minutes = 210)
    {
        auto some = facts(EntryAction::Capture, {}, minutes);
        some.quarter = quarter;
        return some;
    }
    /// Of a measure that counts each person once a year, worth 100 pounds a person.
    server::EntryFacts facts_of_people(Quarter quarter, std::vector<std::string> persons)
    {
        auto some = facts();
        some.kind = EvidenceKind::Delivery;
        some.measure = "NT1";
        some.quarter = quarter;
        some.counting = server::Counting::Once;
        some.quantity = Quantity{static_cast<std::int64_t>(persons.size()) * Quantity::parts_per_unit};
        some.proxy = parse_proxy("100").value();
        some.value = value_of(*some.quantity, *some.proxy).value();
        some.persons = std::move(persons);
        return some;
    }
    /// A withdrawal has no amount of its own.
    server::EntryFacts withdrawal_of(const Uuid& entry)
    {
        auto some = facts(EntryAction::Withdraw, entry);
        some.quantity.reset();
        some.proxy.reset();
        some.value.reset();
        return some;
    }
    server::EntryFacts part_of(const Uuid& whole, const std::string& contract, std::int64_t minutes)
    {
        auto some = facts(EntryAction::Capture, {}, minutes);
        some.contract = contract;
        some.part_of = whole;
        some.split_by = "manager";
        return some;
    }

    /// Receives it as ingest does, with a sealed record for verify to find.
    Uuid receive(server::EntryFacts facts)
    {
        const std::string record = "sealed bytes of " + facts.id.text();
        facts.digest = to_hex(protocol::record_digest(record));
        writer->run([&](server::LedgerTransaction& ledger) {
            const auto position = ledger.append(server::ReceivedLeaf{clock.now(), facts});
            REQUIRE_MESSAGE(position.ok(), (position ? "" : position.error().text()));
            ledger.database().run(
                "INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) "
                "VALUES (:id, :device, :seq, :digest, :position, :at, :record)",
                facts.id.text(), facts.device.text(), facts.device_seq, facts.digest, *position,
                clock.now().ms, storage::sql::blob(record));
        });
        return facts.id;
    }
    Uuid receive_hours() { return receive(facts()); }
    /// Of a leaf that is to be refused.
    std::string refusal_of(const server::EntryFacts& facts)
    {
        return code(append(server::ReceivedLeaf{clock.now(), facts}));
    }

    Position decide(server::DecisionKind kind, const Uuid& entry, const std::string& by = "manager")
    {
        return append(server::DecisionLeaf{clock.now(), kind, entry, by, ""});
    }
    Position accept(const Uuid& entry) { return decide(server::DecisionKind::Accept, entry); }
    Position decline(const Uuid& entry) { return decide(server::DecisionKind::Decline, entry); }
    Position reverse(const Uuid& entry) { return decide(server::DecisionKind::Reverse, entry); }
    Position release(const Uuid& entry, const std::string& by = "admin")
    {
        return decide(server::DecisionKind::Release, entry, by);
    }
    Position hold(const Uuid& entry, const std::string& by = "admin")
    {
        return decide(server::DecisionKind::Hold, entry, by);
    }

    Position flag(std::vector<Uuid> entries, const std::string& rule = "person_overlap")
    {
        std::sort(entries.begin(), entries.end());
        return append(server::FlaggedLeaf{clock.now(), rule, std::move(entries), 90, 950});
    }
    Position resolve(std::int64_t flag, server::Resolution as, std::optional<Uuid> kept = {},
                     const std::string& by = "manager")
    {
        return append(server::ResolvedLeaf{clock.now(), flag, as, kept, by, ""});
    }
    Position reopen(std::int64_t flag, const std::string& by = "manager")
    {
        return append(server::ReopenedLeaf{clock.now(), flag, by, ""});
    }
    /// The split and its parts in one transaction: all of them, or nothing and the error of the first
    /// that was refused. Gives the position of the split.
    Position split(const Uuid& entry, const std::vector<server::EntryFacts>& parts,
                   const std::string& by = "manager")
    {
        struct Refused
        {
            Error error;
        };
        Position position = Error{"not_run", ""};
        try {
            writer->run([&](server::LedgerTransaction& ledger) {
                position = ledger.append(
                    server::SplitLeaf{clock.now(), entry, static_cast<std::int64_t>(parts.size()), by, ""});
                if (!position)
                    return;
                for (auto part : parts) {
                    part.digest = std::string(64, 'd');
                    const auto added = ledger.append(server::ReceivedLeaf{clock.now(), part});
                    if (!added)
                        throw Refused{added.error()};
                }
            });
        } catch (const Refused& refused) {
            return refused.error;
        }
        return position;
    }
    Position erase(const Uuid& entry, server::ErasureReason why = server::ErasureReason::Staff)
    {
        return append(server::ErasedLeaf{clock.now(), entry, why,
                                         why == server::ErasureReason::Staff ? "admin" : "", ""});
    }
    Position close(Quarter quarter) { return append(server::ClosedLeaf{clock.now(), quarter, "admin", ""}); }

    /// Empty when it went well.
    static std::string code(const Position& position) { return position ? "" : position.error().code; }

    /// Pounds "claimed confirmed" of a contract, exact; those of held balances stand behind a plus.
    std::string balance(const std::string& contract = "LCC-1")
    {
        Money claimed;
        Money confirmed;
        Money held_claimed;
        Money held_confirmed;
        for (const auto& row : server::read_balances(database, contract)) {
            const bool is_claimed = row.phase == server::Phase::Claimed;
            auto& sum =
                row.held ? (is_claimed ? held_claimed : held_confirmed) : (is_claimed ? claimed : confirmed);
            sum.parts += row.value.parts;
        }
        const auto with = [](Money total, Money held) {
            return format_exact(total) + (held.parts == 0 ? "" : "+" + format_exact(held));
        };
        return with(claimed, held_claimed) + " " + with(confirmed, held_confirmed);
    }
    /// Each line of a contract that is not zero: "account work phase entries quantity value", with "held"
    /// in front of the phase when it is; in order, joined by "; ".
    std::string lines(const std::string& contract = "LCC-1")
    {
        std::vector<std::string> found;
        for (const auto& row : server::read_balances(database, contract)) {
            const auto sign = [](std::int64_t parts) { return std::string(parts < 0 ? "-" : ""); };
            const auto absolute = [](std::int64_t parts) { return parts < 0 ? -parts : parts; };
            found.push_back(row.quarter + " " + row.work_quarter + (row.held ? " held " : " ") +
                            std::string(name_of(row.phase)) + " " + std::to_string(row.entries) + " " +
                            sign(row.quantity.parts) +
                            format_quantity(Quantity{absolute(row.quantity.parts)}) + " " +
                            sign(row.value.parts) + format_exact(Money{absolute(row.value.parts)}));
        }
        std::sort(found.begin(), found.end());
        std::string text;
        for (const auto& line : found)
            text += (text.empty() ? "" : "; ") + line;
        return text;
    }
    std::string state(const Uuid& id) { return std::string(name_of(standing(id).state)); }
    server::EntryStanding standing(const Uuid& id)
    {
        auto found = server::read_standing(database, id);
        REQUIRE(found.has_value());
        return std::move(*found);
    }
    server::VerifyReport verify()
    {
        return server::verify_ledger(database, writer->keys().signing.public_key);
    }

    std::string url;
    SystemRandom random;
    ManualClock clock{sample_moment};
    UuidSource ids{clock, random};
    std::int64_t seq = 0;
    storage::Database database;
    std::unique_ptr<server::LedgerWriter> writer;
};

/// Runs a test on SQLite and on PostgreSQL; afterwards the ledger verifies and can be made again.
inline void on_both_databases(const std::function<void(Ledger&)>& test)
{
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "ledger.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        Ledger ledger(url);
        test(ledger);
        const auto report = ledger.verify();
        CHECK_MESSAGE(report.ok(), (report.ok() ? "" : report.findings.front().text()));
        CHECK(server::rebuild_ledger(ledger.database)->agreed);
        CHECK(ledger.verify().ok());
    }
}

} // namespace tally::test
