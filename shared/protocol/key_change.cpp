#include "shared/protocol/key_change.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

namespace tally::protocol {
namespace {

constexpr std::string_view change_magic{"TLYK\x01", 5};
constexpr std::string_view change_domain{"tallybook-key-change-v1\0", 24};

std::string to_sign(std::string_view content)
{
    return std::string(change_domain) + crypto::sha256(content);
}

} // namespace

std::string write_key_change(KeyChange change, const crypto::SigningKey& old_pair,
                             const crypto::SigningKey& new_pair)
{
    change.new_sealing_key.resize(crypto::public_key_bytes, '\0');
    std::string out(change_magic);
    out.append(change.device.view());
    append_u64(out, static_cast<std::uint64_t>(change.made_at.ms));
    append_u64(out, change.signed_up_to);
    out.append(old_pair.public_key);
    out.append(new_pair.public_key);
    out.append(change.new_sealing_key);
    const std::string message = to_sign(out);
    out += crypto::sign(message, old_pair);
    out += crypto::sign(message, new_pair);
    TALLY_ASSERT(out.size() == key_change_bytes);
    return out;
}

Result<KeyChange> parse_key_change(std::string_view bytes)
{
    const Error bad{"bad_key_change", "This does not say that one key takes the place of another."};
    if (bytes.size() != key_change_bytes || !bytes.starts_with(change_magic))
        return bad;
    ByteReader reader(bytes);
    reader.bytes(change_magic.size());
    KeyChange change;
    change.bytes = bytes;
    change.device = Uuid::from_bytes(reader.bytes(16));
    change.made_at.ms = static_cast<std::int64_t>(reader.u64());
    change.signed_up_to = reader.u64();
    change.old_key = reader.bytes(crypto::public_key_bytes);
    change.new_key = reader.bytes(crypto::public_key_bytes);
    change.new_sealing_key = reader.bytes(crypto::public_key_bytes);
    const std::string message = to_sign(bytes.substr(0, reader.position()));
    const auto by_old = reader.bytes(crypto::signature_bytes);
    const auto by_new = reader.bytes(crypto::signature_bytes);
    if (reader.failed() || change.old_key == change.new_key || change.signed_up_to > INT64_MAX ||
        !crypto::is_signed_by(message, by_old, change.old_key) ||
        !crypto::is_signed_by(message, by_new, change.new_key))
        return bad;
    return change;
}

Result<std::vector<KeyChange>> parse_device_key_changes(std::string_view bytes)
{
    const Error bad{"bad_key_change", "This does not say how a device's keys followed one another."};
    if (bytes.empty() || bytes.size() % key_change_bytes != 0 ||
        bytes.size() / key_change_bytes > key_changes_max)
        return bad;
    std::vector<KeyChange> changes;
    for (; !bytes.empty(); bytes.remove_prefix(key_change_bytes)) {
        auto change = parse_key_change(bytes.substr(0, key_change_bytes));
        if (!change)
            return change.error();
        const bool follows = changes.empty() || (changes.back().device == change->device &&
                                                 changes.back().new_key == change->old_key &&
                                                 changes.back().signed_up_to <= change->signed_up_to);
        if (!follows || change->device == Uuid{} ||
            change->new_sealing_key != std::string(crypto::public_key_bytes, '\0'))
            return bad;
        changes.push_back(std::move(*change));
    }
    return changes;
}

std::string change_bytes(const KeyChange& change, const std::vector<std::string>& changes)
{
    for (const std::string& bytes : changes)
        if (const auto known = parse_key_change(bytes); known && known->new_key == change.new_key)
            return bytes;
    TALLY_ASSERT(false);
}

std::vector<KeyChange> changes_since(std::string_view known_key, const std::vector<std::string>& changes)
{
    std::vector<KeyChange> later;
    std::string key(known_key);
    for (const std::string& bytes : changes) {
        auto change = parse_key_change(bytes);
        if (!change || change->device != Uuid{} || change->old_key != key)
            continue;
        key = change->new_key;
        later.push_back(std::move(*change));
    }
    return later;
}

} // namespace tally::protocol
