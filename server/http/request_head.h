#pragma once
/// The head of a request (RFC 9112), read more strictly than most do: what two programs could read in two
/// ways is how one request is smuggled inside another, so it is refused.

#include "shared/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::server {

struct HeadLimits
{
    std::size_t header_count_max = 64;
    std::size_t target_bytes_max = 8000; ///< RFC 9112 asks for as many in section 3
    std::size_t line_bytes_max = 8000;   ///< httplib ends at 8,192
};

/// Views into the bytes that were parsed.
struct RequestHead
{
    std::string_view method;
    std::string_view target;
    std::string_view authority; ///< of a target in absolute form: it stands for the Host then
    unsigned minor_version = 1; ///< of HTTP/1
    std::vector<std::pair<std::string_view, std::string_view>> headers;

    bool has_body = false;
    std::optional<std::uint64_t> length; ///< none when the body comes in chunks

    /// The first value, or an empty text. `name` in lower case.
    [[nodiscard]] std::string_view get(std::string_view name) const;
    /// How often that header stands there. `name` in lower case.
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

/// Of a name: RFC 9110, section 5.6.2.
[[nodiscard]] bool is_token_character(char c);

/// How many bytes the head has, its empty line included; 0 while that has not come. `looked_at` bytes were
/// searched by an earlier call.
[[nodiscard]] std::size_t head_length(std::string_view bytes, std::size_t looked_at);

/// Whether it is that name, in any case. `lower` is in lower case.
[[nodiscard]] bool same_name(std::string_view name, std::string_view lower);

/// The authority in front of a target in absolute form, which every server has to understand (RFC 9112,
/// section 3.2.2); none for other targets.
[[nodiscard]] std::optional<std::string_view> authority_of(std::string_view target);
/// The path and query of a target, also of one in absolute form ("http://a/b?c" is "/b?c").
[[nodiscard]] std::string_view origin_form(std::string_view target);

/// `bytes` is the head with its empty line. Fails with `bad_request`, `bad_header`, `bad_target`,
/// `target_too_long`, `headers_too_large`, `version_not_supported`,
/// `expectation_failed`, `unsupported_media_type` or `not_implemented`.
[[nodiscard]] Result<RequestHead> parse_request_head(std::string_view bytes, const HeadLimits& limits);

} // namespace tally::server
