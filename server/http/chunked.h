#pragma once
/// A body in chunks (RFC 9112, section 7.1), read byte by byte as it arrives. Strict: numbers are plain
/// hexadecimal digits, lines end with CR LF, extensions are short and ignored, and so are
/// trailers.

#include "shared/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tally::server {

class ChunkedReader
{
public:
    /// Gives false to stop.
    using Sink = std::function<bool(std::string_view part)>;

    /// Takes what belongs to the body and gives how many bytes that were: all, until the body is done.
    /// Fails with `bad_chunk`, or with `body_refused` when the sink stopped it, and then always again.
    [[nodiscard]] Result<std::size_t> take(std::string_view bytes, const Sink& sink);
    [[nodiscard]] bool is_done() const { return m_state == State::Done; }

private:
    enum class State
    {
        FirstDigit,
        Digits,
        Extension,
        SizeLineFeed,
        Content,
        ContentReturn,
        ContentLineFeed,
        LastReturn,
        Trailer,
        TrailerLineFeed,
        LastLineFeed,
        Done,
        Failed
    };

    /// One byte of framing. False when it may not stand here.
    [[nodiscard]] bool step(char c);
    [[nodiscard]] bool add_digit(char c);
    [[nodiscard]] bool add_to_trailer(char c);

    State m_state = State::FirstDigit;
    std::uint64_t m_left = 0;   ///< of the chunk
    std::size_t m_line = 0;     ///< bytes of the line with the size
    std::size_t m_trailers = 0; ///< bytes of all of them
    bool m_has_colon = false;   ///< of this trailer
};

} // namespace tally::server
