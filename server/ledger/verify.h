#pragma once
/// Checks that the ledger is what it was when it was signed, and that every table agrees with the log.

#include "shared/base/result.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct VerifyReport
{
    std::int64_t leaves = 0;
    std::int64_t entries = 0;
    std::int64_t checkpoints = 0;
    /// What is wrong, at most 100 findings; `where` names the entry ("entry <id>") or the row.
    std::vector<Error> findings;

    [[nodiscard]] bool ok() const { return findings.empty(); }
};

/// Reads everything, changes nothing. Every leaf's hash, every checkpoint's root and signature, the
/// digest of every sealed record, and standings, postings and balances against a replay of the log.
[[nodiscard]] VerifyReport verify_ledger(storage::Database& database, std::string_view public_key);

} // namespace tally::server
