#pragma once
/// The page of one device, as a view for its template. Pure: no database, no request.

#include "server/console/templates.h"
#include "server/storage/device_chain.h"
#include "server/storage/devices.h"

#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

struct DevicePageInput
{
    Device device;
    std::string person; ///< who uses it; empty for a kiosk or somebody without an account
    std::vector<ChainGap> gaps;
    std::vector<ChainNote> notes;
    std::vector<RefusedRecord> refused; ///< newest first
    std::optional<RefusedBatch> tried;  ///< since it was revoked
    bool may_manage = false;
};

[[nodiscard]] View device_view(const DevicePageInput& input, const Clock& clock);

/// "4" or "4 to 9".
[[nodiscard]] std::string numbers_text(std::int64_t first, std::int64_t last);
/// "3 min ahead of the server's"; empty while that is not sure or too little to matter.
[[nodiscard]] std::string clock_words(const Device& device);
/// Name, word and icon of enrolled or revoked.
[[nodiscard]] View device_state(const Device& device);

} // namespace tally::server::console
