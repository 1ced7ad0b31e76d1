#pragma once
/// Withdrawal codes that devices passed on: with one, a person takes back what they agreed to without saying
/// who they are. The codes themselves are never kept.

#include "server/storage/server_keys.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::server {

/// Keyed with a secret of this server, so that whoever reads the table cannot try codes out. The same for
/// every way of writing a code.
[[nodiscard]] std::string withdrawal_code_hash(const ServerKeys& keys, std::string_view code);

void note_withdrawal(storage::Database& database, const Uuid& id, const Uuid& device,
                     std::string_view code_hash, Timestamp now);
/// Everything that was asked for with the code so far has been carried out.
void note_withdrawal_handled(storage::Database& database, std::string_view code_hash, Timestamp now);

/// How many a device has sent since then.
[[nodiscard]] std::int64_t withdrawals_since(storage::Database& database, const Uuid& device,
                                             Timestamp since);
/// Whether anybody ever asked: a story may arrive after its own withdrawal, by bundle or from another device.
[[nodiscard]] bool is_withdrawn(storage::Database& database, std::string_view code_hash);

} // namespace tally::server
