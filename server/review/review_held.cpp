#include "server/ingest/reference_cache.h"
#include "server/review/review.h"
#include "server/review/review_rules.h"

#include <map>
#include <tuple>

namespace tally::server {
namespace {

constexpr std::size_t entries_max = 500;

/// Only what has a value can be let through: hours under a measure of weeks have none to hold.
bool is_held_by_framework(const EntryStanding& standing)
{
    return standing.facts.held && standing.facts.value &&
           (is_open(standing.state) || standing.state == EntryState::Accepted) && standing.counts;
}

template <typename Each>
void for_each_held(storage::Database& database, const StandingFilter& filter, Each each)
{
    auto walk = filter;
    walk.states = {EntryState::Waiting, EntryState::Queried, EntryState::Accepted};
    walk.limit = 1'000;
    for (;;) {
        const auto found = read_standings(database, walk);
        for (const auto& standing : found)
            if (is_held_by_framework(standing) && !each(standing))
                return;
        if (found.size() < walk.limit)
            return;
        walk.after = found.back().position;
    }
}

/// Measures of which some balance has entries that a framework holds by its own rule.
bool holds(const Balance& balance, const ReferenceSnapshot& reference)
{
    const auto* framework = reference.find_framework(balance.framework, balance.framework_version);
    const auto* measure = framework == nullptr ? nullptr : framework->find_measure(balance.measure);
    return measure != nullptr && measure->hold_value;
}

} // namespace

std::vector<HeldGroup> ReviewService::held_groups(const Viewer& viewer)
{
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    // The balances say where to look; which of their entries are let through only the entries say.
    std::map<std::tuple<std::string, std::string, std::string>, HeldGroup> groups;
    for (const auto& balance : read_balances(*database, ""))
        if (viewer.sees(balance.contract) && holds(balance, *reference))
            groups.try_emplace({balance.contract, balance.measure, balance.framework});
    std::vector<HeldGroup> found;
    for (auto& [key, group] : groups) {
        const auto& [contract_ref, measure_code, framework_id] = key;
        auto filter = visible_to(viewer, contract_ref);
        filter.measure = measure_code;
        for_each_held(*database, filter, [&](const EntryStanding& standing) {
            if (standing.facts.framework != framework_id)
                return true;
            auto& count = standing.released ? group.released : group.held;
            auto& value = standing.released ? group.released_value : group.held_value;
            ++count;
            value = add(value, *standing.facts.value).value();
            if (const auto* measure = measure_of(standing.facts, *reference)) {
                group.measure_title = measure->title;
                group.kind = measure->kind;
                group.why = measure->note.value_or("The framework gives no reason.");
            }
            return true;
        });
        if (group.held + group.released == 0)
            continue;
        group.contract = contract_ref;
        group.measure = measure_code;
        group.framework = framework_id;
        if (const auto* contract = reference->find_contract(contract_ref))
            group.contract_title = contract->title;
        found.push_back(std::move(group));
    }
    return found;
}

std::vector<HeldEntry> ReviewService::held_entries(const Viewer& viewer, std::string_view contract,
                                                   std::string_view measure)
{
    std::vector<HeldEntry> entries;
    if (contract.empty() || measure.empty() || !viewer.sees(contract))
        return entries;
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    auto filter = visible_to(viewer, contract);
    filter.measure = measure;
    for_each_held(*database, filter, [&](const EntryStanding& standing) {
        entries.push_back({summarise(standing, open_words(m_vault, *database, standing.facts), *reference),
                           standing.released});
        return entries.size() < entries_max;
    });
    return entries;
}

Result<HeldOutcome> ReviewService::set_held(const Viewer& viewer, const std::vector<Uuid>& entries,
                                            DecisionKind kind, std::string_view given_note)
{
    if (!viewer.is_administrator || (kind != DecisionKind::Release && kind != DecisionKind::Hold))
        return Error{"not_allowed", "Only an administrator decides on held values."};
    const auto note = checked_note(given_note, "Say why. An auditor reads it beside the decision.");
    if (!note)
        return note.error();
    if (entries.empty() || entries.size() > entries_max)
        return Error{"nothing_chosen", "Tick at least one entry."};
    HeldOutcome outcome;
    const auto done = run_or_refuse(m_writer, [&](LedgerTransaction& ledger) {
        outcome = {};
        auto& database = ledger.database();
        for (const auto& id : entries) {
            const auto* standing = ledger.standing(id);
            if (standing == nullptr || !viewer.sees(standing->facts.contract)) {
                outcome.refused.push_back({"not_found", "There is no such entry."});
                continue;
            }
            const auto facts = standing->facts;
            const auto words = open_words(m_vault, database, facts);
            if (auto own = own_hand(viewer, read_revisions(database, standing->root), words)) {
                outcome.refused.push_back(*std::move(own));
                continue;
            }
            const auto held = lock_under(m_vault, database, {record_of(facts)}, *note, m_random);
            const auto appended = ledger.append(DecisionLeaf{m_clock.now(), kind, id, viewer.user_id,
                                                             held ? held->locked.digest : std::string()});
            if (!appended) {
                outcome.refused.push_back(appended.error());
                continue;
            }
            if (held)
                store_note(database, *appended, *held);
            ++outcome.changed;
        }
    });
    if (!done)
        return done.error();
    return outcome;
}

} // namespace tally::server
