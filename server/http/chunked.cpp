#include "server/http/chunked.h"

#include "server/http/request_head.h"

#include <algorithm>

namespace tally::server {
namespace {

constexpr std::size_t line_bytes_max = 256;
constexpr std::size_t trailer_bytes_max = 4096;
constexpr std::uint64_t chunk_bytes_max = 1ULL << 40;

int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

bool ChunkedReader::add_digit(char c)
{
    const int digit = digit_of(c);
    if (digit < 0)
        return false;
    m_left = m_left * 16 + static_cast<std::uint64_t>(digit);
    return m_left <= chunk_bytes_max;
}

bool ChunkedReader::add_to_trailer(char c)
{
    m_has_colon = m_has_colon || c == ':';
    const bool fits =
        m_has_colon ? c == '\t' || (static_cast<unsigned char>(c) >= 32 && c != 127) : is_token_character(c);
    return fits && ++m_trailers <= trailer_bytes_max;
}

bool ChunkedReader::step(char c)
{
    switch (m_state) {
    case State::FirstDigit:
        m_left = 0;
        m_line = 1;
        m_state = State::Digits;
        return add_digit(c);
    case State::Digits:
        if (++m_line > line_bytes_max)
            return false;
        if (c == '\r')
            m_state = State::SizeLineFeed;
        else if (c == ';')
            m_state = State::Extension;
        else
            return add_digit(c);
        return true;
    case State::Extension:
        if (c == '\r') {
            m_state = State::SizeLineFeed;
            return true;
        }
        return ++m_line <= line_bytes_max && static_cast<unsigned char>(c) >= 32 && c != 127;
    case State::SizeLineFeed:
        m_state = m_left == 0 ? State::LastReturn : State::Content;
        return c == '\n';
    case State::ContentReturn:
        m_state = State::ContentLineFeed;
        return c == '\r';
    case State::ContentLineFeed:
        m_state = State::FirstDigit;
        return c == '\n';
    case State::LastReturn:
        if (c == '\r') {
            m_state = State::LastLineFeed;
            return true;
        }
        // Trailers are read and forgotten (RFC 9110, section 6.5.1): nothing in them may pass for a header.
        m_has_colon = false;
        m_state = State::Trailer;
        return c != ':' && add_to_trailer(c);
    case State::Trailer:
        if (c == '\r') {
            m_state = State::TrailerLineFeed;
            return m_has_colon;
        }
        return add_to_trailer(c);
    case State::TrailerLineFeed:
        m_state = State::LastReturn;
        return c == '\n';
    case State::LastLineFeed:
        m_state = State::Done;
        return c == '\n';
    case State::Content:
    case State::Done:
    case State::Failed:
        break;
    }
    return false;
}

Result<std::size_t> ChunkedReader::take(std::string_view bytes, const Sink& sink)
{
    std::size_t taken = 0;
    while (taken < bytes.size() && m_state != State::Done) {
        if (m_state == State::Content) {
            const auto part = bytes.substr(
                taken, static_cast<std::size_t>(std::min<std::uint64_t>(m_left, bytes.size() - taken)));
            taken += part.size();
            m_left -= part.size();
            if (m_left == 0)
                m_state = State::ContentReturn;
            if (!sink(part)) {
                m_state = State::Failed;
                return Error{"body_refused", "Reading the body was stopped."};
            }
        } else if (!step(bytes[taken++])) {
            m_state = State::Failed;
            return Error{"bad_chunk", "The chunks of the body are not well formed."};
        }
    }
    return taken;
}

} // namespace tally::server
