#include "server/merge/latin.h"

#include "server/merge/name_families.h"
#include "shared/base/result.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace tally::server {

namespace {

using icu::UnicodeString;

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_ascii_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_apostrophe(UChar32 c)
{
    return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x02bc || c == 0x00b4;
}

std::unique_ptr<icu::Transliterator> make_transliterator(const char* id)
{
    UErrorCode status = U_ZERO_ERROR;
    UParseError where;
    std::unique_ptr<icu::Transliterator> made(
        icu::Transliterator::createInstance(id, UTRANS_FORWARD, where, status));
    TALLY_ASSERT(U_SUCCESS(status) && made != nullptr);
    return made;
}

/// Compiled once for each thread: making one costs milliseconds, and ICU locks those that threads share.
const icu::Transliterator& any_to_latin()
{
    thread_local const auto made = make_transliterator("Any-Latin");
    return *made;
}

const icu::Transliterator& cyrillic_to_latin()
{
    thread_local const auto made = make_transliterator("Russian-Latin/BGN; Any-Latin; Latin-ASCII; Lower");
    return *made;
}

const icu::Transliterator& any_to_ascii()
{
    thread_local const auto made = make_transliterator("Any-Latin; Latin-ASCII; Lower");
    return *made;
}

/// What Latin-ASCII makes of each accented Latin letter, asked of ICU once.
class AccentedLatin
{
public:
    AccentedLatin()
    {
        const auto to_ascii = make_transliterator("NFKD; Latin-ASCII; [:M:] Remove; Lower");
        for (UChar32 c = first; c <= last; ++c) {
            if (!u_isalpha(c) || uscript_hasScript(c, USCRIPT_LATIN) == 0)
                continue;
            UnicodeString text(c);
            to_ascii->transliterate(text);
            std::string ascii;
            text.toUTF8String(ascii);
            if (!ascii.empty() && std::ranges::all_of(ascii, is_ascii_word_character))
                m_ascii[static_cast<std::size_t>(c - first)] = ascii;
        }
    }

