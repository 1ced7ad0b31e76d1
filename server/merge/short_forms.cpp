#include "server/merge/short_forms.h"

#include <algorithm>
#include <array>

namespace tally::server {

namespace {

/// Endings of short and fond forms, English, Polish and Romanian; of two that fit the longer comes first.
constexpr std::array<std::string_view, 37> fond_endings = {
    "eczka", "eczek", "iczek", "ercik", "oara", "usia", "unia", "enka", "inka", "ulka",
    "enia",  "usza",  "ecik",  "ita",   "ica",  "uta",  "uca",  "cik",  "cia",  "sia",
    "nia",   "zza",   "inel",  "ers",   "ek",   "ka",   "us",   "ut",   "el",   "ie",
    "ey",    "ee",    "y",     "i",     "o",    "s",    "z"};

} // namespace

bool is_fond_form(std::string_view form, std::string_view name)
{
    constexpr std::size_t bare_min = 4;
    constexpr std::size_t bare_rest_min = 3;
    constexpr std::size_t stem_min = 3;
    if (form.size() >= bare_min && name.size() >= form.size() + bare_rest_min && name.starts_with(form))
        return true;
    for (const std::string_view ending : fond_endings) {
        if (!form.ends_with(ending) || form.size() < ending.size() + stem_min)
            continue;
        std::string_view stem = form.substr(0, form.size() - ending.size());
        // Jonno: the ending doubles the consonant before it.
        if (stem.size() > stem_min && stem.back() == stem[stem.size() - 2])
            stem.remove_suffix(1);
        // Raheel is no form of Raheela, nor Ionela of Ion: what only adds to the other is another name's
        // ending.
        const bool is_womans = form.ends_with('a') != name.ends_with('a') && ending.ends_with('a');
        if (name.starts_with(stem) && !name.starts_with(form) && !is_womans &&
            (ending.size() > 1 || name.size() >= form.size() + 2))
            return true;
    }
    return false;
}

bool is_form_with_z(std::string_view form, std::string_view name)
{
    constexpr std::size_t length_max = 6;
    const std::size_t at = form.find('z');
    if (at == std::string_view::npos || at == 0 || at > 3 || form.size() > length_max || name.size() <= at)
        return false;
    const std::string_view rest = form.substr(at);
    return name[at] == 'r' && name.substr(0, at) == form.substr(0, at) &&
           (rest == "z" || rest == "zz" || rest == "zza" || rest == "zzer" || rest == "zzo" || rest == "zzy");
}

bool is_contraction(std::string_view form, std::string_view name)
{
    constexpr std::size_t length_min = 3;
    if (form.size() < length_min || name.size() < form.size() + 2 || form.front() != name.front() ||
        form.back() != name.back())
        return false;
    const auto is_vowel = [](char c) { return std::string_view("aeiouy").find(c) != std::string_view::npos; };
    // What is spelt with its vowels is a name of its own (Nora, Nadira), and ends in no vowel.
    if (is_vowel(form.back()) || std::ranges::count_if(form.substr(1), is_vowel) > (form.size() > length_min))
        return false;
    const char before_last = form[form.size() - 2];
    const bool ends_in_two_consonants = !is_vowel(before_last) && before_last != form.back();
    std::size_t at = 0;
    for (const char c : name) {
        if (at < form.size() && c == form[at])
            ++at;
    }
    return ends_in_two_consonants && at == form.size();
}

} // namespace tally::server
