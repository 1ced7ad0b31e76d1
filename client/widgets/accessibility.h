#pragma once
/// What a frame shows, as a screen reader, a keyboard or a test meets it. Every widget adds one node as
/// it draws, in reading order; the tree is rebuilt each frame and read after it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client::accessibility {

enum class Role
{
    Heading,
    Text,
    Button,
    TextField,
    TextArea,
    SpinButton,
    RadioGroup,
    Radio,
    CheckBox,
    Switch,
    Select,
    ListRow,
    Image,
    Drawing,
    Status,
    Alert,
    Dialog,
    Progress,
};

[[nodiscard]] std::string_view role_name(Role role);

struct Rect
{
    float x = 0, y = 0, width = 0, height = 0;
};

struct States
{
    bool focusable = false;
    bool focused = false;
    bool disabled = false;
    bool checked = false;
    bool expanded = false;
    bool invalid = false;
};

struct Node
{
    std::uint32_t id = 0; ///< ImGui's id of the widget; zero for plain text
    Role role = Role::Text;
    std::string name = {};
    std::string value = {};       ///< what a field holds, what a progress bar says
    std::string description = {}; ///< hint and error, read after the name
    Rect rect = {};               ///< in window pixels; may lie outside when scrolled away
    States states = {};
    int layer = 0; ///< 0 the page, 1 and more the dialogs above it
    int level = 0; ///< of a heading, 1 the highest
};

class Tree
{
public:
    void clear() { m_nodes.clear(); }
    Node& add(Node node);
    [[nodiscard]] const std::vector<Node>& nodes() const { return m_nodes; }
    /// The first node with the role and exactly the name; null when the frame shows none.
    [[nodiscard]] const Node* find(Role role, std::string_view name) const;
    /// True when any node's name or value contains the words.
    [[nodiscard]] bool says(std::string_view words) const;
    /// One line a node, for messages of failed tests.
    [[nodiscard]] std::string text() const;

private:
    std::vector<Node> m_nodes;
};

} // namespace tally::client::accessibility
