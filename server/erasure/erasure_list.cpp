#include "server/erasure/erasure_list.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

std::string text_of(const json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<ListedLine> read_line(std::string_view line)
{
    const auto object = json::parse(line, nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    const auto at = object.find("at_ms");
    const Timestamp moment{at != object.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0};
    if (const auto code = text_of(object, "code"); !code.empty())
        return ListedWithdrawal{code, moment};
    if (const auto device = Uuid::parse(text_of(object, "device")))
        return Revocation{*device, moment};
    const auto entry = Uuid::parse(text_of(object, "entry"));
    if (!entry)
        return std::nullopt;
    // Whatever the reason was: what stands here was erased.
    const auto why = erasure_reason_named(text_of(object, "why")).value_or(ErasureReason::Staff);
    return ListedErasure{*entry, why, text_of(object, "by"), moment, text_of(object, "note")};
}

/// A line that a power cut left half written must not swallow the next one.
bool ends_in_mid_line(int file, std::int64_t size)
{
    char last = '\n';
    return size > 0 && ::pread(file, &last, 1, size - 1) == 1 && last != '\n';
}

void sync_folder_of(const std::filesystem::path& file)
{
    const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
}

} // namespace

std::string write_line(const ListedLine& line)
{
    json object;
    if (const auto* erasure = std::get_if<ListedErasure>(&line)) {
        object = {{"entry", erasure->entry.text()}, {"why", name_of(erasure->why)}};
        if (!erasure->by.empty())
            object["by"] = erasure->by;
        object["at_ms"] = erasure->at.ms;
        if (!erasure->note.empty())
            object["note"] = erasure->note;
    } else if (const auto* revocation = std::get_if<Revocation>(&line)) {
        object = {{"device", revocation->device.text()}, {"at_ms", revocation->at.ms}};
    } else {
        const auto& withdrawal = std::get<ListedWithdrawal>(line);
        object = {{"code", withdrawal.code_hash}, {"at_ms", withdrawal.at.ms}};
    }
    return object.dump() + "\n";
}

std::vector<ListedLine> read_lines(std::string_view text)
{
    std::vector<ListedLine> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (auto line = read_line(text.substr(0, end)))
            lines.push_back(std::move(*line));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::int64_t append_lines(const std::filesystem::path& path, const std::vector<ListedLine>& lines)
{
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const auto failed = [&] {
        const std::string why = std::strerror(errno);
        if (file >= 0)
            ::close(file);
        return std::runtime_error("The list of erasures " + path.string() + " cannot be written: " + why);
    };
    struct stat status = {};
    if (file < 0 || ::flock(file, LOCK_EX) != 0 || ::fstat(file, &status) != 0)
        throw failed();
    std::string text = ends_in_mid_line(file, status.st_size) ? "\n" : "";
    for (const auto& line : lines)
        text += write_line(line);
    for (std::string_view rest = text; !rest.empty();) {
        const ssize_t written = ::write(file, rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            throw failed();
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file) != 0 || ::fstat(file, &status) != 0)
        throw failed();
    ::close(file);
    sync_folder_of(path);
    return status.st_size;
}

} // namespace tally::server
