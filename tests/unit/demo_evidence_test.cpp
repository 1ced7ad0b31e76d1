#include "server/demo/demo_evidence.h"
#include "server/demo/demo_picture.h"
#include "shared/base/files.h"
#include "shared/domain/validate.h"
#include "shared/framework/valuation.h"
#include "shared/protocol/entry_json.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;

namespace {

DemoEvidence evidence(std::uint64_t seed)
{
    return DemoEvidence(nlohmann::json::parse(*read_file(assets_dir() / "demo" / "words.json")), seed);
}

std::vector<DemoContract> contracts()
{
    std::vector<DemoContract> found;
    const auto council = nlohmann::json::parse(*read_file(assets_dir() / "demo" / "council.json"));
    for (const auto& contract : council.at("contracts"))
        found.push_back({contract.at("ref"), contract.at("place"),
                         contract.at("hours_measures").get<std::vector<std::string>>(),
                         contract.at("delivery_measures").get<std::vector<std::string>>()});
    return found;
}

/// As the device does: the input is read, its own fields are filled, the rules are asked.
void check_capture(const Entry& made, const Framework& framework)
{
    auto entry = protocol::parse_entry_input(capture_input(made));
    REQUIRE_MESSAGE(entry.ok(), (entry.ok() ? "" : entry.error().text()));
    entry->id = Uuid::from_bytes("0123456789abcdef");
    entry->captured_at = *parse_utc("2026-04-01T12:00:00.000Z");
    for (const Error& problem : validate(*entry))
        FAIL_CHECK(problem.text());
    CHECK(entry->body == made.body);
    for (const Error& problem : value_evidence(*facts_of(*entry), framework).problems)
        FAIL_CHECK(problem.text());
}

} // namespace

TEST_CASE("everything that the demo invents keeps the rules and counts for something")
{
    const auto framework =
        load_framework(assets_dir() / "frameworks" / "lancashire-toms-2024.json").framework;
    const auto questions =
        load_questionnaire(assets_dir() / "questionnaires" / "community-event.json").questionnaire;
    REQUIRE(framework.has_value());
    REQUIRE(questions.has_value());
    DemoEvidence made = evidence(7);
    const Date first{2026, 1, 1};
    const Date last{2026, 3, 31};
    for (const DemoContract& contract : contracts()) {
        for (int i = 0; i < 40; ++i) {
            check_capture(made.hours(contract, first, last), *framework);
            check_capture(made.story(contract), *framework);
            const Entry feedback = made.feedback(contract, *questions);
            check_capture(feedback, *framework);
            for (const Error& problem : questions->check(std::get<FeedbackBody>(feedback.body)))
                FAIL_CHECK(problem.text());
        }
        for (const std::string& measure : contract.delivery_measures)
            check_capture(made.delivery(contract, measure, first, last), *framework);
    }
}

TEST_CASE("the same seed invents the same evidence and draws the same picture")
{
    const DemoContract contract = contracts().front();
    const Date first{2026, 1, 1};
    const Date last{2026, 3, 31};
    CHECK(evidence(3).hours(contract, first, last) == evidence(3).hours(contract, first, last));
    CHECK_FALSE(evidence(3).hours(contract, first, last) == evidence(4).hours(contract, first, last));
    CHECK(draw_picture(5) == draw_picture(5));
    CHECK(draw_picture(5) != draw_picture(6));
    CHECK(draw_picture(5).starts_with("\xff\xd8\xff"));
}
