#pragma once
/// Whether two written names are one person's name.

#include "server/merge/latin.h"
#include "server/merge/name_families.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// A word of a name with what is known about it.
struct NameWord
{
    LatinWord written;
    std::span<const NameFamily> families; ///< empty for a name that is not known, and for native scripts
    bool is_common = false;               ///< Mohammed, Md, Syed: often left out, and says little alone
    bool is_joining = false;              ///< al, de, bin: may be left out without a trace
    bool is_chinese = false;              ///< a listed Chinese name, or any word of a Chinese name
    std::string loose_sound = {};         ///< see loose_sound_of; empty for native scripts

    [[nodiscard]] bool is_initial() const { return written.text.size() == 1; }
    /// The main form of its one family, else the word itself.
    [[nodiscard]] std::string_view main_text() const;
    /// What an index knows it by: equal for nearly all spellings of one name.
    [[nodiscard]] std::string code() const;
    /// All that an index may know it by: Sam is Samuel's code and Samantha's.
    [[nodiscard]] std::vector<std::string> codes() const;
};

/// What a form of address says: Mr, Mrs.
enum class Address
{
    Unsaid,
    Man,
    Woman
};

/// A name as it was written, without forms of address.
struct PersonName
{
    std::vector<NameWord> words; ///< as written, at most eight
    std::int32_t generation = 0; ///< 1 for senior or I, 2 for junior or II, 3 for III; 0 when not said
    Address address = Address::Unsaid;
    bool is_chinese = false; ///< all its words are syllables of a Chinese name

    /// How many words it has that are no joining words.
    [[nodiscard]] std::size_t names() const;
    /// The words that tell a person: all but the common ones, as long as two remain.
    [[nodiscard]] std::vector<const NameWord*> telling_words() const;
    /// Equal for two spellings of a name that differ only in order, case, accents or short forms of one
    /// name; empty for a single word, which tells no person.
    [[nodiscard]] std::string identity() const;
};

[[nodiscard]] PersonName parse_person_name(std::string_view name);

/// In what way two names are one.
enum class NameMatch
{
    None,
    Same,       ///< the same words, perhaps in another order or with accents
    Form,       ///< a spelling, short form or other language's form
    Slip,       ///< a typing slip
    Script,     ///< another script
    Initial,    ///< an initial stands for a name
    Extra,      ///< one has a further name
    SingleWord, ///< only one word to go by: says something only at the same occasion
};

struct NameLikeness
{
    std::int32_t per_mille = 0; ///< how sure; 0 when they are different names
    NameMatch match = NameMatch::None;
};

/// Symmetric.
[[nodiscard]] NameLikeness compare_names(const PersonName& a, const PersonName& b);

} // namespace tally::server
