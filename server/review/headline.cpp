#include "server/review/headline.h"

#include "shared/base/encoding.h"

namespace tally::server {
namespace {

constexpr std::string_view separator = " · ";

/// The first line, cut at a character, for lists.
std::string shortened(std::string_view text, std::size_t length_max)
{
    text = trimmed(text.substr(0, text.find('\n')));
    if (utf8_length(text) <= length_max)
        return std::string(text);
    std::size_t bytes = 0;
    for (std::size_t count = 0; bytes < text.size(); ++bytes)
        if ((static_cast<unsigned char>(text[bytes]) & 0xc0U) != 0x80U && count++ == length_max)
            break;
    return std::string(trimmed(text.substr(0, bytes))) + "…";
}

std::string people(const HoursPeople& people)
{
    if (!people.is_group())
        return people.name;
    return std::to_string(people.heads()) + (people.heads() == 1 ? " person" : " people");
}

struct Words
{
    std::string operator()(const std::monostate&) const { return "Withdrawn"; }
    std::string operator()(const HoursBody& body) const
    {
        const auto hours = hours_from_minutes(body.minutes(), body.people.heads());
        std::string text = hours ? format_hours_for_people(*hours) : "Hours";
        return text.append(separator)
            .append(shortened(body.activity, 60))
            .append(separator)
            .append(shortened(people(body.people), 40));
    }
    std::string operator()(const StoryBody& body) const { return shortened(body.title, 100); }
    std::string operator()(const FeedbackBody& body) const
    {
        const auto count = body.answers.size();
        return std::to_string(count) + (count == 1 ? " answer" : " answers");
    }
    std::string operator()(const DeliveryBody& body) const
    {
        std::string text = body.quantity ? format_quantity_for_people(*body.quantity) : std::string();
        if (!text.empty())
            text.append(separator);
        return text.append(shortened(body.description, 80));
    }
};

} // namespace

std::string headline(const Entry& entry)
{
    return std::visit(Words{}, entry.body);
}

} // namespace tally::server
