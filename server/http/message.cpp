#include "server/http/message.h"

#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::server {
namespace {

constexpr std::size_t fields_max = 200;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

Error bad_target(const char* what)
{
    return {"bad_target", std::string("The address of this request ") + what + "."};
}

} // namespace

std::string_view name_of(Method method)
{
    switch (method) {
    case Method::Get:
        return "GET";
    case Method::Post:
        return "POST";
    case Method::Put:
        return "PUT";
    case Method::Patch:
        return "PATCH";
    case Method::Delete:
        return "DELETE";
    case Method::Options:
        return "OPTIONS";
    }
    return "GET";
}

std::optional<std::string_view> Fields::find(std::string_view name) const
{
    for (const auto& [key, value] : m_items)
        if (key == name)
            return value;
    return std::nullopt;
}

std::vector<std::string_view> Fields::all(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const auto& [key, value] : m_items)
        if (key == name)
            values.emplace_back(value);
    return values;
}

void Headers::set(std::string_view name, std::string value)
{
    std::erase_if(m_items, [&](const auto& item) { return same_name(item.first, name); });
    m_items.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    for (const auto& [key, value] : m_items)
        if (same_name(key, name))
            return value;
    return std::nullopt;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const
{
    std::string_view rest = headers.get("Cookie");
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
    }
    return std::nullopt;
}

bool Request::wants_html() const
{
    if (path.starts_with("/api/"))
        return false;
    return headers.get("Accept").find("text/html") != std::string_view::npos;
}

Response& Response::with(std::string_view name, std::string value) &
{
    headers.set(name, std::move(value));
    return *this;
}

Response&& Response::with(std::string_view name, std::string value) &&
{
    headers.set(name, std::move(value));
    return std::move(*this);
}

Response html_page(std::string body, int status)
{
    return {status, "text/html; charset=utf-8", std::move(body), {}};
}

Response json_document(std::string body, int status)
{
    return {status, "application/json", std::move(body), {}};
}

Response plain_text(std::string body, int status)
{
    return {status, "text/plain; charset=utf-8", std::move(body), {}};
}

Response no_content(int status)
{
    return {status, "", "", {}};
}

Response redirect_to(std::string location)
{
    return no_content(303).with("Location", std::move(location));
}

Result<std::string> percent_decoded(std::string_view text, Plus plus)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::IsSpace) {
            out.push_back(' ');
        } else if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return Error{"bad_encoding", "A percent sign is not followed by two hexadecimal digits."};
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(text[i]);
        }
    }
    if (!is_utf8(out) || out.find('\0') != std::string::npos)
        return Error{"bad_encoding", "The text is not UTF-8, or it contains a zero byte."};
    return out;
}

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

Result<Fields> parse_form(std::string_view text)
{
    Fields fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty())
            continue;
        if (fields.items().size() == fields_max)
            return Error{"too_many_fields", "The form has more than 200 fields."};
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = percent_decoded(pair.substr(0, equals), Plus::IsSpace);
        if (!name)
            return name.error();
        auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), Plus::IsSpace);
        if (!value)
            return value.error();
        fields.add(*std::move(name), *std::move(value));
    }
    return fields;
}

Result<void> read_target(std::string_view target, Request& request)
{
    if (target.empty() || target.front() != '/' || target.starts_with("//"))
        return bad_target("must begin with one slash");
    const std::size_t mark = std::min(target.find('?'), target.size());
    auto path = percent_decoded(target.substr(0, mark), Plus::IsPlus);
    if (!path)
        return bad_target("has a part that cannot be decoded");
    // Control characters could split a header when a path is repeated in a redirect.
    if (std::any_of(path->begin(), path->end(), [](char c) { return static_cast<unsigned char>(c) < 32; }))
        return bad_target("contains a control character");
    auto query = parse_form(target.substr(std::min(mark + 1, target.size())));
    if (!query)
        return bad_target("has a query that cannot be decoded");
    request.target = target;
    request.path = *std::move(path);
    request.query = *std::move(query);
    return {};
}

} // namespace tally::server
