#pragma once
/// Everything that the device keeps, in one SQLite file in its data folder. Personal words and photos
/// stand in it encrypted only (vault.h). A Store is one session: each thread opens its own.
///
/// Saving is one transaction: entry, photos, outbox row and the draft that it came from; what was
/// written is read back and hashed again before the commit, and the commit is synced to the disk.

#include "client/store/clock_offset.h"
#include "client/store/identity.h"
#include "client/store/reference.h"
#include "shared/domain/evidence.h"
#include "shared/protocol/chain_report.h"
#include "shared/protocol/receipt.h"
#include "shared/protocol/sealed_record.h"
#include "shared/storage/database.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

/// Where an entry is on its way.
enum class EntryState
{
    Unsent,    ///< on this device only
    Waiting,   ///< the server has it; nobody has decided yet
    Queried,   ///< somebody asks something, see EntryRow::question
    Accepted,  ///< counted
    Declined,  ///< not counted, see EntryRow::note
    Replaced,  ///< a later entry stands in its place
    Withdrawn, ///< taken back
    Duplicate, ///< another entry counts the same work
    Split,     ///< divided between contracts: its parts count in its place
    Erased,    ///< its words were destroyed here and at the server
    Rejected,  ///< the server could not take it, see code and note
    Conflict,  ///< the server holds other bytes under this id; both are kept
};

enum class ErasureReason
{
    Unknown,    ///< the server did not say
    Withdrawal, ///< a person took their consent back
    Staff,      ///< somebody of the council decided it
    Retention,  ///< the time for which it may be kept is over
};

[[nodiscard]] std::string_view name_of(EntryState state);
[[nodiscard]] std::optional<EntryState> entry_state_named(std::string_view name);
[[nodiscard]] std::string_view name_of(ErasureReason why);
[[nodiscard]] ErasureReason erasure_reason_named(std::string_view name);

/// The server could not take it: it stays here and waits for the worker.
[[nodiscard]] constexpr bool is_put_aside(EntryState state)
{
    return state == EntryState::Rejected || state == EntryState::Conflict;
}

/// The outside of an entry: what can be listed without any key.
struct EntryRow
{
    Uuid id;
    Uuid device;
    std::int64_t local = 0; ///< order on this device
    std::uint64_t seq = 0;  ///< in the device's chain
    EvidenceKind kind = EvidenceKind::Hours;
    EntryAction action = EntryAction::Capture;
    std::optional<Uuid> amends;
    Timestamp captured_at;

    EntryState state = EntryState::Unsent;
    std::string code;     ///< of a rejection or conflict
    std::string question; ///< of whoever queried it
    std::string note;     ///< in the words of the server or of whoever decided
    std::optional<Timestamp> decided_at;
    std::optional<Uuid> replaced_by; ///< a later entry of this device or, as the server says, another
    std::int64_t photos = 0;         ///< attachments
    std::int64_t photos_waiting = 0; ///< of them not yet at the server

    // In the state Erased nothing but the outside and this is left.
    std::optional<Timestamp> erased_at;
    ErasureReason erased_why = ErasureReason::Unknown;
};

/// The sealed bytes of an entry and of what reads it here.
struct SealedEntry
{
    Uuid device;
    std::string record;
    std::string key_id;        ///< 8 bytes
    std::string entry_key;     ///< the entry's own key under the run's reading key; empty on a kiosk
    std::string worker_sealed; ///< the reading key sealed to the worker's key; empty on a kiosk
};

/// An attachment's ciphertext.
struct SealedAttachment
{
    std::string sealed_digest; ///< SHA-256 of `bytes`, lower-case hex
    std::string bytes;
};

struct NewEntry
{
    Entry entry;
    std::vector<SealedAttachment> attachments; ///< new ones; entry.attachments may name older ones too
    std::vector<Uuid> puts_right;              ///< put-aside entries that it says right, see Correction
};

