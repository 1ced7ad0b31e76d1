#include "server/merge/spelling.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace tally::server {

namespace {

bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

std::int32_t length_of(std::string_view text)
{
    return static_cast<std::int32_t>(text.size());
}

/// Writings of one sound by several letters, longest first, and the letter that stands for it here.
struct Letters
{
    std::string_view written;
    std::string_view said;
};
constexpr std::array<Letters, 43> sounds = {{
    {"eigh", "i"}, {"igh", "i"}, {"nb", "mb"}, {"np", "mp"}, {"tsch", "C"}, {"sch", "S"}, {"tch", "C"},
    {"sh", "S"},   {"sz", "S"},  {"ch", "C"},  {"cz", "C"},  {"rz", "Z"},   {"zh", "Z"},  {"ph", "f"},
    {"kh", "k"},   {"gh", "g"},  {"th", "t"},  {"dh", "d"},  {"bh", "b"},   {"jh", "j"},  {"ck", "k"},
    {"qu", "k"},   {"ks", "x"},  {"ee", "i"},  {"ea", "i"},  {"ie", "i"},   {"ii", "i"},  {"oo", "u"},
    {"ou", "u"},   {"uu", "u"},  {"aa", "a"},  {"ai", "e"},  {"ay", "e"},   {"ey", "e"},  {"ei", "e"},
    {"iy", "i"},   {"ce", "se"}, {"ci", "si"}, {"cy", "si"}, {"c", "k"},    {"q", "k"},   {"w", "v"},
    {"y", "i"},
}};

/// A table in groups of one first letter, the order within a group kept, and where the groups begin.
template <std::size_t Size>
struct ByLetter
{
    std::array<Letters, Size> table{};
    std::array<std::uint8_t, 27> begins{};

    constexpr explicit ByLetter(const std::array<Letters, Size>& letters)
    {
        std::size_t count = 0;
        for (std::size_t letter = 0; letter < 26; ++letter) {
            begins[letter] = static_cast<std::uint8_t>(count);
            for (const Letters& one : letters) {
                if (one.written.front() == static_cast<char>('a' + letter))
                    table[count++] = one;
            }
        }
        begins[26] = static_cast<std::uint8_t>(count);
    }

    /// What the next letters of a word write together; null when they are letters by themselves.
    [[nodiscard]] const Letters* next(std::string_view word) const
    {
        if (word.front() < 'a' || word.front() > 'z')
            return nullptr;
        const auto letter = static_cast<std::size_t>(word.front() - 'a');
        for (std::size_t i = begins[letter]; i < begins[letter + 1]; ++i) {
            if (word.starts_with(table[i].written))
                return &table[i];
        }
        return nullptr;
    }
};
constexpr ByLetter sounds_by_letter(sounds);

const Letters* next_sound(std::string_view word)
{
    return sounds_by_letter.next(word);
}

/// Keys that stand next to each other on a QWERTY keyboard.
bool are_neighbours_on_keyboard(char a, char b)
{
    constexpr std::array<std::string_view, 3> rows = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
    int row_a = -1;
    int row_b = -1;
    int column_a = 0;
    int column_b = 0;
    for (int row = 0; row < 3; ++row) {
        const auto keys = rows[static_cast<std::size_t>(row)];
        if (const auto at = keys.find(a); at != std::string_view::npos) {
            row_a = row;
            column_a = static_cast<int>(at);
        }
        if (const auto at = keys.find(b); at != std::string_view::npos) {
            row_b = row;
            column_b = static_cast<int>(at);
        }
    }
    if (row_a < 0 || row_b < 0)
        return false;
    // Each row is shifted to the right of the one above it.
    const int apart = column_a - column_b;
    switch (row_b - row_a) {
    case 0:
        return apart == 1 || apart == -1;
    case 1:
        return apart == 0 || apart == 1;
    case -1:
        return apart == 0 || apart == -1;
    default:
        return false;
    }
}

/// Vowels that stand for one another when names are written in Latin letters.
bool are_neighbouring_vowels(char a, char b)
{
    const auto pair = [&](char x, char y) { return (a == x && b == y) || (a == y && b == x); };
    return pair('a', 'e') || pair('e', 'i') || pair('o', 'u') || pair('i', 'y') || pair('a', 'o');
}

/// Consonants that stand for one another when names are written in Latin letters.
bool are_one_sound(char a, char b)
{
    const auto pair = [&](char x, char y) { return (a == x && b == y) || (a == y && b == x); };
    return pair('j', 'z') || pair('s', 'z') || pair('b', 'v') || pair('v', 'w') || pair('k', 'q');
}

/// Karim and Karima, Mario and Maria: another person.
bool differ_in_ending(std::string_view a, std::string_view b)
{
    if (a.size() > b.size())
        std::swap(a, b);
    if (b.size() == a.size() + 1)
        return b.starts_with(a) && b.back() == 'a';
    const auto stem = a.substr(0, a.size() - 1);
    return a.size() == b.size() && b.starts_with(stem) && is_vowel(a.back()) && is_vowel(b.back());
}

enum class SlipKind
{
    Swapped,
    LeftOut,
    Changed
};

/// What the one slip between two words is, and the letters that differ when one was changed.
struct Slip
{
    SlipKind kind = SlipKind::Changed;
    char was = 0;
    char is = 0;
    bool is_inside = false;
};

Slip the_slip(std::string_view a, std::string_view b)
{
    std::size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at])
        ++at;
    if (a.size() != b.size())
        return {.kind = SlipKind::LeftOut};
    if (at + 1 < a.size() && a[at] == b[at + 1] && a[at + 1] == b[at])
        return {.kind = SlipKind::Swapped};
    return {.kind = SlipKind::Changed, .was = a[at], .is = b[at], .is_inside = at > 0 && at + 1 < a.size()};
}

