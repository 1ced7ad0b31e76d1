/// What libFuzzer calls. The environment variable TALLYBOOK_FUZZ_TARGET names the target.

#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <cstdlib>

namespace {

const tally::fuzz::Target& chosen()
{
    static const tally::fuzz::Target target = [] {
        const char* name = std::getenv("TALLYBOOK_FUZZ_TARGET");
        for (auto& one : tally::fuzz::all_targets())
            if (name != nullptr && one.name == name)
                return one;
        std::fprintf(stderr, "Set TALLYBOOK_FUZZ_TARGET to the name of a target.\n");
        std::exit(2);
    }();
    return target;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size)
{
    chosen().check({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
