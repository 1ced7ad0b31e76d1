#pragma once
/// What all widgets of a frame share: fonts, colours, keyboard, focus, layout, the accessibility tree
/// and what a widget remembers from frame to frame. One per window; one thread.

#include "client/widgets/accessibility.h"
#include "client/widgets/theme.h"
#include "client/widgets/translations.h"

#include <any>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tally::client::widgets {

enum class Key
{
    Tab,
    Enter,
    Space,
    Escape,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    Backspace,
    Delete,
    A,
    C,
    S,
    V,
    X,
    Y,
    Z,
};

struct KeyPress
{
    Key key = Key::Tab;
    bool shift = false;
    bool ctrl = false;
};

/// A key or typed text, in the order in which they came.
using KeyboardEvent = std::variant<KeyPress, std::string>;

struct Clipboard
{
    std::function<std::string()> read;
    std::function<void(const std::string&)> write;
};

class Context
{
public:
    Context(Fonts fonts, float scale, Appearance appearance, Translations translations);

    /// The context between begin_frame and end_frame; there must be one.
    static Context& current();

    // Before a frame: what happened since the last one.
    void press(KeyPress press) { m_keyboard.emplace_back(press); }
    void type(std::string text) { m_keyboard.emplace_back(std::move(text)); }
    void set_touch(bool is_touch) { m_is_touch = is_touch; }
    void drop_file(std::string path) { m_dropped.push_back(std::move(path)); }
    /// The widget acts in the next frame as if it had been pressed; for tests and assistive programs.
    void activate(std::uint32_t id) { m_activate = id; }
    void focus(std::uint32_t id);

    void set_fonts(Fonts fonts, float scale);
    void set_appearance(Appearance appearance);
    void set_clipboard(Clipboard clipboard) { m_clipboard = std::move(clipboard); }
    void set_translations(Translations translations) { m_translations = std::move(translations); }
    /// Animation is on unless a test wants every frame alike.
    void set_still(bool is_still) { m_is_still = is_still; }

    /// After ImGui::NewFrame. `now_s` counts from any moment and never goes back.
    void begin_frame(double now_s);
    /// Before ImGui::Render.
    void end_frame();

    /// After a frame: when the next is due although nothing happens; none when the window may sleep.
    [[nodiscard]] std::optional<double> next_frame_in_s() const { return m_next_frame_in_s; }
    [[nodiscard]] const accessibility::Tree& tree() const { return m_tree; }
    /// A field to type in has the focus: the screen keyboard belongs on the screen.
    [[nodiscard]] bool wants_text() const { return m_wants_text; }

    // For widgets.
    [[nodiscard]] const Palette& palette() const { return palette_of(m_appearance); }
    [[nodiscard]] Appearance appearance() const { return m_appearance; }
    [[nodiscard]] Font font(TextStyle style) const { return m_fonts.styles[static_cast<int>(style)]; }
    [[nodiscard]] float scale() const { return m_scale; }
    /// Pixels for a length at 96 dpi, on the pixel grid.
    [[nodiscard]] float dp(float length) const;
    [[nodiscard]] const Translations& translations() const { return m_translations; }
    [[nodiscard]] Clipboard& clipboard() { return m_clipboard; }
    [[nodiscard]] double now_s() const { return m_now_s; }
    [[nodiscard]] bool is_still() const { return m_is_still; }
    accessibility::Node& describe(accessibility::Node node);

