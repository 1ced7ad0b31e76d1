#pragma once
/// What the server answers to a bundle, as a file that goes back on the same stick: the receipts of its
/// batches, and which photos are there. Layout in PROTOCOL.md, section 5.

#include "shared/base/result.h"
#include "shared/base/uuid.h"
#include "shared/crypto/keys.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::protocol {

/// How every such file begins.
inline constexpr std::string_view bundle_answer_magic{"TLYANSWER\x01", 10};

/// Views are into the bytes that were parsed: they must outlive it.
struct AnsweredBatch
{
    std::string_view receipt; ///< to be read with parse_receipt
    /// Of the batch's records, in its order. The receipt's digest proves that they are those.
    std::vector<Uuid> ids;
};

struct BundleAnswer
{
    std::string_view server_key; ///< Ed25519, 32 bytes
    std::vector<AnsweredBatch> batches;
    std::vector<std::string_view> photos;      ///< sealed digests, 32 bytes each
    std::vector<std::string> key_changes = {}; ///< how the server's key came from its first one
};

class BundleAnswerWriter
{
public:
    explicit BundleAnswerWriter(std::string_view server_public_key);
    void add_receipt(std::string_view receipt, const std::vector<Uuid>& ids);
    void add_photo(std::string_view sealed_digest);
    void add_key_change(std::string_view change);
    /// Adds the server's signature over all before it.
    [[nodiscard]] std::string finish(const crypto::SigningKey& key) &&;

private:
    std::string m_bytes;
};

/// Checks the layout, and that it was signed with the key that it names: whether that is the right server's
/// is for the caller to say. Fails with `not_an_answer`, `answer_truncated` or `answer_damaged`.
[[nodiscard]] Result<BundleAnswer> parse_bundle_answer(std::string_view bytes);

} // namespace tally::protocol
