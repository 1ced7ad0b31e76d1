#include "server/api/changes_query.h"

#include <algorithm>
#include <charconv>

namespace tally::server {
namespace {

/// The whole of the text, or nothing.
template <typename Number>
bool read_number(std::string_view digits, Number& out)
{
    const auto end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, out);
    return read.ec == std::errc{} && read.ptr == end;
}

} // namespace

std::string ChangesCursor::text() const
{
    return "r" + std::to_string(reference) + "e" + std::to_string(entries) +
           (epoch.empty() ? "" : "b" + epoch);
}

Result<ChangesCursor> parse_changes_cursor(std::string_view text)
{
    const Error bad{"bad_cursor", "This cursor was not given by this server. Leave it out to start again."};
    ChangesCursor cursor;
    if (text.empty())
        return cursor;
    const auto epoch = text.find('b');
    if (epoch != std::string_view::npos) {
        cursor.epoch = text.substr(epoch + 1);
        text = text.substr(0, epoch);
    }
    const auto middle = text.find('e');
    if (text.empty() || text.front() != 'r' || middle == std::string_view::npos ||
        !read_number(text.substr(1, middle - 1), cursor.reference) ||
        !read_number(text.substr(middle + 1), cursor.entries))
        return bad;
    return cursor;
}

Result<std::vector<std::uint64_t>> parse_trees(std::string_view text)
{
    const Error bad{"bad_trees",
                    "Sizes of the ledger are whole numbers from 1 up with hyphens between, at most "
                    "100 of them."};
    std::vector<std::uint64_t> sizes;
    while (!text.empty()) {
        const auto end = std::min(text.find('-'), text.size());
        std::uint64_t size = 0;
        if (!read_number(text.substr(0, end), size) || size == 0 || sizes.size() == proved_trees_max)
            return bad;
        sizes.push_back(size);
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return sizes;
}

Result<std::optional<ClockWord>> parse_clock(std::string_view text)
{
    // A century either way; what is further off is no clock.
    constexpr std::int64_t offset_ms_max = 100LL * 366 * 24 * 3600 * 1000;
    if (text.empty())
        return std::optional<ClockWord>();
    ClockWord word;
    const auto dot = std::min(text.find('.'), text.size());
    if (dot == text.size() || !read_number(text.substr(0, dot), word.offset_ms) ||
        !read_number(text.substr(dot + 1), word.uncertainty_ms) || word.uncertainty_ms < 0 ||
        word.uncertainty_ms > offset_ms_max || word.offset_ms > offset_ms_max ||
        word.offset_ms < -offset_ms_max)
        return Error{"bad_clock", "A clock is the server's time less the device's and how sure that is, in "
                                  "milliseconds with a full stop between."};
    return std::optional(word);
}

} // namespace tally::server
