#include "server/merge/delivery_rules.h"
#include "server/merge/hours_rules.h"
#include "server/merge/merge.h"
#include "server/merge/spelling.h"
#include "server/merge/story_likeness.h"
#include "shared/crypto/hash.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace tally::server {

namespace {

constexpr std::int64_t day_min = 24 * 60;

/// One kind of value each, so that equal values of two rules are two keys.
enum class Space : char
{
    Person = 'n',
    Occasion = 'o', ///< first: head counts and single names there; second: persons there
    Quantity = 'q',
    Reference = 'r',
    Story = 's',
    Digest = 'd',
    Picture = 'p',
};

/// Two keys for the cost of one: some values are known in two spaces.
struct KeyPair
{
    std::int64_t first = 0;
    std::int64_t second = 0;
};

KeyPair keys_of(std::string_view secret, Space space, std::string_view value)
{
    constexpr std::size_t hash_bytes = 16;
    const char kind = static_cast<char>(space);
    const std::string hash =
        crypto::derive(secret, {"merge ", std::string_view(&kind, 1), value}, hash_bytes);
    const auto number_at = [&](std::size_t at) {
        std::uint64_t key = 0;
        for (std::size_t i = 0; i < sizeof key; ++i)
            key = (key << 8) | static_cast<unsigned char>(hash[at + i]);
        return static_cast<std::int64_t>(key);
    };
    return {number_at(0), number_at(sizeof(std::int64_t))};
}

std::string as_text(std::uint64_t value)
{
    std::string out(sizeof value, '\0');
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<char>(value >> (8 * i) & 0xff);
    return out;
}

class Keys
{
public:
    explicit Keys(std::string_view secret) : m_secret(secret)
    {
        TALLY_ASSERT(secret.size() == 32);
        constexpr std::size_t usual = 12;
        m_keys.reserve(usual);
    }

    void add(Space space, std::string_view value, BlockingKey where)
    {
        where.key = keys_of(m_secret, space, value).first;
        m_keys.push_back(where);
    }

    /// Whatever the time: for what has no day.
    void add_timeless(Space space, std::string_view value)
    {
        add(space, value, {.from_min = 0, .to_min = std::numeric_limits<std::int64_t>::max()});
    }

    void add_person(std::string_view value, const HoursFacts& hours)
    {
        add_timed(keys_of(m_secret, Space::Person, value).first, hours, KeyUse::Both);
    }

    void add_occasion(std::string_view value, const HoursFacts& hours)
    {
        const KeyPair pair = keys_of(m_secret, Space::Occasion, value);
        // A person looks for the few head counts at the place, not for all the other persons.
        add_timed(pair.first, hours, hours.is_vague() ? KeyUse::Both : KeyUse::Look);
        add_timed(pair.second, hours, hours.is_vague() ? KeyUse::Look : KeyUse::Store);
    }

    [[nodiscard]] std::vector<BlockingKey> sorted()
    {
        // Of two keys that differ only in their minutes the wider one says both.
        std::ranges::sort(m_keys, {}, [](const BlockingKey& key) {
            return std::tuple(key.day, key.key, key.use, key.from_min, -key.to_min);
        });
        std::vector<BlockingKey> out;
        out.reserve(m_keys.size());
        for (const BlockingKey& key : m_keys) {
            if (!out.empty() && out.back().day == key.day && out.back().key == key.key &&
                out.back().use == key.use)
                out.back().to_min = std::max(out.back().to_min, key.to_min);
            else
                out.push_back(key);
        }
        return out;
    }

private:
    /// On the day of the work and, past midnight, on the next one.
    void add_timed(std::int64_t key, const HoursFacts& hours, KeyUse use)
    {
        const std::int64_t day = days_from_date(hours.body->date);
        BlockingKey timed{.day = day,
                          .key = key,
                          .from_min = hours.from_min - day * day_min,
                          .to_min = hours.to_min - day * day_min,
                          .use = use};
        m_keys.push_back(timed);
        if (timed.to_min <= day_min)
            return;
        timed.day += 1;
        timed.from_min -= day_min;
        timed.to_min -= day_min;
        m_keys.push_back(timed);
    }

