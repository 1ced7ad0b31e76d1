#include "shared/base/folders.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tally {
namespace fs = std::filesystem;
namespace {

Error unwritable(const fs::path& folder, const char* why, bool disk_full)
{
    return {disk_full ? "disk_full" : "folder_unwritable",
            "The folder " + folder.string() + " cannot be made: " + why + "."};
}

bool sync(const fs::path& folder)
{
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = handle >= 0 && ::fsync(handle) == 0;
    if (handle >= 0)
        ::close(handle);
    return done;
}

} // namespace

Result<void> make_folder_durably(const fs::path& folder)
{
    const fs::path whole = fs::absolute(folder).lexically_normal();
    const fs::path path = whole.has_filename() ? whole : whole.parent_path();
    const fs::path above = path.parent_path();
    if (above == path)
        return {};
    std::error_code failure;
    if (!fs::exists(above, failure))
        if (const auto made = make_folder_durably(above); !made)
            return made;
    fs::create_directory(path, failure);
    if (failure || !fs::is_directory(path, failure))
        return unwritable(folder, failure ? failure.message().c_str() : "something else has its name",
                          failure == std::errc::no_space_on_device);
    // A folder above that may not be read cannot be synced, and was not made by us.
    if (!sync(above) && errno != EACCES && errno != EROFS && errno != EINVAL)
        return unwritable(folder, std::strerror(errno), errno == ENOSPC);
    return {};
}

} // namespace tally
