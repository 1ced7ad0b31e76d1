#include "client/store/vault.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/entry_json.h"

namespace tally::client {

namespace {

constexpr std::string_view worker_key_context = "tallybook-worker-key-v1";
constexpr std::string_view draft_context = "tallybook-draft-v1";
constexpr std::string_view attachment_context = "tallybook-attachment-v1";

Error wrong_pin()
{
    return {"wrong_pin", "That is not the PIN of this device. Try again."};
}

Result<void> check_pin(std::string_view pin)
{
    if (!is_utf8(pin) || utf8_length(pin) < pin_length_min)
        return Error{"pin_too_short", "A PIN needs at least " + std::to_string(pin_length_min) +
                                          " characters. Choose a longer one."};
    return {};
}

/// The PIN's key never encrypts two things, because each wrapping has its own salt.
WorkerKey wrap(const crypto::SealingKey& pair, std::string_view pin, Random& random)
{
    WorkerKey key;
    key.public_key = pair.public_key;
    key.salt = random.bytes(crypto::pin_salt_bytes);
    key.wrapped_secret =
        crypto::lock(pair.secret_key, worker_key_context, crypto::key_from_pin(pin, key.salt));
    return key;
}

Result<crypto::SealingKey> unwrap(const WorkerKey& key, std::string_view pin)
{
    auto secret = crypto::unlock(key.wrapped_secret, worker_key_context, crypto::key_from_pin(pin, key.salt));
    if (!secret)
        return wrong_pin();
    return crypto::SealingKey{key.public_key, std::move(*secret)};
}

/// Drafts have a key of their own, so that no key serves two ciphers.
std::string draft_key(std::string_view reading_key)
{
    return crypto::derive(reading_key, {draft_context}, crypto::secret_key_bytes);
}

std::string draft_name(std::string_view area, std::string_view id)
{
    return std::string(draft_context) + '\n' + std::string(area) + '\n' + std::string(id);
}

} // namespace

Result<WorkerKey> make_worker_key(std::string_view pin, Random& random)
{
    const auto allowed = check_pin(pin);
    if (!allowed)
        return allowed.error();
    return wrap(crypto::make_sealing_key(), pin, random);
}

Result<void> Vault::unlock(std::string_view pin)
{
    const auto key = m_store.worker_key();
    if (!key)
        return Error{"no_pin", "No PIN was set on this device."};
    auto pair = unwrap(*key, pin);
    if (!pair)
        return pair.error();
    m_worker = std::move(*pair);
    return {};
}

void Vault::lock()
{
    m_worker.reset();
    m_reading_keys.clear();
}

Result<void> Vault::change_pin(std::string_view old_pin, std::string_view new_pin)
{
    const auto key = m_store.worker_key();
    if (!key)
        return Error{"no_pin", "No PIN was set on this device."};
    const auto allowed = check_pin(new_pin);
    if (!allowed)
        return allowed.error();
    const auto pair = unwrap(*key, old_pin);
    if (!pair)
        return pair.error();
    m_store.set_worker_key(wrap(*pair, new_pin, m_random));
    return {};
}

Result<void> Vault::set_first_pin(std::string_view pin)
{
    if (has_worker_key())
        return Error{"pin_exists", "This device has a PIN already. Change it instead."};
    const auto key = make_worker_key(pin, m_random);
    if (!key)
        return key.error();
    m_store.set_worker_key(*key);
    // What this run has sealed so far becomes readable after a restart too.
    if (m_run_key && !m_run_key->reading_key.empty()) {
        m_run_key->worker_sealed = crypto::seal_to(key->public_key, m_run_key->reading_key);
        m_store.keep_reading_key(m_run_key->key.id, m_run_key->worker_sealed);
    }
    for (const auto& [id, reader] : m_run_reading_keys)
        m_store.keep_reading_key(id, crypto::seal_to(key->public_key, reader));
    return unlock(pin);
}

Result<const RunKey*> Vault::run_key()
{
    const auto identity = m_store.identity();
    if (!identity)
        return Error{"not_enrolled",
                     "This device is not enrolled yet. Enrol it with a code from the administrator."};
    if (!m_run_key || m_run_identity != identity->number) {
        RunKey run_key;
        run_key.key = protocol::make_data_key(m_random, identity->server_sealing_key);
        if (identity->mode == DeviceMode::Worker) {
            run_key.reading_key = m_random.bytes(crypto::secret_key_bytes);
            if (const auto worker = m_store.worker_key())
                run_key.worker_sealed = crypto::seal_to(worker->public_key, run_key.reading_key);
        }
        // What this run sealed before a new enrolment stays readable.
        renew_run_key();
        m_run_key = std::move(run_key);
        m_run_identity = identity->number;
    }
    return &*m_run_key;
}

void Vault::renew_run_key()
{
    if (m_run_key && !m_run_key->reading_key.empty())
        m_run_reading_keys.emplace(m_run_key->key.id, m_run_key->reading_key);
    m_run_key.reset();
}

Result<std::string> Vault::reading_key(std::string_view key_id, std::string_view worker_sealed)
{
    if (m_run_key && m_run_key->key.id == key_id && !m_run_key->reading_key.empty())
        return m_run_key->reading_key;
    for (const auto* const keys : {&m_run_reading_keys, &m_reading_keys})
        if (const auto known = keys->find(key_id); known != keys->end())
            return known->second;
    if (worker_sealed.empty())
        return Error{"unreadable", "This was sealed so that only the server can read it."};
    if (!m_worker)
        return Error{"locked", "Type the PIN of this device to read what was captured earlier."};
    auto key = crypto::open_sealed(*m_worker, worker_sealed);
    if (!key)
        return Error{"unreadable", "This was sealed for another worker's key."};
    m_reading_keys.emplace(std::string(key_id), *key);
    return std::move(*key);
}

Result<Entry> Vault::open_entry(const Uuid& id)
{
    const auto sealed = m_store.sealed_entry(id);
    if (!sealed)
        return Error{"unknown_entry", "That entry is not on this device."};
    const auto reader = reading_key(sealed->key_id, sealed->worker_sealed);
    if (!reader)
        return reader.error();
    if (sealed->entry_key.empty())
        return Error{"unreadable", "This was sealed so that only the server can read it."};
    const auto key = unwrap_entry_key(sealed->entry_key, id, *reader);
    if (!key)
        return key.error();
    const auto json = protocol::open_record(sealed->record, sealed->device, *key);
    if (!json)
        return json.error();
    return protocol::parse_entry(*json, id);
}

Result<std::string> Vault::open_attachment(const Attachment& attachment)
{
    const auto sealed = m_store.sealed_attachment(attachment.sealed_digest);
    if (!sealed)
        return Error{"unknown_attachment", "That photo is not on this device."};
    // The key encrypts this one attachment and nothing else.
    const std::string nonce(crypto::nonce_bytes, '\0');
    return crypto::decrypt(*sealed, attachment_context, nonce, attachment.key);
}

void Vault::keep_draft(std::string_view area, std::string_view id, std::string_view text, Timestamp now)
{
    const auto identity = m_store.identity();
    if (!identity || identity->mode == DeviceMode::Kiosk)
        return;
    const auto run = run_key();
    SealedDraft draft;
    draft.area = area;
    draft.id = id;
    draft.key_id = (*run)->key.id;
    draft.bytes = crypto::lock(text, draft_name(area, id), draft_key((*run)->reading_key));
    draft.updated_at = now;
    m_store.keep_draft(draft, **run);
}

std::vector<OpenDraft> Vault::drafts(std::string_view area)
{
    std::vector<OpenDraft> open;
    for (const SealedDraft& draft : m_store.drafts(area)) {
        const auto key = reading_key(draft.key_id, draft.worker_sealed);
        if (!key)
            continue;
        auto text = crypto::unlock(draft.bytes, draft_name(draft.area, draft.id), draft_key(*key));
        if (text)
            open.push_back({draft.id, std::move(*text), draft.updated_at});
    }
    return open;
}

void Vault::drop_draft(std::string_view area, std::string_view id)
{
    m_store.drop_draft({std::string(area), std::string(id)});
}

} // namespace tally::client