char class_of(char c)
{
    switch (c) {
    case 'b':
        return 'b';
    case 'p':
    case 'f':
        return 'p';
    case 'v':
    case 'w':
        return 'v';
    case 'k':
    case 'q':
    case 'g':
        return 'k';
    case 't':
    case 'd':
        return 't';
    case 's':
    case 'z':
    case 'j':
    case 'x':
    case 'S':
    case 'C':
    case 'Z':
    case 'D':
    case 'T':
        return 's';
    case 'm':
    case 'n':
    case 'l':
    case 'r':
        return c;
    default:
        return is_vowel(c) ? 'a' : c;
    }
}

} // namespace

std::int32_t jaro_winkler_per_mille(std::string_view a, std::string_view b)
{
    if (a.empty() || b.empty())
        return a.empty() && b.empty() ? 1000 : 0;
    const std::size_t longer = std::max(a.size(), b.size());
    const std::size_t window = longer / 2 > 0 ? longer / 2 - 1 : 0;
    std::vector<bool> used_a(a.size());
    std::vector<bool> used_b(b.size());
    std::int64_t matches = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const std::size_t first = i > window ? i - window : 0;
        const std::size_t last = std::min(i + window + 1, b.size());
        for (std::size_t j = first; j < last; ++j) {
            if (used_b[j] || a[i] != b[j])
                continue;
            used_a[i] = true;
            used_b[j] = true;
            ++matches;
            break;
        }
    }
    if (matches == 0)
        return 0;
    std::int64_t out_of_order = 0;
    std::size_t j = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!used_a[i])
            continue;
        while (!used_b[j])
            ++j;
        out_of_order += a[i] != b[j] ? 1 : 0;
        ++j;
    }
    const std::int64_t jaro = (1000 * matches / length_of(a) + 1000 * matches / length_of(b) +
                               1000 * (matches - out_of_order / 2) / matches) /
                              3;
    std::int64_t shared = 0;
    while (shared < 4 && shared < length_of(a) && shared < length_of(b) &&
           a[static_cast<std::size_t>(shared)] == b[static_cast<std::size_t>(shared)])
        ++shared;
    return static_cast<std::int32_t>(jaro + shared * (1000 - jaro) / 10);
}

