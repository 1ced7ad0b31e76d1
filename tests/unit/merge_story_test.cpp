#include "server/merge/story_likeness.h"
#include "tests/unit/merge_samples.h"

#include <doctest/doctest.h>

#include <random>

using namespace tally;
using namespace tally::server;
using namespace tally::server::test;

namespace {

std::string words(std::mt19937& random, int count)
{
    std::string out;
    for (int i = 0; i < count; ++i)
        out += (i == 0 ? "w" : " w") + std::to_string(random() % 3'000);
    return out;
}

MergeFacts story(int number, std::string what, std::string changed)
{
    StoryBody body;
    body.title = "A day by the river";
    body.what = std::move(what);
    body.changed = std::move(changed);
    return sample_facts(number, {2026, 3, 2}, body);
}

/// Another word in place of one in `every`.
std::string with_changes(const std::string& text, int every)
{
    std::string out;
    int number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        out += (out.empty() ? "" : " ") +
               (++number % every == 0 ? "another" + std::to_string(number) : text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

bool is_found(const MergeFacts& a, const MergeFacts& b)
{
    const auto flags = flags_of_pair(a, b);
    return find_flag(flags, FlagRule::SimilarStory) != nullptr;
}

} // namespace

TEST_CASE("a story that was copied with changes is found, whatever its case and punctuation")
{
    std::mt19937 random(3);
    int found = 0;
    constexpr int trials = 200;
    for (int i = 0; i < trials; ++i) {
        const std::string what = words(random, 90);
        const std::string changed = words(random, 60);
        found += is_found(story(1, what, changed), story(2, with_changes(what, 12), changed)) ? 1 : 0;
    }
    CHECK(found >= trials * 99 / 100);

    const std::string text =
        "We cleared the balsam by the weir, and the children of the school counted what they saw "
        "in the water: caddis flies, shrimps and one small trout.";
    CHECK(
        is_found(story(1, text, "The path is open again for prams and wheelchairs."),
                 story(2,
                       "WE CLEARED THE BALSAM BY THE WEIR - and the children of the school counted what they "
                       "saw in the water; caddis flies, shrimps and one small trout",
                       "The path is open again for prams and wheelchairs")));
}

TEST_CASE("a shared opening or a few shared words make no copy, and short notes are honest repeats")
{
    std::mt19937 random(4);
    for (int i = 0; i < 100; ++i) {
        const std::string opening = words(random, 30) + " ";
        CHECK_FALSE(is_found(story(1, opening + words(random, 80), words(random, 40)),
                             story(2, opening + words(random, 80), words(random, 40))));
    }
    // Half of the words of both, which is a third of all.
    for (int i = 0; i < 100; ++i) {
        const std::string half = words(random, 70) + " ";
        CHECK_FALSE(is_found(story(1, half + words(random, 40), words(random, 30)),
                             story(2, half + words(random, 40), words(random, 30))));
    }
    CHECK_FALSE(is_found(story(1, "Litter pick with the school", "Cleaner park"),
                         story(2, "Litter pick with the school", "Cleaner park")));
}

TEST_CASE("a story in a script without spaces is compared by its characters")
{
    const std::string text =
        "我们和邻居一起清理了河边的垃圾，种下了六十棵树苗，孩子们学会了怎样照顾它们，老人也来帮忙浇水。";
    CHECK(is_found(story(1, text, "公园比以前干净多了"), story(2, text, "公园比以前干净")));
    CHECK_FALSE(is_found(
        story(1, text, "公园比以前干净多了"),
        story(2, "社区厨房每周为六十位居民准备热饭，志愿者学习了食品卫生，也认识了许多新朋友，大家都很高兴。",
              "更多的人每天都能吃上热饭")));
}

TEST_CASE("stories that share 60 per cent of their shingles share a band, those that share a tenth do not")
{
    std::mt19937 random(9);
    const auto share_a_band = [&](double shared) {
        constexpr int trials = 400;
        int found = 0;
        for (int i = 0; i < trials; ++i) {
            constexpr int all = 300;
            Shingles a;
            Shingles b;
            for (int k = 0; k < all; ++k) {
                const std::uint64_t shingle = std::uint64_t{random()} << 32 | random();
                if (k < shared * all) {
                    a.push_back(shingle);
                    b.push_back(shingle);
                } else {
                    (k % 2 == 0 ? a : b).push_back(shingle);
                }
            }
            std::ranges::sort(a);
            std::ranges::sort(b);
            const auto one = story_bands(a);
            const auto other = story_bands(b);
            found += std::ranges::any_of(
                one, [&](auto band) { return std::ranges::find(other, band) != other.end(); });
        }
        return double(found) / trials;
    };
    CHECK(share_a_band(0.6) > 0.97);
    CHECK(share_a_band(0.1) < 0.06);
}
