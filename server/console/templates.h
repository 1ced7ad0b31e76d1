#pragma once
/// Pages from mustache templates. Whatever people wrote is escaped unless a template says {{{ }}}, which
/// is used for our own markup alone.

#include "server/accounts/visitor.h"

#include <kainjow/mustache.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tally::server::console {

/// What a template reads. A name that is missing in a list's item is looked up outside it, so items
/// always set every name that they use, to false when there is nothing.
using View = kainjow::mustache::data;
using ViewList = kainjow::mustache::list;

/// An empty object.
[[nodiscard]] View object();
/// Sets a text, or false when it is empty, so that {{#name}} leaves out what is not there.
void set_text(View& view, const std::string& name, std::string_view text);
/// One of several that can be chosen: "name", "title", "chosen".
[[nodiscard]] View choice(std::string name, std::string title, bool chosen);
/// Sets a list, and name_any to whether it has items.
void set_list(View& view, const std::string& name, ViewList list);

/// What stands around the content of a page.
struct Frame
{
    std::string title;
    std::string section;                 ///< which item of the navigation is the present one
    const Visitor* visitor = nullptr;    ///< nobody: without navigation
    std::string csrf;                    ///< masked field, for the form that signs out and for the content
    std::optional<std::int64_t> waiting; ///< the number beside Queue
};

class Templates
{
public:
    /// Reads every *.mustache of a folder. `static_prefix` is where its style sheet and script are
    /// served. Throws std::runtime_error when a template is wrong, so that it shows at the start.
    Templates(const std::filesystem::path& folder, std::string static_prefix);

    /// The template `name` inside the layout. Thread-safe. Content sees `csrf` and `static`.
    [[nodiscard]] std::string page(std::string_view name, View content, const Frame& frame) const;

private:
    [[nodiscard]] std::string render(std::string_view name, View& data) const;

    std::map<std::string, std::string, std::less<>> m_texts;
    std::string m_static_prefix;
};

} // namespace tally::server::console
