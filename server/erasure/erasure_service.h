#pragma once
/// Forgetting people: on request, by withdrawal code, and by age. The words go, quantities and codes stay in
/// the ledger, which still verifies. What is destroyed, in which order, and what survives a restored backup:
/// README.md of this folder.
///
/// Thread-safe; each call leases sessions of its own. Everything is durable when a call returns.

#include "server/erasure/retention.h"
#include "server/storage/database_pool.h"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tally::server {

/// One erased entry, for lists.
struct Erasure
{
    std::int64_t position = 0; ///< of its leaf in the log
    Uuid entry;
    Uuid root;
    std::string contract;
    ErasureReason why = ErasureReason::Staff;
    std::string by; ///< account id; empty unless staff
    Timestamp at;
    std::string note;
};

class ErasureService
{
public:
    /// `data` is the server's folder, where the list of erasures lives. All must outlive the service.
    ErasureService(DatabasePool& pool, LedgerWriter& writer, const EntryVault& vault,
                   AttachmentStore& attachments, std::filesystem::path data, const Clock& clock,
                   Random& random);
    ~ErasureService();
    ErasureService(const ErasureService&) = delete;
    ErasureService& operator=(const ErasureService&) = delete;

    /// Erases an entry with all its revisions and parts and gives those erased. `note` says why, without
    /// personal data, at most 500 characters. Fails with `not_found`, `note_missing`, `note_too_long` or
    /// `already_erased`.
    [[nodiscard]] Result<std::vector<Uuid>> erase(const Uuid& entry, std::string_view by,
                                                  std::string_view note);

    struct Withdrawn
    {
        std::vector<Uuid> entries;
        bool waits = false; ///< nothing is here under the code: it is kept for when the story arrives
    };
    /// Erases what was given under the code, however it is written. Fails with `bad_code`.
    [[nodiscard]] Result<Withdrawn> withdraw(std::string_view code, std::string_view note = {});
    /// Whether anything is here under the code.
    [[nodiscard]] std::vector<Uuid> find_by_code(std::string_view code);

    /// Newest first, before a position of the log. Contracts as in Viewer.
    [[nodiscard]] std::vector<Erasure> erasures(bool all_contracts, const std::vector<std::string>& contracts,
                                                std::optional<std::int64_t> before, std::size_t limit);

    [[nodiscard]] std::vector<RetentionRule> rules();
    [[nodiscard]] Result<void> set_rule(const RetentionRule& rule, std::string_view by);
    /// For every kind, whether its rule is on or not.
    [[nodiscard]] std::vector<RetentionDue> due();
    /// Erases what is due under the rules that are on, in several transactions. Gives how many entries.
    std::size_t apply_retention();

    /// What catch_up() found to do.
    struct CaughtUp
    {
        std::size_t erased = 0;  ///< entries that were erased anew
        std::size_t revoked = 0; ///< devices that were in again
    };
    /// Applies what the list outside the database says and this database does not know, and ends what an
    /// interrupted erasure left to do. At every start, before evidence is taken in.
    CaughtUp catch_up();
    /// After devices were revoked: the list and its copies know of it when it returns.
    void note_revocations() { finish(); }

    /// From now on does once a day what is due, and every minute what is left to do, on a thread of its own.
    void keep_going();

    /// Where the list is.
    [[nodiscard]] static std::filesystem::path list_file(const std::filesystem::path& data);
    /// From now on each erasure is also written beside that backup, as long as it is there.
    void note_backup(const std::filesystem::path& backup);

private:
    std::vector<Uuid> erase_all(const std::vector<Uuid>& entries, const ErasureOrder& order);
    CaughtUp apply_list();
    std::size_t apply_requests();
    std::vector<Uuid> entries_under(std::string_view code_hash);
    void note_waiting(std::string_view code_hash, Timestamp at, bool listed);
    /// Lists, removes files, empties the write-ahead log: as far as it can be done now.
    void finish();
    void write_list();
    void copy_list();
    void remove_files();
    void empty_log();
    void loop();
    [[nodiscard]] Date today() const;

    DatabasePool& m_pool;
    LedgerWriter& m_writer;
    const EntryVault& m_vault;
    AttachmentStore& m_attachments;
    std::filesystem::path m_data;
    const Clock& m_clock;
    Random& m_random;

    std::mutex m_finishing; ///< one at a time
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace tally::server
