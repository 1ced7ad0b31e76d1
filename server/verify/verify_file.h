#pragma once
/// Everything that can be said about a ledger file without the server that wrote it.

#include "server/verify/rules.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::verify {

/// What somebody kept and now holds against the log.
struct Evidence
{
    std::optional<std::string> receipt;    ///< a receipt's bytes, as the server signed it
    std::optional<std::string> checkpoint; ///< a signed note, such as last quarter's
    std::optional<std::string> key;        ///< "name+hash+base64", kept from elsewhere
};

struct ReceiptReport
{
    std::string device;
    std::int64_t received_at_ms = 0;
    std::uint64_t tree_size = 0;
    std::uint64_t in_log = 0;        ///< entries that the log holds where the receipt says
    std::uint64_t refused = 0;       ///< entries that the server did not take
    bool covers_exact_bytes = false; ///< the digest of the sealed entries was recomputed and fits
};

struct FileReport
{
    std::string origin;
    std::string verifier_key; ///< to compare with what the council publishes
    std::uint64_t rows = 0;
    std::uint64_t entries = 0;
    RowCounts counts;
    std::string closed_through; ///< "2026-Q1"; empty when no quarter is closed
    std::uint64_t checkpoints = 0;
    std::string root; ///< 32 bytes, of the whole log
    std::map<TotalKey, Total> totals;
    std::optional<ReceiptReport> receipt;
    std::optional<std::uint64_t> kept_checkpoint; ///< size, once it was read
    /// What is wrong, at most 100. `where` names the row and the entry.
    std::vector<Error> findings;

    [[nodiscard]] bool ok() const { return findings.empty(); }
};

/// Reads everything, changes nothing.
[[nodiscard]] FileReport verify_file(std::string_view file, const Evidence& evidence = {});

} // namespace tally::verify
