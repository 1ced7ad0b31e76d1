#include "shared/base/files.h"
#include "shared/framework/consent_wording.h"

#include <doctest/doctest.h>

#include <map>

using namespace tally;

TEST_CASE("published consent wordings never change")
{
    // Other words are another version: add its digest, and leave these alone.
    const std::map<std::string, std::string> published = {
        {"2026-1 en", "eee0e8209bf2151d81f28f8f70d7f73a18f028138d4e4896dd072a70d6f843dd"},
    };
    const auto wordings = load_consent_wordings(assets_dir() / "consents");
    REQUIRE_MESSAGE(wordings.ok(), (wordings.ok() ? "" : wordings.error().text()));
    REQUIRE(wordings->size() == published.size());
    for (const ConsentWording& wording : *wordings) {
        const std::string name = wording.version + " " + wording.language;
        CAPTURE(name);
        REQUIRE(published.contains(name));
        CHECK(digest_of(wording) == published.at(name));
        CHECK(wording.uses.size() == 4);
    }
}

TEST_CASE("a wording is found by version and language, and the newest is asked")
{
    const auto text = [](const std::string& version, const std::string& language) {
        return R"({"schema":"sv-consent/1","version":")" + version + R"(","texts":{")" + language +
               R"(":{"wording":"I agree.","uses":{"report":"r","website":"w","press":"p","social_media":"s"}}}})";
    };
    std::vector<ConsentWording> all = *parse_consent_wordings(text("2026-2", "en"));
    all.push_back(parse_consent_wordings(text("2026-10", "en"))->front());
    all.push_back(parse_consent_wordings(text("2027-1", "ur"))->front());
    REQUIRE(newest_wording(all, "en") != nullptr);
    CHECK(newest_wording(all, "en")->version == "2026-10");
    CHECK(newest_wording(all, "ur")->version == "2027-1");
    CHECK(newest_wording(all, "pl") == nullptr);
    CHECK(find_wording(all, "2026-2", "en") == &all[0]);
    CHECK(find_wording(all, "2026-2", "ur") == nullptr);
    CHECK(digest_of(all[0]) != digest_of(all[1]));
}

TEST_CASE("a file of wordings that is not whole is refused")
{
    const auto refusal = [](std::string_view text) {
        const auto read = parse_consent_wordings(text);
        return read ? std::string("taken") : read.error().code;
    };
    CHECK(refusal("{") == "bad_json");
    CHECK(refusal(R"({"schema":"sv-consent/2","version":"1","texts":{}})") == "unknown_schema");
    CHECK(refusal(R"({"schema":"sv-consent/1","version":"1","texts":{}})") == "no_languages");
    CHECK(refusal(R"({"schema":"sv-consent/1","version":"1","texts":{"en":7}})") == "wrong_type");
    CHECK(refusal(R"({"schema":"sv-consent/1","version":"1","texts":{"en":{"wording":"w"}}})") ==
          "missing_key");
    CHECK(
        refusal(
            R"({"schema":"sv-consent/1","version":"1","texts":{"en":{"wording":"w","uses":{"report":"r"}}}})") ==
        "missing_key");
}
