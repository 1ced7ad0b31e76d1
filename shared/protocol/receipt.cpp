#include "shared/protocol/receipt.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"

namespace tally::protocol {
namespace {

constexpr std::string_view receipt_magic{"TLYR\x01", 5};
constexpr std::string_view receipt_domain{"tallybook-receipt-v1\0", 21};

std::string to_sign(std::string_view content)
{
    std::string message(receipt_domain);
    message += crypto::sha256(content);
    return message;
}

bool is_success(Outcome outcome)
{
    return outcome == Outcome::Created || outcome == Outcome::Exists;
}

} // namespace

std::string write_receipt(const Receipt& receipt, const crypto::SigningKey& server_key)
{
    TALLY_ASSERT(receipt.entries_digest.size() == crypto::sha256_bytes &&
                 receipt.tree_root.size() == crypto::sha256_bytes);
    std::string out(receipt_magic);
    out.append(receipt.device.view());
    out.append(receipt.entries_digest);
    append_u64(out, static_cast<std::uint64_t>(receipt.received_at.ms));
    append_u64(out, receipt.tree_size);
    out.append(receipt.tree_root);
    append_u32(out, static_cast<std::uint32_t>(receipt.outcomes.size()));
    for (const auto& entry : receipt.outcomes) {
        out.push_back(static_cast<char>(entry.outcome));
        if (is_success(entry.outcome)) {
            append_u64(out, entry.position);
            continue;
        }
        const std::string_view code = std::string_view(entry.code).substr(0, 255);
        const std::string_view message = std::string_view(entry.message).substr(0, 65'535);
        out.push_back(static_cast<char>(code.size()));
        out.append(code);
        append_u16(out, static_cast<std::uint16_t>(message.size()));
        out.append(message);
    }
    out += crypto::sign(to_sign(out), server_key);
    return out;
}

Result<Receipt> parse_receipt(std::string_view bytes, std::string_view server_public_key)
{
    const auto bad = [](const char* why) { return Error{"bad_receipt", why}; };
    if (!bytes.starts_with(receipt_magic))
        return bad("The answer is not a receipt from a Tallybook server.");
    ByteReader reader(bytes);
    reader.bytes(receipt_magic.size());
    Receipt receipt;
    const auto device = reader.bytes(16);
    receipt.entries_digest = reader.bytes(crypto::sha256_bytes);
    receipt.received_at.ms = static_cast<std::int64_t>(reader.u64());
    receipt.tree_size = reader.u64();
    receipt.tree_root = reader.bytes(crypto::sha256_bytes);
    const std::size_t count = reader.u32();
    if (reader.failed() || count > batch_entries_max)
        return bad("The receipt is cut short.");
    receipt.device = Uuid::from_bytes(device);
    receipt.outcomes.reserve(count);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        EntryOutcome entry;
        const auto kind = reader.u8();
        if (kind < 1 || kind > 4)
            return bad("The receipt holds an outcome that this program does not know.");
        entry.outcome = static_cast<Outcome>(kind);
        if (is_success(entry.outcome)) {
            entry.position = reader.u64();
        } else {
            entry.code = reader.bytes(reader.u8());
            entry.message = reader.bytes(reader.u16());
        }
        receipt.outcomes.push_back(std::move(entry));
    }
    const auto content = bytes.substr(0, reader.position());
    const auto signature = reader.bytes(crypto::signature_bytes);
    if (reader.failed() || reader.remaining() != 0)
        return bad("The receipt is cut short or has bytes after its end.");
    if (!crypto::is_signed_by(to_sign(content), signature, server_public_key))
        return bad("The receipt was not signed by the server that this device is enrolled with.");
    return receipt;
}

} // namespace tally::protocol
