#pragma once
/// Photos by tus 1.0 (https://tus.io/protocols/resumable-upload): core, creation (also with the first bytes),
/// checksum, expiration and termination. How it is used here: PROTOCOL.md, section 8.

#include "server/api/routes.h"
#include "shared/domain/validate.h"

#include <cstdint>
#include <string_view>

namespace tally::server {

inline constexpr std::string_view tus_version = "1.0.0";
inline constexpr std::string_view uploads_path = "/api/v1/attachments";
/// A client may send a whole photo in one part.
inline constexpr std::uint64_t chunk_bytes_max = limits::attachment_bytes_max;

[[nodiscard]] Response begin_upload(Request& request, ApiServices& services);
/// HEAD, PATCH and DELETE of one upload, and POST that names one of them in X-HTTP-Method-Override.
[[nodiscard]] Response one_upload(Request& request, ApiServices& services);
[[nodiscard]] Response upload_options(Request& request, ApiServices& services);

} // namespace tally::server
