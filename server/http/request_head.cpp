#include "server/http/request_head.h"

#include "shared/base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tally::server {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::array methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 32 && c != '\t') || byte == 127;
    });
}

bool is_host(std::string_view host)
{
    return host.size() <= 255 && host.find_first_of(" \t\"<>/\\?#@,;%") == std::string_view::npos;
}

Result<void> read_request_target(const HeadLimits& limits, RequestHead& head)
{
    if (head.target.size() > limits.target_bytes_max)
        return Error{"target_too_long", "The address is too long."};
    if (std::any_of(head.target.begin(), head.target.end(), [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte <= 32 || byte >= 127 || c == '#';
        }))
        return Error{"bad_target", "The address of this request must be percent-encoded."};
    if (const auto authority = authority_of(head.target)) {
        if (authority->empty() || !is_host(*authority))
            return Error{"bad_target", "The address of this request names no proper host."};
        head.authority = *authority;
    } else if (head.target.front() != '/' && !(head.target == "*" && head.method == "OPTIONS")) {
        return Error{"bad_target", "The address of this request must begin with one slash."};
    }
    return {};
}

Error bad_header(const char* what)
{
    return {"bad_header", std::string("A header of this request ") + what + "."};
}

/// A request line has exactly three words with single spaces.
Result<void> read_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head)
{
    const Error bad{"bad_request", "This is not a request line of HTTP/1.1."};
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return bad;
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(head.method) || head.target.empty() || version.size() != 8 || !version.starts_with("HTTP/"))
        return bad;
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return Error{"version_not_supported", "This server speaks HTTP/1.1."};
    head.minor_version = version.back() == '1' ? 1 : 0;
    if (std::find(methods.begin(), methods.end(), head.method) == methods.end())
        return Error{"not_implemented", "This server does not know this method."};
    return read_request_target(limits, head);
}

Result<void> read_header_lines(std::string_view lines, const HeadLimits& limits, RequestHead& head)
{
    while (!lines.empty()) {
        const auto end = lines.find(line_end);
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end + line_end.size());
        const auto colon = line.find(':');
        // No white space before the colon and no continued lines: both are read differently elsewhere.
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
            return bad_header("has no proper name");
        const auto value = trimmed(line.substr(colon + 1));
        if (has_control(value))
            return bad_header("contains a control character");
        if (head.headers.size() == limits.header_count_max || line.size() > limits.line_bytes_max)
            return Error{"headers_too_large", "The request has too many headers, or too long a one."};
        head.headers.emplace_back(line.substr(0, colon), value);
    }
    return {};
}

Result<void> check_host(const RequestHead& head)
{
    const auto hosts = head.count("host");
    if (hosts > 1 || (hosts == 0 && head.minor_version == 1))
        return Error{"bad_header", "The request must name one host."};
    if (!is_host(head.get("host")))
        return Error{"bad_header", "The name of the host is not one."};
    return {};
}

/// How a request says where its body ends. Two different answers to that question are refused.
Result<void> read_framing(RequestHead& head)
{
    const auto lengths = head.count("content-length");
    const auto encodings = head.count("transfer-encoding");
    if (lengths + encodings > 1)
        return Error{"bad_header", "The request says more than once how long its body is."};
    if (encodings == 1) {
        if (!same_name(head.get("transfer-encoding"), "chunked"))
            return Error{"not_implemented", "Only the transfer encoding \"chunked\" is understood."};
        if (head.minor_version == 0)
            return Error{"bad_header", "HTTP/1.0 knows no chunks."};
        head.has_body = true;
        return {};
    }
    if (lengths == 0)
        return {};
    const auto text = head.get("content-length");
    std::uint64_t length = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size())
        return Error{"bad_header", "The Content-Length is not a number."};
    head.has_body = length > 0;
    head.length = length;
    return {};
}

Result<void> check_meaning(RequestHead& head)
{
    if (head.has_body && (head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS"))
        return Error{"bad_request", "A request of this kind has no body."};
    // Compressed bodies are refused: evidence is sealed and does not shrink, and a small body that grows
    // without limit is an attack.
    if (head.count("content-encoding") > 0)
        return Error{"unsupported_media_type", "Send the body without Content-Encoding."};
    if (head.count("content-type") > 1 || head.count("authorization") > 1)
        return Error{"bad_header", "A header stands there twice that may stand there once."};
    if (head.count("expect") > 1 ||
        (head.count("expect") == 1 && !same_name(head.get("expect"), "100-continue")))
        return Error{"expectation_failed", "Only the expectation 100-continue is understood."};
    return {};
}

} // namespace

bool same_name(std::string_view name, std::string_view lower)
{
    return std::equal(name.begin(), name.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

std::optional<std::string_view> authority_of(std::string_view target)
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() <= scheme.size() || !same_name(target.substr(0, scheme.size()), scheme))
            continue;
        const auto rest = target.substr(scheme.size());
        return rest.substr(0, rest.find_first_of("/?"));
    }
    return std::nullopt;
}

bool is_token_character(char c)
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

std::string_view RequestHead::get(std::string_view name) const
{
    for (const auto& [key, value] : headers)
        if (same_name(key, name))
            return value;
    return {};
}

std::size_t RequestHead::count(std::string_view name) const
{
    return static_cast<std::size_t>(std::count_if(
        headers.begin(), headers.end(), [&](const auto& header) { return same_name(header.first, name); }));
}

std::string_view origin_form(std::string_view target)
{
    const auto authority = authority_of(target);
    if (!authority)
        return target;
    target.remove_prefix(static_cast<std::size_t>(authority->data() + authority->size() - target.data()));
    // "http://a?b" has no path: nobody sends that, and it is no address here.
    return target.empty() ? "/" : target;
}

std::size_t head_length(std::string_view bytes, std::size_t looked_at)
{
    constexpr std::string_view end = "\r\n\r\n";
    const auto at = bytes.find(end, looked_at < end.size() ? 0 : looked_at - end.size());
    return at == std::string_view::npos ? 0 : at + end.size();
}

Result<RequestHead> parse_request_head(std::string_view bytes, const HeadLimits& limits)
{
    if (!bytes.ends_with("\r\n\r\n"))
        return Error{"bad_request", "The head of the request does not end."};
    bytes.remove_suffix(line_end.size());
    RequestHead head;
    const auto first_end = bytes.find(line_end);
    if (auto read = read_request_line(bytes.substr(0, first_end), limits, head); !read)
        return read.error();
    if (auto read = read_header_lines(bytes.substr(first_end + line_end.size()), limits, head); !read)
        return read.error();
    if (auto checked = check_host(head); !checked)
        return checked.error();
    if (auto read = read_framing(head); !read)
        return read.error();
    if (auto checked = check_meaning(head); !checked)
        return checked.error();
    return head;
}

} // namespace tally::server
