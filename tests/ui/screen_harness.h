#pragma once
/// Draws screens without a window and presses what they show, found by role and name in the
/// accessibility tree.

#include "client/screens/screens.h"
#include "client/widgets/context.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

class ScreenHarness
{
public:
    explicit ScreenHarness(client::screens::AppModel model, float width = 1280, float height = 800);
    ~ScreenHarness();
    ScreenHarness(const ScreenHarness&) = delete;
    ScreenHarness& operator=(const ScreenHarness&) = delete;

    client::screens::AppModel model;

    /// Draws frames until what was pressed has taken effect. Go and ShowSync commands are followed.
    void frame(int count = 2);
    void go(client::screens::ScreenName screen, std::string id = {});

    /// With the pointer, as a finger would: fails the test when there is no such widget on the screen.
    void press(client::accessibility::Role role, std::string_view name);
    /// As an assistive program would, also when it is scrolled out of sight.
    void activate(client::accessibility::Role role, std::string_view name);
    /// Gives a field the focus, replaces what it holds.
    void type_into(client::accessibility::Role role, std::string_view name, std::string text);
    void key(client::widgets::Key key, bool shift = false);
    void type(std::string text);
    void advance_s(double seconds) { m_now_s += seconds; }

    [[nodiscard]] const client::accessibility::Node* find(client::accessibility::Role role,
                                                          std::string_view name) const;
    [[nodiscard]] const client::accessibility::Tree& tree() const { return m_ui->tree(); }
    /// The name of the widget that has the focus; empty when none has.
    [[nodiscard]] std::string focused() const;
    [[nodiscard]] client::widgets::Context& ui() { return *m_ui; }
    [[nodiscard]] std::string text(std::string_view key) const { return m_ui->translations().text(key); }

    /// The last command of a kind since the start; null when there was none.
    template <typename Command>
    [[nodiscard]] const Command* last() const
    {
        for (auto command = m_commands.rbegin(); command != m_commands.rend(); ++command)
            if (const auto* found = std::get_if<Command>(&*command))
                return found;
        return nullptr;
    }
    template <typename Command>
    [[nodiscard]] int count() const
    {
        int found = 0;
        for (const auto& command : m_commands)
            found += std::holds_alternative<Command>(command) ? 1 : 0;
        return found;
    }
    void forget_commands() { m_commands.clear(); }

private:
    [[nodiscard]] const client::accessibility::Node& need(client::accessibility::Role role,
                                                          std::string_view name) const;

    std::optional<client::widgets::Context> m_ui;
    client::screens::Screens m_screens;
    std::vector<client::screens::Command> m_commands;
    double m_now_s = 1;
};

} // namespace tally::test
