#pragma once
/// The rules of the ledger, written a second time and apart from the server: who may decide on what, and
/// what the totals are. Balances are not followed line by line as the server does, and no entry remembers
/// what it was before: what was said about an entry and not taken back says where it stands, and totals
/// are the sum over all entries of where each stands in the end. So one way checks the other.

#include "server/verify/leaf_form.h"
#include "shared/domain/quantity.h"

#include <compare>
#include <cstdint>
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

/// How many rows of each sort there are.
struct RowCounts
{
    std::uint64_t decisions = 0; ///< of a person, on an entry or on a flag
    std::uint64_t flags = 0;
    std::uint64_t open_flags = 0; ///< in the end
    std::uint64_t erasures = 0;
    std::uint64_t closings = 0;
};

class Rules
{
public:
    /// Applies the row of the log at this position. Fails with a code of its own for each rule, and then
    /// the row has no effect.
    Result<void> apply(std::uint64_t position, const LeafFields& leaf);

    /// What has to be true once the last row was applied. Fails with `split_unfinished`.
    [[nodiscard]] Result<void> check_end() const;
    /// By contract and measure. Fails with `overflow`.
    [[nodiscard]] Result<std::map<TotalKey, Total>> totals() const;
    [[nodiscard]] std::uint64_t entries() const { return m_entries.size(); }
    [[nodiscard]] RowCounts counts() const;
    /// "2026-Q1": it and all before it are closed; empty when none is.
    [[nodiscard]] const std::string& closed_through() const { return m_closed_through; }

private:
    /// The last decision on an entry that was not taken back.
    enum class Verdict : std::uint8_t
    {
        None,
        Queried,
        Accepted,
        Declined,
        Split,
    };

    enum class Place : std::uint8_t
    {
        Open, ///< waits for a decision, also while queried
        Accepted,
        Declined,
        Split,
        Duplicate,
        Gone, ///< replaced, withdrawn, erased before a decision, or a part that was put together again
    };

    enum class Aggregate : std::uint8_t
    {
        Sum,
        Latest,
        Once,
    };

    struct Entry
    {
        Uuid device;
        Entry* earlier = nullptr;  ///< which it changes, or of which it is a part
        Entry* replaces = nullptr; ///< the accepted entry whose place it took
        const std::string* author = nullptr;
        const std::string* kind = nullptr;
        const std::string* quarter = nullptr;
        const TotalKey* total = nullptr;
        Quantity quantity;
        Money value;
        std::int64_t proxy = 0;
        std::uint64_t position = 0;
        Verdict verdict = Verdict::None;
        Aggregate aggregate = Aggregate::Sum;
        bool has_quantity = false;
        bool has_proxy = false;
        bool has_value = false;
        bool held = false;
        bool released = false;
        bool withdraws = false;
        bool is_part = false;
        bool counts_persons = false;
        /// A change of an accepted entry: stands in no total until it is accepted itself.
        bool beside = false;
        bool ended = false;     ///< a later change has its place, or it was a withdrawal that took effect
        bool duplicate = false; ///< a resolved flag says so
        bool erased = false;
    };

    struct Flag
    {
        std::string rule;
        std::vector<Entry*> entries;
        bool resolved = false;
        Entry* kept = nullptr;
    };

    /// What a divided entry still has to be divided into.
    struct Division
    {
        std::int64_t parts_left = 0;
        std::int64_t quantity_left = 0;
    };

    Result<void> receive(std::uint64_t position, const LeafFields& leaf);
    Result<void> receive_part(const Uuid& id, Entry part, const LeafFields& leaf);
    Result<void> receive_change(Entry& change, Entry* target);
    Result<void> decide(const LeafFields& leaf);
    Result<void> accept(Entry& entry);
    Result<void> reverse(Entry& entry);
    Result<void> release(Entry& entry, bool released);
    Result<void> split(const LeafFields& leaf);
    Result<void> raise_flag(std::uint64_t position, const LeafFields& leaf);
    Result<void> resolve(const LeafFields& leaf);
    Result<void> reopen(const LeafFields& leaf);
    Result<void> erase(const LeafFields& leaf);
    Result<void> close(const LeafFields& leaf);

    [[nodiscard]] static Place place_of(const Entry& entry);
    [[nodiscard]] static bool stands(const Entry& entry);
    [[nodiscard]] static bool was_captured_by(const Entry& entry, std::string_view person);
    [[nodiscard]] static bool is_open(const Flag& flag);
    /// A part is held with the entry that was divided.
    [[nodiscard]] bool is_held_by_flag(const Entry& entry) const;
    [[nodiscard]] bool counts_in_totals(const Entry& entry) const;
    [[nodiscard]] Result<Flag*> flag_of(const LeafFields& leaf);
    /// Of each entry that names people: how many of them no earlier entry counts.
    [[nodiscard]] std::unordered_map<const Entry*, std::int64_t> count_persons() const;
    [[nodiscard]] Entry* find(const Uuid& id);
    [[nodiscard]] const std::string* kept(std::string_view text);

    std::unordered_map<Uuid, Entry> m_entries;               ///< addresses stay while it grows
    std::map<std::string, std::string, std::less<>> m_texts; ///< each text once: names repeat in every row
    std::map<TotalKey, Total> m_keys;                        ///< for its keys, to which entries point
    std::map<std::uint64_t, Flag> m_flags;                   ///< by the position that names it
    std::unordered_map<const Entry*, std::vector<std::uint64_t>> m_flags_of;
    std::unordered_map<const Entry*, std::vector<const std::string*>> m_persons_of;
    std::unordered_map<const Entry*, std::vector<Entry*>> m_parts_of;
    std::unordered_map<const Entry*, Division> m_divisions;
    std::string m_closed_through;
    RowCounts m_counts;
};

} // namespace tally::verify
