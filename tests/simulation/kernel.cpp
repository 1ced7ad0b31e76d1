/// The kernel's random numbers, for every program of the simulation: from the seed of the run.

#include "shared/base/random.h"
#include "tests/simulation/world.h"

#include <sodium.h>
#include <sys/random.h>

#include <cstdint>

namespace {

tally::SeededRandom& kernel()
{
    static tally::SeededRandom random(1);
    return random;
}

const char* sodium_name()
{
    return "simulation";
}

std::uint32_t sodium_random()
{
    std::uint32_t value = 0;
    kernel().fill(&value, sizeof value);
    return value;
}

void sodium_buffer(void* const out, const std::size_t size)
{
    kernel().fill(out, size);
}

randombytes_implementation sodium_implementation = {sodium_name, sodium_random, nullptr,
                                                    nullptr,     sodium_buffer, nullptr};

} // namespace

/// In place of the C library's.
extern "C" ssize_t getrandom(void* out, std::size_t size, unsigned)
{
    kernel().fill(out, size);
    return static_cast<ssize_t>(size);
}

namespace tally::simulation {

void seed_the_kernel(std::uint64_t seed)
{
    static const bool installed = randombytes_set_implementation(&sodium_implementation) == 0;
    (void)installed;
    kernel() = SeededRandom(seed);
}

} // namespace tally::simulation
