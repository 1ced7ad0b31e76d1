#include "server/ledger/ledger.h"

#include "server/ledger/tables.h"
#include "shared/base/encoding.h"

namespace tally::server {
namespace {

using RowTuple = std::tuple<std::int64_t, std::string, std::string>;

LogRow to_log_row(RowTuple&& row)
{
    return LogRow{std::get<0>(row), std::move(std::get<1>(row)), std::move(std::get<2>(row))};
}

} // namespace

std::vector<Balance> read_balances(storage::Database& database, std::string_view contract)
{
    std::vector<Balance> balances;
    for_each_balance(database, [&](BalanceKey&& key, const BalanceSum& sum) {
        const bool zero = sum.entries == 0 && sum.quantity.parts == 0 && sum.value.parts == 0;
        if (zero || (!contract.empty() && key.contract != contract))
            return;
        Balance balance;
        balance.phase = key.phase == name_of(Phase::Claimed) ? Phase::Claimed : Phase::Confirmed;
        balance.contract = std::move(key.contract);
        balance.framework = std::move(key.framework);
        balance.framework_version = std::move(key.framework_version);
        balance.kind = std::move(key.kind);
        balance.measure = std::move(key.measure);
        balance.value_class = std::move(key.value_class);
        balance.held = key.held;
        balance.quarter = std::move(key.quarter);
        balance.place = std::move(key.place);
        balance.entries = sum.entries;
        balance.quantity = sum.quantity;
        balance.value = sum.value;
        balances.push_back(std::move(balance));
    });
    return balances;
}

std::vector<LogRow> read_log(storage::Database& database, std::optional<std::int64_t> before,
                             std::size_t limit)
{
    std::vector<LogRow> rows;
    for (auto& row : database.query<std::int64_t, std::string, std::string>(
             "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position < :before ORDER BY position "
             "DESC "
             "LIMIT :limit",
             before.value_or(INT64_MAX), static_cast<std::int64_t>(limit)))
        rows.push_back(to_log_row(std::move(row)));
    return rows;
}

std::optional<LogRow> read_log_row(storage::Database& database, std::int64_t position)
{
    auto row = database.query_one<std::int64_t, std::string, std::string>(
        "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position = :position", position);
    return row ? std::optional(to_log_row(std::move(*row))) : std::nullopt;
}

std::optional<Checkpoint> latest_checkpoint(storage::Database& database)
{
    const auto row = database.query_one<std::int64_t, std::string, std::string, std::int64_t>(
        "SELECT tree_size, root, note, signed_at FROM ledger_checkpoints ORDER BY tree_size DESC LIMIT 1");
    if (!row)
        return std::nullopt;
    const auto root = from_hex(std::get<1>(*row));
    return Checkpoint{std::get<0>(*row), root ? *root : std::string(), std::get<2>(*row),
                      Timestamp{std::get<3>(*row)}};
}

} // namespace tally::server
