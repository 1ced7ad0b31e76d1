#include "shared/base/encoding.h"
#include "shared/storage/database.h"

#include <cctype>

namespace tally::storage {

namespace {

/// One word, or one stretch of anything else that must stay as it is.
struct Token
{
    std::string_view text;
    bool is_word = false;
};

bool is_word_char(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The token at the start of `text`, which is not empty.
Token first_token(std::string_view text)
{
    if (text.front() == '\'' || text.front() == '"')
        return {text.substr(0, std::min(text.find(text.front(), 1), text.size() - 1) + 1)};
    if (text.starts_with("--"))
        return {text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1)};
    if (!is_word_char(text.front()))
        return {text.substr(0, 1)};
    std::size_t end = 0;
    while (end < text.size() && is_word_char(text[end]))
        ++end;
    return {text.substr(0, end), true};
}

bool is_space(std::string_view text)
{
    return trimmed(text).empty();
}

/// When the words `first second` stand at the start, returns how many characters they take, else 0.
std::size_t two_words(std::string_view text, std::string_view first, std::string_view second)
{
    if (first_token(text).text != first)
        return 0;
    std::size_t at = first.size();
    while (at < text.size() && is_space(text.substr(at, 1)))
        ++at;
    if (at == text.size() || at == first.size() || first_token(text.substr(at)).text != second)
        return 0;
    return at + second.size();
}

constexpr std::string_view versions_table = R"(
    -- Which migrations have run, one row each.
    CREATE TABLE IF NOT EXISTS schema_migrations (
        component TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (component, number)
    );
)";

bool has_versions_table(Database& database)
{
    const std::string_view sql =
        database.dialect() == Dialect::Sqlite
            ? "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
            : "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() "
              "AND tablename = 'schema_migrations'";
    return database.query_one<std::int64_t>(sql).value_or(0) > 0;
}

Error newer(std::string_view component, int found, std::size_t known)
{
    return {"database_newer", "The data was written by a newer Tallybook (" + std::string(component) + " " +
                                  std::to_string(found) + "; this program knows up to " +
                                  std::to_string(known) +
                                  "). Nothing was changed. Install the newer version to open it."};
}

} // namespace

std::string fact_table_triggers(Dialect dialect, std::string_view table)
{
    const std::string name(table);
    const std::string refusal = "rows of " + name + " are facts and never change";
    if (dialect == Dialect::Sqlite)
        return "CREATE TRIGGER " + name + "_refuses_update BEFORE UPDATE ON " + name +
               " BEGIN SELECT RAISE(ABORT, '" + refusal + "'); END;\n" + "CREATE TRIGGER " + name +
               "_refuses_delete BEFORE DELETE ON " + name + " BEGIN SELECT RAISE(ABORT, '" + refusal +
               "'); END;\n";
    return "CREATE FUNCTION " + name + "_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
           "RAISE EXCEPTION '" + refusal + "' USING ERRCODE = 'integrity_constraint_violation'; END $$;\n" +
           "CREATE TRIGGER " + name + "_refuses_update_or_delete BEFORE UPDATE OR DELETE ON " + name +
           " FOR EACH ROW EXECUTE FUNCTION " + name + "_refuses_change();\n" + "CREATE TRIGGER " + name +
           "_refuses_truncate BEFORE TRUNCATE ON " + name + " FOR EACH STATEMENT EXECUTE FUNCTION " + name +
           "_refuses_change();\n";
}

std::string to_dialect(Dialect dialect, std::string_view text)
{
    std::string out;
    out.reserve(text.size() + 256);
    while (!text.empty()) {
        if (const std::size_t taken = two_words(text, "FACT", "TABLE"); taken > 0) {
            const std::size_t end = std::min(text.find(';', taken), text.size() - 1);
            out += fact_table_triggers(dialect, trimmed(text.substr(taken, end - taken)));
            text.remove_prefix(end + 1);
            continue;
        }
        if (const std::size_t taken = two_words(text, "WITHOUT", "ROWID");
            taken > 0 && dialect == Dialect::Postgres) {
            text.remove_prefix(taken);
            continue;
        }
        const Token token = first_token(text);
        if (token.is_word && token.text == "BYTES")
            out += dialect == Dialect::Sqlite ? "BLOB" : "BYTEA";
        else if (token.is_word && token.text == "INTEGER" && dialect == Dialect::Postgres)
            out += "BIGINT";
        else
            out += token.text;
        text.remove_prefix(token.text.size());
    }
    return out;
}

int schema_version(Database& database, std::string_view component)
{
    if (!has_versions_table(database))
        return 0;
    return database
        .query_one<int>("SELECT coalesce(max(number), 0) FROM schema_migrations WHERE component = :component",
                        component)
        .value_or(0);
}

Result<void> migrate(Database& database, std::string_view component, std::span<const Migration> migrations)
{
    for (std::size_t i = 0; i < migrations.size(); ++i)
        TALLY_ASSERT(migrations[i].number == static_cast<int>(i) + 1);

    // Nothing to do is the usual case, and needs no lock.
    if (schema_version(database, component) == static_cast<int>(migrations.size()))
        return {};
    for (;;) {
        Transaction transaction(database);
        transaction.lock_for_writing();
        const int version = schema_version(database, component);
        if (version > static_cast<int>(migrations.size()))
            return newer(component, version, migrations.size());
        if (version == static_cast<int>(migrations.size()))
            return {};
        const Migration& next = migrations[static_cast<std::size_t>(version)];
        database.run_script(versions_table);
        database.run_script(next.text);
        database.run("INSERT INTO schema_migrations (component, number) VALUES (:component, :number)",
                     component, next.number);
        transaction.commit();
    }
}

} // namespace tally::storage
