#include "shared/crypto/keys.h"

#include "shared/crypto/sodium_ready.h"

namespace tally::crypto {

SigningKey make_signing_key()
{
    sodium_ready();
    SigningKey key{std::string(crypto_sign_PUBLICKEYBYTES, '\0'),
                   std::string(crypto_sign_SECRETKEYBYTES, '\0')};
    crypto_sign_keypair(as_bytes(key.public_key), as_bytes(key.secret_key));
    return key;
}

SigningKey signing_key_from_seed(std::string_view seed)
{
    sodium_ready();
    TALLY_ASSERT(seed.size() == crypto_sign_SEEDBYTES);
    SigningKey key{std::string(crypto_sign_PUBLICKEYBYTES, '\0'),
                   std::string(crypto_sign_SECRETKEYBYTES, '\0')};
    crypto_sign_seed_keypair(as_bytes(key.public_key), as_bytes(key.secret_key), as_bytes(seed));
    return key;
}

std::string sign(std::string_view message, const SigningKey& key)
{
    sodium_ready();
    TALLY_ASSERT(key.secret_key.size() == crypto_sign_SECRETKEYBYTES);
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(as_bytes(signature), nullptr, as_bytes(message), message.size(),
                         as_bytes(std::string_view(key.secret_key)));
    return signature;
}

bool is_signed_by(std::string_view message, std::string_view signature, std::string_view public_key)
{
    sodium_ready();
    return signature.size() == crypto_sign_BYTES && public_key.size() == crypto_sign_PUBLICKEYBYTES &&
           crypto_sign_verify_detached(as_bytes(signature), as_bytes(message), message.size(),
                                       as_bytes(public_key)) == 0;
}

SealingKey make_sealing_key()
{
    sodium_ready();
    SealingKey key{std::string(crypto_box_PUBLICKEYBYTES, '\0'),
                   std::string(crypto_box_SECRETKEYBYTES, '\0')};
    crypto_box_keypair(as_bytes(key.public_key), as_bytes(key.secret_key));
    return key;
}

SealingKey sealing_key_from_seed(std::string_view seed)
{
    sodium_ready();
    TALLY_ASSERT(seed.size() == crypto_box_SEEDBYTES);
    SealingKey key{std::string(crypto_box_PUBLICKEYBYTES, '\0'),
                   std::string(crypto_box_SECRETKEYBYTES, '\0')};
    crypto_box_seed_keypair(as_bytes(key.public_key), as_bytes(key.secret_key), as_bytes(seed));
    return key;
}

std::string seal_to(std::string_view public_key, std::string_view plain)
{
    sodium_ready();
    TALLY_ASSERT(public_key.size() == crypto_box_PUBLICKEYBYTES);
    std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
    crypto_box_seal(as_bytes(sealed), as_bytes(plain), plain.size(), as_bytes(public_key));
    return sealed;
}

Result<std::string> open_sealed(const SealingKey& key, std::string_view sealed)
{
    sodium_ready();
    const Error closed{"cannot_open", "This was sealed for somebody else, or it is damaged."};
    if (sealed.size() < crypto_box_SEALBYTES)
        return closed;
    std::string plain(sealed.size() - crypto_box_SEALBYTES, '\0');
    if (crypto_box_seal_open(as_bytes(plain), as_bytes(sealed), sealed.size(),
                             as_bytes(std::string_view(key.public_key)),
                             as_bytes(std::string_view(key.secret_key))) != 0)
        return closed;
    return plain;
}

} // namespace tally::crypto
