#pragma once
/// How alike two words are: by their letters, by their sound, and across scripts. Words are those of
/// latin_words(). Pure functions without floating point, so that every machine finds the same flags.

#include "server/merge/latin.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tally::server {

/// Jaro's measure with Winkler's bonus for a shared beginning of up to four letters (Winkler 1990), 0 to
/// 1000.
[[nodiscard]] std::int32_t jaro_winkler_per_mille(std::string_view a, std::string_view b);

/// Letters left out, added, changed or swapped with their neighbour (Damerau; optimal string alignment).
[[nodiscard]] std::int32_t slips_between(std::string_view a, std::string_view b);

/// A spelling in which words that sound alike are equal: ph is f, ee is i, doubled letters are one ...
[[nodiscard]] std::string sound_of(std::string_view word);

/// A coarser spelling than sound_of, in which most respellings by ear are equal, of English (Cartwright,
/// Cartrite; Stocks, Stox), French and Arabic (Chaher, Shahir) and Polish names (Jankowski, Yankovsky). Says
/// too little when both words are names that are known.
[[nodiscard]] std::string loose_sound_of(std::string_view word);

/// A short code of the consonants, coarse enough to be equal for most spellings and scripts of one name: a
/// phonetic key in the manner of Soundex, with the classes chosen for names of many languages.
[[nodiscard]] std::string consonants_of(const LatinWord& word);

/// The class of the first sound, for an index: all vowels are one class, c and k another.
[[nodiscard]] char first_sound_of(std::string_view word);

/// Whether one word may be a typing slip of the other. Endings that turn a man's name into a woman's (Karim,
/// Karima; Mario, Maria) are no slips. `Certain` when one of the two is a name that is known, so that the
/// other one, which is not, needs an explanation.
enum class SlipDoubt
{
    OneIsKnown,
    NeitherIsKnown
};
[[nodiscard]] bool is_slip(std::string_view a, std::string_view b, SlipDoubt doubt);

/// The same consonants with other vowels: one that stands for the other where one of the two is a known name
/// (Obaid, Ubaid), else at most two in words long enough to tell (Kausar, Kouser).
[[nodiscard]] bool differ_in_vowels_alone(std::string_view a, std::string_view b, SlipDoubt doubt);

/// Polish nasals as English ears write them: Dabrowski, Dombrowski; Kedzierski, Kendzierski.
[[nodiscard]] bool differ_in_nasal_alone(std::string_view a, std::string_view b);

/// McGregor and MacGregor, with a slip at most in what follows.
[[nodiscard]] bool are_one_clan(std::string_view a, std::string_view b);

/// One sound inside that languages say in two ways: th and s (Kulthum, Kulsum), dh and z, j and z.
[[nodiscard]] bool differ_in_one_consonant(std::string_view a, std::string_view b);

/// How well an Abjad or Indic word can be read as a Latin one: 0 (not at all) to 1000.
[[nodiscard]] std::int32_t reads_as_per_mille(const LatinWord& native, std::string_view latin);

} // namespace tally::server
