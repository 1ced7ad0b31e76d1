#include "server/ledger/verify.h"

#include "server/ledger/beside.h"
#include "server/ledger/replay.h"
#include "server/ledger/tiles.h"
#include "shared/base/encoding.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"
#include "shared/protocol/merkle.h"
#include "shared/protocol/sealed_record.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

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
        {
            Beside beside;
            start_records(beside);
            if (!m_log_broken) {
                check_tree();
                check_standings();
                check_persons();
                check_mentions();
                check_flags();
                check_closings();
                check_balances();
            }
            beside.finish();
        }
        finish_records();
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
                "SELECT id FROM ledger_postings JOIN ledger_entries ON ledger_entries.position = "
                "ledger_postings.entry WHERE ledger_postings.position = :position AND line = 0",
                position);
        if (!id)
            id = m_database.query_one<std::string>("SELECT id FROM ledger_entries WHERE decided = :position",
                                                   position);
        return id ? "entry " + *id : "log position " + std::to_string(position);
    }

    /// With which key the checkpoint of a tree was signed: see rotate_server_keys.
    struct KeyEra
    {
        std::int64_t from_size = 0; ///< checkpoints of larger trees
        std::string public_key;
    };

    void load_keys()
    {
        std::vector<std::string> changes;
        for (auto& change :
             m_database.query<storage::sql::Blob>("SELECT change FROM server_key_changes ORDER BY number"))
            changes.push_back(std::move(change.bytes));
        const auto first = changes.empty() ? Result<protocol::KeyChange>(Error{})
                                           : protocol::parse_key_change(changes.front());
        m_keys.push_back({-1, first ? first->old_key : std::string(m_public_key)});
        for (auto& change : protocol::changes_since(m_keys.front().public_key, changes))
            m_keys.push_back({static_cast<std::int64_t>(change.signed_up_to), std::move(change.new_key)});
        if (m_keys.size() != changes.size() + 1 || m_keys.back().public_key != m_public_key)
            found("keys_changed", "The history of the server's keys does not lead to its present key.",
                  "keys");
    }

    [[nodiscard]] const std::string& key_for(std::int64_t tree_size) const
    {
        const KeyEra* era = &m_keys.front();
        for (const KeyEra& later : m_keys)
            if (later.from_size < tree_size)
                era = &later;
        return era->public_key;
    }

    void load_checkpoints()
    {
        load_keys();
        m_database.for_each<std::int64_t, std::int64_t, std::string, std::string>(
            "SELECT tree_size, signed_at, root, note FROM ledger_checkpoints ORDER BY tree_size",
            [&](std::int64_t&& size, std::int64_t&& signed_at, std::string&& root, std::string&& note) {
                const std::string where = "checkpoint " + std::to_string(size);
                ++m_report.checkpoints;
                const auto body = protocol::read_checkpoint(note, key_for(size));
                if (!body)
                    found("checkpoint_changed", body.error().message, where);
                else if (static_cast<std::int64_t>(body->tree_size) != size || to_hex(body->root) != root)
                    found("checkpoint_changed", "The row does not say what its signed note says.", where);
                else
                    m_checkpoints.push_back({size, signed_at, body->root});
            });
    }

    // The log: this thread reads, hashes and parses, the other one grows the tree and applies the rules.

    struct StoredLine
    {
        std::int64_t position = 0;
        std::int64_t line = 0;
        std::optional<PostingLine> posting; ///< none when the row cannot be understood
    };

    /// Some rows of the log, and what the tables beside it have for them.
    struct LogPart
    {
        struct Row
        {
            std::string hash;
            std::optional<Result<Leaf>> leaf;             ///< none when it does not fit its hash
            const StoredCheckpoint* checkpoint = nullptr; ///< that ends here
        };

        std::int64_t first = 0;
        std::vector<Row> rows;
        std::vector<StoredLine> lines;
    };

    /// Something about a row of the log, named once all rows are read: naming it asks the database again.
    struct LogFinding
    {
        enum class Kind
        {
            Leaf,   ///< the row is not what it was, or breaks the rules
            Root,   ///< the log up to here is not what was signed
            Moment, ///< the checkpoint's time is another
        };

        std::int64_t position = 0;
        Kind kind = Kind::Leaf;
        std::string code;
        std::string message;
    };

    void replay_log()
    {
        constexpr std::int64_t rows_at_once = 2000;
        m_next_checkpoint = m_checkpoints.begin();
        std::vector<LogFinding> findings;
        bool is_whole = true;
        {
            Beside beside;
            for (std::int64_t got = rows_at_once; got == rows_at_once && is_whole;) {
                auto part = std::make_shared<LogPart>();
                part->first = m_report.leaves;
                is_whole = read_part(*part, rows_at_once, findings);
                got = static_cast<std::int64_t>(part->rows.size());
                m_report.leaves += got;
                read_lines(*part, m_report.leaves);
                beside.run([this, part] { replay_part(*part); });
            }
            beside.finish();
        }
        // From here on the other thread is done.
        findings.insert(findings.end(), m_replay_findings.begin(), m_replay_findings.end());
        std::stable_sort(findings.begin(), findings.end(), [](const LogFinding& a, const LogFinding& b) {
            return std::tie(a.position, a.kind) < std::tie(b.position, b.kind);
        });
        for (auto& finding : findings)
            report(finding);
        if (is_whole)
            check_end_of_log();
        if (!m_log_broken)
            check_posting_count();
        if (!m_log_broken)
            report_postings();
    }

    /// False when a row is missing: what comes after it is not of this log.
    bool read_part(LogPart& part, std::int64_t rows_at_once, std::vector<LogFinding>& findings)
    {
        part.rows.reserve(static_cast<std::size_t>(rows_at_once));
        std::int64_t expected = part.first;
        bool is_whole = true;
        m_database.for_each<std::int64_t, std::string_view, storage::sql::BlobView>(
            "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position >= :from ORDER BY position "
            "LIMIT :limit",
            [&](std::int64_t position, std::string_view leaf, storage::sql::BlobView stored) {
                if (position != expected) {
                    findings.push_back(
                        {expected, LogFinding::Kind::Leaf, "log_row_missing", "The log has no row here."});
                    is_whole = false;
                    return false;
                }
                auto& row = part.rows.emplace_back();
                row.hash = protocol::merkle_leaf_hash(leaf);
                if (row.hash == stored.bytes)
                    row.leaf = parse_leaf(leaf);
                else
                    findings.push_back(
                        {position, LogFinding::Kind::Leaf, "leaf_changed",
                         "The row of the log does not fit its hash: one of the two was changed."});
                ++expected;
                if (m_next_checkpoint != m_checkpoints.end() && m_next_checkpoint->tree_size == expected) {
                    row.checkpoint = &*m_next_checkpoint;
                    ++m_next_checkpoint;
                }
                return true;
            },
            part.first, rows_at_once);
        return is_whole;
    }

    void read_lines(LogPart& part, std::int64_t end)
    {
        part.lines.reserve(2 * part.rows.size());
        for_each_posting(
            m_database, part.first, end,
            [&](std::int64_t position, std::int64_t line, const std::optional<PostingLine>& posting) {
                part.lines.push_back({position, line, posting});
            });
    }

    /// On the other thread.
    void replay_part(const LogPart& part)
    {
        std::vector<PostingLine> expected;
        expected.reserve(part.lines.size());
        std::int64_t position = part.first;
        for (const auto& row : part.rows) {
            m_frontier.append(row.hash, m_tile_hashes);
            if (row.checkpoint != nullptr && m_frontier.root() != row.checkpoint->root)
                m_replay_findings.push_back(
                    {position, LogFinding::Kind::Root, "root_differs",
                     "The log up to here is not what was signed, though each row fits "
                     "its own hash."});
            if (row.leaf)
                replay_row(*row.leaf, position, expected);
            if (row.checkpoint != nullptr && m_last_at.ms != row.checkpoint->signed_at)
                m_replay_findings.push_back({position, LogFinding::Kind::Moment, "checkpoint_changed",
                                             "The checkpoint's time is not that of the last row it covers."});
            ++position;
        }
        compare_lines(expected, part.lines);
    }

    void replay_row(const Result<Leaf>& leaf, std::int64_t position, std::vector<PostingLine>& expected)
    {
        if (leaf)
            m_last_at = moment_of(*leaf);
        const auto applied = leaf ? m_replay.apply(*leaf, position, expected) : Result<void>(leaf.error());
        if (!applied)
            m_replay_findings.push_back(
                {position, LogFinding::Kind::Leaf, applied.error().code, applied.error().message});
    }

    void compare_lines(const std::vector<PostingLine>& expected, const std::vector<StoredLine>& stored)
    {
        m_lines += static_cast<std::int64_t>(expected.size());
        auto next = expected.begin();
        for (const auto& row : stored) {
            while (next != expected.end() &&
                   std::tie(next->position, next->line) < std::tie(row.position, row.line))
                m_changed_postings.insert((next++)->entry);
            if (next != expected.end() && next->position == row.position && next->line == row.line) {
                if (!(row.posting == *next))
                    m_changed_postings.insert(next->entry);
                ++next;
            } else {
                m_changed_postings.insert(row.posting ? row.posting->entry : row.position);
            }
        }
        for (; next != expected.end(); ++next)
            m_changed_postings.insert(next->entry);
    }

    void report(LogFinding& finding)
    {
        const bool is_about_checkpoint = finding.kind != LogFinding::Kind::Leaf;
        if (is_about_checkpoint && m_log_broken)
            return;
        found(std::move(finding.code), std::move(finding.message),
              (is_about_checkpoint ? "checkpoint " + std::to_string(finding.position + 1) + ", last row "
                                   : std::string()) +
                  entry_at(finding.position));
        m_log_broken = m_log_broken || finding.kind != LogFinding::Kind::Moment;
    }

    void check_end_of_log()
    {
        const std::int64_t size = m_report.leaves;
        if (m_next_checkpoint != m_checkpoints.end())
            found("log_too_short", "The log ends before a signed checkpoint: rows at its end are missing.",
                  entry_at(size));
        else if (size > 0 && (m_checkpoints.empty() || m_checkpoints.back().tree_size != size))
            found("not_signed", "The end of the log is not covered by a signed checkpoint.",
                  entry_at(size - 1));
    }

    /// Rows that no row of the log has asked about.
    void check_posting_count()
    {
        const auto rows = m_database.query_one<std::int64_t>("SELECT COUNT(*) FROM ledger_postings");
        if (rows != m_lines && m_changed_postings.empty())
            found("posting_changed", "There are postings that no row of the log has caused.",
                  "ledger_postings");
    }

    void report_postings()
    {
        for (const auto position : m_changed_postings) {
            const auto entry = m_replay.standings().find_at(position);
            found("posting_changed", "A posting of this entry does not follow from the log.",
                  entry ? "entry " + m_replay.standings().id(*entry).text() : entry_at(position));
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
        const auto& standings = m_replay.standings();
        StandingStore::Ordinal next = 0;
        const auto missing = [&] {
            found("entry_missing", "The log holds this entry, the table of entries does not.",
                  "entry " + standings.id(next++).text());
        };
        for_each_stored_standing(m_database, [&](const StoredStanding& stored) {
            ++m_report.entries;
            while (next < standings.size() && standings.position(next) < stored.position())
                missing();
            if (next == standings.size() || standings.position(next) != stored.position()) {
                found("entry_unknown", "The table of entries names one that the log does not hold.",
                      "entry " + stored.id());
                return;
            }
            if (!stored.says(standings.row(next)))
                found("entry_changed", "The row of this entry does not follow from the log.",
                      "entry " + standings.id(next).text());
            ++next;
        });
        while (next < standings.size())
            missing();
    }

    /// Whom each entry counts once a year.
    void check_persons()
    {
        const auto& standings = m_replay.standings();
        auto expected = m_replay.persons();
        std::optional<StandingStore::Ordinal> last;
        std::vector<std::string> persons;
        m_database.for_each<std::string_view, std::string_view, std::int64_t>(
            "SELECT entry, person, line FROM ledger_persons ORDER BY entry, line",
            [&](std::string_view text, std::string_view person, std::int64_t line) {
                const auto id = Uuid::parse(text);
                const auto entry = id ? standings.find(*id) : std::nullopt;
                if (entry && entry != last)
                    persons = standings.standing(*entry).facts.persons;
                last = entry;
                const bool fits = entry && line >= 0 && line < static_cast<std::int64_t>(persons.size()) &&
                                  persons[static_cast<std::size_t>(line)] == person;
                if (fits)
                    --expected[*entry];
                else
                    found("person_changed", "The people whom this entry counts do not follow from the log.",
                          "entry " + std::string(text));
            });
        for (const auto& [entry, left] : expected)
            if (left != 0)
                found("person_missing", "The log names more people of this entry than the table of people.",
                      "entry " + standings.id(entry).text());
    }

    void check_mentions()
    {
        using Mention = std::pair<Uuid, std::int64_t>;
        std::vector<Mention> expected;
        expected.reserve(m_replay.mentions().size());
        for (const auto& mention : m_replay.mentions())
            expected.emplace_back(m_replay.standings().id(mention.entry), mention.position);
        std::sort(expected.begin(), expected.end());
        std::vector<bool> seen(expected.size());
        std::vector<std::int64_t> unknown;
        m_database.for_each<std::string_view, std::int64_t>(
            "SELECT entry, position FROM ledger_mentions ORDER BY entry, position",
            [&, next = expected.begin()](std::string_view text, std::int64_t position) mutable {
                const auto entry = Uuid::parse(text);
                const Mention mention(entry ? *entry : Uuid{}, position);
                // Nearly always the next one; after a change, wherever it is.
                if (next == expected.end() || *next != mention)
                    next = std::lower_bound(expected.begin(), expected.end(), mention);
                const auto exact = mention.first.characters();
                if (next == expected.end() || *next != mention ||
                    text != std::string_view(exact.data(), exact.size())) {
                    unknown.push_back(position);
                    return;
                }
                seen[static_cast<std::size_t>(next - expected.begin())] = true;
                ++next;
            });
        for (const auto position : unknown)
            found("decision_changed", "The table of mentions does not follow from the log.",
                  entry_at(position));
        for (std::size_t i = 0; i < expected.size(); ++i)
            if (!seen[i])
                found("decision_missing", "The table of mentions lacks a row of the log about an entry.",
                      "entry " + expected[i].first.text());
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
        std::map<BalanceKey, const LedgerReplay::Total*> expected;
        for (const auto& [key, total] : m_replay.balances())
            expected.emplace(key, &total);
        for (const auto& [key, total] : expected) {
            const auto row = stored.find(key);
            if (row == stored.end() || !(row->second == total->sum))
                found("balance_changed", "A balance is not the sum of its postings.",
                      name_balance(key, total->last_entry));
            if (row != stored.end())
                stored.erase(row);
        }
        for (const auto& [key, sum] : stored)
            found("balance_unknown", "A balance has no postings behind it.", name_balance(key, {}));
    }

    /// An entry stands behind every balance; the newest is named so that somebody knows where to look.
    std::string name_balance(const BalanceKey& key, std::optional<std::int64_t> last_entry) const
    {
        std::string where = "balance " + key.contract + " " + key.measure + " " +
                            format_quarter(key.quarter) + " " + std::string(name_of(key.phase)) + " " +
                            key.place;
        if (const auto entry = last_entry ? m_replay.standings().find_at(*last_entry) : std::nullopt)
            where += ", last posted by entry " + m_replay.standings().id(*entry).text();
        return where;
    }

    // Sealed records: this thread reads, the other one hashes and compares.

    struct RecordPart
    {
        struct Row
        {
            std::size_t id_end = 0; ///< in `bytes`, where a row's texts and its record follow each other
            std::size_t device_end = 0;
            std::size_t digest_end = 0;
            std::size_t end = 0;
            std::int64_t seq = 0;
            std::int64_t position = 0;
            std::int64_t received_at = 0;
        };

        std::string bytes;
        std::vector<Row> rows;
    };

    void start_records(Beside& beside)
    {
        constexpr std::int64_t rows_at_once = 1000;
        m_seen.resize(m_replay.standings().size());
        std::string after;
        std::string last;
        for (std::int64_t got = rows_at_once; got == rows_at_once;) {
            auto part = std::make_shared<RecordPart>();
            part->rows.reserve(rows_at_once);
            part->bytes.reserve(m_part_bytes);
            m_database.for_each<std::string_view, std::string_view, std::int64_t, std::string_view,
                                std::int64_t, std::int64_t, storage::sql::BlobView>(
                "SELECT id, device, seq, digest, position, received_at, record FROM entry_records "
                "WHERE id > :after ORDER BY id LIMIT :limit",
                [&](std::string_view id, std::string_view device, std::int64_t seq, std::string_view digest,
                    std::int64_t position, std::int64_t received_at, storage::sql::BlobView record) {
                    auto& row = part->rows.emplace_back();
                    const auto add = [&](std::string_view bytes) {
                        part->bytes += bytes;
                        return part->bytes.size();
                    };
                    row.id_end = add(id);
                    row.device_end = add(device);
                    row.digest_end = add(digest);
                    row.end = add(record.bytes);
                    row.seq = seq;
                    row.position = position;
                    row.received_at = received_at;
                    last = id;
                },
                after, rows_at_once);
            got = static_cast<std::int64_t>(part->rows.size());
            after = last;
            m_part_bytes = std::max(m_part_bytes, part->bytes.size());
            beside.run([this, part] { check_part(*part); });
        }
    }

    /// On the other thread.
    void check_part(const RecordPart& part)
    {
        std::size_t begin = 0;
        const auto next = [&](std::size_t end) {
            const auto bytes = std::string_view(part.bytes).substr(begin, end - begin);
            begin = end;
            return bytes;
        };
        for (const auto& row : part.rows) {
            const auto id = next(row.id_end);
            const auto device = next(row.device_end);
            const auto digest = next(row.digest_end);
            check_record(row, id, device, digest, next(row.end));
        }
    }

    void check_record(const RecordPart::Row& row, std::string_view id_text, std::string_view device,
                      std::string_view digest_text, std::string_view record)
    {
        const auto problem = [&](std::string code, std::string message) {
            constexpr std::size_t findings_max = 100;
            if (m_record_findings.size() < findings_max)
                m_record_findings.push_back(
                    {std::move(code), std::move(message), "entry " + std::string(id_text)});
        };
        const auto& standings = m_replay.standings();
        const auto id = Uuid::parse(id_text);
        const auto entry = id ? standings.find(*id) : std::nullopt;
        if (!entry) {
            if (!m_log_broken)
                problem("record_unknown", "A sealed entry is not in the log.");
            return;
        }
        m_seen[*entry] = true;
        const auto digest = protocol::record_digest(record);
        const auto expected = standings.record(*entry);
        if (!standings.has_digest(*entry, digest) || digest_text != to_hex(digest))
            problem("record_changed", "The sealed bytes of this entry are not what the log names.");
        else if (device != expected.device.text() || row.seq != expected.device_seq ||
                 row.position != expected.position || row.received_at != expected.received_at ||
                 id_text != id->text())
            problem("record_changed", "The row of this sealed entry does not follow from the log.");
    }

    void finish_records()
    {
        for (auto& finding : m_record_findings)
            found(std::move(finding.code), std::move(finding.message), std::move(finding.where));
        const auto& standings = m_replay.standings();
        for (StandingStore::Ordinal i = 0; i < standings.size(); ++i)
            if (!m_seen[i] && !standings.record(i).is_part)
                found("record_missing", "The sealed bytes of this entry are gone.",
                      "entry " + standings.id(i).text());
    }

    storage::Database& m_database;
    std::string_view m_public_key;
    std::vector<KeyEra> m_keys;
    VerifyReport m_report;
    std::vector<StoredCheckpoint> m_checkpoints;
    std::vector<StoredCheckpoint>::const_iterator m_next_checkpoint; ///< while the log is read
    bool m_log_broken = false;
    std::size_t m_part_bytes = 0; ///< of the largest part of the records so far

    // The other thread's until it is done.
    protocol::MerkleFrontier m_frontier;
    std::vector<protocol::TileHash> m_tile_hashes; ///< that the log gives
    LedgerReplay m_replay;
    Timestamp m_last_at; ///< of the last row that was read
    std::vector<LogFinding> m_replay_findings;
    std::int64_t m_lines = 0;                  ///< that the log causes
    std::set<std::int64_t> m_changed_postings; ///< positions of the entries whose they are
    std::vector<bool> m_seen;                  ///< entries whose records have come by
    std::vector<Error> m_record_findings;
};

} // namespace

VerifyReport verify_ledger(storage::Database& database, std::string_view public_key)
{
    // One snapshot for all tables, so that a server at work beside is never caught half way.
    storage::Transaction snapshot(database, storage::Access::Read);
    return Verification(database, public_key).run();
}

} // namespace tally::server
