#pragma once
/// What stands behind Database: the only header of ours that includes SOCI. For this folder alone.

#include "shared/storage/database.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tally::storage {

namespace detail {

/// One parameter at an address that SOCI keeps.
struct BoundValue
{
    Kind kind = Kind::Text;
    soci::indicator indicator = soci::i_null;
    long long integer = 0;
    std::string bytes;                ///< text, or PostgreSQL's text form of bytes
    std::unique_ptr<soci::blob> blob; ///< SQLite's bytes
};

/// A SQL text bound to one combination of parameter and column types.
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
    /// Nearly always one: the types at a call site do not change.
    std::vector<std::unique_ptr<Binding>> bindings;
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
    std::unordered_map<std::string, std::unique_ptr<detail::CachedStatement>, TextHash, std::equal_to<>>
        statements;

    [[nodiscard]] sqlite_api::sqlite3* sqlite();
    [[nodiscard]] PGconn* postgres();
    /// Many statements, no parameters, no translation.
    void execute(const std::string& text);
};

} // namespace tally::storage
