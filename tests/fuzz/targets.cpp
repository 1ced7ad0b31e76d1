#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <cstdlib>

namespace tally::fuzz {

std::vector<Target> all_targets()
{
    std::vector<Target> all = protocol_targets();
    for (const auto& more :
         {http_targets(), reference_targets(), ledger_targets(), client_targets(), picture_targets()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

void must(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

} // namespace tally::fuzz
