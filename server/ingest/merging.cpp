#include "server/ingest/merging.h"

#include "server/ledger/standings.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace tally::server {
namespace {

constexpr std::int64_t minute_ms = 60'000;

void add_reference(MergeFacts& facts, const ReferenceSnapshot& reference)
{
    if (const auto* contract = reference.find_contract(facts.about.contract)) {
        facts.supplier = contract->supplier;
        facts.framework = contract->framework;
    }
    if (const auto* event = reference.find_event(facts.about.event)) {
        facts.event_start_min = event->starts_at.ms / minute_ms + facts.utc_offset_min;
        facts.event_end_min = event->ends_at.ms / minute_ms + facts.utc_offset_min;
    }
}

// Bounds for somebody who sends one thing a thousand times; honest evidence stays far below. The newest are
// taken, so that such entries hang together as a chain and none of them has a thousand flags.
constexpr std::size_t candidates_max = 64;
constexpr std::size_t candidates_of_group_max = 256;
constexpr std::size_t flags_of_rule_max = 4;
constexpr std::size_t flags_of_group_max = 200; ///< a head count has as many individuals as it has heads
constexpr std::size_t entries_of_flag_max = 24; ///< of one person's day

bool is_group(const MergeFacts& facts)
{
    const auto* hours = std::get_if<HoursBody>(&facts.body);
    return hours != nullptr && hours->people.is_group();
}

/// The newest of each rule, by the position of the entry that the arrived one is flagged with.
std::vector<Flag> bounded(std::vector<Flag> flags, bool group)
{
    std::map<FlagRule, std::size_t> count;
    std::vector<Flag> kept;
    // Ids are made in order of time.
    std::stable_sort(flags.begin(), flags.end(),
                     [](const Flag& a, const Flag& b) { return a.entries.front() > b.entries.front(); });
    for (auto& flag : flags) {
        const bool many = group && flag.rule == FlagRule::GroupAndIndividual;
        if (++count[flag.rule] > (many ? flags_of_group_max : flags_of_rule_max))
            continue;
        if (flag.entries.size() > entries_of_flag_max)
            flag.entries.erase(flag.entries.begin(),
                               flag.entries.end() - static_cast<std::ptrdiff_t>(entries_of_flag_max));
        kept.push_back(std::move(flag));
    }
    std::sort(kept.begin(), kept.end(), [](const Flag& a, const Flag& b) {
        return std::tie(a.rule, a.entries) < std::tie(b.rule, b.entries);
    });
    return kept;
}

/// Entries that count nothing and never will again are no candidates.
bool can_matter(const EntryStanding& standing)
{
    return !standing.erased && standing.state != EntryState::Replaced &&
           standing.state != EntryState::Withdrawn;
}

} // namespace

MergePreparation prepare_merge(const Entry& entry, const Uuid& device, const ReferenceSnapshot& reference,
                               Timestamp received_at, std::string_view index_secret)
{
    MergeFacts facts = merge_facts(entry, entry.id, device, received_at);
    add_reference(facts, reference);
    MergeEntry prepared(std::move(facts));
    auto keys = blocking_keys(prepared, index_secret);
    return {std::move(prepared), std::move(keys), entry.amends.has_value()};
}

Merging::Merging(LedgerTransaction& ledger, MergeMemory& memory, const EntryVault& vault,
                 const std::shared_ptr<const ReferenceSnapshot>& reference, Timestamp now)
    : m_ledger(ledger), m_index(memory.index), m_opened(memory.opened), m_vault(vault),
      m_reference(*reference), m_now(now)
{
    m_opened.keep_while(ledger.epoch(), reference);
    for (const auto* framework : reference->frameworks())
        add_exclusive_measures(m_rules, *framework);
}

void Merging::entry_arrived(const MergePreparation& prepared, std::int64_t position)
{
    MergeEntry entry = prepared.entry;
    if (prepared.is_revision)
        if (const auto* standing = m_ledger.standing(entry.facts().id)) {
            MergeFacts facts = entry.facts();
            facts.root = standing->root;
            entry = MergeEntry(std::move(facts));
        }
    auto positions = m_index.find(m_ledger, prepared.keys);
    const bool photos = !entry.facts().photos.empty();
    if (photos)
        m_index.add(m_ledger, position, prepared.keys); // those that came first have theirs
    else
        m_index.add_new(m_ledger, position, prepared.keys);
    const bool group = is_group(entry.facts());
    const std::size_t most = group ? candidates_of_group_max : candidates_max;
    if (positions.size() > most)
        positions.erase(positions.begin(), positions.end() - static_cast<std::ptrdiff_t>(most));
    raise(bounded(flags_with(entry, positions, position), group));
    if (!photos) // what those show may be known by now
        m_opened.put(position, std::move(entry));
}

