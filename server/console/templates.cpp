#include "server/console/templates.h"

#include "shared/base/files.h"

#include <array>
#include <stdexcept>

namespace tally::server::console {
namespace {

struct Section
{
    std::string_view id;
    std::string_view title;
    std::string_view path;
    Permission permission;
};

constexpr std::array sections = {
    Section{"queue", "Queue", "/queue", Permission::SeeEvidence},
    Section{"flags", "Flags", "/flags", Permission::SeeEvidence},
    Section{"contracts", "Contracts", "/contracts", Permission::SeeContracts},
    Section{"balances", "Balances", "/balances", Permission::SeeContracts},
    Section{"quarters", "Quarters", "/quarters", Permission::SeeContracts},
    Section{"frameworks", "Frameworks", "/frameworks", Permission::SeeContracts},
    Section{"ledger", "Ledger", "/ledger", Permission::SignedIn},
    Section{"devices", "Devices", "/devices", Permission::SeeDevices},
    Section{"people", "People", "/people", Permission::SeePeople},
};

ViewList navigation(const Frame& frame)
{
    ViewList items;
    for (const auto& section : sections) {
        if (!frame.visitor->may(section.permission))
            continue;
        View item = object();
        item.set("title", std::string(section.title));
        item.set("path", std::string(section.path));
        item.set("present", section.id == frame.section);
        const bool counts = section.id == "queue" && frame.waiting.value_or(0) > 0;
        set_text(item, "count", counts ? std::to_string(*frame.waiting) : "");
        items.push_back(std::move(item));
    }
    return items;
}

} // namespace

View object()
{
    return View(View::type::object);
}

void set_text(View& view, const std::string& name, std::string_view text)
{
    if (text.empty())
        view.set(name, false);
    else
        view.set(name, std::string(text));
}

View choice(std::string name, std::string title, bool chosen)
{
    View option = object();
    option.set("name", std::move(name));
    option.set("title", std::move(title));
    option.set("chosen", chosen);
    return option;
}

void set_list(View& view, const std::string& name, ViewList list)
{
    view.set(name + "_any", !list.empty());
    view.set(name, View(std::move(list)));
}

Templates::Templates(const std::filesystem::path& folder, std::string static_prefix)
    : m_static_prefix(std::move(static_prefix))
{
    std::error_code failure;
    for (const auto& item : std::filesystem::directory_iterator(folder, failure)) {
        if (item.path().extension() != ".mustache")
            continue;
        auto text = read_file(item.path());
        if (!text)
            throw std::runtime_error(text.error().message);
        kainjow::mustache::mustache checked(*text);
        if (!checked.is_valid())
            throw std::runtime_error("The template " + item.path().string() +
                                     " is wrong: " + checked.error_message());
        m_texts[item.path().stem().string()] = *std::move(text);
    }
    if (m_texts.count("layout") == 0)
        throw std::runtime_error("There are no page templates in " + folder.string() + ".");
}

std::string Templates::render(std::string_view name, View& data) const
{
    const auto found = m_texts.find(name);
    if (found == m_texts.end())
        throw std::runtime_error("There is no template " + std::string(name) + ".");
    // A parsed template keeps state while it renders, so threads do not share one.
    kainjow::mustache::mustache parsed(found->second);
    for (const auto& [part, text] : m_texts)
        if (part.starts_with("part-"))
            data.set(part, View(kainjow::mustache::partial([&text = text] { return text; })));
    return parsed.render(data);
}

std::string Templates::page(std::string_view name, View content, const Frame& frame) const
{
    content.set("csrf", frame.csrf);
    content.set("static", m_static_prefix);
    View layout = object();
    layout.set("content", render(name, content));
    layout.set("title", frame.title);
    layout.set("static", m_static_prefix);
    layout.set("csrf", frame.csrf);
    layout.set("signed_in", frame.visitor != nullptr);
    if (frame.visitor != nullptr) {
        layout.set("visitor", frame.visitor->user.name);
        layout.set("on_account", frame.section == "account");
        set_list(layout, "sections", navigation(frame));
    }
    return render("layout", layout);
}

} // namespace tally::server::console
