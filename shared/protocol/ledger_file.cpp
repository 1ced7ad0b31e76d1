#include "shared/protocol/ledger_file.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/keys.h"
#include "shared/protocol/key_change.h"

namespace tally::protocol {
namespace {

constexpr std::string_view ledger_file_magic{"TLYLEDGER\x01", 10};
constexpr std::size_t part_head_bytes = 5;
constexpr std::size_t row_head_bytes = 8 + crypto::sha256_bytes;
constexpr std::size_t origin_bytes_max = 255;
constexpr std::size_t note_bytes_max = 4096;

void begin_part(std::string& out, LedgerPartKind kind, std::size_t bytes)
{
    out.push_back(static_cast<char>(kind));
    append_u32(out, static_cast<std::uint32_t>(bytes));
}

bool length_fits(LedgerPartKind kind, std::size_t bytes)
{
    switch (kind) {
    case LedgerPartKind::Key:
        return bytes > crypto::public_key_bytes && bytes <= crypto::public_key_bytes + origin_bytes_max;
    case LedgerPartKind::Row:
        return bytes > row_head_bytes && bytes <= row_head_bytes + leaf_bytes_max;
    case LedgerPartKind::KeyChange:
        return bytes == key_change_bytes;
    case LedgerPartKind::Checkpoint:
        return bytes > 0 && bytes <= note_bytes_max;
    case LedgerPartKind::End:
        return bytes == crypto::sha256_bytes;
    }
    return false;
}

} // namespace

std::string ledger_file_start(std::string_view public_key, std::string_view origin)
{
    TALLY_ASSERT(public_key.size() == crypto::public_key_bytes && origin.size() <= origin_bytes_max);
    std::string out(ledger_file_magic);
    begin_part(out, LedgerPartKind::Key, public_key.size() + origin.size());
    out.append(public_key);
    out.append(origin);
    return out;
}

std::string ledger_file_row(std::uint64_t position, std::string_view leaf_hash, std::string_view leaf)
{
    TALLY_ASSERT(leaf_hash.size() == crypto::sha256_bytes);
    std::string out;
    out.reserve(part_head_bytes + row_head_bytes + leaf.size());
    begin_part(out, LedgerPartKind::Row, row_head_bytes + leaf.size());
    append_u64(out, position);
    out.append(leaf_hash);
    out.append(leaf);
    return out;
}

std::string ledger_file_checkpoint(std::string_view note)
{
    std::string out;
    begin_part(out, LedgerPartKind::Checkpoint, note.size());
    out.append(note);
    return out;
}

std::string ledger_file_key_change(std::string_view change)
{
    TALLY_ASSERT(change.size() == key_change_bytes);
    std::string out;
    begin_part(out, LedgerPartKind::KeyChange, change.size());
    out.append(change);
    return out;
}

std::string ledger_file_end(std::string_view digest)
{
    TALLY_ASSERT(digest.size() == crypto::sha256_bytes);
    std::string out;
    begin_part(out, LedgerPartKind::End, digest.size());
    out.append(digest);
    return out;
}

Error LedgerFileReader::bad(const std::string& why) const
{
    return {"bad_ledger_file", why + " Export the ledger again, or ask for another copy.",
            "byte " + std::to_string(m_offset)};
}

Result<std::optional<LedgerPart>> LedgerFileReader::next()
{
    if (m_ended)
        return std::optional<LedgerPart>();
    const bool first = m_offset == 0;
    if (first && !m_file.starts_with(ledger_file_magic))
        return Error{"not_a_ledger_file",
                     "This is not a ledger file. Make one with tallybook-server ledger export FILE."};
    ByteReader reader(m_file.substr(first ? ledger_file_magic.size() : m_offset));
    LedgerPart part;
    part.kind = static_cast<LedgerPartKind>(reader.u8());
    const std::size_t bytes = reader.u32();
    if (reader.failed())
        return bad("The file is cut short: its end mark is missing.");
    if (!length_fits(part.kind, bytes))
        return bad("A part of the file has a kind or a length that it cannot have.");
    const std::string_view content = reader.bytes(bytes);
    if (reader.failed())
        return bad("The file is cut short in the middle of a part.");
    if (first != (part.kind == LedgerPartKind::Key))
        return bad("The server's key belongs once, at the beginning of the file.");
    switch (part.kind) {
    case LedgerPartKind::Key:
        part.public_key = content.substr(0, crypto::public_key_bytes);
        part.origin = content.substr(crypto::public_key_bytes);
        break;
    case LedgerPartKind::Row:
        part.position = ByteReader(content).u64();
        part.leaf_hash = content.substr(8, crypto::sha256_bytes);
        part.leaf = content.substr(row_head_bytes);
        break;
    case LedgerPartKind::KeyChange:
        part.key_change = content;
        break;
    case LedgerPartKind::Checkpoint:
        part.note = content;
        break;
    case LedgerPartKind::End:
        part.digest = content;
        if (reader.remaining() != 0)
            return bad("The file goes on after its end mark.");
        m_ended = true;
        break;
    }
    m_offset = m_file.size() - reader.remaining();
    return std::optional<LedgerPart>(part);
}

} // namespace tally::protocol
