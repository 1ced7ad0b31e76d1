#pragma once
/// What people in the console see of the evidence, and how they decide on it.
///
/// Everything takes a Viewer: nobody is shown, or decides on, an entry outside their contracts.
/// Thread-safe; each call leases a session of its own.

#include "server/ledger/types.h"
#include "server/storage/database_pool.h"
#include "shared/base/random.h"
#include "shared/base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tally::server {

class EntryVault;
class LedgerWriter;
class ReferenceCache;

/// The name of the person with an account id; empty when there is none.
using PersonName = std::function<std::string(std::string_view id)>;

/// On whose behalf something is read or decided.
struct Viewer
{
    std::string user_id; ///< also the person key of entries that they captured themselves
    std::string name;    ///< to recognise a host confirmation by the same person
    bool sees_all_contracts = false;
    std::vector<std::string> contracts; ///< references, unless they see all
    bool may_decide = false;

    [[nodiscard]] bool sees(std::string_view contract) const;
};

struct EntryFilter
{
    std::string contract; ///< empty: all that the viewer sees
    std::optional<EvidenceKind> kind;
    std::optional<EntryState> state;   ///< none: waiting and queried
    bool any_state = false;            ///< with no state: really all
    std::string quarter;               ///< "2026-Q1" or empty
    std::string measure;               ///< code or empty
    std::optional<std::int64_t> after; ///< ledger position of the last row of the page before
    std::size_t limit = 50;
};

struct EntrySummary
{
    Uuid id;
    std::int64_t position = 0; ///< in the ledger's log
    EvidenceKind kind = EvidenceKind::Hours;
    EntryAction action = EntryAction::Capture;
    EntryState state = EntryState::Waiting;
    std::string contract;
    std::string measure;
    std::string measure_title; ///< empty when there is no measure
    std::string unit;
    std::optional<Quantity> quantity;
    std::optional<Money> value;
    std::string value_class;
    bool held = false;
    std::string quarter;
    Date work_date;
    Timestamp received_at;
    std::string headline; ///< a line in plain words: "3.5 h · Tree planting · Friends of Brierley Park"
    std::size_t photos = 0;
    bool erased = false;
};

struct EntryPage
{
    std::vector<EntrySummary> rows; ///< oldest first
    bool more = false;
};

struct StateCounts
{
    std::int64_t waiting = 0;
    std::int64_t queried = 0;
    std::int64_t accepted = 0;
    std::int64_t declined = 0;
};

/// Something that happened to an entry or to one of its revisions.
struct HistoryItem
{
    std::int64_t position = 0;
    Timestamp at;
    Uuid entry;       ///< which revision
    std::string what; ///< received, amended, withdrawn, accepted, queried, declined, reversed
    std::string by;   ///< name of the person or device
    std::string note; ///< the note or the reason; empty when erased or none
};

struct EntryDetail
{
    EntrySummary summary;
    EntryFacts facts;
    std::optional<Entry> entry; ///< none when it was erased
    std::string measure_note;   ///< oddities that the framework names
    std::string value_note;     ///< why the value is held, or why there are no pounds
    std::string framework_title;
    std::string device_name;
    std::string contract_title;
    Timestamp received_at;
    std::vector<HistoryItem> history; ///< of all revisions, in order of the log
    std::vector<Uuid> revisions;      ///< oldest first, this one among them
    std::optional<Uuid> replaced_by;
    std::optional<std::string> question; ///< open question, when queried
    /// The latest decision can be taken back by a reversal.
    bool can_reverse = false;
    bool can_decide = false;
    std::string why_not;             ///< a sentence when the viewer may not decide
    std::vector<bool> photo_arrived; ///< for each attachment
};

class ReviewService
{
public:
    /// All must outlive the service.
    ReviewService(DatabasePool& pool, LedgerWriter& writer, const EntryVault& vault,
                  ReferenceCache& reference, PersonName person_name, const Clock& clock, Random& random);

    [[nodiscard]] EntryPage entries(const Viewer& viewer, const EntryFilter& filter);
    [[nodiscard]] StateCounts counts(const Viewer& viewer, const EntryFilter& filter);
    /// Nothing when there is no such entry, or it is not the viewer's to see.
    [[nodiscard]] std::optional<EntryDetail> entry(const Viewer& viewer, const Uuid& id);
    /// The decrypted photo and its media type. Fails with `not_found`, `photo_not_arrived` or `erased`.
    struct Photo
    {
        std::string bytes;
        std::string media_type;
    };
    [[nodiscard]] Result<Photo> photo(const Viewer& viewer, const Uuid& id, std::string_view digest);

    /// Durable when it returns. The note is required for Query and Decline, at most 2,000 characters.
    /// Fails with `not_found`, `not_allowed`, `own_entry`, `note_missing`, `note_too_long` or
    /// `wrong_state` (somebody else decided first, say).
    [[nodiscard]] Result<void> decide(const Viewer& viewer, const Uuid& id, DecisionKind decision,
                                      std::string_view note);

private:
    DatabasePool& m_pool;
    LedgerWriter& m_writer;
    const EntryVault& m_vault;
    ReferenceCache& m_reference;
    PersonName m_person_name;
    const Clock& m_clock;
    Random& m_random;
};

} // namespace tally::server
