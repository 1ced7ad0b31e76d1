#pragma once
/// Private to this folder: rows of the derived tables to and from what they mean.

#include "server/ledger/ledger.h"
#include "server/ledger/posting.h"
#include "shared/storage/database.h"

#include <array>
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tally::server {

/// What a balance is about: the key of ledger_balances.
struct BalanceKey
{
    std::string contract;
    Quarter quarter;
    std::string framework;
    std::string framework_version;
    std::string kind;
    std::string measure;
    std::string value_class;
    bool held = false;
    Quarter work_quarter;
    std::string place;
    std::string verification;
    Phase phase = Phase::Claimed;

    auto operator<=>(const BalanceKey&) const = default;
};

/// Finds the balance of a posting without making its key.
struct BalanceHash
{
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(const auto& any) const noexcept
    {
        std::size_t hash = static_cast<std::size_t>(any.quarter.year * 4 + any.quarter.number) * 2 +
                           static_cast<std::size_t>(any.phase);
        for (const std::string_view text : {std::string_view(any.contract), std::string_view(any.measure),
                                            std::string_view(any.place), std::string_view(any.verification)})
            hash = hash * 31 + std::hash<std::string_view>{}(text);
        return hash;
    }
};
struct BalanceEqual
{
    using is_transparent = void;
    [[nodiscard]] bool operator()(const auto& a, const auto& b) const
    {
        return a.quarter == b.quarter && a.work_quarter == b.work_quarter && a.phase == b.phase &&
               a.held == b.held && a.measure == b.measure && a.place == b.place && a.contract == b.contract &&
               a.verification == b.verification && a.kind == b.kind && a.value_class == b.value_class &&
               a.framework == b.framework && a.framework_version == b.framework_version;
    }
};
template <typename T>
using BalanceMap = std::unordered_map<BalanceKey, T, BalanceHash, BalanceEqual>;

struct BalanceSum
{
    std::int64_t entries = 0;
    Quantity quantity;
    Money value;

    bool operator==(const BalanceSum&) const = default;
};

[[nodiscard]] BalanceKey key_of(const Posting& posting);
/// Fails with `overflow`, changing nothing.
[[nodiscard]] Result<void> add_to(BalanceSum& sum, const Posting& posting);

/// A row of ledger_entries. Views live as long as what they were made from.
struct StandingRow
{
    std::int64_t position = 0;
    Uuid id;
    std::optional<Uuid> amends;
    std::optional<Uuid> root; ///< none when it is the entry itself
    std::optional<Uuid> part_of;
    EvidenceKind kind = EvidenceKind::Hours;
    std::string_view contract;
    std::string_view measure;
    Quarter quarter;
    std::optional<std::string> latest; ///< last day of the work, for Counting::Latest
    EntryState state = EntryState::Waiting;
    std::optional<EntryState> before;
    bool counts = true;
    std::optional<std::int64_t> decided;
    std::optional<Uuid> ended;
    bool flagged = false;
    bool held_by_flag = false;
    bool released = false;
    bool erased = false;
    std::int64_t persons_counted = 0;
    std::int64_t parts_left = 0;
    std::int64_t quantity_left = 0;
};

[[nodiscard]] StandingRow row_of(const EntryStanding& standing);
void insert_standing_row(storage::Database& database, const StandingRow& row);
/// The row, and whom it counts.
void insert_standing(storage::Database& database, const EntryStanding& standing);
void insert_persons(storage::Database& database, const EntryFacts& facts);

/// A row of ledger_entries as it stands there, whatever somebody may have made of it.
struct StoredStanding
{
    std::array<std::optional<std::int64_t>, 10> numbers;
    std::array<std::optional<std::string_view>, 12> texts;

    [[nodiscard]] std::int64_t position() const { return numbers[0].value_or(INT64_MIN); }
    [[nodiscard]] std::string id() const { return std::string(texts[0].value_or("?")); }
    /// Every value of it.
    [[nodiscard]] bool says(const StandingRow& row) const;
};
/// In order of position. Good until the callback returns.
void for_each_stored_standing(storage::Database& database,
                              const std::function<void(const StoredStanding&)>& each);
void update_standing(storage::Database& database, const EntryStanding& standing);
[[nodiscard]] std::optional<EntryStanding> find_standing(storage::Database& database, const Uuid& id);
/// Those of a contract that count and of which only the newest figure stands, in the order in which one
/// replaces another.
void for_each_latest(storage::Database& database, std::string_view contract,
                     const std::function<void(EntryStanding&&)>& each);

/// A row of ledger_postings: what a posting adds to the facts of its entry.
struct PostingLine
{
    std::int64_t position = 0; ///< of the row of the log that caused it
    std::int64_t line = 0;
    std::int64_t entry = 0; ///< position of the entry
    Phase phase = Phase::Claimed;
    bool held = false;
    Quarter quarter;
    std::int64_t entries = 0;
    Quantity quantity;
    Money value;

    bool operator==(const PostingLine&) const = default;
};

/// The lines of a leaf at `position`, in order. Every posting is about one of the change's standings.
void append_lines(const LedgerChange& change, std::int64_t position, std::vector<PostingLine>& lines);
void insert_posting(storage::Database& database, const PostingLine& line);
/// Rows of the log from `from` to before `end`, in order of position and line; nothing for a row that holds a
/// word that the program does not know.
void for_each_posting(storage::Database& database, std::int64_t from, std::int64_t end,
                      const std::function<void(std::int64_t position, std::int64_t line,
                                               const std::optional<PostingLine>&)>& each);

void insert_log_row(storage::Database& database, std::int64_t position, std::string_view leaf,
                    std::string_view hash);

[[nodiscard]] std::vector<Uuid> find_entries_of_person(storage::Database& database, std::string_view person);
[[nodiscard]] std::vector<Uuid> find_parts(storage::Database& database, const EntryStanding& whole);

/// Adds the flag or replaces it.
void store_flag(storage::Database& database, const FlagStanding& flag);
[[nodiscard]] std::optional<FlagStanding> find_flag(storage::Database& database, std::int64_t position);
/// In order of position.
[[nodiscard]] std::vector<FlagStanding> find_flags_of(storage::Database& database, const Uuid& entry);

void insert_mention(storage::Database& database, const Uuid& entry, std::int64_t position);
void insert_closing(storage::Database& database, Quarter quarter, std::int64_t position);
[[nodiscard]] std::optional<Quarter> find_closed_through(storage::Database& database);

/// The entries of which a row of the log speaks, beside receiving one.
[[nodiscard]] std::vector<Uuid> mentioned_by(const Leaf& leaf, const LedgerChange& change);

[[nodiscard]] BalanceSum find_balance(storage::Database& database, const BalanceKey& key);
void store_balance(storage::Database& database, const BalanceKey& key, const BalanceSum& sum);
/// Of one contract, or of all when it is empty.
void for_each_balance(storage::Database& database,
                      const std::function<void(BalanceKey&&, const BalanceSum&)>& each,
                      std::string_view contract = {});

} // namespace tally::server
