#pragma once
/// One answer over HTTP, taken apart.

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tally::test {

struct Reply
{
    std::string bytes; ///< as it came; empty when the connection was closed without one
    int status = 0;
    std::string body;

    /// `code` of a problem document, or nothing.
    [[nodiscard]] std::string code() const
    {
        const auto document = nlohmann::json::parse(body, nullptr, false);
        return document.is_object() ? document.value("code", "") : "";
    }
    /// Of a header, or nothing.
    [[nodiscard]] std::string header(std::string_view name) const
    {
        const auto at = bytes.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos)
            return {};
        const auto begin = at + name.size() + 4;
        return bytes.substr(begin, bytes.find('\r', begin) - begin);
    }
};

inline Reply answer_from(std::string bytes)
{
    Reply answer;
    if (bytes.starts_with("HTTP/1.1 ") && bytes.size() > 12)
        answer.status = std::stoi(bytes.substr(9, 3));
    if (const auto end = bytes.find("\r\n\r\n"); end != std::string::npos)
        answer.body = bytes.substr(end + 4);
    answer.bytes = std::move(bytes);
    return answer;
}

} // namespace tally::test
