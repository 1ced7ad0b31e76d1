#pragma once
/// What people in the console see of the evidence, and how they decide on it.
///
/// Everything takes a Viewer: nobody is shown, or decides on, an entry outside their contracts.
/// Thread-safe; each call leases a session of its own.

#include "server/ledger/ledger.h"
#include "server/ledger/types.h"
#include "server/review/balance_table.h"
#include "server/review/cases.h"
#include "server/review/corrections.h"
#include "server/storage/database_pool.h"
#include "server/storage/devices.h"
#include "shared/base/random.h"
#include "shared/base/result.h"
#include "shared/base/uuid.h"
#include "shared/domain/period.h"

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

/// Has an entry that has just arrived compared with the others, or with none given all of them, so that
/// nobody decides on what may be counted twice.
using CompareFirst = std::function<void(const std::optional<Uuid>& entry)>;

/// On whose behalf something is read or decided.
struct Viewer
{
    std::string user_id; ///< also the person key of entries that they captured themselves
    std::string name;    ///< to recognise a host confirmation by the same person
    bool sees_all_contracts = false;
    std::vector<std::string> contracts; ///< references, unless they see all
    bool may_decide = false;
    /// Settles flags over any contracts, lets held values count and closes quarters; decides on no entry.
    bool is_administrator = false;

    [[nodiscard]] bool sees(std::string_view contract) const;
};

struct EntryFilter
{
    std::string contract; ///< empty: all that the viewer sees
    std::optional<EvidenceKind> kind;
    std::optional<EntryState> state;   ///< none: waiting and queried
    bool any_state = false;            ///< with no state: really all
    std::string quarter;               ///< "2026-Q1" or empty
    std::optional<ReportingYear> year; ///< by the day of the work
    std::string measure;               ///< code or empty
    bool flagged = false;              ///< only those in an open flag
    bool unflagged = false;            ///< only those that no flag holds
    std::optional<bool> held;          ///< only those whose value is held by framework or flag, or the others
    std::optional<std::int64_t> after; ///< ledger position of the last row of the page before
    std::size_t limit = 50;
    /// Only those that stand behind a line of a table of balances.
    struct Line
    {
        Dimension dimension = Dimension::Contract;
        std::string key;
    };
    std::optional<Line> line;
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
    std::string first_photo; ///< digest of the first photo that is not a signature; empty when there is none
    bool erased = false;
    bool flagged = false;  ///< in an open flag
    bool released = false; ///< the framework holds the value, an administrator let it count
};

struct EntryPage
{
    std::vector<EntrySummary> rows; ///< oldest first
    bool more = false;
    std::int64_t last = 0; ///< position from which the next page goes on
};

struct StateCounts
{
    std::int64_t waiting = 0;
    std::int64_t queried = 0;
    std::int64_t accepted = 0;
    std::int64_t declined = 0;
    std::int64_t flagged = 0; ///< of those that wait or are queried, in an open flag
    bool comparing = false;   ///< some have just arrived and were not compared with the others yet
};

/// Something that happened to an entry or to one of its revisions.
struct HistoryItem
{
    std::int64_t position = 0;
    Timestamp at;
    Uuid entry;       ///< which revision
    std::string what; ///< received, amended, withdrawn, part, or the type of the leaf: accepted, flagged ...
    std::string by;   ///< name of the person or device
    std::string note; ///< the note or the reason; empty when erased or none
};

/// A flag as the page of an entry shows it.
struct EntryFlag
{
    std::int64_t position = 0;
    std::string rule;
    bool open = false;
    std::optional<Resolution> resolution;
    std::int64_t minutes = 0;
    std::int64_t sure = 0;
};

/// Another entry that this one is tied to.
struct RelatedEntry
{
    EntrySummary summary;
    bool visible = true; ///< false: of a contract that the viewer does not see, the summary is empty
};

struct EntryErasure
{
    Timestamp at;
    ErasureReason why = ErasureReason::Staff;
    std::string note; ///< of staff; names nobody
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
    std::vector<EntryFlag> flags;
    std::optional<RelatedEntry> counted_by; ///< of a duplicate
    std::vector<RelatedEntry> parts;        ///< of a divided entry
    std::optional<RelatedEntry> part_of;
    std::optional<EntryErasure> erasure;
    std::optional<Quarter> account_quarter; ///< when it is not that of the work
    bool can_split = false;
};

// ---- flags ----

struct CaseFilter
{
    std::string contract; ///< empty: all that the viewer sees
    bool settled = false; ///< what was settled, the newest first, instead of what is open
    std::size_t skip = 0;
    std::size_t limit = 25;
};

struct CaseSummary
{
    FlagCase flags;
    std::vector<RelatedEntry> entries; ///< in the order of FlagCase::entries
    std::optional<Resolution> settled_as;
    std::string settled_by; ///< name
    Timestamp settled_at;
};

