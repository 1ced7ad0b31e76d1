#pragma once
/// The form that divides an entry, as a view for a template. Pure.

#include "server/console/templates.h"
#include "server/http/message.h"
#include "server/reference/reference.h"
#include "server/review/review.h"
#include "shared/framework/framework.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

struct SplitContract
{
    Contract contract;
    std::shared_ptr<const Framework> framework; ///< null when it is not loaded
};

struct SplitPage
{
    EntryDetail detail;
    MeasureKind kind = MeasureKind::Hours; ///< what the entry counts, and so every part
    std::vector<SplitContract> contracts;  ///< that the visitor sees
    Fields form;                           ///< what was typed; empty at first
    std::string back;
    std::optional<Error> refusal;
};

[[nodiscard]] View split_view(const SplitPage& page);

/// The rows of a form: 2 to 20, also when some are empty.
[[nodiscard]] std::size_t split_rows(const Fields& form);

/// Rows with an amount. Fails with `bad_number` or `split_sum`; `where` is the number of the row, from 1.
[[nodiscard]] Result<std::vector<PartRequest>> read_split_form(const Fields& form, bool in_hours);

/// "1.5", or for hours "1:30" too. Fails with `bad_number` or `overflow`.
[[nodiscard]] Result<Quantity> parse_amount(std::string_view text, bool in_hours);

} // namespace tally::server::console
