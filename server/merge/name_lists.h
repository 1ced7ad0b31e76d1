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

} // namespace tally::server::name_lists
