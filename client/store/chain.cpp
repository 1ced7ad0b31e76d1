#include "client/store/chain.h"

#include "client/store/store.h"
#include "shared/base/encoding.h"

namespace tally::client {

using storage::Transaction;

void note_number(storage::Database& database, std::int64_t local)
{
    database.run("INSERT INTO chain_reports (local) VALUES (:local) ON CONFLICT (local) DO NOTHING", local);
}

void tell_numbers_again(storage::Database& database, std::int64_t identity)
{
    database.run(
        "INSERT INTO chain_reports (local) SELECT e.local FROM entries e WHERE e.identity = :identity "
        "AND (e.local IN (SELECT local FROM erasures) OR e.local IN (SELECT local FROM taken_back)) "
        "ON CONFLICT (local) DO NOTHING",
        identity);
    database.run("UPDATE chain_reports SET told = '' WHERE local IN "
                 "(SELECT local FROM entries WHERE identity = :identity)",
                 identity);
}

std::vector<protocol::ChainNumber> Store::numbers_to_tell(const Identity& identity)
{
    std::vector<protocol::ChainNumber> numbers;
    m_database.for_each<std::int64_t, std::string, std::string>(
        "SELECT seq, digest, state FROM (SELECT e.seq, e.digest, c.told, e.identity, CASE "
        "WHEN x.local IS NOT NULL THEN 'erased' WHEN o.local IS NOT NULL THEN '' "
        "WHEN t.put_right_by IS NOT NULL THEN 'replaced' WHEN t.local IS NOT NULL THEN 'withdrawn' "
        "WHEN s.state IN ('rejected', 'conflict') THEN 'put_aside' ELSE '' END AS state "
        "FROM chain_reports c JOIN entries e ON e.local = c.local LEFT JOIN erasures x ON x.local = c.local "
        "LEFT JOIN taken_back t ON t.local = c.local LEFT JOIN outbox o ON o.local = c.local "
        "LEFT JOIN entry_states s ON s.entry_id = e.id) "
        "WHERE identity = :identity AND state <> '' AND told <> state ORDER BY seq LIMIT :count",
        [&](std::int64_t seq, const std::string& digest, const std::string& state) {
            numbers.push_back({static_cast<std::uint64_t>(seq), protocol::chain_state_named(state).value(),
                               from_hex(digest).value()});
        },
        identity.number, static_cast<std::int64_t>(protocol::chain_report_numbers_max));
    return numbers;
}

void Store::note_told(const Identity& identity, std::span<const protocol::ChainNumber> numbers)
{
    Transaction transaction(m_database);
    for (const auto& number : numbers)
        m_database.run("UPDATE chain_reports SET told = :told WHERE local = "
                       "(SELECT local FROM entries WHERE identity = :identity AND seq = :seq)",
                       protocol::name_of(number.state), identity.number,
                       static_cast<std::int64_t>(number.seq));
    transaction.commit();
}

std::int64_t Store::take_missing(const Identity& identity, std::span<const MissingNumbers> missing)
{
    if (missing.empty())
        return 0;
    Transaction transaction(m_database);
    const auto count = [&] {
        return m_database.query_one<std::int64_t>("SELECT count(*) FROM outbox").value_or(0);
    };
    const std::int64_t before = count();
    for (const MissingNumbers& range : missing) {
        // What cannot or must not travel is told; what can travels again, whatever was said of it before.
        m_database.run("INSERT INTO chain_reports (local) SELECT e.local FROM entries e "
                       "LEFT JOIN entry_states s ON s.entry_id = e.id WHERE e.identity = :identity "
                       "AND e.seq BETWEEN :first AND :last AND (e.local IN (SELECT local FROM erasures) "
                       "OR e.local IN (SELECT local FROM taken_back) OR s.state IN ('rejected', 'conflict')) "
                       "ON CONFLICT (local) DO UPDATE SET told = ''",
                       identity.number, range.first, range.last);
        m_database.run("INSERT INTO outbox (local, identity) SELECT e.local, e.identity FROM entries e "
                       "JOIN records r ON r.local = e.local LEFT JOIN entry_states s ON s.entry_id = e.id "
                       "WHERE e.identity = :identity AND e.seq BETWEEN :first AND :last "
                       "AND e.local NOT IN (SELECT local FROM taken_back) "
                       "AND coalesce(s.state, '') NOT IN ('rejected', 'conflict') "
                       "ON CONFLICT (local) DO NOTHING",
                       identity.number, range.first, range.last);
    }
    const std::int64_t again = count() - before;
    transaction.commit();
    return again;
}

} // namespace tally::client
