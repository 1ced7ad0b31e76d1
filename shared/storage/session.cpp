#include "shared/storage/session.h"

#include "shared/base/encoding.h"

#include <algorithm>
#include <cctype>

namespace tally::storage {

namespace detail {

namespace {

using sqlite_api::sqlite3;

[[noreturn]] void fail(Failure failure, const std::string& message)
{
    if (failure == Failure::Constraint)
        throw ConstraintError(message);
    throw DatabaseError(failure, message);
}

Failure sqlite_failure(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return Failure::Constraint;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Failure::Busy;
    case SQLITE_FULL:
        return Failure::Full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Failure::Damaged;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return Failure::Unreachable;
    default:
        return Failure::Other;
    }
}

/// SQLSTATE classes, PostgreSQL manual, appendix A.
Failure postgres_failure(std::string_view state)
{
    if (state.starts_with("23"))
        return Failure::Constraint;
    if (state.starts_with("40") || state == "55P03")
        return Failure::Busy;
    if (state == "53100")
        return Failure::Full;
    if (state == "XX001" || state == "XX002")
        return Failure::Damaged;
    if (state.starts_with("08") || state.starts_with("57P"))
        return Failure::Unreachable;
    return Failure::Other;
}

/// PostgreSQL's DETAIL line quotes values; they stay out of logs.
std::string without_details(std::string message)
{
    for (const std::string_view mark : {"DETAIL:", "CONTEXT:", "\nHINT:"}) {
        if (const auto at = message.find(mark); at != std::string::npos)
            message.resize(at);
    }
    return std::string(trimmed(message));
}

/// Long SQL says no more than its beginning.
std::string_view beginning(std::string_view text)
{
    return trimmed(text).substr(0, 120);
}

void bind_columns(Binding& binding, std::span<const Kind> columns)
{
    binding.cells.resize(columns.size());
    binding.indicators.resize(columns.size(), soci::i_null);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        Cell& cell = binding.cells[i];
        cell.kind = columns[i];
        if (cell.kind == Kind::Integer)
            binding.statement.exchange(soci::into(cell.integer, binding.indicators[i]));
        else
            binding.statement.exchange(soci::into(cell.storage, binding.indicators[i]));
    }
}

void bind_parameters(Binding& binding, const CachedStatement& owner, std::span<const Parameter> parameters)
{
    binding.parameters.resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        BoundValue& value = binding.parameters[i];
        const std::string& name = owner.names[i];
        value.kind = parameters[i].kind;
        if (value.kind == Kind::Integer)
            binding.statement.exchange(soci::use(std::as_const(value.integer), value.indicator, name));
        else
            binding.statement.exchange(soci::use(std::as_const(value.bytes), value.indicator, name));
    }
}

bool same_types(const Binding& binding, std::span<const Parameter> parameters, std::span<const Kind> columns)
{
    return std::equal(binding.parameters.begin(), binding.parameters.end(), parameters.begin(),
                      parameters.end(),
                      [](const BoundValue& a, const Parameter& b) { return a.kind == b.kind; }) &&
           std::equal(binding.cells.begin(), binding.cells.end(), columns.begin(), columns.end(),
                      [](const Cell& a, Kind b) { return a.kind == b; });
}

Binding& binding_for(CachedStatement& owner, std::span<const Parameter> parameters,
                     std::span<const Kind> columns)
{
    const bool is_sqlite = owner.dialect == Dialect::Sqlite;
    for (const auto& binding : owner.bindings) {
        if ((is_sqlite && parameters.size() == owner.names.size()) ||
            (!is_sqlite && same_types(*binding, parameters, columns)))
            return *binding;
    }
    if (owner.names.size() != parameters.size())
        throw DatabaseError(Failure::Other, "The statement has " + std::to_string(owner.names.size()) +
                                                " parameters but was given " +
                                                std::to_string(parameters.size()) + ": " +
                                                std::string(beginning(owner.text)));
    auto binding = std::make_unique<Binding>(*owner.session);
    try {
        if (!is_sqlite) {
            bind_columns(*binding, columns);
            bind_parameters(*binding, owner, parameters);
        }
        binding->statement.alloc();
        binding->statement.prepare(owner.text);
        if (!is_sqlite)
            binding->statement.define_and_bind();
    } catch (const soci::soci_error&) {
        rethrow(*owner.session, owner.dialect, owner.text);
    }
    owner.bindings.push_back(std::move(binding));
    return *owner.bindings.back();
}

