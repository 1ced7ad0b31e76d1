#pragma once
/// Random bytes, injected so that a simulation can repeat a run from its seed.

#include <cstddef>
#include <cstdint>
#include <string>

namespace tally {

class Random
{
public:
    virtual ~Random() = default;
    virtual void fill(void* out, std::size_t size) = 0;

    [[nodiscard]] std::string bytes(std::size_t size);
    [[nodiscard]] std::uint64_t u64();
};

/// The kernel's random numbers (getrandom). Thread-safe. Throws when the kernel refuses.
class SystemRandom final : public Random
{
public:
    void fill(void* out, std::size_t size) override;
};

/// Repeatable numbers from a seed, for tests alone: splitmix64. Not thread-safe, not secret.
class SeededRandom final : public Random
{
public:
    explicit SeededRandom(std::uint64_t seed) : m_state(seed) {}
    void fill(void* out, std::size_t size) override;

private:
    std::uint64_t m_state;
};

} // namespace tally
