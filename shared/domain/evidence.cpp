#include "shared/domain/evidence.h"

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

Date work_date(const Entry& entry)
{
    if (const auto* hours = std::get_if<HoursBody>(&entry.body))
        return hours->date;
    if (const auto* delivery = std::get_if<DeliveryBody>(&entry.body))
        return delivery->period_end;
    return local_date(entry.captured_at, entry.utc_offset_min);
}

} // namespace tally
