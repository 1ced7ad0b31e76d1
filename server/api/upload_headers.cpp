#include "server/api/upload_headers.h"

#include "shared/base/encoding.h"

#include <charconv>

namespace tally::server {
namespace {

constexpr std::string_view digest_key = "digest ";

} // namespace

Error bad_upload(std::string sentence)
{
    return {"bad_upload", std::move(sentence)};
}

std::optional<std::int64_t> upload_number(std::string_view text)
{
    std::int64_t number = -1;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || text.front() == '-' || read.ec != std::errc{} ||
        read.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::string upload_metadata(std::string_view digest)
{
    return std::string(digest_key) + to_base64(digest);
}

Result<std::string> upload_digest(std::string_view metadata)
{
    const auto digest = metadata.starts_with(digest_key) ? from_base64(metadata.substr(digest_key.size()))
                                                         : Result<std::string>(Error{});
    if (!digest)
        return bad_upload(
            "An upload begins with the header \"Upload-Metadata: digest\" and the base64 of the "
            "64 hexadecimal digits of its SHA-256, and with nothing else in it.");
    return *digest;
}

Result<std::optional<ChunkCheck>> upload_check(std::optional<std::string_view> header)
{
    if (!header)
        return std::optional<ChunkCheck>();
    constexpr std::string_view sha1 = "sha1 ";
    constexpr std::string_view sha256 = "sha256 ";
    const bool is_sha1 = header->starts_with(sha1);
    if (!is_sha1 && !header->starts_with(sha256))
        return bad_upload("Upload-Checksum names sha1 or sha256, a space, and the checksum in base64.");
    const auto digest = from_base64(header->substr(is_sha1 ? sha1.size() : sha256.size()));
    if (!digest || digest->size() != (is_sha1 ? 20 : 32))
        return bad_upload("The checksum in Upload-Checksum is not the base64 of one.");
    return std::optional(
        ChunkCheck{is_sha1 ? ChunkCheck::Algorithm::Sha1 : ChunkCheck::Algorithm::Sha256, *digest});
}

} // namespace tally::server
