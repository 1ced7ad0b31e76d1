#include "server/ledger/tables.h"

#include "server/ledger/flags.h"
#include "server/ledger/standings.h"
#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::server {
namespace {

constexpr std::string_view standing_columns =
    "SELECT ledger_entries.position, leaf, id, root, state, before, counts, decided, ended, flagged, "
    "held_by_flag, released, erased, persons_counted, parts_left, quantity_left FROM ledger_entries "
    "JOIN ledger_log ON ledger_log.position = ledger_entries.position ";

using Text = std::string;
using Number = std::int64_t;
using MaybeText = std::optional<std::string>;
using MaybeNumber = std::optional<std::int64_t>;

/// A word in a derived table that the program does not know means that somebody changed it by hand.
template <typename T>
T known(std::optional<T> value)
{
    if (!value)
        throw storage::DatabaseError(
            storage::Failure::Damaged,
            "A row of the ledger's tables holds a word that this program does not know.");
    return std::move(*value);
}

/// Strict: a 2 would read as true and hide that the row was changed.
bool flag(std::int64_t number)
{
    return known(number == 0 || number == 1 ? std::optional<bool>(number == 1) : std::nullopt);
}

template <typename T>
std::optional<T> as_optional(Result<T> result)
{
    return result ? std::optional(std::move(*result)) : std::nullopt;
}

Uuid known_id(std::string_view text)
{
    return known(as_optional(Uuid::parse(text)));
}

std::optional<Uuid> maybe_id(const MaybeText& text)
{
    return text ? std::optional(known_id(*text)) : std::nullopt;
}

MaybeText maybe_text(const std::optional<Uuid>& id)
{
    return id ? MaybeText(id->text()) : std::nullopt;
}

using TextView = std::string_view;
using MaybeTextView = std::optional<std::string_view>;

/// The part of a row that changes.
void read_state(EntryStanding& standing, TextView state, MaybeTextView before, Number counts,
                MaybeNumber decided, MaybeTextView ended, Number flagged, Number held_by_flag,
                Number released, Number erased, Number persons_counted, Number parts_left,
                Number quantity_left)
{
    standing.state = known(entry_state_named(state));
    if (before)
        standing.before = known(entry_state_named(*before));
    standing.counts = flag(counts);
    standing.decided = decided;
    if (ended)
        standing.ended = known_id(*ended);
    standing.flagged = flag(flagged);
    standing.held_by_flag = flag(held_by_flag);
    standing.released = flag(released);
    standing.erased = flag(erased);
    standing.persons_counted = persons_counted;
    standing.parts_left = parts_left;
    standing.quantity_left.parts = quantity_left;
}

template <typename F, typename... A>
void select_standings(storage::Database& database, std::string_view condition, F&& each,
                      const A&... arguments)
{
    database.for_each<Number, TextView, TextView, MaybeTextView, TextView, MaybeTextView, Number, MaybeNumber,
                      MaybeTextView, Number, Number, Number, Number, Number, Number, Number>(
        std::string(standing_columns) + std::string(condition),
        [&](Number position, TextView leaf_text, TextView id, MaybeTextView root, TextView state,
            MaybeTextView before, Number counts, MaybeNumber decided, MaybeTextView ended, Number flagged,
            Number held_by_flag, Number released, Number erased, Number persons_counted, Number parts_left,
            Number quantity_left) {
            auto leaf = known(as_optional(parse_leaf(leaf_text)));
            auto* received = std::get_if<ReceivedLeaf>(&leaf);
            if (received == nullptr || received->facts.id != known_id(id))
                known(std::optional<int>());
            EntryStanding standing;
            standing.facts = std::move(received->facts);
            standing.position = position;
            standing.received_at = received->at;
            standing.root = root ? known_id(*root) : standing.facts.id;
            read_state(standing, state, before, counts, decided, ended, flagged, held_by_flag, released,
                       erased, persons_counted, parts_left, quantity_left);
            each(std::move(standing));
        },
        arguments...);
}

/// ledger_entries.latest: which entries read_latest_figures chooses from.
MaybeText latest_of(const EntryFacts& facts)
{
    if (facts.counting != Counting::Latest)
        return std::nullopt;
    return facts.until ? format_date(*facts.until) : std::string();
}

MaybeText text_or_null(std::optional<EntryState> state)
{
    return state ? MaybeText(name_of(*state)) : std::nullopt;
}

} // namespace

