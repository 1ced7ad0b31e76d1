#include "server/storage/withdrawals.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/domain/evidence.h"

namespace tally::server {

std::string withdrawal_code_hash(const ServerKeys& keys, std::string_view code)
{
    return to_hex(
        crypto::derive(keys.index_secret, {"tallybook-withdrawal-code-v1", withdrawal_code_key(code)}, 32));
}

void note_withdrawal(storage::Database& database, const Uuid& id, const Uuid& device,
                     std::string_view code_hash, Timestamp now)
{
    database.run("INSERT INTO withdrawal_requests (id, device, received_at, code_hash) "
                 "VALUES (:id, :device, :received_at, :code_hash)",
                 id.text(), device.text(), now.ms, code_hash);
}

void note_withdrawal_handled(storage::Database& database, std::string_view code_hash, Timestamp now)
{
    database.run("UPDATE withdrawal_requests SET handled_at = :now "
                 "WHERE code_hash = :code_hash AND handled_at IS NULL",
                 now.ms, code_hash);
}

std::int64_t withdrawals_since(storage::Database& database, const Uuid& device, Timestamp since)
{
    return database
        .query_one<std::int64_t>(
            "SELECT count(*) FROM withdrawal_requests WHERE device = :device AND received_at > :since",
            device.text(), since.ms)
        .value_or(0);
}

bool is_withdrawn(storage::Database& database, std::string_view code_hash)
{
    return database
        .query_one<std::int64_t>("SELECT 1 FROM withdrawal_requests WHERE code_hash = :code_hash LIMIT 1",
                                 code_hash)
        .has_value();
}

} // namespace tally::server
