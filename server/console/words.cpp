#include "server/console/words.h"

#include <array>

namespace tally::server::console {
namespace {

constexpr std::array<std::string_view, 12> short_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Icon
{
    std::string_view name;
    std::string_view path;
};

/// Drawn on a 16 by 16 grid with a 2-unit line.
constexpr std::array icons = {
    Icon{"waiting", R"(<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>)"},
    Icon{
        "queried",
        R"(<circle cx="8" cy="8" r="6.5"/><path d="M6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.2M8 11.4v.1"/>)"},
    Icon{"accepted", R"(<path d="M2.5 8.5 6.5 12.5 13.5 4"/>)"},
    Icon{"declined", R"(<path d="M3.5 3.5l9 9M12.5 3.5l-9 9"/>)"},
    Icon{"replaced", R"(<path d="M2.5 5h9M9 2l3 3-3 3M13.5 11h-9M7 8l-3 3 3 3"/>)"},
    Icon{"withdrawn", R"(<path d="M6 3 2.5 6.5 6 10M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6"/>)"},
    Icon{"held", R"(<path d="M5.5 3v10M10.5 3v10"/>)"},
    Icon{"community",
         R"(<path d="M8 13.5C3 10 2 7.6 2 5.8A2.9 2.9 0 0 1 8 5a2.9 2.9 0 0 1 6 .8c0 1.8-1 4.2-6 7.7z"/>)"},
    Icon{
        "photo",
        R"(<rect x="1.5" y="3.5" width="13" height="10" rx="1.5"/><circle cx="8" cy="8.5" r="2.5"/><path d="M5.5 3.5 6.5 2h3l1 1.5"/>)"},
    Icon{"flagged", R"(<path d="M4 14V2.5h8.5l-2 3 2 3H4"/>)"},
    Icon{"differs", R"(<path d="M3 6h10M3 10h10M10.5 2.5l-5 11"/>)"},
    Icon{"duplicate",
         R"(<rect x="2" y="5" width="9" height="9" rx="1.5"/><path d="M5 2.5h7A1.5 1.5 0 0 1 13.5 4v7"/>)"},
    Icon{"split", R"(<path d="M8 14V9L3.5 4.5M8 9l4.5-4.5M3.5 8V4.5H7M9 4.5h3.5V8"/>)"},
    Icon{"erased", R"(<path d="M2 13.5h12M9.5 2.5l4 4-6 6h-3l-2-2z"/>)"},
    Icon{"closed", R"(<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>)"},
    Icon{"open", R"(<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 5.8-1"/>)"},
    Icon{"done", R"(<circle cx="8" cy="8" r="6.5"/><path d="M5 8.2 7.2 10.5 11 6"/>)"},
    Icon{"warning", R"(<path d="M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.8v.1"/>)"},
};

} // namespace

std::string word_for(EvidenceKind kind)
{
    switch (kind) {
    case EvidenceKind::Hours:
        return "Hours";
    case EvidenceKind::Story:
        return "Story";
    case EvidenceKind::Feedback:
        return "Feedback";
    case EvidenceKind::Delivery:
        return "Delivery";
    }
    return "Entry";
}

std::string word_for(EntryState state)
{
    switch (state) {
    case EntryState::Waiting:
        return "Waiting";
    case EntryState::Queried:
        return "Queried";
    case EntryState::Accepted:
        return "Accepted";
    case EntryState::Declined:
        return "Declined";
    case EntryState::Replaced:
        return "Replaced";
    case EntryState::Withdrawn:
        return "Withdrawn";
    case EntryState::Duplicate:
        return "Duplicate";
    case EntryState::Split:
        return "Divided";
    case EntryState::Erased:
        return "Erased";
    }
    return "Unknown";
}

std::string word_for(WhoseTime whose)
{
    return whose == WhoseTime::SupplierStaff ? "The supplier’s staff, in paid time"
                                             : "Residents, in their own time";
}

std::string word_for_value_class(std::string_view value_class)
{
    if (value_class == "social")
        return "Social value";
    if (value_class == "local_economic")
        return "Local economic value";
    if (value_class == "community")
        return "Community contribution";
    return "No pounds";
}

std::string language_name(std::string_view tag)
{
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"en", "English"}, {"ar", "Arabic"}, {"bn", "Bengali"},  {"cy", "Welsh"},     {"gu", "Gujarati"},
        {"pa", "Panjabi"}, {"pl", "Polish"}, {"ro", "Romanian"}, {"ur", "Urdu"},      {"uk", "Ukrainian"},
        {"so", "Somali"},  {"fa", "Farsi"},  {"zh", "Chinese"},  {"pt", "Portuguese"}};
    for (const auto& [known, name] : names)
        if (known == tag.substr(0, tag.find('-')))
            return std::string(name);
    return std::string(tag);
}

std::string moment(Timestamp at, const Clock& clock)
{
    const std::int32_t offset = clock.utc_offset_min(at);
    return format_date_long(local_date(at, offset)) + ", " + format_minute_of_day(local_minute(at, offset));
}

std::string short_date(Date date)
{
    return std::to_string(date.day) + " " +
           std::string(short_months.at(static_cast<std::size_t>(date.month - 1))) + " " +
           std::to_string(date.year);
}

std::string time_since(Timestamp at, const Clock& clock)
{
    const std::int64_t minutes = (clock.now().ms - at.ms) / 60'000;
    if (minutes < 1)
        return "just now";
    if (minutes < 60)
        return counted(minutes, "minute ago", "minutes ago");
    if (minutes < 24 * 60)
        return counted(minutes / 60, "hour ago", "hours ago");
    return short_date(local_date(at, clock.utc_offset_min(at)));
}

std::string duration(std::int64_t minutes)
{
    const std::int64_t hours = minutes / 60;
    const std::int64_t rest = minutes % 60;
    if (hours == 0)
        return std::to_string(rest) + " min";
    return std::to_string(hours) + " h" + (rest == 0 ? "" : " " + std::to_string(rest) + " min");
}

std::string short_quarter(const Quarter& quarter)
{
    return "Q" + std::to_string(quarter.number) + " " + std::to_string(quarter.year);
}

std::string pounds(Proxy proxy)
{
    return "£" + format_exact(proxy);
}

View state_view(EntryState state)
{
    View view = object();
    const std::string name(name_of(state));
    view.set("name", name);
    view.set("word", word_for(state));
    view.set("icon", icon(name));
    return view;
}

std::string icon(std::string_view name)
{
    for (const auto& known : icons)
        if (known.name == name)
            return R"(<svg class="tb-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">)" +
                   std::string(known.path) + "</svg>";
    return "";
}

} // namespace tally::server::console
