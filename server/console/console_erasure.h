#pragma once
/// Pages about forgetting: erasing an entry's words, what was erased, and for how long evidence is kept.

#include "server/console/console.h"
#include "server/erasure/erasure_service.h"

namespace tally::server::console {

class ErasurePages
{
public:
    /// Both must outlive the pages.
    ErasurePages(Console& console, ErasureService& erasure) : m_console(console), m_erasure(erasure) {}

    /// The pages must outlive the router.
    void register_routes(Router& router);

private:
    Response erase_page(Request& request);
    Response erase(Request& request);
    Response erasures_page(Request& request);
    Response withdraw(Request& request);
    Response retention_page(Request& request);
    Response set_retention(Request& request);
    Response show_erase(const Request& request, const std::optional<Error>& refusal);
    Response show_erasures(const Request& request, const std::optional<Error>& refusal);
    Response show_retention(const Request& request, const std::vector<RetentionRule>& rules,
                            const std::optional<Error>& refusal);

    Console& m_console;
    ErasureService& m_erasure;
};

} // namespace tally::server::console
