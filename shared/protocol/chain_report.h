#pragma once
/// What a device says of numbers in its chain under which nothing will reach the server, or not now, so that
/// the server does not wait for them for ever. Signed like a batch: it travels over the network and in a
/// bundle alike. Layout in PROTOCOL.md, section 3.

#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/crypto/keys.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

inline constexpr std::size_t chain_report_numbers_max = 1'000;

enum class ChainState : std::uint8_t
{
    Erased = 1, ///< its words were destroyed on the device before they travelled
    Withdrawn,  ///< the server could not take it, and the worker took it back
    Replaced,   ///< the same, and another entry says it right
    PutAside,   ///< the server could not take it; it waits on the device for the worker
};

[[nodiscard]] std::string_view name_of(ChainState state);
[[nodiscard]] std::optional<ChainState> chain_state_named(std::string_view name);
/// Nothing will ever come under that number.
[[nodiscard]] constexpr bool is_final(ChainState state)
{
    return state != ChainState::PutAside;
}

struct ChainNumber
{
    std::uint64_t seq = 0;
    ChainState state = ChainState::Erased;
    std::string digest; ///< SHA-256 of the sealed record, 32 bytes: the next record names it

    bool operator==(const ChainNumber&) const = default;
};

struct ChainReport
{
    Uuid device;
    Timestamp created_at; ///< device clock
    std::vector<ChainNumber> numbers;
    std::string_view content;   ///< what is signed; into the bytes that were parsed
    std::string_view signature; ///< 64 bytes

    [[nodiscard]] bool is_signed_by(std::string_view public_key) const;
};

[[nodiscard]] std::string write_chain_report(const Uuid& device, Timestamp created_at,
                                             const std::vector<ChainNumber>& numbers,
                                             const crypto::SigningKey& key);
/// Checks the layout and every bound, not the signature. Fails with `bad_chain_report`.
[[nodiscard]] Result<ChainReport> parse_chain_report(std::string_view bytes);

} // namespace tally::protocol