struct CasePage
{
    std::vector<CaseSummary> rows;
    bool more = false;
    std::size_t total = 0;
};

/// One entry of a comparison.
struct ComparedEntry
{
    Uuid id;
    bool visible = true; ///< false: nothing else is filled
    EntrySummary summary;
    EntryFacts facts;
    std::optional<Entry> words; ///< none when erased
    std::string contract_title;
    std::string device_name;
    std::optional<Event> event;
    std::string place_title;
    std::vector<bool> photo_arrived;
};

struct CaseDetail
{
    FlagCase flags;
    bool open = false;
    std::vector<ComparedEntry> entries; ///< in the order of their work, then of their arrival
    std::optional<Resolution> settled_as;
    std::optional<Uuid> kept;
    std::string settled_by;
    Timestamp settled_at;
    std::string note; ///< why it was settled so
    bool can_settle = false;
    bool can_reopen = false;
    std::string why_not;                ///< a sentence when the viewer may not decide
    std::vector<std::string> contracts; ///< references of all entries, each once
    std::string excludes; ///< of which their measures may not both be claimed: "the same hour given by ..."
};

// ---- dividing ----

struct PartRequest
{
    std::string contract;
    std::string measure;
    Quantity quantity; ///< in what the whole entry counts
};

// ---- held values ----

/// The values of one measure in one contract that the framework holds or held.
struct HeldGroup
{
    std::string contract;
    std::string contract_title;
    std::string framework;
    std::string measure;
    std::string measure_title;
    MeasureKind kind = MeasureKind::Count;
    std::string why;
    std::int64_t held = 0; ///< entries
    std::int64_t released = 0;
    Money held_value;
    Money released_value;
};

struct HeldEntry
{
    EntrySummary summary;
    bool released = false;
};

struct HeldOutcome
{
    std::int64_t changed = 0;
    std::vector<Error> refused; ///< one for each entry that stayed as it was
};

// ---- quarters ----

struct QuarterLine
{
    Quarter quarter;
    bool closed = false;
    bool ended = false;
    std::string closed_by;
    Timestamp closed_at;
    PhaseSums<Money> social; ///< of the account
    std::int64_t waiting = 0;
};

struct LateDevice
{
    Device device;
    bool silent = false; ///< not seen since the quarter ended
};

/// What a quarter still waits for.
struct ClosingChecklist
{
    std::int64_t open_cases = 0;
    std::int64_t waiting = 0;
    std::int64_t queried = 0;
    std::vector<LateDevice> late_devices;
    std::vector<Contract> silent_contracts; ///< ran in the quarter, and there is no evidence
    std::int64_t held = 0;                  ///< entries

    /// Of the six kinds of things, how many in all.
    [[nodiscard]] std::int64_t items() const;
};

struct QuarterDetail
{
    Quarter quarter;
    bool closed = false; ///< with this or a later one
    bool ended = false;
    bool can_close = false;
    std::vector<Quarter> closes_with; ///< earlier quarters that are open yet, oldest first
    std::optional<std::string> closed_by;
    Timestamp closed_at;
    std::string note;
    std::optional<std::int64_t> closing; ///< position of the leaf
    ClosingChecklist checklist;
    BalanceTable contracts;               ///< of the account
    std::vector<Correction> posted_later; ///< work of this quarter that stands in later ones
    std::vector<Correction> of_earlier;   ///< work of earlier quarters that stands in this one
};

/// What stands in a year by the day of the work, whatever quarter of the account it was posted to.
struct YearBalances
{
    ReportingYear year;
    std::vector<Balance> balances; ///< `quarter` is that of the work too
    /// The newest of each measure, phase and quarter, of measures that are never added.
    std::vector<ContractFigures> figures;
    /// Entries whose day is no longer known: counted by the first day of their quarter.
    std::int64_t erased = 0;
};

struct YearTotals
{
    ReportingYear year;
    PhaseSums<Money> social;
    PhaseSums<Money> local_economic;
    PhaseSums<Quantity> community;
    std::vector<QuarterPart> parts;
    std::vector<PhaseSums<Money>> by_part; ///< social value of each part
    std::int64_t erased = 0;               ///< as in YearBalances
};

/// Held values are in no total.
[[nodiscard]] YearTotals totals_of(const YearBalances& balances);

class ReviewService
{
public:
    /// All must outlive the service.
    ReviewService(
        DatabasePool& pool, LedgerWriter& writer, const EntryVault& vault, ReferenceCache& reference,
        PersonName person_name, const Clock& clock, Random& random,
        CompareFirst compare_first = [](const std::optional<Uuid>&) {});

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
    /// A small JPEG of it, made at the first call and kept encrypted. Fails as photo(), and with `not_found`
    /// when it shows nothing.
    [[nodiscard]] Result<Photo> thumbnail(const Viewer& viewer, const Uuid& id, std::string_view digest);

