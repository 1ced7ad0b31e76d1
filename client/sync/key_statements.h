#pragma once
/// How a server says that its keys were changed (PROTOCOL.md, section 10).

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace tally::client {

/// The statements in the field `changes`, oldest first, as they came: whoever follows them checks them
/// (ServerLedger::follow_keys). Empty when there are none.
[[nodiscard]] std::vector<std::string> key_statements(const nlohmann::json& document);

} // namespace tally::client
