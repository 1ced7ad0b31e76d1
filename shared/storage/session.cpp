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
            binding.statement.exchange(soci::into(cell.bytes, binding.indicators[i]));
    }
}

void bind_parameters(Binding& binding, const CachedStatement& owner, std::span<const Parameter> parameters)
{
    binding.parameters.resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        BoundValue& value = binding.parameters[i];
        const std::string& name = owner.names[i];
        value.kind = parameters[i].kind;
        if (value.kind == Kind::Integer) {
            binding.statement.exchange(soci::use(std::as_const(value.integer), value.indicator, name));
        } else if (value.kind == Kind::Blob && owner.dialect == Dialect::Sqlite) {
            value.blob = std::make_unique<soci::blob>(*owner.session);
            binding.statement.exchange(soci::use(std::as_const(*value.blob), value.indicator, name));
        } else {
            binding.statement.exchange(soci::use(std::as_const(value.bytes), value.indicator, name));
        }
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
    for (const auto& binding : owner.bindings) {
        if (same_types(*binding, parameters, columns))
            return *binding;
    }
    if (owner.names.size() != parameters.size())
        throw DatabaseError(Failure::Other, "The statement has " + std::to_string(owner.names.size()) +
                                                " parameters but was given " +
                                                std::to_string(parameters.size()) + ": " +
                                                std::string(beginning(owner.text)));
    auto binding = std::make_unique<Binding>(*owner.session);
    try {
        bind_columns(*binding, columns);
        bind_parameters(*binding, owner, parameters);
        binding->statement.alloc();
        binding->statement.prepare(owner.text);
        binding->statement.define_and_bind();
    } catch (const soci::soci_error&) {
        rethrow(*owner.session, owner.dialect, owner.text);
    }
    owner.bindings.push_back(std::move(binding));
    return *owner.bindings.back();
}

void set_parameters(Binding& binding, Dialect dialect, std::span<const Parameter> parameters)
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
        } else if (dialect == Dialect::Sqlite) {
            to.blob->trim(0);
            to.blob->write(0, from.bytes.data(), from.bytes.size());
        } else {
            to.bytes.assign("\\x");
            to.bytes.append(to_hex(from.bytes));
        }
    }
}

/// Ends the statement's read lock, also after an error or an early stop.
void reset(Binding& binding, Dialect dialect)
{
    if (dialect == Dialect::Sqlite)
        sqlite_api::sqlite3_reset(
            static_cast<soci::sqlite3_statement_backend*>(binding.statement.get_backend())->stmt_);
}

void complete_cells(Binding& binding, Dialect dialect)
{
    for (std::size_t i = 0; i < binding.cells.size(); ++i) {
        Cell& cell = binding.cells[i];
        cell.is_null = binding.indicators[i] == soci::i_null;
        if (cell.is_null || cell.kind != Kind::Blob || dialect == Dialect::Sqlite)
            continue;
        auto bytes =
            from_hex(std::string_view(cell.bytes).substr(std::min<std::size_t>(2, cell.bytes.size())));
        if (!bytes)
            throw DatabaseError(Failure::Other, "A column that was read as bytes holds something else.");
        cell.bytes = std::move(*bytes);
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
        if (m_end == End::Early)
            reset(m_binding, m_owner.dialect);
        else if (m_end == End::Failure)
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

std::uint64_t run(CachedStatement& statement, std::span<const Parameter> parameters)
{
    Binding& binding = binding_for(statement, parameters, {});
    Running running(binding, statement);
    set_parameters(binding, statement.dialect, parameters);
    try {
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
    Binding& binding = binding_for(statement, parameters, columns);
    Running running(binding, statement);
    set_parameters(binding, statement.dialect, parameters);
    try {
        for (bool got = binding.statement.execute(true); got; got = binding.statement.fetch()) {
            complete_cells(binding, statement.dialect);
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