BalanceKey key_of(const Posting& posting)
{
    return BalanceKey{posting.contract,     posting.quarter, posting.framework,    posting.framework_version,
                      posting.kind,         posting.measure, posting.value_class,  posting.held,
                      posting.work_quarter, posting.place,   posting.verification, posting.phase};
}

Result<void> add_to(BalanceSum& sum, const Posting& posting)
{
    const auto quantity = add(sum.quantity, posting.quantity);
    const auto value = add(sum.value, posting.value);
    if (!quantity || !value)
        return Error{"overflow", "The contract's total would be too large to stay exact. Check the figure."};
    sum.entries += posting.entries;
    sum.quantity = *quantity;
    sum.value = *value;
    return {};
}

StandingRow row_of(const EntryStanding& standing)
{
    const auto& facts = standing.facts;
    StandingRow row;
    row.position = standing.position;
    row.id = facts.id;
    row.amends = facts.amends;
    if (standing.root != facts.id)
        row.root = standing.root;
    row.part_of = facts.part_of;
    row.kind = facts.kind;
    row.contract = facts.contract;
    row.measure = facts.measure;
    row.quarter = facts.quarter;
    row.latest = latest_of(facts);
    row.state = standing.state;
    row.before = standing.before;
    row.counts = standing.counts;
    row.decided = standing.decided;
    row.ended = standing.ended;
    row.flagged = standing.flagged;
    row.held_by_flag = standing.held_by_flag;
    row.released = standing.released;
    row.erased = standing.erased;
    row.persons_counted = standing.persons_counted;
    row.parts_left = standing.parts_left;
    row.quantity_left = standing.quantity_left.parts;
    return row;
}

void insert_standing_row(storage::Database& database, const StandingRow& row)
{
    const auto id = row.id.characters();
    database.add_row(
        "INSERT INTO ledger_entries (position, id, amends, root, part_of, kind, contract, measure, quarter, "
        "latest, state, before, counts, decided, ended, flagged, held_by_flag, released, erased, "
        "persons_counted, parts_left, quantity_left) VALUES",
        row.position, TextView(id.data(), id.size()), maybe_text(row.amends), maybe_text(row.root),
        maybe_text(row.part_of), name_of(row.kind), row.contract, row.measure, format_quarter(row.quarter),
        row.latest, name_of(row.state), text_or_null(row.before), Number{row.counts}, row.decided,
        maybe_text(row.ended), Number{row.flagged}, Number{row.held_by_flag}, Number{row.released},
        Number{row.erased}, row.persons_counted, row.parts_left, row.quantity_left);
}

void insert_standing(storage::Database& database, const EntryStanding& standing)
{
    insert_standing_row(database, row_of(standing));
    insert_persons(database, standing.facts);
}

void insert_persons(storage::Database& database, const EntryFacts& facts)
{
    Number line = 0;
    for (const auto& person : facts.persons)
        database.add_row("INSERT INTO ledger_persons (person, entry, line) VALUES", person, facts.id.text(),
                         line++);
}

void update_standing(storage::Database& database, const EntryStanding& standing)
{
    database.run("UPDATE ledger_entries SET state = :state, before = :before, counts = :counts, "
                 "decided = :decided, ended = :ended, flagged = :flagged, held_by_flag = :held_by_flag, "
                 "released = :released, erased = :erased, persons_counted = :persons_counted, "
                 "parts_left = :parts_left, quantity_left = :quantity_left WHERE position = :position",
                 name_of(standing.state), text_or_null(standing.before), Number{standing.counts},
                 standing.decided, maybe_text(standing.ended), Number{standing.flagged},
                 Number{standing.held_by_flag}, Number{standing.released}, Number{standing.erased},
                 standing.persons_counted, standing.parts_left, standing.quantity_left.parts,
                 standing.position);
}

