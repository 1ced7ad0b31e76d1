#include "server/api/seen_requests.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/request_signature.h"
#include "tests/support/entries.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using Verdict = SeenRequests::Verdict;

namespace {

const Uuid first = Uuid::from_bytes("device-0000-0001");
const Uuid second = Uuid::from_bytes("device-0000-0002");
constexpr std::int64_t window_ms = protocol::request_age_ms_max;

/// Another one for each text.
std::string nonce(std::string_view text)
{
    return crypto::sha256_hex(text).substr(0, 32);
}

Timestamp at(std::int64_t ms_later)
{
    return {test::sample_moment.ms + ms_later};
}

} // namespace

TEST_CASE("a signed request is taken once, and the same words of another device are another request")
{
    SeenRequests seen(at(0));
    CHECK(seen.note(first, at(10), nonce("a"), at(10)) == Verdict::New);
    CHECK(seen.note(first, at(10), nonce("a"), at(20)) == Verdict::Repeated);
    CHECK(seen.note(first, at(10), nonce("a"), at(10 + window_ms)) == Verdict::Repeated);
    CHECK(seen.note(first, at(10), nonce("b"), at(20)) == Verdict::New);
    CHECK(seen.note(first, at(11), nonce("a"), at(20)) == Verdict::New);
    CHECK(seen.note(second, at(10), nonce("a"), at(20)) == Verdict::New);
}

TEST_CASE("what was signed before the server began may have been seen by the one before it")
{
    SeenRequests seen(at(0));
    CHECK(seen.note(first, at(-1), nonce("a"), at(5)) == Verdict::TooOld);
    CHECK(seen.note(first, at(0), nonce("a"), at(5)) == Verdict::New);
    // A device whose clock is ahead.
    CHECK(seen.note(first, at(window_ms), nonce("a"), at(5)) == Verdict::New);
    CHECK(seen.note(first, at(window_ms), nonce("a"), at(2 * window_ms)) == Verdict::Repeated);
}

TEST_CASE("a busy device forgets its oldest requests, and none of them is taken again")
{
    constexpr std::int64_t count = 1'000;
    SeenRequests seen(at(0), {16, 1'000});
    for (std::int64_t i = 0; i < count; ++i)
        REQUIRE(seen.note(first, at(i), nonce(std::to_string(i)), at(i)) == Verdict::New);
    CHECK(seen.size() <= 16);
    for (std::int64_t i = 0; i < count; ++i)
        CHECK(seen.note(first, at(i), nonce(std::to_string(i)), at(count)) != Verdict::New);
    CHECK(seen.note(second, at(0), nonce("0"), at(count)) == Verdict::New);
}

TEST_CASE("many devices together keep to the limit, and none of their requests is taken again")
{
    SeenRequests seen(at(0), {64, 500});
    const auto device = [](int number) {
        const std::string digits = std::to_string(1000 + number);
        return Uuid::from_bytes("device-0000-" + digits);
    };
    for (int i = 0; i < 20; ++i)
        for (int number = 0; number < 100; ++number)
            REQUIRE(seen.note(device(number), at(i), nonce("n"), at(i)) == Verdict::New);
    CHECK(seen.size() <= 500);
    for (int number = 0; number < 100; ++number)
        for (int i = 0; i < 20; ++i)
            CHECK(seen.note(device(number), at(i), nonce("n"), at(30)) != Verdict::New);
}

TEST_CASE("requests are forgotten when their time has passed")
{
    SeenRequests seen(at(0), {16, 100});
    for (int i = 0; i < 90; ++i)
        REQUIRE(seen.note(Uuid::from_bytes("device-0000-" + std::to_string(1000 + i)), at(i), nonce("n"),
                          at(i)) == Verdict::New);
    CHECK(seen.size() == 90);
    for (int i = 0; i < 11; ++i)
        REQUIRE(seen.note(first, at(2 * window_ms + i), nonce("n"), at(2 * window_ms + i)) == Verdict::New);
    CHECK(seen.size() == 11);
}

TEST_CASE("a server whose clock was far ahead, and was set right, takes requests again")
{
    constexpr std::int64_t day_ms = 86'400'000;
    SeenRequests seen(at(day_ms));
    CHECK(seen.note(first, at(day_ms), nonce("a"), at(day_ms)) == Verdict::New);
    CHECK(seen.note(first, at(5), nonce("b"), at(5)) == Verdict::New);
    CHECK(seen.note(first, at(5), nonce("b"), at(6)) == Verdict::Repeated);
    // A small step back changes nothing.
    CHECK(seen.note(first, at(5), nonce("b"), at(0)) == Verdict::Repeated);
}
