#include "shared/base/random.h"

#include <sys/random.h>

#include <cstring>
#include <stdexcept>

namespace tally {

std::string Random::bytes(std::size_t size)
{
    std::string out(size, '\0');
    fill(out.data(), size);
    return out;
}

std::uint64_t Random::u64()
{
    std::uint64_t value = 0;
    fill(&value, sizeof value);
    return value;
}

void SystemRandom::fill(void* out, std::size_t size)
{
    auto* cursor = static_cast<char*>(out);
    while (size > 0) {
        const ssize_t got = getrandom(cursor, size, 0);
        if (got <= 0)
            throw std::runtime_error("The operating system gave no random numbers.");
        cursor += got;
        size -= static_cast<std::size_t>(got);
    }
}

void SeededRandom::fill(void* out, std::size_t size)
{
    auto* cursor = static_cast<char*>(out);
    while (size > 0) {
        m_state += 0x9e3779b97f4a7c15ULL;
        std::uint64_t value = m_state;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
        value ^= value >> 31;
        const std::size_t count = size < sizeof value ? size : sizeof value;
        std::memcpy(cursor, &value, count);
        cursor += count;
        size -= count;
    }
}

} // namespace tally
