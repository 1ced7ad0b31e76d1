#include "server/ingest/merge_index.h"

#include <algorithm>
#include <limits>

namespace tally::server {
namespace {

/// About 50 bytes each.
constexpr std::size_t rows_max = 150'000;

std::int32_t narrowed(std::int64_t minutes)
{
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(
        minutes, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

} // namespace

/// More days are at work than fit: reading them in again and again would cost more than asking for each key.
bool MergeIndex::is_crowded() const
{
    constexpr std::uint64_t recent_uses = 100'000;
    return m_rows > rows_max / 2 && std::all_of(m_days.begin(), m_days.end(), [&](const auto& day) {
               return day.second.used + recent_uses > m_uses;
           });
}

void MergeIndex::make_room(std::size_t rows)
{
    while (m_rows + rows > rows_max && !m_days.empty()) {
        const auto oldest = std::min_element(m_days.begin(), m_days.end(), [](const auto& a, const auto& b) {
            return a.second.used < b.second.used;
        });
        m_rows -= oldest->second.rows.size();
        m_days.erase(oldest);
    }
}

MergeIndex::Day* MergeIndex::day_of(LedgerTransaction& ledger, std::int64_t number)
{
    if (m_epoch != ledger.epoch()) {
        m_days.clear();
        m_rows = 0;
        m_epoch = ledger.epoch();
    }
    if (number == 0)
        return nullptr;
    auto found = m_days.find(number);
    if (found == m_days.end() && is_crowded())
        return nullptr;
    if (found == m_days.end()) {
        Day day;
        bool fits = true;
        ledger.database().for_each<std::int64_t, std::int64_t, std::int64_t, std::int64_t>(
            "SELECT key, position, from_min, to_min FROM merge_keys WHERE day = :day",
            [&](std::int64_t&& key, std::int64_t&& position, std::int64_t&& from, std::int64_t&& to) {
                day.rows.emplace(key, Row{position, narrowed(from), narrowed(to)});
                fits = day.rows.size() < rows_max;
                return fits;
            },
            number);
        if (!fits)
            return nullptr;
        make_room(day.rows.size());
        m_rows += day.rows.size();
        found = m_days.emplace(number, std::move(day)).first;
    }
    found->second.used = ++m_uses;
    return &found->second;
}

std::vector<std::int64_t> MergeIndex::find(LedgerTransaction& ledger, std::span<const BlockingKey> keys)
{
    std::vector<std::int64_t> positions;
    for (const auto& key : keys) {
        if (key.use == KeyUse::Store)
            continue;
        if (const Day* day = day_of(ledger, key.day)) {
            const auto [first, last] = day->rows.equal_range(key.key);
            for (auto row = first; row != last; ++row)
                if (row->second.from_min < key.to_min && key.from_min < row->second.to_min)
                    positions.push_back(row->second.position);
            continue;
        }
        ledger.database().for_each<std::int64_t>(
            "SELECT position FROM merge_keys WHERE day = :day AND key = :key AND from_min < :to AND to_min > "
            ":from",
            [&](std::int64_t&& position) { positions.push_back(position); }, key.day, key.key, key.to_min,
            key.from_min);
    }
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    return positions;
}

void MergeIndex::add_new(LedgerTransaction& ledger, std::int64_t position, std::span<const BlockingKey> keys)
{
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& key = keys[i];
        const auto same = [&](const BlockingKey& other) {
            return other.use != KeyUse::Look && other.day == key.day && other.key == key.key;
        };
        if (key.use == KeyUse::Look ||
            std::any_of(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i), same))
            continue;
        // Before the row is stored: a day that is loaded now must not count it twice.
        Day* day = day_of(ledger, key.day);
        ledger.database().add_row("INSERT INTO merge_keys (day, key, position, from_min, to_min) VALUES",
                                  key.day, key.key, position, key.from_min, key.to_min);
        keep(day, position, key);
    }
}

void MergeIndex::add(LedgerTransaction& ledger, std::int64_t position, std::span<const BlockingKey> keys)
{
    for (const auto& key : keys) {
        if (key.use == KeyUse::Look)
            continue;
        Day* day = day_of(ledger, key.day);
        const auto stored =
            ledger.database().run("INSERT INTO merge_keys (day, key, position, from_min, to_min) VALUES "
                                  "(:day, :key, :position, :from, :to) ON CONFLICT DO NOTHING",
                                  key.day, key.key, position, key.from_min, key.to_min);
        if (stored != 0)
            keep(day, position, key);
    }
}

void MergeIndex::keep(Day* day, std::int64_t position, const BlockingKey& key)
{
    if (day == nullptr)
        return;
    day->rows.emplace(key.key, Row{position, narrowed(key.from_min), narrowed(key.to_min)});
    if (++m_rows > rows_max)
        make_room(0);
}

} // namespace tally::server
