#include "client/capture/json_documents.h"

#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::client {

namespace {

/// Where the object at the start of `text` ends; the end of the text when it does not.
std::size_t end_of_object(std::string_view text)
{
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth <= 1)
                return i + 1;
            --depth;
        }
    }
    return text.size();
}

} // namespace

std::vector<JsonDocument> split_json_documents(std::string_view text)
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());

    const std::string_view whole = trimmed(text);
    if (whole.empty())
        return {};
    const auto before = static_cast<std::size_t>(whole.data() - text.data());
    const std::size_t end = end_of_object(whole);
    // Something broken on its first line is a broken line, not a document of thousands of lines.
    const bool first_line_is_whole = whole.substr(0, end).find('\n') == std::string_view::npos;
    if (end == whole.size() && (whole.find('\n') == std::string_view::npos || !first_line_is_whole)) {
        const auto line = static_cast<std::size_t>(
            std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(before), '\n'));
        return {{whole, line + 1}};
    }

    std::vector<JsonDocument> documents;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t length = std::min(text.find('\n'), text.size());
        const std::string_view content = trimmed(text.substr(0, length));
        if (!content.empty())
            documents.push_back({content, line});
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return documents;
}

} // namespace tally::client
