#pragma once
/// What a server answers to a device that shows it a code.

#include "client/store/identity.h"
#include "shared/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

struct EnrolmentAnswer
{
    /// What the server says of the device and of itself: id, name, mode, author, and its own name and keys.
    /// The keys are of the right length; whether they are the right ones is for the caller to say.
    Identity identity;
    std::string record; ///< in base64, to show the server again; empty from a server without them
    std::vector<std::string> key_changes; ///< see key_statements
};

/// Any bytes may come, from whoever is at that address. Fails with `odd_answer`.
[[nodiscard]] Result<EnrolmentAnswer> parse_enrolment_answer(std::string_view body);

} // namespace tally::client
