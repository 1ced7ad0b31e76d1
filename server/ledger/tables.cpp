#include "server/ledger/tables.h"

#include "server/ledger/standings.h"
#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::server {
namespace {

constexpr std::string_view standing_columns =
    "SELECT id, position, action, kind, amends, root, digest, device, device_seq, author, contract, "
    "framework, "
    "framework_version, framework_revision, measure, quantity, proxy, value, value_class, held, quarter, "
    "event, "
    "place, received_at, state, before, counts, decided FROM ledger_entries ";

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

template <typename F, typename... A>
void select_standings(storage::Database& database, std::string_view condition, F&& each,
                      const A&... arguments)
{
    database.for_each<Text, Number, Text, Text, MaybeText, Text, Text, Text, Number, Text, Text, Text, Text,
                      Number, Text, MaybeNumber, MaybeNumber, MaybeNumber, Text, Number, Text, Text, Text,
                      Number, Text, MaybeText, Number, MaybeNumber>(
        std::string(standing_columns) + std::string(condition),
        [&](Text&& id, Number&& position, Text&& action, Text&& kind, MaybeText&& amends, Text&& root,
            Text&& digest, Text&& device, Number&& device_seq, Text&& author, Text&& contract,
            Text&& framework, Text&& framework_version, Number&& framework_revision, Text&& measure,
            MaybeNumber&& quantity, MaybeNumber&& proxy, MaybeNumber&& value, Text&& value_class,
            Number&& held, Text&& quarter, Text&& event, Text&& place, Number&& received_at, Text&& state,
            MaybeText&& before, Number&& counts, MaybeNumber&& decided) {
            EntryStanding standing;
            auto& facts = standing.facts;
            facts.id = known(as_optional(Uuid::parse(id)));
            facts.action = known(action_named(action));
            facts.kind = known(kind_named(kind));
            if (amends)
                facts.amends = known(as_optional(Uuid::parse(*amends)));
            facts.digest = std::move(digest);
            facts.device = known(as_optional(Uuid::parse(device)));
            facts.device_seq = device_seq;
            facts.author = std::move(author);
            facts.contract = std::move(contract);
            facts.framework = std::move(framework);
            facts.framework_version = std::move(framework_version);
            facts.framework_revision = framework_revision;
            facts.measure = std::move(measure);
            if (quantity)
                facts.quantity = Quantity{*quantity};
            if (proxy)
                facts.proxy = Proxy{*proxy};
            if (value)
                facts.value = Money{*value};
            facts.value_class = std::move(value_class);
            facts.held = flag(held);
            facts.quarter = known(as_optional(parse_quarter(quarter)));
            facts.event = std::move(event);
            facts.place = std::move(place);
            standing.position = position;
            standing.received_at = Timestamp{received_at};
            standing.root = known(as_optional(Uuid::parse(root)));
            standing.state = known(entry_state_named(state));
            if (before)
                standing.before = known(entry_state_named(*before));
            standing.counts = flag(counts);
            standing.decided = decided;
            each(std::move(standing));
        },
        arguments...);
}

MaybeNumber parts(const auto& amount)
{
    return amount ? MaybeNumber(amount->parts) : std::nullopt;
}

} // namespace

