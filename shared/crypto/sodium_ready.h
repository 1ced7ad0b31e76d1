#pragma once
/// Private to this folder: libsodium, initialised once.

#include "shared/base/result.h"

#include <sodium.h>

#include <string>
#include <string_view>

namespace tally::crypto {

/// Safe to call from any thread, as often as one likes.
inline void sodium_ready()
{
    static const bool ready = sodium_init() >= 0;
    TALLY_ASSERT(ready);
}

inline const unsigned char* as_bytes(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* as_bytes(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

} // namespace tally::crypto
