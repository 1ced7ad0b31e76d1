#pragma once
/// The only door to a database: SQLite or PostgreSQL with the same SQL text.
///
/// A `Database` is one session and belongs to one thread. Statements are prepared once per text and
/// kept; values travel as bound parameters, written `:name` and given in the order in which the names
/// first appear. Values are integers (64 bits), text, bytes (`sql::blob`) and, through std::optional
/// or std::nullopt, null. There are no floating-point values, on purpose.
///
///     Statement insert = db.prepare("INSERT INTO entries (id, seq, record) VALUES (:id, :seq, :record)");
///     Transaction transaction(db);
///     insert.run(id.text(), seq, sql::blob(record));
///     transaction.commit();
///
///     for (auto& [id, seq] : db.query<std::string, std::int64_t>("SELECT id, seq FROM entries"))
///
/// Failures that nobody nearby can mend (disk full, damaged file, server gone) throw DatabaseError;
/// a broken constraint throws its subclass ConstraintError. On PostgreSQL an error inside a
/// transaction spoils the transaction: prefer `ON CONFLICT DO NOTHING` and look at the count of rows,
/// or guard the statement with a Savepoint. Messages never hold the bound values.

#include "shared/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tally::storage {

enum class Dialect
{
    Sqlite,
    Postgres,
};

enum class Failure
{
    Constraint,  ///< uniqueness, foreign key, check, not null, or a fact table that refuses changes
    Busy,        ///< another session held the lock for longer than the busy timeout; try again
    Full,        ///< no space left
    Damaged,     ///< the file is not a database, or is corrupt
    Unreachable, ///< the file cannot be opened, or the server is gone: open a new session
    Other,       ///< wrong SQL and everything else
};

class DatabaseError : public std::runtime_error
{
public:
    DatabaseError(Failure failure, const std::string& message)
        : std::runtime_error(message), m_failure(failure)
    {
    }
    [[nodiscard]] Failure failure() const { return m_failure; }

private:
    Failure m_failure;
};

class ConstraintError final : public DatabaseError
{
public:
    explicit ConstraintError(const std::string& message) : DatabaseError(Failure::Constraint, message) {}
};

namespace sql {

/// Bytes as a parameter. When reading, a view like std::string_view: valid until the callback returns.
struct BlobView
{
    std::string_view bytes;
};
[[nodiscard]] inline BlobView blob(std::string_view bytes)
{
    return {bytes};
}
/// Optional bytes: null when there are none.
[[nodiscard]] inline std::optional<BlobView> optional_blob(const std::optional<std::string>& bytes)
{
    return bytes ? std::optional<BlobView>(BlobView{*bytes}) : std::nullopt;
}

/// The type of a column of bytes when reading: `db.query<std::string, sql::Blob>(...)`.
struct Blob
{
    std::string bytes;
};

} // namespace sql

