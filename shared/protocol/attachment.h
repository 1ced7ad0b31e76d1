#pragma once
/// Encrypted photos and signatures. Layout in PROTOCOL.md, section 2.

#include "shared/base/result.h"

#include <string>
#include <string_view>

namespace tally::protocol {

/// `key` is 32 fresh random bytes: it encrypts this attachment and nothing else. 16 bytes longer.
[[nodiscard]] std::string seal_attachment(std::string_view plain, std::string_view key);
/// Fails with `cannot_open`.
[[nodiscard]] Result<std::string> open_attachment(std::string_view sealed, std::string_view key);

} // namespace tally::protocol
