#include "client/platform/png.h"

#include "shared/base/files.h"

#include <stb_image_write.h>

#include <string>

namespace tally::client::platform {

Result<void> write_png(const std::filesystem::path& file, const std::vector<std::uint8_t>& rgba, int width,
                       int height)
{
    std::string bytes;
    const auto append = [](void* out, void* data, int size) {
        static_cast<std::string*>(out)->append(static_cast<const char*>(data),
                                               static_cast<std::size_t>(size));
    };
    if (stbi_write_png_to_func(append, &bytes, width, height, 4, rgba.data(), width * 4) == 0)
        return Error{"file_unwritable", "The picture for " + file.string() + " could not be made."};
    return write_file_durably(file, bytes);
}

} // namespace tally::client::platform
