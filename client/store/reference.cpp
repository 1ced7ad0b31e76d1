#include "client/store/reference.h"

#include <nlohmann/json.hpp>

namespace tally::client {

namespace {

using Json = nlohmann::json;

/// Reads the members of one object; `complete()` is false when a needed one was missing.
class Members
{
public:
    explicit Members(std::string_view text) : m_json(Json::parse(text, nullptr, false))
    {
        m_complete = m_json.is_object();
    }

    std::string text(const char* name)
    {
        std::string value = text_or_empty(name);
        m_complete = m_complete && !value.empty();
        return value;
    }
    std::string text_or_empty(const char* name) const
    {
        if (!m_json.is_object())
            return {};
        const auto found = m_json.find(name);
        return found != m_json.end() && found->is_string() ? found->get<std::string>() : std::string();
    }
    Timestamp moment(const char* name)
    {
        const auto found = m_json.is_object() ? m_json.find(name) : m_json.end();
        if (found == m_json.end() || !found->is_number_integer()) {
            m_complete = false;
            return {};
        }
        return {found->get<std::int64_t>()};
    }
    [[nodiscard]] bool complete() const { return m_complete; }

private:
    Json m_json;
    bool m_complete = false;
};

} // namespace

std::optional<Contract> parse_contract(std::string_view json)
{
    Members members(json);
    Contract contract;
    contract.reference = members.text("ref");
    contract.title = members.text("title");
    contract.supplier = members.text_or_empty("supplier");
    contract.buyer = members.text_or_empty("buyer");
    contract.framework = members.text_or_empty("framework");
    contract.framework_version = members.text_or_empty("framework_version");
    contract.starts = members.text_or_empty("starts");
    contract.ends = members.text_or_empty("ends");
    return members.complete() ? std::optional(std::move(contract)) : std::nullopt;
}

std::optional<Event> parse_event(std::string_view json)
{
    Members members(json);
    Event event;
    event.id = members.text("id");
    event.contract = members.text_or_empty("contract");
    event.title = members.text("title");
    event.place = members.text_or_empty("place");
    event.starts_at = members.moment("starts_at_ms");
    event.ends_at = members.moment("ends_at_ms");
    return members.complete() ? std::optional(std::move(event)) : std::nullopt;
}

std::optional<Place> parse_place(std::string_view json)
{
    Members members(json);
    Place place;
    place.id = members.text("id");
    place.title = members.text("title");
    return members.complete() ? std::optional(std::move(place)) : std::nullopt;
}

} // namespace tally::client
