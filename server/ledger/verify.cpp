#include "server/ledger/verify.h"

#include "server/ledger/replay.h"
#include "server/ledger/tiles.h"
#include "shared/base/encoding.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/sealed_record.h"

#include <algorithm>
#include <map>
#include <set>

namespace tally::server {
namespace {

class Verification
{
public:
    Verification(storage::Database& database, std::string_view public_key)
        : m_database(database), m_public_key(public_key)
    {
    }

    VerifyReport run()
    {
        load_checkpoints();
        replay_log();
        check_head();
        if (!m_log_broken) {
            check_tree();
            check_standings();
            check_postings();
            check_mentions();
            check_flags();
            check_closings();
            check_balances();
        }
        check_records();
        return std::move(m_report);
    }

private:
    struct StoredCheckpoint
    {
        std::int64_t tree_size = 0;
        std::int64_t signed_at = 0;
        std::string root;
    };

    void found(std::string code, std::string message, std::string where)
    {
        constexpr std::size_t findings_max = 100;
        if (m_report.findings.size() < findings_max)
            m_report.findings.push_back({std::move(code), std::move(message), std::move(where)});
    }

    /// The entry at a position, asked of the tables beside the log: the leaf itself may be what changed.
    std::string entry_at(std::int64_t position)
    {
        auto id = m_database.query_one<std::string>("SELECT id FROM entry_records WHERE position = :position",
                                                    position);
        if (!id)
            id = m_database.query_one<std::string>(
                "SELECT entry FROM ledger_postings WHERE position = :position AND line = 0", position);
        if (!id)
            id = m_database.query_one<std::string>("SELECT id FROM ledger_entries WHERE decided = :position",
                                                   position);
        return id ? "entry " + *id : "log position " + std::to_string(position);
    }

    void load_checkpoints()
    {
        m_database.for_each<std::int64_t, std::int64_t, std::string, std::string>(
            "SELECT tree_size, signed_at, root, note FROM ledger_checkpoints ORDER BY tree_size",
            [&](std::int64_t&& size, std::int64_t&& signed_at, std::string&& root, std::string&& note) {
                const std::string where = "checkpoint " + std::to_string(size);
                ++m_report.checkpoints;
                const auto body = protocol::read_checkpoint(note, m_public_key);
                if (!body)
                    found("checkpoint_changed", body.error().message, where);
                else if (static_cast<std::int64_t>(body->tree_size) != size || to_hex(body->root) != root)
                    found("checkpoint_changed", "The row does not say what its signed note says.", where);
                else
                    m_checkpoints.push_back({size, signed_at, body->root});
            });
    }

    void replay_log()
    {
        auto checkpoint = m_checkpoints.begin();
        std::int64_t expected = 0;
        // Rows are read first in parts: naming an entry asks the database again.
        for (;;) {
            const auto rows = m_database.query<std::int64_t, std::string, std::string>(
                "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position >= :from ORDER BY position "
                "LIMIT 2000",
                expected);
            if (rows.empty())
                break;
            for (const auto& [position, text, hash_hex] : rows) {
                if (position != expected) {
                    found("log_row_missing", "The log has no row here.", entry_at(expected));
                    m_log_broken = true;
                    return;
                }
                check_leaf(position, text, hash_hex);
                ++expected;
                if (checkpoint != m_checkpoints.end() && checkpoint->tree_size == expected) {
                    if (m_frontier.root() != checkpoint->root && !m_log_broken) {
                        found("root_differs",
                              "The log up to here is not what was signed, though each row fits its own hash.",
                              "checkpoint " + std::to_string(expected) + ", last row " + entry_at(position));
                        m_log_broken = true;
                    } else if (m_last_at.ms != checkpoint->signed_at && !m_log_broken) {
                        found("checkpoint_changed",
                              "The checkpoint's time is not that of the last row it covers.",
                              "checkpoint " + std::to_string(expected) + ", last row " + entry_at(position));
                    }
                    ++checkpoint;
                }
            }
        }
        m_report.leaves = expected;
        if (checkpoint != m_checkpoints.end())
            found("log_too_short", "The log ends before a signed checkpoint: rows at its end are missing.",
                  entry_at(expected));
        else if (expected > 0 && (m_checkpoints.empty() || m_checkpoints.back().tree_size != expected))
            found("not_signed", "The end of the log is not covered by a signed checkpoint.",
                  entry_at(expected - 1));
    }

