#include "server/merge/story_likeness.h"

#include "server/merge/latin.h"

#include <algorithm>
#include <limits>
#include <string>

namespace tally::server {

namespace {

constexpr std::size_t shingle_words = 3;
/// "Litter pick with the school" is an honest repeat, not a copied story.
constexpr std::size_t shingles_min = 18;
constexpr std::size_t bands = 20;
constexpr std::size_t rows = 3;

/// The finaliser of splitmix64: every bit of the input changes every bit of the output.
std::uint64_t mixed(std::uint64_t value)
{
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

/// FNV-1a, mixed: the same on every machine.
std::uint64_t hash_of(const std::string& word)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : word)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return mixed(hash);
}

} // namespace

Shingles shingles_of(const StoryBody& story)
{
    // Fields are apart, so that a text moved to another field keeps all but its edges.
    Shingles shingles;
    const auto add = [&](const std::string& text) {
        std::vector<std::uint64_t> words;
        for (const std::string& word : text_words(text))
            words.push_back(hash_of(word));
        for (std::size_t i = 0; i + shingle_words <= words.size(); ++i) {
            std::uint64_t shingle = 0;
            for (std::size_t k = 0; k < shingle_words; ++k)
                shingle = mixed(shingle ^ words[i + k]);
            shingles.push_back(shingle);
        }
    };
    for (const std::string* text : {&story.title, &story.what, &story.how, &story.who, &story.where,
                                    &story.changed, &story.known_by, &story.otherwise})
        add(*text);
    for (const Quote& quote : story.quotes)
        add(quote.text);
    std::ranges::sort(shingles);
    shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
    return shingles;
}

std::int32_t shared_per_mille(const Shingles& a, const Shingles& b)
{
    if (a.size() < shingles_min || b.size() < shingles_min)
        return 0;
    std::size_t shared = 0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        if (a[i] == b[j]) {
            ++shared;
            ++i;
            ++j;
        } else if (a[i] < b[j]) {
            ++i;
        } else {
            ++j;
        }
    }
    return static_cast<std::int32_t>(1000 * shared / (a.size() + b.size() - shared));
}

std::vector<std::uint64_t> story_bands(const Shingles& shingles)
{
    std::vector<std::uint64_t> out;
    if (shingles.size() < shingles_min)
        return out;
    out.reserve(bands);
    for (std::size_t band = 0; band < bands; ++band) {
        std::uint64_t value = band;
        for (std::size_t row = 0; row < rows; ++row) {
            const std::uint64_t salt = mixed(band * rows + row);
            std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
            for (const std::uint64_t shingle : shingles)
                least = std::min(least, mixed(shingle ^ salt));
            value = mixed(value ^ least);
        }
        out.push_back(value);
    }
    return out;
}

} // namespace tally::server