    std::string_view m_secret;
    std::vector<BlockingKey> m_keys;
};

std::string person_value(char first_sound, const NameWord& whole)
{
    return std::string(1, first_sound) + whole.code();
}

std::string code_of_spelling(const std::string& spelling)
{
    NameWord word;
    word.written.text = spelling;
    word.families = families_of_name(spelling);
    return word.code();
}

/// The first sound of one word with the consonants of another. Two spellings of a name share one of these as
/// long as the first sound of one word and the consonants of the other are right, either way round.
void add_person_values(const NameWord& first, const NameWord& whole, std::vector<std::string>& values)
{
    if (whole.is_initial())
        return;
    const char own = first_sound_of(first.written.text);
    for (const std::string& code : whole.codes()) {
        values.push_back(own + code);
        // Bob may be written B. or Robert.
        for (const NameFamily family : first.families) {
            if (const char other = first_sound_of(main_form(family)); other != own)
                values.push_back(other + code);
        }
    }
    // A name in Chinese characters may elsewhere be spelt as Hong Kong says it.
    if (!first.written.other.empty() && !whole.written.other.empty())
        values.push_back(first_sound_of(first.written.other) + code_of_spelling(whole.written.other));
}

std::vector<std::string> person_values(const PersonName& name)
{
    std::vector<std::string> values;
    const auto words = name.telling_words();
    const NameWord& front = *words.front();
    const NameWord& back = *words.back();
    add_person_values(front, back, values);
    add_person_values(back, front, values);
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        add_person_values(*words[i], back, values);
        add_person_values(*words[i], front, values);
    }
    // Da Costa may elsewhere be Dacosta.
    const auto joining = std::ranges::find_if(name.words, &NameWord::is_joining);
    if (joining != name.words.end() && &*joining != &name.words.back())
        add_person_values(*joining, front, values);
    // Mohammed Ali Khan may elsewhere be Mohammed Khan.
    const auto common = std::ranges::find_if(name.words, &NameWord::is_common);
    if (common != name.words.end() && std::ranges::find(words, &*common) == words.end())
        add_person_values(*common, back, values);
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

/// Equal for all entries with one identity, as it is made of the identity alone.
std::string day_value(const PersonName& name)
{
    auto words = name.telling_words();
    std::ranges::sort(words, {}, &NameWord::main_text);
    const NameWord& first = *words.front();
    const NameWord& last = *words.back();
    return person_value(first_sound_of(first.main_text()), last);
}

void add_hours_keys(const HoursFacts& hours, Keys& keys)
{
    const std::string occasion = occasion_key(hours);
    const std::string contract = "contract " + hours.facts->about.contract;
    for (const std::string& place : {occasion, contract}) {
        if (place.back() != ' ') // there is a host, a contract
            keys.add_occasion(place, hours);
    }
    if (hours.is_vague())
        return;
    for (const std::string& value : person_values(hours.name))
        keys.add_person(value, hours);
    // All the entries of a person's day are wanted, also those that do not overlap.
    const std::int64_t day = days_from_date(hours.body->date);
    keys.add(Space::Person, day_value(hours.name),
             {.day = day, .from_min = 0, .to_min = std::max(day_min, hours.to_min - day * day_min)});
}

void add_delivery_keys(const MergeFacts& facts, const DeliveryBody& body, Keys& keys)
{
    const std::string scope = delivery_scope(facts);
    const BlockingKey period{.from_min = days_from_date(body.period_start) * day_min,
                             .to_min = (days_from_date(body.period_end) + 1) * day_min};
    if (body.quantity)
        keys.add(Space::Quantity, scope + ' ' + std::to_string(body.quantity->parts), period);
    if (const std::string reference = reference_key(body.evidence_reference); !reference.empty())
        keys.add(Space::Reference, scope + ' ' + reference, period);
}

void add_photo_keys(const MergeFacts& facts, Keys& keys)
{
    for (const PhotoMark& photo : facts.photos) {
        keys.add_timeless(Space::Digest, photo.digest);
        if (!photo.hash)
            continue;
        for (const std::uint64_t band : picture_bands(*photo.hash))
            keys.add_timeless(Space::Picture, as_text(band));
    }
}

} // namespace

std::vector<BlockingKey> blocking_keys(const MergeFacts& facts, std::string_view secret)
{
    return blocking_keys(MergeEntry(facts), secret);
}

std::vector<BlockingKey> blocking_keys(const MergeEntry& entry, std::string_view secret)
{
    const MergeFacts& facts = entry.facts();
    Keys keys(secret);
    if (std::holds_alternative<std::monostate>(facts.body) || facts.kind == EvidenceKind::Feedback)
        return {};
    if (const auto& hours = entry.reading().hours)
        add_hours_keys(*hours, keys);
    else if (const auto* delivery = std::get_if<DeliveryBody>(&facts.body))
        add_delivery_keys(facts, *delivery, keys);
    else if (const auto* story = std::get_if<StoryBody>(&facts.body)) {
        for (const std::uint64_t band : story_bands(shingles_of(*story)))
            keys.add_timeless(Space::Story, as_text(band));
    }
    add_photo_keys(facts, keys);
    return keys.sorted();
}

std::vector<BlockingKey> photo_keys(const MergeFacts& facts, std::string_view secret)
{
    if (std::holds_alternative<std::monostate>(facts.body) || facts.kind == EvidenceKind::Feedback)
        return {};
    Keys keys(secret);
    add_photo_keys(facts, keys);
    return keys.sorted();
}

} // namespace tally::server
