#pragma once
/// Names that people write in several ways: Bob and Robert, Mohammed and Md, Łukasz and Luke. Written down by
/// hand from general knowledge of the names of the region; a name that is not here is compared by its
/// letters.
///
/// A *family* is one name in its spellings and short forms. A short form may belong to several families
/// (Alex, Chris, Sam). Two different families are two different names, however close their letters are: that
/// is what tells Maria from Mariana. *Linked* families are one name in two languages (Piotr and Peter).

#include <cstdint>
#include <span>
#include <string_view>

namespace tally::server {

using NameFamily = std::uint16_t;

/// The families of a name in lower-case ASCII letters, at most six; empty for a name that is not known.
/// Lives as long as the program. Thread-safe.
[[nodiscard]] std::span<const NameFamily> families_of_name(std::string_view name);
/// The form by which a family is known: "robert" for Bob.
[[nodiscard]] std::string_view main_form(NameFamily family);
/// True when both are one name in two languages.
[[nodiscard]] bool are_linked(NameFamily a, NameFamily b);
/// One of the frequent Chinese surnames in Latin letters.
[[nodiscard]] bool is_chinese_surname(std::string_view name);
/// May stand in a Chinese name: a known Chinese name, or syllables of pinyin that no other name is spelt as.
[[nodiscard]] bool is_chinese_word(std::string_view name);
/// One of the listed names of Chinese, surname or given.
[[nodiscard]] bool is_chinese_name(std::string_view name);
/// Forms of address and letters after a name: Mr, Dr, Pani, BSc.
[[nodiscard]] bool is_form_of_address(std::string_view word);
/// Words that only join names: al, bin, van, de. Left out before names are compared.
[[nodiscard]] bool is_joining_word(std::string_view word);
/// Words beside a name that are no part of it: volunteer, formerly, team.
[[nodiscard]] bool is_note_word(std::string_view word);
/// The first syllable of a Chinese surname of two: "ou" for ouyang; empty for any other word.
[[nodiscard]] std::string_view first_of_double_surname(std::string_view word);
/// The spelling of Hong Kong of a Chinese character in a name; empty when not known.
[[nodiscard]] std::string_view cantonese_of(std::string_view character);

} // namespace tally::server
