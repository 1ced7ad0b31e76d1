#pragma once
/// What is said to the server, and what follows from its answers: a state machine without threads, timers
/// or sockets. Whoever drives it asks for the next step, performs it and brings the answer back; SyncRunner
/// (sync.h) does so over the network, the simulation in tests/simulation over one that it invented.
///
/// One round is: a new key of this device, withdrawals, entries, numbers that will not come, what changed on
/// the server, photos. Everything may be repeated, so a round may end anywhere, also with the machine's
/// power, and the next one goes on from what was kept.
///
/// Every function throws what the store throws. The engine is of no more use then: make another.

#include "client/store/store.h"
#include "client/sync/ledger_watch.h"
#include "client/sync/transport.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

/// What one round did.
struct SyncReport
{
    std::int64_t created = 0;
    std::int64_t existing = 0;
    std::int64_t rejected = 0; ///< with conflicts and what was put aside
    std::int64_t photos = 0;
    std::int64_t photos_refused = 0;
    std::optional<Error> photo_problem; ///< why photos stay here although the round went well
    std::int64_t changes = 0;
    std::int64_t batches = 0;
    std::int64_t withdrawals = 0; ///< codes that the server has taken
    std::int64_t again = 0;       ///< entries that travelled again, because the server was restored
    std::int64_t new_keys = 0;    ///< of this device that the server has taken
};

struct SyncOptions
{
    /// The largest that is tried; the engine finds what the link carries.
    BatchLimits batch = {.entries_max = 2'000, .bytes_max = 1024 * 1024};
    BatchLimits batch_first = {.entries_max = 500, .bytes_max = 256 * 1024};
    std::int64_t quick_answer_ms = 2'000;     ///< under this the next batch is twice as large
    std::int64_t slow_answer_ms = 10'000;     ///< over this it is half as large
    std::size_t chunk_bytes_max = 256 * 1024; ///< of a photo in one request
    /// A server that fails on photos, or has no room for them, is offered none for about this long, then for
    /// twice as long each time.
    std::int64_t photo_rest_ms = 30'000;
    std::int64_t photo_rest_ms_max = 900'000;
    /// Another connection holds the photo, perhaps one that is long dead: when to look again, then twice
    /// that.
    std::int64_t locked_wait_ms = 10'000;
    std::int64_t locked_wait_ms_max = 300'000;
    /// Pauses of a round that a server asks for (`busy`) end here; then the round fails.
    std::int64_t busy_wait_ms_max = 10'000;
    /// False leaves photos here, for instance until there is Wi-Fi.
    bool sends_photos = true;
};

/// What the engine wants done.
struct SyncStep
{
    enum class Kind
    {
        Send,  ///< perform `request`, call answered()
        Pause, ///< come back in `pause_ms`
        Done,  ///< the round is over, see SyncEngine::failure()
    };

    Kind kind = Kind::Done;
    const Identity* to = nullptr; ///< whose server; valid until the answer
    HttpRequest request;
    /// meanwhile() has something to do, so that the request should not hold up the caller.
    bool leaves_work = false;
    std::int64_t pause_ms = 0;
};

class SyncEngine
{
public:
    /// All must outlive it. What it learns of the link lasts from round to round, and in the store from run
    /// to run as far as the link is slow.
    SyncEngine(Store& store, const Clock& clock, Random& random, SyncOptions options = {});

    void set_sends_photos(bool yes) { m_options.sends_photos = yes; }
    /// Earlier enrolments that a server refused, and photos for which it had no room, have their turn with
    /// the next round already: somebody asked.
    void forget_refusals()
    {
        m_refused.clear();
        m_photo_rests.clear();
    }

    /// Begins a round; one that is under way is given up.
    void begin();
    /// `uptime_ms` is of a clock that never jumps. Not while a request is under way.
    [[nodiscard]] SyncStep next(std::int64_t uptime_ms);
    /// While a request is under way: writes the last receipt down and makes the next batch.
    void meanwhile();
    /// What came of the request of the last step.
    void answered(const Result<HttpResponse>& answer, std::int64_t uptime_ms);
    /// Ends the round with `stopped`; an answer under way is no longer waited for.
    /// With an uptime a request that was under way for long counts as too large for the link.
    void stop(std::optional<std::int64_t> uptime_ms = std::nullopt);

