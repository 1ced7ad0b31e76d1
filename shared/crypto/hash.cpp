#include "shared/crypto/hash.h"

#include "shared/base/encoding.h"
#include "shared/base/result.h"
#include "shared/crypto/sodium_ready.h"

#include <openssl/evp.h>

#include <memory>

namespace tally::crypto {
namespace {

/// Fetching the algorithm and allocating a context cost more than hashing a short leaf, so each thread
/// keeps one of each.
EVP_MD_CTX* sha256_context()
{
    struct Context
    {
        EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        EVP_MD_CTX* state = EVP_MD_CTX_new();
        ~Context()
        {
            EVP_MD_CTX_free(state);
            EVP_MD_free(algorithm);
        }
    };
    thread_local Context context;
    TALLY_ASSERT(context.algorithm != nullptr && context.state != nullptr);
    TALLY_ASSERT(EVP_DigestInit_ex2(context.state, context.algorithm, nullptr) == 1);
    return context.state;
}

} // namespace

std::string sha256(std::string_view bytes)
{
    return sha256({bytes});
}

std::string sha256(std::initializer_list<std::string_view> parts)
{
    EVP_MD_CTX* state = sha256_context();
    for (const auto part : parts)
        TALLY_ASSERT(EVP_DigestUpdate(state, part.data(), part.size()) == 1);
    std::string out(sha256_bytes, '\0');
    TALLY_ASSERT(EVP_DigestFinal_ex(state, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
    return out;
}

std::string sha1(std::string_view bytes)
{
    std::string out(20, '\0');
    TALLY_ASSERT(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                            EVP_sha1(), nullptr) == 1);
    return out;
}

struct Sha256::State
{
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : m_state(std::make_unique<State>())
{
    TALLY_ASSERT(m_state->context != nullptr);
    TALLY_ASSERT(EVP_DigestInit_ex(m_state->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes)
{
    TALLY_ASSERT(EVP_DigestUpdate(m_state->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish()
{
    std::string out(sha256_bytes, '\0');
    TALLY_ASSERT(
        EVP_DigestFinal_ex(m_state->context, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
    return out;
}

std::string sha256_hex(std::string_view bytes)
{
    return to_hex(sha256(bytes));
}

std::string derive(std::string_view key, std::initializer_list<std::string_view> parts, std::size_t size)
{
    sodium_ready();
    TALLY_ASSERT(size >= crypto_generichash_BYTES_MIN && size <= crypto_generichash_BYTES_MAX);
    TALLY_ASSERT(key.empty() || key.size() == 32);
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.empty() ? nullptr : as_bytes(key), key.size(), size);
    for (const auto part : parts)
        crypto_generichash_update(&state, as_bytes(part), part.size());
    std::string out(size, '\0');
    crypto_generichash_final(&state, as_bytes(out), size);
    return out;
}

std::string blake2b(std::string_view bytes, std::size_t size)
{
    return derive({}, {bytes}, size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace tally::crypto
