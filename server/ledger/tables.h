#pragma once
/// Private to this folder: rows of the derived tables to and from what they mean.

#include "server/ledger/ledger.h"
#include "server/ledger/posting.h"
#include "shared/storage/database.h"

#include <compare>
#include <functional>
#include <string>

namespace tally::server {

/// What a balance is about: the key of ledger_balances.
struct BalanceKey
{
    std::string contract;
    std::string quarter;
    std::string framework;
    std::string framework_version;
    std::string kind;
    std::string measure;
    std::string value_class;
    bool held = false;
    std::string work_quarter;
    std::string place;
    std::string verification;
    std::string phase;

    auto operator<=>(const BalanceKey&) const = default;
};

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

void insert_standing(storage::Database& database, const EntryStanding& standing);
void update_standing(storage::Database& database, const EntryStanding& standing);
[[nodiscard]] std::optional<EntryStanding> find_standing(storage::Database& database, const Uuid& id);
void for_each_standing(storage::Database& database, const std::function<void(EntryStanding&&)>& each);

void insert_posting(storage::Database& database, std::int64_t position, std::int64_t line,
                    const Posting& posting);
/// In order of position and line.
void for_each_posting(
    storage::Database& database,
    const std::function<void(std::int64_t position, std::int64_t line, Posting&& posting)>& each);

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
