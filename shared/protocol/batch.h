#pragma once
/// Many sealed entries of one device, signed once. The same bytes travel over the network and, in a
/// bundle file, on a USB stick. Layout in PROTOCOL.md, sections 3 and 5.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/keys.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::protocol {

inline constexpr std::size_t batch_bytes_max = 4 * 1024 * 1024;
inline constexpr std::size_t batch_entries_max = 2'000;
inline constexpr std::size_t batch_keys_max = 2'000;
inline constexpr std::size_t sealed_key_bytes = 80;

/// Collects records and signs them. `content()` sizes tell when a batch is full.
class BatchWriter
{
public:
    BatchWriter(const Uuid& device, Timestamp created_at) : m_device(device), m_created_at(created_at) {}

    /// Adds the sealed data key once, however many records use it.
    void add_key(std::string_view key_id, std::string_view sealed_key);
    void add_record(std::string_view record);

    [[nodiscard]] std::size_t count() const { return m_count; }
    /// As they travel.
    [[nodiscard]] std::size_t bytes() const { return m_records.size() + m_keys.size(); }
    /// The signed batch.
    [[nodiscard]] std::string finish(const crypto::SigningKey& key) const;
    /// See Batch::entries_digest.
    [[nodiscard]] std::string entries_digest() const;

private:
    Uuid m_device;
    Timestamp m_created_at;
    std::vector<std::string> m_key_ids;
    std::string m_keys;
    std::string m_records;
    std::string m_digests;
    std::string m_next_link; ///< what the next record's header says when it follows the last
    std::size_t m_count = 0;
};

/// A view into the bytes that were parsed: they must outlive it.
struct Batch
{
    Uuid device;
    Timestamp created_at; ///< the device's clock
    std::vector<std::string_view> sealed_keys;
    std::vector<std::string_view> records; ///< whole, also those that travelled without what can be told
    std::string_view signed_part;
    std::string_view signature;

    /// SHA-256 of a record, 32 bytes.
    [[nodiscard]] std::string_view digest(std::size_t index) const;
    /// SHA-256 of the device id and every record's SHA-256 in order: what a receipt is about.
    [[nodiscard]] std::string entries_digest() const;
    [[nodiscard]] bool is_signed_by(std::string_view public_key) const;

    std::string digests;                        ///< one after another
    std::shared_ptr<const std::string> rebuilt; ///< what `records` points into
};

/// Checks the layout and every bound, not the signature. Fails with `bad_batch` or `batch_too_large`.
[[nodiscard]] Result<Batch> parse_batch(std::string_view bytes);

/// An encrypted attachment inside a bundle.
struct BundledAttachment
{
    std::string_view sealed_digest; ///< 32 bytes, SHA-256 of `bytes`
    std::string_view bytes;
};

struct Bundle
{
    std::vector<std::string_view> batches = {}; ///< each to be read with parse_batch
    std::vector<BundledAttachment> attachments = {};
    std::vector<std::string_view> chain_reports = {}; ///< each to be read with parse_chain_report
    std::vector<std::string_view> key_changes = {};   ///< each to be read with parse_device_key_changes
};

/// Builds a bundle file piece by piece. One that is larger than memory is taken out as it grows.
class BundleWriter
{
public:
    BundleWriter();
    /// The bytes that were added since the last time: to be written one after another.
    [[nodiscard]] std::string take() { return std::exchange(m_bytes, {}); }
    void add_batch(std::string_view batch);
    void add_attachment(std::string_view sealed_digest, std::string_view bytes);
    void add_chain_report(std::string_view report);
    void add_key_changes(std::string_view changes);
    /// Adds the end mark with the SHA-256 of all before it, and gives what was not taken yet.
    [[nodiscard]] std::string finish() &&;

private:
    void add(std::string_view bytes);
    void add_part_head(char type, std::size_t bytes);

    std::string m_bytes;
    crypto::Sha256 m_digest;
};

/// Fails with `not_a_bundle`, `bundle_truncated` or `bundle_damaged`.
[[nodiscard]] Result<Bundle> parse_bundle(std::string_view bytes);

} // namespace tally::protocol
