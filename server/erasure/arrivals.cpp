#include "server/erasure/arrivals.h"

#include "server/storage/withdrawals.h"

namespace tally::server {

std::vector<std::string> withdrawal_code_hashes(const Entry& entry, const ServerKeys& keys)
{
    std::vector<std::string> hashes;
    if (const auto* story = std::get_if<StoryBody>(&entry.body))
        for (const auto& consent : story->consents)
            if (!withdrawal_code_key(consent.withdrawal_code).empty())
                hashes.push_back(withdrawal_code_hash(keys, consent.withdrawal_code));
    return hashes;
}

Error erased_refusal()
{
    return {"erased", "The words of this entry were erased, or the person took their consent back. It is not "
                      "taken in again."};
}

ErasedArrivals::ErasedArrivals(LedgerTransaction& ledger, const EntryVault& vault, Timestamp now)
    : m_ledger(ledger), m_vault(vault), m_now(now),
      m_refuses_any(ledger.database().query_one<std::int64_t>("SELECT 1 FROM refused_erased LIMIT 1"))
{
}

bool ErasedArrivals::is_erased(const Uuid& entry)
{
    const auto* standing = m_ledger.standing(entry);
    return standing != nullptr && standing->erased;
}

ErasedArrivals::Unknown ErasedArrivals::judge(const Uuid& entry, const std::optional<Uuid>& amends)
{
    if (!m_refuses_any)
        return Unknown::Welcome;
    constexpr std::string_view find = "SELECT arrived FROM refused_erased WHERE entry = :entry";
    if (m_ledger.database().query_one<std::int64_t>(find, entry.text()) ||
        (amends && m_ledger.database().query_one<std::int64_t>(find, amends->text())))
        return refuse(entry);
    return Unknown::Welcome;
}

ErasedArrivals::Unknown ErasedArrivals::refuse(const Uuid& entry)
{
    auto& database = m_ledger.database();
    forget_refused_copy(database, entry);
    const auto arrived = database.query_one<std::int64_t>(
        "SELECT arrived FROM refused_erased WHERE entry = :entry", entry.text());
    if (arrived && *arrived != 0)
        return Unknown::ErasedBefore;
    database.run("INSERT INTO refused_erased (entry, arrived) VALUES (:entry, 1) "
                 "ON CONFLICT (entry) DO UPDATE SET arrived = 1",
                 entry.text());
    m_refuses_any = true;
    return Unknown::ErasedFirst;
}

bool ErasedArrivals::is_withdrawn(std::span<const std::string> code_hashes)
{
    for (const auto& hash : code_hashes)
        if (m_ledger.database().query_one<std::int64_t>(
                "SELECT 1 FROM waiting_withdrawals WHERE code_hash = :hash", hash) ||
            ::tally::server::is_withdrawn(m_ledger.database(), hash))
            return true;
    return false;
}

void ErasedArrivals::erase(const Uuid& entry, Random& random)
{
    erase_family(m_ledger, m_vault, entry, {ErasureReason::Withdrawal, {}, {}, m_now}, random);
    forget_in_merge(m_ledger);
}

void ErasedArrivals::note_codes(const Uuid& entry, std::span<const std::string> code_hashes)
{
    for (const auto& hash : code_hashes)
        m_ledger.database().run("INSERT INTO withdrawal_codes (code_hash, entry) VALUES (:hash, :entry) "
                                "ON CONFLICT DO NOTHING",
                                hash, entry.text());
}

} // namespace tally::server
