#include "shared/protocol/compression.h"

#include <zstd.h>

#include <memory>

namespace tally::protocol {

extern const char entry_dictionary_1[];
extern const std::size_t entry_dictionary_1_size;

namespace {

constexpr int level = 3;

template <auto Free>
struct Deleter
{
    template <typename T>
    void operator()(T* pointer) const
    {
        Free(pointer);
    }
};

/// Digested dictionaries are shared by all threads; contexts are not.
const ZSTD_CDict* compressing_dictionary()
{
    static const std::unique_ptr<ZSTD_CDict, Deleter<ZSTD_freeCDict>> dictionary(
        ZSTD_createCDict(entry_dictionary_1, entry_dictionary_1_size, level));
    return dictionary.get();
}

const ZSTD_DDict* decompressing_dictionary()
{
    static const std::unique_ptr<ZSTD_DDict, Deleter<ZSTD_freeDDict>> dictionary(
        ZSTD_createDDict(entry_dictionary_1, entry_dictionary_1_size));
    return dictionary.get();
}

} // namespace

bool is_known_dictionary(std::uint8_t dictionary)
{
    return dictionary <= current_dictionary;
}

std::string compress(std::string_view plain, std::uint8_t dictionary)
{
    TALLY_ASSERT(is_known_dictionary(dictionary));
    thread_local const std::unique_ptr<ZSTD_CCtx, Deleter<ZSTD_freeCCtx>> context(ZSTD_createCCtx());
    ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    // The record's tag already covers the bytes, and the header names the dictionary.
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 0);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_dictIDFlag, 0);
    if (dictionary == 1)
        ZSTD_CCtx_refCDict(context.get(), compressing_dictionary());
    std::string out(ZSTD_compressBound(plain.size()), '\0');
    const std::size_t size =
        ZSTD_compress2(context.get(), out.data(), out.size(), plain.data(), plain.size());
    TALLY_ASSERT(ZSTD_isError(size) == 0U);
    out.resize(size);
    return out;
}

Result<std::string> decompress(std::string_view compressed, std::uint8_t dictionary, std::size_t bytes_max)
{
    if (!is_known_dictionary(dictionary))
        return Error{
            "unknown_dictionary",
            "The entry was compressed with a dictionary that this program does not have. Update it."};
    const Error damaged{"bad_compression", "The entry's compressed bytes are damaged."};
    const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
        return damaged;
    if (size > bytes_max)
        return Error{"entry_too_large", "The entry is larger than any entry may be."};
    thread_local const std::unique_ptr<ZSTD_DCtx, Deleter<ZSTD_freeDCtx>> context(ZSTD_createDCtx());
    std::string out(static_cast<std::size_t>(size), '\0');
    const std::size_t got =
        dictionary == 1 ? ZSTD_decompress_usingDDict(context.get(), out.data(), out.size(), compressed.data(),
                                                     compressed.size(), decompressing_dictionary())
                        : ZSTD_decompressDCtx(context.get(), out.data(), out.size(), compressed.data(),
                                              compressed.size());
    if (ZSTD_isError(got) != 0U || got != out.size())
        return damaged;
    return out;
}

} // namespace tally::protocol
