#include "server/merge/person_name.h"

#include "server/merge/short_forms.h"
#include "server/merge/spelling.h"

#include <algorithm>
#include <array>

namespace tally::server {

namespace {

constexpr std::size_t words_max = 8;

/// What each way of being alike is worth.
namespace worth {
constexpr std::int32_t same = 1000;
constexpr std::int32_t family = 960;
constexpr std::int32_t sound = 930;
constexpr std::int32_t slip = 880;
constexpr std::int32_t other_language = 850;
constexpr std::int32_t beginning = 700;
constexpr std::int32_t initial = 650;
constexpr std::int32_t both_initials = 800;
/// From here on a word speaks for itself.
constexpr std::int32_t strong = 850;

constexpr std::int32_t less_for_order = 30;
constexpr std::int32_t less_for_extra = 70;
constexpr std::int32_t less_for_slight_extra = 20;
constexpr std::int32_t less_for_generation = 60;
constexpr std::int32_t less_for_common = 120;
} // namespace worth

bool is_common_word(std::string_view main_text)
{
    constexpr std::array<std::string_view, 6> common = {"mohammed", "abdul",  "syed",
                                                        "syeda",    "sheikh", "uddin"};
    return std::ranges::find(common, main_text) != common.end();
}

std::int32_t generation_of(std::string_view word)
{
    if (word == "jr" || word == "jnr" || word == "junior" || word == "ii" || word == "2nd")
        return 2;
    if (word == "sr" || word == "snr" || word == "senior")
        return 1;
    return word == "iii" || word == "3rd" ? 3 : 0;
}

void insert_after(std::vector<LatinWord>& words, std::size_t at, LatinWord word)
{
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(word));
}

/// Names of Arabic that a native script writes in a way that can be read off: Abdul, Abdullah, Md.
void read_native(std::vector<LatinWord>& words)
{
    constexpr std::string_view abd = "Abd";
    for (std::size_t i = 0; i < words.size(); ++i) {
        LatinWord& word = words[i];
        if (word.writing == Writing::Indic && word.text == "moh") {
            word = {"md", Writing::Latin};
            continue;
        }
        // Abdul, Abdur, Abdus: the article in front of another name.
        constexpr std::size_t abdul_max = 7;
        if (word.writing == Writing::Indic && i + 1 < words.size() && word.text.starts_with("Abdu") &&
            word.text.size() <= abdul_max && word.text.find("ll") == std::string::npos) {
            word = {"abdul", Writing::Latin};
            continue;
        }
        if (word.writing != Writing::Abjad || !word.text.starts_with(abd))
            continue;
        if (word.text == "AbdallH" || word.text == "Abdallh") {
            word = {"abdullah", Writing::Latin};
        } else if (word.text == abd) {
            word = {"abdul", Writing::Latin};
            if (i + 1 < words.size() && (words[i + 1].text == "allH" || words[i + 1].text == "allh")) {
                word.text = "abdullah";
                words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            }
        } else if (word.text.starts_with("Abdal")) {
            LatinWord rest{word.text.substr(5), Writing::Abjad};
            word = {"abdul", Writing::Latin};
            insert_after(words, i, std::move(rest));
        }
    }
}

bool is_abdullah(std::string_view text)
{
    constexpr std::string_view abdulla = "abdulla";
    return text.starts_with(abdulla) && (text.size() == abdulla.size() || text[abdulla.size()] == 'h');
}

/// Abdulrahman is Abdul Rahman; Abdullah is a name of its own.
void split_abdul(std::vector<LatinWord>& words)
{
    constexpr std::size_t rest_min = 3;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string& text = words[i].text;
        if (words[i].writing != Writing::Latin || is_abdullah(text) || text == "abdallah")
            continue;
        // Abdessamad, Abderrahim: the article's l has become the next letter, which is doubled.
        constexpr std::size_t doubled_at = 4;
        if (text.size() > doubled_at + 1 + rest_min && text.starts_with("abd") &&
            text[doubled_at] == text[doubled_at + 1] && text[doubled_at] != 'l') {
            LatinWord rest{text.substr(doubled_at + 1), Writing::Latin};
            text = "abdul";
            insert_after(words, i, std::move(rest));
            continue;
        }
        for (const std::string_view start : {"abdul", "abdel", "abdur", "abdus", "abdal"}) {
            if (!text.starts_with(start) || text.size() < start.size() + rest_min)
                continue;
            LatinWord rest{text.substr(start.size()), Writing::Latin};
            // Abdurrahman: the article takes the first letter of what follows.
            if (rest.text[0] == rest.text[1])
                rest.text.erase(0, 1);
            text = "abdul";
            insert_after(words, i, std::move(rest));
            break;
        }
    }
}

