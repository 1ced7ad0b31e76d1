#pragma once
/// The lists behind name_families.h.

#include <string_view>

namespace tally::server::name_lists {

/// One family a line, its main form first.
extern const std::string_view families;
/// Names of one spelling, each a family of its own.
extern const std::string_view singles;
/// Main forms of one name in several languages, one name a line.
extern const std::string_view links;
extern const std::string_view chinese_surnames;
/// Given names in Latin letters without tones.
extern const std::string_view chinese_given;
extern const std::string_view forms_of_address;
extern const std::string_view joining_words;
extern const std::string_view note_words;
/// Chinese surnames of two syllables, after the first of them.
extern const std::string_view double_surnames;
/// One Chinese surname a line as Mandarin, Cantonese, Hokkien and older spellings write it.
extern const std::string_view surname_spellings;
/// A spelling of Hong Kong, then the characters that are written so.
extern const std::string_view cantonese;

} // namespace tally::server::name_lists
