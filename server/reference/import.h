#pragma once
/// Files that a council loads: contracts (CSV, our JSON, or Open Contracting JSON), frameworks, local
/// measures, questionnaires. Each import is all or nothing, and says everything that is wrong in one go.
/// Loading a file twice changes nothing. Shapes: server/reference/README.md.

#include "server/reference/reference.h"
#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <filesystem>
#include <optional>
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
    std::vector<Error> left_out;    ///< import_shipped alone: why a shipped set was not loaded
    std::vector<Error> problems;    ///< when there are any, nothing was stored

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

inline constexpr std::uint64_t import_bytes_max = 16ULL * 1024 * 1024;

enum class ImportRun
{
    Store,
    Preview ///< does everything and keeps nothing, so that the report can be read first
};

enum class ContractFormat
{
    Csv,
    Json ///< ours, or a release, release package or record package of the Open Contracting Data Standard
};

/// By the file's ending; nothing when it is another.
[[nodiscard]] std::optional<ContractFormat> contract_format_of(std::string_view file_name);

struct ContractImport
{
    std::string framework = {};   ///< "ID" or "ID@VERSION", for contracts that name none
    std::string by{command_line}; ///< id of an account, or command_line
    std::string reason = {};      ///< makes a change of an agreed contract a recorded one
    ImportRun run = ImportRun::Store;
};

/// Fails with `unknown_format`, or as read_file does. An agreed contract whose terms the file would
/// change is refused with `contract_agreed` unless there is a reason.
[[nodiscard]] ImportReport import_contracts(storage::Database& database, const std::filesystem::path& file,
                                            const Clock& clock, const ContractImport& options = {});
[[nodiscard]] ImportReport import_contracts(storage::Database& database, ContractFormat format,
                                            std::string_view text, const Clock& clock,
                                            const ContractImport& options = {});

/// A published set (sv-framework/1) or a council's own measures beside one (sv-local/1).
[[nodiscard]] ImportReport import_framework(storage::Database& database, const std::filesystem::path& file,
                                            Timestamp now, ImportRun run = ImportRun::Store);
/// `name` stands in the report for the file.
[[nodiscard]] ImportReport import_framework(storage::Database& database, std::string_view name,
                                            std::string_view text, Timestamp now,
                                            ImportRun run = ImportRun::Store);
[[nodiscard]] ImportReport import_questionnaire(storage::Database& database,
                                                const std::filesystem::path& file, Timestamp now);

/// Loads what the program ships with (assets/frameworks, assets/questionnaires), for a new server and
/// after an update.
[[nodiscard]] ImportReport import_shipped(storage::Database& database, const std::filesystem::path& assets,
                                          Timestamp now);

} // namespace tally::server