/// Alhassan is Al Hassan, and Elsayed El Sayed; Alison is a name of its own.
void split_article(std::vector<LatinWord>& words)
{
    constexpr std::size_t rest_min = 4;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string& text = words[i].text;
        const bool has_article = text.starts_with("al") || text.starts_with("el");
        if (words[i].writing != Writing::Latin || !has_article || text.size() < 2 + rest_min ||
            !families_of_name(text).empty())
            continue;
        LatinWord rest{text.substr(2), Writing::Latin};
        if (rest.text.back() == 'y')
            rest.text.back() = 'i';
        if (families_of_name(rest.text).empty())
            continue;
        text.resize(2);
        insert_after(words, i, std::move(rest));
    }
}

/// JP is J. P.; Ng and Md are names.
void split_initials(std::vector<LatinWord>& words)
{
    const auto is_consonant = [](char c) {
        return c >= 'b' && c <= 'z' && std::string_view("eiouy").find(c) == std::string_view::npos;
    };
    for (std::size_t i = 0; i < words.size() && words.size() > 1; ++i) {
        std::string& text = words[i].text;
        if (words[i].writing != Writing::Latin || text.size() != 2 || !is_consonant(text[0]) ||
            !is_consonant(text[1]) || text == "mc" || !families_of_name(text).empty() ||
            is_joining_word(text) || is_form_of_address(text))
            continue;
        LatinWord second{text.substr(1), Writing::Latin};
        text.resize(1);
        insert_after(words, i, std::move(second));
    }
}

/// Mc Cann is McCann. A lone Mac may be a first name.
void join_clans(std::vector<LatinWord>& words)
{
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i].text != "mc" && (words[i].text != "mac" || words.size() < 3))
            continue;
        words[i].text += words[i + 1].text;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
}

/// Ouyang is written as one word or as two.
void split_double_surnames(std::vector<LatinWord>& words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string& text = words[i].text;
        const std::string_view first = first_of_double_surname(text);
        if (first.empty() || first.size() == text.size() || words[i].writing != Writing::Latin)
            continue;
        LatinWord second{text.substr(first.size()), Writing::Latin};
        text.resize(first.size());
        insert_after(words, i, std::move(second));
    }
}

bool is_joined_joining(std::string_view text)
{
    return text == "vander" || text == "vanden" || text == "vande" || text == "vonder" || text == "dela" ||
           text == "delos" || text == "delas";
}

/// Van der Berg joins with one word, so that Vanderberg is the same two.
void join_joining_words(std::vector<LatinWord>& words)
{
    constexpr std::array<std::string_view, 4> first = {"van", "von", "de", "da"};
    constexpr std::array<std::string_view, 7> second = {"der", "den", "de", "la", "los", "las", "ter"};
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
        if (std::ranges::find(first, words[i].text) == first.end() ||
            std::ranges::find(second, words[i + 1].text) == second.end())
            continue;
        words[i].text += words[i + 1].text;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
}

/// What follows an article in names of Bengal: the Islam of Foyzul Islam.
bool is_after_article(std::string_view text)
{
    constexpr std::array<std::string_view, 6> after = {"islam", "haque", "rahman", "alam", "karim", "hasan"};
    const auto families = families_of_name(text);
    return std::ranges::any_of(families, [&](NameFamily family) {
        return std::ranges::find(after, main_form(family)) != after.end();
    });
}

