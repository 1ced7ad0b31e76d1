#pragma once
/// Sets of measures as people read them: the list of editions, and one edition. Pure.

#include "server/console/templates.h"
#include "shared/framework/framework.h"
#include "shared/framework/local_set.h"

#include <memory>
#include <string>
#include <vector>

namespace tally::server::console {

struct FrameworkRow
{
    std::shared_ptr<const Framework> framework; ///< with its local measures
    std::int64_t contracts = 0;                 ///< that the visitor sees and that use it
};

[[nodiscard]] View frameworks_view(const std::vector<FrameworkRow>& rows);
[[nodiscard]] View framework_view(const Framework& framework, const std::vector<LocalSet>& local_sets);

} // namespace tally::server::console
