#pragma once
/// The ledger's rules told a third time, slowly: no state is carried from one event to the next except
/// the plain list of what happened. After each event the whole list is told again from its beginning, and
/// what is booked is the difference between two tellings.

#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace tally::test::oracle {

/// Something that somebody did. A flag is named by the number of the event that raised it, not by its
/// place in the log, so that a history can be shortened and told again.
struct Event
{
    int number = 0;
    server::Leaf leaf;
    int flag = -1;
};

[[nodiscard]] std::string describe(const Event& event);

/// Where an entry is in the end. What was replaced, withdrawn, erased before a decision, or put together
/// again is all the same to a balance: gone.
enum class Where
{
    Waiting,
    Queried,
    Accepted,
    Declined,
    Split,
    Duplicate,
    Gone,
};

[[nodiscard]] Where where_is(server::EntryState state);

/// How an entry adds to the balances.
struct Share
{
    server::Phase phase = server::Phase::Claimed;
    bool held = false;
    std::int64_t quantity = 0;
    std::int64_t value = 0;

    bool operator==(const Share&) const = default;
};

/// Contract, account quarter, work quarter, framework, version, kind, measure, class, held, place,
/// verification, phase.
using Key = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                       std::string, std::string, bool, std::string, std::string, std::string>;

struct Amount
{
    std::int64_t entries = 0;
    std::int64_t quantity = 0;
    std::int64_t value = 0;

    bool operator==(const Amount&) const = default;
};

/// What can be said after the events that were heard.
class Telling
{
public:
    /// False when the rules refuse it: then nothing has changed.
    bool hear(const Event& event);

    [[nodiscard]] Where where(const Uuid& id) const;
    [[nodiscard]] std::map<Uuid, Where> everywhere() const;
    [[nodiscard]] std::map<Uuid, Share> shares() const;
    [[nodiscard]] bool knows(const Uuid& id) const { return m_entries.contains(id); }
    [[nodiscard]] const server::EntryFacts& facts(const Uuid& id) const { return *m_entries.at(id).facts; }
    [[nodiscard]] std::optional<Quarter> closed() const { return m_closed; }
    /// The newest figure of each contract, framework, version, measure and phase of which only that counts.
    [[nodiscard]] std::map<std::tuple<std::string, std::string, std::string, std::string, std::string>, Uuid>
    newest() const;

private:
    enum class Verdict
    {
        None,
        Queried,
        Accepted,
        Declined,
        Split,
    };

    struct Entry
    {
        std::shared_ptr<const server::EntryFacts> facts;
        int arrival = 0;
        Verdict verdict = Verdict::None; ///< the last decision that was not taken back
        bool beside = false;             ///< a change of accepted work: needs a decision of its own
        bool done = false;               ///< a withdrawal of work that waited: nothing is left to decide
        bool ended_at_once = false;      ///< a change arrived while it was not accepted
        std::optional<Uuid> ended_by;    ///< the accepted change that has its place
        std::optional<Uuid> place_of;    ///< the other side of that
        bool put_together = false;       ///< a part whose split was undone
        bool erased = false;
        bool released = false;
        std::int64_t parts_due = 0;
        std::int64_t amount_due = 0;
    };

    struct Flag
    {
        std::string rule;
        std::vector<Uuid> entries;
        std::optional<server::Resolution> as;
        std::optional<Uuid> kept;
    };

    bool hear_leaf(const server::ReceivedLeaf& leaf, const Event& event);
    bool hear_leaf(const server::DecisionLeaf& leaf, const Event& event);
    bool hear_leaf(const server::SplitLeaf& leaf, const Event& event);
    bool hear_leaf(const server::FlaggedLeaf& leaf, const Event& event);
    bool hear_leaf(const server::ResolvedLeaf& leaf, const Event& event);
    bool hear_leaf(const server::ReopenedLeaf& leaf, const Event& event);
    bool hear_leaf(const server::ErasedLeaf& leaf, const Event& event);
    bool hear_leaf(const server::ClosedLeaf& leaf, const Event& event);

    bool hear_part(Entry part);
    bool hear_change(Entry change);
    bool accept(Entry& entry);
    bool take_back(Entry& entry);
    [[nodiscard]] Entry* find(const Uuid& id);
    [[nodiscard]] Where where(const Entry& entry) const;
    [[nodiscard]] bool is_waiting(const Entry& entry) const;
    [[nodiscard]] bool stands(const Entry& entry) const;
    [[nodiscard]] bool is_open(const Flag& flag) const;
    [[nodiscard]] bool is_under_open_flag(const Uuid& id) const;
    [[nodiscard]] bool is_own(const Uuid& id, const std::string& person) const;
    [[nodiscard]] std::vector<Entry*> parts_of(const Uuid& id);
    [[nodiscard]] std::int64_t persons_of(const Entry& entry) const;

    std::map<Uuid, Entry> m_entries;
    std::map<int, Flag> m_flags;
    std::optional<Quarter> m_closed;
    int m_arrivals = 0;
};

/// The account book that follows from a history.
class Book
{
public:
    /// Tells everything again with the event at the end and books the difference. False when the rules
    /// refuse the event; then it is no part of the history.
    bool add(const Event& event);

    [[nodiscard]] const Telling& now() const { return m_now; }
    [[nodiscard]] const std::vector<Event>& history() const { return m_history; }
    /// Lines that are not zero.
    [[nodiscard]] std::map<Key, Amount> balances() const;

private:
    void book(const server::EntryFacts& facts, const Share& share, std::int64_t sign,
              std::optional<Quarter> closed);

    std::vector<Event> m_history;
    Telling m_now;
    std::map<Key, Amount> m_lines;
};

/// The same for a history in which no quarter was closed, without telling it again after each event: what was
/// booked and taken back leaves nothing, so the sum of the last shares is all.
[[nodiscard]] std::map<Key, Amount> balances_of(const Telling& telling);

[[nodiscard]] Key key_of(const server::Balance& row);
[[nodiscard]] std::string describe(const Key& key, const Amount& amount);

} // namespace tally::test::oracle
