#include "server/ledger/standing_store.h"

#include "shared/base/encoding.h"

#include <algorithm>
#include <limits>

namespace tally::server {
namespace {

constexpr int digit_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Lower-case hex of 32 bytes; nothing for any other text.
std::optional<std::array<std::uint8_t, 32>> digest_bytes(std::string_view hex)
{
    std::array<std::uint8_t, 32> bytes{};
    if (hex.size() != 2 * bytes.size())
        return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = digit_value(hex[2 * i]);
        const int low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return bytes;
}

std::string_view view_of(const std::array<std::uint8_t, 32>& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

StandingStore::Word StandingStore::Words::number_of(std::string_view text)
{
    const auto found = m_numbers.find(text);
    if (found != m_numbers.end())
        return found->second;
    const auto number = static_cast<Word>(m_texts.size());
    m_numbers.emplace(m_texts.emplace_back(text), number);
    return number;
}

void StandingStore::put(EntryStanding&& standing)
{
    auto ordinal = find(standing.facts.id);
    if (!ordinal) {
        TALLY_ASSERT(m_rows.size() < none);
        ordinal = static_cast<Ordinal>(m_rows.size());
        m_rows.emplace_back().id = standing.facts.id;
        index(*ordinal);
    }
    auto& row = m_rows[*ordinal];
    row.position = standing.position;
    row.is_whole = !fits(standing) || !fill(*ordinal, standing);
    if (row.is_whole)
        m_whole.insert_or_assign(*ordinal, std::move(standing));
    else if (!m_whole.empty())
        m_whole.erase(*ordinal);
}

/// What most entries have; the rest is kept as it is.
bool StandingStore::fits(const EntryStanding& standing) const
{
    const auto& facts = standing.facts;
    return facts.counting == Counting::Sum && !facts.until && facts.persons.empty() && !facts.part_of &&
           facts.split_by.empty() && standing.persons_counted == 0 && standing.parts_left == 0 &&
           standing.quantity_left.parts == 0 && facts.quarter.year >= 0 &&
           facts.quarter.year <= std::numeric_limits<std::int16_t>::max() &&
           (!facts.amends || find(*facts.amends)) && (standing.root == facts.id || find(standing.root)) &&
           (!standing.ended || find(*standing.ended));
}

bool StandingStore::fill(Ordinal ordinal, const EntryStanding& standing)
{
    const auto& facts = standing.facts;
    const auto digest = digest_bytes(facts.digest);
    if (!digest)
        return false;
    auto& row = m_rows[ordinal];
    row.digest = *digest;
    row.received_at = standing.received_at.ms;
    row.device_seq = facts.device_seq;
    row.quantity = facts.quantity.value_or(Quantity{}).parts;
    row.proxy = facts.proxy.value_or(Proxy{}).parts;
    row.value = facts.value.value_or(Money{}).parts;
    row.revision = facts.framework_revision;
    row.decided = standing.decided.value_or(0);
    row.amends = facts.amends ? *find(*facts.amends) : none;
    row.root = standing.root == facts.id ? ordinal : *find(standing.root);
    row.ended = standing.ended ? *find(*standing.ended) : none;
    row.device = m_words.number_of(facts.device.view());
    row.author = m_words.number_of(facts.author);
    row.contract = m_words.number_of(facts.contract);
    row.framework = m_words.number_of(facts.framework);
    row.version = m_words.number_of(facts.framework_version);
    row.measure = m_words.number_of(facts.measure);
    row.value_class = m_words.number_of(facts.value_class);
    row.event = m_words.number_of(facts.event);
    row.place = m_words.number_of(facts.place);
    row.verification = m_words.number_of(facts.verification);
    row.year = static_cast<std::int16_t>(facts.quarter.year);
    row.quarter = static_cast<std::uint8_t>(facts.quarter.number);
    row.action = facts.action;
    row.kind = facts.kind;
    row.state = standing.state;
    row.before = standing.before;
    row.has_quantity = facts.quantity.has_value();
    row.has_proxy = facts.proxy.has_value();
    row.has_value = facts.value.has_value();
    row.has_decided = standing.decided.has_value();
    row.held = facts.held;
    row.counts = standing.counts;
    row.flagged = standing.flagged;
    row.held_by_flag = standing.held_by_flag;
    row.released = standing.released;
    row.erased = standing.erased;
    return true;
}

EntryStanding StandingStore::standing(Ordinal ordinal) const
{
    const auto& row = m_rows[ordinal];
    if (row.is_whole)
        return m_whole.at(ordinal);
    EntryStanding standing;
    auto& facts = standing.facts;
    facts.id = row.id;
    facts.action = row.action;
    facts.kind = row.kind;
    if (row.amends != none)
        facts.amends = id(row.amends);
    facts.digest = to_hex(view_of(row.digest));
    facts.device = Uuid::from_bytes(m_words.text(row.device));
    facts.device_seq = row.device_seq;
    facts.author = m_words.text(row.author);
    facts.contract = m_words.text(row.contract);
    facts.framework = m_words.text(row.framework);
    facts.framework_version = m_words.text(row.version);
    facts.framework_revision = row.revision;
    facts.measure = m_words.text(row.measure);
    if (row.has_quantity)
        facts.quantity = Quantity{row.quantity};
    if (row.has_proxy)
        facts.proxy = Proxy{row.proxy};
    if (row.has_value)
        facts.value = Money{row.value};
    facts.value_class = m_words.text(row.value_class);
    facts.held = row.held;
    facts.quarter = {row.year, row.quarter};
    facts.event = m_words.text(row.event);
    facts.place = m_words.text(row.place);
    facts.verification = m_words.text(row.verification);
    standing.position = row.position;
    standing.received_at = Timestamp{row.received_at};
    standing.root = id(row.root);
    standing.state = row.state;
    standing.before = row.before;
    standing.counts = row.counts;
    if (row.has_decided)
        standing.decided = row.decided;
    if (row.ended != none)
        standing.ended = id(row.ended);
    standing.flagged = row.flagged;
    standing.held_by_flag = row.held_by_flag;
    standing.released = row.released;
    standing.erased = row.erased;
    return standing;
}

StandingRow StandingStore::row(Ordinal ordinal) const
{
    const auto& row = m_rows[ordinal];
    if (row.is_whole)
        return row_of(m_whole.at(ordinal));
    StandingRow shown;
    shown.position = row.position;
    shown.id = row.id;
    if (row.amends != none)
        shown.amends = id(row.amends);
    if (row.root != ordinal)
        shown.root = id(row.root);
    shown.kind = row.kind;
    shown.contract = m_words.text(row.contract);
    shown.measure = m_words.text(row.measure);
    shown.quarter = {row.year, row.quarter};
    shown.state = row.state;
    shown.before = row.before;
    shown.counts = row.counts;
    if (row.has_decided)
        shown.decided = row.decided;
    if (row.ended != none)
        shown.ended = id(row.ended);
    shown.flagged = row.flagged;
    shown.held_by_flag = row.held_by_flag;
    shown.released = row.released;
    shown.erased = row.erased;
    return shown;
}

StandingStore::Record StandingStore::record(Ordinal ordinal) const
{
    const auto& row = m_rows[ordinal];
    if (row.is_whole) {
        const auto& whole = m_whole.at(ordinal);
        return {whole.facts.device, whole.facts.device_seq, whole.position, whole.received_at.ms,
                whole.facts.part_of.has_value()};
    }
    return {Uuid::from_bytes(m_words.text(row.device)), row.device_seq, row.position, row.received_at, false};
}

bool StandingStore::has_digest(Ordinal ordinal, std::string_view digest) const
{
    const auto& row = m_rows[ordinal];
    return row.is_whole ? m_whole.at(ordinal).facts.digest == to_hex(digest) : view_of(row.digest) == digest;
}

std::optional<StandingStore::Ordinal> StandingStore::find(const Uuid& id) const
{
    if (m_index.empty())
        return std::nullopt;
    const auto ordinal = m_index[slot_of(id)];
    return ordinal == none ? std::nullopt : std::optional(ordinal);
}

std::optional<StandingStore::Ordinal> StandingStore::find_at(std::int64_t position) const
{
    const auto found = std::lower_bound(m_rows.begin(), m_rows.end(), position,
                                        [](const Row& row, std::int64_t at) { return row.position < at; });
    if (found == m_rows.end() || found->position != position)
        return std::nullopt;
    return static_cast<Ordinal>(found - m_rows.begin());
}

/// Where the id stands, or the free slot where it would.
std::size_t StandingStore::slot_of(const Uuid& id) const
{
    const std::size_t mask = m_index.size() - 1;
    std::size_t slot = std::hash<Uuid>{}(id)&mask;
    while (m_index[slot] != none && m_rows[m_index[slot]].id != id)
        slot = (slot + 1) & mask;
    return slot;
}

void StandingStore::index(Ordinal ordinal)
{
    if (3 * (m_rows.size() + 1) > 2 * m_index.size()) {
        m_index.assign(std::max<std::size_t>(1024, 2 * m_index.size()), none);
        for (Ordinal other = 0; other < ordinal; ++other)
            m_index[slot_of(m_rows[other].id)] = other;
    }
    m_index[slot_of(m_rows[ordinal].id)] = ordinal;
}

} // namespace tally::server
