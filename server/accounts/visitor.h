#pragma once
/// A person as the server knows them.

#include "server/accounts/roles.h"
#include "shared/base/time.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct User
{
    std::string id; ///< UUID; also the person key that stands as `author` in entries from their devices
    std::string name;
    std::string email; ///< lower case, unique
    Role role = Role::Reviewer;
    std::vector<std::string> contracts; ///< references; empty for roles that see all
    bool active = true;
    Timestamp created_at;
    std::optional<Timestamp> last_seen_at;

    [[nodiscard]] bool sees_contract(std::string_view reference) const
    {
        return sees_all_contracts(role) ||
               std::find(contracts.begin(), contracts.end(), reference) != contracts.end();
    }
};

/// Who is signed in while a request is answered.
struct Visitor
{
    User user;
    std::string session; ///< hash of the session's token, its name in the database
    std::string csrf;    ///< secret of the session; forms carry it masked, see csrf_field

    [[nodiscard]] bool may(Permission permission) const { return server::may(user.role, permission); }
    [[nodiscard]] bool sees_contract(std::string_view reference) const
    {
        return user.sees_contract(reference);
    }
};

} // namespace tally::server
