#pragma once
/// Tells one JSON document from JSON lines, without reading what is in them.

#include <cstddef>
#include <string_view>
#include <vector>

namespace tally::client {

struct JsonDocument
{
    std::string_view text; ///< a view into the input
    std::size_t line = 1;  ///< on which it begins
};

/// The whole input as one document when its first object ends at the end, however many lines it
/// takes; else one document for each line that is not blank.
[[nodiscard]] std::vector<JsonDocument> split_json_documents(std::string_view text);

} // namespace tally::client
