#include "client/widgets/accessibility.h"

#include <utility>

namespace tally::client::accessibility {

std::string_view role_name(Role role)
{
    switch (role) {
    case Role::Heading:
        return "heading";
    case Role::Text:
        return "text";
    case Role::Button:
        return "button";
    case Role::TextField:
        return "text field";
    case Role::TextArea:
        return "text area";
    case Role::SpinButton:
        return "spin button";
    case Role::RadioGroup:
        return "radio group";
    case Role::Radio:
        return "radio";
    case Role::CheckBox:
        return "check box";
    case Role::Switch:
        return "switch";
    case Role::Select:
        return "select";
    case Role::ListRow:
        return "list row";
    case Role::Image:
        return "image";
    case Role::Drawing:
        return "drawing";
    case Role::Status:
        return "status";
    case Role::Alert:
        return "alert";
    case Role::Dialog:
        return "dialog";
    case Role::Progress:
        return "progress";
    }
    return "";
}

Node& Tree::add(Node node)
{
    m_nodes.push_back(std::move(node));
    return m_nodes.back();
}

const Node* Tree::find(Role role, std::string_view name) const
{
    for (const Node& node : m_nodes)
        if (node.role == role && node.name == name)
            return &node;
    return nullptr;
}

bool Tree::says(std::string_view words) const
{
    for (const Node& node : m_nodes)
        if (node.name.find(words) != std::string::npos || node.value.find(words) != std::string::npos ||
            node.description.find(words) != std::string::npos)
            return true;
    return false;
}

std::string Tree::text() const
{
    std::string text;
    for (const Node& node : m_nodes) {
        text += std::string(role_name(node.role)) + " \"" + node.name + "\"";
        if (!node.value.empty())
            text += " = \"" + node.value + "\"";
        if (!node.description.empty())
            text += " (" + node.description + ")";
        if (node.states.disabled)
            text += " disabled";
        if (node.states.checked)
            text += " checked";
        if (node.states.focused)
            text += " focused";
        if (node.states.invalid)
            text += " invalid";
        text += '\n';
    }
    return text;
}

} // namespace tally::client::accessibility
