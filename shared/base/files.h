#pragma once
/// Whole files and well-known folders.

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tally {

/// Fails with `file_missing`, `file_too_large` or `file_unreadable`.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uint64_t bytes_max = 64ULL * 1024 * 1024);

/// Writes beside the target, syncs, renames and syncs the folder: afterwards the file holds either the
/// old bytes or the new ones. Fails with `disk_full`, `read_only` (or no permission) or `file_unwritable`.
[[nodiscard]] Result<void> write_file_durably(const std::filesystem::path& path, std::string_view bytes);

/// Writes a file part by part and in the end as durably as write_file_durably: until commit() the target
/// stays as it was, and without it the unfinished file is removed.
class DurableFile
{
public:
    /// Fails as write_file_durably does, and so do the other steps.
    [[nodiscard]] static Result<DurableFile> create(const std::filesystem::path& path);
    DurableFile(DurableFile&& other) noexcept;
    DurableFile& operator=(DurableFile&&) = delete;
    ~DurableFile();

    [[nodiscard]] Result<void> append(std::string_view bytes);
    [[nodiscard]] Result<void> commit();

private:
    DurableFile(std::filesystem::path path, int file) : m_path(std::move(path)), m_file(file) {}
    [[nodiscard]] std::filesystem::path beside() const { return m_path.string() + ".part"; }

    std::filesystem::path m_path;
    int m_file = -1; ///< open until the end
};

/// The folder with frameworks, questionnaires, translations and icons: TALLYBOOK_ASSETS when set, else
/// ../share/tallybook/assets beside the program, else the source tree it was built from.
[[nodiscard]] std::filesystem::path assets_dir();

/// Where data lives when --data is not given: XDG_DATA_HOME or ~/.local/share, then `program`.
[[nodiscard]] std::filesystem::path default_data_dir(std::string_view program);

} // namespace tally
