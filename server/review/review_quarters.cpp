#include "server/ingest/reference_cache.h"
#include "server/ledger/flags.h"
#include "server/review/review.h"
#include "server/review/review_rules.h"
#include "server/review/sums.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

#include <algorithm>
#include <map>
#include <set>

namespace tally::server {
namespace {

constexpr std::size_t flags_read_max = 2'000;

Date today(const Clock& clock)
{
    const auto now = clock.now();
    return local_date(now, clock.utc_offset_min(now));
}

bool has_ended(Quarter quarter, const Clock& clock)
{
    return last_day(quarter) < today(clock);
}

/// The moment at which a quarter is over.
Timestamp end_of(Quarter quarter, const Clock& clock)
{
    const Timestamp midnight{(days_from_date(last_day(quarter)) + 1) * 24 * 60 * 60 * 1'000};
    return {midnight.ms - std::int64_t{clock.utc_offset_min(midnight)} * 60'000};
}

std::vector<Balance> visible_balances(storage::Database& database, const Viewer& viewer)
{
    auto balances = read_balances(database, "");
    std::erase_if(balances, [&](const Balance& balance) { return !viewer.sees(balance.contract); });
    return balances;
}

/// Who closed a quarter, when and why.
struct ClosedBy
{
    std::int64_t position = 0;
    Timestamp at;
    std::string by;
};

/// By the closing that ended each quarter: its own, or that of a later one which took it along.
std::optional<ClosedBy> closing_of(storage::Database& database, Quarter quarter)
{
    std::optional<ClosedBy> found;
    for (const auto& closing : read_closings(database)) {
        if (closing.quarter < quarter)
            break;
        const auto row = read_log_row(database, closing.position);
        const auto leaf = row ? parse_leaf(row->leaf) : Result<Leaf>(Error{"not_found", ""});
        if (const auto* closed = leaf ? std::get_if<ClosedLeaf>(&*leaf) : nullptr)
            found = ClosedBy{closing.position, closed->at, closed->by};
    }
    return found;
}

/// The first quarter with work, so that nothing before it is asked about.
Quarter first_quarter(const std::vector<Balance>& balances, Quarter otherwise)
{
    Quarter first = otherwise;
    for (const auto& balance : balances)
        if (const auto quarter = parse_quarter(balance.work_quarter))
            first = std::min(first, *quarter);
    return first;
}

/// Open quarters that closing this one would close, itself last.
std::vector<Quarter> closes(storage::Database& database, const std::vector<Balance>& balances,
                            Quarter quarter)
{
    const auto closed = read_closed_through(database);
    Quarter from = first_quarter(balances, quarter);
    if (closed && from <= *closed)
        from = next(*closed);
    std::vector<Quarter> open;
    for (; from <= quarter; from = next(from))
        open.push_back(from);
    return open;
}

bool is_among(const std::vector<Quarter>& quarters, Quarter quarter)
{
    return std::find(quarters.begin(), quarters.end(), quarter) != quarters.end();
}

std::int64_t open_cases_in(storage::Database& database, const Viewer& viewer,
                           const std::vector<Quarter>& quarters)
{
    const auto cases = cases_of(read_open_flags(database, -1, flags_read_max));
    return std::count_if(cases.begin(), cases.end(), [&](const FlagCase& flag_case) {
        return std::any_of(flag_case.entries.begin(), flag_case.entries.end(), [&](const Uuid& id) {
            const auto standing = read_standing(database, id);
            return standing && viewer.sees(standing->facts.contract) &&
                   is_among(quarters, standing->facts.quarter);
        });
    });
}

ClosingChecklist checklist_of(storage::Database& database, const Viewer& viewer,
                              const ReferenceSnapshot& reference, const std::vector<Balance>& balances,
                              const std::vector<Quarter>& quarters, const Clock& clock)
{
    ClosingChecklist list;
    if (quarters.empty())
        return list;
    list.open_cases = open_cases_in(database, viewer, quarters);
    for (const auto& quarter : quarters) {
        auto filter = visible_to(viewer, "");
        filter.quarter = format_quarter(quarter);
        for (const auto& [state, count] : count_standings(database, filter)) {
            list.waiting += state == EntryState::Waiting ? count : 0;
            list.queried += state == EntryState::Queried ? count : 0;
        }
    }
    const auto end = end_of(quarters.back(), clock);
    for (auto& device : list_devices(database)) {
        if (device.revoked_at || device.enrolled_at >= end)
            continue;
        const bool silent = !device.last_seen_at || *device.last_seen_at < end;
        if (silent || device.outstanding() > 0)
            list.late_devices.push_back({std::move(device), silent});
    }
    std::set<std::string> heard;
    for (const auto& balance : balances)
        if (const auto quarter = parse_quarter(balance.work_quarter);
            quarter && *quarter == quarters.back() && balance.entries != 0)
            heard.insert(balance.contract);
    for (const auto& [ref, contract] : reference.contracts())
        if (viewer.sees(ref) && !heard.contains(ref) && contract.starts <= last_day(quarters.back()) &&
            first_day(quarters.back()) <= contract.ends)
            list.silent_contracts.push_back(contract);
    for (const auto& balance : balances) {
        const auto* framework = reference.find_framework(balance.framework, balance.framework_version);
        const auto* measure = framework == nullptr ? nullptr : framework->find_measure(balance.measure);
        const auto quarter = parse_quarter(balance.work_quarter);
        if (balance.held && measure != nullptr && measure->hold_value && balance.value.parts != 0 &&
            quarter && is_among(quarters, *quarter))
            list.held += balance.entries;
    }
    return list;
}

} // namespace

std::int64_t ClosingChecklist::items() const
{
    return open_cases + waiting + queried + std::ssize(late_devices) + std::ssize(silent_contracts) + held;
}

std::vector<QuarterLine> ReviewService::quarters(const Viewer& viewer)
{
    auto database = m_pool.lease();
    const auto balances = visible_balances(*database, viewer);
    const auto closed = read_closed_through(*database);
    const Quarter present = quarter_of(today(m_clock));
    Quarter last = present;
    for (const auto& balance : balances)
        if (const auto quarter = parse_quarter(balance.quarter))
            last = std::max(last, *quarter);
    std::vector<QuarterLine> lines;
    for (Quarter quarter = first_quarter(balances, present); quarter <= last; quarter = next(quarter)) {
        QuarterLine line;
        line.quarter = quarter;
        line.closed = closed && quarter <= *closed;
        line.ended = has_ended(quarter, m_clock);
        if (const auto closing = line.closed ? closing_of(*database, quarter) : std::nullopt) {
            line.closed_by = m_person_name(closing->by);
            line.closed_at = closing->at;
        }
        const auto name = format_quarter(quarter);
        for (const auto& balance : balances) {
            if (balance.quarter != name)
                continue;
            if (balance.phase == Phase::Claimed)
                line.waiting += balance.entries;
            if (!balance.held && balance.value_class != "local_economic")
                add_phase(line.social, balance.phase, balance.value);
        }
        lines.push_back(std::move(line));
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

QuarterDetail ReviewService::quarter(const Viewer& viewer, Quarter quarter)
{
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    const auto balances = visible_balances(*database, viewer);
    const auto closed = read_closed_through(*database);
    QuarterDetail detail;
    detail.quarter = quarter;
    detail.closed = closed && quarter <= *closed;
    detail.ended = has_ended(quarter, m_clock);
    detail.can_close = viewer.is_administrator && detail.ended && !detail.closed;
    if (const auto closing = detail.closed ? closing_of(*database, quarter) : std::nullopt) {
        detail.closed_by = m_person_name(closing->by);
        detail.closed_at = closing->at;
        detail.closing = closing->position;
        detail.note = plain_note(*database, closing->position);
    }
    if (!detail.closed) {
        auto open = closes(*database, balances, quarter);
        detail.checklist = checklist_of(*database, viewer, *reference, balances, open, m_clock);
        if (!open.empty())
            open.pop_back();
        detail.closes_with = std::move(open);
    }
    std::vector<Balance> own;
    for (const auto& balance : balances)
        if (balance.quarter == format_quarter(quarter))
            own.push_back(balance);
    detail.contracts = balance_table(own, {}, Dimension::Contract, *reference);
    detail.posted_later = corrections_of(balances, [&](Quarter work, Quarter) { return work == quarter; });
    detail.of_earlier =
        corrections_of(balances, [&](Quarter, Quarter account) { return account == quarter; });
    for (auto* corrections : {&detail.posted_later, &detail.of_earlier})
        for (auto& correction : *corrections)
            if (const auto* contract = reference->find_contract(correction.contract))
                correction.contract_title = contract->title;
    return detail;
}

Result<void> ReviewService::close_quarter(const Viewer& viewer, Quarter quarter, std::int64_t looked_at,
                                          std::string_view given_note)
{
    if (!viewer.is_administrator)
        return Error{"not_allowed", "Only an administrator closes a quarter."};
    const auto note = checked_note(given_note, "");
    if (!note)
        return note.error();
    if (!has_ended(quarter, m_clock))
        return Error{"quarter_running", format_quarter_long(quarter) +
                                            " has not ended yet. It can be closed from the day after."};
    m_compare_first(std::nullopt);
    return run_or_refuse(m_writer, [&](LedgerTransaction& ledger) {
        auto& database = ledger.database();
        const auto reference = m_reference.get(database);
        const auto balances = visible_balances(database, viewer);
        const auto open = closes(database, balances, quarter);
        if (checklist_of(database, viewer, *reference, balances, open, m_clock).items() != looked_at)
            throw Refused{{"checklist_changed",
                           "Something came in or was settled since you opened the page. "
                           "Look at the checklist again.",
                           "looked"}};
        ClosedLeaf leaf{m_clock.now(), quarter, viewer.user_id, {}};
        const auto salt = m_random.bytes(16);
        if (!note->empty())
            leaf.note_digest = to_hex(crypto::sha256({salt, *note}));
        const auto position = ledger.append(leaf);
        if (!position)
            throw Refused{position.error()};
        if (!note->empty())
            database.run("INSERT INTO plain_notes (position, salt, note) VALUES (:position, :salt, :note)",
                         *position, storage::sql::blob(salt), *note);
    });
}

} // namespace tally::server