    struct Focus
    {
        bool focused = false;
        bool ring = false;      ///< focused, and by keyboard
        bool gained = false;    ///< focused since the last frame
        bool activated = false; ///< Enter, Space or activate()
    };
    enum class Takes
    {
        Presses,
        Text
    };
    /// Registers a widget in the order of Tab. Call once a frame for each.
    Focus focusable(std::uint32_t id, accessibility::Rect rect, Takes takes = Takes::Presses,
                    bool is_enabled = true);
    [[nodiscard]] bool has_focus(std::uint32_t id) const { return m_focus == id && m_focus != 0; }
    /// The pointer pressed the widget: focus without a ring.
    void focus_by_pointer(std::uint32_t id);
    /// Gives the focus to the next widget that registers under this label.
    void focus_label(std::string label) { m_focus_label = std::move(label); }
    [[nodiscard]] bool takes_label(std::string_view label);
    /// The page goes back to its top, such as to its errors.
    void scroll_to_top() { m_scroll_to_top = true; }
    [[nodiscard]] bool takes_scroll_to_top() { return std::exchange(m_scroll_to_top, false); }
    [[nodiscard]] bool screen_is_new() const { return m_screen_is_new; }

    /// The key, once, when this layer has the keyboard.
    bool take(Key key);
    bool take(Key key, bool shift);
    /// What was pressed and typed; a field that has the focus empties it of what it used.
    std::vector<KeyboardEvent>& keyboard() { return m_keyboard; }
    /// Files dropped on the window in this frame; whoever wants them takes them.
    std::vector<std::string> take_dropped() { return std::exchange(m_dropped, {}); }
    [[nodiscard]] bool has_dropped() const { return !m_dropped.empty(); }

    void wake_in(double seconds);
    /// A drag of the pointer belongs to a widget (a signature, a selection), so it does not scroll.
    void claim_drag() { m_drag_claimed = true; }
    [[nodiscard]] bool drag_claimed() const { return m_drag_claimed; }
    [[nodiscard]] bool is_touch() const { return m_is_touch; }

    /// What the widget with this id remembers until the screen changes.
    template <typename T>
    T& state(std::uint32_t id)
    {
        std::any& slot = m_states[id];
        if (!std::any_cast<T>(&slot))
            slot = T{};
        return *std::any_cast<T>(&slot);
    }

    /// Another screen: what widgets remember is dropped, and so is the focus.
    void enter_screen(std::string name);

    // Layout: the width that widgets fill.
    [[nodiscard]] float width() const { return m_widths.back(); }
    void push_width(float width) { m_widths.push_back(width); }
    void pop_width() { m_widths.pop_back(); }

    // Layers: 0 is the page; dialogs above it take all input.
    [[nodiscard]] int layer() const { return m_layer; }
    [[nodiscard]] bool layer_has_input() const { return m_layer == m_top_layer; }
    void push_layer();
    void pop_layer();

private:
    void move_focus(int direction);

    Fonts m_fonts;
    float m_scale;
    Appearance m_appearance;
    Translations m_translations;
    Clipboard m_clipboard;
    accessibility::Tree m_tree;

    std::vector<KeyboardEvent> m_keyboard;
    std::vector<std::string> m_dropped;
    std::uint32_t m_activate = 0;
    bool m_is_touch = false;
    bool m_drag_claimed = false;
    bool m_is_still = false;
    double m_now_s = 0;
    std::optional<double> m_next_frame_in_s;

    std::uint32_t m_focus = 0;
    std::uint32_t m_focus_before = 0;
    bool m_focus_by_keyboard = false;
    bool m_scroll_to_focus = false;
    bool m_focus_seen = false;
    bool m_wants_text = false;
    std::string m_focus_label;
    bool m_scroll_to_top = false;
    std::vector<std::uint32_t> m_order; ///< widgets of the top layer, in the frame before
    std::vector<std::uint32_t> m_order_next;
    std::vector<std::uint32_t> m_focus_below; ///< focus of each layer under the top one

    int m_layer = 0;
    int m_top_layer = 0;
    int m_top_layer_next = 0;
    bool m_focus_first = false;

    std::string m_screen;
    bool m_screen_is_new = true;
    bool m_screen_was_entered = true;
    std::unordered_map<std::uint32_t, std::any> m_states;
    std::vector<float> m_widths{0};
};

} // namespace tally::client::widgets
