#include "server/ingest/reference_cache.h"
#include "server/ledger/flags.h"
#include "server/review/review.h"
#include "server/review/review_rules.h"

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>

namespace tally::server {
namespace {

/// A queue that nobody worked on for a year still answers.
constexpr std::size_t flags_read_max = 2'000;

/// By whom and when a flag was settled: what was settled in one go has all of it in common.
struct Settled
{
    Timestamp at;
    std::string by;

    bool operator==(const Settled&) const = default;
};

std::optional<Settled> settled_when(storage::Database& database, const FlagStanding& flag)
{
    if (!flag.resolution || !flag.resolved)
        return std::nullopt;
    const auto row = read_log_row(database, *flag.resolved);
    const auto leaf = row ? parse_leaf(row->leaf) : Result<Leaf>(Error{"not_found", ""});
    const auto* resolved = leaf ? std::get_if<ResolvedLeaf>(&*leaf) : nullptr;
    return resolved == nullptr ? std::nullopt : std::optional(Settled{resolved->at, resolved->by});
}

/// Everything that is connected with a flag: open ones with an open flag, those settled in the same go with
/// a settled one.
FlagCase case_around(storage::Database& database, const FlagStanding& start)
{
    const auto settled = settled_when(database, start);
    std::vector<FlagStanding> found{start};
    std::set<std::int64_t> known{start.position};
    std::set<Uuid> asked;
    for (std::size_t i = 0; i < found.size() && found.size() < flags_read_max; ++i) {
        const auto entries = found[i].entries;
        for (const auto& entry : entries) {
            if (!asked.insert(entry).second)
                continue;
            for (auto& flag : read_flags_of(database, entry)) {
                if (flag.rule != start.rule || !known.insert(flag.position).second)
                    continue;
                const bool belongs =
                    settled ? settled_when(database, flag) == settled : is_open_flag(database, flag);
                if (belongs)
                    found.push_back(std::move(flag));
            }
        }
    }
    return cases_of(std::move(found)).front();
}

/// What the resolutions of a case come to: the entry that counts for all of them, if there is one.
std::pair<std::optional<Resolution>, std::optional<Uuid>> outcome_of(const FlagCase& flags)
{
    std::optional<Resolution> as;
    std::set<Uuid> kept;
    std::set<Uuid> ended;
    for (const auto& flag : flags.flags) {
        if (!as || flag.kept)
            as = flag.resolution;
        if (!flag.kept)
            continue;
        kept.insert(*flag.kept);
        for (const auto& id : flag.entries)
            if (id != *flag.kept)
                ended.insert(id);
    }
    for (const auto& id : kept)
        if (!ended.contains(id))
            return {as, id};
    return {as, std::nullopt};
}

struct Standings
{
    std::vector<EntryStanding> all;     ///< in the order of the case's entries
    std::vector<std::string> contracts; ///< each once
    bool any_visible = false;
    bool all_visible = true;
};

Standings standings_of(storage::Database& database, const FlagCase& flags, const Viewer& viewer)
{
    Standings standings;
    for (const auto& id : flags.entries) {
        auto standing = read_standing(database, id);
        if (!standing)
            throw storage::DatabaseError(storage::Failure::Damaged,
                                         "A flag names an entry that is not there.");
        const auto& contract = standing->facts.contract;
        (viewer.sees(contract) ? standings.any_visible : standings.all_visible) = viewer.sees(contract);
        if (std::find(standings.contracts.begin(), standings.contracts.end(), contract) ==
            standings.contracts.end())
            standings.contracts.push_back(contract);
        standings.all.push_back(std::move(*standing));
    }
    return standings;
}

std::optional<Error> refusal_to_settle(storage::Database& database, const EntryVault& vault,
                                       const Viewer& viewer, const Standings& standings)
{
    if (!viewer.may_decide && !viewer.is_administrator)
        return Error{"not_allowed", "Your role reads evidence and does not decide on it."};
    if (!standings.all_visible)
        return Error{"not_allowed",
                     "Some of these entries belong to a contract that is not yours. Whoever sees all of "
                     "them decides."};
    for (const auto& standing : standings.all)
        if (own_hand(viewer, read_revisions(database, standing.root),
                     open_words(vault, database, standing.facts)))
            return Error{"own_entry", "You captured one of these entries or confirmed its hours. Somebody "
                                      "else has to decide on them."};
    return std::nullopt;
}

/// The kept entry first: the reason is forgotten together with it, not with what it counts for.
std::vector<Uuid> holders_of(const Standings& standings, const std::optional<Uuid>& kept)
{
    std::vector<Uuid> holders;
    for (const auto& standing : standings.all) {
        if (kept == standing.facts.id)
            holders.insert(holders.begin(), record_of(standing.facts));
        else
            holders.push_back(record_of(standing.facts));
    }
    return holders;
}

/// For what the framework says that the measures of two of the entries must not both be claimed.
std::string excludes(const std::vector<ComparedEntry>& entries, const ReferenceSnapshot& reference)
{
    for (const auto& a : entries)
        for (const auto& b : entries) {
            const auto* framework = reference.find_framework(a.facts.framework, a.facts.framework_version);
            if (framework == nullptr || a.facts.measure == b.facts.measure)
                continue;
            for (const auto* group : framework->exclusive_with(a.facts.measure, b.facts.measure))
                return group->applies_to;
        }
    return {};
}

void check_choice(const FlagCase& flags, const Settlement& settlement)
{
    const auto in_case = [&](const Uuid& id) {
        return std::binary_search(flags.entries.begin(), flags.entries.end(), id);
    };
    const bool keeps = settlement.as == Resolution::Same || settlement.as == Resolution::PartOf;
    const bool one = flags.entries.size() == 1;
    if (keeps != settlement.kept.has_value() || (settlement.kept && !in_case(*settlement.kept)) ||
        (one && settlement.as != Resolution::Fine))
        throw Refused{{"bad_choice", "Choose which entry is to count.", "as"}};
    if (!std::all_of(settlement.about.begin(), settlement.about.end(), in_case))
        throw Refused{{"case_changed", "These entries have changed since. Look at them again."}};
    const bool others = std::any_of(settlement.about.begin(), settlement.about.end(),
                                    [&](const Uuid& id) { return id != settlement.kept; });
    if (keeps && !others)
        throw Refused{
            {"bad_choice", "Tick the entries that are the same work as the one that counts.", "about"}};
}

bool all_live(LedgerTransaction& ledger, const FlagStanding& flag)
{
    return std::all_of(flag.entries.begin(), flag.entries.end(), [&](const Uuid& id) {
        const auto* standing = ledger.standing(id);
        return standing != nullptr && is_live(standing->state);
    });
}

} // namespace

CasePage ReviewService::cases(const Viewer& viewer, const CaseFilter& filter)
{
    CasePage page;
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    auto flags = filter.settled ? read_resolved_flags(*database, flags_read_max)
                                : read_open_flags(*database, -1, flags_read_max);
    std::vector<FlagCase> cases;
    if (filter.settled) {
        std::set<std::int64_t> known;
        for (const auto& flag : flags) {
            if (known.contains(flag.position))
                continue;
            cases.push_back(case_around(*database, flag));
            for (const auto& together : cases.back().flags)
                known.insert(together.position);
        }
    } else {
        cases = cases_of(std::move(flags));
    }
    for (auto& flag_case : cases) {
        const auto standings = standings_of(*database, flag_case, viewer);
        const bool wanted =
            standings.any_visible &&
            (filter.contract.empty() || (viewer.sees(filter.contract) &&
                                         std::find(standings.contracts.begin(), standings.contracts.end(),
                                                   filter.contract) != standings.contracts.end()));
        if (!wanted)
            continue;
        if (page.total++ < filter.skip || page.rows.size() == filter.limit)
            continue;
        CaseSummary row;
        for (const auto& standing : standings.all) {
            RelatedEntry entry;
            entry.visible = viewer.sees(standing.facts.contract);
            if (entry.visible)
                entry.summary =
                    summarise(standing, open_words(m_vault, *database, standing.facts), *reference);
            row.entries.push_back(std::move(entry));
        }
        if (const auto settled = settled_when(*database, flag_case.flags.front())) {
            row.settled_as = outcome_of(flag_case).first;
            row.settled_by = m_person_name(settled->by);
            row.settled_at = settled->at;
        }
        row.flags = std::move(flag_case);
        page.rows.push_back(std::move(row));
    }
    page.more = page.total > filter.skip + page.rows.size();
    return page;
}

std::optional<CaseDetail> ReviewService::flag_case(const Viewer& viewer, std::int64_t position)
{
    auto database = m_pool.lease();
    const auto flag = read_flag(*database, position);
    if (!flag)
        return std::nullopt;
    const auto reference = m_reference.get(*database);
    CaseDetail detail;
    detail.flags = case_around(*database, *flag);
    const auto standings = standings_of(*database, detail.flags, viewer);
    if (!standings.any_visible)
        return std::nullopt;
    detail.open = is_open_flag(*database, *flag);
    detail.contracts = standings.contracts;
    for (const auto& standing : standings.all) {
        const auto& facts = standing.facts;
        ComparedEntry entry;
        entry.id = facts.id;
        entry.visible = viewer.sees(facts.contract);
        if (entry.visible) {
            auto words = open_words(m_vault, *database, facts);
            entry.summary = summarise(standing, words, *reference);
            entry.facts = facts;
            if (const auto* contract = reference->find_contract(facts.contract))
                entry.contract_title = contract->title;
            if (const auto* event = reference->find_event(facts.event))
                entry.event = *event;
            if (const auto* place = reference->find_place(facts.place))
                entry.place_title = place->title;
            if (const auto device = find_device(*database, facts.device))
                entry.device_name = device->name;
            if (words) {
                for (const auto& attachment : words->attachments)
                    entry.photo_arrived.push_back(m_vault.has(attachment));
                entry.words = std::move(*words);
            }
        }
        detail.entries.push_back(std::move(entry));
    }
    detail.excludes = excludes(detail.entries, *reference);
    // A group before its members, then in the order of the work.
    const auto order = [](const ComparedEntry& entry) {
        const auto* hours = entry.words ? std::get_if<HoursBody>(&entry.words->body) : nullptr;
        const bool group = hours != nullptr && hours->people.is_group();
        return std::tuple(!group, entry.summary.work_date, hours == nullptr ? 0 : hours->start_min,
                          entry.summary.position);
    };
    std::stable_sort(detail.entries.begin(), detail.entries.end(),
                     [&](const ComparedEntry& a, const ComparedEntry& b) { return order(a) < order(b); });

    const auto refusal = refusal_to_settle(*database, m_vault, viewer, standings);
    if (refusal)
        detail.why_not = refusal->message;
    detail.can_settle = !refusal && detail.open;
    if (const auto settled = settled_when(*database, *flag)) {
        std::tie(detail.settled_as, detail.kept) = outcome_of(detail.flags);
        detail.settled_by = m_person_name(settled->by);
        detail.settled_at = settled->at;
        if (standings.all_visible)
            detail.note = m_vault.open_note(*database, *flag->resolved);
        detail.can_reopen = !refusal;
    }
    return detail;
}

Result<void> ReviewService::settle(const Viewer& viewer, std::int64_t position, const Settlement& settlement,
                                   const std::vector<std::int64_t>& seen, std::string_view given_note)
{
    const auto note = checked_note(given_note, "Say why. An auditor reads it beside the decision.");
    if (!note)
        return note.error();
    return run_or_refuse(m_writer, [&](LedgerTransaction& ledger) {
        auto& database = ledger.database();
        const auto start = read_flag(database, position);
        if (!start)
            throw Refused{{"not_found", "There is no such flag."}};
        const auto flags = case_around(database, *start);
        const auto standings = standings_of(database, flags, viewer);
        if (!standings.any_visible)
            throw Refused{{"not_found", "There is no such flag."}};
        if (auto refused = refusal_to_settle(database, m_vault, viewer, standings))
            throw Refused{*std::move(refused)};
        std::vector<std::int64_t> positions;
        for (const auto& flag : flags.flags)
            positions.push_back(flag.position);
        if (!is_open_flag(database, *start) || positions != seen)
            throw Refused{{"case_changed", "Something about these entries has changed since you opened the "
                                           "page. Look at them again."}};
        check_choice(flags, settlement);
        const auto at = m_clock.now();
        for (const auto& step : steps_of(flags, settlement)) {
            if (!all_live(ledger, *read_flag(database, step.flag)))
                continue;
            auto held =
                lock_under(m_vault, database, holders_of(standings, settlement.kept), *note, m_random);
            const bool erased = !held && held.error().code == "erased";
            if (!held && !erased)
                throw Refused{held.error()};
            // Nothing keeps words about entries that are all erased: the decision stands without them.
            const auto appended =
                ledger.append(ResolvedLeaf{at, step.flag, step.as, step.kept, viewer.user_id,
                                           held ? held->locked.digest : std::string()});
            if (!appended)
                throw Refused{appended.error()};
            if (held)
                store_note(database, *appended, *held);
        }
        for (const auto& id : settlement.about)
            if (settlement.kept && id != *settlement.kept &&
                ledger.standing(id)->state != EntryState::Duplicate)
                throw Refused{{"bad_choice",
                               "Nothing links one of the ticked entries with the one that is to count. Tick "
                               "fewer, and settle the rest after that.",
                               "about"}};
    });
}

Result<void> ReviewService::reopen(const Viewer& viewer, std::int64_t position, std::string_view given_note)
{
    const auto note = checked_note(given_note, "");
    if (!note)
        return note.error();
    return run_or_refuse(m_writer, [&](LedgerTransaction& ledger) {
        auto& database = ledger.database();
        const auto start = read_flag(database, position);
        if (!start)
            throw Refused{{"not_found", "There is no such flag."}};
        if (!start->resolution)
            throw Refused{{"wrong_state", "This has not been settled yet."}};
        const auto flags = case_around(database, *start);
        const auto standings = standings_of(database, flags, viewer);
        if (!standings.any_visible)
            throw Refused{{"not_found", "There is no such flag."}};
        if (auto refused = refusal_to_settle(database, m_vault, viewer, standings))
            throw Refused{*std::move(refused)};
        const auto at = m_clock.now();
        const auto kept = outcome_of(flags).second;
        for (const auto& flag : flags.flags) {
            std::optional<HeldNote> held;
            if (!note->empty())
                if (auto locked = lock_under(m_vault, database, holders_of(standings, kept), *note, m_random))
                    held = std::move(*locked);
            const auto appended = ledger.append(
                ReopenedLeaf{at, flag.position, viewer.user_id, held ? held->locked.digest : std::string()});
            if (!appended)
                throw Refused{appended.error()};
            if (held)
                store_note(database, *appended, *held);
        }
    });
}

} // namespace tally::server
