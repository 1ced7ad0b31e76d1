#include "client/sync/transport.h"

#include <algorithm>
#include <cctype>

namespace tally::client {

std::string_view HttpResponse::header(std::string_view name) const
{
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    for (const auto& [given, value] : headers) {
        if (std::equal(given.begin(), given.end(), name.begin(), name.end(), same))
            return value;
    }
    return {};
}

} // namespace tally::client
