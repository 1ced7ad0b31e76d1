#pragma once
/// A PostgreSQL of the test program's own: started when first asked for, in a folder of its own, on a
/// Unix socket, without fsync; stopped when the program ends, also when it is killed.

#include <string>

namespace tally::test {

/// The address of a new, empty database, for Database::open or --database. Throws std::runtime_error
/// when PostgreSQL is not installed or does not start. Thread-safe.
[[nodiscard]] std::string fresh_postgres_url();

/// Leaves nothing in that database, as on a new machine.
void empty_postgres(const std::string& url);

} // namespace tally::test
