#include "shared/protocol/bundle_answer.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/key_change.h"

namespace tally::protocol {
namespace {

constexpr std::string_view answer_domain{"tallybook-answer-v1\0", 20};
constexpr char part_receipt = 'R';
constexpr char part_photo = 'P';
constexpr char part_key_change = 'K';
constexpr char part_signature = 'S';
constexpr std::size_t id_bytes = 16;

std::string to_sign(std::string_view content)
{
    std::string message(answer_domain);
    message += crypto::sha256(content);
    return message;
}

void add_part(std::string& out, char type, std::string_view bytes)
{
    out.push_back(type);
    append_u32(out, static_cast<std::uint32_t>(bytes.size()));
    out.append(bytes);
}

/// Nothing when it does not hold together.
std::optional<AnsweredBatch> parse_receipt_part(std::string_view part)
{
    ByteReader reader(part);
    AnsweredBatch batch;
    batch.receipt = reader.bytes(reader.u32());
    if (reader.failed() || reader.remaining() % id_bytes != 0 ||
        reader.remaining() / id_bytes > batch_entries_max)
        return std::nullopt;
    while (reader.remaining() > 0)
        batch.ids.push_back(Uuid::from_bytes(reader.bytes(id_bytes)));
    return batch;
}

} // namespace

BundleAnswerWriter::BundleAnswerWriter(std::string_view server_public_key) : m_bytes(bundle_answer_magic)
{
    TALLY_ASSERT(server_public_key.size() == crypto::public_key_bytes);
    m_bytes.append(server_public_key);
}

void BundleAnswerWriter::add_receipt(std::string_view receipt, const std::vector<Uuid>& ids)
{
    std::string part;
    append_u32(part, static_cast<std::uint32_t>(receipt.size()));
    part.append(receipt);
    for (const Uuid& id : ids)
        part.append(id.view());
    add_part(m_bytes, part_receipt, part);
}

void BundleAnswerWriter::add_photo(std::string_view sealed_digest)
{
    TALLY_ASSERT(sealed_digest.size() == crypto::sha256_bytes);
    add_part(m_bytes, part_photo, sealed_digest);
}

void BundleAnswerWriter::add_key_change(std::string_view change)
{
    add_part(m_bytes, part_key_change, change);
}

std::string BundleAnswerWriter::finish(const crypto::SigningKey& key) &&
{
    const std::string signature = crypto::sign(to_sign(m_bytes), key);
    add_part(m_bytes, part_signature, signature);
    return std::move(m_bytes);
}

Result<BundleAnswer> parse_bundle_answer(std::string_view bytes)
{
    const Error truncated{"answer_truncated",
                          "The file of receipts is cut short. Copy it again from the server."};
    const Error damaged{"answer_damaged",
                        "The file of receipts was damaged on its way. Copy it again from the server."};
    if (!bytes.starts_with(bundle_answer_magic))
        return Error{"not_an_answer", "This file is not a file of receipts that a Tallybook server wrote."};
    ByteReader reader(bytes);
    reader.bytes(bundle_answer_magic.size());
    BundleAnswer answer;
    answer.server_key = reader.bytes(crypto::public_key_bytes);
    for (;;) {
        const std::size_t start = reader.position();
        const auto type = static_cast<char>(reader.u8());
        const auto part = reader.bytes(reader.u32());
        if (reader.failed())
            return truncated;
        if (type == part_receipt) {
            auto batch = parse_receipt_part(part);
            if (!batch)
                return damaged;
            answer.batches.push_back(std::move(*batch));
        } else if (type == part_photo && part.size() == crypto::sha256_bytes) {
            answer.photos.push_back(part);
        } else if (type == part_key_change && part.size() == key_change_bytes) {
            answer.key_changes.emplace_back(part);
        } else if (type == part_signature && part.size() == crypto::signature_bytes &&
                   reader.remaining() == 0 &&
                   crypto::is_signed_by(to_sign(bytes.substr(0, start)), part, answer.server_key)) {
            return answer;
        } else {
            return damaged;
        }
    }
}

} // namespace tally::protocol