    void check_leaf(std::int64_t position, const std::string& text, const std::string& hash_hex)
    {
        const std::string hash = protocol::merkle_leaf_hash(text);
        m_frontier.append(hash, m_tile_hashes);
        if (to_hex(hash) != hash_hex) {
            found("leaf_changed", "The row of the log does not fit its hash: one of the two was changed.",
                  entry_at(position));
            m_log_broken = true;
            return;
        }
        const auto leaf = parse_leaf(text);
        if (leaf)
            m_last_at = moment_of(*leaf);
        const auto applied = leaf ? m_replay.apply(*leaf, position) : Result<void>(leaf.error());
        if (!applied) {
            found(applied.error().code, applied.error().message, entry_at(position));
            m_log_broken = true;
        }
    }

    void check_head()
    {
        const auto row = m_database.query_one<std::int64_t, std::string>(
            "SELECT tree_size, frontier FROM ledger_head WHERE one = 1");
        const bool fits =
            row ? std::get<0>(*row) == m_report.leaves && std::get<1>(*row) == to_hex(m_frontier.bytes())
                : m_report.leaves == 0;
        if (!fits && !m_log_broken)
            found("head_changed", "The head does not say where the log ends.",
                  m_report.leaves == 0 ? "ledger head" : entry_at(m_report.leaves - 1));
    }

    /// What tiles and proofs are made of.
    void check_tree()
    {
        std::map<std::pair<unsigned, std::uint64_t>, std::string> stored;
        for (auto& row : read_all_tile_hashes(m_database))
            stored.emplace(std::pair(row.level, row.index), std::move(row.hash));
        const auto name = [this](std::pair<unsigned, std::uint64_t> key, std::int64_t last_row) {
            return "tile hash " + std::to_string(key.second) + " of level " + std::to_string(key.first) +
                   ", last row " + entry_at(last_row);
        };
        for (const auto& expected : m_tile_hashes) {
            const std::pair key(expected.level, expected.index);
            const auto row = stored.find(key);
            if (row == stored.end() || row->second != expected.hash)
                found(
                    "tree_changed",
                    "A hash of the tree is missing or does not follow from the log: ledger rebuild makes it "
                    "again.",
                    name(key, static_cast<std::int64_t>((expected.index + 1)
                                                        << (protocol::tile_height * expected.level)) -
                                  1));
            if (row != stored.end())
                stored.erase(row);
        }
        for (const auto& unknown : stored)
            found("tree_changed", "A hash of the tree has no rows of the log below it.",
                  name(unknown.first, m_report.leaves - 1));
    }

    void check_standings()
    {
        std::set<Uuid> seen;
        try {
            for_each_standing(m_database, [&](EntryStanding&& standing) {
                const auto expected = m_replay.standings().find(standing.facts.id);
                seen.insert(standing.facts.id);
                if (expected == m_replay.standings().end())
                    found("entry_unknown", "The table of entries names one that the log does not hold.",
                          "entry " + standing.facts.id.text());
                else if (!(expected->second == standing))
                    found("entry_changed", "The row of this entry does not follow from the log.",
                          "entry " + standing.facts.id.text());
            });
        } catch (const storage::DatabaseError&) {
            name_unreadable_standing();
            return;
        }
        for (const auto& [id, standing] : m_replay.standings())
            if (!seen.contains(id))
                found("entry_missing", "The log holds this entry, the table of entries does not.",
                      "entry " + id.text());
        m_report.entries = static_cast<std::int64_t>(seen.size());
    }

