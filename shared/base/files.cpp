#include "shared/base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace tally {
namespace fs = std::filesystem;
namespace {

bool write_all(int file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Error unwritable(const fs::path& path, const char* step)
{
    const int why = errno;
    const char* code = why == ENOSPC || why == EDQUOT                  ? "disk_full"
                       : why == EROFS || why == EACCES || why == EPERM ? "read_only"
                                                                       : "file_unwritable";
    return {code, "The file " + path.string() + " could not be " + step + ": " + std::strerror(why) + "."};
}

void sync_folder(const fs::path& folder)
{
    const int handle = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle >= 0) {
        ::fsync(handle);
        ::close(handle);
    }
}

} // namespace

Result<std::string> read_file(const fs::path& path, std::uint64_t bytes_max)
{
    std::error_code failure;
    if (!fs::exists(path, failure))
        return Error{"file_missing", "There is no file at " + path.string() + ". Check its name and folder."};
    if (fs::is_directory(path, failure))
        return Error{"file_unreadable", path.string() + " is a folder. Name a file in it."};
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return Error{"file_unreadable",
                     "The file " + path.string() + " cannot be opened. Check who may read it."};
    std::string bytes;
    std::string part(256 * 1024, '\0');
    while (file) {
        file.read(part.data(), static_cast<std::streamsize>(part.size()));
        bytes.append(part.data(), static_cast<std::size_t>(file.gcount()));
        if (bytes.size() > bytes_max)
            return Error{"file_too_large", "The file " + path.string() + " is larger than " +
                                               std::to_string(bytes_max / 1024) + " KiB."};
    }
    if (file.bad())
        return Error{"file_unreadable", "Reading " + path.string() + " failed part of the way."};
    return bytes;
}

Result<void> write_file_durably(const fs::path& path, std::string_view bytes)
{
    auto file = DurableFile::create(path);
    if (!file)
        return file.error();
    if (const auto written = file->append(bytes); !written)
        return written;
    return file->commit();
}

Result<DurableFile> DurableFile::create(const fs::path& path)
{
    DurableFile made(path, -1);
    made.m_file = ::open(made.beside().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (made.m_file < 0)
        return unwritable(path, "created");
    return made;
}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_file(std::exchange(other.m_file, -1))
{
}

DurableFile::~DurableFile()
{
    if (m_file >= 0) {
        ::close(m_file);
        ::unlink(beside().c_str());
    }
}

Result<void> DurableFile::append(std::string_view bytes)
{
    TALLY_ASSERT(m_file >= 0);
    return write_all(m_file, bytes) ? Result<void>() : unwritable(m_path, "written");
}

Result<void> DurableFile::commit()
{
    TALLY_ASSERT(m_file >= 0);
    if (::fsync(m_file) != 0)
        return unwritable(m_path, "written");
    if (::close(std::exchange(m_file, -1)) != 0) {
        const auto error = unwritable(m_path, "written");
        ::unlink(beside().c_str());
        return error;
    }
    if (::rename(beside().c_str(), m_path.c_str()) != 0) {
        const auto error = unwritable(m_path, "put in place");
        ::unlink(beside().c_str());
        return error;
    }
    sync_folder(m_path.parent_path());
    return {};
}

fs::path assets_dir()
{
    if (const char* given = std::getenv("TALLYBOOK_ASSETS"); given != nullptr && *given != '\0')
        return given;
    std::error_code failure;
    const fs::path program = fs::read_symlink("/proc/self/exe", failure);
    if (!failure) {
        const fs::path installed = program.parent_path().parent_path() / "share" / "tallybook" / "assets";
        if (fs::is_directory(installed, failure))
            return installed;
    }
    return TALLY_SOURCE_ASSETS;
}

fs::path default_data_dir(std::string_view program)
{
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
        return fs::path(data) / program;
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
        return fs::path(home) / ".local" / "share" / program;
    return fs::path("/var/lib") / program;
}

} // namespace tally