/// Nizamuddin is Nizam Uddin, Shafiqul Islam is Shafiq Islam, Rameshbhai is Ramesh.
void split_endings(std::vector<LatinWord>& words)
{
    constexpr std::size_t rest_min = 3;
    const auto is_known = [](std::string_view text) { return !families_of_name(text).empty(); };
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string& text = words[i].text;
        if (words[i].writing != Writing::Latin)
            continue;
        const auto stem_before = [&](std::string_view ending) {
            return text.size() >= ending.size() + rest_min && text.ends_with(ending)
                       ? std::string_view(text).substr(0, text.size() - ending.size())
                       : std::string_view{};
        };
        for (const std::string_view ending : {"bhai", "ben"}) {
            if (const auto stem = stem_before(ending); !stem.empty() && is_known(stem) && !is_known(text)) {
                text.resize(stem.size());
                break;
            }
        }
        for (const std::string_view ending : {"ul", "ur"}) {
            if (const auto stem = stem_before(ending);
                i + 1 < words.size() && !stem.empty() &&
                (is_known(stem) || (stem.size() > rest_min && is_after_article(words[i + 1].text)))) {
                text.resize(stem.size());
                break;
            }
        }
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (const std::string_view ending : {"uddin", "uddeen", "eddine", "udin", "eddin"}) {
            std::string& text = words[i].text;
            if (words[i].writing != Writing::Latin || !text.ends_with(ending) ||
                text.size() < ending.size() + rest_min)
                continue;
            text.resize(text.size() - ending.size());
            insert_after(words, i, {"uddin", Writing::Latin});
            break;
        }
    }
    // Asaduzzaman is Asad Zaman, as Asad uz Zaman is.
    for (std::size_t i = 0; i < words.size(); ++i) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 3> ends = {
            {{"uzzaman", "zaman"}, {"ulain", "ain"}, {"ulhaq", "haq"}}};
        std::string& text = words[i].text;
        for (const auto& [ending, name] : ends) {
            if (words[i].writing != Writing::Latin || !text.ends_with(ending) ||
                text.size() < ending.size() + rest_min)
                continue;
            text.resize(text.size() - ending.size());
            insert_after(words, i, {std::string(name), Writing::Latin});
            break;
        }
    }
    // Nizam ud Din.
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if ((words[i].text == "ud" || words[i].text == "ed" || words[i].text == "al" ||
             words[i].text == "ul" || words[i].text == "ad") &&
            (words[i + 1].text == "din" || words[i + 1].text == "deen")) {
            words[i].text = "uddin";
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    }
}

