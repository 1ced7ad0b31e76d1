#pragma once
/// The JSON form of an entry, `tallybook-entry/1`: what is compressed, encrypted and sealed. Field by
/// field in PROTOCOL.md. The bytes are made once, here; nobody writes an entry again from its parts.

#include "shared/domain/evidence.h"

#include <string>
#include <string_view>

namespace tally::protocol {

/// Largest JSON text of an entry.
inline constexpr std::size_t entry_json_bytes_max = 256 * 1024;

/// The id is not in the text: it stands in the sealed record's header.
[[nodiscard]] std::string write_entry(const Entry& entry);

/// Strict: an unknown, missing, repeated or mistyped field is refused, never defaulted. Does not apply
/// the rules of validate.h. Fails with the code and field of the first problem.
[[nodiscard]] Result<Entry> parse_entry(std::string_view json, const Uuid& id);

/// What a person or script hands to `tallybook capture`: the same text without the fields that the
/// device fills (format, captured_at, utc_offset_min, clock_offset_ms, author, attachments).
[[nodiscard]] Result<Entry> parse_entry_input(std::string_view json);

} // namespace tally::protocol
