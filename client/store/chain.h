#pragma once
/// Numbers of the device's chain of which the server has to be told. Private to this folder; each function
/// runs inside the caller's transaction.

#include "shared/storage/database.h"

#include <cstdint>

namespace tally::client {

/// Nothing may reach the server under this entry's number: erased before it travelled, put aside, taken back.
void note_number(storage::Database& database, std::int64_t local);

/// The server was restored, and may have forgotten what it was told.
void tell_numbers_again(storage::Database& database, std::int64_t identity);

} // namespace tally::client
