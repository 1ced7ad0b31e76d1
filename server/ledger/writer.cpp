#include "server/ledger/writer.h"

#include "server/ledger/tables.h"
#include "server/ledger/tiles.h"
#include "server/storage/database_pool.h"
#include "shared/base/encoding.h"
#include "shared/base/thread_name.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/ledger_file.h"
#include "shared/protocol/merkle.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace tally::server {
namespace {

/// What the writer remembers from one transaction to the next.
struct WriterHistory
{
    std::int64_t left_at = -1; ///< size of the tree after the last commit; -1 after a failure
    std::uint64_t epoch = 0;
};

class OpenTransaction final : public LedgerTransaction, private LedgerView
{
public:
    OpenTransaction(storage::Database& database, const ServerKeys& keys, WriterHistory& history)
        : m_database(database), m_keys(keys), m_transaction(database), m_history(history)
    {
        m_transaction.lock_for_writing();
        load_head();
        if (m_history.left_at != m_size_before)
            ++m_history.epoch;
        m_history.left_at = -1; // until it is committed

        m_closed_through = find_closed_through(database);
    }

    storage::Database& database() override { return m_database; }

    Result<std::int64_t> append(const Leaf& leaf) override { return append_leaf(leaf, nullptr); }
    Result<std::int64_t> append_new(const Leaf& received, const WrittenLeaf& written) override
    {
        return append_leaf(received, &written);
    }

    const EntryStanding* standing(const Uuid& id) override { return entry(id); }

    const EntryStanding* entry(const Uuid& id) override
    {
        if (m_new && *m_new == id)
            return nullptr;
        const auto cached = m_standings.find(id);
        if (cached != m_standings.end())
            return &cached->second;
        auto found = find_standing(m_database, id);
        if (!found)
            return nullptr;
        return &m_standings.emplace(id, std::move(*found)).first->second;
    }

    void tell_device(const EntryFacts& facts, std::int64_t position) override
    {
        m_database.run("INSERT INTO entry_changes (entry, device, number) VALUES (:entry, :device, :number) "
                       "ON CONFLICT (entry) DO UPDATE SET number = excluded.number",
                       facts.id.text(), facts.device.text(), position);
    }

    std::uint64_t epoch() const override { return m_history.epoch; }

    std::optional<FlagStanding> flag(std::int64_t position) override
    {
        return find_flag(m_database, position);
    }
    std::vector<FlagStanding> flags_of(const Uuid& id) override { return find_flags_of(m_database, id); }
    std::vector<Uuid> entries_of_person(std::string_view person) override
    {
        return find_entries_of_person(m_database, person);
    }
    std::vector<Uuid> parts_of(const Uuid& id) override
    {
        const auto* whole = entry(id);
        return whole == nullptr ? std::vector<Uuid>{} : find_parts(m_database, *whole);
    }
    std::optional<Quarter> closed_through() override { return m_closed_through; }

    CommittedTree commit()
    {
        for (const auto& [key, sum] : m_balances)
            if (sum.changed)
                store_balance(m_database, key, sum.now);
        CommittedTree tree{static_cast<std::int64_t>(m_frontier.size()), m_frontier.root()};
        if (tree.tree_size != m_size_before)
            store_head(tree);
        m_transaction.commit();
        m_history.left_at = tree.tree_size;
        return tree;
    }

private:
    struct CachedSum
    {
        BalanceSum now;
        bool changed = false;
    };

    void load_head()
    {
        const auto row = m_database.query_one<std::int64_t, std::string>(
            "SELECT tree_size, frontier FROM ledger_head WHERE one = 1");
        if (!row)
            return;
        const auto bytes = from_hex(std::get<1>(*row));
        auto frontier =
            bytes ? protocol::MerkleFrontier::restore(static_cast<std::uint64_t>(std::get<0>(*row)), *bytes)
                  : std::nullopt;
        if (!frontier)
            throw storage::DatabaseError(storage::Failure::Damaged,
                                         "The head of the ledger is damaged. Run tallybook-server verify.");
        m_frontier = std::move(*frontier);
        m_size_before = std::get<0>(*row);
    }

    void store_head(const CommittedTree& tree)
    {
        // Somebody changed the server's keys while this program ran: the old ones must not sign any more.
        if (server_key_changes(m_database) != static_cast<std::int64_t>(m_keys.changes.size()))
            throw storage::DatabaseError(storage::Failure::Busy,
                                         "The server's keys were changed. Start this program again.");
        m_database.run(
            "INSERT INTO ledger_head (one, tree_size, frontier) VALUES (1, :size, :frontier) "
            "ON CONFLICT (one) DO UPDATE SET tree_size = excluded.tree_size, frontier = excluded.frontier",
            tree.tree_size, to_hex(m_frontier.bytes()));
        m_database.run(
            "INSERT INTO ledger_checkpoints (tree_size, root, signed_at, note) "
            "VALUES (:size, :root, :at, :note)",
            tree.tree_size, to_hex(tree.root), m_last_at.ms,
            protocol::sign_checkpoint({m_keys.origin, static_cast<std::uint64_t>(tree.tree_size), tree.root},
                                      m_keys.signing));
    }

