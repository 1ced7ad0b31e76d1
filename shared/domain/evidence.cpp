#include "shared/domain/evidence.h"

#include "shared/base/encoding.h"

#include <array>

namespace tally {
namespace {

template <typename Enum, std::size_t N>
std::optional<Enum> find_named(const std::array<std::string_view, N>& names, std::string_view name)
{
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name)
            return static_cast<Enum>(i);
    return std::nullopt;
}

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> kind_names = {"hours", "story", "feedback", "delivery"};
constexpr std::array<std::string_view, 3> action_names = {"capture", "amend", "withdraw"};
constexpr std::array<std::string_view, 2> whose_names = {"supplier_staff", "residents"};
constexpr std::array<std::string_view, 4> confirmation_names = {"none", "host", "supervisor",
                                                                "sign_in_sheet"};
constexpr std::array<std::string_view, 4> use_names = {"report", "website", "press", "social_media"};

} // namespace

EvidenceKind kind_of(const EntryBody& body, EvidenceKind fallback)
{
    return body.index() == 0 ? fallback : static_cast<EvidenceKind>(body.index() - 1);
}

std::string_view name_of(EvidenceKind kind)
{
    return kind_names[static_cast<std::size_t>(kind)];
}
std::string_view name_of(EntryAction action)
{
    return action_names[static_cast<std::size_t>(action)];
}
std::string_view name_of(WhoseTime whose)
{
    return whose_names[static_cast<std::size_t>(whose)];
}
std::string_view name_of(HoursConfirmation how)
{
    return confirmation_names[static_cast<std::size_t>(how)];
}
std::string_view name_of(ConsentUse use)
{
    return use_names[static_cast<std::size_t>(use)];
}

std::optional<EvidenceKind> kind_named(std::string_view name)
{
    return find_named<EvidenceKind>(kind_names, name);
}
std::optional<EntryAction> action_named(std::string_view name)
{
    return find_named<EntryAction>(action_names, name);
}
std::optional<WhoseTime> whose_time_named(std::string_view name)
{
    return find_named<WhoseTime>(whose_names, name);
}
std::optional<HoursConfirmation> confirmation_named(std::string_view name)
{
    return find_named<HoursConfirmation>(confirmation_names, name);
}
std::optional<ConsentUse> consent_use_named(std::string_view name)
{
    return find_named<ConsentUse>(use_names, name);
}

std::string person_reference_key(std::string_view reference)
{
    std::string key(trimmed(reference));
    for (std::size_t i = 0; i < key.size(); ++i) {
        const auto first = static_cast<unsigned char>(key[i]);
        if (first >= 'A' && first <= 'Z') {
            key[i] = static_cast<char>(first + 0x20);
            continue;
        }
        if (first < 0xc3 || first > 0xd0 || i + 1 >= key.size())
            continue;
        // Two bytes of UTF-8 in which upper and lower case stand 0x20 apart.
        const auto second = static_cast<unsigned char>(key[i + 1]);
        std::uint32_t letter = (std::uint32_t{first} & 0x1fU) << 6U | (second & 0x3fU);
        const bool latin = letter >= 0xc0 && letter <= 0xde && letter != 0xd7;
        const bool greek = letter >= 0x391 && letter <= 0x3a9 && letter != 0x3a2;
        const bool cyrillic = letter >= 0x410 && letter <= 0x42f;
        if (latin || greek || cyrillic) {
            letter += 0x20;
            key[i] = static_cast<char>(0xc0U | letter >> 6U);
            key[i + 1] = static_cast<char>(0x80U | (letter & 0x3fU));
        }
        ++i;
    }
    return key;
}

std::string withdrawal_code_key(std::string_view code)
{
    std::string key;
    for (const char c : code) {
        if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n')
            continue;
        key += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return key;
}

Date work_date(const Entry& entry)
{
    if (const auto* hours = std::get_if<HoursBody>(&entry.body))
        return hours->date;
    if (const auto* delivery = std::get_if<DeliveryBody>(&entry.body))
        return delivery->period_end;
    return local_date(entry.captured_at, entry.utc_offset_min);
}

} // namespace tally
