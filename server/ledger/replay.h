#pragma once
/// Private to this folder: the ledger made again from its log, in memory.

#include "server/ledger/standing_store.h"
#include "server/ledger/tables.h"

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tally::server {

class LedgerReplay final : private LedgerView
{
public:
    using Ordinal = StandingStore::Ordinal;

    struct Total
    {
        BalanceSum sum;
        std::int64_t last_entry = 0; ///< position of the entry that posted to it last
    };

    /// A row of the log that speaks of an entry beside receiving it.
    struct Mention
    {
        Ordinal entry = 0;
        std::int64_t position = 0;
    };

    /// Applies the next leaf and adds to `lines` what it posts. Fails as apply_leaf does: then the log breaks
    /// the ledger's own rules.
    Result<void> apply(const Leaf& leaf, std::int64_t position, std::vector<PostingLine>& lines);

    [[nodiscard]] const StandingStore& standings() const { return m_standings; }
    [[nodiscard]] const BalanceMap<Total>& balances() const { return m_balances; }
    /// In order of position.
    [[nodiscard]] const std::vector<Mention>& mentions() const { return m_mentions; }
    [[nodiscard]] const std::map<std::int64_t, FlagStanding>& flags() const { return m_flags; }
    [[nodiscard]] const std::map<Quarter, std::int64_t>& closings() const { return m_closings; }
    /// How many people each entry names, of those that name any.
    [[nodiscard]] const std::map<Ordinal, std::size_t>& persons() const { return m_persons; }

private:
    const EntryStanding* entry(const Uuid& id) override;
    std::optional<FlagStanding> flag(std::int64_t position) override;
    std::vector<FlagStanding> flags_of(const Uuid& entry) override;
    std::vector<Uuid> entries_of_person(std::string_view person) override;
    std::vector<Uuid> parts_of(const Uuid& entry) override;
    std::optional<Quarter> closed_through() override;

    void keep(EntryStanding&& standing, std::int64_t position);

    StandingStore m_standings;
    std::deque<EntryStanding> m_asked; ///< for the leaf that is being applied
    BalanceMap<Total> m_balances;
    std::vector<Mention> m_mentions;
    std::map<std::int64_t, FlagStanding> m_flags;
    std::unordered_map<Uuid, std::vector<std::int64_t>> m_flags_by_entry;
    std::unordered_map<std::string, std::vector<Uuid>> m_entries_by_person;
    std::unordered_map<Uuid, std::vector<Uuid>> m_parts;
    std::map<Ordinal, std::size_t> m_persons;
    std::map<Quarter, std::int64_t> m_closings;
};

} // namespace tally::server
