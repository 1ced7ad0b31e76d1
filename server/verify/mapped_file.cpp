#include "server/verify/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tally::verify {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path)
{
    const auto failed = [&](const char* why) {
        return Error{"file_unreadable", "The file " + path.string() + " cannot be read: " + why + "."};
    };
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return failed(std::strerror(errno));
    struct stat about = {};
    void* begin = nullptr;
    const bool is_file = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
    const auto size = is_file ? static_cast<std::size_t>(about.st_size) : 0;
    if (size > 0)
        begin = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    const int error = errno;
    ::close(file);
    if (!is_file)
        return failed("it is not an ordinary file");
    if (begin == MAP_FAILED)
        return failed(std::strerror(error));
    return MappedFile(std::string_view(static_cast<const char*>(begin), size));
}

MappedFile::MappedFile(MappedFile&& other) noexcept : m_bytes(std::exchange(other.m_bytes, {})) {}

MappedFile::~MappedFile()
{
    if (!m_bytes.empty())
        ::munmap(const_cast<char*>(m_bytes.data()), m_bytes.size());
}

} // namespace tally::verify