/// Mrs, Dr and the like at the beginning, BSc and the like at the end, and words that only join names; as
/// long as two words remain.
void leave_out_what_is_no_name(std::vector<LatinWord>& words)
{
    while (words.size() > 1 && is_form_of_address(words.front().text))
        words.erase(words.begin());
    while (words.size() > 2 && is_form_of_address(words.back().text))
        words.pop_back();
    std::erase_if(words, [](const LatinWord& word) { return word.text == "nee"; });
    for (std::size_t i = words.size(); i-- > 0 && words.size() > 2;) {
        if (is_note_word(words[i].text))
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

/// Mr, Mrs and the like at either end.
Address address_of(const std::vector<LatinWord>& words)
{
    constexpr std::array<std::string_view, 8> women = {"mrs",  "miss", "ms",   "madam",
                                                       "lady", "dame", "pani", "mme"};
    constexpr std::array<std::string_view, 4> men = {"mr", "mister", "sir", "monsieur"};
    if (words.size() < 2)
        return Address::Unsaid;
    for (const LatinWord* word : {&words.front(), &words.back()}) {
        if (std::ranges::find(women, word->text) != women.end())
            return Address::Woman;
        if (std::ranges::find(men, word->text) != men.end())
            return Address::Man;
    }
    return Address::Unsaid;
}

/// A telephone number beside a name; Volunteer 1 and Volunteer 2 are told apart by theirs.
bool is_long_number(const LatinWord& word)
{
    constexpr std::size_t length_min = 4;
    return word.text.size() >= length_min &&
           std::ranges::all_of(word.text, [](char c) { return c >= '0' && c <= '9'; });
}

bool share_family(const NameWord& a, const NameWord& b)
{
    return std::ranges::any_of(a.families, [&](NameFamily family) {
        return std::ranges::find(b.families, family) != b.families.end();
    });
}

bool have_linked_family(const NameWord& a, const NameWord& b)
{
    return std::ranges::any_of(a.families, [&](NameFamily one) {
        return std::ranges::any_of(b.families, [&](NameFamily other) { return are_linked(one, other); });
    });
}

bool is_number(std::string_view text)
{
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

struct WordLikeness
{
    std::int32_t per_mille = 0;
    NameMatch match = NameMatch::None;
};

WordLikeness compare_initial(const NameWord& initial, const NameWord& other)
{
    const char letter = initial.written.text.front();
    if (is_number(initial.written.text))
        return {};
    if (other.is_initial())
        return letter == other.written.text.front() ? WordLikeness{worth::both_initials, NameMatch::Same}
                                                    : WordLikeness{};
    bool stands_for = letter == other.written.text.front();
    for (const NameFamily family : other.families)
        stands_for = stands_for || main_form(family).front() == letter;
    if (other.written.writing == Writing::Abjad || other.written.writing == Writing::Indic)
        stands_for = stands_for || first_sound_of(other.written.text) == first_sound_of(initial.written.text);
    return stands_for ? WordLikeness{worth::initial, NameMatch::Initial} : WordLikeness{};
}

bool is_native(const NameWord& word)
{
    return word.written.writing == Writing::Abjad || word.written.writing == Writing::Indic;
}

/// A word of a script that says less than Latin letters do, against one in Latin letters.
WordLikeness compare_scripts(const NameWord& native, const NameWord& latin)
{
    std::int32_t best = 0;
    const auto read = [&](const LatinWord& word) {
        best = std::max(best, reads_as_per_mille(word, latin.written.text));
        for (const NameFamily family : latin.families)
            best = std::max(best, reads_as_per_mille(word, main_form(family)));
    };
    read(native.written);
    // Shafiqul Islam: the article at the end was taken off the Latin word.
    const std::string& text = native.written.text;
    if (best == 0 && native.written.writing == Writing::Indic && text.size() > 6 &&
        (text.ends_with("ula") || text.ends_with("ura")))
        read({text.substr(0, text.size() - 3), Writing::Indic});
    return {best, best > 0 ? NameMatch::Script : NameMatch::None};
}

/// Dan is listed for Daniel, and may be Danuta's short form as well. A name that is whole by itself (Jan) is
/// nobody's short form.
WordLikeness compare_known(const NameWord& a, const NameWord& b)
{
    const NameWord& shorter = a.written.text.size() < b.written.text.size() ? a : b;
    const NameWord& longer = &shorter == &a ? b : a;
    const std::string& form = shorter.written.text;
    constexpr std::size_t form_min = 3;
    constexpr std::size_t rest_min = 3;
    const bool is_whole = std::ranges::any_of(
        shorter.families, [&](NameFamily family) { return main_form(family) == std::string_view(form); });
    if (is_whole || shorter.is_common || form.size() < form_min ||
        longer.written.text.size() < form.size() + rest_min || !longer.written.text.starts_with(form))
        return {};
    return {worth::beginning, NameMatch::Form};
}

WordLikeness compare_words(const NameWord& a, const NameWord& b)
{
    const std::string& text_a = a.written.text;
    const std::string& text_b = b.written.text;
    if (a.is_initial() || b.is_initial())
        return a.is_initial() ? compare_initial(a, b) : compare_initial(b, a);
    if (text_a == text_b)
        return {worth::same, NameMatch::Same};
    if (is_number(text_a) || is_number(text_b))
        return {};
    if (is_native(a) != is_native(b))
        return is_native(a) ? compare_scripts(a, b) : compare_scripts(b, a);
    if (is_native(a)) {
        if (a.written.writing == b.written.writing) {
            // Most letters are consonants here, so only longer words leave room for a slip.
            const bool near =
                std::min(text_a.size(), text_b.size()) >= 5 && slips_between(text_a, text_b) == 1;
            return near ? WordLikeness{worth::slip, NameMatch::Slip} : WordLikeness{};
        }
        return consonants_of(a.written) == consonants_of(b.written)
                   ? WordLikeness{worth::slip, NameMatch::Script}
                   : WordLikeness{};
    }
    if (share_family(a, b) || (!a.written.other.empty() && a.written.other == text_b) ||
        (!b.written.other.empty() && b.written.other == text_a))
        return {worth::family, NameMatch::Form};
    if (have_linked_family(a, b))
        return {worth::other_language, NameMatch::Form};
    if (a.is_chinese && b.is_chinese)
        return {}; // syllables of pinyin: a letter makes another name
    // Most words are nothing alike, which is cheap to see.
    const std::size_t shorter = std::min(text_a.size(), text_b.size());
    const std::size_t longer = std::max(text_a.size(), text_b.size());
    constexpr std::size_t letters_apart_max = 3;
    const bool may_sound_alike =
        longer - shorter <= letters_apart_max && first_sound_of(text_a) == first_sound_of(text_b);
    if (shorter >= 3 && may_sound_alike && sound_of(text_a) == sound_of(text_b))
        return {worth::sound, NameMatch::Form};
    if (differ_in_nasal_alone(text_a, text_b) || are_one_clan(text_a, text_b))
        return {worth::sound, NameMatch::Form};
    const bool is_known_a = !a.families.empty();
    const bool is_known_b = !b.families.empty();
    if (is_known_a && is_known_b)
        return compare_known(a, b);
    if (a.loose_sound == b.loose_sound && a.loose_sound.size() >= 3)
        return {worth::slip, NameMatch::Form};
    const SlipDoubt doubt = is_known_a || is_known_b ? SlipDoubt::OneIsKnown : SlipDoubt::NeitherIsKnown;
    if (is_slip(text_a, text_b, doubt))
        return {worth::slip, NameMatch::Slip};
    if (may_sound_alike && differ_in_vowels_alone(text_a, text_b, doubt))
        return {worth::slip, NameMatch::Form};
    if (may_sound_alike && differ_in_one_consonant(text_a, text_b))
        return {worth::slip, NameMatch::Form};
    if (doubt == SlipDoubt::NeitherIsKnown)
        return {};
    // Geoffrye is Geoff as well: a slip of the name that he is short for.
    const NameWord& known_word = is_known_a ? a : b;
    const std::string& unknown = is_known_a ? text_b : text_a;
    for (const NameFamily family : known_word.families) {
        const std::string_view main = main_form(family);
        if (main != known_word.written.text && main.front() == unknown.front() &&
            is_slip(unknown, main, doubt))
            return {worth::slip, NameMatch::Slip};
    }
    // A short form that nobody listed.
    const std::string& known = known_word.written.text;
    if (is_fond_form(unknown, known) || is_form_with_z(unknown, known) || is_contraction(unknown, known))
        return {worth::beginning, NameMatch::Form};
    return {};
}

/// Czarnecka is Czarnecki's sister or wife, and one name with his.
std::span<const NameFamily> families_of(const std::string& text)
{
    const auto families = families_of_name(text);
    const bool is_womans = text.ends_with("ska") || text.ends_with("cka") || text.ends_with("zka");
    if (!families.empty() || !is_womans)
        return families;
    std::string mans = text;
    mans.back() = 'i';
    return families_of_name(mans);
}

NameWord joined(const NameWord& a, const NameWord& b)
{
    NameWord word;
    word.written = {a.written.text + b.written.text, a.written.writing};
    if (!a.written.other.empty() && !b.written.other.empty())
        word.written.other = a.written.other + b.written.other;
    if (!is_native(word))
        word.families = families_of_name(word.written.text);
    return word;
}

/// Finds for every word of the shorter name a word (or two joined) of the longer, with the most in common.
class Assignment
{
public:
    Assignment(const PersonName& shorter, const PersonName& longer) : m_shorter(shorter), m_longer(longer)
    {
        for (std::size_t i = 0; i < shorter.words.size(); ++i) {
            for (std::size_t j = 0; j < longer.words.size(); ++j)
                m_likeness[i][j] = compare_words(shorter.words[i], longer.words[j]);
        }
    }

    struct Found
    {
        std::int32_t sum = -1; ///< negative when some word has no partner
        std::int32_t pairs = 0;
        std::int32_t strong = 0;         ///< pairs that are no mere initial
        std::int32_t strong_telling = 0; ///< of those, not a common word such as Mohammed
        std::uint32_t used = 0;          ///< bits of the longer name's words
        bool is_in_order = true;
        NameMatch match = NameMatch::Same; ///< of the least alike pair
        std::int32_t least = 1001;
    };

    [[nodiscard]] Found best()
    {
        m_best = {};
        step(0, 0, {.sum = 0});
        return m_best;
    }

private:
    void step(std::size_t i, std::int32_t last, const Found& so_far)
    {
        if (i == m_shorter.words.size()) {
            const auto rank = [](const Found& found) {
                if (found.pairs == 0)
                    return -1;
                const std::int32_t enough = found.pairs > 1 || found.strong > 1 ? 100'000 : 0;
                return enough + 10 * found.sum / found.pairs + (found.is_in_order ? 1 : 0);
            };
            if (m_best.sum < 0 || rank(so_far) > rank(m_best))
                m_best = so_far;
            return;
        }
        if (m_shorter.words[i].is_joining)
            step(i + 1, last, so_far);
        for (std::size_t j = 0; j < m_longer.words.size(); ++j) {
            const std::uint32_t bit = 1U << j;
            if ((so_far.used & bit) != 0)
                continue;
            const WordLikeness one = m_likeness[i][j];
            if (one.per_mille > 0) {
                const bool common = m_shorter.words[i].is_common && m_longer.words[j].is_common;
                step(i + 1, static_cast<std::int32_t>(j), with(so_far, one, bit, j, last, common));
            }
            if (j + 1 < m_longer.words.size() && (so_far.used & (bit << 1)) == 0 &&
                can_join(m_longer, j, m_shorter.words[i])) {
                const WordLikeness two =
                    compare_words(m_shorter.words[i], joined(m_longer.words[j], m_longer.words[j + 1]));
                if (two.per_mille >= join_min(m_longer, j))
                    step(i + 1, static_cast<std::int32_t>(j),
                         with(so_far, two, bit | bit << 1, j, last, false));
            }
            if (i + 1 < m_shorter.words.size() && can_join(m_shorter, i, m_longer.words[j])) {
                const WordLikeness two =
                    compare_words(joined(m_shorter.words[i], m_shorter.words[i + 1]), m_longer.words[j]);
                if (two.per_mille >= join_min(m_shorter, i))
                    step(i + 2, static_cast<std::int32_t>(j), with(so_far, two, bit, j, last, false));
            }
        }
    }

    /// Whether two neighbours are long enough together to be the whole.
    static bool can_join(const PersonName& name, std::size_t i, const NameWord& whole)
    {
        const NameWord& a = name.words[i];
        const NameWord& b = name.words[i + 1];
        const std::size_t length = a.written.text.size() + b.written.text.size();
        const std::size_t whole_length = whole.written.text.size();
        constexpr std::size_t letters_apart_max = 3;
        return a.written.writing == b.written.writing && length <= whole_length + letters_apart_max &&
               whole_length <= length + letters_apart_max;
    }

    /// D Costa is Dcosta and nothing else.
    static std::int32_t join_min(const PersonName& name, std::size_t i)
    {
        const NameWord& a = name.words[i];
        const NameWord& b = name.words[i + 1];
        if (a.is_initial() || b.is_initial())
            return worth::same;
        // Words that are long enough leave room for a slip as well: Noor Jehan, Noorjahan.
        constexpr std::size_t long_word = 4;
        const bool are_long = a.written.text.size() >= long_word && b.written.text.size() >= long_word;
        return are_long ? worth::slip : worth::sound;
    }

    static Found with(Found found, const WordLikeness& pair, std::uint32_t bits, std::size_t j,
                      std::int32_t last, bool common)
    {
        found.sum += pair.per_mille;
        ++found.pairs;
        if ((bits & (bits - 1)) != 0)
            ++found.strong; // two words joined are one pair that counts for two
        if (pair.per_mille >= worth::strong) {
            ++found.strong;
            found.strong_telling += common ? 0 : 1;
        }
        found.used |= bits;
        found.is_in_order = found.is_in_order && static_cast<std::int32_t>(j) >= last;
        if (pair.per_mille < found.least) {
            found.least = pair.per_mille;
            found.match = pair.match;
        }
        return found;
    }

    const PersonName& m_shorter;
    const PersonName& m_longer;
    std::array<std::array<WordLikeness, words_max>, words_max> m_likeness{};
    Found m_best;
};

NameLikeness compare_single(const PersonName& a, const PersonName& b)
{
    NameLikeness best;
    for (const NameWord& one : a.words) {
        for (const NameWord& other : b.words) {
            const WordLikeness found = compare_words(one, other);
            if (!one.is_initial() && !other.is_initial() && found.per_mille > best.per_mille)
                best = {found.per_mille, NameMatch::SingleWord};
        }
    }
    // Nurjahan and Nur Jahan.
    const PersonName& single = a.words.size() == 1 ? a : b;
    const PersonName& whole = a.words.size() == 1 ? b : a;
    if (whole.words.size() == 2) {
        const auto found = compare_words(single.words[0], joined(whole.words[0], whole.words[1]));
        if (found.per_mille >= worth::sound)
            return {found.per_mille - 100, NameMatch::SingleWord};
    }
    if (best.per_mille < worth::strong)
        return {};
    // Two single words that agree are more than a first name beside a whole name.
    best.per_mille -= a.words.size() == b.words.size() ? 250 : 350;
    return best;
}

} // namespace

std::string_view NameWord::main_text() const
{
    return families.size() == 1 ? main_form(families.front()) : std::string_view(written.text);
}

std::string NameWord::code() const
{
    const std::string_view text = main_text();
    constexpr std::size_t syllable_max = 5;
    if (!is_native(*this) && text.size() <= syllable_max && is_chinese_name(text))
        return std::string(text);
    if (families.size() == 1)
        return consonants_of({std::string(text), Writing::Latin});
    return consonants_of(written);
}

std::vector<std::string> NameWord::codes() const
{
    if (families.size() < 2)
        return {code()};
    std::vector<std::string> codes;
    for (const NameFamily family : families)
        codes.push_back(consonants_of({std::string(main_form(family)), Writing::Latin}));
    std::ranges::sort(codes);
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    return codes;
}

std::size_t PersonName::names() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(words, [](const NameWord& w) { return !w.is_joining; }));
}