    /// Why the last round ended early: `not_enrolled`, `offline`, `timed_out`, `not_the_server` (somebody
    /// between here and there answered, such as a hotel's sign-in page), `stopped`, `device_unknown`,
    /// `device_revoked`, `former_key` and `key_conflict` (somebody else changed the key of this device),
    /// `bad_receipt`, `busy`, or the server's own code.
    [[nodiscard]] const std::optional<Error>& failure() const { return m_failure; }
    /// For how long the server asked to be left alone when the round ended with `busy`.
    [[nodiscard]] std::optional<std::int64_t> retry_after_ms() const { return m_retry_after_ms; }
    /// Photos wait for something that may soon be over: when the next round should begin, if not before.
    [[nodiscard]] std::optional<std::int64_t> come_back_in_ms() const { return m_come_back_in_ms; }
    /// Of the last round, as far as it came.
    [[nodiscard]] const SyncReport& report() const { return m_report; }

private:
    enum class Phase
    {
        Enrolment, ///< shown to a restored server that does not know it
        OwnKey,    ///< how this device's key changed: a new one waits, or the server knows only an older one
        Withdrawals,
        Entries,
        Keys,    ///< the server's answer was not signed with the key that is known
        Numbers, ///< of the chain under which nothing will come
        Changes,
        Photos,
        Over,
    };
    enum class PhotoStep
    {
        Find,   ///< how much of it is there?
        Create, ///< tell its name and length
        Chunk,
    };
    struct OpenRequest
    {
        HttpRequest request;
        std::string body_digest; ///< empty: the request proves itself
        bool clock_was_wrong = false;
        bool was_signed_again = false; ///< because the server may have taken the first signature
    };
    struct OpenReceipt
    {
        OutgoingBatch batch;
        protocol::Receipt receipt;
        std::string bytes;
    };
    struct OpenPhoto
    {
        Upload upload;
        PhotoStep step = PhotoStep::Create;
        std::int64_t offset = 0;
        int attempts = 0;
    };
    /// Of a server that could not take photos.
    struct PhotoRest
    {
        std::int64_t until_ms = 0;
        int failures = 0; ///< one after another
        Error why;
    };

    [[nodiscard]] const Identity& identity() const { return m_identities[m_at]; }
    [[nodiscard]] bool is_current() const { return m_at + 1 == m_identities.size(); }
    [[nodiscard]] bool is_left_out(std::int64_t identity);
    void enter(Phase phase);
    void leave_phase();
    void leave_identity();
    void end(std::optional<Error> failure);
    void give_up(const Error& error);

    [[nodiscard]] std::optional<OpenRequest> make_request();
    [[nodiscard]] std::optional<OpenRequest> make_enrolment();
    [[nodiscard]] std::optional<OpenRequest> make_own_key();
    [[nodiscard]] std::optional<OpenRequest> make_withdrawal();
    [[nodiscard]] std::optional<OpenRequest> make_batch();
    [[nodiscard]] static OpenRequest make_key_request();
    void take_keys(const HttpResponse& answer);
    [[nodiscard]] bool ask_for_keys(const Error& error);
    [[nodiscard]] std::optional<OpenRequest> make_numbers();
    [[nodiscard]] OpenRequest make_pull();
    [[nodiscard]] std::optional<OpenRequest> make_photo_request();
    [[nodiscard]] HttpRequest signed_form(const OpenRequest& open);
    [[nodiscard]] std::optional<OutgoingBatch> build_batch(std::int64_t after);
    [[nodiscard]] std::optional<OutgoingBatch> build_second_trial();

    bool wait_if_busy(const HttpResponse& answer, std::int64_t uptime_ms);
    bool mend_clock(const HttpResponse& answer);
    [[nodiscard]] bool sign_again(const Result<HttpResponse>& answer);
    void take_enrolment(const HttpResponse& answer);
    void take_own_key(const HttpResponse& answer);
    [[nodiscard]] bool show_own_keys(const Error& error);
    void read_own_key();
    void take_withdrawal(const HttpResponse& answer);
    void take_receipt(const HttpResponse& answer);
    void take_batch_refusal(const HttpResponse& answer);
    void take_numbers(const HttpResponse& answer);
    void take_changes(const HttpResponse& answer);
    void send_missing(std::span<const MissingNumbers> missing);
    void take_photo_answer(const HttpResponse& answer);
    void finish_photo();
    void fail_photo(const Error& error, const HttpResponse& answer);
    void rest_photos(const Error& error, std::optional<std::int64_t> asked_ms);
    [[nodiscard]] bool are_photos_resting();
    void come_back_in(std::int64_t wait_ms);
    void keep_receipt();
    void shrink_what_was_sent();
    void shrink_batches();
    void shrink_pieces();
    void read_limits();
    void keep_limits();
    void fit_batches(std::int64_t took_ms);
    void fit_pieces(std::int64_t took_ms);
    void learn_time(std::int64_t server_time_ms);
    [[nodiscard]] std::int64_t clock_offset_ms() const;

