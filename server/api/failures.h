#pragma once
/// What a failure of the database, or of the disk, means to whoever asked: most of them pass, and a device that
/// knows so waits and sends again, instead of looking for what may be wrong with what it sent.

#include "shared/base/result.h"

#include <exception>
#include <optional>

namespace tally::server {

/// `busy`, `unavailable` or `storage_full`; nothing for what is a fault of ours. For Router::set_explanation.
[[nodiscard]] std::optional<Error> explain_failure(const std::exception& failure);

} // namespace tally::server
