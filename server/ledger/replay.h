#pragma once
/// Private to this folder: the ledger made again from its log, in memory.

#include "shared/protocol/merkle.h"
#include "server/ledger/tables.h"

#include <map>
#include <unordered_map>
#include <vector>

namespace tally::server {

class LedgerReplay
{
public:
    struct Line
    {
        std::int64_t position = 0;
        std::int64_t line = 0;
        Uuid entry;
        Posting posting;

        bool operator==(const Line&) const = default;
    };

    /// Applies the next leaf. Fails as apply_leaf does: then the log breaks the ledger's own rules.
    Result<void> apply(const Leaf& leaf, std::int64_t position);

    [[nodiscard]] const std::unordered_map<Uuid, EntryStanding>& standings() const { return m_standings; }
    [[nodiscard]] const std::vector<Line>& lines() const { return m_lines; }
    [[nodiscard]] const std::map<BalanceKey, BalanceSum>& balances() const { return m_balances; }
    /// Position of each decision and the entry that it is about.
    [[nodiscard]] const std::map<std::int64_t, Uuid>& decisions() const { return m_decisions; }

private:
    std::unordered_map<Uuid, EntryStanding> m_standings;
    std::vector<Line> m_lines;
    std::map<BalanceKey, BalanceSum> m_balances;
    std::map<std::int64_t, Uuid> m_decisions;
};

} // namespace tally::server
