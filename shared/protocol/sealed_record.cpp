#include "shared/protocol/sealed_record.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/keys.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/compression.h"
#include "shared/protocol/entry_json.h"

namespace tally::protocol {
namespace {

constexpr char record_version = 1;

/// What the tag covers besides the ciphertext: the header, and the device that is named in the batch.
std::string context_of(std::string_view header, const Uuid& device)
{
    std::string context(header);
    context.append(device.view());
    return context;
}

} // namespace

DataKey make_data_key(Random& random, std::string_view server_sealing_key)
{
    DataKey made;
    made.key = random.bytes(crypto::secret_key_bytes);
    made.sealed = crypto::seal_to(server_sealing_key, made.key);
    made.id = data_key_id(made.sealed);
    return made;
}

std::string data_key_id(std::string_view sealed_key)
{
    return crypto::blake2b(sealed_key, 32).substr(0, key_id_bytes);
}

std::string entry_key(std::string_view data_key, const Uuid& id)
{
    return crypto::derive(data_key, {"tallybook-entry-v1", id.view()},
                          crypto::secret_key_bytes + crypto::nonce_bytes);
}

std::string seal_record(std::string_view entry_json, const Uuid& id, const Uuid& device,
                        const ChainLink& link, const DataKey& key)
{
    TALLY_ASSERT(link.seq > 0 && link.previous.size() == crypto::sha256_bytes &&
                 key.id.size() == key_id_bytes);
    std::string record;
    record.reserve(record_header_bytes + entry_json.size() / 2);
    record.push_back(record_version);
    record.push_back(static_cast<char>(current_dictionary));
    record.append(id.view());
    append_u64(record, link.seq);
    record.append(link.previous);
    record.append(key.id);
    TALLY_ASSERT(record.size() == record_header_bytes);

    const std::string secret = entry_key(key.key, id);
    const std::string_view view = secret;
    record +=
        crypto::encrypt(compress(entry_json, current_dictionary), context_of(record, device),
                        view.substr(crypto::secret_key_bytes), view.substr(0, crypto::secret_key_bytes));
    return record;
}

Result<RecordHeader> parse_record_header(std::string_view record)
{
    const auto bad = [](const char* why) { return Error{"bad_record", why}; };
    if (record.size() < record_header_bytes + crypto::tag_bytes)
        return bad("The sealed entry is cut short.");
    if (record.size() > record_bytes_max)
        return bad("The sealed entry is larger than any entry may be.");
    ByteReader reader(record);
    if (reader.u8() != record_version)
        return bad("The sealed entry has a version that this program does not know. Update the program.");
    RecordHeader header;
    header.dictionary = reader.u8();
    header.id = Uuid::from_bytes(reader.bytes(16));
    header.link.seq = reader.u64();
    header.link.previous = reader.bytes(crypto::sha256_bytes);
    header.key_id = reader.bytes(key_id_bytes);
    if (header.id.is_nil() || header.link.seq == 0 || header.link.seq > chain_seq_max)
        return bad("The sealed entry has no proper id or number.");
    if (!is_known_dictionary(header.dictionary))
        return bad("The sealed entry was compressed with an unknown dictionary. Update the program.");
    return header;
}

Result<std::string> open_record(std::string_view record, const Uuid& device, std::string_view entry_key)
{
    TALLY_ASSERT(entry_key.size() == crypto::secret_key_bytes + crypto::nonce_bytes);
    const auto header = parse_record_header(record);
    if (!header)
        return header.error();
    const auto compressed = crypto::decrypt(
        record.substr(record_header_bytes), context_of(record.substr(0, record_header_bytes), device),
        entry_key.substr(crypto::secret_key_bytes), entry_key.substr(0, crypto::secret_key_bytes));
    if (!compressed)
        return compressed.error();
    return decompress(*compressed, header->dictionary, entry_json_bytes_max);
}

std::string record_digest(std::string_view record)
{
    return crypto::sha256(record);
}

} // namespace tally::protocol
