#include "server/review/review.h"

#include "server/ingest/reference_cache.h"
#include "server/ledger/flags.h"
#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/ledger/posting.h"
#include "server/ledger/standings.h"
#include "server/ledger/writer.h"
#include "server/pictures/thumbnail.h"
#include "server/review/review_rules.h"
#include "server/storage/devices.h"
#include "server/storage/entry_vault.h"
#include "shared/base/encoding.h"
#include "shared/framework/valuation.h"

#include <algorithm>

namespace tally::server {
namespace {

StandingFilter to_standing_filter(const Viewer& viewer, const EntryFilter& filter)
{
    StandingFilter standing = visible_to(viewer, filter.contract);
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

/// Why this viewer may not decide; nothing when they may.
std::optional<Error> refusal_to_decide(const Viewer& viewer, const std::vector<EntryStanding>& revisions,
                                       const Result<Entry>& entry)
{
    if (!viewer.may_decide)
        return Error{"not_allowed", "Your role reads evidence and does not decide on it."};
    return own_hand(viewer, revisions, entry);
}

std::string why_no_pounds(const EntryStanding& standing, const Measure* measure)
{
    const auto& facts = standing.facts;
    if (facts.held && standing.released)
        return "The framework holds values of this measure. An administrator let this one count.";
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
    rows.erase(std::unique(rows.begin(), rows.end(),
                           [](const LogRow& a, const LogRow& b) { return a.position == b.position; }),
               rows.end());
    return rows;
}

/// Entries of a page that the ledger's own filter cannot find: each row is looked at, up to a bound, so that
/// a page of something rare does not read the whole ledger.
constexpr std::size_t rows_looked_at_max = 20'000;

bool stands_behind(const EntryStanding& standing, const EntryFilter& filter,
                   const ReferenceSnapshot& reference)
{
    if ((filter.flagged && !standing.held_by_flag) || (filter.unflagged && standing.held_by_flag))
        return false;
    const bool held = (standing.facts.held && !standing.released) ||
                      (standing.held_by_flag && standing.state != EntryState::Accepted);
    if (filter.held && *filter.held != held)
        return false;
    if (!filter.line)
        return true;
    const auto keys =
        line_keys(filter.line->dimension, line_facts(standing.facts, format_quarter(standing.facts.quarter)),
                  reference);
    return std::find(keys.begin(), keys.end(), filter.line->key) != keys.end();
}

/// Whether the work lies in a year. What no longer has a day counts by the first day of its quarter.
bool is_in_year(const EntryStanding& standing, const std::optional<ReportingYear>& year,
                const EntryVault& vault, storage::Database& database)
{
    if (!year)
        return true;
    for (const auto& part : quarters_in(*year))
        if (part.quarter == standing.facts.quarter)
            return part.whole ||
                   year->contains(
                       work_day(vault, database, standing.facts).value_or(first_day(standing.facts.quarter)));
    return false;
}

bool in_filter(const EntryStanding& standing, const StandingFilter& filter)
{
    const auto& facts = standing.facts;
    return (filter.all_contracts || std::find(filter.contracts.begin(), filter.contracts.end(),
                                              facts.contract) != filter.contracts.end()) &&
           (filter.kind.empty() || filter.kind == name_of(facts.kind)) &&
           (filter.quarter.empty() || filter.quarter == format_quarter(facts.quarter)) &&
           (filter.measure.empty() || filter.measure == facts.measure);
}

/// Those that wait or are queried and stand in an open flag.
std::int64_t count_flagged(storage::Database& database, const StandingFilter& filter)
{
    std::int64_t count = 0;
    for (const auto state : {EntryState::Waiting, EntryState::Queried})
        for (const auto& id : database.query<std::string>(
                 "SELECT id FROM ledger_entries WHERE state = :state AND held_by_flag = 1", name_of(state)))
            if (const auto parsed = Uuid::parse(id))
                if (const auto standing = read_standing(database, *parsed);
                    standing && in_filter(*standing, filter))
                    ++count;
    return count;
}

/// The quarter of the account to which the newest posting of an entry went, of those rows of the log. An
/// entry is named there by the row that received it.
std::optional<Quarter> account_quarter_of(storage::Database& database, std::int64_t entry,
                                          const std::vector<LogRow>& rows)
{
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        const auto quarter = database.query_one<std::string>(
            "SELECT MAX(quarter) FROM ledger_postings WHERE position = :position AND entry = :entry "
            "HAVING COUNT(*) > 0",
            row->position, entry);
        if (quarter)
            if (const auto parsed = parse_quarter(*quarter))
                return *parsed;
    }
    return std::nullopt;
}

std::string what_happened(const Leaf& leaf)
{
    const auto* received = std::get_if<ReceivedLeaf>(&leaf);
    if (received == nullptr)
        return std::string(type_of(leaf));
    if (received->facts.part_of)
        return "part";
    return received->facts.action == EntryAction::Capture ? "received"
           : received->facts.action == EntryAction::Amend ? "amended"
                                                          : "withdrawn";
}

} // namespace

bool Viewer::sees(std::string_view contract) const
{
    return sees_all_contracts || std::find(contracts.begin(), contracts.end(), contract) != contracts.end();
}

ReviewService::ReviewService(DatabasePool& pool, LedgerWriter& writer, const EntryVault& vault,
                             ReferenceCache& reference, PersonName person_name, const Clock& clock,
                             Random& random, CompareFirst compare_first)
    : m_pool(pool), m_writer(writer), m_vault(vault), m_reference(reference),
      m_person_name(std::move(person_name)), m_clock(clock), m_random(random),
      m_compare_first(std::move(compare_first))
{
}

EntryPage ReviewService::entries(const Viewer& viewer, const EntryFilter& filter)
{
    EntryPage page;
    if (!filter.contract.empty() && !viewer.sees(filter.contract))
        return page;
    auto database = m_pool.lease();
    const auto reference = m_reference.get(*database);
    auto standings = to_standing_filter(viewer, filter);
    page.last = standings.after;
    const bool looks = filter.flagged || filter.unflagged || filter.held || filter.line || filter.year;
    const std::size_t batch = looks ? std::max<std::size_t>(500, standings.limit) : standings.limit;
    standings.limit = batch;
    for (std::size_t looked_at = 0; looked_at < rows_looked_at_max; looked_at += batch) {
        const auto found = read_standings(*database, standings);
        for (const auto& standing : found) {
            if (!stands_behind(standing, filter, *reference) ||
                !is_in_year(standing, filter.year, m_vault, *database)) {
                page.last = standing.position;
                continue;
            }
            if (page.rows.size() == filter.limit) {
                page.more = true;
                return page;
            }
            page.last = standing.position;
            page.rows.push_back(
                summarise(standing, open_words(m_vault, *database, standing.facts), *reference));
        }
        if (found.size() < batch)
            return page;
        standings.after = found.back().position;
    }
    page.more = true;
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
    counts.flagged = count_flagged(*database, all);
    counts.comparing =
        database
            ->query_one<std::int64_t>("SELECT 1 FROM ledger_entries JOIN entry_keys ON entry_keys.id = "
                                      "ledger_entries.id WHERE ledger_entries.position >= (SELECT compared "
                                      "FROM merge_progress WHERE one = 1) LIMIT 1")
            .has_value();
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
    auto opened = open_words(m_vault, *database, facts);

    EntryDetail detail;
    detail.summary = summarise(*standing, opened, *reference);
    detail.facts = facts;
    detail.received_at = standing->received_at;
    const auto* measure = measure_of(facts, *reference);
    if (measure != nullptr && measure->note)
        detail.measure_note = *measure->note;
    detail.value_note = why_no_pounds(*standing, measure);
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
    const auto related = [&](const Uuid& other) {
        RelatedEntry entry;
        const auto found = read_standing(*database, other);
        entry.visible = found && viewer.sees(found->facts.contract);
        if (entry.visible)
            entry.summary = summarise(*found, open_words(m_vault, *database, found->facts), *reference);
        return entry;
    };
    for (const auto& revision : revisions)
        if (revision.facts.part_of == id && revision.state != EntryState::Replaced)
            detail.parts.push_back(related(revision.facts.id));
    if (facts.part_of)
        detail.part_of = related(*facts.part_of);
    for (const auto& flag : read_flags_of(*database, id)) {
        detail.flags.push_back({flag.position, flag.rule, is_open_flag(*database, flag), flag.resolution,
                                flag.minutes, flag.sure});
        if (standing->state == EntryState::Duplicate && flag.kept && *flag.kept != id)
            detail.counted_by = related(*flag.kept);
    }

    const auto rows = rows_of(*database, revisions);
    if (const auto account = account_quarter_of(*database, standing->position, rows);
        account && *account != facts.quarter)
        detail.account_quarter = account;
    for (const auto& row : rows) {
        const auto leaf = parse_leaf(row.leaf);
        if (!leaf)
            continue;
        HistoryItem item;
        item.position = row.position;
        item.entry = entry_of(*leaf).value_or(id);
        item.at = moment_of(*leaf);
        item.what = what_happened(*leaf);
        const auto* received = std::get_if<ReceivedLeaf>(&*leaf);
        if (received != nullptr && !received->facts.part_of) {
            if (const auto device = find_device(*database, received->facts.device))
                item.by = device->name;
            if (const auto words = m_vault.open(*database, received->facts.id))
                item.note = words->reason;
        } else {
            const std::string by(received != nullptr ? received->facts.split_by : decided_by(*leaf));
            if (!by.empty())
                item.by = m_person_name(by);
            item.note = m_vault.open_note(*database, row.position);
            if (item.entry == id && item.what == name_of(DecisionKind::Query) &&
                standing->state == EntryState::Queried)
                detail.question = item.note;
            if (const auto* erased = std::get_if<ErasedLeaf>(&*leaf);
                erased && (item.entry == id || item.entry == facts.part_of))
                detail.erasure = EntryErasure{erased->at, erased->why, plain_note(*database, row.position)};
        }
        detail.history.push_back(std::move(item));
    }

    const auto refusal = refusal_to_decide(viewer, revisions, opened);
    if (refusal)
        detail.why_not = refusal->message;
    detail.can_decide = !refusal && is_open(standing->state);
    detail.can_reverse =
        !refusal && standing->before && standing->decided &&
        (standing->state == EntryState::Accepted || standing->state == EntryState::Declined ||
         standing->state == EntryState::Queried || standing->state == EntryState::Split);
    detail.can_split = detail.can_decide && standing->counts && !standing->held_by_flag && facts.quantity &&
                       facts.quantity->parts > 0 && facts.persons.empty() && !facts.part_of && opened &&
                       (facts.kind == EvidenceKind::Hours || facts.kind == EvidenceKind::Delivery);
    if (opened) {
        for (const auto& attachment : opened->attachments)
            detail.photo_arrived.push_back(m_vault.has(attachment));
        detail.entry = std::move(*opened);
    }
    return detail;
}

Result<Attachment> ReviewService::attachment(const Viewer& viewer, const Uuid& id, std::string_view digest)
{
    const Error not_found{"not_found", "There is no such photo."};
    auto database = m_pool.lease();
    const auto standing = read_standing(*database, id);
    if (!standing || !viewer.sees(standing->facts.contract))
        return not_found;
    const auto entry = open_words(m_vault, *database, standing->facts);
    if (!entry)
        return entry.error();
    for (const auto& attachment : entry->attachments)
        if (attachment.digest == digest)
            return attachment;
    return not_found;
}

Result<ReviewService::Photo> ReviewService::photo(const Viewer& viewer, const Uuid& id,
                                                  std::string_view digest)
{
    const auto named = attachment(viewer, id, digest);
    if (!named)
        return named.error();
    auto bytes = m_vault.open_attachment(*named);
    if (!bytes)
        return bytes.error();
    return Photo{std::move(*bytes), named->media_type};
}

Result<ReviewService::Photo> ReviewService::thumbnail(const Viewer& viewer, const Uuid& id,
                                                      std::string_view digest)
{
    constexpr std::string_view media_type = "image/jpeg";
    const auto named = attachment(viewer, id, digest);
    if (!named)
        return named.error();
    if (auto kept = m_vault.open_small(*named))
        return Photo{std::move(*kept), std::string(media_type)};
    const auto bytes = m_vault.open_attachment(*named);
    if (!bytes)
        return bytes.error();
    auto small = make_thumbnail(*bytes);
    if (!small)
        return Error{"not_found", "This photo cannot be shown small."};
    m_vault.keep_small(*named, *small);
    return Photo{std::move(*small), std::string(media_type)};
}

Result<void> ReviewService::decide(const Viewer& viewer, const Uuid& id, DecisionKind decision,
                                   std::string_view given_note)
{
    const auto note =
        checked_note(given_note, decision == DecisionKind::Query
                                     ? "Write the question. The person who captured the entry reads it."
                                 : decision == DecisionKind::Decline
                                     ? "Say why you decline. The person who captured the entry reads it."
                                     : "");
    if (!note)
        return note.error();
    // A held value is an administrator's to release: set_held().
    if (decision == DecisionKind::Release || decision == DecisionKind::Hold)
        return Error{"not_allowed", "An administrator decides on held values."};

    m_compare_first(id);
    return run_or_refuse(m_writer, [&](LedgerTransaction& ledger) {
        auto& database = ledger.database();
        const auto* standing = ledger.standing(id);
        if (standing == nullptr || !viewer.sees(standing->facts.contract))
            throw Refused{{"not_found", "There is no such entry."}};
        const auto facts = standing->facts;
        const auto entry = open_words(m_vault, database, facts);
        if (auto refused = refusal_to_decide(viewer, read_revisions(database, standing->root), entry))
            throw Refused{*std::move(refused)};
        DecisionLeaf leaf{m_clock.now(), decision, id, viewer.user_id, {}};
        std::optional<HeldNote> held;
        if (!note->empty()) {
            auto locked = lock_under(m_vault, database, {record_of(facts)}, *note, m_random);
            if (!locked)
                throw Refused{locked.error()};
            held = std::move(*locked);
            leaf.note_digest = held->locked.digest;
        }
        const auto position = ledger.append(leaf);
        if (!position)
            throw Refused{position.error()};
        if (held)
            store_note(database, *position, *held);
    });
}

} // namespace tally::server
