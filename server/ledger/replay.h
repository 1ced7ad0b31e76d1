#pragma once
/// Private to this folder: the ledger made again from its log, in memory.

#include "server/ledger/tables.h"
#include "shared/protocol/merkle.h"

#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tally::server {

class LedgerReplay final : private LedgerView
{
public:
    struct Line
    {
        std::int64_t position = 0;
        std::int64_t line = 0;
        Posting posting;

        bool operator==(const Line&) const = default;
    };

    /// Applies the next leaf. Fails as apply_leaf does: then the log breaks the ledger's own rules.
    Result<void> apply(const Leaf& leaf, std::int64_t position);

    [[nodiscard]] const std::unordered_map<Uuid, EntryStanding>& standings() const { return m_standings; }
    [[nodiscard]] const std::vector<Line>& lines() const { return m_lines; }
    [[nodiscard]] const std::map<BalanceKey, BalanceSum>& balances() const { return m_balances; }
    /// Entry and the position of a row of the log that speaks of it.
    [[nodiscard]] const std::set<std::pair<Uuid, std::int64_t>>& mentions() const { return m_mentions; }
    [[nodiscard]] const std::map<std::int64_t, FlagStanding>& flags() const { return m_flags; }
    [[nodiscard]] const std::map<Quarter, std::int64_t>& closings() const { return m_closings; }

private:
    const EntryStanding* entry(const Uuid& id) override;
    std::optional<FlagStanding> flag(std::int64_t position) override;
    std::vector<FlagStanding> flags_of(const Uuid& entry) override;
    std::vector<Uuid> entries_of_person(std::string_view person) override;
    std::vector<Uuid> parts_of(const Uuid& entry) override;
    std::optional<Quarter> closed_through() override;

    std::unordered_map<Uuid, EntryStanding> m_standings;
    std::vector<Line> m_lines;
    std::map<BalanceKey, BalanceSum> m_balances;
    std::set<std::pair<Uuid, std::int64_t>> m_mentions;
    std::map<std::int64_t, FlagStanding> m_flags;
    std::unordered_map<Uuid, std::vector<std::int64_t>> m_flags_by_entry;
    std::map<std::string, std::vector<Uuid>, std::less<>> m_entries_by_person;
    std::unordered_map<Uuid, std::vector<Uuid>> m_parts;
    std::map<Quarter, std::int64_t> m_closings;
};

} // namespace tally::server
