#pragma once
/// What stands behind Database: the only header of ours that includes SOCI. For this folder alone.

#include "shared/storage/database.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tally::storage {

namespace detail {

class WaitingRows;

/// One parameter of PostgreSQL at an address that SOCI keeps.
struct BoundValue
{
    Kind kind = Kind::Text;
    soci::indicator indicator = soci::i_null;
    long long integer = 0;
    std::string bytes; ///< text, or the text form of bytes
};

/// A SQL text made ready. On PostgreSQL for one combination of parameter and column types; on SQLite
/// values have their own types, and go to and from the statement without a copy.
struct Binding
{
    explicit Binding(soci::session& session) : statement(session) {}

    soci::statement statement;
    std::vector<BoundValue> parameters;
    std::vector<Cell> cells;
    std::vector<soci::indicator> indicators; ///< of the cells
    bool running = false;
};

struct CachedStatement
{
    soci::session* session = nullptr;
    Dialect dialect = Dialect::Sqlite;
    std::string text;
    std::vector<std::string> names; ///< parameters in order of first appearance
    WaitingRows* waiting = nullptr; ///< of the session
    /// Which tables of the waiting rows this statement names, as far as it was asked; 0 for not yet.
    std::vector<signed char> names_table;
    /// Nearly always one: the types at a call site do not change.
    std::vector<std::unique_ptr<Binding>> bindings;
};

/// Rows that wait for add_row, in the order in which their tables were first named.
class WaitingRows
{
public:
    void add(Database& database, std::string_view insert, std::span<const Parameter> values);
    /// Writes them all.
    void flush();
    /// Writes those that the statement could miss.
    void flush_for(CachedStatement& statement);
    /// Forgets them: their transaction is over.
    void clear();
    /// Writing them failed, so the transaction must not be committed.
    [[nodiscard]] bool failed() const { return m_failed; }

private:
    struct Value
    {
        Kind kind = Kind::Text;
        bool is_null = true;
        std::int64_t integer = 0;
        std::size_t offset = 0; ///< into bytes
        std::size_t size = 0;
    };
    struct Table
    {
        std::string insert;
        std::string name;
        std::size_t columns = 0;
        std::vector<Value> values;
        std::string bytes;
        std::vector<std::optional<Statement>> statements; ///< of 1, 2, 4 ... rows
    };

    [[nodiscard]] Table& table_of(std::string_view insert, std::size_t columns);
    void write(Table& table);
    [[nodiscard]] Statement& statement_of(Table& table, std::size_t power);

    Database* m_database = nullptr; ///< for which the rows wait
    std::vector<std::unique_ptr<Table>> m_tables;
    std::vector<Parameter> m_parameters;
    std::size_t m_count = 0;
    bool m_failed = false;
};

/// Call from a catch clause: rethrows what SOCI threw as a DatabaseError without its parameters.
[[noreturn]] void rethrow(soci::session& session, Dialect dialect, std::string_view text);

/// The names after `:` outside quotes and comments, each once; `::` is a cast.
[[nodiscard]] std::vector<std::string> parameter_names(std::string_view sql);

} // namespace detail

struct Database::Session
{
    struct TextHash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept
        {
            return std::hash<std::string_view>{}(text);
        }
    };

    // Statements go before the session that they belong to.
    soci::session session;
    Dialect dialect = Dialect::Sqlite;
    bool in_transaction = false;
    detail::WaitingRows waiting;
    std::unordered_map<std::string, std::unique_ptr<detail::CachedStatement>, TextHash, std::equal_to<>>
        statements;
    /// Where a text stood when it was asked for last: nearly all are literals, which stay where they are.
    std::array<detail::CachedStatement*, 128> recent{};

    [[nodiscard]] sqlite_api::sqlite3* sqlite();
    [[nodiscard]] PGconn* postgres();
    /// Many statements, no parameters, no translation.
    void execute(const std::string& text);
};

} // namespace tally::storage