void set_postgres_parameters(Binding& binding, std::span<const Parameter> parameters)
{
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& from = parameters[i];
        BoundValue& to = binding.parameters[i];
        to.indicator = from.is_null ? soci::i_null : soci::i_ok;
        if (from.is_null)
            continue;
        if (from.kind == Kind::Integer) {
            to.integer = from.integer;
        } else if (from.kind == Kind::Text) {
            to.bytes.assign(from.bytes);
        } else {
            to.bytes.assign("\\x");
            to.bytes.append(to_hex(from.bytes));
        }
    }
}

sqlite_api::sqlite3_stmt* sqlite_statement(Binding& binding)
{
    return static_cast<soci::sqlite3_statement_backend*>(binding.statement.get_backend())->stmt_;
}

/// SQLite numbers parameters in the order in which their names first appear, as `names` does. Nothing is
/// copied: the values live until the statement is reset.
int set_sqlite_parameters(sqlite_api::sqlite3_stmt* statement, std::span<const Parameter> parameters)
{
    using namespace sqlite_api;
    int outcome = SQLITE_OK;
    for (std::size_t i = 0; i < parameters.size() && outcome == SQLITE_OK; ++i) {
        const Parameter& from = parameters[i];
        const int index = static_cast<int>(i) + 1;
        // A null pointer would mean null.
        const char* const bytes = from.bytes.data() == nullptr ? "" : from.bytes.data();
        if (from.is_null)
            outcome = sqlite3_bind_null(statement, index);
        else if (from.kind == Kind::Integer)
            outcome = sqlite3_bind_int64(statement, index, from.integer);
        else if (from.kind == Kind::Text)
            outcome =
                sqlite3_bind_text64(statement, index, bytes, from.bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
        else
            outcome = sqlite3_bind_blob64(statement, index, bytes, from.bytes.size(), SQLITE_STATIC);
    }
    return outcome;
}

void read_sqlite_row(sqlite_api::sqlite3_stmt* statement, std::span<const Kind> columns,
                     std::span<Cell> cells)
{
    using namespace sqlite_api;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        Cell& cell = cells[i];
        const int index = static_cast<int>(i);
        cell.kind = columns[i];
        cell.is_null = sqlite3_column_type(statement, index) == SQLITE_NULL;
        if (cell.is_null)
            continue;
        if (cell.kind == Kind::Integer) {
            cell.integer = sqlite3_column_int64(statement, index);
            continue;
        }
        const void* const bytes = cell.kind == Kind::Text
                                      ? static_cast<const void*>(sqlite3_column_text(statement, index))
                                      : sqlite3_column_blob(statement, index);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, index));
        cell.bytes = size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
    }
}

/// Ends the statement's read lock, and lets go of the parameters.
void reset(Binding& binding, Dialect dialect)
{
    if (dialect == Dialect::Sqlite)
        sqlite_api::sqlite3_reset(sqlite_statement(binding));
}

void complete_postgres_cells(Binding& binding)
{
    for (std::size_t i = 0; i < binding.cells.size(); ++i) {
        Cell& cell = binding.cells[i];
        cell.is_null = binding.indicators[i] == soci::i_null;
        if (cell.is_null || cell.kind == Kind::Integer)
            continue;
        if (cell.kind == Kind::Blob) {
            auto bytes = from_hex(
                std::string_view(cell.storage).substr(std::min<std::size_t>(2, cell.storage.size())));
            if (!bytes)
                throw DatabaseError(Failure::Other, "A column that was read as bytes holds something else.");
            cell.storage = std::move(*bytes);
        }
        cell.bytes = cell.storage;
    }
}

