#pragma once
/// Names of any script in Latin letters. The only door to ICU.

#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// How a word was written, which says how exactly its Latin letters can be trusted.
enum class Writing
{
    Latin, ///< also Cyrillic, Greek and others that write every sound
    Abjad, ///< Arabic, Urdu, Hebrew: short vowels are not written
    Indic, ///< Bengali, Hindi, Panjabi ...: an `a` that nobody says may follow a consonant
    Han,   ///< syllables of pinyin, one a word
};

/// Lower-case ASCII letters and digits. In an Abjad word capital letters stand for what Latin cannot say in
/// one way: `A` for ayn (any vowel or none), `D` for a letter said d or z, `T` for one said t or s, `H` for a
/// final -ah. In an Indic word `A` stands for the long a and `Y` for a glide.
struct LatinWord
{
    std::string text;
    Writing writing = Writing::Latin;
    std::string other =
        {}; ///< of a Chinese character: how Hong Kong says and spells it; empty when not known

    bool operator==(const LatinWord&) const = default;
};

/// The words of a name in the order in which they are written, apart at spaces, commas, hyphens and full
/// stops. Apostrophes join (O'Brien). Plain ASCII and Latin letters with accents take a fast path.
/// Thread-safe.
[[nodiscard]] std::vector<LatinWord> latin_words(std::string_view name);

/// The words of a text for comparing texts: lower-case letters and digits, in their own script; each Chinese,
/// Japanese or Thai character is a word. Calls nothing of the network or the disk. Thread-safe.
[[nodiscard]] std::vector<std::string> text_words(std::string_view text);

} // namespace tally::server