std::optional<EntryStanding> find_standing(storage::Database& database, const Uuid& id)
{
    std::optional<EntryStanding> found;
    select_standings(
        database, "WHERE id = :id", [&](EntryStanding&& standing) { found = std::move(standing); },
        id.text());
    return found;
}

void for_each_stored_standing(storage::Database& database,
                              const std::function<void(const StoredStanding&)>& each)
{
    // In parts, because PostgreSQL's client keeps what one statement gives.
    constexpr Number rows_at_once = 5000;
    StoredStanding stored;
    Number after = INT64_MIN;
    for (Number got = rows_at_once; got == rows_at_once;) {
        got = 0;
        database.for_each<MaybeNumber, MaybeTextView, MaybeTextView, MaybeTextView, MaybeTextView,
                          MaybeTextView, MaybeTextView, MaybeTextView, MaybeTextView, MaybeTextView,
                          MaybeTextView, MaybeTextView, MaybeNumber, MaybeNumber, MaybeTextView, MaybeNumber,
                          MaybeNumber, MaybeNumber, MaybeNumber, MaybeNumber, MaybeNumber, MaybeNumber>(
            "SELECT position, id, amends, root, part_of, kind, contract, measure, quarter, latest, state, "
            "before, counts, decided, ended, flagged, held_by_flag, released, erased, persons_counted, "
            "parts_left, quantity_left FROM ledger_entries WHERE position > :after ORDER BY position LIMIT "
            ":limit",
            [&](MaybeNumber position, MaybeTextView id, MaybeTextView amends, MaybeTextView root,
                MaybeTextView part_of, MaybeTextView kind, MaybeTextView contract, MaybeTextView measure,
                MaybeTextView quarter, MaybeTextView latest, MaybeTextView state, MaybeTextView before,
                MaybeNumber counts, MaybeNumber decided, MaybeTextView ended, MaybeNumber flagged,
                MaybeNumber held_by_flag, MaybeNumber released, MaybeNumber erased,
                MaybeNumber persons_counted, MaybeNumber parts_left, MaybeNumber quantity_left) {
                stored.numbers = {position, counts, decided,         flagged,    held_by_flag,
                                  released, erased, persons_counted, parts_left, quantity_left};
                stored.texts = {id,      amends,  root,   part_of, kind,   contract,
                                measure, quarter, latest, state,   before, ended};
                each(stored);
                after = stored.position();
                ++got;
            },
            after, rows_at_once);
    }
}

namespace {

bool same_id(const MaybeTextView& text, const std::optional<Uuid>& id)
{
    if (!text || !id)
        return text.has_value() == id.has_value();
    const auto expected = id->characters();
    return *text == std::string_view(expected.data(), expected.size());
}

bool same_state(const MaybeTextView& text, const std::optional<EntryState>& state)
{
    return state ? text == name_of(*state) : !text;
}

} // namespace

bool StoredStanding::says(const StandingRow& row) const
{
    const std::array<MaybeNumber, 10> expected = {
        row.position,        Number{row.counts},       row.decided,
        Number{row.flagged}, Number{row.held_by_flag}, Number{row.released},
        Number{row.erased},  row.persons_counted,      row.parts_left,
        row.quantity_left};
    const auto& [id, amends, root, part_of, kind, contract, measure, quarter, latest, state, before, ended] =
        texts;
    return numbers == expected && same_id(id, row.id) && same_id(amends, row.amends) &&
           same_id(root, row.root) && same_id(part_of, row.part_of) && kind == name_of(row.kind) &&
           contract == row.contract && measure == row.measure && quarter == format_quarter(row.quarter) &&
           (row.latest ? latest == *row.latest : !latest) && same_state(state, row.state) &&
           same_state(before, row.before) && same_id(ended, row.ended);
}

