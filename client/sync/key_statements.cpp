#include "client/sync/key_statements.h"

#include "shared/base/encoding.h"

#include <nlohmann/json.hpp>

namespace tally::client {

std::vector<std::string> key_statements(const nlohmann::json& document)
{
    std::vector<std::string> statements;
    const auto list = document.is_object() ? document.find("changes") : document.end();
    if (!document.is_object() || list == document.end() || !list->is_array())
        return statements;
    for (const auto& item : *list) {
        auto bytes = item.is_string() ? from_base64(item.get_ref<const std::string&>())
                                      : Result<std::string>(Error{"bad_base64", ""});
        if (bytes)
            statements.push_back(std::move(*bytes));
    }
    return statements;
}

} // namespace tally::client
