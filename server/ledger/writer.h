#pragma once
/// The only way to write the ledger: one thread with its own session takes everything that waits,
/// writes it in one transaction and signs one checkpoint, so that many callers share one disk sync
/// (group commit). Between processes over one PostgreSQL the database's writer lock does the same.

#include "server/ledger/ledger.h"
#include "server/ledger/posting.h"
#include "server/storage/server_keys.h"
#include "shared/base/time.h"
#include "shared/storage/database.h"

#include <functional>
#include <future>
#include <memory>
#include <string>

namespace tally::server {

/// The row that a leaf becomes in the log.
struct WrittenLeaf
{
    std::string text;
    std::string hash; ///< RFC 6962, 32 bytes
};

[[nodiscard]] WrittenLeaf write_out(const Leaf& leaf);

/// What a job may do inside the shared transaction.
class LedgerTransaction
{
public:
    virtual ~LedgerTransaction() = default;

    [[nodiscard]] virtual storage::Database& database() = 0;
    /// Appends a leaf and everything that follows from it; gives its position in the log. Fails as
    /// apply_leaf does, or with `overflow`, and then has changed nothing.
    [[nodiscard]] virtual Result<std::int64_t> append(const Leaf& leaf) = 0;
    /// The same for a received entry whose id the caller knows to be new, and which it has written out
    /// already: saves a look-up, and time inside the transaction.
    [[nodiscard]] virtual Result<std::int64_t> append_new(const Leaf& received,
                                                          const WrittenLeaf& written) = 0;
    [[nodiscard]] virtual const EntryStanding* standing(const Uuid& id) = 0;
    /// The device of an entry that was appended at that position hears of it, although nobody decided it.
    virtual void tell_device(const EntryFacts& facts, std::int64_t position) = 0;
    /// Another number as soon as somebody else wrote the ledger, a transaction of this writer was rolled back
    /// or an entry was erased: what a job keeps in memory is good as long as the number stays.
    [[nodiscard]] virtual std::uint64_t epoch() const = 0;
};

/// The state of the tree after the commit that holds a job's leaves.
struct CommittedTree
{
    std::int64_t tree_size = 0;
    std::string root; ///< 32 bytes
};

/// Where jobs run.
enum class WriterThread
{
    Own,    ///< so that jobs of many threads share a commit
    Caller, ///< each by itself, for programs with one thread such as the simulation in tests
};

class LedgerWriter
{
public:
    /// Opens its own session on `url`. Throws storage::DatabaseError.
    LedgerWriter(const std::string& url, ServerKeys keys, WriterThread thread = WriterThread::Own);
    /// Finishes what waits.
    ~LedgerWriter();
    LedgerWriter(const LedgerWriter&) = delete;
    LedgerWriter& operator=(const LedgerWriter&) = delete;

    /// Runs the job in a transaction shared with others and returns when it is durable. A job may run
    /// twice (when another one in its group failed), so it must set its results anew each time. What it
    /// throws is thrown here and nothing of it is kept. Thread-safe; must not be called from a job.
    CommittedTree run(std::function<void(LedgerTransaction&)> job);
    /// The same without waiting: what comes of it is in the future. Where jobs run in the caller it is done
    /// when this returns.
    [[nodiscard]] std::future<CommittedTree> start(std::function<void(LedgerTransaction&)> job);
    [[nodiscard]] WriterThread where() const;

    [[nodiscard]] const ServerKeys& keys() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tally::server
