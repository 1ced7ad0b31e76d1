#include "server/ledger/ledger.h"

#include "server/ledger/tables.h"
#include "shared/base/encoding.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

namespace tally::server {
namespace {

using RowTuple = std::tuple<std::int64_t, std::string, storage::sql::Blob>;

LogRow to_log_row(RowTuple&& row)
{
    return LogRow{std::get<0>(row), std::move(std::get<1>(row)), to_hex(std::get<2>(row).bytes)};
}

/// The newest of each framework, version, measure, phase and `span`.
std::vector<LatestFigure> newest_figures(storage::Database& database, std::string_view contract,
                                         const std::function<std::string(const LatestFigure&)>& span)
{
    // In the order in which one figure replaces another; so the last of each key stands.
    std::map<std::tuple<std::string, std::string, std::string, Phase, std::string>, LatestFigure> newest;
    for_each_latest(database, contract, [&](EntryStanding&& standing) {
        auto& facts = standing.facts;
        if (!facts.quantity || !facts.until)
            return;
        LatestFigure figure;
        figure.phase = standing.state == EntryState::Accepted ? Phase::Confirmed : Phase::Claimed;
        figure.entry = facts.id;
        figure.position = standing.position;
        figure.until = *facts.until;
        figure.framework = std::move(facts.framework);
        figure.framework_version = std::move(facts.framework_version);
        figure.measure = std::move(facts.measure);
        figure.quarter = format_quarter(facts.quarter);
        figure.quantity = *facts.quantity;
        std::tuple key(figure.framework, figure.framework_version, figure.measure, figure.phase,
                       span(figure));
        newest.insert_or_assign(std::move(key), std::move(figure));
    });
    std::vector<LatestFigure> figures;
    for (auto& [key, figure] : newest)
        figures.push_back(std::move(figure));
    return figures;
}

} // namespace

std::vector<Balance> read_balances(storage::Database& database, std::string_view contract)
{
    std::vector<Balance> balances;
    const auto keep = [&](BalanceKey&& key, const BalanceSum& sum) {
        if (sum.entries == 0 && sum.quantity.parts == 0 && sum.value.parts == 0)
            return;
        Balance balance;
        balance.phase = key.phase;
        balance.contract = std::move(key.contract);
        balance.framework = std::move(key.framework);
        balance.framework_version = std::move(key.framework_version);
        balance.kind = std::move(key.kind);
        balance.measure = std::move(key.measure);
        balance.value_class = std::move(key.value_class);
        balance.held = key.held;
        balance.quarter = format_quarter(key.quarter);
        balance.work_quarter = format_quarter(key.work_quarter);
        balance.place = std::move(key.place);
        balance.verification = std::move(key.verification);
        balance.entries = sum.entries;
        balance.quantity = sum.quantity;
        balance.value = sum.value;
        balances.push_back(std::move(balance));
    };
    for_each_balance(database, keep, contract);
    return balances;
}

std::vector<QuarterTotal> read_quarter_totals(storage::Database& database)
{
    // Adding up here is quicker than the database's grouping, which sorts all rows first.
    std::vector<QuarterTotal> totals;
    database.for_each<std::string_view, std::string_view, std::int64_t, std::int64_t, std::int64_t>(
        "SELECT quarter, phase, held, entries, value FROM ledger_balances",
        [&](std::string_view quarter, std::string_view phase_name, std::int64_t held, std::int64_t entries,
            std::int64_t value) {
            const auto phase = phase_name == name_of(Phase::Claimed) ? Phase::Claimed : Phase::Confirmed;
            auto total = std::find_if(totals.begin(), totals.end(), [&](const QuarterTotal& other) {
                return other.quarter == quarter && other.phase == phase && other.held == (held != 0);
            });
            if (total == totals.end())
                total = totals.insert(totals.end(), {std::string(quarter), phase, held != 0, 0, Money{}});
            const auto sum = add(total->value, Money{value});
            if (!sum)
                throw storage::DatabaseError(storage::Failure::Other, "The total of a quarter is too large.");
            total->value = *sum;
            total->entries += entries;
        });
    std::sort(totals.begin(), totals.end(), [](const QuarterTotal& a, const QuarterTotal& b) {
        return std::tie(a.quarter, a.phase, a.held) < std::tie(b.quarter, b.phase, b.held);
    });
    return totals;
}

std::vector<LatestFigure> read_latest_figures(storage::Database& database, std::string_view contract)
{
    return newest_figures(database, contract, [](const LatestFigure&) { return std::string(); });
}

std::vector<LatestFigure> read_latest_figures_by_quarter(storage::Database& database,
                                                         std::string_view contract)
{
    return newest_figures(database, contract, [](const LatestFigure& figure) { return figure.quarter; });
}

std::optional<Quarter> read_closed_through(storage::Database& database)
{
    return find_closed_through(database);
}

std::vector<Closing> read_closings(storage::Database& database)
{
    std::vector<Closing> closings;
    database.for_each<std::string, std::int64_t>(
        "SELECT quarter, position FROM ledger_closings ORDER BY quarter DESC",
        [&](std::string&& quarter, std::int64_t&& position) {
            if (const auto parsed = parse_quarter(quarter))
                closings.push_back({*parsed, position});
        });
    return closings;
}

std::vector<LogRow> read_log(storage::Database& database, std::optional<std::int64_t> before,
                             std::size_t limit)
{
    std::vector<LogRow> rows;
    for (auto& row : database.query<std::int64_t, std::string, storage::sql::Blob>(
             "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position < :before ORDER BY position "
             "DESC "
             "LIMIT :limit",
             before.value_or(INT64_MAX), static_cast<std::int64_t>(limit)))
        rows.push_back(to_log_row(std::move(row)));
    return rows;
}

std::optional<LogRow> read_log_row(storage::Database& database, std::int64_t position)
{
    auto row = database.query_one<std::int64_t, std::string, storage::sql::Blob>(
        "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position = :position", position);
    return row ? std::optional(to_log_row(std::move(*row))) : std::nullopt;
}

std::optional<Checkpoint> latest_checkpoint(storage::Database& database)
{
    const auto row = database.query_one<std::int64_t, std::string, std::string, std::int64_t>(
        "SELECT tree_size, root, COALESCE((SELECT s.note FROM checkpoint_signed_again s "
        "WHERE s.tree_size = c.tree_size), note), signed_at FROM ledger_checkpoints c "
        "ORDER BY tree_size DESC LIMIT 1");
    if (!row)
        return std::nullopt;
    const auto root = from_hex(std::get<1>(*row));
    return Checkpoint{std::get<0>(*row), root ? *root : std::string(), std::get<2>(*row),
                      Timestamp{std::get<3>(*row)}};
}

} // namespace tally::server
