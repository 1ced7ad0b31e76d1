#include "shared/protocol/attachment.h"

#include "shared/crypto/secret_box.h"

namespace tally::protocol {
namespace {

constexpr std::string_view context = "tallybook-attachment-v1";

/// The key is used once, so the nonce may be constant.
std::string zero_nonce()
{
    return std::string(crypto::nonce_bytes, '\0');
}

} // namespace

std::string seal_attachment(std::string_view plain, std::string_view key)
{
    return crypto::encrypt(plain, context, zero_nonce(), key);
}

Result<std::string> open_attachment(std::string_view sealed, std::string_view key)
{
    if (key.size() != crypto::secret_key_bytes)
        return Error{"cannot_open", "The key of this photo is damaged."};
    return crypto::decrypt(sealed, context, zero_nonce(), key);
}

} // namespace tally::protocol