/// A range of numbers of the chain that did not reach the server.
struct MissingNumbers
{
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// What an entry is that says a put-aside one right. The server never had that one, so the new entry is what
/// the old one would have been, and changes what the old one would have changed.
struct Correction
{
    EvidenceKind kind = EvidenceKind::Hours;
    EntryAction action = EntryAction::Capture;
    std::optional<Uuid> amends;
    std::vector<Uuid> puts_right; ///< the old one, and put-aside ones that it was to change
};

/// The keys of this run of the program. What is sent is sealed under the data key, which the disk holds for
/// the server alone; the worker reads through the reading key and a key of each entry's own. So an entry
/// can be closed to the worker for good without closing its neighbours.
struct RunKey
{
    protocol::DataKey key;
    std::string reading_key;   ///< 32 secret bytes; empty on a kiosk
    std::string worker_sealed; ///< reading key for the worker; empty on a kiosk, or while there is no PIN
};

/// The encrypted form of an entry's own key, as Store keeps it and Vault opens it.
[[nodiscard]] std::string wrap_entry_key(std::string_view entry_key, const Uuid& id,
                                         std::string_view reading_key);
[[nodiscard]] Result<std::string> unwrap_entry_key(std::string_view wrapped, const Uuid& id,
                                                   std::string_view reading_key);

/// The worker's key pair at rest.
struct WorkerKey
{
    std::string public_key;     ///< 32 bytes
    std::string salt;           ///< of the PIN
    std::string wrapped_secret; ///< secret half under a key from the PIN
};

/// A half-typed form, one of its photos or an open sign-in, sealed under a run's reading key. What is about
/// an entry that it amends says so after a slash, "story/<entry>@..." or "photo/<entry>", and goes with it
/// when it is erased.
struct SealedDraft
{
    std::string area; ///< "form", "photo", "photo/<entry>" or "sign_in/<event>"
    std::string id;
    std::string key_id;
    std::string worker_sealed;
    std::string bytes;
    Timestamp updated_at;
};

struct DraftName
{
    std::string area;
    std::string id;
};

/// A run of entries with consecutive numbers, signed and ready to be sent.
struct OutgoingBatch
{
    std::string bytes;
    std::string entries_digest;
    std::int64_t first_local = 0;
    std::int64_t last_local = 0;
    std::vector<Uuid> ids;
};

enum class Sending
{
    Unsent,
    Everything, ///< also what the server acknowledged, for one that lost it
};

struct BatchLimits
{
    std::size_t entries_max = 1'000;
    std::size_t bytes_max = 512 * 1024;
};

/// Who says that a photo is at the server.
enum class SaidBy
{
    Server,   ///< itself, now
    Receipts, ///< a file that it wrote when it imported a bundle: it is asked at the next opportunity
};

/// A photo on its way.
struct Upload
{
    std::string sealed_digest;
    std::int64_t size = 0;
    std::int64_t offset = 0; ///< as the server last said
    bool started = false;    ///< the server knows of it
    std::int64_t entry_local = 0;
};

/// Why a photo is not at the server yet.
struct PhotoProblem
{
    Uuid entry;
    std::string why; ///< in the server's words
};

struct Counts
{
    std::int64_t entries = 0;
    std::int64_t unsent = 0;
    std::int64_t photos_waiting = 0;
    std::int64_t queried = 0;
    std::int64_t rejected = 0;    ///< with conflicts
    std::int64_t erased = 0;      ///< of `entries`
    std::int64_t withdrawals = 0; ///< codes that the server has not heard of
};

/// Somebody's withdrawal code on its way to the server.
struct QueuedWithdrawal
{
    std::int64_t number = 0;
    std::string sealed_code; ///< only the server can open it
    Timestamp asked_at;
};

class Store
{
public:
    /// Makes the folder (readable by its owner alone) and the file when they are missing. Fails with
    /// `database_newer`, `database_damaged`, `database_unreachable` or `data_folder`.
    [[nodiscard]] static Result<Store> open(const std::filesystem::path& folder);

    Store(Store&&) noexcept = default;
    Store& operator=(Store&&) noexcept = default;

    // Settings -----------------------------------------------------------------------------------
    [[nodiscard]] std::optional<std::string> setting(std::string_view name);
    void set_setting(std::string_view name, std::string_view value);

    // Identity -----------------------------------------------------------------------------------
    /// The latest enrolment; none before the first.
    [[nodiscard]] std::optional<Identity> identity();
    /// Every enrolment under which something was sealed, oldest first.
    [[nodiscard]] std::vector<Identity> identities_with_entries();
    /// Every enrolment that still has entries, photos or withdrawals to send, oldest first.
    [[nodiscard]] std::vector<Identity> identities_with_unsent();
    /// Becomes the latest; the worker key is kept when the store has none yet.
    void keep_identity(const Identity& identity, const std::optional<WorkerKey>& worker_key);

