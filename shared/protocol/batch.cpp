#include "shared/protocol/batch.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/sealed_record.h"

#include <algorithm>

namespace tally::protocol {
namespace {

constexpr std::string_view batch_magic{"TLYB\x02", 5};
constexpr std::string_view batch_domain{"tallybook-batch-v1\0", 19};
constexpr std::string_view bundle_magic{"TLYBUNDLE\x01", 10};
constexpr char part_batch = 'B';
constexpr char part_chain_report = 'C';
constexpr char part_key_changes = 'K';
constexpr char part_attachment = 'A';
constexpr char part_end = 'E';

/// The three bytes before a record: its length as it travels, and whether it does so without what the
/// record before tells.
constexpr std::size_t record_head_bytes = 3;
constexpr std::uint32_t follows = 0x80'00'00;

std::string to_sign(std::string_view content)
{
    std::string message(batch_domain);
    message += crypto::sha256(content);
    return message;
}

/// The two parts of a record's header, before and after its id, when it continues the chain of `record`
/// under the same key. Empty when `record` has no such header.
std::string link_after(std::string_view record, std::string_view digest)
{
    const auto header = parse_record_header(record);
    if (!header)
        return {};
    std::string link(record.substr(0, record_id_at));
    append_u64(link, header->link.seq + 1);
    link += digest;
    link += header->key_id;
    return link;
}

bool has_link(std::string_view record, std::string_view link)
{
    return !link.empty() && record.size() > record_header_bytes &&
           record.substr(0, record_id_at) == link.substr(0, record_id_at) &&
           record.substr(record_link_at, record_header_bytes - record_link_at) == link.substr(record_id_at);
}

void append_record_head(std::string& out, std::size_t bytes, std::uint32_t flag)
{
    const auto head = static_cast<std::uint32_t>(bytes) | flag;
    out.push_back(static_cast<char>(head >> 16U));
    append_u16(out, static_cast<std::uint16_t>(head & 0xffffU));
}

} // namespace

void BatchWriter::add_key(std::string_view key_id, std::string_view sealed_key)
{
    TALLY_ASSERT(sealed_key.size() == sealed_key_bytes);
    if (std::find(m_key_ids.rbegin(), m_key_ids.rend(), key_id) != m_key_ids.rend())
        return;
    m_key_ids.emplace_back(key_id);
    m_keys.append(sealed_key);
}

void BatchWriter::add_record(std::string_view record)
{
    TALLY_ASSERT(record.size() < follows);
    if (has_link(record, m_next_link)) {
        const auto id = record.substr(record_id_at, record_link_at - record_id_at);
        const auto sealed = record.substr(record_header_bytes);
        append_record_head(m_records, id.size() + sealed.size(), follows);
        m_records.append(id).append(sealed);
    } else {
        append_record_head(m_records, record.size(), 0);
        m_records.append(record);
    }
    const auto digest = record_digest(record);
    m_digests += digest;
    m_next_link = link_after(record, digest);
    ++m_count;
}

std::string BatchWriter::finish(const crypto::SigningKey& key) const
{
    std::string out(batch_magic);
    out.reserve(m_keys.size() + m_records.size() + 128);
    out.append(m_device.view());
    append_u64(out, static_cast<std::uint64_t>(m_created_at.ms));
    append_u16(out, static_cast<std::uint16_t>(m_key_ids.size()));
    out.append(m_keys);
    append_u32(out, static_cast<std::uint32_t>(m_count));
    out.append(m_records);
    out += crypto::sign(to_sign(out), key);
    return out;
}

std::string BatchWriter::entries_digest() const
{
    return crypto::sha256({m_device.view(), m_digests});
}

std::string_view Batch::digest(std::size_t index) const
{
    return std::string_view(digests).substr(index * crypto::sha256_bytes, crypto::sha256_bytes);
}

std::string Batch::entries_digest() const
{
    return crypto::sha256({device.view(), digests});
}

bool Batch::is_signed_by(std::string_view public_key) const
{
    return crypto::is_signed_by(to_sign(signed_part), signature, public_key);
}

namespace {

/// False when one that travelled without its link follows none that has one.
bool read_records(ByteReader& reader, std::size_t count, Batch& batch)
{
    auto rebuilt = std::make_shared<std::string>();
    // So that it never moves: each record's own bytes are in what is left to read.
    rebuilt->reserve(reader.remaining() + count * record_header_bytes);
    batch.records.reserve(count);
    batch.digests.reserve(count * crypto::sha256_bytes);
    std::string link;
    for (std::size_t i = 0; i < count; ++i) {
        const auto head = (std::uint32_t{reader.u8()} << 16U) | reader.u16();
        auto travelled = reader.bytes(head & ~follows);
        if (reader.failed())
            return true;
        const std::size_t start = rebuilt->size();
        if ((head & follows) != 0) {
            constexpr auto id_bytes = record_link_at - record_id_at;
            if (link.empty() || travelled.size() <= id_bytes)
                return false;
            rebuilt->append(link, 0, record_id_at);
            rebuilt->append(travelled.substr(0, id_bytes));
            rebuilt->append(link, record_id_at);
            travelled.remove_prefix(id_bytes);
        }
        rebuilt->append(travelled);
        const auto record = std::string_view(*rebuilt).substr(start);
        const auto digest = record_digest(record);
        link = link_after(record, digest);
        batch.digests += digest;
        batch.records.push_back(record);
    }
    batch.rebuilt = std::move(rebuilt);
    return true;
}

} // namespace

Result<Batch> parse_batch(std::string_view bytes)
{
    const auto bad = [](const char* why) { return Error{"bad_batch", why}; };
    if (bytes.size() > batch_bytes_max)
        return Error{"batch_too_large", "A batch has at most 4 MiB. Send fewer entries at a time."};
    if (!bytes.starts_with(batch_magic))
        return bad("These bytes are not a batch of entries.");
    ByteReader reader(bytes);
    reader.bytes(batch_magic.size());
    Batch batch;
    const auto device = reader.bytes(16);
    batch.created_at.ms = static_cast<std::int64_t>(reader.u64());
    const std::size_t keys = reader.u16();
    if (reader.failed() || keys > batch_keys_max)
        return bad("The batch is cut short or names too many keys.");
    if (!is_ordinary(batch.created_at))
        return bad("The batch was made at a moment that there is not.");
    batch.device = Uuid::from_bytes(device);
    batch.sealed_keys.reserve(keys);
    for (std::size_t i = 0; i < keys; ++i)
        batch.sealed_keys.push_back(reader.bytes(sealed_key_bytes));
    const std::size_t records = reader.u32();
    if (reader.failed())
        return bad("The batch is cut short.");
    if (records > batch_entries_max)
        return Error{"batch_too_large", "A batch has at most 2,000 entries. Send fewer at a time."};
    if (!read_records(reader, records, batch))
        return bad("A record of the batch cannot be read.");
    const std::size_t content_bytes = reader.position();
    batch.signature = reader.bytes(crypto::signature_bytes);
    if (reader.failed())
        return bad("The batch is cut short.");
    if (reader.remaining() != 0)
        return bad("The batch has bytes after its end.");
    batch.signed_part = bytes.substr(0, content_bytes);
    return batch;
}

BundleWriter::BundleWriter()
{
    add(bundle_magic);
}

void BundleWriter::add(std::string_view bytes)
{
    m_bytes.append(bytes);
    m_digest.add(bytes);
}

void BundleWriter::add_part_head(char type, std::size_t bytes)
{
    std::string head(1, type);
    append_u32(head, static_cast<std::uint32_t>(bytes));
    add(head);
}

void BundleWriter::add_batch(std::string_view batch)
{
    add_part_head(part_batch, batch.size());
    add(batch);
}

void BundleWriter::add_chain_report(std::string_view report)
{
    add_part_head(part_chain_report, report.size());
    add(report);
}

void BundleWriter::add_key_changes(std::string_view changes)
{
    add_part_head(part_key_changes, changes.size());
    add(changes);
}

void BundleWriter::add_attachment(std::string_view sealed_digest, std::string_view bytes)
{
    TALLY_ASSERT(sealed_digest.size() == crypto::sha256_bytes);
    add_part_head(part_attachment, sealed_digest.size() + bytes.size());
    add(sealed_digest);
    add(bytes);
}

std::string BundleWriter::finish() &&
{
    const std::string digest = m_digest.finish();
    std::string head(1, part_end);
    append_u32(head, static_cast<std::uint32_t>(digest.size()));
    m_bytes += head + digest;
    return std::move(m_bytes);
}

Result<Bundle> parse_bundle(std::string_view bytes)
{
    const Error truncated{
        "bundle_truncated",
        "The bundle is cut short. Copy the file again from the device; nothing was lost there."};
    const Error damaged{
        "bundle_damaged",
        "The bundle was damaged on its way. Export it again; nothing was lost on the device."};
    if (!bytes.starts_with(bundle_magic))
        return Error{"not_a_bundle", "This file is not a Tallybook bundle."};
    ByteReader reader(bytes);
    reader.bytes(bundle_magic.size());
    Bundle bundle;
    for (;;) {
        const std::size_t start = reader.position();
        const auto type = static_cast<char>(reader.u8());
        const auto part = reader.bytes(reader.u32());
        if (reader.failed())
            return truncated;
        if (type == part_batch) {
            bundle.batches.push_back(part);
        } else if (type == part_chain_report) {
            bundle.chain_reports.push_back(part);
        } else if (type == part_key_changes) {
            bundle.key_changes.push_back(part);
        } else if (type == part_attachment && part.size() > crypto::sha256_bytes) {
            bundle.attachments.push_back(
                {part.substr(0, crypto::sha256_bytes), part.substr(crypto::sha256_bytes)});
        } else if (type == part_end) {
            if (part != crypto::sha256(bytes.substr(0, start)) || reader.remaining() != 0)
                return damaged;
            return bundle;
        } else {
            return damaged;
        }
    }
}

} // namespace tally::protocol
