#pragma once
/// What tallybook-verify prints.

#include "server/verify/verify_file.h"

#include <string>

namespace tally::verify {

/// One JSON document.
[[nodiscard]] std::string report_as_json(const FileReport& report);
/// For people: totals and a closing sentence. Findings are printed apart.
[[nodiscard]] std::string report_as_text(const FileReport& report);

} // namespace tally::verify