namespace detail {

enum class Kind : std::uint8_t
{
    Integer,
    Text,
    Blob,
};

/// One bound value on its way in. Views live until the call returns.
struct Parameter
{
    Kind kind = Kind::Text;
    bool is_null = true;
    std::int64_t integer = 0;
    std::string_view bytes = {};
};

/// One read value on its way out.
struct Cell
{
    Kind kind = Kind::Text;
    bool is_null = true;
    long long integer = 0;
    std::string_view bytes = {}; ///< valid until the next row is read
    std::string storage = {};    ///< where the driver puts them, when it does not lend its own
};

template <typename T>
struct IsOptional : std::false_type
{
};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type
{
};

template <typename T>
[[nodiscard]] constexpr Kind kind_of()
{
    if constexpr (IsOptional<T>::value)
        return kind_of<typename T::value_type>();
    else if constexpr (std::is_integral_v<T>)
        return Kind::Integer;
    else if constexpr (std::is_same_v<T, sql::BlobView> || std::is_same_v<T, sql::Blob>)
        return Kind::Blob;
    else
        return Kind::Text;
}

template <typename T>
[[nodiscard]] Parameter to_parameter(const T& value)
{
    if constexpr (std::is_same_v<T, std::nullopt_t>) {
        return {};
    } else if constexpr (IsOptional<T>::value) {
        if (value)
            return to_parameter(*value);
        return {kind_of<T>(), true, 0, {}};
    } else if constexpr (std::is_integral_v<T>) {
        static_assert(sizeof(T) < 8 || std::is_signed_v<T>, "the databases have no unsigned 64-bit integers");
        return {Kind::Integer, false, static_cast<std::int64_t>(value), {}};
    } else if constexpr (std::is_same_v<T, sql::BlobView>) {
        return {Kind::Blob, false, 0, value.bytes};
    } else if constexpr (std::is_same_v<T, sql::Blob>) {
        return {Kind::Blob, false, 0, value.bytes};
    } else {
        return {Kind::Text, false, 0, std::string_view(value)};
    }
}

/// Throws DatabaseError: the column was null where the reader expects a value.
[[noreturn]] void unexpected_null();
/// Throws DatabaseError: the integer does not fit the type that the reader expects.
[[noreturn]] void out_of_range();

template <typename T>
[[nodiscard]] T take(Cell& cell)
{
    if constexpr (IsOptional<T>::value) {
        if (cell.is_null)
            return std::nullopt;
        return take<typename T::value_type>(cell);
    } else {
        if (cell.is_null)
            unexpected_null();
        if constexpr (std::is_same_v<T, bool>) {
            return cell.integer != 0;
        } else if constexpr (std::is_integral_v<T>) {
            if (!std::in_range<T>(cell.integer))
                out_of_range();
            return static_cast<T>(cell.integer);
        } else if constexpr (std::is_same_v<T, sql::Blob>) {
            return sql::Blob{std::string(cell.bytes)};
        } else if constexpr (std::is_same_v<T, sql::BlobView>) {
            return sql::BlobView{cell.bytes};
        } else if constexpr (std::is_same_v<T, std::string_view>) {
            return cell.bytes;
        } else {
            static_assert(std::is_same_v<T, std::string>,
                          "read integers, std::string, sql::Blob, their views or optionals");
            return std::string(cell.bytes);
        }
    }
}

/// A borrowed callable that gets each row and says whether to go on.
struct RowSink
{
    void* object;
    bool (*call)(void* object, std::span<Cell> row);
};

template <typename... C>
struct RowOf
{
    using type = std::tuple<C...>;
};
template <typename C>
struct RowOf<C>
{
    using type = C;
};

struct CachedStatement;
class WaitingRows;

template <typename T>
constexpr bool is_view = std::is_same_v<T, std::string_view> || std::is_same_v<T, sql::BlobView>;
template <typename T>
constexpr bool is_view<std::optional<T>> = is_view<T>;

/// Returns the number of rows that the statement inserted, changed or removed.
std::uint64_t run(CachedStatement& statement, std::span<const Parameter> parameters);
/// The same beside rows that wait.
std::uint64_t run_at_once(CachedStatement& statement, std::span<const Parameter> parameters);
void read(CachedStatement& statement, std::span<const Parameter> parameters, std::span<const Kind> columns,
          RowSink sink);

} // namespace detail

/// One row: the value itself for a single column, else a std::tuple.
template <typename... C>
using Row = typename detail::RowOf<C...>::type;

/// A prepared statement. Cheap to copy; valid as long as its Database; same thread.
class Statement
{
public:
    /// Returns the number of rows that were inserted, changed or removed.
    template <typename... A>
    std::uint64_t run(const A&... arguments)
    {
        if constexpr (sizeof...(A) == 0) {
            return detail::run(*m_statement, {});
        } else {
            const detail::Parameter parameters[] = {detail::to_parameter(arguments)...};
            return detail::run(*m_statement, parameters);
        }
    }

