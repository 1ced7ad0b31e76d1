#include "server/merge/name_families.h"

#include "server/merge/name_lists.h"
#include "shared/base/result.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tally::server {

namespace {

using Words = std::unordered_set<std::string_view>;

/// Calls `use(word)` for each word of a text.
template <typename Use>
void each_word(std::string_view text, const Use& use)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0)
            use(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

template <typename Use>
void each_line(std::string_view text, const Use& use)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0)
            use(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

Words words_of(std::string_view text)
{
    Words words;
    each_line(text, [&](auto line) { each_word(line, [&](auto word) { words.insert(word); }); });
    return words;
}

struct Known
{
    std::array<NameFamily, 6> families{};
    std::size_t count = 0;

    void add(NameFamily family)
    {
        if (count < families.size())
            families[count++] = family;
    }
};

struct Lists
{
    std::unordered_map<std::string_view, Known> names;
    std::vector<std::string_view> main_forms;
    std::unordered_map<NameFamily, std::vector<NameFamily>> links;
    Words chinese_surnames = words_of(name_lists::chinese_surnames);
    Words chinese_given = words_of(name_lists::chinese_given);
    Words forms_of_address = words_of(name_lists::forms_of_address);
    Words joining_words = words_of(name_lists::joining_words);
    Words note_words = words_of(name_lists::note_words);
    std::unordered_map<std::string_view, std::string_view> double_surnames;
    std::unordered_map<std::string_view, std::string_view> cantonese;

    Lists()
    {
        names.reserve(8'000);
        each_line(name_lists::families, [&](auto line) {
            const NameFamily family = new_family(line.substr(0, line.find(' ')));
            each_word(line, [&](auto word) { names[word].add(family); });
        });
        for (const auto list :
             {name_lists::singles, name_lists::chinese_given, name_lists::chinese_surnames}) {
            each_line(list, [&](auto line) { each_word(line, [&](auto word) { add_single(word); }); });
        }
        each_line(name_lists::links, [&](auto line) { add_links(line); });
        each_line(name_lists::surname_spellings, [&](auto line) { add_links(line); });
        each_line(name_lists::double_surnames, [&](auto line) {
            const auto first = line.substr(0, line.find(' '));
            each_word(line, [&](auto word) { double_surnames.emplace(word, first); });
        });
        each_line(name_lists::cantonese, [&](auto line) {
            std::string_view said;
            each_word(line, [&](auto word) {
                if (said.empty())
                    said = word;
                else
                    add_characters(word, said);
            });
        });
    }

    /// All characters of the lists have three bytes in UTF-8.
    void add_characters(std::string_view characters, std::string_view said)
    {
        constexpr std::size_t character_bytes = 3;
        for (; characters.size() >= character_bytes; characters.remove_prefix(character_bytes))
            cantonese.emplace(characters.substr(0, character_bytes), said);
    }

    NameFamily new_family(std::string_view main_form)
    {
        main_forms.push_back(main_form);
        return static_cast<NameFamily>(main_forms.size() - 1);
    }

    void add_single(std::string_view word)
    {
        Known& known = names[word];
        if (known.count == 0)
            known.add(new_family(word));
    }

    void add_links(std::string_view line)
    {
        std::vector<NameFamily> linked;
        each_word(line, [&](auto word) {
            const auto found = names.find(word);
            TALLY_ASSERT(found != names.end());
            for (std::size_t i = 0; i < found->second.count; ++i) {
                if (main_forms[found->second.families[i]] == word)
                    linked.push_back(found->second.families[i]);
            }
        });
        for (const NameFamily a : linked) {
            for (const NameFamily b : linked)
                links[a].push_back(b);
        }
    }
};

const Lists& lists()
{
    static const Lists made;
    return made;
}

constexpr std::array<std::string_view, 23> pinyin_initials = {"zh", "ch", "sh", "b", "p", "m", "f", "d",
                                                              "t",  "n",  "l",  "g", "k", "h", "j", "q",
                                                              "x",  "r",  "z",  "c", "s", "y", "w"};
constexpr std::array<std::string_view, 34> pinyin_finals = {
    "iang", "iong", "uang", "ang", "eng", "ing", "ong", "iao", "ian", "uai", "uan", "ai",
    "ei",   "ui",   "ao",   "ou",  "iu",  "ie",  "ue",  "er",  "an",  "en",  "in",  "un",
    "ia",   "ua",   "uo",   "ve",  "a",   "o",   "e",   "i",   "u",   "v"};

/// Whether the rest of a word is whole syllables of pinyin, at most `syllables` of them.
bool is_pinyin(std::string_view rest, int syllables)
{
    if (rest.empty())
        return true;
    if (syllables == 0)
        return false;
    const auto after_initial = [&](std::string_view tail) {
        return std::ranges::any_of(pinyin_finals, [&](std::string_view final_part) {
            return !tail.empty() && tail.front() == final_part.front() && tail.starts_with(final_part) &&
                   is_pinyin(tail.substr(final_part.size()), syllables - 1);
        });
    };
    return after_initial(rest) || std::ranges::any_of(pinyin_initials, [&](std::string_view initial) {
               return rest.front() == initial.front() && rest.starts_with(initial) &&
                      after_initial(rest.substr(initial.size()));
           });
}

} // namespace

std::span<const NameFamily> families_of_name(std::string_view name)
{
    const auto found = lists().names.find(name);
    if (found == lists().names.end())
        return {};
    return std::span(found->second.families).first(found->second.count);
}

std::string_view main_form(NameFamily family)
{
    return lists().main_forms.at(family);
}

bool are_linked(NameFamily a, NameFamily b)
{
    const auto found = lists().links.find(a);
    return found != lists().links.end() && std::ranges::find(found->second, b) != found->second.end();
}

bool is_chinese_surname(std::string_view name)
{
    return lists().chinese_surnames.contains(name);
}

bool is_chinese_word(std::string_view name)
{
    constexpr int syllables_max = 2;
    return is_chinese_name(name) || (!lists().names.contains(name) && is_pinyin(name, syllables_max));
}

bool is_chinese_name(std::string_view name)
{
    return lists().chinese_surnames.contains(name) || lists().chinese_given.contains(name);
}

bool is_form_of_address(std::string_view word)
{
    return lists().forms_of_address.contains(word);
}

bool is_joining_word(std::string_view word)
{
    return lists().joining_words.contains(word);
}

bool is_note_word(std::string_view word)
{
    return lists().note_words.contains(word);
}

std::string_view first_of_double_surname(std::string_view word)
{
    constexpr std::size_t length_min = 4;
    if (word.size() < length_min)
        return {};
    const auto found = lists().double_surnames.find(word);
    return found == lists().double_surnames.end() ? std::string_view{} : found->second;
}

std::string_view cantonese_of(std::string_view character)
{
    const auto found = lists().cantonese.find(character);
    return found == lists().cantonese.end() ? std::string_view{} : found->second;
}

} // namespace tally::server
