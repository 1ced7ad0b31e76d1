#pragma once
/// A file as bytes without reading it into memory: a ledger of millions of rows has gigabytes.

#include "shared/base/result.h"

#include <filesystem>
#include <string_view>

namespace tally::verify {

class MappedFile
{
public:
    /// Fails with `file_unreadable`.
    [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile();

    [[nodiscard]] std::string_view bytes() const { return m_bytes; }

private:
    explicit MappedFile(std::string_view bytes) : m_bytes(bytes) {}

    std::string_view m_bytes;
};

} // namespace tally::verify
