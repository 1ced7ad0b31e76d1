#pragma once
/// The rules of the ledger, written a second time and apart from the server: who may decide on what, and
/// what the totals are. Balances are not followed line by line as the server does; they are the sum over
/// all entries of where each stands in the end, so that one way checks the other.

#include "server/verify/leaf_form.h"
#include "shared/domain/quantity.h"

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace tally::verify {

struct TotalKey
{
    std::string contract; ///< empty when the entry names none
    std::string framework;
    std::string version;
    std::string measure; ///< empty for stories and feedback
    std::string value_class;

    auto operator<=>(const TotalKey&) const = default;
};

struct Sum
{
    std::int64_t entries = 0;
    Quantity quantity;
    Money value;

    bool operator==(const Sum&) const = default;
};

/// Held value is no part of claimed or confirmed.
struct Total
{
    Sum claimed;
    Sum confirmed;
    Sum held_claimed;
    Sum held_confirmed;
};

class Rules
{
public:
    /// Applies the next row of the log. Fails with a code of its own for each rule, and then the row has no
    /// effect.
    Result<void> apply(const LeafFields& leaf);

    /// By contract and measure. Fails with `overflow`.
    [[nodiscard]] Result<std::map<TotalKey, Total>> totals() const;
    [[nodiscard]] std::uint64_t entries() const { return m_entries.size(); }
    [[nodiscard]] std::uint64_t decisions() const { return m_decisions; }

private:
    enum class State
    {
        Waiting,
        Queried,
        Accepted,
        Declined,
        Replaced,
        Withdrawn
    };

    struct Entry
    {
        Uuid device;
        Uuid amends; ///< nil for a capture
        const std::string* author = nullptr;
        const std::string* kind = nullptr;
        const TotalKey* total = nullptr;
        Quantity quantity;
        Money value;
        bool held = false;
        bool withdraws = false;
        State state = State::Waiting;
        std::optional<State> before; ///< what taking the last decision back restores
        bool decided = false;
        /// False for a change of an accepted entry that waits for its own decision.
        bool stands = true;
    };

    Result<void> receive(const LeafFields& leaf);
    Result<void> decide(const LeafFields& leaf);
    Result<void> accept(Entry& entry);
    Result<void> reverse(Entry& entry);
    [[nodiscard]] bool was_captured_by(const Entry& entry, std::string_view person) const;
    /// The accepted entry whose place this one takes or wants to take.
    [[nodiscard]] Entry* accepted_before(const Entry& entry);
    [[nodiscard]] Entry* find(const Uuid& id);
    [[nodiscard]] const std::string* kept(std::string_view text);
    static void end(Entry& entry, State state);

    std::unordered_map<Uuid, Entry> m_entries;
    std::map<std::string, std::string, std::less<>> m_texts; ///< each text once: names repeat in every row
    std::map<TotalKey, Total> m_keys;                        ///< for its keys, to which entries point
    std::uint64_t m_decisions = 0;
};

} // namespace tally::verify
