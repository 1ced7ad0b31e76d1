#pragma once
/// Invented evidence that looks like a real contract's: drawn from assets/demo/words.json by a seed, so
/// that the same seed gives the same evidence.

#include "shared/base/random.h"
#include "shared/base/result.h"
#include "shared/base/time.h"
#include "shared/domain/evidence.h"
#include "shared/framework/questionnaire.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// What the demo knows of a contract when it makes evidence for it.
struct DemoContract
{
    std::string ref;
    std::string place;
    std::vector<std::string> hours_measures;
    std::vector<std::string> delivery_measures;
};

class DemoEvidence
{
public:
    /// `words` is the document of assets/demo/words.json.
    DemoEvidence(nlohmann::json words, std::uint64_t seed);

    /// One person's or a group's hours on some working day from `first` to `last`.
    [[nodiscard]] Entry hours(const DemoContract& contract, Date first, Date last);
    /// Some quantity of another measure for that span.
    [[nodiscard]] Entry delivery(const DemoContract& contract, const std::string& measure, Date first,
                                 Date last);
    /// Each story once before any is told again.
    [[nodiscard]] Entry story(const DemoContract& contract);
    [[nodiscard]] Entry feedback(const DemoContract& contract, const Questionnaire& questionnaire);

    [[nodiscard]] std::string photo_caption() { return one_of("captions"); }
    [[nodiscard]] std::string question() { return one_of("questions"); }
    [[nodiscard]] std::string decline_reason() { return one_of("decline_reasons"); }
    [[nodiscard]] std::string accept_note() { return one_of("accept_notes"); }

    /// 0 to `limit` - 1.
    [[nodiscard]] std::int64_t below(std::int64_t limit);
    /// True in about `percent` of a hundred cases.
    [[nodiscard]] bool chance(int percent) { return below(100) < percent; }

private:
    [[nodiscard]] const nlohmann::json& pick(const nlohmann::json& list);
    [[nodiscard]] std::string one_of(const char* key);
    [[nodiscard]] Date some_day(Date first, Date last);
    [[nodiscard]] HoursPeople some_people(WhoseTime whose);
    [[nodiscard]] std::string host_for(const std::string& measure);
    [[nodiscard]] AnswerValue some_answer(const Question& question);

    nlohmann::json m_words;
    SeededRandom m_random;
    std::size_t m_stories_told = 0;
};

/// The JSON that `tallybook capture` reads: the entry without what the device fills.
[[nodiscard]] std::string capture_input(const Entry& entry);

} // namespace tally::server
