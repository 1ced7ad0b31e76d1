#include "shared/base/files.h"
#include "tests/unit/merge_samples.h"

#include <doctest/doctest.h>

#include <cstdio>

using namespace tally;
using namespace tally::server;
using namespace tally::server::test;

namespace {

struct LabelledPair
{
    bool is_same_person = false;
    std::string name;
    std::string other_name;
    std::string shifts;
    std::string where;
    int line = 0; ///< in its file, from one
};

std::vector<std::string> split(std::string_view line, char separator)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= line.size();) {
        const std::size_t end = std::min(line.find(separator, at), line.size());
        parts.emplace_back(line.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::vector<LabelledPair> read_pairs(const char* file)
{
    const auto text =
        read_file(std::filesystem::path(TALLY_SOURCE_DIR) / "tests/fixtures/merge" / file, 1 << 20);
    REQUIRE(text);
    std::vector<LabelledPair> pairs;
    int number = 0;
    for (const std::string& line : split(*text, '\n')) {
        ++number;
        if (line.empty() || line.front() == '#')
            continue;
        const auto cells = split(line, '\t');
        REQUIRE(cells.size() == 5);
        pairs.push_back({cells[0] == "same", cells[1], cells[2], cells[3], cells[4], number});
    }
    return pairs;
}

struct Shift
{
    int day = 0; ///< after the second of March
    std::int32_t from = 0;
    std::int32_t to = 0;
};

struct Shifts
{
    const char* name;
    Shift one;
    Shift other;
    bool overlap;
};

constexpr Shifts all_shifts[] = {
    {"equal", {0, 540, 720}, {0, 540, 720}, true},
    {"partly", {0, 540, 720}, {0, 660, 900}, true},
    {"inside", {0, 540, 1020}, {0, 780, 840}, true},
    {"one_minute_less", {0, 540, 720}, {0, 541, 719}, true},
    {"over_midnight", {0, 1320, 1560}, {1, 60, 300}, true},
    {"quarter_hour", {0, 540, 720}, {0, 705, 840}, true},
    {"same_start", {0, 540, 600}, {0, 540, 900}, true},
    {"long_day", {0, 420, 1080}, {0, 500, 1100}, true},
    {"touching", {0, 540, 720}, {0, 720, 900}, false},
    {"hour_later", {0, 540, 720}, {0, 780, 900}, false},
    {"next_day", {0, 540, 720}, {1, 540, 720}, false},
    {"next_week", {0, 540, 720}, {7, 540, 720}, false},
    {"touching_midnight", {0, 1320, 1500}, {1, 60, 180}, false},
    {"evening_before", {0, 1080, 1320}, {1, 540, 720}, false},
    {"minute_overlap", {0, 540, 720}, {0, 719, 840}, true},
    {"minute_apart", {0, 540, 720}, {0, 721, 840}, false},
    {"minute_before_midnight", {0, 1260, 1441}, {1, 0, 120}, true},
    {"to_midnight", {0, 1260, 1440}, {1, 0, 120}, false},
    {"spring_night", {27, 0, 200}, {27, 180, 300}, true}, // the clocks go forward at one
    {"spring_touching", {26, 1320, 1500}, {27, 60, 240}, false},
    {"autumn_night", {237, 0, 130}, {237, 90, 300}, true}, // the clocks go back at two
    {"autumn_touching", {236, 1380, 1500}, {237, 60, 240}, false},
    {"year_end", {304, 1200, 1560}, {305, 60, 240}, true},
};

MergeFacts entry_of(int number, const std::string& name, const Shift& shift)
{
    return person(number, name, shift.from, shift.to,
                  date_from_days(days_from_date({2026, 3, 2}) + shift.day));
}

struct Score
{
    int right = 0;  ///< flags that should be
    int missed = 0; ///< flags that should be and are not
    int wrong = 0;  ///< flags that should not be
    int pairs = 0;

    [[nodiscard]] double recall() const { return double(right) / (right + missed); }
    [[nodiscard]] double precision() const { return double(right) / (right + wrong); }
};

constexpr double recall_min = 0.98;
constexpr double precision_min = 0.90;

enum class Mistakes
{
    Counted,
    Named
};

enum class Lines
{
    All,
    Odd,
    Even
};

Score score_of(const char* file, Mistakes mistakes, Lines lines = Lines::All)
{
    Score score;
    for (const LabelledPair& pair : read_pairs(file)) {
        if (lines != Lines::All && (pair.line % 2 == 1) != (lines == Lines::Odd))
            continue;
        const auto* shifts = std::ranges::find(all_shifts, pair.shifts, &Shifts::name);
        REQUIRE(shifts != std::end(all_shifts));
        MergeFacts one = entry_of(1, pair.name, shifts->one);
        MergeFacts other = entry_of(2, pair.other_name, shifts->other);
        other.device = numbered(9'001);
        if (pair.where == "one_event") {
            one.about.event = other.about.event = "E-1";
        } else {
            hours_of(other).host = "Wyre Food Bank";
            if (pair.where == "two_contracts") {
                other.about.contract = "C-2";
                other.supplier = "S-2";
            }
        }
        const bool expected = pair.is_same_person && shifts->overlap;
        const auto flags = flags_of_pair(one, other);
        const bool found = find_flag(flags, FlagRule::PersonOverlap) != nullptr;
        ++score.pairs;
        score.right += expected && found ? 1 : 0;
        score.missed += expected && !found ? 1 : 0;
        score.wrong += !expected && found ? 1 : 0;
        if (expected != found && mistakes == Mistakes::Named)
            std::printf("  %s: %s / %s (%s)\n", found ? "wrong" : "missed", pair.name.c_str(),
                        pair.other_name.c_str(), pair.shifts.c_str());
    }
    const char* part = lines == Lines::Odd ? ", odd lines" : lines == Lines::Even ? ", even lines" : "";
    std::printf("%s%s: %d pairs, %d right, %d missed, %d wrong: recall %.3f, precision %.3f\n", file, part,
                score.pairs, score.right, score.missed, score.wrong, score.recall(), score.precision());
    return score;
}

} // namespace

TEST_CASE("one person at two places at once is found, and two persons are told apart")
{
    const Score score = score_of("pairs.tsv", Mistakes::Named);
    CHECK(score.pairs >= 400);
    CHECK(score.recall() >= recall_min);
    CHECK(score.precision() >= precision_min);
}

TEST_CASE("names that the rules were not written for are found and told apart as well")
{
    const Score score = score_of("pairs_held_out.tsv", Mistakes::Counted);
    CHECK(score.recall() >= recall_min);
    CHECK(score.precision() >= precision_min);
}

TEST_CASE("names of married people, of double surnames and of other scripts are found and told apart")
{
    const Score score = score_of("pairs_third.tsv", Mistakes::Named);
    CHECK(score.pairs >= 300);
    CHECK(score.recall() >= recall_min);
    CHECK(score.precision() >= precision_min);
}

TEST_CASE("names written down after the rules were are found and told apart")
{
    const Score score = score_of("pairs_fourth.tsv", Mistakes::Named);
    CHECK(score.pairs >= 100);
    CHECK(score.recall() >= recall_min);
    CHECK(score.precision() >= precision_min);
}

TEST_CASE("names written without having read the rules are found and told apart")
{
    const Score odd = score_of("pairs_blind.tsv", Mistakes::Named, Lines::Odd);
    CHECK(odd.pairs >= 250);
    CHECK(odd.recall() >= recall_min);
    CHECK(odd.precision() >= precision_min);
    // Single mistakes among the even lines are never shown, so that no rule can follow them.
    const Score even = score_of("pairs_blind.tsv", Mistakes::Counted, Lines::Even);
    CHECK(even.pairs >= 250);
    CHECK(even.recall() >= recall_min);
    CHECK(even.precision() >= precision_min);
}