std::int32_t slips_between(std::string_view a, std::string_view b)
{
    constexpr std::size_t length_max = 32;
    a = a.substr(0, length_max);
    b = b.substr(0, length_max);
    // The last three rows of the table are all that one ever looks back at.
    std::array<std::array<std::int32_t, length_max + 1>, 3> rows;
    for (std::size_t j = 0; j <= b.size(); ++j)
        rows[0][j] = static_cast<std::int32_t>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i + 2) % 3];
        const auto& two_above = rows[(i + 1) % 3];
        row[0] = static_cast<std::int32_t>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::int32_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
            std::int32_t best = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = std::min(best, two_above[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[a.size() % 3][b.size()];
}

std::string sound_of(std::string_view word)
{
    std::string out;
    const bool is_womans_surname =
        word.size() > 5 && (word.ends_with("ska") || word.ends_with("cka") || word.ends_with("zka"));
    while (!word.empty()) {
        const auto* found = next_sound(word);
        if (found == nullptr) {
            if (out.empty() || out.back() != word.front())
                out += word.front();
            word.remove_prefix(1);
            continue;
        }
        if (!out.empty() && out.back() == found->said.front())
            out += found->said.substr(1);
        else
            out += found->said;
        word.remove_prefix(found->written.size());
    }
    if (is_womans_surname)
        out.back() = 'i';
    // A last h is not said, and women's forms of Slavic surnames are one name with the men's.
    if (out.size() > 2 && out.back() == 'h')
        out.pop_back();
    for (const std::string_view ending : {"ova", "eva"}) {
        if (out.size() > ending.size() + 3 && out.ends_with(ending))
            out.pop_back();
    }
    return out;
}

std::string loose_sound_of(std::string_view word)
{
    static constexpr ByLetter by_ear(std::array<Letters, 19>{{
        {"ough", "o"}, {"wr", "r"}, {"cks", "x"}, {"aw", "o"},  {"au", "o"},  {"ow", "o"},  {"oy", "e"},
        {"oi", "e"},   {"dg", "j"}, {"lm", "m"},  {"mb", "m"},  {"ge", "je"}, {"gi", "ji"}, {"gy", "ji"},
        {"tz", "z"},   {"ts", "s"}, {"tk", "dk"}, {"ch", "sh"}, {"cz", "sh"},
    }});
    constexpr std::array<std::string_view, 8> slavic_endings = {"ski", "ska",  "sky",  "cki",
                                                                "cka", "wicz", "vich", "wich"};
    const bool is_slavic =
        word.size() > 4 &&
        std::ranges::any_of(slavic_endings, [&](std::string_view ending) { return word.ends_with(ending); });
    std::string text;
    std::string_view rest = word;
    // Knowles, Wrigley: the first letter is not said.
    if (rest.size() > 3 && (rest.starts_with("kn") || rest.starts_with("wr") || rest.starts_with("gn")))
        rest.remove_prefix(1);
    while (!rest.empty()) {
        const bool is_start = rest.size() == word.size();
        const Letters* found = by_ear.next(rest);
        // Barn and born are two: au and aw are one sound before a consonant or at the end only.
        const bool before_vowel = found != nullptr && found->said == "o" &&
                                  rest.size() > found->written.size() &&
                                  is_vowel(rest[found->written.size()]);
        if (found != nullptr && !before_vowel) {
            text += found->said;
            rest.remove_prefix(found->written.size());
            continue;
        }
        const char c = rest.front();
        const bool is_before_vowel = rest.size() > 1 && is_vowel(rest[1]);
        if (is_slavic && c == 'j')
            text += 'i';
        else if (is_slavic && is_start && c == 'y' && is_before_vowel)
            text += 'i';
        else if (!(is_slavic && c == 'i' && !is_start && is_before_vowel)) // Wisniewski: only softens the n
            text += c;
        rest.remove_prefix(1);
    }
    if (text.ends_with("ore") && text.size() > 5)
        text.resize(text.size() - 2);
    std::string out = sound_of(text);
    for (char& c : out) {
        if (c == 'e')
            c = 'i';
        else if (c == 'o')
            c = 'u';
        else if (is_slavic && c == 'S')
            c = 's';
    }
    // A last e of several consonants is not said; Simone and Simon are both known, and told apart by that.
    if (word.size() > 3 && word.ends_with('e') && !is_vowel(word[word.size() - 2]) && out.size() > 3)
        out.pop_back();
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string consonants_of(const LatinWord& word)
{
    std::string letters;
    for (const char c : word.text) {
        if (c == 'H' || c == 'Y')
            continue;
        letters += c == 'A' ? 'a' : c;
    }
    // Readings of ICU's d, t for letters that are also said z, s are kept as they are by class_of.
    std::string code;
    std::string_view rest = letters;
    if (rest.size() > 3 && (rest.starts_with("kn") || rest.starts_with("wr") || rest.starts_with("gn")))
        rest.remove_prefix(1); // not said: Knott, Wray
    bool is_first = true;
    const auto add = [&](char c) {
        if (code.empty() || code.back() != c)
            code += c;
    };
    while (!rest.empty()) {
        const auto* found = next_sound(rest);
        const char letter = rest.front();
        char said = letter;
        std::size_t length = 1;
        if (found != nullptr && letter != 'y' && letter != 'w') {
            said = found->said.front();
            // "ce" is "se": only its consonant is taken here.
            length = found->said.size() > 1 ? 1 : found->written.size();
        }
        if (is_first && (is_vowel(said) || said == 'y')) {
            add('a');
        } else if (said == 'w' || said == 'v') {
            // Between a vowel and a consonant w is part of the vowel, as in Chowdhury.
            const bool before_vowel = rest.size() > length && (is_vowel(rest[length]) || rest[length] == 'y');
            if (said == 'v' || is_first || before_vowel)
                add('v');
        } else if (said == 'h' || said == 'y') {
            if (is_first)
                add(said);
        } else if (!is_vowel(said)) {
            add(class_of(said));
        }
        is_first = false;
        rest.remove_prefix(length);
    }
    return code;
}

char first_sound_of(std::string_view word)
{
    if (word.empty())
        return ' ';
    switch (word.front()) {
    case 'A':
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
        return 'a';
    case 'c':
    case 'k':
    case 'q':
        return 'k';
    case 's':
    case 'z':
    case 'x':
    case 'D':
    case 'T':
    case 'j': // Zakir is Jakir in Bengal, and Yasmin Jasmin
    case 'y':
    case 'Y':
    case 'g':
        return 's';
    case 'v':
    case 'w':
        return 'v';
    case 'p':
    case 'f':
        return 'p';
    default:
        return word.front();
    }
}

bool is_slip(std::string_view a, std::string_view b, SlipDoubt doubt)
{
    const std::size_t shorter = std::min(a.size(), b.size());
    const std::size_t longer = std::max(a.size(), b.size());
    if (shorter < 3 || longer < 4 || longer - shorter > 2 || differ_in_ending(a, b))
        return false;
    const std::int32_t slips = slips_between(a, b);
    if (slips == 0)
        return true;
    if (slips > 2)
        return false;
    const bool is_doubtful = doubt == SlipDoubt::NeitherIsKnown;
    if (slips == 2) {
        // Roberts and Robertson, George and Georgeta: an ending is no slip.
        if (longer == shorter + 2 && (a.starts_with(b) || b.starts_with(a)))
            return false;
        constexpr std::size_t long_word = 12;
        if (longer >= long_word && a.front() == b.front())
            return true;
        // People rarely mistype the first letter, and two slips say little in a short word.
        const std::int32_t likeness_min = is_doubtful ? 940 : 900;
        const std::size_t length_min = is_doubtful ? 9 : 7;
        return a.front() == b.front() && longer >= length_min && jaro_winkler_per_mille(a, b) >= likeness_min;
    }
    const Slip slip = the_slip(a, b);
    switch (slip.kind) {
    case SlipKind::Swapped:
        return true;
    case SlipKind::LeftOut:
        return a.front() == b.front() && longer >= 5;
    case SlipKind::Changed:
        break;
    }
    if (a.front() != b.front())
        return false;
    if (!is_doubtful && longer >= 5)
        return true;
    if (longer < 5)
        return !is_doubtful && slip.is_inside && are_neighbouring_vowels(slip.was, slip.is);
    return (slip.is_inside &&
            ((is_vowel(slip.was) && is_vowel(slip.is)) || are_neighbouring_vowels(slip.was, slip.is) ||
             are_one_sound(slip.was, slip.is))) ||
           (longer >= 6 && are_neighbours_on_keyboard(slip.was, slip.is)) || longer >= 8;
}

bool differ_in_vowels_alone(std::string_view a, std::string_view b, SlipDoubt doubt)
{
    const std::string said_a = sound_of(a);
    const std::string said_b = sound_of(b);
    if (std::min(said_a.size(), said_b.size()) < 4 || differ_in_ending(a, b))
        return false;
    if (doubt == SlipDoubt::OneIsKnown) {
        const auto [one, other] = std::ranges::mismatch(said_a, said_b);
        return said_a.size() == said_b.size() && one != said_a.end() && one + 1 != said_a.end() &&
               are_neighbouring_vowels(*one, *other) && std::equal(one + 1, said_a.end(), other + 1);
    }
    constexpr std::size_t length_min = 6;
    const bool is_first_like =
        a.front() == b.front() || are_neighbouring_vowels(a.front(), b.front()); // Uday, Oday
    if (std::min(a.size(), b.size()) < length_min || !is_first_like)
        return false;
    const auto consonants = [](std::string text) {
        std::erase_if(text, is_vowel);
        return text;
    };
    return consonants(said_a) == consonants(said_b) && slips_between(said_a, said_b) <= 2 &&
           is_vowel(said_a.back()) == is_vowel(said_b.back());
}

bool differ_in_nasal_alone(std::string_view a, std::string_view b)
{
    constexpr std::size_t length_min = 5;
    if (a.size() > b.size())
        std::swap(a, b);
    if (b.size() != a.size() + 1 || a.size() < length_min)
        return false;
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    if (at == 0 || at >= a.size())
        return false;
    const auto is_nasal = [](char c) { return c == 'm' || c == 'n'; };
    // a, on: two letters for one; e, en: one letter more.
    if (a[at] == 'a' && b[at] == 'o')
        return is_nasal(b[at + 1]) && !is_vowel(a[at + 1 < a.size() ? at + 1 : at]) &&
               a.substr(at + 1) == b.substr(at + 2);
    return (a[at - 1] == 'e' || a[at - 1] == 'a') && is_nasal(b[at]) && !is_vowel(a[at]) &&
           (a.ends_with("ki") || a.ends_with("ka")) && a.substr(at) == b.substr(at + 1);
}

bool are_one_clan(std::string_view a, std::string_view b)
{
    const auto rest_of = [](std::string_view word) {
        const std::size_t prefix = word.starts_with("mac") ? 3 : word.starts_with("mc") ? 2 : 0;
        return prefix == 0 ? std::string_view{} : word.substr(prefix);
    };
    constexpr std::size_t rest_min = 3;
    const auto one = rest_of(a);
    const auto other = rest_of(b);
    if (one.size() < rest_min || other.size() < rest_min)
        return false;
    return one == other || sound_of(one) == sound_of(other);
}

bool differ_in_one_consonant(std::string_view a, std::string_view b)
{
    constexpr std::size_t length_min = 4;
    const std::string said_a = sound_of(a);
    const std::string said_b = sound_of(b);
    if (said_a.size() != said_b.size() || said_a.size() < length_min)
        return false;
    const auto [one, other] = std::ranges::mismatch(said_a, said_b);
    if (one == said_a.end() || !std::equal(one + 1, said_a.end(), other + 1))
        return false;
    const auto pair = [mine = *one, yours = *other](char x, char y) {
        return (mine == x && yours == y) || (mine == y && yours == x);
    };
    const auto has = [&](std::string_view letters) {
        return a.find(letters) != std::string_view::npos || b.find(letters) != std::string_view::npos;
    };
    // Gamila is Jamila in Egypt; Chiriac is said Kiriac.
    const bool is_g_or_k = pair('j', 'g') || (pair('C', 'k') && has("ch"));
    if (one == said_a.begin())
        return pair('j', 'z') || is_g_or_k;
    return is_g_or_k || pair('j', 'z') || (pair('C', 'S') && has("ch")) || (pair('t', 's') && has("th")) ||
           (pair('d', 'z') && (has("dh") || has("z"))) || (pair('s', 'S') && has("sh"));
}

namespace {

constexpr std::int32_t never = 10'000;

/// The Latin word as sounds: consonants that two letters write are one.
std::string sounds_of_latin(std::string_view word)
{
    std::string out;
    while (!word.empty()) {
        const char c = word.front();
        const bool has_h = word.size() > 1 && word[1] == 'h';
        if (word.starts_with("sch") || word.starts_with("tch")) {
            out += word.front() == 's' ? 'S' : 'C';
            word.remove_prefix(3);
        } else if (word.starts_with("sh") || word.starts_with("sz")) {
            out += 'S';
            word.remove_prefix(2);
        } else if (word.starts_with("ch") || word.starts_with("cz")) {
            out += 'C';
            word.remove_prefix(2);
        } else if (word.starts_with("ph")) {
            out += 'f';
            word.remove_prefix(2);
        } else if (word.starts_with("ck")) {
            out += 'k';
            word.remove_prefix(2);
        } else if (has_h &&
                   (c == 'k' || c == 'g' || c == 't' || c == 'd' || c == 'b' || c == 'z' || c == 'j')) {
            out += c == 't' ? 'T' : c;
            word.remove_prefix(2);
        } else if (c == 'x') {
            out += "ks";
            word.remove_prefix(1);
        } else if (!out.empty() && out.back() == c && !is_vowel(c)) {
            word.remove_prefix(1);
        } else {
            out += c == 'q' ? 'k' : c == 'c' ? 'k' : c;
            word.remove_prefix(1);
        }
    }
    return out;
}

bool is_mater(char c)
{
    return c == 'a' || c == 'w' || c == 'y' || c == 'A' || c == 'H';
}

/// What it costs to read a letter of an abjad as a Latin sound.
std::int32_t abjad_cost(char native, char latin, bool is_first, bool is_last)
{
    switch (native) {
    case 'a':
        return latin == 'a' || (is_first && is_vowel(latin)) ? 0 : latin == 'e' ? 150 : never;
    case 'A':
        return is_vowel(latin) ? 0 : never;
    case 'H':
        return latin == 'a' || latin == 'h' || latin == 'e' ? 0 : latin == 't' ? 100 : never;
    case 'w':
        return latin == 'o' || latin == 'u' || latin == 'w' || latin == 'v' ? 0 : never;
    case 'y':
        if (latin == 'a' && is_last)
            return 0; // alef maksura
        return latin == 'i' || latin == 'e' || latin == 'y' ? 0 : latin == 'j' ? 300 : never;
    case 'D':
        return latin == 'd' || latin == 'z' ? 0 : never;
    case 'T':
        return latin == 'T' || latin == 's' || latin == 't' ? 0 : never;
    default:
        break;
    }
    const char plain = latin == 'T' ? 't' : latin;
    if (native == plain)
        return 0;
    if (is_vowel(plain) || is_vowel(native))
        return never;
    const auto pair = [&](char x, char y) {
        return (native == x && plain == y) || (native == y && plain == x);
    };
    if (pair('k', 'g') || pair('b', 'p') || pair('f', 'v') || pair('j', 'g') || pair('j', 'z') ||
        pair('f', 'p') || pair('C', 'j') || pair('s', 'z') || pair('C', 'S') || pair('d', 't'))
        return 250;
    return never;
}

std::int32_t indic_cost(char native, char latin)
{
    const char plain = latin == 'T' ? 't' : latin;
    if (native == 'A')
        return plain == 'a' ? 0 : is_vowel(plain) ? 200 : never;
    if (native == 'Y')
        return plain == 'y' || is_vowel(plain) ? 0 : never;
    if (native == plain)
        return 0;
    if (native == 'a')
        return plain == 'o' || plain == 'u' ? 50 : is_vowel(plain) ? 100 : never;
    if (is_vowel(native) && (is_vowel(plain) || plain == 'y' || plain == 'w')) {
        const bool is_near = are_neighbouring_vowels(native, plain) || (native == 'o' && plain == 'a') ||
                             (native == 'i' && plain == 'y') || (native == 'u' && plain == 'w') ||
                             (native == 'o' && plain == 'w');
        return is_near ? 50 : 250;
    }
    if (is_vowel(native) || is_vowel(plain))
        return never;
    const auto pair = [&](char x, char y) {
        return (native == x && plain == y) || (native == y && plain == x);
    };
    if (pair('y', 'j') || pair('y', 'z') || pair('j', 'z') || pair('s', 'S') || pair('C', 's') ||
        pair('C', 'S') || pair('f', 'p') || pair('b', 'v') || pair('b', 'w') || pair('v', 'w') ||
        pair('d', 'T') || pair('t', 'd'))
        return 100;
    return never;
}

} // namespace

std::int32_t reads_as_per_mille(const LatinWord& native, std::string_view latin)
{
    constexpr std::size_t length_max = 40;
    const bool is_abjad = native.writing == Writing::Abjad;
    const std::string from = sounds_of_latin(native.text);
    const std::string to = sounds_of_latin(latin);
    if (from.empty() || to.empty() || from.size() > length_max || to.size() > length_max)
        return 0;

    const auto left_out_of_native = [&](std::size_t i) -> std::int32_t {
        const char c = from[i];
        const bool is_last = i + 1 == from.size();
        if (is_abjad)
            return c == 'A' || c == 'H' ? 0 : c == 'h' ? 350 : is_mater(c) ? 450 : never;
        if (c == 'a' || c == 'Y')
            return 0;
        if (c == 'A')
            return is_last ? 450 : 250;
        return c == 'h' ? 100 : is_vowel(c) ? 350 : never;
    };
    const auto left_out_of_latin = [&](std::size_t j) -> std::int32_t {
        const char c = to[j];
        const bool is_last = j + 1 == to.size();
        if (c == 'h')
            return is_last ? 0 : 350;
        if (c == 'w' || c == 'y')
            return is_abjad ? 350 : 50;
        if (!is_vowel(c))
            return never;
        if (is_last)
            return 450;
        return is_abjad ? 0 : 200;
    };

    // [was a vowel of the Latin word left out just before][letters read][letters written]
    using Table = std::array<std::array<std::int32_t, length_max + 1>, length_max + 1>;
    std::array<Table, 2> tables{};
    for (auto& row : tables[0])
        row.fill(never);
    tables[1] = tables[0];
    tables[0][0][0] = 0;
    const auto lower = [](std::int32_t& cost, std::int32_t to_cost) { cost = std::min(cost, to_cost); };
    for (std::size_t i = 0; i <= from.size(); ++i) {
        for (std::size_t j = 0; j <= to.size(); ++j) {
            for (const bool after_vowel : {false, true}) {
                const std::int32_t here = tables[after_vowel ? 1 : 0][i][j];
                if (here >= never)
                    continue;
                if (i < from.size() && j < to.size()) {
                    const bool is_first = i == 0 && j == 0;
                    const bool is_last = i + 1 == from.size();
                    lower(tables[0][i + 1][j + 1],
                          here + (is_abjad ? abjad_cost(from[i], to[j], is_first, is_last)
                                           : indic_cost(from[i], to[j])));
                }
                if (i < from.size())
                    lower(tables[0][i + 1][j], here + left_out_of_native(i));
                if (j < to.size() && is_vowel(to[j])) {
                    // Two vowels together are a long one, which an abjad writes.
                    constexpr std::int32_t long_vowel = 450;
                    lower(tables[1][i][j + 1],
                          here + left_out_of_latin(j) + (after_vowel && is_abjad ? long_vowel : 0));
                } else if (j < to.size()) {
                    lower(tables[0][i][j + 1], here + left_out_of_latin(j));
                }
            }
        }
    }
    const std::int32_t cost = std::min(tables[0][from.size()][to.size()], tables[1][from.size()][to.size()]);
    constexpr std::int32_t cost_max = 420;
    return cost > cost_max ? 0 : 930 - cost / 4;
}

} // namespace tally::server
