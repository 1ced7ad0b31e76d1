#pragma once
/// What each fuzz target is made of. A target checks more than that nothing crashes: what is read is written
/// and read again to the same.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::fuzz {

struct Target
{
    std::string name;
    std::function<void(std::string_view)> check;     ///< any bytes
    std::function<std::vector<std::string>()> seeds; ///< good ones, made here
};

[[nodiscard]] std::vector<Target> protocol_targets();
[[nodiscard]] std::vector<Target> http_targets();
[[nodiscard]] std::vector<Target> reference_targets();
[[nodiscard]] std::vector<Target> ledger_targets();
[[nodiscard]] std::vector<Target> client_targets();
[[nodiscard]] std::vector<Target> picture_targets();
[[nodiscard]] std::vector<Target> all_targets();

/// Stops the program: what was read is not what was written.
void must(bool holds, const char* what);

} // namespace tally::fuzz
