#include "server/reference/reference.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tally::server {

namespace {

constexpr std::array<std::pair<std::string_view, ContractRole>, 5> role_names = {{
    {"employer", ContractRole::Employer},
    {"commissioner", ContractRole::Commissioner},
    {"investor", ContractRole::Investor},
    {"service_provider", ContractRole::ServiceProvider},
    {"civic_leader", ContractRole::CivicLeader},
}};

} // namespace

std::string_view name_of(ContractRole role)
{
    return std::ranges::find(role_names, role, [](const auto& entry) { return entry.second; })->first;
}

std::string_view title_of(ContractRole role)
{
    switch (role) {
    case ContractRole::Employer:
        return "Employer";
    case ContractRole::Commissioner:
        return "Commissioner";
    case ContractRole::Investor:
        return "Investor";
    case ContractRole::ServiceProvider:
        return "Service provider";
    case ContractRole::CivicLeader:
        return "Civic leader";
    }
    return "";
}

std::optional<ContractRole> contract_role_named(std::string_view name)
{
    std::string word(name);
    for (char& c : word) {
        if (c == ' ' || c == '-')
            c = '_';
        else if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    for (const auto& [known, role] : role_names)
        if (known == word)
            return role;
    return std::nullopt;
}

std::string_view name_of(Commitment commitment)
{
    switch (commitment) {
    case Commitment::Core:
        return "core";
    case Commitment::Added:
        return "added";
    case Commitment::NotStated:
        break;
    }
    return "";
}

} // namespace tally::server
