#include "server/review/review.h"

#include "server/ingest/reference_cache.h"
#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/ledger/posting.h"
#include "server/ledger/standings.h"
#include "server/ledger/writer.h"
#include "server/review/headline.h"
#include "server/storage/devices.h"
#include "server/storage/entry_vault.h"
#include "shared/base/encoding.h"
#include "shared/framework/valuation.h"

#include <algorithm>
#include <cctype>

namespace tally::server {
namespace {

constexpr std::size_t note_length_max = 2'000;

const Measure* measure_of(const EntryFacts& facts, const ReferenceSnapshot& reference)
{
    const auto* framework = reference.find_framework(facts.framework, facts.framework_version);
    return framework == nullptr ? nullptr : framework->find_measure(facts.measure);
}

StandingFilter to_standing_filter(const Viewer& viewer, const EntryFilter& filter)
{
    StandingFilter standing;
    if (!filter.contract.empty())
        standing.contracts = {filter.contract};
    else if (!viewer.sees_all_contracts)
        standing.contracts = viewer.contracts;
    standing.all_contracts = filter.contract.empty() && viewer.sees_all_contracts;
    if (filter.kind)
        standing.kind = name_of(*filter.kind);
    if (filter.state)
        standing.states = {*filter.state};
    else if (!filter.any_state)
        standing.states = {EntryState::Waiting, EntryState::Queried};
    standing.quarter = filter.quarter;
    standing.measure = filter.measure;
    standing.after = filter.after.value_or(-1);
    standing.limit = filter.limit + 1;
    return standing;
}

EntrySummary summarise(const EntryStanding& standing, const Result<Entry>& entry,
                       const ReferenceSnapshot& reference)
{
    const auto& facts = standing.facts;
    EntrySummary summary;
    summary.id = facts.id;
    summary.position = standing.position;
    summary.kind = facts.kind;
    summary.action = facts.action;
    summary.state = standing.state;
    summary.contract = facts.contract;
    summary.measure = facts.measure;
    if (const auto* measure = measure_of(facts, reference)) {
        summary.measure_title = measure->title;
        summary.unit = measure->unit;
    }
    summary.quantity = facts.quantity;
    summary.value = facts.value;
    summary.value_class = facts.value_class;
    summary.held = facts.held;
    summary.quarter = format_quarter(facts.quarter);
    summary.received_at = standing.received_at;
    summary.erased = !entry && entry.error().code == "erased";
    if (entry) {
        summary.work_date = work_date(*entry);
        summary.headline = headline(*entry);
        summary.photos = entry->attachments.size();
    } else {
        summary.work_date = first_day(facts.quarter);
        summary.headline = entry.error().message;
    }
    return summary;
}

bool same_name(std::string_view a, std::string_view b)
{
    const auto folded = [](std::string_view name) {
        std::string text;
        for (const char c : trimmed(name))
            if (std::isspace(static_cast<unsigned char>(c)) == 0)
                text.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
        return text;
    };
    return !a.empty() && folded(a) == folded(b);
}

bool confirmed_as_host(const Viewer& viewer, const Entry& entry)
{
    const auto* hours = std::get_if<HoursBody>(&entry.body);
    return hours != nullptr && same_name(hours->confirmed_by, viewer.name);
}

/// Why this viewer may not decide; nothing when they may.
std::optional<Error> refusal_to_decide(const Viewer& viewer, const std::vector<EntryStanding>& revisions,
                                       const Result<Entry>& entry)
{
    if (!viewer.may_decide)
        return Error{"not_allowed", "Your role reads evidence and does not decide on it."};
    for (const auto& revision : revisions)
        if (!revision.facts.author.empty() && revision.facts.author == viewer.user_id)
            return Error{"own_entry", "You captured this entry yourself. Somebody else has to decide on it."};
    if (entry && confirmed_as_host(viewer, *entry))
        return Error{"own_entry", "You confirmed these hours as host. Somebody else has to decide on them."};
    return std::nullopt;
}

std::string why_no_pounds(const EntryFacts& facts, const Measure* measure)
{
    if (facts.held)
        return measure != nullptr && measure->note ? *measure->note : "The value waits for an administrator.";
    if (facts.value_class == "community")
        return "Residents' own time is a community contribution: counted and thanked, without pounds.";
    if (measure != nullptr && !measure->proxy)
        return "The framework gives this measure no value in pounds. That is not the same as zero.";
    return {};
}

/// Positions of the log that speak of any of the revisions, in order.
std::vector<LogRow> rows_of(storage::Database& database, const std::vector<EntryStanding>& revisions)
{
    std::vector<LogRow> rows;
    for (const auto& revision : revisions) {
        if (auto row = read_log_row(database, revision.position))
            rows.push_back(std::move(*row));
        for (const auto position : database.query<std::int64_t>(
                 "SELECT position FROM ledger_mentions WHERE entry = :entry", revision.facts.id.text()))
            if (auto row = read_log_row(database, position))
                rows.push_back(std::move(*row));
    }
    std::sort(rows.begin(), rows.end(),
              [](const LogRow& a, const LogRow& b) { return a.position < b.position; });
    return rows;
}

} // namespace

bool Viewer::sees(std::string_view contract) const
{
    return sees_all_contracts || std::find(contracts.begin(), contracts.end(), contract) != contracts.end();
}

ReviewService::ReviewService(DatabasePool& pool, LedgerWriter& writer, const EntryVault& vault,
                             ReferenceCache& reference, PersonName person_name, const Clock& clock,
                             Random& random)
    : m_pool(pool), m_writer(writer), m_vault(vault), m_reference(reference),
      m_person_name(std::move(person_name)), m_clock(clock), m_random(random)
{
}

EntryPage ReviewService::entries(const Viewer& viewer, const EntryFilter& filter)
{
    EntryPage page;
    if (!filter.contract.empty() && !viewer.sees(filter.contract))
        return page;
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    for (const auto& standing : read_standings(*database, to_standing_filter(viewer, filter))) {
        if (page.rows.size() == filter.limit) {
            page.more = true;
            break;
        }
        page.rows.push_back(summarise(standing, m_vault.open(*database, standing.facts.id), *reference));
    }
    return page;
}

StateCounts ReviewService::counts(const Viewer& viewer, const EntryFilter& filter)
{
    StateCounts counts;
    if (!filter.contract.empty() && !viewer.sees(filter.contract))
        return counts;
    auto database = m_pool.lease();
    auto all = to_standing_filter(viewer, filter);
    all.states.clear();
    for (const auto& [state, count] : count_standings(*database, all)) {
        if (state == EntryState::Waiting)
            counts.waiting = count;
        else if (state == EntryState::Queried)
            counts.queried = count;
        else if (state == EntryState::Accepted)
            counts.accepted = count;
        else if (state == EntryState::Declined)
            counts.declined = count;
    }
    return counts;
}

std::optional<EntryDetail> ReviewService::entry(const Viewer& viewer, const Uuid& id)
{
    auto database = m_pool.lease();
    const auto standing = read_standing(*database, id);
    if (!standing || !viewer.sees(standing->facts.contract))
        return std::nullopt;
    const auto reference = m_reference.get(*database);
    const auto& facts = standing->facts;
    auto opened = m_vault.open(*database, id);

    EntryDetail detail;
    detail.summary = summarise(*standing, opened, *reference);
    detail.facts = facts;
    detail.received_at = standing->received_at;
    const auto* measure = measure_of(facts, *reference);
    if (measure != nullptr && measure->note)
        detail.measure_note = *measure->note;
    detail.value_note = why_no_pounds(facts, measure);
    if (const auto* framework = reference->find_framework(facts.framework, facts.framework_version))
        detail.framework_title = framework->title;
    if (const auto* contract = reference->find_contract(facts.contract))
        detail.contract_title = contract->title;
    if (const auto device = find_device(*database, facts.device))
        detail.device_name = device->name;

    const auto revisions = read_revisions(*database, standing->root);
    for (const auto& revision : revisions) {
        detail.revisions.push_back(revision.facts.id);
        if (revision.facts.amends == id && revision.counts)
            detail.replaced_by = revision.facts.id;
    }
    for (const auto& row : rows_of(*database, revisions)) {
        const auto leaf = parse_leaf(row.leaf);
        if (!leaf)
            continue;
        HistoryItem item;
        item.position = row.position;
        item.entry = entry_of(*leaf).value_or(id);
        if (const auto* received = std::get_if<ReceivedLeaf>(&*leaf)) {
            item.at = received->at;
            item.what = received->facts.action == EntryAction::Capture ? "received"
                        : received->facts.action == EntryAction::Amend ? "amended"
                                                                       : "withdrawn";
            if (const auto device = find_device(*database, received->facts.device))
                item.by = device->name;
            if (const auto words = m_vault.open(*database, received->facts.id))
                item.note = words->reason;
        } else {
            item.at = moment_of(*leaf);
            item.what = type_of(*leaf);
            if (!decided_by(*leaf).empty())
                item.by = m_person_name(std::string(decided_by(*leaf)));
            item.note = m_vault.open_note(*database, row.position);
            if (item.entry == id && item.what == name_of(DecisionKind::Query) &&
                standing->state == EntryState::Queried)
                detail.question = item.note;
        }
        detail.history.push_back(std::move(item));
    }

    const auto refusal = refusal_to_decide(viewer, revisions, opened);
    if (refusal)
        detail.why_not = refusal->message;
    const bool open = standing->state == EntryState::Waiting || standing->state == EntryState::Queried;
    detail.can_decide = !refusal && open;
    detail.can_reverse = !refusal && standing->before && standing->decided &&
                         (standing->state == EntryState::Accepted ||
                          standing->state == EntryState::Declined || standing->state == EntryState::Queried);
    if (opened) {
        for (const auto& attachment : opened->attachments)
            detail.photo_arrived.push_back(m_vault.has(attachment));
        detail.entry = std::move(*opened);
    }
    return detail;
}

Result<ReviewService::Photo> ReviewService::photo(const Viewer& viewer, const Uuid& id,
                                                  std::string_view digest)
{
    const Error not_found{"not_found", "There is no such photo."};
    auto database = m_pool.lease();
    const auto standing = read_standing(*database, id);
    if (!standing || !viewer.sees(standing->facts.contract))
        return not_found;
    const auto entry = m_vault.open(*database, id);
    if (!entry)
        return entry.error();
    for (const auto& attachment : entry->attachments) {
        if (attachment.digest != digest)
            continue;
        auto bytes = m_vault.open_attachment(attachment);
        if (!bytes)
            return bytes.error();
        return Photo{std::move(*bytes), attachment.media_type};
    }
    return not_found;
}

Result<void> ReviewService::decide(const Viewer& viewer, const Uuid& id, DecisionKind decision,
                                   std::string_view given_note)
{
    const std::string note(trimmed(given_note));
    const bool needs_note = decision == DecisionKind::Query || decision == DecisionKind::Decline;
    if (needs_note && note.empty())
        return Error{"note_missing",
                     decision == DecisionKind::Query
                         ? "Write the question. The person who captured the entry reads it."
                         : "Say why you decline. The person who captured the entry reads it.",
                     "note"};
    if (!is_utf8(note) || utf8_length(note) > note_length_max)
        return Error{"note_too_long", "Keep the note to 2,000 characters.", "note"};

    std::optional<Error> refused;
    m_writer.run([&](LedgerTransaction& ledger) {
        refused.reset();
        auto& database = ledger.database();
        const auto* standing = ledger.standing(id);
        if (standing == nullptr || !viewer.sees(standing->facts.contract)) {
            refused = Error{"not_found", "There is no such entry."};
            return;
        }
        const auto entry = m_vault.open(database, id);
        refused = refusal_to_decide(viewer, read_revisions(database, standing->root), entry);
        if (refused)
            return;
        DecisionLeaf leaf{m_clock.now(), decision, id, viewer.user_id, {}};
        std::optional<EntryVault::LockedNote> locked;
        if (!note.empty()) {
            auto made = m_vault.lock_note(database, id, note, m_random);
            if (!made) {
                refused = made.error();
                return;
            }
            locked = std::move(*made);
            leaf.note_digest = locked->digest;
        }
        const auto position = ledger.append(leaf);
        if (!position) {
            refused = position.error();
            return;
        }
        if (locked)
            database.run("INSERT INTO decision_notes (position, entry, salt, note) "
                         "VALUES (:position, :entry, :salt, :note)",
                         *position, id.text(), storage::sql::blob(locked->salt),
                         storage::sql::blob(locked->note));
    });
    if (refused)
        return *refused;
    return {};
}

} // namespace tally::server
