#include "server/ledger/types.h"

#include <array>

namespace tally::server {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 9> state_names = {
    "waiting", "queried", "accepted", "declined", "replaced", "withdrawn", "duplicate", "split", "erased"};
constexpr std::array<std::string_view, 6> decision_names = {"accepted", "queried",  "declined",
                                                            "reversed", "released", "held"};
constexpr std::array<std::string_view, 4> resolution_names = {"different", "same", "part_of", "fine"};
constexpr std::array<std::string_view, 3> erasure_names = {"withdrawal", "staff", "retention"};
constexpr std::array<std::string_view, 3> counting_names = {"sum", "latest", "once"};

template <typename T, std::size_t N>
std::optional<T> named(const std::array<std::string_view, N>& names, std::string_view name)
{
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name)
            return static_cast<T>(i);
    return std::nullopt;
}

} // namespace

std::string_view name_of(EntryState state)
{
    return state_names[static_cast<std::size_t>(state)];
}

std::optional<EntryState> entry_state_named(std::string_view name)
{
    return named<EntryState>(state_names, name);
}

std::string_view name_of(Phase phase)
{
    return phase == Phase::Claimed ? "claimed" : "confirmed";
}

std::string_view name_of(DecisionKind kind)
{
    return decision_names[static_cast<std::size_t>(kind)];
}

std::optional<DecisionKind> decision_named(std::string_view name)
{
    return named<DecisionKind>(decision_names, name);
}

std::string_view name_of(Resolution resolution)
{
    return resolution_names[static_cast<std::size_t>(resolution)];
}

std::optional<Resolution> resolution_named(std::string_view name)
{
    return named<Resolution>(resolution_names, name);
}

std::string_view name_of(ErasureReason reason)
{
    return erasure_names[static_cast<std::size_t>(reason)];
}

std::optional<ErasureReason> erasure_reason_named(std::string_view name)
{
    return named<ErasureReason>(erasure_names, name);
}

std::string_view name_of(Counting counting)
{
    return counting_names[static_cast<std::size_t>(counting)];
}

std::optional<Counting> counting_named(std::string_view name)
{
    return named<Counting>(counting_names, name);
}

} // namespace tally::server