    /// Null for what is no accented Latin letter.
    [[nodiscard]] const std::string* find(UChar32 c) const
    {
        if (c < first || c > last)
            return nullptr;
        const std::string& found = m_ascii[static_cast<std::size_t>(c - first)];
        return found.empty() ? nullptr : &found;
    }

private:
    static constexpr UChar32 first = 0xaa;
    static constexpr UChar32 last = 0x1eff;
    std::array<std::string, last - first + 1> m_ascii;
};

const AccentedLatin& accented_latin()
{
    static const auto made = std::make_unique<AccentedLatin>();
    return *made;
}

void ascii_words(std::string_view name, std::vector<LatinWord>& words)
{
    std::string word;
    const auto end_word = [&] {
        if (!word.empty())
            words.push_back({std::move(word), Writing::Latin});
        word.clear();
    };
    for (const char c : name) {
        if (is_ascii_word_character(c))
            word += ascii_lower(c);
        else if (!is_apostrophe(c))
            end_word();
    }
    end_word();
}

Writing writing_of(UScriptCode script)
{
    switch (script) {
    case USCRIPT_ARABIC:
    case USCRIPT_HEBREW:
    case USCRIPT_SYRIAC:
        return Writing::Abjad;
    case USCRIPT_BENGALI:
    case USCRIPT_DEVANAGARI:
    case USCRIPT_GUJARATI:
    case USCRIPT_GURMUKHI:
    case USCRIPT_TAMIL:
    case USCRIPT_TELUGU:
    case USCRIPT_KANNADA:
    case USCRIPT_MALAYALAM:
    case USCRIPT_ORIYA:
    case USCRIPT_SINHALA:
        return Writing::Indic;
    case USCRIPT_HAN:
        return Writing::Han;
    default:
        return Writing::Latin;
    }
}

/// Letters of Urdu and Persian that ICU leaves alone, as the nearest of Arabic, and a final -ah.
UnicodeString plain_arabic(const UnicodeString& word)
{
    UnicodeString plain;
    for (std::int32_t i = 0; i < word.length(); i = word.moveIndex32(i, 1)) {
        const UChar32 c = word.char32At(i);
        const bool is_last = word.moveIndex32(i, 1) >= word.length();
        switch (c) {
        case 0x0679: // tteh
            plain.append(UChar32{0x062a});
            break;
        case 0x0688: // ddal
            plain.append(UChar32{0x062f});
            break;
        case 0x0691: // rreh
            plain.append(UChar32{0x0631});
            break;
        case 0x06ba: // noon ghunna
            plain.append(UChar32{0x0646});
            break;
        case 0x06d2: // yeh barree
        case 0x06d3:
        case 0x06cc: // Persian yeh
        case 0x0649: // alef maksura
        case 0x0626: // yeh with hamza
            plain.append(UChar32{0x064a});
            break;
        case 0x0624: // waw with hamza
            plain.append(UChar32{0x0648});
            break;
        case 0x0622: // alef with madda or hamza
        case 0x0623:
        case 0x0671:
            plain.append(UChar32{0x0627});
            break;
        case 0x0629: // teh marbuta
            plain.append('H');
            break;
        case 0x0621: // hamza alone
        case 0x0640: // tatweel
            break;
        case 0x06c1: // heh of Urdu
        case 0x06c2:
        case 0x06c3:
        case 0x06be:
        case 0x0647:
            if (is_last)
                plain.append('H');
            else
                plain.append(UChar32{0x0647});
            break;
        case 0x0636: // dad, thal, zah: d in Arabic, z in Urdu
        case 0x0630:
        case 0x0638:
            plain.append('D');
            break;
        case 0x062b: // theh: th in Arabic, s in Urdu
            plain.append('T');
            break;
        case 0x0625: // alef with hamza below
        case 0x0639: // ayn
            plain.append('A');
            break;
        default:
            if (u_charType(c) != U_NON_SPACING_MARK)
                plain.append(c);
        }
    }
    // The article is joined to its name.
    if (plain.length() > 4 && plain.char32At(0) == 0x0627 && plain.char32At(1) == 0x0644)
        plain.remove(0, 2);
    return plain;
}

/// ASCII letters of what ICU made, keeping the capitals that plain_arabic put there.
std::string abjad_letters(const UnicodeString& latin)
{
    UErrorCode status = U_ZERO_ERROR;
    const UnicodeString apart = icu::Normalizer2::getNFDInstance(status)->normalize(latin, status);
    std::string out;
    for (std::int32_t i = 0; i < apart.length(); i = apart.moveIndex32(i, 1)) {
        const UChar32 c = apart.char32At(i);
        if (c < 0x80 && is_ascii_word_character(static_cast<char>(c)))
            out += static_cast<char>(c);
    }
    return out;
}

/// ASCII letters of ICU's scholarly Latin for Indic scripts, said as English says them.
std::string indic_letters(const UnicodeString& latin)
{
    UErrorCode status = U_ZERO_ERROR;
    const UnicodeString composed = icu::Normalizer2::getNFCInstance(status)->normalize(latin, status);
    std::string out;
    for (std::int32_t i = 0; i < composed.length(); i = composed.moveIndex32(i, 1)) {
        const UChar32 c = composed.char32At(i);
        switch (c) {
        case 0x0101: // long a
            out += 'A';
            break;
        case 0x1e8f: // y with a dot, the glide of Bengali
            if (out == "i")
                out.clear(); // Yasmin is written with an i before the glide
            out += 'Y';
            break;
        case 0x015b: // s with an acute
        case 0x1e63: // s with a dot below
            out += "sh";
            break;
        case 'c':
            out += "ch";
            if (composed.char32At(composed.moveIndex32(i, 1)) == 'h')
                i = composed.moveIndex32(i, 1);
            break;
        default:
            if (c < 0x80) {
                if (is_ascii_word_character(static_cast<char>(c)))
                    out += ascii_lower(static_cast<char>(c));
            } else if (const std::string* ascii = accented_latin().find(c)) {
                out += *ascii;
            }
        }
    }
    return out;
}

/// Ukrainian and Belarusian letters as the nearest of Russian, which has a romanisation that people use.
UnicodeString plain_cyrillic(UnicodeString word)
{
    word.toLower();
    word.findAndReplace(UnicodeString(UChar32{0x0457}), UnicodeString(UChar32{0x0438}));
    word.findAndReplace(UnicodeString(UChar32{0x0456}), UnicodeString(UChar32{0x0438}));
    word.findAndReplace(UnicodeString(UChar32{0x0454}), UnicodeString(UChar32{0x0435}));
    word.findAndReplace(UnicodeString(UChar32{0x0491}), UnicodeString(UChar32{0x0433}));
    word.findAndReplace(UnicodeString(UChar32{0x045e}), UnicodeString(UChar32{0x0443}));
    return word;
}

/// Surnames whose characters are read otherwise than by themselves.
std::optional<std::string_view> surname_reading(UChar32 first)
{
    switch (first) {
    case 0x66fe:
        return "zeng";
    case 0x5355:
    case 0x55ae:
        return "shan";
    case 0x89e3:
        return "xie";
    case 0x4ec7:
        return "qiu";
    case 0x533a:
    case 0x5340:
        return "ou";
    case 0x67e5:
        return "zha";
    case 0x7fdf:
        return "zhai";
    case 0x8983:
        return "qin";
    default:
        return std::nullopt;
    }
}

void add_word(const UnicodeString& word, UScriptCode script, bool is_first, std::vector<LatinWord>& words)
{
    const Writing writing = writing_of(script);
    if (writing == Writing::Han) {
        UnicodeString latin(word);
        any_to_ascii().transliterate(latin);
        std::string ascii;
        latin.toUTF8String(ascii);
        const std::size_t before = words.size();
        ascii_words(ascii, words);
        if (const auto reading = surname_reading(word.char32At(0));
            reading && is_first && words.size() > before)
            words[before].text = *reading;
        const bool is_one_each = words.size() - before == static_cast<std::size_t>(word.countChar32());
        for (std::size_t i = before, at = 0; i < words.size(); ++i) {
            words[i].writing = Writing::Han;
            if (!is_one_each)
                continue;
            const auto character = static_cast<std::int32_t>(at);
            std::string utf8;
            UnicodeString(word.char32At(character)).toUTF8String(utf8);
            words[i].other = cantonese_of(utf8);
            at = static_cast<std::size_t>(word.moveIndex32(character, 1));
        }
        return;
    }

    LatinWord made{{}, writing};
    if (writing == Writing::Abjad) {
        UnicodeString latin = plain_arabic(word);
        any_to_latin().transliterate(latin);
        made.text = abjad_letters(latin);
    } else if (writing == Writing::Indic) {
        UnicodeString latin(word);
        // ICU drops the nasal sign of Gurmukhi: written out as n without a vowel.
        latin.findAndReplace(UnicodeString(UChar32{0x0a70}),
                             UnicodeString(UChar32{0x0a28}).append(UChar32{0x0a4d}));
        any_to_latin().transliterate(latin);
        made.text = indic_letters(latin);
    } else {
        UnicodeString latin = script == USCRIPT_CYRILLIC ? plain_cyrillic(word) : word;
        (script == USCRIPT_CYRILLIC ? cyrillic_to_latin() : any_to_ascii()).transliterate(latin);
        std::string ascii;
        latin.toUTF8String(ascii);
        std::erase_if(ascii, [](char c) { return !is_ascii_word_character(c); });
        std::ranges::transform(ascii, ascii.begin(), ascii_lower);
        made.text = std::move(ascii);
    }
    if (!made.text.empty())
        words.push_back(std::move(made));
}

void other_words(std::string_view name, std::vector<LatinWord>& words)
{
    const UnicodeString text =
        UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
    std::string latin;  // the word while all its letters are Latin
    UnicodeString word; // else
    UScriptCode script = USCRIPT_LATIN;
    const auto end_word = [&] {
        if (!latin.empty())
            words.push_back({std::move(latin), Writing::Latin});
        if (!word.isEmpty())
            add_word(word, script, words.empty(), words);
        latin.clear();
        word.remove();
    };
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        if (is_apostrophe(c) || c == 0x200c || c == 0x200d)
            continue;
        if (c < 0x80) {
            if (!is_ascii_word_character(static_cast<char>(c)) || !word.isEmpty())
                end_word();
            if (is_ascii_word_character(static_cast<char>(c)))
                latin += ascii_lower(static_cast<char>(c));
        } else if (const std::string* ascii = accented_latin().find(c)) {
            if (!word.isEmpty())
                end_word();
            latin += *ascii;
        } else if (u_isalpha(c)) {
            if (!latin.empty())
                end_word();
            UErrorCode status = U_ZERO_ERROR;
            if (word.isEmpty())
                script = uscript_getScript(c, &status);
            word.append(c);
        } else if ((U_GET_GC_MASK(c) & U_GC_M_MASK) != 0) {
            if (!word.isEmpty())
                word.append(c);
        } else {
            end_word();
        }
    }
    end_word();
}

