#include "server/ledger/types.h"

#include <array>

namespace tally::server {
namespace {

constexpr std::array<std::string_view, 6> state_names = {"waiting",  "queried",  "accepted",
                                                         "declined", "replaced", "withdrawn"};
constexpr std::array<std::string_view, 4> decision_names = {"accepted", "queried", "declined", "reversed"};

} // namespace

std::string_view name_of(EntryState state)
{
    return state_names[static_cast<std::size_t>(state)];
}

std::optional<EntryState> entry_state_named(std::string_view name)
{
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == name)
            return static_cast<EntryState>(i);
    return std::nullopt;
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
    for (std::size_t i = 0; i < decision_names.size(); ++i)
        if (decision_names[i] == name)
            return static_cast<DecisionKind>(i);
    return std::nullopt;
}

} // namespace tally::server
