#pragma once
/// Files that a council loads: contracts (CSV or JSON), frameworks, questionnaires. Each import is all
/// or nothing, and says everything that is wrong in one go. Loading a file twice changes nothing.
/// Shapes: server/reference/README.md.

#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/storage/database.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct ImportReport
{
    int added = 0;
    int changed = 0;
    int unchanged = 0;
    std::vector<std::string> lines; ///< what happened, for people, such as "contract LCC-1: added"
    std::vector<Error> problems;    ///< when there are any, nothing was stored

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

enum class ContractFormat
{
    Csv,
    Json
};

/// By the file's ending; fails with `unknown_format`, or as read_file does.
[[nodiscard]] ImportReport import_contracts(storage::Database& database, const std::filesystem::path& file,
                                            const Clock& clock);
[[nodiscard]] ImportReport import_contracts(storage::Database& database, ContractFormat format,
                                            std::string_view text, const Clock& clock);

[[nodiscard]] ImportReport import_framework(storage::Database& database, const std::filesystem::path& file,
                                            Timestamp now);
[[nodiscard]] ImportReport import_questionnaire(storage::Database& database,
                                                const std::filesystem::path& file, Timestamp now);

/// Loads what the program ships with (assets/frameworks, assets/questionnaires), for a new server and
/// after an update.
[[nodiscard]] ImportReport import_shipped(storage::Database& database, const std::filesystem::path& assets,
                                          Timestamp now);

} // namespace tally::server