    [[nodiscard]] std::optional<WorkerKey> worker_key();
    void set_worker_key(const WorkerKey& key);
    /// Lets the worker read what a run sealed before there was a PIN.
    void keep_reading_key(std::string_view key_id, std::string_view worker_sealed);

    // Entries ------------------------------------------------------------------------------------
    /// All or none. Fails with `not_enrolled`, or with what is wrong with an amendment
    /// (`unknown_entry`, `other_kind`, `already_replaced`). Throws DatabaseError on a full disk, and
    /// when what was read back differs from what was written.
    [[nodiscard]] Result<void> save(std::span<const NewEntry> entries, const RunKey& run_key,
                                    std::span<const DraftName> drafts_done = {});

    /// Whether the entry that it amends or withdraws is here and may be changed; `save` asks it too.
    [[nodiscard]] Result<void> check_amendment(const Entry& entry);

    /// Newest first; `limit` 0 means all.
    [[nodiscard]] std::vector<EntryRow> entries(std::optional<EntryState> state = std::nullopt,
                                                std::size_t limit = 0);
    /// All that wait for the worker, however old: with a question, or put aside. Newest first.
    [[nodiscard]] std::vector<EntryRow> entries_for_worker();
    [[nodiscard]] std::optional<EntryRow> find_entry(const Uuid& id);
    [[nodiscard]] std::optional<SealedEntry> sealed_entry(const Uuid& id);
    /// Ciphertext of an attachment.
    [[nodiscard]] std::optional<std::string> sealed_attachment(std::string_view sealed_digest);
    [[nodiscard]] Counts counts();

    // Erasing ------------------------------------------------------------------------------------
    /// Somebody typed the withdrawal code of a consent: destroys every story of this device that was given
    /// under it, with its earlier and later forms, and notes the code for the server, which may have
    /// copies that this device knows nothing of. Gives how many entries were erased here. Fails with
    /// `not_enrolled` or `bad_code`.
    [[nodiscard]] Result<std::size_t> withdraw_consent(std::string_view code, Timestamp now);
    /// The next after `after`, which is 0 at first.
    [[nodiscard]] std::optional<QueuedWithdrawal> next_withdrawal(const Identity& identity,
                                                                  std::int64_t after);
    /// The server knows of it.
    void finish_withdrawal(std::int64_t number);
    /// Writes over what an erasure left in the database file and its log, when another session was in the
    /// way at the time. Costs nothing when there is nothing to do. A large file, during whose rewriting
    /// nobody can save, waits for a call that says what time it is: between two rounds of sync. When the disk
    /// was too full, an hour passes before the next trial.
    void finish_erasures(std::optional<Timestamp> now = std::nullopt);

    // Drafts -------------------------------------------------------------------------------------
    /// Keeps nothing of a form whose entry was erased.
    void keep_draft(const SealedDraft& draft, const RunKey& run_key);
    [[nodiscard]] std::vector<SealedDraft> drafts(std::string_view area);
    void drop_draft(const DraftName& name);

    // Sending ------------------------------------------------------------------------------------
    /// The next unsent entries after `after_local`; none when there are no more.
    [[nodiscard]] std::optional<OutgoingBatch> next_batch(const Identity& identity, std::int64_t after_local,
                                                          Timestamp now, BatchLimits limits = {},
                                                          Sending sending = Sending::Unsent);
    /// Every enrolment, oldest first.
    [[nodiscard]] std::vector<Identity> identities();
    /// One transaction: keeps the receipt and what became of each entry; one that the server refuses
    /// because it was erased there is erased here. Fails with `bad_receipt` when the receipt is about
    /// something else.
    [[nodiscard]] Result<void> keep_receipt(const OutgoingBatch& batch, const protocol::Receipt& receipt,
                                            std::string_view receipt_bytes);

    /// The server cannot take this entry and cannot say so in a receipt: it no longer travels, and is shown
    /// as rejected with that reason. Nothing happens to one that was answered or erased meanwhile.
    void set_aside(const Uuid& id, const Error& why);
    /// A rejected entry travels again, with its photos, as it was sealed. Fails with `unknown_entry` or
    /// `not_rejected`.
    [[nodiscard]] Result<void> send_again(const Uuid& id);
    /// A put-aside entry never travels again; its words stay readable here. Fails with `unknown_entry` or
    /// `not_put_aside`.
    [[nodiscard]] Result<void> take_back(const Uuid& id, Timestamp now);
    /// It was put aside, and then taken back or said right in another entry: it never travels again.
    [[nodiscard]] bool is_taken_back(const Uuid& id);
    /// For Capture, which makes the entry that says it right. Fails as take_back does, or with
    /// `nothing_to_put_right` for a withdrawal.
    [[nodiscard]] Result<Correction> correction_of(const Uuid& id);
    /// This entry alone, for a bundle; none when it is unknown, erased, taken back, or of another enrolment.
    [[nodiscard]] std::optional<OutgoingBatch> batch_with(const Identity& identity, const Uuid& id,
                                                          Timestamp now);
    /// Names of an entry's own attachments.
    [[nodiscard]] std::vector<std::string> attachments_of(const Uuid& id);

