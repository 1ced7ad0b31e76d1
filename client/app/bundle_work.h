#pragma once
/// Writing bundles to sticks and reading receipts from them, on a thread and a store of its own: a slow stick
/// must not keep anything from being saved.

#include "client/app/service_thread.h"
#include "client/screens/model.h"
#include "client/sync/bundle.h"
#include "client/widgets/translations.h"
#include "shared/base/time.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tally::client {

/// What a job has to say.
struct BundleOutcome
{
    enum class Kind
    {
        Sticks,
        Progress,
        Written,
        Read,
    };

    Kind kind = Kind::Sticks;
    std::vector<screens::StickModel> sticks;
    ExportProgress progress;
    std::string file; ///< name of what was written
    ExportedBundle written;
    ImportedReceipts read;
    std::optional<Error> problem; ///< with Written and Read: it did not work
};

class BundleWork
{
public:
    /// `clock` must outlive it. `tell` is called on the thread of the work.
    BundleWork(std::filesystem::path folder, const Clock& clock, std::function<void(BundleOutcome)> tell);
    /// Stops what is under way: a bundle that is not whole leaves nothing on the stick.
    ~BundleWork();
    BundleWork(const BundleWork&) = delete;
    BundleWork& operator=(const BundleWork&) = delete;

    /// For sticks, and in these folders. One look at a time, beside the other work: a slow stick keeps
    /// nothing from being written to another. What is asked meanwhile is one more look after it.
    void look(std::vector<std::string> other_folders);
    /// What waits, or one entry alone, in a file with a name that nothing there has.
    void write(const std::filesystem::path& stick, std::optional<Uuid> entry);
    void stop() { m_is_stopped = true; }
    void read(const std::filesystem::path& file);

private:
    void look_until_done();
    [[nodiscard]] BundleOutcome written(const std::filesystem::path& stick, const std::optional<Uuid>& entry);
    [[nodiscard]] BundleOutcome read_from(const std::filesystem::path& file);

    std::filesystem::path m_folder;
    const Clock& m_clock;
    std::function<void(BundleOutcome)> m_tell;
    std::atomic<bool> m_is_stopped = false;
    std::atomic<bool> m_is_ending = false;
    std::mutex m_mutex;
    std::vector<std::string> m_other_folders;
    bool m_is_looking = false;
    bool m_looks_again = false;
    // Last, so that they end before what they use.
    ServiceThread m_looks;
    ServiceThread m_thread;
};

/// What to tell the person, in words that fit a stick.
[[nodiscard]] std::string bundle_problem(const Error& error, const widgets::Translations& translations);

} // namespace tally::client
