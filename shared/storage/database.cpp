#include "shared/storage/database.h"

#include "shared/storage/session.h"

#include <cctype>
#include <mutex>

namespace tally::storage {

namespace {

/// One number for all writers of ledgers: advisory locks are per database (PostgreSQL manual, 13.3.5).
constexpr std::string_view writer_lock = "SELECT pg_advisory_xact_lock(8390042714219503713)";

Error unreachable(std::string_view what, const std::string& why)
{
    return {"database_unreachable", "The database " + std::string(what) + " cannot be opened: " + why};
}

/// A session belongs to one thread, so SQLite need not lock it at every call, nor count its memory.
/// A program that used SQLite before keeps what it had.
void configure_sqlite()
{
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        // For paths with '=' in them, see connection_text.
        sqlite_api::sqlite3_config(SQLITE_CONFIG_URI, 1);
    });
}

/// SOCI reads a connection text with '=' in it as key=value words. Such a path is given as a URI
/// instead (SQLite manual, "URI filenames").
std::string connection_text(std::string_view path)
{
    if (path.find('=') == std::string_view::npos)
        return std::string(path);
    std::string uri = "file:";
    for (const char c : path) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '.' || c == '-' ||
            c == '_') {
            uri += c;
        } else {
            constexpr std::string_view digits = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            uri += '%';
            uri += digits[byte >> 4];
            uri += digits[byte & 15];
        }
    }
    return uri;
}

} // namespace

Database::Database(std::unique_ptr<Session> session) : m_session(std::move(session)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(std::string_view url, OpenOptions options)
{
    constexpr std::string_view sqlite_prefix = "sqlite:";
    auto session = std::make_unique<Session>();
    if (!url.starts_with(sqlite_prefix)) {
        session->dialect = Dialect::Postgres;
        try {
            session->session.open(soci::postgresql, std::string(url));
            session->execute("SET client_min_messages = warning; SET bytea_output = 'hex';"
                             "SET standard_conforming_strings = on; SET client_encoding = 'UTF8'");
            if (options.access == Access::Read)
                session->execute("SET default_transaction_read_only = on");
        } catch (const soci::soci_error& error) {
            // The address may hold a password, so it is not repeated.
            return unreachable("on PostgreSQL", error.get_error_message());
        }
        return Database(std::move(session));
    }

    configure_sqlite();
    const std::string_view path = url.substr(sqlite_prefix.size());
    session->dialect = Dialect::Sqlite;
    try {
        session->session.open(soci::sqlite3, connection_text(path));
        sqlite_api::sqlite3_busy_timeout(session->sqlite(), options.busy_timeout_ms);
        session->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                         "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;"
                         // So that INSERT OR REPLACE fires the triggers that keep facts.
                         "PRAGMA recursive_triggers = ON;"
                         // Deleted bytes are overwritten: what was erased must not be found in the file.
                         "PRAGMA secure_delete = ON;"
                         "PRAGMA cache_size = -" +
                         std::to_string(options.cache_kib) +
                         ";PRAGMA wal_autocheckpoint = " + std::to_string(options.log_pages));
        if (options.access == Access::Read)
            session->execute("PRAGMA query_only = ON");
    } catch (const soci::soci_error& error) {
        return unreachable(path, error.get_error_message());
    } catch (const DatabaseError& error) {
        if (error.failure() == Failure::Damaged)
            return Error{"database_damaged",
                         "The file " + std::string(path) +
                             " is damaged or is not a database. Restore it from a backup, "
                             "or name another data folder."};
        return unreachable(path, error.what());
    }
    return Database(std::move(session));
}

Dialect Database::dialect() const
{
    return m_session->dialect;
}

Statement Database::prepare(std::string_view sql)
{
    auto& recent =
        m_session->recent[(reinterpret_cast<std::uintptr_t>(sql.data()) / 8) % m_session->recent.size()];
    if (recent != nullptr && recent->text == sql)
        return Statement(*recent);
    const auto found = m_session->statements.find(sql);
    if (found != m_session->statements.end()) {
        recent = found->second.get();
        return Statement(*found->second);
    }
    auto statement = std::make_unique<detail::CachedStatement>();
    statement->session = &m_session->session;
    statement->dialect = m_session->dialect;
    statement->text = sql;
    statement->names = detail::parameter_names(sql);
    statement->waiting = &m_session->waiting;
    detail::CachedStatement& kept = *statement;
    m_session->statements.emplace(std::string(sql), std::move(statement));
    return Statement(kept);
}

void Database::add_row_of(std::string_view insert, std::span<const detail::Parameter> values)
{
    m_session->waiting.add(*this, insert, values);
    if (!m_session->in_transaction)
        m_session->waiting.flush();
}

void Database::run_script(std::string_view text)
{
    m_session->execute(to_dialect(dialect(), text));
}

void Database::checkpoint()
{
    if (dialect() == Dialect::Sqlite)
        m_session->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

void Database::copy_to(std::string_view path)
{
    TALLY_ASSERT(dialect() == Dialect::Sqlite);
    run("VACUUM INTO :path", path);
}

Transaction::Transaction(Database& database, Access access) : m_database(database)
{
    TALLY_ASSERT(!database.m_session->in_transaction);
    const bool immediate = database.dialect() == Dialect::Sqlite && access == Access::Write;
    database.run(immediate ? "BEGIN IMMEDIATE" : "BEGIN");
    database.m_session->in_transaction = true;
}

Transaction::~Transaction()
{
    if (!m_open)
        return;
    m_database.m_session->in_transaction = false;
    m_database.m_session->waiting.clear();
    try {
        m_database.run("ROLLBACK");
    } catch (const DatabaseError&) {
        // SQLite has already rolled back after a full disk, and a lost server rolls back by itself.
    }
}

void Transaction::lock_for_writing()
{
    if (m_database.dialect() == Dialect::Postgres)
        m_database.for_each<std::string>(writer_lock, [](const std::string&) {});
}

void Transaction::commit()
{
    TALLY_ASSERT(m_open);
    m_database.m_session->waiting.flush();
    if (m_database.m_session->waiting.failed())
        throw DatabaseError(Failure::Other, "Rows of this transaction could not be written.");
    m_database.run("COMMIT");
    m_open = false;
    m_database.m_session->in_transaction = false;
}

Savepoint::Savepoint(Database& database) : m_database(database)
{
    TALLY_ASSERT(database.m_session->in_transaction);
    // One name for all: a savepoint hides an earlier one with the same name.
    database.run("SAVEPOINT part");
}

Savepoint::~Savepoint()
{
    if (!m_open)
        return;
    m_database.m_session->waiting.clear();
    try {
        m_database.run("ROLLBACK TO SAVEPOINT part");
        m_database.run("RELEASE SAVEPOINT part");
    } catch (const DatabaseError&) {
        // The transaction is lost as a whole; its own end reports that.
    }
}

void Savepoint::release()
{
    TALLY_ASSERT(m_open);
    m_database.run("RELEASE SAVEPOINT part");
    m_open = false;
}

} // namespace tally::storage