    /// A row that cannot be read at all is found by reading each on its own.
    void name_unreadable_standing()
    {
        for (const auto& [id, standing] : m_replay.standings()) {
            try {
                const auto row = find_standing(m_database, id);
                if (!row || !(*row == standing))
                    found("entry_changed", "The row of this entry does not follow from the log.",
                          "entry " + id.text());
            } catch (const storage::DatabaseError&) {
                found("entry_changed", "The row of this entry cannot be read: it was changed.",
                      "entry " + id.text());
            }
        }
        if (m_report.findings.empty())
            found("entry_unknown", "The table of entries holds a row that cannot be read.", "ledger_entries");
    }

    void check_postings()
    {
        std::size_t next = 0;
        const auto& lines = m_replay.lines();
        std::set<std::string> reported;
        const auto report = [&](const std::string& entry) {
            if (reported.insert(entry).second)
                found("posting_changed", "A posting of this entry does not follow from the log.",
                      "entry " + entry);
        };
        try {
            for_each_posting(m_database, [&](std::int64_t position, std::int64_t line, Posting&& posting) {
                while (next < lines.size() &&
                       std::tie(lines[next].position, lines[next].line) < std::tie(position, line))
                    report(lines[next++].posting.entry.text());
                if (next < lines.size() && lines[next].position == position && lines[next].line == line) {
                    const auto& expected = lines[next++];
                    if (!(expected.posting == posting))
                        report(expected.posting.entry.text());
                } else {
                    report(posting.entry.text());
                }
            });
            while (next < lines.size())
                report(lines[next++].posting.entry.text());
        } catch (const storage::DatabaseError&) {
            report(next < lines.size() ? lines[next].posting.entry.text() : "unknown");
        }
    }

    void check_mentions()
    {
        auto expected = m_replay.mentions();
        m_database.for_each<std::string, std::int64_t>(
            "SELECT entry, position FROM ledger_mentions", [&](std::string&& text, std::int64_t&& position) {
                const auto entry = Uuid::parse(text);
                if (!entry || expected.erase({*entry, position}) == 0)
                    found("decision_changed", "The table of mentions does not follow from the log.",
                          entry_at(position));
            });
        for (const auto& [entry, position] : expected)
            found("decision_missing", "The table of mentions lacks a row of the log about an entry.",
                  "entry " + entry.text());
    }

    void check_flags()
    {
        auto expected = m_replay.flags();
        const auto name = [](std::int64_t position) { return "flag " + std::to_string(position); };
        for (const auto position :
             m_database.query<std::int64_t>("SELECT position FROM ledger_flags ORDER BY position")) {
            const auto row = expected.find(position);
            try {
                const auto stored = find_flag(m_database, position);
                if (row == expected.end() || !stored || !(*stored == row->second))
                    found("flag_changed", "The row of this flag does not follow from the log.",
                          name(position));
            } catch (const storage::DatabaseError&) {
                found("flag_changed", "The row of this flag cannot be read: it was changed.", name(position));
            }
            if (row != expected.end())
                expected.erase(row);
        }
        for (const auto& [position, flag] : expected)
            found("flag_missing", "The log holds this flag, the table of flags does not.", name(position));
        const auto lost = m_database.query_one<std::int64_t>(
            "SELECT flag FROM ledger_flag_entries WHERE flag NOT IN (SELECT position FROM ledger_flags)");
        if (lost)
            found("flag_changed", "Entries are named for a flag that there is not.", name(*lost));
    }

    void check_closings()
    {
        auto expected = m_replay.closings();
        m_database.for_each<std::string, std::int64_t>(
            "SELECT quarter, position FROM ledger_closings",
            [&](std::string&& text, std::int64_t&& position) {
                const auto quarter = parse_quarter(text);
                const auto row = quarter ? expected.find(*quarter) : expected.end();
                if (row == expected.end() || row->second != position)
                    found("closing_changed", "The table of closings does not follow from the log.",
                          "quarter " + text);
                if (row != expected.end())
                    expected.erase(row);
            });
        for (const auto& [quarter, position] : expected)
            found("closing_missing", "The log closes this quarter, the table of closings does not.",
                  "quarter " + format_quarter(quarter));
    }

