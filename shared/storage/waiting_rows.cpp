#include "shared/storage/session.h"

#include <bit>
#include <utility>

namespace tally::storage::detail {
namespace {

/// SQLite calls cost little, but rows of one table in a row find their page at hand; PostgreSQL's cost a
/// round trip each.
constexpr std::size_t rows_max(Dialect dialect)
{
    return dialect == Dialect::Sqlite ? 16 : 64;
}

} // namespace

void WaitingRows::add(Database& database, std::string_view insert, std::span<const Parameter> values)
{
    m_database = &database;
    Table& table = table_of(insert, values.size());
    TALLY_ASSERT(table.columns == values.size());
    for (const auto& value : values) {
        table.values.push_back(
            {value.kind, value.is_null, value.integer, table.bytes.size(), value.bytes.size()});
        table.bytes.append(value.bytes);
    }
    ++m_count;
    if (table.values.size() == table.columns * rows_max(database.dialect()))
        write(table);
}

void WaitingRows::flush()
{
    if (m_count == 0)
        return;
    for (const auto& table : m_tables)
        write(*table);
}

void WaitingRows::flush_for(CachedStatement& statement)
{
    if (m_count == 0)
        return;
    const std::string_view text = statement.text;
    const bool names_its_tables = text.starts_with("SELECT") || text.starts_with("INSERT") ||
                                  text.starts_with("UPDATE") || text.starts_with("DELETE");
    if (!names_its_tables) {
        flush(); // the end of a transaction, or of a part of it
        return;
    }
    statement.names_table.resize(m_tables.size());
    for (std::size_t i = 0; i < m_tables.size(); ++i) {
        auto& names = statement.names_table[i];
        if (names == 0)
            names = text.find(m_tables[i]->name) != std::string_view::npos ? 1 : -1;
        if (names > 0 && !m_tables[i]->values.empty())
            write(*m_tables[i]);
    }
}

void WaitingRows::clear()
{
    for (const auto& table : m_tables) {
        table->values.clear();
        table->bytes.clear();
    }
    m_count = 0;
    m_failed = false;
}

WaitingRows::Table& WaitingRows::table_of(std::string_view insert, std::size_t columns)
{
    for (const auto& table : m_tables)
        if (table->insert == insert)
            return *table;
    auto made = std::make_unique<Table>();
    made->insert = insert;
    // "INSERT INTO name (": a longer name with this one in it is written too early at worst.
    constexpr std::string_view before = "INSERT INTO ";
    TALLY_ASSERT(insert.starts_with(before));
    made->name = insert.substr(before.size(), insert.find(' ', before.size()) - before.size());
    made->columns = columns;
    made->statements.resize(std::bit_width(rows_max(Dialect::Postgres)));
    m_tables.push_back(std::move(made));
    return *m_tables.back();
}

void WaitingRows::write(Table& table)
{
    std::size_t left = table.values.size() / table.columns;
    auto value = table.values.begin();
    m_count -= left;
    const bool failed_before = std::exchange(m_failed, true);
    while (left > 0) {
        // Powers of two keep the number of statement texts small.
        const auto power = static_cast<std::size_t>(std::bit_width(left)) - 1;
        const std::size_t rows = std::size_t{1} << power;
        m_parameters.clear();
        for (std::size_t i = 0; i < rows * table.columns; ++i, ++value)
            m_parameters.push_back({value->kind, value->is_null, value->integer,
                                    std::string_view(table.bytes).substr(value->offset, value->size)});
        statement_of(table, power).run_waiting(m_parameters);
        left -= rows;
    }
    m_failed = failed_before;
    table.values.clear();
    table.bytes.clear();
}

Statement& WaitingRows::statement_of(Table& table, std::size_t power)
{
    auto& statement = table.statements[power];
    if (!statement) {
        std::string text = table.insert;
        std::size_t parameter = 0;
        for (std::size_t row = 0; row < std::size_t{1} << power; ++row) {
            text += row == 0 ? " (" : ", (";
            for (std::size_t column = 0; column < table.columns; ++column)
                text += (column == 0 ? ":p" : ", :p") + std::to_string(parameter++);
            text += ")";
        }
        statement = m_database->prepare(text);
    }
    return *statement;
}

} // namespace tally::storage::detail
