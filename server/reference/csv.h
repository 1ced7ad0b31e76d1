#pragma once
/// Comma-separated values as spreadsheets write them (RFC 4180): quotes, doubled quotes, line ends
/// inside quotes, CRLF or LF, a byte-order mark.

#include "shared/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct CsvRow
{
    std::size_t line = 1; ///< where it begins in the file, from 1
    std::vector<std::string> fields;
};

/// Rows in order; empty lines are left out. Fails with `bad_csv` and the line.
[[nodiscard]] Result<std::vector<CsvRow>> parse_csv(std::string_view text);

} // namespace tally::server