BalanceKey key_of(const Posting& posting)
{
    return BalanceKey{posting.contract,    format_quarter(posting.quarter),
                      posting.framework,   posting.framework_version,
                      posting.kind,        posting.measure,
                      posting.value_class, posting.held,
                      posting.place,       std::string(name_of(posting.phase))};
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

void insert_standing(storage::Database& database, const EntryStanding& standing)
{
    const auto& facts = standing.facts;
    database.run("INSERT INTO ledger_entries (id, position, action, kind, amends, root, digest, device, "
                 "device_seq, author, "
                 "contract, framework, framework_version, framework_revision, measure, quantity, proxy, "
                 "value, value_class, "
                 "held, quarter, event, place, received_at, state, before, counts, decided) VALUES (:id, "
                 ":position, :action, "
                 ":kind, :amends, :root, :digest, :device, :device_seq, :author, :contract, :framework, "
                 ":framework_version, "
                 ":framework_revision, :measure, :quantity, :proxy, :value, :value_class, :held, :quarter, "
                 ":event, :place, "
                 ":received_at, :state, :before, :counts, :decided)",
                 facts.id.text(), standing.position, name_of(facts.action), name_of(facts.kind),
                 facts.amends ? MaybeText(facts.amends->text()) : std::nullopt, standing.root.text(),
                 facts.digest, facts.device.text(), facts.device_seq, facts.author, facts.contract,
                 facts.framework, facts.framework_version, facts.framework_revision, facts.measure,
                 parts(facts.quantity), parts(facts.proxy), parts(facts.value), facts.value_class,
                 Number{facts.held}, format_quarter(facts.quarter), facts.event, facts.place,
                 standing.received_at.ms, name_of(standing.state),
                 standing.before ? MaybeText(name_of(*standing.before)) : std::nullopt,
                 Number{standing.counts}, standing.decided);
}

void update_standing(storage::Database& database, const EntryStanding& standing)
{
    database.run(
        "UPDATE ledger_entries SET state = :state, before = :before, counts = :counts, decided = :decided "
        "WHERE id = :id",
        name_of(standing.state), standing.before ? MaybeText(name_of(*standing.before)) : std::nullopt,
        Number{standing.counts}, standing.decided, standing.facts.id.text());
}

std::optional<EntryStanding> find_standing(storage::Database& database, const Uuid& id)
{
    std::optional<EntryStanding> found;
    select_standings(
        database, "WHERE id = :id", [&](EntryStanding&& standing) { found = std::move(standing); },
        id.text());
    return found;
}

void for_each_standing(storage::Database& database, const std::function<void(EntryStanding&&)>& each)
{
    select_standings(database, "ORDER BY position", each);
}

void insert_posting(storage::Database& database, std::int64_t position, std::int64_t line, const Uuid& entry,
                    const Posting& posting)
{
    database.run(
        "INSERT INTO ledger_postings (position, line, entry, phase, contract, framework, framework_version, "
        "kind, measure, value_class, held, quarter, place, entries, quantity, value) VALUES (:position, "
        ":line, :entry, :phase, :contract, :framework, :framework_version, :kind, :measure, :value_class, "
        ":held, :quarter, :place, :entries, :quantity, :value)",
        position, line, entry.text(), name_of(posting.phase), posting.contract, posting.framework,
        posting.framework_version, posting.kind, posting.measure, posting.value_class, Number{posting.held},
        format_quarter(posting.quarter), posting.place, posting.entries, posting.quantity.parts,
        posting.value.parts);
}

void for_each_posting(storage::Database& database,
                      const std::function<void(std::int64_t, std::int64_t, std::string&&, Posting&&)>& each)
{
    database.for_each<Number, Number, Text, Text, Text, Text, Text, Text, Text, Text, Number, Text, Text,
                      Number, Number, Number>(
        "SELECT position, line, entry, phase, contract, framework, framework_version, kind, measure, "
        "value_class, "
        "held, quarter, place, entries, quantity, value FROM ledger_postings ORDER BY position, line",
        [&](Number&& position, Number&& line, Text&& entry, Text&& phase, Text&& contract, Text&& framework,
            Text&& framework_version, Text&& kind, Text&& measure, Text&& value_class, Number&& held,
            Text&& quarter, Text&& place, Number&& entries, Number&& quantity, Number&& value) {
            Posting posting;
            posting.phase = phase == name_of(Phase::Claimed) ? Phase::Claimed : Phase::Confirmed;
            if (phase != name_of(posting.phase))
                known(std::optional<int>());
            posting.contract = std::move(contract);
            posting.framework = std::move(framework);
            posting.framework_version = std::move(framework_version);
            posting.kind = std::move(kind);
            posting.measure = std::move(measure);
            posting.value_class = std::move(value_class);
            posting.held = flag(held);
            posting.quarter = known(as_optional(parse_quarter(quarter)));
            posting.place = std::move(place);
            posting.entries = entries;
            posting.quantity.parts = quantity;
            posting.value.parts = value;
            each(position, line, std::move(entry), std::move(posting));
        });
}

void insert_decision(storage::Database& database, std::int64_t position, const Uuid& entry)
{
    database.run("INSERT INTO ledger_decisions (position, entry) VALUES (:position, :entry)", position,
                 entry.text());
}

BalanceSum find_balance(storage::Database& database, const BalanceKey& key)
{
    const auto row = database.query_one<Number, Number, Number>(
        "SELECT entries, quantity, value FROM ledger_balances WHERE contract = :contract AND quarter = "
        ":quarter AND "
        "framework = :framework AND framework_version = :framework_version AND kind = :kind AND measure = "
        ":measure "
        "AND value_class = :value_class AND held = :held AND place = :place AND phase = :phase",
        key.contract, key.quarter, key.framework, key.framework_version, key.kind, key.measure,
        key.value_class, Number{key.held}, key.place, key.phase);
    if (!row)
        return {};
    return BalanceSum{std::get<0>(*row), Quantity{std::get<1>(*row)}, Money{std::get<2>(*row)}};
}

void store_balance(storage::Database& database, const BalanceKey& key, const BalanceSum& sum)
{
    database.run(
        "INSERT INTO ledger_balances (contract, quarter, framework, framework_version, kind, measure, "
        "value_class, held, place, phase, entries, quantity, value) VALUES (:contract, :quarter, "
        ":framework, :framework_version, :kind, :measure, :value_class, :held, :place, :phase, :entries, "
        ":quantity, :value) ON CONFLICT (contract, quarter, framework, framework_version, kind, measure, "
        "value_class, held, place, phase) DO UPDATE SET entries = excluded.entries, quantity = "
        "excluded.quantity, value = excluded.value",
        key.contract, key.quarter, key.framework, key.framework_version, key.kind, key.measure,
        key.value_class, Number{key.held}, key.place, key.phase, sum.entries, sum.quantity.parts,
        sum.value.parts);
}

void for_each_balance(storage::Database& database,
                      const std::function<void(BalanceKey&&, const BalanceSum&)>& each)
{
    database.for_each<Text, Text, Text, Text, Text, Text, Text, Number, Text, Text, Number, Number, Number>(
        "SELECT contract, quarter, framework, framework_version, kind, measure, value_class, held, place, "
        "phase, "
        "entries, quantity, value FROM ledger_balances",
        [&](Text&& contract, Text&& quarter, Text&& framework, Text&& framework_version, Text&& kind,
            Text&& measure, Text&& value_class, Number&& held, Text&& place, Text&& phase, Number&& entries,
            Number&& quantity, Number&& value) {
            each(BalanceKey{std::move(contract), std::move(quarter), std::move(framework),
                            std::move(framework_version), std::move(kind), std::move(measure),
                            std::move(value_class), flag(held), std::move(place), std::move(phase)},
                 BalanceSum{entries, Quantity{quantity}, Money{value}});
        });
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
    const std::string rest = std::string(filter_condition) + "ORDER BY position LIMIT :limit";
    if (filter.states.empty())
        select_standings(database, "WHERE position > :after AND " + rest, keep, filter.after,
                         Number{filter.all_contracts}, contracts, contracts, filter.kind, filter.kind,
                         filter.quarter, filter.quarter, filter.measure, filter.measure, limit);
    // One walk along the index for each state; a page holds the first of them all.
    for (const auto state : filter.states)
        select_standings(database, "WHERE state = :state AND position > :after AND " + rest, keep,
                         name_of(state), filter.after, Number{filter.all_contracts}, contracts, contracts,
                         filter.kind, filter.kind, filter.quarter, filter.quarter, filter.measure,
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

std::optional<EntryStanding> read_standing(storage::Database& database, const Uuid& id)
{
    return find_standing(database, id);
}

std::vector<EntryStanding> read_revisions(storage::Database& database, const Uuid& root)
{
    std::vector<EntryStanding> revisions;
    select_standings(
        database, "WHERE root = :root ORDER BY position",
        [&](EntryStanding&& standing) { revisions.push_back(std::move(standing)); }, root.text());
    return revisions;
}

} // namespace tally::server