    /// `of_new`: its text, when its entry is known to be new.
    Result<std::int64_t> append_leaf(const Leaf& leaf, const WrittenLeaf* of_new)
    {
        const auto position = static_cast<std::int64_t>(m_frontier.size());
        m_new = of_new != nullptr ? entry_of(leaf) : std::nullopt;
        auto change = apply_leaf(leaf, position, *this);
        m_new.reset();
        if (!change)
            return change.error();
        WrittenLeaf own;
        if (of_new == nullptr)
            own = write_out(leaf);
        const auto& [text, hash] = of_new != nullptr ? *of_new : own;
        if (text.size() > protocol::leaf_bytes_max)
            return Error{"leaf_too_long", "A reference or code of this entry is far too long."};
        if (const auto added = add_to_balances(change->postings); !added)
            return added.error();

        insert_log_row(m_database, position, text, hash);
        m_tile_hashes.clear();
        m_frontier.append(hash, m_tile_hashes);
        for (const auto& completed : m_tile_hashes)
            insert_tile_hash(m_database, completed);
        m_last_at = moment_of(leaf);
        m_lines.clear();
        append_lines(*change, position, m_lines);
        for (const auto& line : m_lines)
            insert_posting(m_database, line);
        for (const auto& entry : mentioned_by(leaf, *change))
            insert_mention(m_database, entry, position);
        for (auto& changed : change->standings)
            keep(std::move(changed), position);
        if (std::holds_alternative<ErasedLeaf>(leaf))
            ++m_history.epoch;
        if (change->flag)
            store_flag(m_database, *change->flag);
        if (change->closed) {
            insert_closing(m_database, *change->closed, position);
            m_closed_through = change->closed;
        }
        return position;
    }

    /// All or nothing: a sum that would overflow leaves every sum as it was.
    Result<void> add_to_balances(const std::vector<Posting>& postings)
    {
        for (std::size_t i = 0; i < postings.size(); ++i) {
            auto found = m_balances.find(postings[i]);
            if (found == m_balances.end()) {
                BalanceKey key = key_of(postings[i]);
                const BalanceSum now = find_balance(m_database, key);
                found = m_balances.emplace(std::move(key), CachedSum{now, false}).first;
            }
            if (const auto added = add_to(found->second.now, postings[i]); !added) {
                for (std::size_t k = 0; k < i; ++k)
                    undo(postings[k]);
                return added;
            }
            found->second.changed = true;
        }
        return {};
    }

    void undo(Posting posting)
    {
        posting.entries = -posting.entries;
        posting.quantity.parts = -posting.quantity.parts;
        posting.value.parts = -posting.value.parts;
        TALLY_ASSERT(add_to(m_balances.find(posting)->second.now, posting).ok());
    }

    void keep(EntryStanding&& standing, std::int64_t position)
    {
        if (standing.position == position) {
            insert_standing(m_database, standing);
            // A withdrawal of work that waited is done when it arrives; nothing would be said of it later.
            if (standing.state != EntryState::Waiting && !standing.facts.part_of)
                tell_device(standing.facts, position);
            // A new entry is seldom asked for again in the same transaction; the database finds it then.
            return;
        }
        update_standing(m_database, standing);
        auto& cached = m_standings[standing.facts.id];
        const bool news = cached.state != standing.state || cached.decided != standing.decided ||
                          cached.erased != standing.erased;
        // A device does not know the parts into which somebody divided its entry.
        if (news && !standing.facts.part_of)
            tell_device(standing.facts, position);
        cached = std::move(standing);
    }

