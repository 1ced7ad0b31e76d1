#include "server/review/review_rules.h"

#include "server/review/headline.h"
#include "shared/base/encoding.h"

#include <algorithm>
#include <cctype>

namespace tally::server {
namespace {

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

} // namespace

Result<std::string> checked_note(std::string_view given, std::string_view missing)
{
    std::string note(trimmed(given));
    if (note.empty() && !missing.empty())
        return Error{"note_missing", std::string(missing), "note"};
    if (!is_utf8(note) || utf8_length(note) > note_length_max)
        return Error{"note_too_long", "Keep it to 2,000 characters.", "note"};
    return note;
}

Uuid record_of(const EntryFacts& facts)
{
    return facts.part_of.value_or(facts.id);
}

Result<Entry> open_words(const EntryVault& vault, storage::Database& database, const EntryFacts& facts)
{
    return vault.open(database, record_of(facts));
}

std::optional<Date> work_day(const EntryVault& vault, storage::Database& database, const EntryFacts& facts)
{
    if (facts.until)
        return facts.until;
    const auto words = open_words(vault, database, facts);
    return words ? std::optional(work_date(*words)) : std::nullopt;
}

const Measure* measure_of(const EntryFacts& facts, const ReferenceSnapshot& reference)
{
    const auto* framework = reference.find_framework(facts.framework, facts.framework_version);
    return framework == nullptr ? nullptr : framework->find_measure(facts.measure);
}

LineFacts line_facts(const EntryFacts& facts, std::string_view quarter)
{
    return {facts.contract, facts.framework, facts.framework_version, facts.measure, facts.value_class,
            quarter,        facts.place,     facts.verification};
}

/// Drawn on the screen by somebody who consents: nothing to recognise an entry by.
static bool is_signature(const Entry& entry, const Attachment& attachment)
{
    const auto* story = std::get_if<StoryBody>(&entry.body);
    return story != nullptr &&
           std::any_of(story->consents.begin(), story->consents.end(), [&](const auto& consent) {
               return !consent.signature.empty() && consent.signature == attachment.digest;
           });
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
    summary.held = facts.held && !standing.released;
    summary.released = standing.released;
    summary.flagged = standing.held_by_flag;
    summary.quarter = format_quarter(facts.quarter);
    summary.received_at = standing.received_at;
    summary.erased = standing.erased || (!entry && entry.error().code == "erased");
    if (entry) {
        summary.work_date = work_date(*entry);
        summary.headline = facts.part_of ? "Part of: " + headline(*entry) : headline(*entry);
        summary.photos = entry->attachments.size();
        for (const auto& attachment : entry->attachments)
            if (summary.first_photo.empty() && !is_signature(*entry, attachment))
                summary.first_photo = attachment.digest;
    } else {
        summary.work_date = first_day(facts.quarter);
        summary.headline = entry.error().message;
    }
    return summary;
}

std::optional<Error> own_hand(const Viewer& viewer, const std::vector<EntryStanding>& revisions,
                              const Result<Entry>& entry)
{
    for (const auto& revision : revisions)
        if (!revision.facts.author.empty() && revision.facts.author == viewer.user_id)
            return Error{"own_entry", "You captured this entry yourself. Somebody else has to decide on it."};
    if (entry && confirmed_as_host(viewer, *entry))
        return Error{"own_entry", "You confirmed these hours as host. Somebody else has to decide on them."};
    return std::nullopt;
}

Result<HeldNote> lock_under(const EntryVault& vault, storage::Database& database,
                            const std::vector<Uuid>& holders, std::string_view note, Random& random)
{
    Error failure{"not_found", "There is no such entry."};
    for (const auto& holder : holders) {
        auto locked = vault.lock_note(database, holder, note, random);
        if (locked)
            return HeldNote{holder, std::move(*locked)};
        failure = locked.error();
    }
    return failure;
}

std::string plain_note(storage::Database& database, std::int64_t position)
{
    return database
        .query_one<std::string>("SELECT note FROM plain_notes WHERE position = :position", position)
        .value_or("");
}

void store_note(storage::Database& database, std::int64_t position, const HeldNote& note)
{
    database.run("INSERT INTO decision_notes (position, entry, salt, note) "
                 "VALUES (:position, :entry, :salt, :note)",
                 position, note.holder.text(), storage::sql::blob(note.locked.salt),
                 storage::sql::blob(note.locked.note));
}

bool is_open_flag(storage::Database& database, const FlagStanding& flag)
{
    return !flag.resolution && std::all_of(flag.entries.begin(), flag.entries.end(), [&](const Uuid& id) {
        const auto standing = read_standing(database, id);
        return standing && is_live(standing->state);
    });
}

StandingFilter visible_to(const Viewer& viewer, std::string_view contract)
{
    StandingFilter filter;
    filter.all_contracts = contract.empty() && viewer.sees_all_contracts;
    if (!contract.empty())
        filter.contracts =
            viewer.sees(contract) ? std::vector{std::string(contract)} : std::vector<std::string>{};
    else if (!viewer.sees_all_contracts)
        filter.contracts = viewer.contracts;
    return filter;
}

} // namespace tally::server