void for_each_latest(storage::Database& database, std::string_view contract,
                     const std::function<void(EntryStanding&&)>& each)
{
    select_standings(database,
                     "WHERE contract = :contract AND latest IS NOT NULL AND counts = 1 AND "
                     "state IN ('waiting', 'queried', 'accepted') ORDER BY latest, ledger_entries.position",
                     each, contract);
}

void append_lines(const LedgerChange& change, std::int64_t position, std::vector<PostingLine>& lines)
{
    Number line = 0;
    for (const auto& posting : change.postings) {
        const auto entry =
            std::find_if(change.standings.begin(), change.standings.end(),
                         [&](const EntryStanding& standing) { return standing.facts.id == posting.entry; });
        TALLY_ASSERT(entry != change.standings.end());
        lines.push_back({position, line++, entry->position, posting.phase, posting.held, posting.quarter,
                         posting.entries, posting.quantity, posting.value});
    }
}

void insert_posting(storage::Database& database, const PostingLine& line)
{
    database.add_row("INSERT INTO ledger_postings (position, line, entry, phase, held, quarter, entries, "
                     "quantity, value) VALUES",
                     line.position, line.line, line.entry, name_of(line.phase), Number{line.held},
                     format_quarter(line.quarter), line.entries, line.quantity.parts, line.value.parts);
}

void for_each_posting(storage::Database& database, std::int64_t from, std::int64_t end,
                      const std::function<void(std::int64_t position, std::int64_t line,
                                               const std::optional<PostingLine>&)>& each)
{
    database.for_each<Number, Number, MaybeNumber, MaybeTextView, MaybeNumber, MaybeTextView, MaybeNumber,
                      MaybeNumber, MaybeNumber>(
        "SELECT position, line, entry, phase, held, quarter, entries, quantity, value FROM ledger_postings "
        "WHERE position >= :from AND position < :end ORDER BY position, line",
        [&](Number position, Number line, MaybeNumber entry, MaybeTextView phase, MaybeNumber held,
            MaybeTextView quarter, MaybeNumber entries, MaybeNumber quantity, MaybeNumber value) {
            const auto account = quarter ? parse_quarter(*quarter) : Result<Quarter>(Error{});
            const bool claimed = phase == name_of(Phase::Claimed);
            const bool is_known = entry && (claimed || phase == name_of(Phase::Confirmed)) && account &&
                                  (held == 0 || held == 1) && entries && quantity && value;
            if (is_known)
                each(position, line,
                     PostingLine{position, line, *entry, claimed ? Phase::Claimed : Phase::Confirmed,
                                 *held == 1, *account, *entries, Quantity{*quantity}, Money{*value}});
            else
                each(position, line, std::nullopt);
        },
        from, end);
}

void insert_log_row(storage::Database& database, std::int64_t position, std::string_view leaf,
                    std::string_view hash)
{
    database.add_row("INSERT INTO ledger_log (position, leaf, leaf_hash) VALUES", position, leaf,
                     storage::sql::blob(hash));
}

std::vector<Uuid> find_entries_of_person(storage::Database& database, std::string_view person)
{
    std::vector<Uuid> entries;
    database.for_each<Text>(
        "SELECT entry FROM ledger_persons WHERE person = :person",
        [&](Text&& entry) { entries.push_back(known_id(entry)); }, person);
    return entries;
}

std::vector<Uuid> find_parts(storage::Database& database, const EntryStanding& whole)
{
    std::vector<Uuid> parts;
    database.for_each<Text>(
        "SELECT id FROM ledger_entries WHERE root = :root AND part_of = :whole ORDER BY position",
        [&](Text&& id) { parts.push_back(known_id(id)); }, whole.root.text(), whole.facts.id.text());
    return parts;
}

