#pragma once

namespace tally::client::platform {

/// True when NetworkManager says that the network in use is metered, such as mobile data. False when it
/// says nothing or is not there. Takes a few milliseconds; from any thread.
[[nodiscard]] bool is_network_metered();

} // namespace tally::client::platform
