#include "shared/crypto/secret_box.h"

#include "shared/crypto/sodium_ready.h"

#include <new>

namespace tally::crypto {
namespace {

const Error cannot_open{"cannot_open", "The key does not fit, or the bytes are damaged."};

} // namespace

std::string encrypt(std::string_view plain, std::string_view context, std::string_view nonce,
                    std::string_view key)
{
    sodium_ready();
    TALLY_ASSERT(key.size() == secret_key_bytes && nonce.size() == nonce_bytes);
    std::string cipher(plain.size() + tag_bytes, '\0');
    crypto_aead_xchacha20poly1305_ietf_encrypt(as_bytes(cipher), nullptr, as_bytes(plain), plain.size(),
                                               as_bytes(context), context.size(), nullptr, as_bytes(nonce),
                                               as_bytes(key));
    return cipher;
}

Result<std::string> decrypt(std::string_view cipher, std::string_view context, std::string_view nonce,
                            std::string_view key)
{
    sodium_ready();
    TALLY_ASSERT(key.size() == secret_key_bytes && nonce.size() == nonce_bytes);
    if (cipher.size() < tag_bytes)
        return cannot_open;
    std::string plain(cipher.size() - tag_bytes, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(as_bytes(plain), nullptr, nullptr, as_bytes(cipher),
                                                   cipher.size(), as_bytes(context), context.size(),
                                                   as_bytes(nonce), as_bytes(key)) != 0)
        return cannot_open;
    return plain;
}

std::string lock(std::string_view plain, std::string_view context, std::string_view key)
{
    sodium_ready();
    std::string nonce(nonce_bytes, '\0');
    randombytes_buf(nonce.data(), nonce.size());
    return nonce + encrypt(plain, context, nonce, key);
}

Result<std::string> unlock(std::string_view locked, std::string_view context, std::string_view key)
{
    if (locked.size() < nonce_bytes + tag_bytes)
        return cannot_open;
    return decrypt(locked.substr(nonce_bytes), context, locked.substr(0, nonce_bytes), key);
}

std::string key_from_pin(std::string_view pin, std::string_view salt)
{
    sodium_ready();
    TALLY_ASSERT(salt.size() == crypto_pwhash_SALTBYTES);
    std::string key(secret_key_bytes, '\0');
    if (crypto_pwhash(as_bytes(key), key.size(), pin.data(), pin.size(), as_bytes(salt),
                      crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return key;
}

} // namespace tally::crypto
