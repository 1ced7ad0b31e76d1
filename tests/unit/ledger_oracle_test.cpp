/// Random histories, told to the ledger and to the oracle of tests/support/ledger_oracle.h. What either
/// refuses the other must refuse; afterwards every balance, state and newest figure must be the same, the
/// ledger must verify, be made again from its log, and agree with the rules of tallybook-verify.

#include "server/verify/rules.h"
#include "tests/support/ledger.h"
#include "tests/support/ledger_oracle.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>
#include <sstream>
#include <thread>

using namespace tally;
using namespace tally::server;
using namespace tally::test;
using oracle::Book;
using oracle::Event;

namespace {

// Making histories

Uuid numbered_id(int number)
{
    char text[37];
    std::snprintf(text, sizeof text, "0190a5c4-7d1e-7b3a-8f00-%012d", number);
    return Uuid::parse(text).value();
}

/// Events that fit what has happened so far, most of them; each history is another from its seed.
class HistoryMaker
{
public:
    explicit HistoryMaker(unsigned seed) : m_generator(seed) {}

    std::vector<Event> make()
    {
        const int length = 8 + static_cast<int>(below(40));
        m_contracts = 1 + below(2);
        m_measures = 2 + below(4);
        m_changes_only = one_in(3);
        std::vector<Event> events;
        while (static_cast<int>(events.size()) < length) {
            Event event = some_event();
            // Mostly what may happen; now and then what both have to refuse.
            for (int tries = 0; tries < 6 && below(m_changes_only ? 4 : 8) != 0 && !may_happen(event);
                 ++tries)
                event = some_event();
            event.number = m_number++;
            learn(event);
            events.push_back(std::move(event));
        }
        return events;
    }

private:
    unsigned below(unsigned end) { return static_cast<unsigned>(m_generator() % end); }
    bool one_in(unsigned count) { return below(count) == 0; }

    bool may_happen(const Event& event) const
    {
        auto copy = m_book.now();
        return copy.hear(event);
    }

    void learn(const Event& event)
    {
        if (const auto* received = std::get_if<ReceivedLeaf>(&event.leaf))
            m_ids.push_back(received->facts.id);
        const bool happened = m_book.add(event);
        if (std::holds_alternative<FlaggedLeaf>(event.leaf))
            m_flags.push_back({event.number, std::get<FlaggedLeaf>(event.leaf).entries});
        if (const auto* split = std::get_if<SplitLeaf>(&event.leaf); split != nullptr && happened) {
            m_divided = split->entry;
            m_parts_due = split->parts;
            m_amount_due = m_book.now().facts(split->entry).quantity->parts;
        }
        if (const auto* received = std::get_if<ReceivedLeaf>(&event.leaf);
            received != nullptr && received->facts.part_of && happened) {
            --m_parts_due;
            m_amount_due -= received->facts.quantity->parts;
        }
    }

