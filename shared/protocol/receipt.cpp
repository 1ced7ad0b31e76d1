#include "shared/protocol/receipt.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"

#include <span>

namespace tally::protocol {
namespace {

constexpr std::string_view receipt_magic{"TLYR\x02", 5};
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

/// How many from the first on went the same way to positions that follow each other.
std::size_t run_length(std::span<const EntryOutcome> outcomes)
{
    std::size_t length = 1;
    while (length < outcomes.size() && length < batch_entries_max &&
           outcomes[length].outcome == outcomes[0].outcome &&
           outcomes[length].position == outcomes[0].position + length)
        ++length;
    return length;
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
    std::span<const EntryOutcome> rest = receipt.outcomes;
    while (!rest.empty()) {
        const auto& entry = rest.front();
        out.push_back(static_cast<char>(entry.outcome));
        if (is_success(entry.outcome)) {
            const std::size_t length = run_length(rest);
            append_u16(out, static_cast<std::uint16_t>(length));
            append_u64(out, entry.position);
            rest = rest.subspan(length);
            continue;
        }
        const std::string_view code = std::string_view(entry.code).substr(0, 255);
        const std::string_view message = std::string_view(entry.message).substr(0, 65'535);
        out.push_back(static_cast<char>(code.size()));
        out.append(code);
        append_u16(out, static_cast<std::uint16_t>(message.size()));
        out.append(message);
        rest = rest.subspan(1);
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
    while (receipt.outcomes.size() < count && !reader.failed()) {
        const auto kind = reader.u8();
        if (kind < 1 || kind > 4)
            return bad("The receipt holds an outcome that this program does not know.");
        const auto outcome = static_cast<Outcome>(kind);
        if (is_success(outcome)) {
            const std::size_t length = reader.u16();
            const auto first = reader.u64();
            if (length == 0 || length > count - receipt.outcomes.size())
                return bad("The receipt speaks of other numbers of entries than it has.");
            for (std::size_t i = 0; i < length; ++i)
                receipt.outcomes.push_back({outcome, first + i, {}, {}});
        } else {
            const auto code = reader.bytes(reader.u8());
            const auto message = reader.bytes(reader.u16());
            receipt.outcomes.push_back({outcome, 0, std::string(code), std::string(message)});
        }
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
