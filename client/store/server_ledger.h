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

    struct Unproved
    {
        std::vector<SeenTree> trees; ///< by size, each once
        std::int64_t receipts_up_to = 0;
        bool is_all = true; ///< false: there are more receipts than were asked for
    };
    /// The last tree that was proved, and those of receipts that came since.
    [[nodiscard]] Unproved unproved(std::size_t trees_max);
    /// Of everything that receipts saw, spread evenly over their sizes: to find where two ledgers part.
    [[nodiscard]] std::vector<SeenTree> spread(std::size_t trees_max);

    /// The server's ledger is `now` and goes on from everything up to that receipt.
    void note_proved(const SeenTree& now, std::int64_t receipts_up_to);
    /// The last that was proved.
    [[nodiscard]] std::optional<SeenTree> proved();

    /// The server's newest backup holds that much of its ledger. It never shrinks but with a restore.
    void note_backed_up(std::uint64_t tree_size);
    [[nodiscard]] std::optional<std::uint64_t> backed_up();
    /// Entries that the server acknowledged and has in no backup yet, as far as it said.
    [[nodiscard]] std::int64_t entries_not_backed_up();

    /// One transaction: the server's ledger is `now`, and shares with the one that this device has receipts
    /// of only its first `common` rows. Everything acknowledged behind them becomes unsent, photos are
    /// offered again, what the server said of entries is forgotten and asked for anew. Gives how many
    /// entries.
    std::int64_t send_again(const SeenTree& now, std::uint64_t common, Timestamp noticed_at);
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
    /// Those whose tree was not given up in an earlier restore, with numbers above `after`.
    [[nodiscard]] std::vector<Receipt> receipts(std::int64_t after);
    [[nodiscard]] std::int64_t last_receipt();

    storage::Database& m_database;
    std::string m_server_key; ///< hex
    std::string m_public_key;
};

/// Brings its tables up to date; Store::open() calls it.
[[nodiscard]] Result<void> migrate_server_ledger(storage::Database& database);

} // namespace tally::client
