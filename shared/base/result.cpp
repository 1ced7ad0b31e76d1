#include "shared/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace tally {

void assertion_failed(const char* condition, const char* file, int line)
{
    std::fprintf(stderr, "Tallybook stopped because of a fault in the program: %s (%s:%d)\n", condition, file,
                 line);
    std::abort();
}

} // namespace tally
