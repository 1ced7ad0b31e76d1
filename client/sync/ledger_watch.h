#pragma once
/// Notices that the server's ledger is not the one that this device has receipts of, because the server was
/// restored from an older backup, and has the device send again what that ledger lacks. Rides on the requests
/// for changes, so it costs no round trip of its own while all is well.

#include "client/store/server_ledger.h"
#include "shared/protocol/merkle_proof.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>

namespace tally::client {

/// What the server says of its ledger.
struct LedgerStatement
{
    SeenTree now;                                          ///< as its signed checkpoint says
    std::map<std::uint64_t, protocol::ProofHashes> proofs; ///< by the size from which they lead to `now`
    std::string epoch;                                     ///< new after each restore
    std::optional<std::uint64_t> backed_up;                ///< rows in its newest backup
};

/// Of the field `ledger` of an answer with changes. Nothing when there is none (an older server). Fails with
/// `bad_checkpoint` or `odd_answer`.
[[nodiscard]] Result<std::optional<LedgerStatement>> parse_ledger_statement(const nlohmann::json& answer,
                                                                            std::string_view server_key);

/// Whether the server's ledger goes on from that tree. What it does not prove it does not hold.
[[nodiscard]] bool goes_on_from(const SeenTree& tree, const LedgerStatement& statement);

enum class LedgerNews
{
    Nothing,
    AskAgain,  ///< ask for changes once more: from a new cursor, or another query() awaits an answer
    SendAgain, ///< the server was restored: entries are unsent again, and the cursor is at the beginning
};

/// For so long photos of settled entries stay on the device in any case, unless its settings say otherwise.
inline constexpr std::int64_t photos_keep_days_usual = 90;
/// The setting that does: a number of days, 0 for ever.
inline constexpr std::string_view photos_keep_days_setting = "photos.keep_days";
/// Nothing: they are never freed.
[[nodiscard]] std::optional<std::int64_t> photos_keep_days(Store& store);

/// One for each round with a server. All that it learns is in the store.
class LedgerWatch
{
public:
    /// Both must outlive it.
    LedgerWatch(Store& store, const Identity& identity);

    /// To be added to the query of the next request for changes, such as "trees=40-100"; may be empty.
    [[nodiscard]] std::string query();
    /// Call it with the whole body after its changes and its cursor were stored. Fails as
    /// parse_ledger_statement does, and then nothing was noted.
    [[nodiscard]] Result<LedgerNews> answered(std::string_view body, Timestamp now);
    /// By the last SendAgain.
    [[nodiscard]] std::int64_t entries_again() const { return m_entries_again; }
    /// The server was restored since this device last heard of it.
    [[nodiscard]] bool has_seen_restore() const { return m_has_seen_restore; }

private:
    enum class Step
    {
        Prove,  ///< what came since the last time
        Search, ///< for the last tree that both ledgers have
        Done,
    };

    [[nodiscard]] LedgerNews compare(const LedgerStatement& said, Timestamp now);
    [[nodiscard]] LedgerNews search(const LedgerStatement& said, Timestamp now);
    [[nodiscard]] LedgerNews part(const LedgerStatement& said, Timestamp now);
    void note_rest(const LedgerStatement& said, Timestamp now);

    Store& m_store;
    ServerLedger m_ledger;
    std::string m_server_key;
    Step m_step = Step::Prove;
    std::optional<SeenTree> m_proved; ///< the last; is asked for with the others
    ServerLedger::Unproved m_unproved;
    std::vector<SeenTree> m_older; ///< asked for in the search
    ServerLedger::Parting m_parting;
    std::int64_t m_entries_again = 0;
    bool m_has_seen_restore = false;
};

} // namespace tally::client