std::vector<Flag> Merging::flags_with(const MergeEntry& entry, const std::vector<std::int64_t>& positions,
                                      std::int64_t own)
{
    const auto met = open(positions, own);
    // Nearly always nothing is found, and then nothing would be among fewer: no need to ask where each
    // stands.
    auto found = flags_of(entry, met, m_rules);
    if (met.empty() || found.empty())
        return found;
    const auto matter = of_matter(met, false);
    auto flags = flags_of(entry, of_matter(matter, true), m_rules);
    for (auto& flag : flags_of(entry, matter, m_rules))
        // It sleeps until those of its entries that were declined come back.
        if (std::find(flags.begin(), flags.end(), flag) == flags.end())
            flags.push_back(std::move(flag));
    return flags;
}

void Merging::photo_is_tried(LedgerTransaction& ledger, const Uuid& entry, std::string_view digest,
                             std::string_view sealed_digest)
{
    const auto* standing = ledger.standing(entry);
    if (standing == nullptr || standing->erased)
        return; // nothing of it is left, and nothing is to be written of it again
    // Until it was looked at, the place of the hash says how often that was begun.
    ledger.database().run(
        "INSERT INTO merge_pictures (entry, digest, sealed_digest, hash) VALUES (:entry, :digest, "
        ":sealed_digest, '1') ON CONFLICT (entry, digest) DO UPDATE SET hash = CASE merge_pictures.hash WHEN "
        "'1' THEN '2' WHEN '2' THEN '3' ELSE merge_pictures.hash END",
        entry.text(), digest, sealed_digest);
}

void Merging::photo_arrived(const Uuid& entry, std::string_view digest, std::string_view sealed_digest,
                            const std::optional<PictureHash>& hash, std::string_view index_secret)
{
    const auto stored =
        m_ledger.database().run("UPDATE merge_pictures SET hash = :hash WHERE entry = :entry AND digest = "
                                ":digest AND sealed_digest = "
                                ":sealed_digest AND hash IN ('1', '2', '3')",
                                hash ? hash->text() : std::string(), entry.text(), digest, sealed_digest);
    const auto* standing = m_ledger.standing(entry);
    if (stored == 0 || !hash || standing == nullptr || !can_matter(*standing))
        return;
    const auto position = standing->position;
    m_opened.forget(position); // it knows one photo less
    auto facts = facts_of(*standing);
    if (!facts)
        return;
    std::erase_if(facts->photos, [&](const PhotoMark& photo) { return photo.digest != digest; });
    const auto keys = photo_keys(*facts, index_secret);
    const auto positions = m_index.find(m_ledger, keys);
    m_index.add(m_ledger, position, keys);
    auto flags = flags_of(MergeEntry(*facts), of_matter(open(positions, position), false), m_rules);
    std::erase_if(flags, [](const Flag& flag) { return flag.rule != FlagRule::SamePhoto; });
    raise(bounded(std::move(flags), false));
}

std::vector<MergeEntry> Merging::open(const std::vector<std::int64_t>& positions, std::int64_t own)
{
    std::vector<MergeEntry> candidates;
    for (const auto position : positions)
        if (position != own)
            if (const auto* entry = open(position))
                candidates.push_back(*entry);
    return candidates;
}

const MergeEntry* Merging::open(std::int64_t position)
{
    if (const auto* kept = m_opened.find(position))
        return kept;
    const auto id = read_id_at(m_ledger.database(), position);
    const auto* standing = id ? m_ledger.standing(*id) : nullptr;
    if (standing == nullptr || !can_matter(*standing))
        return nullptr;
    auto facts = facts_of(*standing);
    return facts ? &m_opened.put(position, MergeEntry(std::move(*facts))) : nullptr;
}

std::vector<MergeEntry> Merging::of_matter(const std::vector<MergeEntry>& candidates, bool live)
{
    std::vector<MergeEntry> kept;
    for (const auto& candidate : candidates) {
        const auto* standing = m_ledger.standing(candidate.facts().id);
        if (standing != nullptr && can_matter(*standing) && (!live || is_live(standing->state)))
            kept.push_back(candidate);
    }
    return kept;
}

std::optional<MergeFacts> Merging::facts_of(const EntryStanding& standing)
{
    const auto entry = m_vault.open(m_ledger.database(), standing.facts.id);
    if (!entry)
        return std::nullopt;
    auto facts = merge_facts(*entry, standing.root, standing.facts.device, standing.received_at);
    add_reference(facts, m_reference);
    if (!facts.photos.empty())
        add_photo_hashes(facts);
    return facts;
}

/// Of the photos that have come.
void Merging::add_photo_hashes(MergeFacts& facts)
{
    for (auto& photo : facts.photos)
        m_ledger.database().for_each<std::string>(
            "SELECT hash FROM merge_pictures WHERE entry = :entry AND digest = :digest",
            [&](std::string&& hash) { photo.hash = PictureHash::parse(hash); }, facts.id.text(),
            photo.digest);
}

void Merging::raise(const std::vector<Flag>& flags)
{
    for (const auto& flag : flags) {
        const auto raised = m_ledger.append(FlaggedLeaf{m_now, std::string(name_of(flag.rule)), flag.entries,
                                                        flag.minutes, flag.sure_per_mille});
        TALLY_ASSERT(raised.ok() || raised.error().code == "already_known");
    }
}

} // namespace tally::server
