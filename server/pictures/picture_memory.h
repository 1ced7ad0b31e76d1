#pragma once
/// What the decoder of PNG may take of the memory: it takes as much as the bytes unpack to, whatever their
/// header says of the picture.

#include <cstddef>

namespace tally::server {

/// As long as it lives, allocations of this thread's decoder beyond `bytes` fail, which the decoder takes for
/// a full memory. One at a time on a thread.
class PictureMemory
{
public:
    explicit PictureMemory(std::size_t bytes);
    ~PictureMemory();
    PictureMemory(const PictureMemory&) = delete;
    PictureMemory& operator=(const PictureMemory&) = delete;

    /// As malloc, realloc and free; without a PictureMemory on this thread nothing is given.
    static void* take(std::size_t bytes);
    static void* take_more(void* block, std::size_t bytes);
    static void give_back(void* block);

private:
    [[nodiscard]] bool add(std::size_t bytes);

    std::size_t m_left;
};

/// Enough for a picture of that size in any form that PNG knows, in a file of that many bytes.
[[nodiscard]] std::size_t png_memory(std::size_t file_bytes, int width, int height);

} // namespace tally::server