/// Marks a binding as running, and leaves its statement ready for the next use however the run ends.
class Running
{
public:
    Running(Binding& binding, CachedStatement& owner) : m_binding(binding), m_owner(owner)
    {
        TALLY_ASSERT(!binding.running);
        binding.running = true;
    }
    ~Running()
    {
        m_binding.running = false;
        if (m_end == End::Early || m_owner.dialect == Dialect::Sqlite)
            reset(m_binding, m_owner.dialect);
        if (m_end == End::Failure && m_owner.dialect == Dialect::Postgres)
            // SOCI does not free what it had made for the parameters; a new binding starts afresh.
            std::erase_if(m_owner.bindings, [this](const auto& one) { return one.get() == &m_binding; });
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    void finished() { m_end = End::Complete; }
    /// Call from a catch clause.
    [[noreturn]] void failed()
    {
        m_end = End::Failure;
        rethrow(*m_owner.session, m_owner.dialect, m_owner.text);
    }

private:
    enum class End
    {
        Early, ///< the caller wants no more rows, or threw
        Complete,
        Failure,
    };

    Binding& m_binding;
    CachedStatement& m_owner;
    End m_end = End::Early;
};

} // namespace

void rethrow(soci::session& session, Dialect dialect, std::string_view text)
{
    try {
        throw;
    } catch (const soci::soci_error& error) {
        const std::string message = without_details(error.get_error_message());
        if (dialect == Dialect::Sqlite) {
            sqlite3* const connection =
                static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
            const int code = sqlite_api::sqlite3_extended_errcode(connection);
            fail(sqlite_failure(code),
                 message + " (" + std::to_string(code) + ") in: " + std::string(beginning(text)));
        }
        const auto* const backend = static_cast<soci::postgresql_session_backend*>(session.get_backend());
        if (PQstatus(backend->conn_) != CONNECTION_OK)
            fail(Failure::Unreachable, "The connection to PostgreSQL is lost: " + message);
        const auto* const known = dynamic_cast<const soci::postgresql_soci_error*>(&error);
        fail(known != nullptr ? postgres_failure(known->sqlstate()) : Failure::Other,
             message + " in: " + std::string(beginning(text)));
    }
}

std::vector<std::string> parameter_names(std::string_view sql)
{
    const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    std::vector<std::string> names;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql[i] == '\'' || sql[i] == '"') {
            i = std::min(sql.find(sql[i], i + 1), sql.size());
        } else if (sql.substr(i, 2) == "--") {
            i = std::min(sql.find('\n', i), sql.size());
        } else if (sql.substr(i, 2) == "::") {
            ++i;
        } else if (sql[i] == ':' && i + 1 < sql.size() && is_name(sql[i + 1])) {
            std::size_t end = i + 1;
            while (end < sql.size() && is_name(sql[end]))
                ++end;
            std::string name(sql.substr(i + 1, end - i - 1));
            if (std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(std::move(name));
            i = end - 1;
        }
    }
    return names;
}

void unexpected_null()
{
    throw DatabaseError(Failure::Other, "A column is null where a value was expected.");
}

void out_of_range()
{
    throw DatabaseError(Failure::Other, "A column holds an integer outside the range that was expected.");
}

namespace {

sqlite3* sqlite_session(const CachedStatement& statement)
{
    return static_cast<soci::sqlite3_session_backend*>(statement.session->get_backend())->conn_;
}

[[noreturn]] void throw_sqlite_error(const CachedStatement& statement)
{
    sqlite3* const session = sqlite_session(statement);
    throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(session), sqlite_api::sqlite3_errcode(session));
}

