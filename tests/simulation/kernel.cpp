/// What the programs of the simulation get from their machine in another way than usual: random numbers from
/// the seed of the run, and the checking of signatures that were made here.

#include "shared/base/random.h"
#include "tests/simulation/world.h"

#include <dlfcn.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/random.h>

#include <cstdint>
#include <string>
#include <unordered_set>

namespace {

tally::SeededRandom& kernel()
{
    static tally::SeededRandom random(1);
    return random;
}

const char* sodium_name()
{
    return "simulation";
}

std::uint32_t sodium_random()
{
    std::uint32_t value = 0;
    kernel().fill(&value, sizeof value);
    return value;
}

void sodium_buffer(void* const out, const std::size_t size)
{
    kernel().fill(out, size);
}

/// Signatures that were made in this run, each with its message and public key: these are right, and to find
/// that out again took a seventh of the whole time. Whatever else is to be checked, libsodium checks.
std::unordered_set<std::string>& signatures()
{
    static std::unordered_set<std::string> made;
    return made;
}

std::string signature_name(const unsigned char* signature, const unsigned char* message,
                           unsigned long long length, const unsigned char* public_key)
{
    std::string name(crypto_generichash_BYTES, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(name.data());
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, name.size());
    crypto_generichash_update(&state, signature, crypto_sign_BYTES);
    crypto_generichash_update(&state, public_key, crypto_sign_PUBLICKEYBYTES);
    crypto_generichash_update(&state, message, length);
    crypto_generichash_final(&state, out, name.size());
    return name;
}

/// The library's own function under a name that this program has taken.
template <typename Function>
Function* library_function(const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

randombytes_implementation sodium_implementation = {sodium_name, sodium_random, nullptr,
                                                    nullptr,     sodium_buffer, nullptr};

} // namespace

/// In place of the C library's.
extern "C" ssize_t getrandom(void* out, std::size_t size, unsigned)
{
    kernel().fill(out, size);
    return static_cast<ssize_t>(size);
}

extern "C" int crypto_sign_detached(unsigned char* signature, unsigned long long* size,
                                    const unsigned char* message, unsigned long long length,
                                    const unsigned char* secret_key)
{
    static auto* const real = library_function<decltype(crypto_sign_detached)>("crypto_sign_detached");
    const int failure = real(signature, size, message, length, secret_key);
    if (failure == 0)
        // The public key is the second half of libsodium's secret key.
        signatures().insert(signature_name(signature, message, length, secret_key + crypto_sign_SEEDBYTES));
    return failure;
}

extern "C" int crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                           unsigned long long length, const unsigned char* public_key)
{
    static auto* const real =
        library_function<decltype(crypto_sign_verify_detached)>("crypto_sign_verify_detached");
    if (signatures().contains(signature_name(signature, message, length, public_key)))
        return 0;
    return real(signature, message, length, public_key);
}

namespace tally::simulation {

void seed_the_kernel(std::uint64_t seed)
{
    static const bool installed = randombytes_set_implementation(&sodium_implementation) == 0;
    (void)installed;
    signatures().clear();
    kernel() = SeededRandom(seed);
    // SQLite has a source of its own that begins from ours.
    unsigned char first = 0;
    sqlite3_randomness(0, nullptr);
    sqlite3_randomness(1, &first);
}

} // namespace tally::simulation
