#pragma once
/// The sealed form of an entry: the bytes that are made once on the device, kept, sent and digested.
/// Layout in PROTOCOL.md, section 2.

#include "shared/base/uuid.h"
#include "shared/domain/evidence.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::protocol {

inline constexpr std::size_t record_header_bytes = 66;
inline constexpr std::size_t record_id_at = 2;    ///< in the header: 16 bytes
inline constexpr std::size_t record_link_at = 18; ///< number, digest of the record before, data key id
inline constexpr std::size_t record_bytes_max = 256 * 1024;
inline constexpr std::size_t key_id_bytes = 8;
/// Of numbers in a device's chain: each has one after it that a database can hold.
inline constexpr std::uint64_t chain_seq_max = INT64_MAX - 1;

/// The random key of one run of the client, under which that run's entries are sealed.
struct DataKey
{
    std::string id;     ///< 8 bytes, see data_key_id
    std::string key;    ///< 32 secret bytes
    std::string sealed; ///< the key sealed to the server's public key, 80 bytes
};

/// A fresh key, sealed to `server_sealing_key`.
[[nodiscard]] DataKey make_data_key(Random& random, std::string_view server_sealing_key);
/// The first 8 bytes of the BLAKE2b-256 of the sealed key.
[[nodiscard]] std::string data_key_id(std::string_view sealed_key);

/// Where a record stands in its device's chain.
struct ChainLink
{
    std::uint64_t seq = 0; ///< 1 for the device's first entry
    std::string previous;  ///< SHA-256 of the record before, 32 zero bytes for the first
};

struct RecordHeader
{
    std::uint8_t dictionary = 0;
    Uuid id;
    ChainLink link;
    std::string key_id; ///< 8 bytes
};

/// Compresses and encrypts the entry's JSON. An id is sealed once only: the nonce is derived from it.
[[nodiscard]] std::string seal_record(std::string_view entry_json, const Uuid& id, const Uuid& device,
                                      const ChainLink& link, const DataKey& key);

/// Fails with `bad_record`.
[[nodiscard]] Result<RecordHeader> parse_record_header(std::string_view record);

/// The 56 bytes (key and nonce) that open one entry and no other.
[[nodiscard]] std::string entry_key(std::string_view data_key, const Uuid& id);

/// The entry's JSON. Fails with `cannot_open` or as decompress() does.
[[nodiscard]] Result<std::string> open_record(std::string_view record, const Uuid& device,
                                              std::string_view entry_key);

/// SHA-256 of the record, 32 bytes: the entry's name in chain, ledger and receipts.
[[nodiscard]] std::string record_digest(std::string_view record);

} // namespace tally::protocol