/// True when there is a row.
bool step(const CachedStatement& owner, sqlite_api::sqlite3_stmt* statement)
{
    const int outcome = sqlite_api::sqlite3_step(statement);
    if (outcome != SQLITE_ROW && outcome != SQLITE_DONE)
        throw_sqlite_error(owner);
    return outcome == SQLITE_ROW;
}

void start_sqlite(const CachedStatement& owner, sqlite_api::sqlite3_stmt* statement,
                  std::span<const Parameter> parameters)
{
    if (set_sqlite_parameters(statement, parameters) != SQLITE_OK)
        throw_sqlite_error(owner);
}

} // namespace

std::uint64_t run(CachedStatement& statement, std::span<const Parameter> parameters)
{
    statement.waiting->flush_for(statement);
    return run_at_once(statement, parameters);
}

std::uint64_t run_at_once(CachedStatement& statement, std::span<const Parameter> parameters)
{
    Binding& binding = binding_for(statement, parameters, {});
    Running running(binding, statement);
    try {
        if (statement.dialect == Dialect::Sqlite) {
            auto* const prepared = sqlite_statement(binding);
            start_sqlite(statement, prepared, parameters);
            (void)step(statement, prepared);
            running.finished();
            return static_cast<std::uint64_t>(
                std::max(0, sqlite_api::sqlite3_changes(sqlite_session(statement))));
        }
        set_postgres_parameters(binding, parameters);
        binding.statement.execute(true);
        running.finished();
        return static_cast<std::uint64_t>(std::max(0LL, binding.statement.get_affected_rows()));
    } catch (const soci::soci_error&) {
        running.failed();
    }
}

void read(CachedStatement& statement, std::span<const Parameter> parameters, std::span<const Kind> columns,
          RowSink sink)
{
    statement.waiting->flush_for(statement);
    Binding& binding = binding_for(statement, parameters, columns);
    Running running(binding, statement);
    try {
        if (statement.dialect == Dialect::Sqlite) {
            auto* const prepared = sqlite_statement(binding);
            if (sqlite_api::sqlite3_column_count(prepared) != static_cast<int>(columns.size()))
                throw DatabaseError(Failure::Other, "The statement has another number of columns than its "
                                                    "reader: " +
                                                        std::string(beginning(statement.text)));
            binding.cells.resize(columns.size());
            start_sqlite(statement, prepared, parameters);
            while (step(statement, prepared)) {
                read_sqlite_row(prepared, columns, binding.cells);
                if (!sink.call(sink.object, binding.cells))
                    return;
            }
            running.finished();
            return;
        }
        set_postgres_parameters(binding, parameters);
        for (bool got = binding.statement.execute(true); got; got = binding.statement.fetch()) {
            complete_postgres_cells(binding);
            if (!sink.call(sink.object, binding.cells))
                return;
        }
    } catch (const soci::soci_error&) {
        running.failed();
    }
}

} // namespace detail

sqlite_api::sqlite3* Database::Session::sqlite()
{
    TALLY_ASSERT(dialect == Dialect::Sqlite);
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

PGconn* Database::Session::postgres()
{
    TALLY_ASSERT(dialect == Dialect::Postgres);
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

void Database::Session::execute(const std::string& text)
{
    waiting.flush();
    // SOCI prepares, and so runs, one statement at a time; schema text holds many.
    try {
        if (dialect == Dialect::Sqlite) {
            if (sqlite_api::sqlite3_exec(sqlite(), text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
                throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(sqlite()),
                                               sqlite_api::sqlite3_errcode(sqlite()));
            return;
        }
        PGresult* const result = PQexec(postgres(), text.c_str());
        const ExecStatusType status = PQresultStatus(result);
        const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        const std::string message = PQresultErrorMessage(result);
        const std::string sqlstate = state != nullptr ? state : "     ";
        PQclear(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            throw soci::postgresql_soci_error(message, sqlstate.c_str());
    } catch (const soci::soci_error&) {
        detail::rethrow(session, dialect, text);
    }
}

} // namespace tally::storage
