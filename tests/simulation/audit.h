#pragma once
/// What was promised, one line each: how often it was looked up, and what to say when it does not hold.

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace tally::simulation {

enum class Check
{
    Saved,        ///< what the worker was told is saved is on the device with its bytes
    Acknowledged, ///< what the server gave a receipt for is at the server with its bytes
    Photo,        ///< a photo that arrived is at the server with its digest
    LogRow,       ///< each row of the log is allowed by the ledger's rules, each entry has one
    Balance,      ///< a balance is that of the oracle
    Ledger,       ///< hashes, signatures and balances verify, no key and nonce was used twice
    Entry,        ///< the server has an entry of a device as the device believes, in the same state
    Chain,        ///< of a device: whole, and what is missing is known
    Erased,       ///< nobody can open what was erased, at the server or on a device
    Returned,     ///< what a restored server lacked is there again
    Key,      ///< a device and its server agree on the key of the device, and no wish for a new one is left
    Refusal,  ///< a mistake was refused, with the right word, and changed nothing
    Content,  ///< what the ledger counts and the server can open is what the worker typed
    Revoked,  ///< devices that somebody revoked are out, and no others
    Backup,   ///< a backup holds what was promised before it
    Decision, ///< that somebody was told is noted stands in the log
};
inline constexpr int check_count = static_cast<int>(Check::Decision) + 1;

[[nodiscard]] const char* name_of(Check check);

using CheckCounts = std::array<std::int64_t, check_count>;

/// Thrown where a promise was broken.
struct Broken
{
    std::string what;
};

class Audit
{
public:
    /// `who` stands before every complaint.
    explicit Audit(CheckCounts& counts, std::string who = {}) : m_counts(counts), m_who(std::move(who)) {}

    [[nodiscard]] Audit of(const std::string& who) const { return Audit(m_counts, who); }
    void count(Check check) const { ++m_counts[static_cast<std::size_t>(check)]; }
    [[noreturn]] void complain(const std::string& what) const
    {
        throw Broken{m_who.empty() ? what : m_who + ": " + what};
    }
    /// Counts it, and complains when it does not hold.
    void require(Check check, bool holds, const std::string& otherwise) const
    {
        count(check);
        if (!holds)
            complain(otherwise);
    }

private:
    CheckCounts& m_counts;
    std::string m_who;
};

} // namespace tally::simulation
