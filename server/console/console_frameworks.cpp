#include "server/console/console.h"
#include "server/console/framework_view.h"
#include "server/reference/reference_repository.h"

#include <algorithm>

namespace tally::server::console {

Response Console::frameworks_page(Request& request)
{
    const auto contracts = visible_contracts(*request.visitor);
    std::vector<FrameworkRow> rows;
    {
        auto lease = m_pool.lease();
        ReferenceRepository reference(*lease);
        for (const FrameworkListing& listing : reference.frameworks()) {
            const auto used = std::ranges::count_if(contracts, [&](const Contract& contract) {
                return contract.framework == listing.id && contract.framework_version == listing.version;
            });
            rows.push_back({reference.find_framework(listing.id, listing.version), used});
        }
    }
    View view = frameworks_view(rows);
    view.set("may_import", request.visitor->may(Permission::ImportReference));
    view.set("notice", request.query.get("done") == "loaded" ? notice("accepted", "The file was loaded.")
                                                             : View(false));
    return page(request, "frameworks", "Frameworks", "frameworks", std::move(view));
}

Response Console::framework_page(Request& request)
{
    std::shared_ptr<const Framework> framework;
    std::vector<LocalSet> local_sets;
    {
        auto lease = m_pool.lease();
        ReferenceRepository reference(*lease);
        framework = reference.find_framework(request.params.get("id"), request.params.get("version"));
        local_sets = reference.local_sets(request.params.get("id"));
    }
    if (!framework)
        return not_found(request, "This framework");
    return page(request, "framework", framework->title, "frameworks", framework_view(*framework, local_sets));
}

} // namespace tally::server::console
