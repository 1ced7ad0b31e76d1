#pragma once
/// Photos that were here and whose files are gone: a folder that was cleared, a disk that was not mounted, a
/// database that was put back without its photos. Devices may still have them.

#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tally::server {

struct KnownPhoto
{
    std::string digest; ///< of its sealed bytes
    std::int64_t length = 0;
};
/// Those that are here by the database, by digest.
[[nodiscard]] std::vector<KnownPhoto> known_photos(storage::Database& database);

struct PhotosFound
{
    std::int64_t complete = 0;        ///< that are here, by the database
    std::vector<std::string> missing; ///< those of them whose file is not there, or not whole

    /// As where the disk with the photos is not there.
    [[nodiscard]] bool look_unmounted() const;
};

/// Looks at the name and size of each file.
[[nodiscard]] PhotosFound find_photos(storage::Database& database, const std::filesystem::path& folder);

/// Has devices offer their photos once more with their next pull, when some are missing of which they were
/// not asked yet: for that the database begins a new epoch (backup_log.h). Forgets those that are here again.
void ask_for_missing_photos(storage::Database& database, const std::vector<std::string>& missing,
                            Random& random, Timestamp now);

/// What whoever runs the server has to know of them; empty when none is missing.
[[nodiscard]] std::string words_on_missing_photos(const PhotosFound& photos);

} // namespace tally::server