    void check_balances()
    {
        std::map<BalanceKey, BalanceSum> stored;
        try {
            for_each_balance(m_database, [&](BalanceKey&& key, const BalanceSum& sum) {
                stored.emplace(std::move(key), sum);
            });
        } catch (const storage::DatabaseError&) {
            // The row that cannot be read is missing from what was, and is named below.
        }
        for (const auto& [key, sum] : m_replay.balances()) {
            const auto found_row = stored.find(key);
            if (found_row == stored.end() || !(found_row->second == sum))
                found("balance_changed", "A balance is not the sum of its postings.", name_balance(key));
            if (found_row != stored.end())
                stored.erase(found_row);
        }
        for (const auto& [key, sum] : stored)
            found("balance_unknown", "A balance has no postings behind it.", name_balance(key));
    }

    /// An entry stands behind every balance; the newest is named so that somebody knows where to look.
    std::string name_balance(const BalanceKey& key) const
    {
        std::string where = "balance " + key.contract + " " + key.measure + " " + key.quarter + " " +
                            key.phase + " " + key.place;
        for (auto line = m_replay.lines().rbegin(); line != m_replay.lines().rend(); ++line)
            if (key_of(line->posting) == key)
                return where + ", last posted by entry " + line->posting.entry.text();
        return where;
    }

    void check_records()
    {
        std::set<Uuid> seen;
        m_database.for_each<std::string, std::string, std::int64_t, std::string, std::int64_t, std::int64_t,
                            storage::sql::Blob>(
            "SELECT id, device, seq, digest, position, received_at, record FROM entry_records",
            [&](std::string&& id_text, std::string&& device, std::int64_t&& seq, std::string&& digest,
                std::int64_t&& position, std::int64_t&& received_at, storage::sql::Blob&& record) {
                const auto id = Uuid::parse(id_text);
                const auto standing = id ? m_replay.standings().find(*id) : m_replay.standings().end();
                if (id)
                    seen.insert(*id);
                if (standing == m_replay.standings().end()) {
                    if (!m_log_broken)
                        found("record_unknown", "A sealed entry is not in the log.", "entry " + id_text);
                    return;
                }
                const auto& facts = standing->second.facts;
                if (to_hex(protocol::record_digest(record.bytes)) != facts.digest || digest != facts.digest)
                    found("record_changed", "The sealed bytes of this entry are not what the log names.",
                          "entry " + id_text);
                else if (device != facts.device.text() || seq != facts.device_seq ||
                         position != standing->second.position ||
                         received_at != standing->second.received_at.ms)
                    found("record_changed", "The row of this sealed entry does not follow from the log.",
                          "entry " + id_text);
            });
        for (const auto& [id, standing] : m_replay.standings())
            if (!seen.contains(id) && !standing.facts.part_of)
                found("record_missing", "The sealed bytes of this entry are gone.", "entry " + id.text());
    }

    storage::Database& m_database;
    std::string_view m_public_key;
    VerifyReport m_report;
    std::vector<StoredCheckpoint> m_checkpoints;
    LedgerReplay m_replay;
    protocol::MerkleFrontier m_frontier;
    std::vector<protocol::TileHash> m_tile_hashes; ///< that the log gives
    Timestamp m_last_at;                           ///< of the last row that was read
    bool m_log_broken = false;
};

} // namespace

VerifyReport verify_ledger(storage::Database& database, std::string_view public_key)
{
    // One snapshot for all tables, so that a server at work beside is never caught half way.
    storage::Transaction snapshot(database, storage::Access::Read);
    return Verification(database, public_key).run();
}

} // namespace tally::server