    /// Calls `callback(C&&...)` for each row, without keeping the rows. A callback that returns bool
    /// stops by returning false. The callback must not run this same statement. Views (std::string_view,
    /// sql::BlobView) are valid until the callback returns.
    template <typename... C, typename F, typename... A>
    void for_each(F&& callback, const A&... arguments)
    {
        static constexpr detail::Kind columns[] = {detail::kind_of<C>()...};
        auto convert = [&callback](std::span<detail::Cell> row) -> bool {
            return call_with_row<C...>(callback, row, std::index_sequence_for<C...>());
        };
        const detail::RowSink sink{&convert, [](void* object, std::span<detail::Cell> row) {
                                       return (*static_cast<decltype(convert)*>(object))(row);
                                   }};
        if constexpr (sizeof...(A) == 0) {
            detail::read(*m_statement, {}, columns, sink);
        } else {
            const detail::Parameter parameters[] = {detail::to_parameter(arguments)...};
            detail::read(*m_statement, parameters, columns, sink);
        }
    }

    template <typename... C, typename... A>
    [[nodiscard]] std::vector<Row<C...>> query(const A&... arguments)
    {
        static_assert(!(detail::is_view<C> || ...), "a view does not outlive its row: use for_each");
        std::vector<Row<C...>> rows;
        for_each<C...>([&rows](C&&... values) { rows.emplace_back(std::forward<C>(values)...); },
                       arguments...);
        return rows;
    }

    /// The first row, if there is one.
    template <typename... C, typename... A>
    [[nodiscard]] std::optional<Row<C...>> query_one(const A&... arguments)
    {
        static_assert(!(detail::is_view<C> || ...), "a view does not outlive its row: use for_each");
        std::optional<Row<C...>> found;
        for_each<C...>(
            [&found](C&&... values) {
                found.emplace(std::forward<C>(values)...);
                return false;
            },
            arguments...);
        return found;
    }

private:
    friend class Database;
    friend class detail::WaitingRows;
    explicit Statement(detail::CachedStatement& statement) : m_statement(&statement) {}

    template <typename... C, typename F, std::size_t... I>
    static bool call_with_row(F& callback, std::span<detail::Cell> row, std::index_sequence<I...>)
    {
        if constexpr (std::is_same_v<std::invoke_result_t<F&, C&&...>, bool>) {
            return callback(detail::take<C>(row[I])...);
        } else {
            callback(detail::take<C>(row[I])...);
            return true;
        }
    }

    void run_waiting(std::span<const detail::Parameter> parameters)
    {
        detail::run_at_once(*m_statement, parameters);
    }

    detail::CachedStatement* m_statement;
};

enum class Access
{
    Read,
    Write,
};

struct OpenOptions
{
    Access access = Access::Write; ///< Read refuses every change
    int busy_timeout_ms = 10'000;  ///< how long SQLite waits for another writer
    int cache_kib = 2'000;         ///< SQLite: pages that the session keeps in memory
    int log_pages = 1'000;         ///< SQLite: pages in the write-ahead log before they go into the file
};

class Database
{
public:
    /// `sqlite:/path/to/file`, `sqlite::memory:`, `postgres://...`, `postgresql://...` or libpq's
    /// `key=value` words. SQLite files are made when missing, in WAL with synchronous=FULL, foreign
    /// keys on. Fails with `database_unreachable` or `database_damaged`, in words for an operator.
    [[nodiscard]] static Result<Database> open(std::string_view url, OpenOptions options = {});

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    [[nodiscard]] Dialect dialect() const;

    /// Prepared once per text and kept until the Database closes, so `sql` must be one of a bounded
    /// set of texts: values belong in parameters.
    [[nodiscard]] Statement prepare(std::string_view sql);

