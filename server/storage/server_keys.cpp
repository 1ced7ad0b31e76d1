#include "server/storage/server_keys.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

namespace tally::server {
namespace {

std::string load_or_make(storage::Database& database, Random& random, std::string_view name)
{
    // Two servers that start at once both try; the first row stands and both read it.
    database.run("INSERT INTO server_keys (name, secret) VALUES (:name, :secret) ON CONFLICT DO NOTHING",
                 name, storage::sql::blob(random.bytes(32)));
    const auto seed =
        database.query_one<storage::sql::Blob>("SELECT secret FROM server_keys WHERE name = :name", name);
    TALLY_ASSERT(seed && seed->bytes.size() == 32);
    return seed->bytes;
}

} // namespace

ServerKeys load_or_make_server_keys(storage::Database& database, Random& random)
{
    ServerKeys keys;
    keys.signing = crypto::signing_key_from_seed(load_or_make(database, random, "signing_seed"));
    keys.sealing = crypto::sealing_key_from_seed(load_or_make(database, random, "sealing_seed"));
    keys.index_secret = load_or_make(database, random, "index_secret");
    keys.origin = "tallybook/" + crypto::sha256_hex(keys.signing.public_key).substr(0, 16);
    return keys;
}

} // namespace tally::server