    Store& m_store;
    const Clock& m_clock;
    Random& m_random;
    SyncOptions m_options;
    BatchLimits m_limits;
    std::size_t m_piece_bytes = 0; ///< of a photo
    /// The last that was too large for the server, or for a proxy before it, in this round: while that is so,
    /// nothing grows back to it, or every second request would carry its bytes in vain.
    std::size_t m_refused_batch_bytes = 0, m_refused_piece_bytes = 0;
    std::string m_kept_limits; ///< as they stand in the store
    bool m_has_read_limits = false;

    std::vector<Identity>
        m_identities; ///< earlier enrolments under which something was sealed, then the current one
    std::map<std::int64_t, int>
        m_refused; ///< earlier ones that the server does not know: rounds without them
    std::size_t m_at = 0;
    bool m_has_shown_enrolment = false; ///< of the one whose turn it is, in this round
    bool m_has_shown_keys = false;      ///< likewise
    bool m_is_key_doubted = false;      ///< the server refused a signature: it is shown what it may not know
    bool m_meets_wish = false;          ///< a new key was made because this server asked
    std::string m_statements;           ///< that are being shown
    Phase m_phase = Phase::Over;
    std::optional<OpenRequest> m_open; ///< is sent, or has to be sent again
    bool m_under_way = false;
    std::int64_t m_sent_at_ms = 0;
    std::int64_t m_took_ms = 0; ///< from request to answer
    std::int64_t m_resume_at_ms = 0;
    std::int64_t m_busy_waited_ms = 0;
    std::int64_t m_last_withdrawal = 0;
    std::optional<OutgoingBatch> m_sending;
    std::optional<OutgoingBatch> m_prepared;
    std::optional<OpenReceipt> m_receipt; ///< was answered, is not written down yet
    std::int64_t m_after_local = 0;       ///< entries up to here have had their turn in this round
    /// Single entries on which the server failed. When it took others, each gets a second trial at the end
    /// and is put aside if that fails as well: the first time the server may have been unwell.
    struct Suspect
    {
        std::int64_t local = 0;
        Error why;
    };
    std::vector<Suspect> m_suspects;
    bool m_is_second_trial = false;               ///< of what is being sent
    std::vector<protocol::ChainNumber> m_numbers; ///< that are being told
    bool m_has_asked_keys = false;                ///< of the server whose turn it is, in this round
    Error m_key_doubt;                            ///< why it was asked
    bool m_has_sent_missing = false;              ///< to the server whose turn it is, in this round
    bool m_has_sent_entries = false;              ///< the same
    std::string m_cursor;                         ///< with which changes were asked for
    std::optional<LedgerWatch> m_watch; ///< of the server whose turn it is, once it was asked for changes
    std::optional<OpenPhoto> m_photo;
    std::optional<Upload> m_refused_photo;          ///< the last one of this round: others follow it
    std::map<std::string, PhotoRest> m_photo_rests; ///< by server
    int m_locked_rounds = 0;                        ///< one after another in which a photo was locked
    bool m_was_locked = false;                      ///< in this round
    std::optional<std::int64_t> m_come_back_in_ms;
    std::int64_t m_now_ms = 0; ///< uptime, as the driver last said
    std::optional<Error> m_pull_failure;

    std::optional<ClockOffset> m_clock_offset;      ///< as far as exchanges have shown
    std::optional<ClockOffset> m_kept_clock_offset; ///< as it stands in the store
    std::optional<Error> m_failure;
    std::optional<std::int64_t> m_retry_after_ms;
    SyncReport m_report;
};

} // namespace tally::client
