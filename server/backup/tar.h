#pragma once
/// Plain POSIX tar (ustar) with regular files, so that a backup can be looked at with any tar. Sizes over 8
/// GiB are written as GNU tar does.

#include "shared/base/files.h"
#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::server {

/// Fails with `file_unwritable` or `file_unreadable`. The target appears with finish() alone.
class TarWriter
{
public:
    [[nodiscard]] static Result<TarWriter> create(const std::filesystem::path& file);

    /// Names have at most 100 characters.
    [[nodiscard]] Result<void> add(std::string_view name, std::string_view bytes);
    [[nodiscard]] Result<void> add_file(std::string_view name, const std::filesystem::path& source);
    /// SHA256SUMS over everything so far, then the end.
    [[nodiscard]] Result<void> finish();
    [[nodiscard]] std::int64_t bytes() const { return m_bytes; }

private:
    explicit TarWriter(DurableFile file) : m_file(std::move(file)) {}
    [[nodiscard]] Result<void> append(std::string_view bytes);
    [[nodiscard]] Result<void> begin(std::string_view name, std::uint64_t size);
    [[nodiscard]] Result<void> end(std::string_view name, std::uint64_t size, std::string_view digest);

    DurableFile m_file;
    std::string m_sums;
    std::int64_t m_bytes = 0;
};

/// Says where a member goes; nothing refuses it.
using TarTarget = std::function<std::optional<std::filesystem::path>(std::string_view name)>;

/// Unpacks every member, durably, and checks all against SHA256SUMS. Fails with `bad_backup` (damaged, cut
/// short, or with a member that has no place), `file_missing` or `file_unwritable`; files written before
/// stay.
[[nodiscard]] Result<std::vector<std::string>> unpack_tar(const std::filesystem::path& file,
                                                          const TarTarget& target);

/// Name and bytes of the first member, without a look at the rest. Nothing when this is no such file, or the
/// member is longer than that.
[[nodiscard]] std::optional<std::pair<std::string, std::string>>
read_first_member(const std::filesystem::path& file, std::uint64_t bytes_max);

} // namespace tally::server
