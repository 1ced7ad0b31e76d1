#pragma once
/// Quarters, their closing checklists and later corrections, as views for templates. Pure.

#include "server/console/templates.h"
#include "server/review/review.h"

#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

/// What a correction moved: social, local, held, entries, and the way to the entries.
[[nodiscard]] View correction_view(const Correction& correction, bool may_see_evidence);

struct QuartersPage
{
    std::vector<QuarterLine> quarters;
    std::vector<YearTotals> years; ///< academic, the newest first
};

[[nodiscard]] View quarters_view(const QuartersPage& page, const Clock& clock);

[[nodiscard]] View quarter_view(const QuarterDetail& detail, const Clock& clock, bool may_see_evidence);

struct ClosePage
{
    QuarterDetail detail;
    bool looked = false;
    std::string note;
    std::optional<Error> refusal;
};

/// The page on which an administrator confirms the closing.
[[nodiscard]] View close_view(const ClosePage& page);

/// Of entries that a year counts without knowing their day; empty when there are none.
[[nodiscard]] std::string erased_days_words(std::int64_t entries);

/// "−£59.26", "+£12.00": for corrections.
[[nodiscard]] std::string signed_pounds(Money money);

} // namespace tally::server::console
