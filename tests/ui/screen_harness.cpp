#include "tests/ui/screen_harness.h"

#include "client/widgets/imgui_compat.h"
#include "shared/base/files.h"

#include <doctest/doctest.h>
#include <imgui.h>

namespace tally::test {

using namespace client;
using accessibility::Node;
using accessibility::Role;

ScreenHarness::ScreenHarness(screens::AppModel given, float width, float height) : model(std::move(given))
{
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = ImVec2(width, height);
    io.DeltaTime = 1.0F / 60;
    ImFont* font = io.Fonts->AddFontDefault();
    unsigned char* pixels = nullptr;
    int atlas_width = 0;
    int atlas_height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &atlas_width, &atlas_height);
    widgets::Fonts fonts;
    for (int index = 0; index < widgets::text_style_count; ++index)
        fonts.styles[index] = {font, widgets::base_size_of(static_cast<widgets::TextStyle>(index)) * 1.36F};
    auto translations = widgets::Translations::load(assets_dir() / "translations" / "en.json");
    REQUIRE(translations.ok());
    m_ui.emplace(fonts, 1.0F, widgets::Appearance::Light, std::move(*translations));
    m_ui->set_still(true);
    compat::mouse_gone();
    frame();
}

ScreenHarness::~ScreenHarness()
{
    m_ui.reset();
    ImGui::DestroyContext();
}

void ScreenHarness::frame(int count)
{
    for (int index = 0; index < count; ++index) {
        m_now_s += 1.0 / 60;
        screens::CommandQueue queue;
        ImGui::NewFrame();
        m_ui->begin_frame(m_now_s);
        m_screens.draw(model, queue);
        m_ui->end_frame();
        ImGui::Render();
        for (screens::Command& command : queue.take()) {
            if (const auto* go_to = std::get_if<screens::Go>(&command))
                model.route = go_to->route;
            if (const auto* shown = std::get_if<screens::ShowSync>(&command))
                model.sync.is_shown = shown->yes;
            m_commands.push_back(std::move(command));
        }
    }
}

void ScreenHarness::go(screens::ScreenName screen, std::string id)
{
    model.route = {screen, std::move(id)};
    frame(3);
}

const Node* ScreenHarness::find(Role role, std::string_view name) const
{
    return tree().find(role, name);
}

const Node& ScreenHarness::need(Role role, std::string_view name) const
{
    const Node* node = find(role, name);
    if (node == nullptr)
        FAIL("There is no ", std::string(accessibility::role_name(role)), " \"", std::string(name),
             "\" among:\n", tree().text());
    return *node;
}

void ScreenHarness::press(Role role, std::string_view name)
{
    // Focus brings it into sight, as it does for somebody who uses Tab.
    m_ui->focus(need(role, name).id);
    frame(2);
    const accessibility::Rect rect = need(role, name).rect;
    compat::mouse_position(rect.x + rect.width / 2, rect.y + rect.height / 2);
    frame(1);
    compat::mouse_button(0, true);
    frame(1);
    compat::mouse_button(0, false);
    frame(2);
    compat::mouse_gone();
    frame(1);
}

void ScreenHarness::activate(Role role, std::string_view name)
{
    m_ui->activate(need(role, name).id);
    frame(3);
}

void ScreenHarness::type_into(Role role, std::string_view name, std::string text)
{
    m_ui->focus(need(role, name).id);
    frame(1);
    m_ui->press({widgets::Key::A, false, true});
    m_ui->type(std::move(text));
    frame(2);
}

void ScreenHarness::key(widgets::Key key, bool shift)
{
    m_ui->press({key, shift, false});
    frame(2);
}

void ScreenHarness::type(std::string text)
{
    m_ui->type(std::move(text));
    frame(2);
}

std::string ScreenHarness::focused() const
{
    for (const Node& node : tree().nodes())
        if (node.states.focused)
            return node.name;
    return {};
}

} // namespace tally::test
