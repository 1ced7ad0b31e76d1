#pragma once
/// An entry in one line of plain words, for lists.

#include "shared/domain/evidence.h"

#include <string>

namespace tally::server {

/// "3.5 hours · Planting trees · Friends of Brierley Park".
[[nodiscard]] std::string headline(const Entry& entry);

} // namespace tally::server
