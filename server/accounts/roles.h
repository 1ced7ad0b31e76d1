#pragma once
/// Who may do what. The one table of roles and permissions.

#include "server/http/permission.h"

#include <array>
#include <optional>
#include <string_view>

namespace tally::server {

enum class Role
{
    Admin,    ///< installs, loads files, enrols devices, adds people, closes quarters; decides on nothing
    Manager,  ///< reviews and decides on their own contracts, and changes their terms
    Reviewer, ///< as a manager, without seeing the devices
    Champion, ///< reads the evidence of their contracts, to publish and to thank
    Auditor,  ///< reads everything, alters nothing
    Supplier, ///< reads what was counted for their contracts, without the words of residents
};

inline constexpr std::array all_roles = {Role::Admin,    Role::Manager, Role::Reviewer,
                                         Role::Champion, Role::Auditor, Role::Supplier};

[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> role_named(std::string_view name);
/// What the role means, in one sentence for the person who gives it.
[[nodiscard]] std::string_view description_of(Role role);

[[nodiscard]] bool may(Role role, Permission permission);
/// True for roles whose scope is every contract; the others see only the contracts given to them.
[[nodiscard]] bool sees_all_contracts(Role role);

} // namespace tally::server
