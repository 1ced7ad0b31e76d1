#pragma once
/// What this device knows of the ledger of its server, and what it sends again when that server was restored
/// from a backup: nothing that was acknowledged is lost as long as one device still has it.
///
/// A receipt says how large the ledger's tree was and what its root was. The server shows with each pull that
/// its ledger goes on from the trees of the receipts that came since. A tree that it cannot show is of a
/// ledger that is no more, and what the receipts behind the last common tree acknowledge travels again.

#include "client/store/store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tally::client {

/// A ledger as a receipt or a checkpoint saw it.
struct SeenTree
{
    std::uint64_t size = 0;
    std::string root; ///< 32 bytes

    auto operator<=>(const SeenTree&) const = default;
};

class ServerLedger
{
public:
    /// The store must outlive it. Enrolments with the same server share its ledger.
    ServerLedger(Store& store, const Identity& identity);

    /// The server has other keys now: takes over what the known one vouches for, for every enrolment with
    /// that server, and gives whether there was anything. `changes` are statements as
    /// shared/protocol/key_change.h reads them; an Identity that was read before is out of date then.
    [[nodiscard]] static bool follow_keys(Store& store, const Identity& identity,
                                          const std::vector<std::string>& changes);
    /// Whether it is the server's present key or a former one.
    [[nodiscard]] bool knows_key(std::string_view key) const;
    /// Signed with the server's present key or a former one. Fails with `bad_receipt`.
    [[nodiscard]] Result<protocol::Receipt> read_receipt(std::string_view bytes) const;

    struct Unproved
    {
        std::vector<SeenTree> trees; ///< by size, each once
        std::int64_t receipts_up_to = 0;
        bool is_all = true; ///< false: there are more receipts than trees_max allows
    };
    /// What receipts saw that came since the last proof.
    [[nodiscard]] Unproved unproved(std::size_t trees_max);
    /// What the receipts before them saw, spread evenly over sizes: to find where two ledgers part.
    [[nodiscard]] std::vector<SeenTree> proved_before(std::size_t trees_max);

    /// The server's ledger is `now` and goes on from everything up to that receipt.
    void note_proved(const SeenTree& now, std::int64_t receipts_up_to);
    /// The last that was proved.
    [[nodiscard]] std::optional<SeenTree> proved();

    /// The server's word for its present database, which is new after each restore. True when another was
    /// known. Then all receipts may lie in the backup and still what came without one be lost: decisions,
    /// photos and words on missing numbers. So what the server said is forgotten and asked for from the
    /// beginning, and photos are offered again.
    bool note_epoch(std::string_view epoch);

    /// The server's newest backup holds that much of its ledger. It never shrinks but with a restore.
    void note_backed_up(std::uint64_t tree_size);
    [[nodiscard]] std::optional<std::uint64_t> backed_up();
    /// Photos that the server has by a file of receipts alone are offered to it: it may have been restored
    /// after it wrote that file. Costs a request for each photo, once.
    void ask_for_carried_photos();
    /// The server's ledger has `tree_size` rows now. Frees the bytes of photos that stand in a backup of the
    /// server, whose entry is settled and was captured more than `keep_days` ago; entries themselves stay.
    /// Gives how many.
    std::int64_t free_photos(std::uint64_t tree_size, Timestamp now, std::int64_t keep_days);
    /// Entries that the server acknowledged and has in no backup yet, as far as it said.
    [[nodiscard]] std::int64_t entries_not_backed_up();

    struct Parting
    {
        std::uint64_t common = 0;   ///< of what was proved before, only this much is in the server's ledger
        std::vector<SeenTree> lost; ///< of what came since, this is not in it
        std::int64_t receipts_up_to = 0;
    };
    /// One transaction: the server's ledger is `now`, and not all that receipts saw is in it. What those
    /// receipts acknowledge becomes unsent, photos are offered again, what the server said of entries is
    /// forgotten and asked for anew. Gives how many entries.
    std::int64_t send_again(const SeenTree& now, const Parting& parting, Timestamp noticed_at);
    /// How often send_again was called for this server.
    [[nodiscard]] std::int64_t restores();

private:
    struct Receipt
    {
        std::int64_t number = 0;
        std::int64_t identity = 0;
        std::int64_t first_local = 0;
        std::int64_t last_local = 0;
        protocol::Receipt receipt;
    };
    /// Those that were not given up in an earlier restore, with numbers above `after`.
    [[nodiscard]] std::vector<Receipt> receipts(std::int64_t after);
    [[nodiscard]] std::int64_t last_receipt();
    [[nodiscard]] std::int64_t receipts_proved();
    /// They are offered to the server again.
    void forget_photos_sent(bool only_carried);
    /// But for what it refused. Inside the caller's transaction.
    void forget_what_it_said();

    storage::Database& m_database;
    std::string m_server_key; ///< hex
    std::string m_public_key;
    std::vector<std::string> m_known_keys; ///< the present one first
};

/// Brings its tables up to date; Store::open() calls it.
[[nodiscard]] Result<void> migrate_server_ledger(storage::Database& database);

} // namespace tally::client
