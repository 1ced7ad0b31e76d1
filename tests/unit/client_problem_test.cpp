#include "client/sync/problem.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::client;

namespace {

/// 2026-03-02 09:30:00 UTC
constexpr Timestamp now{1'772'443'800'000};

std::optional<std::int64_t> wait_ms(const std::string& retry_after, const std::string& date = "")
{
    HttpResponse response{503, {{"Retry-After", retry_after}}, ""};
    if (!date.empty())
        response.headers.emplace_back("Date", date);
    return retry_after_ms_of(response, now);
}

} // namespace

TEST_CASE("a server says in seconds or as a date when to come again, and is believed for up to a day")
{
    CHECK(wait_ms("0") == 0);
    CHECK(wait_ms("120") == 120'000);
    CHECK(wait_ms("86400") == 86'400'000);
    CHECK(wait_ms("86401") == 86'400'000);
    CHECK(wait_ms("99999999999999999999999999") == 86'400'000);
    CHECK(wait_ms("Mon, 02 Mar 2026 09:32:00 GMT") == 120'000);
    CHECK(wait_ms("Mon, 02 Mar 2026 09:00:00 GMT") == 0);
    CHECK(wait_ms("Thu, 01 Jan 2099 00:00:00 GMT") == 86'400'000);
    // The device's clock may be wrong; the server's own stands beside its wish.
    CHECK(wait_ms("Mon, 02 Mar 2026 12:00:30 GMT", "Mon, 02 Mar 2026 12:00:00 GMT") == 30'000);
    CHECK(wait_ms("Mon, 02 Mar 2026 09:32:00 GMT", "soon") == 120'000);
}

TEST_CASE("what is neither a number nor a date asks for nothing")
{
    for (const char* odd : {"", "soon", "-5", "1.5", "5 s", "Mon, 02 Mar 2026 09:32:00 CET",
                            "Mon, 32 Mar 2026 09:32:00 GMT", "Mon, 02 arM 2026 09:32:00 GMT",
                            "Mon, 02 Mar 2026 24:00:00 GMT", "Mon, 02 Mar 2026 09:32:00 GMT "}) {
        CAPTURE(odd);
        CHECK_FALSE(wait_ms(odd).has_value());
    }
}
