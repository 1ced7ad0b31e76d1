#pragma once
/// Keys of one run of the program. Entries are sealed under a random data key that is kept for the server
/// alone. What the worker reads, a key of each entry's own and drafts, stands under a second random key,
/// the reading key; once the worker has a PIN it is sealed to the worker's key pair, whose secret half
/// lies on the disk under Argon2id(PIN). A kiosk has neither: after a restart nobody can read it. One
/// Vault for each Store, same thread.

#include "client/store/store.h"
#include "shared/base/random.h"
#include "shared/base/result.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

/// Shortest PIN that is taken, in characters.
inline constexpr std::size_t pin_length_min = 4;

/// The worker's key pair for a new PIN. Fails with `pin_too_short`. Takes about a tenth of a second.
[[nodiscard]] Result<WorkerKey> make_worker_key(std::string_view pin, Random& random);

struct OpenDraft
{
    std::string id;
    std::string text;
    Timestamp updated_at;
};

class Vault
{
public:
    /// Both must outlive the vault.
    Vault(Store& store, Random& random) : m_store(store), m_random(random) {}

    [[nodiscard]] bool has_worker_key() { return m_store.worker_key().has_value(); }
    /// True when entries of earlier runs can be read.
    [[nodiscard]] bool is_unlocked() const { return m_worker.has_value(); }

    /// Fails with `wrong_pin` or `no_pin` (nobody has set one). Takes about a tenth of a second.
    [[nodiscard]] Result<void> unlock(std::string_view pin);
    /// Forgets the worker's key; the run's own key stays, so that saving goes on.
    void lock();
    /// Fails with `wrong_pin`, `no_pin` or `pin_too_short`.
    [[nodiscard]] Result<void> change_pin(std::string_view old_pin, std::string_view new_pin);
    /// For a worker who enrolled without one. Fails with `pin_exists` or `pin_too_short`.
    [[nodiscard]] Result<void> set_first_pin(std::string_view pin);

    /// The key under which this run seals; made when first asked for. Fails with `not_enrolled`.
    [[nodiscard]] Result<const RunKey*> run_key();
    /// Forgets this run's data key, which opens all that it sealed, also what was erased since; the next
    /// entry is sealed under a new one. What is left of this run stays readable.
    void renew_run_key();

    /// An entry of this device, as it was captured. Fails with `unknown_entry`, `locked` (needs the
    /// PIN), `unreadable` (nobody can read it on this device) or as parse_entry does.
    [[nodiscard]] Result<Entry> open_entry(const Uuid& id);
    /// The plain bytes of an attachment of such an entry. Fails with `unknown_attachment` or
    /// `cannot_open`.
    [[nodiscard]] Result<std::string> open_attachment(const Attachment& attachment);

    /// Keeps what is typed so far; on a kiosk, or before enrolment, nothing is kept.
    void keep_draft(std::string_view area, std::string_view id, std::string_view text, Timestamp now);
    /// The readable ones, newest first.
    [[nodiscard]] std::vector<OpenDraft> drafts(std::string_view area);
    void drop_draft(std::string_view area, std::string_view id);

private:
    [[nodiscard]] Result<std::string> reading_key(std::string_view key_id, std::string_view worker_sealed);

    Store& m_store;
    Random& m_random;
    std::optional<crypto::SealingKey> m_worker;
    std::optional<RunKey> m_run_key;
    std::int64_t m_run_identity = 0;
    // Reading keys by id of the data key beside them.
    std::map<std::string, std::string, std::less<>>
        m_run_reading_keys;                                         ///< of this run, before it was renewed
    std::map<std::string, std::string, std::less<>> m_reading_keys; ///< of earlier runs, while unlocked
};

} // namespace tally::client
