#pragma once
/// Letting this device in, with the one-time code of an administrator.

#include "client/store/identity.h"
#include "client/store/store.h"
#include "client/sync/transport.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/protocol/enrolment.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tally::client {

using EnrolTransportMaker = std::function<std::unique_ptr<Transport>(const protocol::EnrolmentInvitation&)>;
[[nodiscard]] EnrolTransportMaker http_enrol_transports();

/// Exchanges the code (typed or a link) for an identity and keeps it. With a PIN, a worker's device
/// gets the key that lets its worker read their entries later; a kiosk ignores the PIN. Safe to repeat
/// when the answer was lost: the key is kept before the first attempt.
/// Fails with `bad_code`, `offline`, `wrong_server`, `pin_too_short`, or the server's own code.
[[nodiscard]] Result<Identity> enrol(Store& store, std::string_view code_or_link,
                                     const std::optional<std::string>& pin,
                                     const EnrolTransportMaker& transports, const Clock& clock,
                                     Random& random);

/// Shows a server an enrolment that it no longer knows, because it was restored from an older backup, and how
/// the device's keys followed one another since. Nothing when that server gave no record of it.
[[nodiscard]] std::optional<HttpRequest> enrolment_record_request(Store& store, const Identity& identity);

} // namespace tally::client