void store_flag(storage::Database& database, const FlagStanding& flag)
{
    database.run(
        "INSERT INTO ledger_flags (position, rule, minutes, sure, resolution, kept, resolved) VALUES "
        "(:position, :rule, :minutes, :sure, :resolution, :kept, :resolved) ON CONFLICT (position) "
        "DO UPDATE SET resolution = excluded.resolution, kept = excluded.kept, "
        "resolved = excluded.resolved",
        flag.position, flag.rule, flag.minutes, flag.sure,
        flag.resolution ? MaybeText(name_of(*flag.resolution)) : std::nullopt, maybe_text(flag.kept),
        flag.resolved);
    for (const auto& entry : flag.entries)
        database.run("INSERT INTO ledger_flag_entries (entry, flag) VALUES (:entry, :flag) "
                     "ON CONFLICT (entry, flag) DO NOTHING",
                     entry.text(), flag.position);
}

std::optional<FlagStanding> find_flag(storage::Database& database, std::int64_t position)
{
    const auto row = database.query_one<Text, Number, Number, MaybeText, MaybeText, MaybeNumber>(
        "SELECT rule, minutes, sure, resolution, kept, resolved FROM ledger_flags WHERE position = :position",
        position);
    if (!row)
        return std::nullopt;
    FlagStanding flag;
    flag.position = position;
    flag.rule = std::get<0>(*row);
    flag.minutes = std::get<1>(*row);
    flag.sure = std::get<2>(*row);
    if (const auto& resolution = std::get<3>(*row))
        flag.resolution = known(resolution_named(*resolution));
    flag.kept = maybe_id(std::get<4>(*row));
    flag.resolved = std::get<5>(*row);
    database.for_each<Text>(
        "SELECT entry FROM ledger_flag_entries WHERE flag = :flag ORDER BY entry",
        [&](Text&& entry) { flag.entries.push_back(known_id(entry)); }, position);
    return flag;
}

std::vector<FlagStanding> find_flags_of(storage::Database& database, const Uuid& entry)
{
    std::vector<FlagStanding> flags;
    for (const auto position : database.query<Number>(
             "SELECT flag FROM ledger_flag_entries WHERE entry = :entry ORDER BY flag", entry.text()))
        flags.push_back(known(find_flag(database, position)));
    return flags;
}

void insert_mention(storage::Database& database, const Uuid& entry, std::int64_t position)
{
    database.add_row("INSERT INTO ledger_mentions (entry, position) VALUES", entry.text(), position);
}

void insert_closing(storage::Database& database, Quarter quarter, std::int64_t position)
{
    database.run("INSERT INTO ledger_closings (quarter, position) VALUES (:quarter, :position)",
                 format_quarter(quarter), position);
}

std::optional<Quarter> find_closed_through(storage::Database& database)
{
    const auto newest = database.query_one<MaybeText>("SELECT MAX(quarter) FROM ledger_closings");
    if (!newest || !*newest)
        return std::nullopt;
    return known(as_optional(parse_quarter(**newest)));
}

std::vector<Uuid> mentioned_by(const Leaf& leaf, const LedgerChange& change)
{
    if (const auto* received = std::get_if<ReceivedLeaf>(&leaf))
        return received->facts.part_of ? std::vector{*received->facts.part_of} : std::vector<Uuid>{};
    if (const auto entry = entry_of(leaf))
        return {*entry};
    return change.flag ? change.flag->entries : std::vector<Uuid>{};
}

BalanceSum find_balance(storage::Database& database, const BalanceKey& key)
{
    const auto row = database.query_one<Number, Number, Number>(
        "SELECT entries, quantity, value FROM ledger_balances WHERE contract = :contract AND quarter = "
        ":quarter AND "
        "framework = :framework AND framework_version = :framework_version AND kind = :kind AND measure = "
        ":measure "
        "AND value_class = :value_class AND held = :held AND work_quarter = :work_quarter AND place = :place "
        "AND verification = :verification AND phase = :phase",
        key.contract, format_quarter(key.quarter), key.framework, key.framework_version, key.kind,
        key.measure, key.value_class, Number{key.held}, format_quarter(key.work_quarter), key.place,
        key.verification, name_of(key.phase));
    if (!row)
        return {};
    return BalanceSum{std::get<0>(*row), Quantity{std::get<1>(*row)}, Money{std::get<2>(*row)}};
}

