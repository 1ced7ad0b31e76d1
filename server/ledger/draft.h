#pragma once
/// Private to this folder: the changes that one leaf makes while it is applied. Rules edit standings
/// here; what follows from that (holds, persons counted once, postings) is worked out at the end, so that
/// no rule has to think of balances.

#include "server/ledger/posting.h"

#include <deque>
#include <set>

namespace tally::server {

class Draft
{
public:
    Draft(LedgerView& view, std::int64_t position) : m_view(view), m_position(position) {}

    /// As it stands in this draft; nullptr when there is none.
    [[nodiscard]] const EntryStanding* find(const Uuid& id);
    /// The entry must exist. Good until the draft ends.
    EntryStanding& edit(const Uuid& id);
    EntryStanding& add(EntryStanding fresh);
    void set_flag(FlagStanding flag);
    void close(Quarter quarter) { m_closed = quarter; }

    [[nodiscard]] LedgerView& view() { return m_view; }
    [[nodiscard]] std::int64_t position() const { return m_position; }

    /// Fails with `overflow`.
    [[nodiscard]] Result<LedgerChange> finish();

private:
    struct Slot
    {
        std::optional<EntryStanding> before;
        EntryStanding now;
    };

    [[nodiscard]] Slot* slot(const Uuid& id);
    [[nodiscard]] std::vector<FlagStanding> flags_of(const Uuid& id);
    [[nodiscard]] bool is_open_flag(const FlagStanding& flag);
    [[nodiscard]] bool is_under_open_flag(const Uuid& id);
    void set_held(const Uuid& id, bool held);
    void settle_holds();
    void settle_persons();
    [[nodiscard]] std::optional<Uuid> who_counts(std::string_view person, const EntryStanding& like,
                                                 bool before);
    [[nodiscard]] Result<void> post(const Slot& slot, std::vector<Posting>& postings);

    LedgerView& m_view;
    std::int64_t m_position;
    std::deque<Slot> m_slots;
    std::optional<FlagStanding> m_flag;
    std::optional<Quarter> m_closed;
};

} // namespace tally::server