    template <typename... A>
    std::uint64_t run(std::string_view sql, const A&... arguments)
    {
        return prepare(sql).run(arguments...);
    }
    template <typename... C, typename... A>
    [[nodiscard]] std::vector<Row<C...>> query(std::string_view sql, const A&... arguments)
    {
        return prepare(sql).template query<C...>(arguments...);
    }
    template <typename... C, typename... A>
    [[nodiscard]] std::optional<Row<C...>> query_one(std::string_view sql, const A&... arguments)
    {
        return prepare(sql).template query_one<C...>(arguments...);
    }
    template <typename... C, typename F, typename... A>
    void for_each(std::string_view sql, F&& callback, const A&... arguments)
    {
        prepare(sql).template for_each<C...>(std::forward<F>(callback), arguments...);
    }

    /// Adds one row. `insert` is "INSERT INTO table (columns) VALUES", one of a bounded set of texts; the
    /// values follow in that order. Inside a transaction rows may wait in memory and travel together, which
    /// saves PostgreSQL a round trip each. They are written before a statement of this session runs that
    /// names their table, before a script or savepoint, and before the transaction ends, so nothing can miss
    /// them, and what is wrong with one is thrown there. Not for a table to which a foreign key points.
    template <typename... A>
    void add_row(std::string_view insert, const A&... values)
    {
        const detail::Parameter parameters[] = {detail::to_parameter(values)...};
        add_row_of(insert, parameters);
    }

    /// Runs statements separated by semicolons, without parameters, after `to_dialect`.
    void run_script(std::string_view text);

    /// SQLite: copies the log into the file and empties it (on PostgreSQL nothing).
    void checkpoint();
    /// SQLite: a consistent copy into a new file, while others go on writing. Not on PostgreSQL.
    void copy_to(std::string_view path);

private:
    friend class Transaction;
    friend class Savepoint;
    struct Session;
    explicit Database(std::unique_ptr<Session> session);
    void add_row_of(std::string_view insert, std::span<const detail::Parameter> values);

    std::unique_ptr<Session> m_session;
};

/// Begins on construction (SQLite: BEGIN IMMEDIATE when writing), rolls back on destruction unless
/// committed. Transactions do not nest.
class Transaction
{
public:
    explicit Transaction(Database& database, Access access = Access::Write);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// Waits until no other writer that called this is inside a transaction, in any process that uses
    /// the same database. SQLite's write transactions exclude each other already.
    void lock_for_writing();
    /// Durable when it returns. When it throws, the destructor rolls back.
    void commit();

private:
    Database& m_database;
    bool m_open = true;
};

/// A part of a transaction that can be undone alone: undone on destruction unless released.
class Savepoint
{
public:
    explicit Savepoint(Database& database);
    ~Savepoint();
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;

    void release();

private:
    Database& m_database;
    bool m_open = true;
};

/// Schema text for a dialect. Outside quotes and comments these words change:
///   BYTES              BLOB / BYTEA
///   INTEGER            stays / BIGINT (64 bits on both)
///   WITHOUT ROWID      stays / left out
///   FACT TABLE name;   the triggers of `fact_table_triggers(name)`
[[nodiscard]] std::string to_dialect(Dialect dialect, std::string_view text);

/// Triggers that refuse UPDATE and DELETE on a table whose rows are facts.
[[nodiscard]] std::string fact_table_triggers(Dialect dialect, std::string_view table);

/// Numbered from 1 without gaps. Shipped text never changes.
struct Migration
{
    int number;
    std::string_view text; ///< statements separated by semicolons; see `to_dialect`
};

/// Brings the tables of `component` up to the last migration; each commits together with its number.
/// Fails with `database_newer` when a newer program has been here, and changes nothing then.
[[nodiscard]] Result<void> migrate(Database& database, std::string_view component,
                                   std::span<const Migration> migrations);

/// The number of the last migration of `component`, 0 when there is none.
[[nodiscard]] int schema_version(Database& database, std::string_view component);

} // namespace tally::storage