void store_balance(storage::Database& database, const BalanceKey& key, const BalanceSum& sum)
{
    database.run(
        "INSERT INTO ledger_balances (contract, quarter, framework, framework_version, kind, measure, "
        "value_class, held, work_quarter, place, verification, phase, entries, quantity, value) VALUES "
        "(:contract, :quarter, :framework, :framework_version, :kind, :measure, :value_class, :held, "
        ":work_quarter, :place, :verification, :phase, :entries, :quantity, :value) ON CONFLICT (contract, "
        "quarter, framework, framework_version, kind, measure, value_class, held, work_quarter, place, "
        "verification, phase) DO UPDATE SET entries = excluded.entries, quantity = excluded.quantity, "
        "value = excluded.value",
        key.contract, format_quarter(key.quarter), key.framework, key.framework_version, key.kind,
        key.measure, key.value_class, Number{key.held}, format_quarter(key.work_quarter), key.place,
        key.verification, name_of(key.phase), sum.entries, sum.quantity.parts, sum.value.parts);
}

void for_each_balance(storage::Database& database,
                      const std::function<void(BalanceKey&&, const BalanceSum&)>& each,
                      std::string_view contract)
{
    database.for_each<Text, Text, Text, Text, Text, Text, Text, Number, Text, Text, Text, Text, Number,
                      Number, Number>(
        "SELECT contract, quarter, framework, framework_version, kind, measure, value_class, held, "
        "work_quarter, place, verification, phase, entries, quantity, value FROM ledger_balances" +
            std::string(contract.empty() ? " WHERE :contract = ''" : " WHERE contract = :contract"),
        [&](Text&& contract_ref, Text&& quarter, Text&& framework, Text&& framework_version, Text&& kind,
            Text&& measure, Text&& value_class, Number&& held, Text&& work_quarter, Text&& place,
            Text&& verification, Text&& phase, Number&& entries, Number&& quantity, Number&& value) {
            const bool claimed = phase == name_of(Phase::Claimed);
            if (!claimed && phase != name_of(Phase::Confirmed))
                known(std::optional<int>());
            each(BalanceKey{std::move(contract_ref), known(as_optional(parse_quarter(quarter))),
                            std::move(framework), std::move(framework_version), std::move(kind),
                            std::move(measure), std::move(value_class), flag(held),
                            known(as_optional(parse_quarter(work_quarter))), std::move(place),
                            std::move(verification), claimed ? Phase::Claimed : Phase::Confirmed},
                 BalanceSum{entries, Quantity{quantity}, Money{value}});
        },
        contract);
}

namespace {

/// Contracts are bound as one text between commas, so that the set of statement texts stays bounded.
/// REPLACE finds a word exactly; LIKE would read an underscore in a reference as any character.
constexpr std::string_view filter_condition =
    "(:all_contracts = 1 OR REPLACE(:contracts, ',' || contract || ',', '') <> :contracts_again) "
    "AND (:kind = '' OR kind = :kind_again) AND (:quarter = '' OR quarter = :quarter_again) "
    "AND (:measure = '' OR measure = :measure_again) ";

/// ",A,B," with every word between two commas of its own, also where words follow each other.
std::string between_commas(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += "," + word + ",";
    return text;
}

} // namespace