/// Scripts that put no spaces between words.
bool stands_alone(UChar32 c)
{
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(c, &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
        return true;
    default:
        return false;
    }
}

} // namespace

std::vector<LatinWord> latin_words(std::string_view name)
{
    std::vector<LatinWord> words;
    words.reserve(4);
    if (is_ascii(name))
        ascii_words(name, words);
    else
        other_words(name, words);
    return words;
}

std::vector<std::string> text_words(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty())
            words.push_back(std::move(word));
        word.clear();
    };
    const UnicodeString unicode =
        UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    for (std::int32_t i = 0; i < unicode.length(); i = unicode.moveIndex32(i, 1)) {
        const UChar32 c = unicode.char32At(i);
        if (c < 0x80) {
            if (is_ascii_word_character(static_cast<char>(c)))
                word += ascii_lower(static_cast<char>(c));
            else if (!is_apostrophe(c))
                end_word();
        } else if (const std::string* ascii = accented_latin().find(c)) {
            word += *ascii;
        } else if (u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0) {
            if (stands_alone(c))
                end_word();
            UnicodeString(u_tolower(c)).toUTF8String(word);
            if (stands_alone(c))
                end_word();
        } else if (!is_apostrophe(c)) {
            end_word();
        }
    }
    end_word();
    return words;
}

} // namespace tally::server
