#include "shared/crypto/password.h"

#include "shared/crypto/sodium_ready.h"

#include <array>
#include <new>

namespace tally::crypto {

std::string hash_password(std::string_view password, PasswordCost cost)
{
    sodium_ready();
    const bool normal = cost == PasswordCost::Normal;
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(),
                              normal ? crypto_pwhash_OPSLIMIT_INTERACTIVE : crypto_pwhash_OPSLIMIT_MIN,
                              normal ? crypto_pwhash_MEMLIMIT_INTERACTIVE : crypto_pwhash_MEMLIMIT_MIN,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return hash.data();
}

bool is_password(std::string_view password, const std::string& hash)
{
    sodium_ready();
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string decoy_hash(PasswordCost cost)
{
    // As crypto_pwhash_str writes it: cost, 16 bytes of salt, 32 bytes of hash, in base64.
    const std::string parameters = cost == PasswordCost::Normal ? "m=65536,t=2,p=1" : "m=8,t=1,p=1";
    return "$argon2id$v=19$" + parameters + "$" + std::string(22, 'A') + "$" + std::string(43, 'A');
}

} // namespace tally::crypto