std::vector<EntryStanding> read_standings(storage::Database& database, const StandingFilter& filter)
{
    std::vector<EntryStanding> standings;
    const auto keep = [&](EntryStanding&& standing) { standings.push_back(std::move(standing)); };
    const auto contracts = between_commas(filter.contracts);
    const auto limit = static_cast<Number>(filter.limit);
    const std::string rest = std::string(filter_condition) + "ORDER BY ledger_entries.position LIMIT :limit";
    if (filter.states.empty())
        select_standings(database, "WHERE ledger_entries.position > :after AND " + rest, keep, filter.after,
                         Number{filter.all_contracts}, contracts, contracts, filter.kind, filter.kind,
                         filter.quarter, filter.quarter, filter.measure, filter.measure, limit);
    // One walk along the index for each state; a page holds the first of them all.
    for (const auto state : filter.states)
        select_standings(database, "WHERE state = :state AND ledger_entries.position > :after AND " + rest,
                         keep, name_of(state), filter.after, Number{filter.all_contracts}, contracts,
                         contracts, filter.kind, filter.kind, filter.quarter, filter.quarter, filter.measure,
                         filter.measure, limit);
    std::sort(standings.begin(), standings.end(),
              [](const EntryStanding& a, const EntryStanding& b) { return a.position < b.position; });
    if (standings.size() > filter.limit)
        standings.resize(filter.limit);
    return standings;
}

std::vector<std::pair<EntryState, std::int64_t>> count_standings(storage::Database& database,
                                                                 const StandingFilter& filter)
{
    std::vector<std::pair<EntryState, std::int64_t>> counts;
    const auto contracts = between_commas(filter.contracts);
    database.for_each<Text, Number>(
        "SELECT state, COUNT(*) FROM ledger_entries WHERE " + std::string(filter_condition) +
            "GROUP BY state",
        [&](Text&& state, Number&& count) { counts.emplace_back(known(entry_state_named(state)), count); },
        Number{filter.all_contracts}, contracts, contracts, filter.kind, filter.kind, filter.quarter,
        filter.quarter, filter.measure, filter.measure);
    return counts;
}

std::optional<FlagStanding> read_flag(storage::Database& database, std::int64_t position)
{
    return find_flag(database, position);
}

std::vector<FlagStanding> read_flags_of(storage::Database& database, const Uuid& entry)
{
    return find_flags_of(database, entry);
}

namespace {

std::vector<FlagStanding> find_flags(storage::Database& database, const std::vector<Number>& positions)
{
    std::vector<FlagStanding> flags;
    for (const auto position : positions)
        flags.push_back(known(find_flag(database, position)));
    return flags;
}

} // namespace

std::vector<FlagStanding> read_open_flags(storage::Database& database, std::int64_t after, std::size_t limit)
{
    return find_flags(
        database,
        database.query<Number>(
            "SELECT position FROM ledger_flags WHERE resolution IS NULL AND position > :after AND NOT EXISTS "
            "(SELECT 1 FROM ledger_flag_entries JOIN ledger_entries ON ledger_entries.id = "
            "ledger_flag_entries.entry WHERE ledger_flag_entries.flag = ledger_flags.position AND "
            "ledger_entries.state NOT IN ('waiting', 'queried', 'accepted', 'split')) ORDER BY position "
            "LIMIT :limit",
            after, static_cast<Number>(limit)));
}

std::vector<FlagStanding> read_resolved_flags(storage::Database& database, std::size_t limit)
{
    return find_flags(database, database.query<Number>("SELECT position FROM ledger_flags WHERE resolution "
                                                       "IS NOT NULL ORDER BY resolved DESC LIMIT :limit",
                                                       static_cast<Number>(limit)));
}

std::optional<Uuid> read_id_at(storage::Database& database, std::int64_t position)
{
    const auto id =
        database.query_one<Text>("SELECT id FROM ledger_entries WHERE position = :position", position);
    return id ? std::optional(known_id(*id)) : std::nullopt;
}

std::optional<EntryStanding> read_standing(storage::Database& database, const Uuid& id)
{
    return find_standing(database, id);
}

std::vector<EntryStanding> read_revisions(storage::Database& database, const Uuid& root)
{
    std::vector<EntryStanding> revisions;
    select_standings(
        database, "WHERE id = :root OR root = :root ORDER BY ledger_entries.position",
        [&](EntryStanding&& standing) { revisions.push_back(std::move(standing)); }, root.text());
    return revisions;
}

} // namespace tally::server
