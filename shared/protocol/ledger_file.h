#pragma once
/// A whole ledger as one file, for auditors. Layout in PROTOCOL.md, section 9.

#include "shared/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally::protocol {

/// A leaf is at most this long: entry bundles count its bytes in 16 bits (C2SP tlog-tiles).
inline constexpr std::size_t leaf_bytes_max = 65'535;

enum class LedgerPartKind : char
{
    KeyChange = 'H',  ///< the key of later checkpoints, as parse_key_change reads it
    Key = 'K',        ///< first: 32 bytes of the server's Ed25519 key and the origin
    Row = 'L',        ///< position (8), leaf hash (32), leaf
    Checkpoint = 'C', ///< a signed note, right after the last row that it covers
    End = 'E',        ///< SHA-256 of all before it; nothing follows
};

// What a file is made of, in this order. No rows means no checkpoint.
[[nodiscard]] std::string ledger_file_start(std::string_view public_key, std::string_view origin);
[[nodiscard]] std::string ledger_file_row(std::uint64_t position, std::string_view leaf_hash,
                                          std::string_view leaf);
[[nodiscard]] std::string ledger_file_checkpoint(std::string_view note);
/// Right before the first checkpoint that was signed with the new key.
[[nodiscard]] std::string ledger_file_key_change(std::string_view change);
/// `digest` is the SHA-256 of everything that was written before.
[[nodiscard]] std::string ledger_file_end(std::string_view digest);

/// One part as it stands in the file; views point into it.
struct LedgerPart
{
    LedgerPartKind kind = LedgerPartKind::End;
    std::uint64_t position = 0;  ///< Row
    std::string_view leaf_hash;  ///< Row
    std::string_view leaf;       ///< Row
    std::string_view public_key; ///< Key
    std::string_view origin;     ///< Key
    std::string_view note;       ///< Checkpoint
    std::string_view digest;     ///< End
    std::string_view key_change; ///< KeyChange
};

/// Reads the parts one after another. Checks the form, not what it means. Cheap to copy.
class LedgerFileReader
{
public:
    /// `file` must outlive the reader.
    explicit LedgerFileReader(std::string_view file) : m_file(file) {}

    /// Nothing after the end. Fails with `not_a_ledger_file` or `bad_ledger_file`, and then always again.
    [[nodiscard]] Result<std::optional<LedgerPart>> next();
    /// Bytes read so far.
    [[nodiscard]] std::size_t offset() const { return m_offset; }
    [[nodiscard]] std::string_view file() const { return m_file; }

private:
    [[nodiscard]] Error bad(const std::string& why) const;

    std::string_view m_file;
    std::size_t m_offset = 0;
    bool m_ended = false;
};

} // namespace tally::protocol