std::vector<const NameWord*> PersonName::telling_words() const
{
    std::vector<const NameWord*> telling;
    for (const NameWord& word : words) {
        if (!word.is_common && !word.is_joining)
            telling.push_back(&word);
    }
    if (telling.size() < 2) {
        telling.clear();
        for (const NameWord& word : words) {
            if (!word.is_joining)
                telling.push_back(&word);
        }
    }
    return telling;
}

std::string PersonName::identity() const
{
    if (words.size() < 2)
        return {};
    std::vector<std::string_view> texts;
    for (const NameWord* word : telling_words())
        texts.push_back(word->main_text());
    std::ranges::sort(texts);
    std::string out = generation == 0 ? "" : std::to_string(generation);
    for (const auto text : texts) {
        out += ' ';
        out += text;
    }
    return out;
}

PersonName parse_person_name(std::string_view name)
{
    std::vector<LatinWord> words = latin_words(name);
    PersonName parsed;
    for (std::size_t i = 1; i < words.size();) {
        const std::int32_t generation = generation_of(words[i].text);
        if (generation == 0) {
            ++i;
            continue;
        }
        parsed.generation = generation;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    }
    parsed.address = address_of(words);
    std::erase_if(words, is_long_number);
    read_native(words);
    split_abdul(words);
    split_article(words);
    split_endings(words);
    leave_out_what_is_no_name(words);
    join_clans(words);
    split_initials(words);
    split_double_surnames(words);
    join_joining_words(words);
    if (words.size() > words_max)
        words.resize(words_max);

    parsed.words.reserve(words.size());
    bool has_chinese_surname = false;
    bool is_chinese = words.size() > 1;
    for (LatinWord& word : words) {
        NameWord made;
        made.written = std::move(word);
        if (!is_native(made))
            made.families = families_of(made.written.text);
        made.is_common = is_common_word(made.main_text());
        if (!is_native(made))
            made.loose_sound = loose_sound_of(made.written.text);
        made.is_chinese = is_chinese_name(made.written.text);
        if (is_chinese)
            is_chinese = !is_native(made) && is_chinese_word(made.written.text);
        parsed.words.push_back(std::move(made));
    }
    if (is_chinese)
        has_chinese_surname = is_chinese_surname(parsed.words.front().written.text) ||
                              is_chinese_surname(parsed.words.back().written.text);
    parsed.is_chinese = has_chinese_surname;
    for (NameWord& word : parsed.words)
        word.is_chinese = word.is_chinese || parsed.is_chinese;
    // Words that join count as names where fewer than two others remain: Al Smith, Le Van.
    std::size_t names = parsed.words.size();
    for (NameWord& word : parsed.words) {
        if (names > 2 && !parsed.is_chinese &&
            (is_joining_word(word.written.text) || is_joined_joining(word.written.text))) {
            word.is_joining = true;
            --names;
        }
    }
    return parsed;
}