    /// Durable when it returns. The note is required for Query and Decline, at most 2,000 characters.
    /// Fails with `not_found`, `not_allowed`, `own_entry`, `note_missing`, `note_too_long` or
    /// `wrong_state` (somebody else decided first, say).
    [[nodiscard]] Result<void> decide(const Viewer& viewer, const Uuid& id, DecisionKind decision,
                                      std::string_view note);

    // Flags: review_cases.cpp

    [[nodiscard]] CasePage cases(const Viewer& viewer, const CaseFilter& filter);
    /// The open or settled case that a flag belongs to; nothing when there is none, or the viewer sees none
    /// of its contracts.
    [[nodiscard]] std::optional<CaseDetail> flag_case(const Viewer& viewer, std::int64_t position);
    /// Settles all flags of a case in one go. `seen` are the flags that the viewer was shown. Fails with
    /// `not_found`, `not_allowed`, `own_entry`, `note_missing`, `note_too_long`, `case_changed`,
    /// `bad_choice` or `wrong_state`, and has changed nothing then.
    [[nodiscard]] Result<void> settle(const Viewer& viewer, std::int64_t position,
                                      const Settlement& settlement, const std::vector<std::int64_t>& seen,
                                      std::string_view note);
    /// Takes that back for all flags that were settled together. The note may be empty. Fails as settle().
    [[nodiscard]] Result<void> reopen(const Viewer& viewer, std::int64_t position, std::string_view note);

    // Dividing: review_split.cpp

    /// Divides an entry into 2 to 20 parts and gives their ids. Fails with `not_found`, `not_allowed`,
    /// `own_entry`, `note_missing`, `note_too_long`, `split_sum`, `flag_open`, `wrong_state`, or what
    /// assess_part() says of a part; `where` is then the number of the part, from 1.
    [[nodiscard]] Result<std::vector<Uuid>>
    split(const Viewer& viewer, const Uuid& id, const std::vector<PartRequest>& parts, std::string_view note);

    // Held values: review_held.cpp

    [[nodiscard]] std::vector<HeldGroup> held_groups(const Viewer& viewer);
    /// In order of arrival, at most 500.
    [[nodiscard]] std::vector<HeldEntry> held_entries(const Viewer& viewer, std::string_view contract,
                                                      std::string_view measure);
    /// `kind` is Release or Hold. Each entry is a decision of its own; those that cannot change stay as they
    /// are. Fails with `not_allowed`, `note_missing`, `note_too_long` or `nothing_chosen`.
    [[nodiscard]] Result<HeldOutcome> set_held(const Viewer& viewer, const std::vector<Uuid>& entries,
                                               DecisionKind kind, std::string_view note);

    // Quarters: review_quarters.cpp

    /// The newest first: from the first quarter with evidence to the present one.
    [[nodiscard]] std::vector<QuarterLine> quarters(const Viewer& viewer);
    [[nodiscard]] QuarterDetail quarter(const Viewer& viewer, Quarter quarter);
    /// Closes the quarter and all before it. `looked_at` is the number of items on the checklist that the
    /// viewer was shown. Fails with `not_allowed`, `quarter_running`, `quarter_closed`, `note_too_long` or
    /// `checklist_changed`.
    [[nodiscard]] Result<void> close_quarter(const Viewer& viewer, Quarter quarter, std::int64_t looked_at,
                                             std::string_view note);

    // Years: review_years.cpp

    /// Of one contract or, when it is empty, of all that the viewer sees. Where a year begins inside a
    /// quarter, every entry of that quarter is opened once, so ask for years that follow each other together.
    [[nodiscard]] std::vector<YearBalances>
    year_balances(const Viewer& viewer, const std::vector<ReportingYear>& years, std::string_view contract);

    // Balances: review_balances.cpp

    struct BalanceQuery
    {
        Dimension dimension = Dimension::Contract;
        std::string contract;                             ///< or empty
        std::optional<Quarter> quarter;                   ///< of the account
        std::optional<ReportingYear> year = std::nullopt; ///< by the day of the work, in place of a quarter
    };
    [[nodiscard]] BalanceTable balances(const Viewer& viewer, const BalanceQuery& query);

private:
    /// Of an entry that the viewer may read.
    [[nodiscard]] Result<Attachment> attachment(const Viewer& viewer, const Uuid& id,
                                                std::string_view digest);

    DatabasePool& m_pool;
    LedgerWriter& m_writer;
    const EntryVault& m_vault;
    ReferenceCache& m_reference;
    PersonName m_person_name;
    const Clock& m_clock;
    Random& m_random;
    CompareFirst m_compare_first;
    // Every job of the ledger's writer that makes ids runs on its one thread.
    UuidSource m_ids{m_clock, m_random};
};

} // namespace tally::server
