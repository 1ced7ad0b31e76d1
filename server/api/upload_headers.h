#pragma once
/// What stands in the headers of tus 1.0 uploads.

#include "server/storage/attachment_store.h"
#include "shared/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally::server {

[[nodiscard]] Error bad_upload(std::string sentence);

/// Only digits, as the protocol writes numbers; nothing when it is none.
[[nodiscard]] std::optional<std::int64_t> upload_number(std::string_view text);

/// Upload-Metadata for a photo. Answers to HEAD give the metadata back as it was sent, so nothing else is
/// taken: a file's name may be a person's.
[[nodiscard]] std::string upload_metadata(std::string_view digest);
/// The digest in such metadata. Fails with `bad_upload`.
[[nodiscard]] Result<std::string> upload_digest(std::string_view metadata);

/// What Upload-Checksum asks for; nothing when the client sent none. Fails with `bad_upload`.
[[nodiscard]] Result<std::optional<ChunkCheck>> upload_check(std::optional<std::string_view> header);

} // namespace tally::server
