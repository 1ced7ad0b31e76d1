#include "server/storage/device_chain.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/sealed_record.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace tally::server {
namespace {

namespace sql = storage::sql;

constexpr std::size_t findings_max = 100;

// Shipped text never changes: a change is a new number.
constexpr std::array<storage::Migration, 3> migrations = {storage::Migration{1, R"(
    -- Numbers of a device's chain that later ones show and that did not arrive: ranges that do not touch.
    CREATE TABLE device_gaps (
        device TEXT NOT NULL,
        first_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (device, first_seq)
    ) WITHOUT ROWID;

    -- What a device said of numbers that did not arrive: erased, withdrawn or replaced there for good, or put
    -- aside because the server could not take them. digest is that of the record, in hex.
    CREATE TABLE device_chain_notes (
        device TEXT NOT NULL,
        seq INTEGER NOT NULL,
        state TEXT NOT NULL,
        digest TEXT NOT NULL,
        said_at INTEGER NOT NULL,
        PRIMARY KEY (device, seq)
    ) WITHOUT ROWID;
)"},
                                                          storage::Migration{2, R"(
    -- How sure a device is of its clock_offset_ms: the truth is within so much of it.
    ALTER TABLE devices ADD COLUMN clock_uncertainty_ms INTEGER;
)"},
                                                          storage::Migration{3, R"(
    -- Since when an administrator lets in what a revoked device still holds; null when nobody does.
    ALTER TABLE devices ADD COLUMN rest_accepted_at INTEGER;
)"}};

std::int64_t highest_of(storage::Database& database, const std::string& device)
{
    return database
        .query_one<std::int64_t>("SELECT highest_seq FROM device_chains WHERE device = :device", device)
        .value_or(0);
}

void keep_counts(storage::Database& database, const std::string& device, std::int64_t highest,
                 std::int64_t taken)
{
    database.run(
        "INSERT INTO device_chains (device, highest_seq, received) VALUES (:device, :highest, :taken) "
        "ON CONFLICT (device) DO UPDATE SET highest_seq = excluded.highest_seq, "
        "received = device_chains.received + excluded.received",
        device, highest, taken);
}

void add_gap(storage::Database& database, const std::string& device, const ChainGap& gap)
{
    if (gap.first <= gap.last)
        database.run("INSERT INTO device_gaps (device, first_seq, last_seq, since) "
                     "VALUES (:device, :first, :last, :since)",
                     device, gap.first, gap.last, gap.since.ms);
}

/// Those that have a number of the range in them.
std::vector<ChainGap> gaps_in(storage::Database& database, const std::string& device, std::int64_t first,
                              std::int64_t last)
{
    std::vector<ChainGap> gaps;
    for (const auto& [from, to, since] : database.query<std::int64_t, std::int64_t, std::int64_t>(
             "SELECT first_seq, last_seq, since FROM device_gaps "
             "WHERE device = :device AND first_seq <= :last AND last_seq >= :first",
             device, last, first))
        gaps.push_back({from, to, {since}});
    return gaps;
}

void close_gaps(storage::Database& database, const std::string& device, std::int64_t first, std::int64_t last)
{
    for (const ChainGap& gap : gaps_in(database, device, first, last)) {
        database.run("DELETE FROM device_gaps WHERE device = :device AND first_seq = :first", device,
                     gap.first);
        add_gap(database, device, {gap.first, std::min(gap.last, first - 1), gap.since});
        add_gap(database, device, {std::max(gap.first, last + 1), gap.last, gap.since});
    }
}

ChainNote note_from(std::int64_t seq, const std::string& state, const std::string& digest,
                    std::int64_t said_at)
{
    return {seq,
            protocol::chain_state_named(state).value_or(protocol::ChainState::PutAside),
            from_hex(digest).value(),
            {said_at}};
}

/// Of a number that came: what is in the ledger stands, whatever the device says of it; a copy that was
/// refused must not be taken when it comes once more.
void note_final(storage::Database& database, const std::string& device, const protocol::ChainNumber& number,
                Timestamp now)
{
    const auto seq = static_cast<std::int64_t>(number.seq);
    const auto digest = to_hex(number.digest);
    database.run("UPDATE device_chain_notes SET state = :state WHERE device = :device AND seq = :seq "
                 "AND digest = :digest",
                 protocol::name_of(number.state), device, seq, digest);
    if (database.query_one<std::int64_t>(
            "SELECT 1 FROM refused_records WHERE digest = :digest AND device = :device", digest, device))
        database.run("INSERT INTO device_chain_notes (device, seq, state, digest, said_at) "
                     "VALUES (:device, :seq, :state, :digest, :now) ON CONFLICT (device, seq) DO NOTHING",
                     device, seq, protocol::name_of(number.state), digest, now.ms);
}

/// What is known of one number.
struct Link
{
    std::string digest;   ///< hex
    std::string previous; ///< hex; empty when there is no record
};

class ChainWalk
{
public:
    void add(std::int64_t seq, Link link)
    {
        auto [known, is_new] = m_links.emplace(seq, link);
        if (is_new)
            return;
        if (known->second.digest != link.digest)
            m_twice.insert(seq);
        else if (known->second.previous.empty())
            known->second = std::move(link);
    }

    ChainCheck finish(std::int64_t highest, const std::vector<ChainGap>& gaps)
    {
        for (const auto& [seq, link] : m_links) {
            m_check.records += link.previous.empty() ? 0 : 1;
            const auto before = m_links.find(seq - 1);
            if (m_twice.contains(seq) && m_check.twice.size() < findings_max)
                m_check.twice.push_back(seq);
            // Of two with the same number nobody can say which the next one names.
            const bool is_clear = !m_twice.contains(seq) && !m_twice.contains(seq - 1);
            if (!is_clear || link.previous.empty() || (seq > 1 && before == m_links.end()))
                continue;
            const std::string expected =
                seq == 1 ? to_hex(std::string(crypto::sha256_bytes, '\0')) : before->second.digest;
            if (link.previous == expected)
                ++m_check.links;
            else if (m_check.broken.size() < findings_max)
                m_check.broken.push_back(seq);
        }
        std::size_t at = 0;
        for (std::int64_t seq = 1; seq <= highest && m_check.without_record.size() < findings_max; ++seq) {
            while (at < gaps.size() && gaps[at].last < seq)
                ++at;
            if (at < gaps.size() && gaps[at].first <= seq)
                seq = gaps[at].last;
            else if (!m_links.contains(seq))
                m_check.without_record.push_back(seq);
        }
        return std::move(m_check);
    }

private:
    std::map<std::int64_t, Link> m_links;
    std::set<std::int64_t> m_twice;
    ChainCheck m_check;
};

std::optional<std::pair<std::int64_t, Link>> link_of(std::string_view record)
{
    const auto header = protocol::parse_record_header(record);
    if (!header)
        return std::nullopt;
    return std::pair(static_cast<std::int64_t>(header->link.seq),
                     Link{to_hex(protocol::record_digest(record)), to_hex(header->link.previous)});
}

} // namespace

std::span<const storage::Migration> device_chain_migrations()
{
    return migrations;
}

void note_arrived(storage::Database& database, const Uuid& device, std::vector<std::int64_t> seqs,
                  std::int64_t taken, Timestamp now)
{
    std::erase_if(seqs, [](std::int64_t seq) { return seq < 1; });
    std::sort(seqs.begin(), seqs.end());
    seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
    const std::string text = device.text();
    const std::int64_t before = highest_of(database, text);
    std::int64_t highest = before;
    for (auto from = seqs.begin(); from != seqs.end();) {
        // Numbers without a gap between them are one step: mostly the whole batch is.
        auto to = from;
        while (to + 1 != seqs.end() && *(to + 1) == *to + 1)
            ++to;
        if (*from <= highest)
            close_gaps(database, text, *from, *to);
        else
            add_gap(database, text, {highest + 1, *from - 1, now});
        highest = std::max(highest, *to);
        from = to + 1;
    }
    if (highest != before || taken > 0)
        keep_counts(database, text, highest, taken);
    // What was put aside has come after all.
    if (!seqs.empty() && seqs.front() <= before)
        database.run("DELETE FROM device_chain_notes WHERE device = :device AND state = 'put_aside' "
                     "AND seq BETWEEN :first AND :last AND NOT EXISTS (SELECT 1 FROM device_gaps g "
                     "WHERE g.device = device_chain_notes.device AND device_chain_notes.seq "
                     "BETWEEN g.first_seq AND g.last_seq)",
                     text, seqs.front(), seqs.back());
}

void note_chain_report(storage::Database& database, const protocol::ChainReport& report, Timestamp now)
{
    const std::string device = report.device.text();
    std::int64_t highest = highest_of(database, device);
    for (const auto& number : report.numbers) {
        const auto seq = static_cast<std::int64_t>(number.seq);
        if (seq > highest) {
            add_gap(database, device, {highest + 1, seq, now});
            highest = seq;
            keep_counts(database, device, highest, 0);
        } else if (gaps_in(database, device, seq, seq).empty()) {
            // It is here, or the device has said so for good, which an older report does not undo.
            if (is_final(number.state))
                note_final(database, device, number, now);
            continue;
        }
        database.run("INSERT INTO device_chain_notes (device, seq, state, digest, said_at) "
                     "VALUES (:device, :seq, :state, :digest, :now) ON CONFLICT (device, seq) DO UPDATE SET "
                     "state = excluded.state, digest = excluded.digest, said_at = excluded.said_at",
                     device, seq, protocol::name_of(number.state), to_hex(number.digest), now.ms);
        if (is_final(number.state))
            close_gaps(database, device, seq, seq);
    }
}

std::optional<protocol::ChainState> final_state(storage::Database& database, const Uuid& device,
                                                std::int64_t seq, std::string_view digest)
{
    const auto state = database.query_one<std::string>(
        "SELECT state FROM device_chain_notes WHERE device = :device AND seq = :seq AND digest = :digest",
        device.text(), seq, to_hex(digest));
    const auto known = state ? protocol::chain_state_named(*state) : std::nullopt;
    return known && is_final(*known) ? known : std::nullopt;
}

std::vector<ChainGap> chain_gaps(storage::Database& database, const Uuid& device, std::size_t limit)
{
    std::vector<ChainGap> gaps;
    for (const auto& [first, last, since] : database.query<std::int64_t, std::int64_t, std::int64_t>(
             "SELECT first_seq, last_seq, since FROM device_gaps WHERE device = :device "
             "ORDER BY first_seq LIMIT :limit",
             device.text(), static_cast<std::int64_t>(limit)))
        gaps.push_back({first, last, {since}});
    return gaps;
}

std::vector<ChainNote> chain_notes(storage::Database& database, const Uuid& device, std::size_t limit)
{
    std::vector<ChainNote> notes;
    for (const auto& [seq, state, digest, said_at] :
         database.query<std::int64_t, std::string, std::string, std::int64_t>(
             "SELECT seq, state, digest, said_at FROM device_chain_notes WHERE device = :device "
             "ORDER BY seq LIMIT :limit",
             device.text(), static_cast<std::int64_t>(limit)))
        notes.push_back(note_from(seq, state, digest, said_at));
    return notes;
}

std::vector<ChainGap> unexplained_gaps(storage::Database& database, const Uuid& device, std::size_t limit)
{
    std::vector<ChainGap> gaps;
    for (const auto& [first, last, since] : database.query<std::int64_t, std::int64_t, std::int64_t>(
             "SELECT first_seq, last_seq, since FROM device_gaps WHERE device = :device AND "
             "(SELECT COUNT(*) FROM device_chain_notes n WHERE n.device = device_gaps.device AND n.seq "
             "BETWEEN "
             "device_gaps.first_seq AND device_gaps.last_seq) < last_seq - first_seq + 1 "
             "ORDER BY first_seq LIMIT :limit",
             device.text(), static_cast<std::int64_t>(limit)))
        gaps.push_back({first, last, {since}});
    std::vector<ChainGap> left;
    for (ChainGap gap : gaps) {
        for (const std::int64_t seq : database.query<std::int64_t>(
                 "SELECT seq FROM device_chain_notes WHERE device = :device AND seq BETWEEN :first AND :last "
                 "ORDER BY seq",
                 device.text(), gap.first, gap.last)) {
            if (gap.first < seq)
                left.push_back({gap.first, seq - 1, gap.since});
            gap.first = seq + 1;
        }
        if (gap.first <= gap.last)
            left.push_back(gap);
    }
    if (left.size() > limit)
        left.resize(limit);
    return left;
}

ChainCheck check_chain(storage::Database& database, const Uuid& device)
{
    ChainWalk walk;
    const auto read = [&](std::string_view text) {
        database.for_each<sql::Blob>(
            text,
            [&](const sql::Blob& record) {
                if (auto link = link_of(record.bytes))
                    walk.add(link->first, std::move(link->second));
                return true;
            },
            device.text());
    };
    read("SELECT record FROM entry_records WHERE device = :device");
    read("SELECT record FROM refused_records WHERE device = :device");
    for (const auto& [seq, digest] : database.query<std::int64_t, std::string>(
             "SELECT seq, digest FROM device_chain_notes WHERE device = :device", device.text()))
        walk.add(seq, {digest, ""});
    const auto gaps = database.query<std::int64_t, std::int64_t, std::int64_t>(
        "SELECT first_seq, last_seq, since FROM device_gaps WHERE device = :device ORDER BY first_seq",
        device.text());
    std::vector<ChainGap> all;
    for (const auto& [first, last, since] : gaps)
        all.push_back({first, last, {since}});
    return walk.finish(highest_of(database, device.text()), all);
}

} // namespace tally::server
