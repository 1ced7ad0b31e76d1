#include "server/accounts/roles.h"

#include <algorithm>

namespace tally::server {
namespace {

struct RoleRow
{
    Role role;
    std::string_view name;
    std::string_view description;
    bool all_contracts;
    bool contracts, evidence, decide, devices, manage_devices, people, manage_people, close_quarters;
    bool manage_contracts, import_reference, erase_words, set_retention;
};

// clang-format off
constexpr std::array<RoleRow, 6> table = {{
    //                                                                           all    contr. evid.  decide devices manage people manage close  terms  import erase  retention
    {Role::Admin,    "admin",    "Sets up devices, people and contracts, settles flags, releases held values and closes quarters.",
                                                                                 true,  true,  true,  false, true,  true,  true,  true,  true, true,  true,  true,  true},
    {Role::Manager,  "manager",  "Reviews evidence, takes decisions, and agrees and changes the terms of their own contracts.",
                                                                                 false, true,  true,  true,  true,  false, false, false, false, true,  false, true,  false},
    {Role::Reviewer, "reviewer", "Reviews evidence and takes decisions on their own contracts; does not see devices.",
                                                                                 false, true,  true,  true,  false, false, false, false, false, false, false, false, false},
    {Role::Champion, "champion", "Reads the evidence of their contracts.",
                                                                                 false, true,  true,  false, false, false, false, false, false, false, false, false, false},
    {Role::Auditor,  "auditor",  "Reads everything and alters nothing.",
                                                                                 true,  true,  true,  false, true,  false, true,  false, false, false, false, false, false},
    {Role::Supplier, "supplier", "Sees what was counted for their contracts, without the words of residents.",
                                                                                 false, true,  false, false, false, false, false, false, false, false, false, false, false},
}};
// clang-format on

const RoleRow& row_of(Role role)
{
    return *std::find_if(table.begin(), table.end(), [role](const RoleRow& row) { return row.role == role; });
}

} // namespace

std::string_view name_of(Role role)
{
    return row_of(role).name;
}

std::optional<Role> role_named(std::string_view name)
{
    for (const auto& row : table)
        if (row.name == name)
            return row.role;
    return std::nullopt;
}

std::string_view description_of(Role role)
{
    return row_of(role).description;
}

bool may(Role role, Permission permission)
{
    const RoleRow& row = row_of(role);
    switch (permission) {
    case Permission::Public:
    case Permission::SignedIn:
        return true;
    case Permission::Device:
        return false;
    case Permission::SeeContracts:
        return row.contracts;
    case Permission::SeeEvidence:
        return row.evidence;
    case Permission::Decide:
        return row.decide;
    case Permission::SeeDevices:
        return row.devices;
    case Permission::ManageDevices:
        return row.manage_devices;
    case Permission::SeePeople:
        return row.people;
    case Permission::ManagePeople:
        return row.manage_people;
    case Permission::CloseQuarters:
    case Permission::ReopenContracts: // what an administrator ends, and what they open again
        return row.close_quarters;
    case Permission::ManageContracts:
        return row.manage_contracts;
    case Permission::ImportReference:
        return row.import_reference;
    case Permission::EraseWords:
        return row.erase_words;
    case Permission::SetRetention:
        return row.set_retention;
    }
    return false;
}

bool sees_all_contracts(Role role)
{
    return row_of(role).all_contracts;
}

} // namespace tally::server
