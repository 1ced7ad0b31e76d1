#include "server/ledger/tables.h"

#include "server/ledger/flags.h"
#include "server/ledger/standings.h"
#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::server {
namespace {

constexpr std::string_view standing_columns =
    "SELECT id, position, action, kind, amends, root, digest, device, device_seq, author, contract, "
    "framework, framework_version, framework_revision, measure, quantity, proxy, value, value_class, held, "
    "quarter, event, place, verification, counting, until, part_of, split_by, received_at, state, before, "
    "counts, decided, ended, flagged, held_by_flag, released, erased, persons_counted, parts_left, "
    "quantity_left FROM ledger_entries ";

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

std::vector<std::string> find_persons(storage::Database& database, std::string_view entry)
{
    return database.query<Text>("SELECT person FROM ledger_persons WHERE entry = :entry ORDER BY line",
                                entry);
}

template <typename F, typename... A>
void select_standings(storage::Database& database, std::string_view condition, F&& each,
                      const A&... arguments)
{
    database.for_each<Text, Number, Text, Text, MaybeText, Text, Text, Text, Number, Text, Text, Text, Text,
                      Number, Text, MaybeNumber, MaybeNumber, MaybeNumber, Text, Number, Text, Text, Text,
                      Text, Text, MaybeText, MaybeText, Text, Number, Text, MaybeText, Number, MaybeNumber,
                      MaybeText, Number, Number, Number, Number, Number, Number, Number>(
        std::string(standing_columns) + std::string(condition),
        [&](Text&& id, Number&& position, Text&& action, Text&& kind, MaybeText&& amends, Text&& root,
            Text&& digest, Text&& device, Number&& device_seq, Text&& author, Text&& contract,
            Text&& framework, Text&& framework_version, Number&& framework_revision, Text&& measure,
            MaybeNumber&& quantity, MaybeNumber&& proxy, MaybeNumber&& value, Text&& value_class,
            Number&& held, Text&& quarter, Text&& event, Text&& place, Text&& verification, Text&& counting,
            MaybeText&& until, MaybeText&& part_of, Text&& split_by, Number&& received_at, Text&& state,
            MaybeText&& before, Number&& counts, MaybeNumber&& decided, MaybeText&& ended, Number&& flagged,
            Number&& held_by_flag, Number&& released, Number&& erased, Number&& persons_counted,
            Number&& parts_left, Number&& quantity_left) {
            EntryStanding standing;
            auto& facts = standing.facts;
            facts.id = known_id(id);
            facts.action = known(action_named(action));
            facts.kind = known(kind_named(kind));
            facts.amends = maybe_id(amends);
            facts.digest = std::move(digest);
            facts.device = known_id(device);
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
            facts.verification = std::move(verification);
            facts.counting = known(counting_named(counting));
            if (until)
                facts.until = known(as_optional(parse_date(*until)));
            facts.part_of = maybe_id(part_of);
            facts.split_by = std::move(split_by);
            standing.position = position;
            standing.received_at = Timestamp{received_at};
            standing.root = known_id(root);
            standing.state = known(entry_state_named(state));
            if (before)
                standing.before = known(entry_state_named(*before));
            standing.counts = flag(counts);
            standing.decided = decided;
            standing.ended = maybe_id(ended);
            standing.flagged = flag(flagged);
            standing.held_by_flag = flag(held_by_flag);
            standing.released = flag(released);
            standing.erased = flag(erased);
            standing.persons_counted = persons_counted;
            standing.parts_left = parts_left;
            standing.quantity_left.parts = quantity_left;
            if (facts.counting == Counting::Once)
                facts.persons = find_persons(database, id);
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
    return BalanceKey{posting.contract,
                      format_quarter(posting.quarter),
                      posting.framework,
                      posting.framework_version,
                      posting.kind,
                      posting.measure,
                      posting.value_class,
                      posting.held,
                      format_quarter(posting.work_quarter),
                      posting.place,
                      posting.verification,
                      std::string(name_of(posting.phase))};
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
    database.run(
        "INSERT INTO ledger_entries (id, position, action, kind, amends, root, digest, device, device_seq, "
        "author, contract, framework, framework_version, framework_revision, measure, quantity, proxy, "
        "value, value_class, held, quarter, event, place, verification, counting, until, part_of, split_by, "
        "received_at, state, before, counts, decided, ended, flagged, held_by_flag, released, erased, "
        "persons_counted, parts_left, quantity_left) VALUES (:id, :position, :action, :kind, :amends, "
        ":root, :digest, :device, :device_seq, :author, :contract, :framework, :framework_version, "
        ":framework_revision, :measure, :quantity, :proxy, :value, :value_class, :held, :quarter, :event, "
        ":place, :verification, :counting, :until, :part_of, :split_by, :received_at, :state, :before, "
        ":counts, :decided, :ended, :flagged, :held_by_flag, :released, :erased, :persons_counted, "
        ":parts_left, :quantity_left)",
        facts.id.text(), standing.position, name_of(facts.action), name_of(facts.kind),
        maybe_text(facts.amends), standing.root.text(), facts.digest, facts.device.text(), facts.device_seq,
        facts.author, facts.contract, facts.framework, facts.framework_version, facts.framework_revision,
        facts.measure, parts(facts.quantity), parts(facts.proxy), parts(facts.value), facts.value_class,
        Number{facts.held}, format_quarter(facts.quarter), facts.event, facts.place, facts.verification,
        name_of(facts.counting), facts.until ? MaybeText(format_date(*facts.until)) : std::nullopt,
        maybe_text(facts.part_of), facts.split_by, standing.received_at.ms, name_of(standing.state),
        standing.before ? MaybeText(name_of(*standing.before)) : std::nullopt, Number{standing.counts},
        standing.decided, maybe_text(standing.ended), Number{standing.flagged}, Number{standing.held_by_flag},
        Number{standing.released}, Number{standing.erased}, standing.persons_counted, standing.parts_left,
        standing.quantity_left.parts);
    Number line = 0;
    for (const auto& person : facts.persons)
        database.run("INSERT INTO ledger_persons (person, entry, line) VALUES (:person, :entry, :line)",
                     person, facts.id.text(), line++);
}

void update_standing(storage::Database& database, const EntryStanding& standing)
{
    database.run("UPDATE ledger_entries SET state = :state, before = :before, counts = :counts, "
                 "decided = :decided, ended = :ended, flagged = :flagged, held_by_flag = :held_by_flag, "
                 "released = :released, erased = :erased, persons_counted = :persons_counted, "
                 "parts_left = :parts_left, quantity_left = :quantity_left WHERE id = :id",
                 name_of(standing.state),
                 standing.before ? MaybeText(name_of(*standing.before)) : std::nullopt,
                 Number{standing.counts}, standing.decided, maybe_text(standing.ended),
                 Number{standing.flagged}, Number{standing.held_by_flag}, Number{standing.released},
                 Number{standing.erased}, standing.persons_counted, standing.parts_left,
                 standing.quantity_left.parts, standing.facts.id.text());
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

void insert_posting(storage::Database& database, std::int64_t position, std::int64_t line,
                    const Posting& posting)
{
    database.run(
        "INSERT INTO ledger_postings (position, line, entry, phase, contract, framework, framework_version, "
        "kind, measure, value_class, held, quarter, work_quarter, place, verification, entries, quantity, "
        "value) VALUES (:position, :line, :entry, :phase, :contract, :framework, :framework_version, :kind, "
        ":measure, :value_class, :held, :quarter, :work_quarter, :place, :verification, :entries, :quantity, "
        ":value)",
        position, line, posting.entry.text(), name_of(posting.phase), posting.contract, posting.framework,
        posting.framework_version, posting.kind, posting.measure, posting.value_class, Number{posting.held},
        format_quarter(posting.quarter), format_quarter(posting.work_quarter), posting.place,
        posting.verification, posting.entries, posting.quantity.parts, posting.value.parts);
}

void for_each_posting(
    storage::Database& database,
    const std::function<void(std::int64_t position, std::int64_t line, Posting&& posting)>& each)
{
    database.for_each<Number, Number, Text, Text, Text, Text, Text, Text, Text, Text, Number, Text, Text,
                      Text, Text, Number, Number, Number>(
        "SELECT position, line, entry, phase, contract, framework, framework_version, kind, measure, "
        "value_class, held, quarter, work_quarter, place, verification, entries, quantity, value "
        "FROM ledger_postings ORDER BY position, line",
        [&](Number&& position, Number&& line, Text&& entry, Text&& phase, Text&& contract, Text&& framework,
            Text&& framework_version, Text&& kind, Text&& measure, Text&& value_class, Number&& held,
            Text&& quarter, Text&& work_quarter, Text&& place, Text&& verification, Number&& entries,
            Number&& quantity, Number&& value) {
            Posting posting;
            posting.entry = known_id(entry);
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
            posting.work_quarter = known(as_optional(parse_quarter(work_quarter)));
            posting.place = std::move(place);
            posting.verification = std::move(verification);
            posting.entries = entries;
            posting.quantity.parts = quantity;
            posting.value.parts = value;
            each(position, line, std::move(posting));
        });
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
    database.run("INSERT INTO ledger_mentions (entry, position) VALUES (:entry, :position)", entry.text(),
                 position);
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
        key.contract, key.quarter, key.framework, key.framework_version, key.kind, key.measure,
        key.value_class, Number{key.held}, key.work_quarter, key.place, key.verification, key.phase);
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
        key.contract, key.quarter, key.framework, key.framework_version, key.kind, key.measure,
        key.value_class, Number{key.held}, key.work_quarter, key.place, key.verification, key.phase,
        sum.entries, sum.quantity.parts, sum.value.parts);
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
            each(BalanceKey{std::move(contract_ref), std::move(quarter), std::move(framework),
                            std::move(framework_version), std::move(kind), std::move(measure),
                            std::move(value_class), flag(held), std::move(work_quarter), std::move(place),
                            std::move(verification), std::move(phase)},
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