    storage::Database& m_database;
    const ServerKeys& m_keys;
    storage::Transaction m_transaction;
    WriterHistory& m_history;
    protocol::MerkleFrontier m_frontier;
    std::vector<protocol::TileHash> m_tile_hashes; ///< that the newest leaf completed
    std::vector<PostingLine> m_lines;              ///< of the newest leaf
    Timestamp m_last_at; ///< of the newest leaf: a checkpoint's time follows from the log too
    std::int64_t m_size_before = 0;
    std::optional<Uuid> m_new; ///< id that is known to be new while its leaf is applied
    std::optional<Quarter> m_closed_through;
    BalanceMap<CachedSum> m_balances;
    std::unordered_map<Uuid, EntryStanding> m_standings;
};

/// The pages that the newest rows touch stay in memory, and each goes into the file once for many commits.
constexpr storage::OpenOptions writer_options = {.cache_kib = 12'000, .log_pages = 4'000};

storage::Database open_for_writing(const std::string& url)
{
    auto database = storage::Database::open(url, writer_options);
    if (!database)
        throw storage::DatabaseError(storage::Failure::Unreachable, database.error().message);
    return std::move(*database);
}

struct Job
{
    std::function<void(LedgerTransaction&)> work;
    std::promise<CommittedTree> done;
};

/// A database that is locked, full or gone is so for each of a group: they need not wait for it one by one.
bool would_meet_all(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const storage::DatabaseError& error) {
        return error.failure() == storage::Failure::Busy || error.failure() == storage::Failure::Full ||
               error.failure() == storage::Failure::Unreachable;
    } catch (...) {
        return false;
    }
}

} // namespace

WrittenLeaf write_out(const Leaf& leaf)
{
    WrittenLeaf written{write_leaf(leaf), {}};
    written.hash = protocol::merkle_leaf_hash(written.text);
    return written;
}

struct LedgerWriter::Impl
{
    Impl(const std::string& database_url, ServerKeys server_keys, WriterThread where)
        : url(database_url), keys(std::move(server_keys)), database(open_for_writing(database_url))
    {
        if (where == WriterThread::Own)
            thread = std::thread([this] { loop(); });
    }

    ~Impl()
    {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        wake.notify_all();
        if (thread.joinable())
            thread.join();
    }

    void loop()
    {
        name_this_thread("ledger");
        for (;;) {
            std::deque<Job> group;
            {
                std::unique_lock lock(mutex);
                wake.wait(lock, [this] { return stopping || !queue.empty(); });
                if (queue.empty())
                    return;
                // More than this in one transaction would make the first of the group wait too long.
                constexpr std::size_t group_max = 64;
                while (!queue.empty() && group.size() < group_max) {
                    group.push_back(std::move(queue.front()));
                    queue.pop_front();
                }
            }
            commit_group(group);
        }
    }

    void commit_group(std::deque<Job>& group)
    {
        try {
            OpenTransaction transaction(database, keys, history);
            for (auto& job : group)
                job.work(transaction);
            const auto tree = transaction.commit();
            for (auto& job : group)
                job.done.set_value(tree);
        } catch (...) {
            const auto failure = std::current_exception();
            if (group.size() == 1 || would_meet_all(failure)) {
                for (auto& job : group)
                    job.done.set_exception(failure);
                reconnect_if_lost();
                return;
            }
            // One of them failed and took the others with it: each gets a transaction of its own.
            reconnect_if_lost();
            for (auto& job : group) {
                std::deque<Job> alone;
                alone.push_back(std::move(job));
                commit_group(alone);
            }
        }
    }

    /// After the database server went away the session is of no more use.
    void reconnect_if_lost()
    {
        try {
            (void)database.query_one<std::int64_t>("SELECT 1");
        } catch (const storage::DatabaseError&) {
            if (auto opened = storage::Database::open(url, writer_options))
                database = std::move(*opened);
        }
    }

    std::string url;
    ServerKeys keys;
    storage::Database database;
    WriterHistory history;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> queue;
    bool stopping = false;
    std::thread thread;
};

LedgerWriter::LedgerWriter(const std::string& url, ServerKeys keys, WriterThread thread)
    : m_impl(std::make_unique<Impl>(url, std::move(keys), thread))
{
}

LedgerWriter::~LedgerWriter() = default;

CommittedTree LedgerWriter::run(std::function<void(LedgerTransaction&)> job)
{
    return start(std::move(job)).get();
}

std::future<CommittedTree> LedgerWriter::start(std::function<void(LedgerTransaction&)> job)
{
    if (where() == WriterThread::Caller) {
        std::deque<Job> alone;
        alone.push_back(Job{std::move(job), {}});
        auto done = alone.front().done.get_future();
        m_impl->commit_group(alone);
        return done;
    }
    std::future<CommittedTree> done;
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->queue.push_back(Job{std::move(job), {}});
        done = m_impl->queue.back().done.get_future();
    }
    m_impl->wake.notify_one();
    return done;
}

WriterThread LedgerWriter::where() const
{
    return m_impl->thread.joinable() ? WriterThread::Own : WriterThread::Caller;
}

const ServerKeys& LedgerWriter::keys() const
{
    return m_impl->keys;
}

} // namespace tally::server
