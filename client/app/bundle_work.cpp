#include "client/app/bundle_work.h"

#include "client/platform/sticks.h"
#include "shared/base/files.h"
#include "shared/base/random.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

namespace tally::client {

namespace {

namespace fs = std::filesystem;

constexpr auto progress_pause = std::chrono::milliseconds(100);

screens::StickModel model_of(const platform::Stick& stick)
{
    return {stick.folder.string(), stick.name, stick.free_bytes, stick.is_read_only,
            find_receipts(stick.folder)};
}

Error unnamable(const fs::path& path)
{
    const int why = errno;
    const char* code = why == ENOSPC || why == EDQUOT                  ? "disk_full"
                       : why == EROFS || why == EACCES || why == EPERM ? "read_only"
                                                                       : "file_unwritable";
    return {code, "The file " + path.string() + " could not be put in place: " + std::strerror(why) + "."};
}

/// Renames without ever replacing. False with EEXIST when the name is taken.
bool rename_to_new(const fs::path& from, const fs::path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    // A file system that cannot: whoever makes the empty file owns the name.
    const int claim = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (claim < 0)
        return false;
    ::close(claim);
    if (::rename(from.c_str(), to.c_str()) == 0)
        return true;
    const int why = errno;
    ::unlink(to.c_str());
    errno = why;
    return false;
}

void sync_folder(const fs::path& folder)
{
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return;
    ::fsync(handle);
    ::close(handle);
}

/// Gives a whole file its name, or that with "-2", "-3" and so on when it is taken, and says which it was.
/// What lies there already may be the only copy of something: a bundle of the same minute, or one of another
/// device whose name has the same letters.
Result<std::string> take_free_name(const fs::path& whole, const fs::path& name)
{
    constexpr int tries_max = 1'000;
    const fs::path folder = whole.parent_path();
    for (int number = 1; number <= tries_max; ++number) {
        const std::string tried =
            number == 1 ? name.string()
                        : name.stem().string() + "-" + std::to_string(number) + name.extension().string();
        if (rename_to_new(whole, folder / tried)) {
            sync_folder(folder);
            return tried;
        }
        if (errno != EEXIST)
            break;
    }
    const Error problem = unnamable(folder / name);
    ::unlink(whole.c_str());
    return problem;
}

} // namespace

BundleWork::BundleWork(fs::path folder, const Clock& clock, std::function<void(BundleOutcome)> tell)
    : m_folder(std::move(folder)), m_clock(clock), m_tell(std::move(tell)), m_looks([](const char*) {}),
      m_thread([](const char*) {})
{
}

BundleWork::~BundleWork()
{
    m_is_ending = true;
    m_is_stopped = true;
}

void BundleWork::look(std::vector<std::string> other_folders)
{
    {
        const std::lock_guard lock(m_mutex);
        m_other_folders = std::move(other_folders);
        m_looks_again = std::exchange(m_is_looking, true);
        if (m_looks_again)
            return;
    }
    m_looks.run([this] { look_until_done(); });
}

void BundleWork::look_until_done()
{
    for (bool again = true; again && !m_is_ending;) {
        std::vector<std::string> other_folders;
        {
            const std::lock_guard lock(m_mutex);
            m_looks_again = false;
            other_folders = m_other_folders;
        }
        BundleOutcome outcome;
        try {
            for (const platform::Stick& stick : platform::plugged_in_sticks())
                outcome.sticks.push_back(model_of(stick));
            for (const std::string& folder : other_folders)
                if (const auto stick = platform::stick_at(folder))
                    outcome.sticks.push_back(model_of(*stick));
        } catch (const std::exception&) {
            // It was taken out meanwhile: the next look says what is there.
        }
        m_tell(std::move(outcome));
        const std::lock_guard lock(m_mutex);
        again = m_looks_again;
        m_is_looking = again;
    }
}

void BundleWork::write(const fs::path& stick, std::optional<Uuid> entry)
{
    m_is_stopped = false;
    m_thread.run([this, stick, entry] {
        BundleOutcome outcome;
        try {
            outcome = written(stick, entry);
        } catch (const std::exception& failure) {
            outcome.problem = Error{"failed", failure.what()};
        }
        outcome.kind = BundleOutcome::Kind::Written;
        m_tell(std::move(outcome));
    });
}

BundleOutcome BundleWork::written(const fs::path& stick, const std::optional<Uuid>& entry)
{
    BundleOutcome outcome;
    auto store = Store::open(m_folder);
    const auto identity = store ? store->identity() : std::nullopt;
    if (!store || !identity) {
        outcome.problem = store ? Error{"not_enrolled", "This device is not set up yet."} : store.error();
        return outcome;
    }
    const Timestamp now = m_clock.now();
    const std::string name = bundle_name(*identity, now, m_clock.utc_offset_min(now));
    const fs::path unnamed = stick / (name + "." + std::to_string(SystemRandom().u64()) + ".new");
    BundleContent content;
    if (entry)
        content.entries.push_back(*entry);
    auto told_at = std::chrono::steady_clock::time_point();
    const auto exported = export_bundle(*store, unnamed, now, content, [&](const ExportProgress& progress) {
        const auto present = std::chrono::steady_clock::now();
        if (present - told_at >= progress_pause) {
            told_at = present;
            BundleOutcome report;
            report.kind = BundleOutcome::Kind::Progress;
            report.progress = progress;
            m_tell(std::move(report));
        }
        return !m_is_stopped.load();
    });
    if (!exported) {
        outcome.problem = exported.error();
        return outcome;
    }
    auto named = take_free_name(unnamed, name);
    if (named) {
        outcome.file = std::move(*named);
        outcome.written = *exported;
    } else {
        outcome.problem = named.error();
    }
    return outcome;
}

void BundleWork::read(const fs::path& file)
{
    m_thread.run([this, file] {
        BundleOutcome outcome;
        try {
            outcome = read_from(file);
        } catch (const std::exception& failure) {
            outcome.problem = Error{"failed", failure.what()};
        }
        outcome.kind = BundleOutcome::Kind::Read;
        m_tell(std::move(outcome));
    });
}

BundleOutcome BundleWork::read_from(const fs::path& file)
{
    BundleOutcome outcome;
    const auto bytes = read_file(file, receipts_bytes_max);
    auto store = Store::open(m_folder);
    if (!bytes || !store) {
        outcome.problem = bytes ? store.error() : bytes.error();
        return outcome;
    }
    const auto imported = import_receipts(*store, *bytes);
    if (imported)
        outcome.read = *imported;
    else
        outcome.problem = imported.error();
    return outcome;
}

std::string bundle_problem(const Error& error, const widgets::Translations& translations)
{
    const char* key = error.code == "disk_full"                                           ? "bundle.full"
                      : error.code == "read_only"                                         ? "bundle.locked"
                      : error.code == "stopped"                                           ? "bundle.stopped"
                      : error.code.starts_with("file_") && error.code != "file_too_large" ? "bundle.gone"
                                                                                          : nullptr;
    return key != nullptr ? std::string(translations.text(key)) : error.message;
}

} // namespace tally::client
