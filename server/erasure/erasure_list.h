#pragma once
/// The list of erasures outside the database, and of devices that were revoked: one line of JSON each, only
/// ever added to. A database that was restored from an older backup learns from it what was erased and who
/// was shut out since. Holds ids, keyed hashes and reasons without personal data.

#include "server/ledger/types.h"
#include "server/storage/revocations.h"
#include "shared/base/result.h"
#include "shared/base/time.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tally::server {

/// {"entry":"...","why":"staff","by":"...","at_ms":1,"note":"..."}; by and note may be missing.
struct ListedErasure
{
    Uuid entry;
    ErasureReason why = ErasureReason::Staff;
    std::string by;
    Timestamp at;
    std::string note;

    bool operator==(const ListedErasure&) const = default;
};

/// {"code":"<keyed hash>","at_ms":1}: a withdrawal whose story has not arrived.
struct ListedWithdrawal
{
    std::string code_hash;
    Timestamp at;

    bool operator==(const ListedWithdrawal&) const = default;
};

/// A revocation is {"device":"...","at_ms":1}.
using ListedLine = std::variant<ListedErasure, ListedWithdrawal, Revocation>;

[[nodiscard]] std::string write_line(const ListedLine& line);

/// Lines that can be read; one that was cut short by a power cut, or is not understood, is passed over.
[[nodiscard]] std::vector<ListedLine> read_lines(std::string_view text);

/// Durable when it returns; makes the file when missing, readable by its owner alone. Several processes may
/// add at once. Gives the length of the file. Throws std::runtime_error when it cannot be written.
std::int64_t append_lines(const std::filesystem::path& file, const std::vector<ListedLine>& lines);

} // namespace tally::server
