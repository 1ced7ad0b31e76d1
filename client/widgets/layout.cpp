#include "client/widgets/layout.h"

#include "client/widgets/controls.h"
#include "client/widgets/draw.h"
#include "client/widgets/imgui_compat.h"

#include <algorithm>
#include <cmath>

namespace tally::client::widgets {
namespace {

constexpr ImGuiWindowFlags plain = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                   ImGuiWindowFlags_NoBringToFrontOnFocus;
constexpr float header_height_dp = 72;
constexpr float footer_height_dp = 92;
constexpr float margin_dp = 24;

/// What begin_page leaves for begin_footer and end_page.
struct OpenPage
{
    float column_px = 0;
    float column_x = 0;
    float footer_y = 0;
    bool in_footer = false;
    float touch_travel = 0;
};

// There is one page at a time, whatever ImGui window is being drawn.
OpenPage& open_page()
{
    return Context::current().state<OpenPage>(1);
}

/// On a touch screen a finger on the page moves the page.
void scroll_by_touch(float& travel)
{
    Context& ui = Context::current();
    const ImGuiIO& io = ImGui::GetIO();
    if (!io.MouseDown[0] || !ui.is_touch() || ui.drag_claimed() || !ui.layer_has_input()) {
        travel = 0;
        return;
    }
    const accessibility::Rect view{ImGui::GetWindowPos().x, ImGui::GetWindowPos().y, ImGui::GetWindowWidth(),
                                   ImGui::GetWindowHeight()};
    if (!contains(view, io.MouseClickedPos[0]))
        return;
    travel += std::fabs(io.MouseDelta.y);
    if (travel > ui.dp(10)) {
        compat::cancel_press();
        ImGui::SetScrollY(ImGui::GetScrollY() - io.MouseDelta.y);
    }
}

void scroll_by_keys()
{
    Context& ui = Context::current();
    if (!ui.layer_has_input())
        return;
    const float page = ImGui::GetWindowHeight() - ui.dp(80);
    if (ui.take(Key::PageDown))
        ImGui::SetScrollY(ImGui::GetScrollY() + page);
    if (ui.take(Key::PageUp))
        ImGui::SetScrollY(ImGui::GetScrollY() - page);
}

void close_column()
{
    gap(40);
    Context::current().pop_width();
    ImGui::EndGroup();
    scroll_by_keys();
    scroll_by_touch(open_page().touch_travel);
    ImGui::EndChild();
}

} // namespace

bool begin_page(const PageOptions& options)
{
    Context& ui = Context::current();
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos(ImVec2(0, 0));
    ImGui::SetNextWindowSize(display);
    ImGui::Begin("page", nullptr, plain | ImGuiWindowFlags_NoScrollWithMouse);

    OpenPage& page = open_page();
    const float margin = ui.dp(margin_dp);
    page.column_px = std::floor(std::min(ui.dp(options.column_width), display.x - 2 * margin));
    page.column_x = std::floor((display.x - page.column_px) / 2);
    page.in_footer = false;

    bool back = false;
    const float header = options.has_header ? ui.dp(header_height_dp) : 0;
    if (options.has_header) {
        const float end_width = ui.dp(options.header_end_width);
        float x = margin;
        if (!options.back_label.empty()) {
            ImGui::SetCursorScreenPos(ImVec2(x, ui.dp(10)));
            back = quiet_button(options.back_label, {.icon = Icon::Back});
            x = ImGui::GetItemRectMax().x + ui.dp(16);
        } else if (options.header_start)
            options.header_start(header);
        if (!options.title.empty()) {
            const Font font = ui.font(TextStyle::LargeBold);
            const float room = display.x - x - end_width - 2 * margin;
            const float width = std::min(text_width(options.title, font), room);
            // In the middle of the window when there is space, else after the way back.
            const float centred = std::floor((display.x - width) / 2);
            const float at = centred >= x && centred + width <= display.x - end_width - margin ? centred : x;
            if (room > ui.dp(40)) {
                draw_fitted({at, (header - font.size_px) / 2}, options.title, font, ui.palette().ink, room);
                ui.describe({.role = accessibility::Role::Heading,
                             .name = std::string(options.title),
                             .rect = {at, 0, width, header},
                             .level = 1});
            }
        }
        if (options.header_end) {
            ImGui::SetCursorScreenPos(ImVec2(display.x - margin - end_width, ui.dp(12)));
            ui.push_width(end_width);
            options.header_end();
            ui.pop_width();
        }
        draw_fill({0, header - 1, display.x, 1}, ui.palette().hairline, 0);
    }

    const float footer = options.has_footer ? ui.dp(footer_height_dp) : 0;
    page.footer_y = display.y - footer;
    ImGui::SetCursorScreenPos(ImVec2(0, header));
    compat::begin_region("column", ImVec2(display.x, display.y - header - footer), ImGuiWindowFlags_NoNav);
    if (ui.takes_scroll_to_top() || ui.screen_is_new())
        ImGui::SetScrollY(0);
    ImGui::SetCursorPos(ImVec2(page.column_x, ui.dp(32)));
    ImGui::BeginGroup();
    ui.push_width(page.column_px);
    return back;
}

void begin_footer()
{
    Context& ui = Context::current();
    close_column();
    OpenPage& page = open_page();
    page.in_footer = true;
    draw_fill({0, page.footer_y, ImGui::GetIO().DisplaySize.x, 1}, ui.palette().hairline, 0);
    ImGui::SetCursorScreenPos(ImVec2(page.column_x, page.footer_y + ui.dp(18)));
    ImGui::BeginGroup();
    ui.push_width(page.column_px);
}

void end_page()
{
    if (open_page().in_footer) {
        Context::current().pop_width();
        ImGui::EndGroup();
    } else {
        close_column();
    }
    ImGui::End();
}

bool escape_pressed()
{
    Context& ui = Context::current();
    // A dialog that is drawn after the page has it first.
    return ui.layer_has_input() && ui.take(Key::Escape);
}

void gap(float dp)
{
    ImGui::Dummy(ImVec2(1, Context::current().dp(dp)));
}

void hairline()
{
    const Context& ui = Context::current();
    const auto rect = next_rect(ui.width(), 1);
    draw_fill(rect, ui.palette().hairline, 0);
    ImGui::Dummy(ImVec2(rect.width, 1));
}

bool is_wide(float dp)
{
    return Context::current().width() >= Context::current().dp(dp);
}

Columns::Columns(std::initializer_list<float> weights, float gap_dp)
{
    const Context& ui = Context::current();
    const float gap_px = ui.dp(gap_dp);
    float shared = ui.width() - gap_px * static_cast<float>(weights.size() - 1);
    float total = 0;
    for (const float weight : weights) {
        if (weight > 0)
            total += weight;
        else
            shared -= ui.dp(-weight);
    }
    std::vector<float> widths;
    for (const float weight : weights)
        widths.push_back(weight > 0 ? std::floor(shared * weight / total) : ui.dp(-weight));
    start(std::move(widths), gap_px);
}

Columns::Columns(int equal_count, float gap_dp)
{
    const Context& ui = Context::current();
    const float gap_px = ui.dp(gap_dp);
    const float count = static_cast<float>(equal_count);
    start(std::vector<float>(static_cast<std::size_t>(equal_count),
                             std::floor((ui.width() - gap_px * (count - 1)) / count)),
          gap_px);
}

void Columns::start(std::vector<float> widths, float gap_px)
{
    m_widths = std::move(widths);
    m_gap = gap_px;
    m_origin = ImGui::GetCursorScreenPos();
    m_x = m_origin.x;
    m_bottom = m_origin.y;
}

void Columns::end_cell()
{
    if (!m_is_open)
        return;
    m_is_open = false;
    Context::current().pop_width();
    ImGui::EndGroup();
    m_bottom = std::max(m_bottom, ImGui::GetItemRectMax().y);
    m_x += m_widths[m_cell] + m_gap;
    ++m_cell;
}

void Columns::next()
{
    end_cell();
    TALLY_ASSERT(m_cell < m_widths.size());
    ImGui::SetCursorScreenPos(ImVec2(m_x, m_origin.y));
    ImGui::BeginGroup();
    Context::current().push_width(m_widths[m_cell]);
    m_is_open = true;
}

Columns::~Columns()
{
    end_cell();
    ImGui::SetCursorScreenPos(m_origin);
    ImGui::Dummy(ImVec2(1, m_bottom - m_origin.y));
}

Narrow::Narrow(float dp)
{
    Context& ui = Context::current();
    ImGui::BeginGroup();
    ui.push_width(std::min(ui.width(), ui.dp(dp)));
}

Narrow::~Narrow()
{
    Context::current().pop_width();
    ImGui::EndGroup();
}

Card::Card(Look look, float padding_dp)
    : m_look(look), m_padding(Context::current().dp(padding_dp)), m_width(Context::current().width()),
      m_origin(ImGui::GetCursorScreenPos())
{
    m_below.Split(ImGui::GetWindowDrawList(), 2);
    m_below.SetCurrentChannel(ImGui::GetWindowDrawList(), 1);
    ImGui::SetCursorScreenPos(ImVec2(m_origin.x + m_padding, m_origin.y + m_padding));
    ImGui::BeginGroup();
    Context::current().push_width(m_width - 2 * m_padding);
}

Card::~Card()
{
    Context& ui = Context::current();
    ui.pop_width();
    ImGui::EndGroup();
    const float height = ImGui::GetItemRectMax().y + m_padding - m_origin.y;
    const Palette& palette = ui.palette();
    ImDrawList* list = ImGui::GetWindowDrawList();
    m_below.SetCurrentChannel(list, 0);
    const accessibility::Rect rect{m_origin.x, m_origin.y, m_width, height};
    const float rounding = ui.dp(12);
    if (m_look == Look::Surface) {
        draw_fill(rect, palette.surface, rounding);
        draw_frame(rect, palette.hairline, rounding, 1);
    } else {
        draw_fill(rect, m_look == Look::Attention ? palette.attention_soft : palette.accent_soft, rounding);
    }
    m_below.Merge(list);
    ImGui::SetCursorScreenPos(m_origin);
    ImGui::Dummy(ImVec2(m_width, height));
}

} // namespace tally::client::widgets