    /// Numbers of which the server does not know yet that nothing will come, or not now; at most
    /// protocol::chain_report_numbers_max.
    [[nodiscard]] std::vector<protocol::ChainNumber> numbers_to_tell(const Identity& identity);
    void note_told(const Identity& identity, std::span<const protocol::ChainNumber> numbers);
    /// The server says that these did not come: what can travel is unsent again, and of the rest it is told.
    /// Gives how many became unsent.
    [[nodiscard]] std::int64_t take_missing(const Identity& identity,
                                            std::span<const MissingNumbers> missing);

    /// For a receipt that came back in a file: the batch that it is about, without its bytes. Nothing when
    /// these are not entries of that enrolment, or not in the form that `entries_digest` says.
    [[nodiscard]] std::optional<OutgoingBatch> batch_of(const Identity& identity, std::span<const Uuid> ids,
                                                        std::string_view entries_digest);
    [[nodiscard]] bool has_receipt(std::string_view receipt_bytes);

    /// The next photo after `after` whose entry has arrived; none when there are no more.
    [[nodiscard]] std::optional<Upload> next_upload(const Identity& identity,
                                                    const std::optional<Upload>& after = std::nullopt);
    /// Names of all attachments that are not at the server yet.
    [[nodiscard]] std::vector<std::string> unsent_attachments(const Identity& identity);
    [[nodiscard]] std::vector<std::string> all_attachments(const Identity& identity);
    [[nodiscard]] std::string upload_chunk(const Upload& upload, std::int64_t offset, std::size_t bytes_max);
    /// False when it is there, or when its entry was erased.
    [[nodiscard]] bool has_upload(std::string_view sealed_digest);
    void set_upload_offset(std::string_view sealed_digest, std::int64_t offset);
    /// The server has it whole.
    void finish_upload(std::string_view sealed_digest, SaidBy said_by = SaidBy::Server);
    /// The server refused it, for this reason, which stands until it takes some of it.
    void fail_upload(std::string_view sealed_digest, std::string_view reason);
    /// Photos that the server refused the last time, in the order of their entries.
    [[nodiscard]] std::vector<PhotoProblem> photo_problems();

    // Receiving ----------------------------------------------------------------------------------
    [[nodiscard]] std::string pull_cursor(const Identity& identity);
    /// One transaction: the changes and the cursor after them. Of an earlier enrolment only what became of
    /// entries is kept. An entry that the server erased, and later
    /// forms of it, are erased here.
    void apply_changes(const Identity& identity, std::span<const Change> changes, std::string_view cursor);

    /// What the servers' answers came to; none before the first.
    [[nodiscard]] std::optional<ClockOffset> clock_offset();
    void keep_clock_offset(const ClockOffset& offset);

    [[nodiscard]] std::vector<Contract> contracts();
    /// Of one contract, or of all when `contract` is empty; in order of time.
    [[nodiscard]] std::vector<Event> events(std::string_view contract = {});
    [[nodiscard]] std::vector<Place> places();
    /// The text of `id@version` under the topic "framework" or "questionnaire".
    [[nodiscard]] std::optional<std::string> document(std::string_view topic, std::string_view key);
    /// All of a topic, in order of key.
    [[nodiscard]] std::vector<std::string> documents(std::string_view topic);

private:
    friend class OwnKey;
    friend class ServerLedger;
    explicit Store(storage::Database database) : m_database(std::move(database)) {}

    bool rewrite(std::optional<Timestamp> now);
    [[nodiscard]] bool has_room_for_rewriting(std::int64_t bytes);
    void keep_run_key(const RunKey& run_key, std::int64_t identity);
    void keep_withdrawal_codes(const Entry& entry, const Identity& identity, std::int64_t local);
    void note_put_right(const NewEntry& added, std::int64_t local, std::int64_t identity);

    storage::Database m_database;
};

} // namespace tally::client
