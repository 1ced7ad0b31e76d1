#pragma once
/// Compares what has arrived with what was there, and has likely double counting flagged in the log.
///
/// A device has its receipt as soon as its entries stand in the ledger; they are compared right after, in
/// order of arrival. `merge_progress` says how far, so a server that stops in between goes on there. Whoever
/// decides on an entry, or closes a quarter, has it compared first: see compare_first().

#include "server/ingest/merging.h"
#include "server/ingest/reference_cache.h"
#include "server/ledger/writer.h"
#include "server/storage/database_pool.h"
#include "server/storage/entry_vault.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tally::server {

/// After a failure, such as a full disk, the thread tries again by itself: after the first time, then twice
/// as long each time.
struct ComparisonPauses
{
    std::chrono::milliseconds first{1'000};
    std::chrono::milliseconds longest{60'000};

    /// `failures` in a row, at least one.
    [[nodiscard]] std::chrono::milliseconds after(int failures) const;
};

class Comparison
{
public:
    /// All must outlive it. Nothing runs by itself until keep_going().
    Comparison(DatabasePool& pool, LedgerWriter& writer, ReferenceCache& reference, const EntryVault& vault,
               const Clock& clock);
    /// Leaves what it has not come to for the next start.
    ~Comparison();
    Comparison(const Comparison&) = delete;
    Comparison& operator=(const Comparison&) = delete;

    /// Durable when they return. Thread-safe, as are the others below.
    void compare_all();
    /// The entry with all that came before it, or with none given everything. Nothing to do, nearly always,
    /// unless it has just arrived.
    void compare_first(const std::optional<Uuid>& entry);

    /// All bytes of an encrypted photo are here: compares what it shows with other photos. Once the thread
    /// works that does it, soon: whoever sent the photo does not wait, and learns of no failure.
    void photo_arrived(std::string_view sealed_digest);
    /// The same for photos that came just before the server stopped; the thread begins with it.
    void compare_photos_left_over();

    /// From now on a thread of its own does the work, after the devices that send were served.
    void keep_going(ComparisonPauses pauses = {});
    /// How often in a row that thread has failed; 0 when all is well.
    [[nodiscard]] int failures() const;
    /// Entries came.
    void entries_arrived();

private:
    /// One transaction of the writer. False when there is nothing left up to the position.
    bool compare_some(std::optional<std::int64_t> through);
    [[nodiscard]] bool remember_photo(std::string_view sealed_digest);
    [[nodiscard]] std::optional<std::string> next_photo();
    [[nodiscard]] std::vector<std::string> photos_left_over();
    void compare_photo(std::string_view sealed_digest);
    void compare_photos();
    void loop();
    /// Until it is time to try again after a failure, or the end.
    void wait_after_failure(std::unique_lock<std::mutex>& lock);
    /// Returns when it is time to go on, or false at the end.
    bool wait_for_quiet(std::unique_lock<std::mutex>& lock);

    DatabasePool& m_pool;
    LedgerWriter& m_writer;
    ReferenceCache& m_reference;
    const EntryVault& m_vault;
    const Clock& m_clock;
    MergeMemory m_memory; ///< used by the writer's jobs alone

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::chrono::steady_clock::time_point m_last_arrival;
    bool m_pending = true;            ///< what was left by the run before
    std::deque<std::string> m_photos; ///< that came
    bool m_photos_left_over = false;  ///< those that the database knows of besides
    bool m_goes_on = false;           ///< there is a thread
    bool m_stopping = false;
    int m_failures = 0;
    ComparisonPauses m_pauses;
    std::thread m_thread;
};

} // namespace tally::server