NameLikeness compare_names(const PersonName& a, const PersonName& b)
{
    if (a.words.empty() || b.words.empty())
        return {};
    if (a.generation != 0 && b.generation != 0 && a.generation != b.generation)
        return {};
    if (a.words.size() == 1 || b.words.size() == 1)
        return compare_single(a, b);
    // Which of two equally long names comes first must not depend on the order of arrival.
    const auto texts = [](const NameWord& one, const NameWord& other) {
        return one.written.text < other.written.text;
    };
    const std::size_t count_a = a.names();
    const std::size_t count_b = b.names();
    const bool is_a_shorter = count_a != count_b
                                  ? count_a < count_b
                                  : std::ranges::lexicographical_compare(a.words, b.words, texts);
    const PersonName& shorter = is_a_shorter ? a : b;
    const PersonName& longer = is_a_shorter ? b : a;
    const auto found = Assignment(shorter, longer).best();
    if (found.sum < 0 || found.strong < 1 || found.pairs < 1)
        return {};
    if (found.pairs == 1 && found.strong < 2)
        return {};

    std::int32_t extras = 0;
    std::int32_t slight_extras = 0;
    for (std::size_t j = 0; j < longer.words.size(); ++j) {
        if ((found.used & (1U << j)) != 0)
            continue;
        const NameWord& word = longer.words[j];
        if (word.is_joining)
            continue;
        if (is_number(word.written.text))
            return {};
        // A further syllable makes another Chinese name.
        if (shorter.is_chinese && is_chinese_word(word.written.text))
            return {};
        (word.is_common || word.is_initial() ? slight_extras : extras) += 1;
    }

    // Mr J. Hindle and Mrs J. Hindle: only the whole first name would make the address a mistake.
    const bool is_other_address =
        a.address != Address::Unsaid && b.address != Address::Unsaid && a.address != b.address;
    if (is_other_address && found.least < worth::strong + 1)
        return {};
    if (is_other_address && (a.words.front().is_initial() || b.words.front().is_initial()))
        return {};

    NameLikeness likeness{found.sum / found.pairs, found.match};
    if (extras + slight_extras > 0 && likeness.match != NameMatch::Initial)
        likeness.match = NameMatch::Extra;
    likeness.per_mille -= extras * worth::less_for_extra + slight_extras * worth::less_for_slight_extra;
    likeness.per_mille -= found.is_in_order ? 0 : worth::less_for_order;
    likeness.per_mille -= a.generation == b.generation ? 0 : worth::less_for_generation;
    // "Mohammed Khan" and "Mohammed Ali Khan" share less than it seems.
    if (extras > 0 && found.strong_telling < 2)
        likeness.per_mille -= worth::less_for_common;
    likeness.per_mille = std::max(likeness.per_mille, 0);
    return likeness;
}

} // namespace tally::server
