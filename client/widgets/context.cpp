#include "client/widgets/context.h"

#include "shared/base/result.h"

#include <algorithm>
#include <cmath>

namespace tally::client::widgets {
namespace {

// Widgets are free functions, as in ImGui itself; the frame being drawn is theirs to find.
thread_local Context* frame_context = nullptr;

} // namespace

Context::Context(Fonts fonts, float scale, Appearance appearance, Translations translations)
    : m_fonts(fonts), m_scale(scale), m_appearance(appearance), m_translations(std::move(translations))
{
    apply_style(palette(), m_scale);
}

Context& Context::current()
{
    TALLY_ASSERT(frame_context != nullptr);
    return *frame_context;
}

void Context::set_fonts(Fonts fonts, float scale)
{
    m_fonts = fonts;
    m_scale = scale;
    apply_style(palette(), m_scale);
}

void Context::set_appearance(Appearance appearance)
{
    m_appearance = appearance;
    apply_style(palette(), m_scale);
}

float Context::dp(float length) const
{
    return std::round(length * m_scale);
}

void Context::begin_frame(double now_s)
{
    frame_context = this;
    m_now_s = now_s;
    m_next_frame_in_s.reset();
    m_tree.clear();
    m_order_next.clear();
    m_layer = 0;
    m_top_layer_next = 0;
    m_focus_seen = false;
    m_wants_text = false;
    m_widths.assign(1, ImGui::GetIO().DisplaySize.x);
    m_screen_is_new = m_screen_was_entered;
    m_screen_was_entered = false;
    if (!ImGui::GetIO().MouseDown[0])
        m_drag_claimed = false;
    if (take(Key::Tab, false))
        move_focus(1);
    if (take(Key::Tab, true))
        move_focus(-1);
}

void Context::end_frame()
{
    if (m_top_layer_next > m_top_layer) {
        m_focus_below.push_back(m_focus);
        m_focus = 0;
        m_focus_first = true;
        wake_in(0);
    } else if (m_top_layer_next < m_top_layer) {
        m_focus = m_focus_below.empty() ? 0 : m_focus_below.back();
        if (!m_focus_below.empty())
            m_focus_below.pop_back();
        wake_in(0);
    } else if (!m_focus_seen) {
        m_focus = 0;
    }
    if (m_top_layer_next != m_top_layer)
        m_order.clear();
    else
        m_order = m_order_next;
    m_top_layer = m_top_layer_next;
    m_focus_before = m_focus;
    m_keyboard.clear();
    m_dropped.clear();
    m_activate = 0;
    frame_context = nullptr;
}

void Context::focus(std::uint32_t id)
{
    m_focus = id;
    m_focus_by_keyboard = true;
    m_scroll_to_focus = true;
    m_focus_seen = true;
}

void Context::focus_by_pointer(std::uint32_t id)
{
    m_focus = id;
    m_focus_by_keyboard = false;
    m_focus_seen = true;
}

bool Context::takes_label(std::string_view label)
{
    if (m_focus_label.empty() || m_focus_label != label)
        return false;
    m_focus_label.clear();
    return true;
}

void Context::move_focus(int direction)
{
    m_focus_by_keyboard = true;
    m_scroll_to_focus = true;
    if (m_order.empty()) {
        m_focus_first = true;
        return;
    }
    const auto place = std::find(m_order.begin(), m_order.end(), m_focus);
    const auto count = static_cast<std::ptrdiff_t>(m_order.size());
    std::ptrdiff_t index = direction > 0 ? 0 : count - 1;
    if (place != m_order.end())
        index = (place - m_order.begin() + direction + count) % count;
    m_focus = m_order[static_cast<std::size_t>(index)];
}

accessibility::Node& Context::describe(accessibility::Node node)
{
    node.layer = m_layer;
    return m_tree.add(std::move(node));
}

Context::Focus Context::focusable(std::uint32_t id, accessibility::Rect rect, Takes takes, bool is_enabled)
{
    Focus focus;
    if (!layer_has_input() || !is_enabled)
        return focus;
    m_order_next.push_back(id);
    if (m_focus_first) {
        m_focus_first = false;
        m_focus = id;
    }
    focus.focused = m_focus == id;
    if (focus.focused) {
        m_focus_seen = true;
        m_wants_text = takes == Takes::Text;
        focus.gained = m_focus_before != id;
        focus.ring = m_focus_by_keyboard;
        if (m_scroll_to_focus) {
            m_scroll_to_focus = false;
            const float margin = dp(16);
            const float top = ImGui::GetWindowPos().y + margin;
            const float bottom = ImGui::GetWindowPos().y + ImGui::GetWindowHeight() - margin;
            if (rect.y < top)
                ImGui::SetScrollY(ImGui::GetScrollY() - (top - rect.y));
            else if (rect.y + rect.height > bottom)
                ImGui::SetScrollY(ImGui::GetScrollY() + (rect.y + rect.height - bottom));
            wake_in(0);
        }
        if (takes == Takes::Presses) {
            const bool entered = take(Key::Enter);
            focus.activated = take(Key::Space) || entered;
        }
    }
    if (m_activate == id) {
        m_activate = 0;
        focus.activated = true;
    }
    return focus;
}

bool Context::take(Key key)
{
    for (auto event = m_keyboard.begin(); event != m_keyboard.end(); ++event) {
        const auto* press = std::get_if<KeyPress>(&*event);
        if (press != nullptr && press->key == key) {
            m_keyboard.erase(event);
            return true;
        }
    }
    return false;
}

bool Context::take(Key key, bool shift)
{
    for (auto event = m_keyboard.begin(); event != m_keyboard.end(); ++event) {
        const auto* press = std::get_if<KeyPress>(&*event);
        if (press != nullptr && press->key == key && press->shift == shift) {
            m_keyboard.erase(event);
            return true;
        }
    }
    return false;
}

void Context::wake_in(double seconds)
{
    if (!m_next_frame_in_s || *m_next_frame_in_s > seconds)
        m_next_frame_in_s = seconds;
}

void Context::enter_screen(std::string name)
{
    if (name == m_screen)
        return;
    m_screen = std::move(name);
    m_states.clear();
    m_focus = 0;
    m_focus_label.clear();
    m_screen_was_entered = true;
}

void Context::push_layer()
{
    ++m_layer;
    m_top_layer_next = std::max(m_top_layer_next, m_layer);
}

void Context::pop_layer()
{
    --m_layer;
}

} // namespace tally::client::widgets
