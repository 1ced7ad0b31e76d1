#pragma once
/// Lines of the ledger in words. Pure.

#include "server/console/templates.h"
#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server::console {

/// How names behind identifiers are found, and what the reader may see.
struct LedgerReader
{
    std::function<std::string(std::string_view account)> person;
    std::function<std::string(std::string_view contract)> contract;
    std::function<bool(std::string_view contract)> sees;
    std::function<std::optional<EntryFacts>(const Uuid& entry)> entry; ///< what a decision was about
    /// The first entry that a flag names, by the position of the flag.
    std::function<std::optional<EntryFacts>(std::int64_t flag)> flagged_entry;
    bool may_see_evidence = false;
};

[[nodiscard]] View ledger_line(const LogRow& row, const LedgerReader& reader, const Clock& clock);
/// The page of one line: its facts, its bytes, its hash.
[[nodiscard]] View ledger_row_view(const LogRow& row, const LedgerReader& reader, const Clock& clock);

} // namespace tally::server::console