    Uuid some_id()
    {
        if (m_ids.empty() || one_in(40))
            return numbered_id(900'000);
        const auto count = static_cast<unsigned>(m_ids.size());
        return m_ids[count - 1 - below(std::min(count, one_in(3) ? 30U : 8U))];
    }
    std::string somebody()
    {
        return one_in(10) ? "worker" + std::to_string(below(3)) : "manager" + std::to_string(below(2));
    }

    EntryFacts some_facts()
    {
        EntryFacts facts;
        facts.id = one_in(60) ? some_id() : numbered_id(++m_last_id);
        facts.digest = std::string(64, 'd');
        facts.device = Uuid::from_bytes(one_in(3) ? "device-0000-0001" : "device-0000-0002");
        facts.device_seq = m_last_id;
        facts.author = one_in(4) ? "" : "worker" + std::to_string(below(3));
        facts.contract = one_in(12) ? "" : "LCC-" + std::to_string(below(m_contracts));
        facts.quarter = Quarter{2026 + static_cast<int>(below(2)), 1 + static_cast<int>(below(4))};
        facts.place = one_in(4) ? "park" : "";
        facts.verification = one_in(4) ? "supervisor" : "none";
        if (!facts.contract.empty()) {
            facts.framework = "toms";
            facts.framework_version = one_in(6) ? "2025" : "2024";
        }
        measure(facts);
        return facts;
    }

    /// What is measured and how it counts.
    void measure(EntryFacts& facts)
    {
        const unsigned kind_of_measure = below(m_measures);
        facts.kind = kind_of_measure < 2 ? EvidenceKind::Hours : EvidenceKind::Delivery;
        facts.measure = "M" + std::to_string(kind_of_measure);
        facts.value_class = "social";
        facts.quantity = Quantity{1'000 * static_cast<std::int64_t>(1 + below(400))};
        facts.proxy = Proxy{169'300};
        facts.held = one_in(6);
        if (kind_of_measure == 2) {
            facts.counting = Counting::Once;
            for (unsigned i = 0; i < 5; ++i)
                if (one_in(2))
                    facts.persons.push_back("person" + std::to_string(i));
            if (!facts.persons.empty())
                facts.quantity =
                    Quantity{static_cast<std::int64_t>(facts.persons.size()) * Quantity::parts_per_unit};
        }
        if (kind_of_measure == 3) {
            facts.counting = Counting::Latest;
            facts.until = Date{facts.quarter.year, static_cast<int>(facts.quarter.number * 3),
                               1 + static_cast<int>(below(3))};
        }
        if (kind_of_measure == 4 && one_in(2)) {
            facts.kind = EvidenceKind::Story;
            facts.quantity.reset();
        }
        if (one_in(7) || !facts.quantity) {
            facts.proxy.reset();
            facts.value_class = facts.quantity ? "community" : "none";
        }
        if (facts.quantity && facts.proxy)
            facts.value = value_of(*facts.quantity, *facts.proxy).value();
    }

    ReceivedLeaf arrival()
    {
        auto facts = some_facts();
        constexpr std::size_t few = 1;
        if (m_changes_only ? m_ids.size() >= few : !m_ids.empty() && one_in(3)) {
            facts.amends = some_id();
            if (m_changes_only && m_book.now().knows(*facts.amends)) {
                // Of the same hand and kind, so that chains of changes grow long.
                const auto& old = m_book.now().facts(*facts.amends);
                facts.device = old.device;
                facts.kind = old.kind;
            }
            facts.action = one_in(3) ? EntryAction::Withdraw : EntryAction::Amend;
            if (facts.action == EntryAction::Withdraw) {
                facts.quantity.reset();
                facts.proxy.reset();
                facts.value.reset();
                facts.persons.clear();
            }
        }
        return ReceivedLeaf{sample_moment, std::move(facts)};
    }

    ReceivedLeaf part()
    {
        auto facts = some_facts();
        facts.persons.clear();
        facts.counting = Counting::Sum;
        facts.until.reset();
        facts.part_of = m_divided;
        facts.split_by = "manager0";
        facts.kind = one_in(20) ? EvidenceKind::Story : m_book.now().facts(m_divided).kind;
        std::int64_t amount = m_amount_due;
        if (m_parts_due == 0)
            amount = 60;
        if (m_parts_due > 1)
            amount = m_amount_due / (m_parts_due + static_cast<std::int64_t>(below(2)));
        if (one_in(8))
            amount += one_in(2) ? 1 : -1;
        facts.quantity = Quantity{amount};
        facts.proxy = Proxy{12'500};
        facts.value = value_of(*facts.quantity, *facts.proxy).value();
        return ReceivedLeaf{sample_moment, std::move(facts)};
    }

    FlaggedLeaf flagged()
    {
        std::vector<Uuid> entries;
        for (unsigned i = 0, count = 1 + below(3); i < count; ++i)
            entries.push_back(some_id());
        std::sort(entries.begin(), entries.end());
        if (!one_in(10))
            entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
        return FlaggedLeaf{sample_moment, one_in(2) ? "person_overlap" : "same_photo", entries, 60, 900};
    }

    Event some_event()
    {
        if (m_parts_due > 0 ? !one_in(5) : m_divided != Uuid{} && one_in(40))
            return Event{0, part(), -1};
        const unsigned choice = below(100);
        if (m_ids.empty() || choice < (m_changes_only ? 18U : 30U))
            return Event{0, arrival(), -1};
        if (choice < (m_changes_only ? 80U : 66U)) {
            constexpr DecisionKind kinds[] = {
                DecisionKind::Accept,  DecisionKind::Accept,  DecisionKind::Accept,
                DecisionKind::Query,   DecisionKind::Decline, DecisionKind::Reverse,
                DecisionKind::Reverse, DecisionKind::Release, DecisionKind::Hold};
            return Event{0, DecisionLeaf{sample_moment, kinds[below(9)], some_id(), somebody(), ""}, -1};
        }
        if (choice < 76)
            return Event{0, flagged(), -1};
        if (choice < 90 && !m_flags.empty()) {
            const auto& [number, entries] = m_flags[below(static_cast<unsigned>(m_flags.size()))];
            if (one_in(3))
                return Event{0, ReopenedLeaf{sample_moment, 0, somebody(), ""}, number};
            const auto as = static_cast<Resolution>(below(4));
            std::optional<Uuid> kept;
            if ((as == Resolution::Same || as == Resolution::PartOf) != one_in(15))
                kept = one_in(15) ? some_id() : entries[below(static_cast<unsigned>(entries.size()))];
            return Event{0, ResolvedLeaf{sample_moment, 0, as, kept, somebody(), ""}, number};
        }
        if (choice < 94)
            return Event{
                0, SplitLeaf{sample_moment, some_id(), one_in(15) ? 1 : 2 + below(3), somebody(), ""}, -1};
        if (choice < 98)
            return Event{
                0, ErasedLeaf{sample_moment, some_id(), static_cast<ErasureReason>(below(3)), "", ""}, -1};
        return Event{0, ClosedLeaf{sample_moment, some_quarter_to_close(), "admin", ""}, -1};
    }

    Quarter some_quarter_to_close()
    {
        const auto closed = m_book.now().closed();
        if (one_in(6))
            return Quarter{2026, 1 + static_cast<int>(below(4))};
        return closed ? next(*closed) : Quarter{2026, 1};
    }

    std::mt19937 m_generator;
    Book m_book;
    std::vector<Uuid> m_ids;
    std::vector<std::pair<int, std::vector<Uuid>>> m_flags;
    Uuid m_divided;
    std::int64_t m_parts_due = 0;
    std::int64_t m_amount_due = 0;
    int m_number = 0;
    int m_last_id = 0;
    unsigned m_contracts = 1;
    unsigned m_measures = 2;
    bool m_changes_only = false; ///< of very few entries
};

// Telling them to the ledger

/// One database for many histories: emptied between them, which costs less than a new one.
class LedgerUnderTest
{
public:
    explicit LedgerUnderTest(const std::string& url) : m_ledger(url)
    {
        // Only a test may forget facts.
        if (m_ledger.database.dialect() == storage::Dialect::Sqlite) {
            for (const auto& trigger : m_ledger.database.query<std::string>(
                     "SELECT name FROM sqlite_master WHERE type = 'trigger'"))
                m_ledger.database.run_script("DROP TRIGGER " + trigger);
        } else {
            for (const auto* table : {"ledger_log", "ledger_checkpoints", "entry_records"})
                m_ledger.database.run_script(std::string("ALTER TABLE ") + table + " DISABLE TRIGGER USER");
        }
    }

    /// Empty when ledger and oracle agree; else what they do not agree about.
    std::string compare(const std::vector<Event>& events)
    {
        forget();
        Book book;
        std::string wrong = tell(events, book);
        if (wrong.empty())
            wrong = compare_balances(book);
        if (wrong.empty())
            wrong = compare_entries(book);
        if (wrong.empty())
            wrong = compare_newest(book);
        if (wrong.empty())
            wrong = check_ledger();
        if (wrong.empty())
            wrong = compare_second_rules(book);
        return wrong;
    }

    std::size_t refused = 0;
    std::size_t taken = 0;

private:
    void forget()
    {
        std::string script;
        for (const auto* table :
             {"ledger_log", "ledger_checkpoints", "ledger_head", "ledger_tree", "ledger_entries",
              "ledger_persons", "ledger_flags", "ledger_flag_entries", "ledger_closings", "ledger_postings",
              "ledger_mentions", "ledger_balances", "entry_records", "entry_changes"})
            script += std::string("DELETE FROM ") + table + ";";
        m_ledger.database.run_script(script);
    }

    /// In a few transactions, so that rules meet what is stored and what is only kept in memory.
    std::string tell(const std::vector<Event>& events, Book& book)
    {
        std::map<int, std::int64_t> flags;
        std::string wrong;
        for (std::size_t begin = 0; begin < events.size() && wrong.empty();) {
            const std::size_t end = std::min(events.size(), begin + 3 + begin % 11);
            m_ledger.writer->run([&](LedgerTransaction& ledger) {
                for (std::size_t i = begin; i < end && wrong.empty(); ++i)
                    wrong = tell(events[i], ledger, flags, book);
            });
            begin = end;
        }
        return wrong;
    }

    std::string tell(const Event& event, LedgerTransaction& ledger, std::map<int, std::int64_t>& flags,
                     Book& book)
    {
        Leaf leaf = event.leaf;
        const auto flag = flags.find(event.flag);
        constexpr std::int64_t no_flag = 1'000'000;
        std::visit(
            [&](auto& any) {
                if constexpr (requires { any.flag; })
                    any.flag = flag == flags.end() ? no_flag : flag->second;
            },
            leaf);
        std::string record;
        if (auto* received = std::get_if<ReceivedLeaf>(&leaf); received && !received->facts.part_of) {
            record = "sealed bytes of " + received->facts.id.text();
            received->facts.digest = to_hex(protocol::record_digest(record));
        }
        const auto position = ledger.append(leaf);
        const bool heard = book.add(event);
        ++(heard ? taken : refused);
        if (position.ok() != heard)
            return "the ledger " + (position ? "takes " : "refuses (" + position.error().code + ") ") +
                   describe(event) + " and the oracle does not";
        if (position && std::holds_alternative<FlaggedLeaf>(leaf))
            flags[event.number] = *position;
        if (position && !record.empty()) {
            const auto& facts = std::get<ReceivedLeaf>(leaf).facts;
            ledger.database().run(
                "INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) "
                "VALUES (:id, :device, :seq, :digest, :position, :at, :record)",
                facts.id.text(), facts.device.text(), facts.device_seq, facts.digest, *position,
                sample_moment.ms, storage::sql::blob(record));
        }
        return {};
    }

    std::string compare_balances(const Book& book)
    {
        std::map<oracle::Key, oracle::Amount> stored;
        for (const auto& row : read_balances(m_ledger.database, ""))
            stored.emplace(oracle::key_of(row),
                           oracle::Amount{row.entries, row.quantity.parts, row.value.parts});
        const auto expected = book.balances();
        if (stored == expected)
            return {};
        std::string text = "balances differ";
        for (const auto& [key, amount] : stored)
            if (!expected.contains(key) || !(expected.at(key) == amount))
                text += "\n  ledger " + describe(key, amount);
        for (const auto& [key, amount] : expected)
            if (!stored.contains(key) || !(stored.at(key) == amount))
                text += "\n  oracle " + describe(key, amount);
        return text;
    }

    std::string compare_entries(const Book& book)
    {
        StandingFilter all;
        all.all_contracts = true;
        all.limit = 1000;
        std::map<Uuid, oracle::Where> stored;
        for (const auto& standing : read_standings(m_ledger.database, all))
            stored.emplace(standing.facts.id, oracle::where_is(standing.state));
        const auto expected = book.now().everywhere();
        for (const auto& [id, place] : expected)
            if (!stored.contains(id) || stored.at(id) != place)
                return "the state of " + id.text() + " differs";
        return stored.size() == expected.size() ? "" : "the number of entries differs";
    }

    std::string compare_newest(const Book& book)
    {
        std::map<std::string, Uuid> stored;
        for (const auto* contract : {"", "LCC-0", "LCC-1"})
            for (const auto& figure : read_latest_figures(m_ledger.database, contract))
                stored.emplace(std::string(contract) + " " + figure.framework + " " +
                                   figure.framework_version + " " + figure.measure + " " +
                                   std::string(name_of(figure.phase)),
                               figure.entry);
        std::map<std::string, Uuid> expected;
        for (const auto& [key, id] : book.now().newest())
            expected.emplace(
                std::apply(
                    [](const auto& first, const auto&... rest) { return (first + ... + (" " + rest)); }, key),
                id);
        return stored == expected ? "" : "the newest figures differ";
    }

    std::string check_ledger()
    {
        const auto report = m_ledger.verify();
        if (!report.ok())
            return "verify: " + report.findings.front().text();
        const auto rebuilt = rebuild_ledger(m_ledger.database);
        if (!rebuilt || !rebuilt->agreed)
            return "rebuild does not agree" + (rebuilt ? "" : ": " + rebuilt.error().text());
        const auto again = m_ledger.verify();
        return again.ok() ? "" : "verify after rebuild: " + again.findings.front().text();
    }

    /// The rules of tallybook-verify read the same log and must come to the same totals.
    std::string compare_second_rules(const Book& book)
    {
        verify::Rules rules;
        auto rows = read_log(m_ledger.database, std::nullopt, 1000);
        std::reverse(rows.begin(), rows.end());
        for (const auto& row : rows) {
            const auto leaf = verify::read_leaf(row.leaf);
            const auto applied = leaf ? rules.apply(static_cast<std::uint64_t>(row.position), *leaf)
                                      : Result<void>(leaf.error());
            if (!applied)
                return "tallybook-verify refuses " + row.leaf + ": " + applied.error().text();
        }
        std::map<std::string, oracle::Amount> expected;
        for (const auto& [id, share] : book.now().shares()) {
            const auto& facts = book.now().facts(id);
            auto& sum = expected[facts.contract + " " + facts.framework_version + " " + facts.measure + " " +
                                 facts.value_class + (share.held ? " held " : " ") +
                                 std::string(name_of(share.phase))];
            sum.entries += 1;
            sum.quantity += share.quantity;
            sum.value += share.value;
        }
        const auto totals = rules.totals();
        if (!totals)
            return "tallybook-verify: " + totals.error().text();
        for (const auto& [key, total] : *totals) {
            const std::string prefix =
                key.contract + " " + key.version + " " + key.measure + " " + key.value_class;
            for (const auto& [name, sum] :
                 {std::pair<const char*, const verify::Sum&>(" claimed", total.claimed),
                  {" confirmed", total.confirmed},
                  {" held claimed", total.held_claimed},
                  {" held confirmed", total.held_confirmed}}) {
                const auto found = expected.find(prefix + name);
                const auto amount = found == expected.end() ? oracle::Amount{} : found->second;
                if (!(amount == oracle::Amount{sum.entries, sum.quantity.parts, sum.value.parts}))
                    return "tallybook-verify has another total of " + prefix + name;
                if (found != expected.end())
                    expected.erase(found);
            }
        }
        return expected.empty() ? "" : "tallybook-verify lacks a total of " + expected.begin()->first;
    }

    Ledger m_ledger;
};

// Running them

/// Events are left out as long as ledger and oracle still disagree.
std::vector<Event> shrunk(std::vector<Event> events, LedgerUnderTest& ledger)
{
    for (std::size_t chunk = events.size() / 2; chunk > 0; chunk /= 2)
        for (std::size_t begin = 0; begin < events.size();) {
            auto fewer = events;
            const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(begin);
            fewer.erase(first, first + static_cast<std::ptrdiff_t>(std::min(chunk, events.size() - begin)));
            if (!ledger.compare(fewer).empty())
                events = std::move(fewer);
            else
                begin += chunk;
        }
    return events;
}

struct Outcome
{
    std::size_t histories = 0;
    std::size_t taken = 0;
    std::size_t refused = 0;
    std::string failure;
};

/// Stops at the first history on which they disagree.
Outcome run(const std::string& url, unsigned first_seed, unsigned count)
{
    LedgerUnderTest ledger(url);
    Outcome outcome;
    for (unsigned seed = first_seed; seed < first_seed + count && outcome.failure.empty(); ++seed) {
        const auto events = HistoryMaker(seed).make();
        ++outcome.histories;
        if (ledger.compare(events).empty())
            continue;
        const auto few = shrunk(events, ledger);
        std::ostringstream text;
        text << "seed " << seed << ": " << ledger.compare(few);
        for (const auto& event : few)
            text << "\n  " << describe(event);
        outcome.failure = text.str();
    }
    outcome.taken = ledger.taken;
    outcome.refused = ledger.refused;
    return outcome;
}

/// In memory where the system has such a folder: nothing here is about disks.
std::filesystem::path fast_folder()
{
    const std::filesystem::path memory = "/dev/shm";
    std::error_code ignored;
    return std::filesystem::is_directory(memory, ignored) ? memory : std::filesystem::temp_directory_path();
}

} // namespace

TEST_CASE("random histories give the balances of a slow recomputation, on both databases")
{
    constexpr unsigned sqlite_histories = 3000;
    constexpr unsigned postgres_histories = 700;
    const TemporaryFolder folder(fast_folder());
    const std::string sqlite = "sqlite:" + (folder.path() / "ledger.db").string();
    const std::string postgres = fresh_postgres_url();
    Outcome on_sqlite;
    Outcome on_postgres;
    std::thread beside([&] { on_postgres = run(postgres, 1'000'000, postgres_histories); });
    on_sqlite = run(sqlite, 1, sqlite_histories);
    beside.join();
    CHECK_MESSAGE(on_sqlite.failure.empty(), on_sqlite.failure);
    CHECK_MESSAGE(on_postgres.failure.empty(), on_postgres.failure);
    MESSAGE(on_sqlite.histories << " histories on SQLite (" << on_sqlite.taken << " events taken, "
                                << on_sqlite.refused << " refused), " << on_postgres.histories
                                << " on PostgreSQL (" << on_postgres.taken << ", " << on_postgres.refused
                                << ")");
}
