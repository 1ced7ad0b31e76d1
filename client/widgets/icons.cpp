#include "client/widgets/icons.h"

#include <cmath>
#include <initializer_list>

namespace tally::client::widgets {
namespace {

constexpr float pi = 3.14159265F;

/// Draws on a 24-unit grid.
class Pencil
{
public:
    Pencil(ImVec2 at, float size_px, ImU32 colour)
        : m_list(ImGui::GetWindowDrawList()), m_at(at), m_unit(size_px / 24), m_colour(colour),
          m_thickness(std::fmax(1.5F, size_px / 24 * 2))
    {
    }

    void line(std::initializer_list<ImVec2> points, bool is_closed = false)
    {
        for (const ImVec2& point : points)
            m_list->PathLineTo(place(point));
        m_list->PathStroke(m_colour, is_closed ? ImDrawFlags_Closed : 0, m_thickness);
        // Round ends, which ImGui's lines do not have.
        if (!is_closed) {
            dot(*points.begin(), m_thickness / 2 / m_unit);
            dot(*(points.end() - 1), m_thickness / 2 / m_unit);
        }
    }

    void circle(ImVec2 centre, float radius)
    {
        m_list->AddCircle(place(centre), radius * m_unit, m_colour, 0, m_thickness);
    }

    void dot(ImVec2 centre, float radius)
    {
        m_list->AddCircleFilled(place(centre), radius * m_unit, m_colour, 12);
    }

    void disc(ImVec2 centre, float radius, ImU32 colour)
    {
        m_list->AddCircleFilled(place(centre), radius * m_unit, colour);
    }

    /// Angles in turns, clockwise from the right.
    void arc(ImVec2 centre, float radius, float from, float to)
    {
        m_list->PathArcTo(place(centre), radius * m_unit, from * 2 * pi, to * 2 * pi, 24);
        m_list->PathStroke(m_colour, 0, m_thickness);
    }

    void box(ImVec2 from, ImVec2 to, float rounding)
    {
        m_list->AddRect(place(from), place(to), m_colour, rounding * m_unit, 0, m_thickness);
    }

    void curve(ImVec2 a, ImVec2 b, ImVec2 c, ImVec2 d)
    {
        m_list->PathLineTo(place(a));
        m_list->PathBezierCubicCurveTo(place(b), place(c), place(d), 20);
        m_list->PathStroke(m_colour, 0, m_thickness);
        dot(a, m_thickness / 2 / m_unit);
        dot(d, m_thickness / 2 / m_unit);
    }

    void thickness(float units) { m_thickness = units * m_unit; }

private:
    [[nodiscard]] ImVec2 place(ImVec2 point) const
    {
        return {m_at.x + point.x * m_unit, m_at.y + point.y * m_unit};
    }

    ImDrawList* m_list;
    ImVec2 m_at;
    float m_unit;
    ImU32 m_colour;
    float m_thickness;
};

void draw_sliders(Pencil& pencil)
{
    struct Slider
    {
        float y, knob;
    };
    for (const Slider slider : {Slider{6, 15.5F}, Slider{12, 8}, Slider{18, 16.5F}}) {
        pencil.line({{3.5F, slider.y}, {slider.knob - 2.6F, slider.y}});
        pencil.line({{slider.knob + 2.6F, slider.y}, {20.5F, slider.y}});
        pencil.circle({slider.knob, slider.y}, 2.4F);
    }
}

} // namespace

void draw_icon(Icon icon, ImVec2 at, float size_px, ImU32 colour)
{
    Pencil pencil({std::round(at.x), std::round(at.y)}, size_px, colour);
    switch (icon) {
    case Icon::None:
        return;
    case Icon::Back:
        pencil.line({{20, 12}, {4.5F, 12}});
        pencil.line({{11, 5}, {4, 12}, {11, 19}});
        return;
    case Icon::Left:
        pencil.line({{15, 5}, {8, 12}, {15, 19}});
        return;
    case Icon::Forward:
        pencil.line({{9, 5}, {16, 12}, {9, 19}});
        return;
    case Icon::Down:
        pencil.line({{5, 9}, {12, 16}, {19, 9}});
        return;
    case Icon::Up:
        pencil.line({{5, 16}, {12, 9}, {19, 16}});
        return;
    case Icon::Check:
        pencil.thickness(2.4F);
        pencil.line({{4, 12.5F}, {9.5F, 18}, {20, 6.5F}});
        return;
    case Icon::Cross:
        pencil.line({{5.5F, 5.5F}, {18.5F, 18.5F}});
        pencil.line({{18.5F, 5.5F}, {5.5F, 18.5F}});
        return;
    case Icon::Plus:
        pencil.line({{12, 4}, {12, 20}});
        pencil.line({{4, 12}, {20, 12}});
        return;
    case Icon::Minus:
        pencil.line({{4, 12}, {20, 12}});
        return;
    case Icon::Clock:
        pencil.circle({12, 12}, 9);
        pencil.line({{12, 6.5F}, {12, 12}, {15.8F, 14.2F}});
        return;
    case Icon::People:
        pencil.circle({9, 8}, 3.6F);
        pencil.curve({2, 20}, {2, 12.5F}, {16, 12.5F}, {16, 20});
        pencil.arc({16.2F, 8}, 3.4F, -0.3F, 0.28F);
        pencil.curve({18.6F, 14.2F}, {21, 15}, {22, 17}, {22, 20});
        return;
    case Icon::Person:
        pencil.circle({12, 7.6F}, 4);
        pencil.curve({4, 21}, {4, 12.5F}, {20, 12.5F}, {20, 21});
        return;
    case Icon::Pen:
        pencil.line({{4, 20}, {5.2F, 15}, {16, 4.2F}, {19.8F, 8}, {9, 18.8F}}, true);
        pencil.line({{13.4F, 6.8F}, {17.2F, 10.6F}});
        return;
    case Icon::Speech:
        pencil.line({{4, 4.5F}, {20, 4.5F}, {20, 16}, {12, 16}, {7, 20.5F}, {7, 16}, {4, 16}}, true);
        pencil.line({{8, 8.6F}, {16, 8.6F}});
        pencil.line({{8, 12}, {13, 12}});
        return;
    case Icon::Camera:
        pencil.line(
            {{3, 7.5F}, {7, 7.5F}, {9, 4.5F}, {15, 4.5F}, {17, 7.5F}, {21, 7.5F}, {21, 19.5F}, {3, 19.5F}},
            true);
        pencil.circle({12, 13}, 3.8F);
        return;
    case Icon::Search:
        pencil.circle({10.5F, 10.5F}, 6.5F);
        pencil.line({{15.4F, 15.4F}, {20.5F, 20.5F}});
        return;
    case Icon::Settings:
        draw_sliders(pencil);
        return;
    case Icon::Sync:
        pencil.arc({12, 12}, 8.2F, 0.55F, 0.93F);
        pencil.arc({12, 12}, 8.2F, 0.05F, 0.43F);
        pencil.line({{20, 4}, {19.6F, 8.9F}, {14.8F, 8.4F}});
        pencil.line({{4, 20}, {4.4F, 15.1F}, {9.2F, 15.6F}});
        return;
    case Icon::Offline:
        pencil.curve({6.5F, 18.5F}, {1, 18.5F}, {1, 11}, {6.5F, 11});
        pencil.curve({6.5F, 11}, {7, 3.5F}, {17, 3.5F}, {17.5F, 10.5F});
        pencil.curve({17.5F, 10.5F}, {23.5F, 10.5F}, {23, 18.5F}, {17.5F, 18.5F});
        pencil.line({{6.5F, 18.5F}, {17.5F, 18.5F}});
        pencil.line({{3.5F, 3.5F}, {20.5F, 21.5F}});
        return;
    case Icon::Warning:
        pencil.line({{12, 3.5F}, {22, 20.5F}, {2, 20.5F}}, true);
        pencil.line({{12, 10}, {12, 14.5F}});
        pencil.dot({12, 17.6F}, 1.25F);
        return;
    case Icon::Question:
        pencil.circle({12, 12}, 9.2F);
        pencil.curve({9.2F, 9.6F}, {9.2F, 5.6F}, {15.2F, 5.8F}, {14.9F, 9.6F});
        pencil.curve({14.9F, 9.6F}, {14.6F, 11.6F}, {12, 11.4F}, {12, 13.8F});
        pencil.dot({12, 17}, 1.25F);
        return;
    case Icon::Info:
        pencil.circle({12, 12}, 9.2F);
        pencil.line({{12, 11}, {12, 16.8F}});
        pencil.dot({12, 7.4F}, 1.25F);
        return;
    case Icon::Calendar:
        pencil.box({3.5F, 5}, {20.5F, 20.5F}, 1.5F);
        pencil.line({{3.5F, 10}, {20.5F, 10}});
        pencil.line({{8, 2.8F}, {8, 6.5F}});
        pencil.line({{16, 2.8F}, {16, 6.5F}});
        return;
    case Icon::Place:
        pencil.arc({12, 9.6F}, 6.8F, 0.42F, 1.08F);
        pencil.line({{5.9F, 12.6F}, {12, 21.5F}, {18.1F, 12.6F}});
        pencil.circle({12, 9.6F}, 2.4F);
        return;
    case Icon::Box:
        pencil.line({{12, 3}, {20.5F, 7.5F}, {20.5F, 16.5F}, {12, 21}, {3.5F, 16.5F}, {3.5F, 7.5F}}, true);
        pencil.line({{3.5F, 7.5F}, {12, 12}, {20.5F, 7.5F}});
        pencil.line({{12, 12}, {12, 21}});
        return;
    case Icon::Stick:
        pencil.box({6.5F, 9}, {17.5F, 21}, 2);
        pencil.line({{9, 9}, {9, 3.5F}, {15, 3.5F}, {15, 9}});
        pencil.dot({11, 6.2F}, 0.9F);
        pencil.dot({13, 6.2F}, 0.9F);
        pencil.line({{12, 13}, {12, 17}});
        return;
    case Icon::List:
        for (const float y : {6.0F, 12.0F, 18.0F}) {
            pencil.dot({4.4F, y}, 1.3F);
            pencil.line({{9, y}, {20.5F, y}});
        }
        return;
    case Icon::Lock:
        pencil.box({5, 10.5F}, {19, 20.5F}, 1.5F);
        pencil.arc({12, 8.2F}, 4.2F, 0.5F, 1.0F);
        pencil.line({{7.8F, 8.2F}, {7.8F, 10.5F}});
        pencil.line({{16.2F, 8.2F}, {16.2F, 10.5F}});
        pencil.dot({12, 15.4F}, 1.4F);
        return;
    case Icon::Undo:
        pencil.line({{9, 4.5F}, {4, 9.5F}, {9, 14.5F}});
        pencil.curve({4.4F, 9.5F}, {14, 9.5F}, {20, 9.5F}, {20, 19.5F});
        return;
    case Icon::Copies:
        pencil.box({8.5F, 8.5F}, {20.5F, 20.5F}, 1.5F);
        pencil.line({{15.5F, 5}, {15.5F, 3.5F}, {3.5F, 3.5F}, {3.5F, 15.5F}, {5, 15.5F}});
        return;
    case Icon::Fork:
        pencil.line({{12, 20.5F}, {12, 13}});
        pencil.curve({12, 13}, {12, 9.5F}, {5.5F, 10}, {5.5F, 4});
        pencil.curve({12, 13}, {12, 9.5F}, {18.5F, 10}, {18.5F, 4});
        pencil.line({{2.8F, 6.7F}, {5.5F, 4}, {8.2F, 6.7F}});
        pencil.line({{15.8F, 6.7F}, {18.5F, 4}, {21.2F, 6.7F}});
        return;
    case Icon::Trash:
        pencil.line({{4, 6.5F}, {20, 6.5F}});
        pencil.line({{9, 6.2F}, {9.6F, 3.5F}, {14.4F, 3.5F}, {15, 6.2F}});
        pencil.line({{6, 6.8F}, {7, 20.5F}, {17, 20.5F}, {18, 6.8F}});
        pencil.line({{10.2F, 10.5F}, {10.4F, 16.8F}});
        pencil.line({{13.8F, 10.5F}, {13.6F, 16.8F}});
        return;
    case Icon::Link:
        pencil.line({{9.5F, 14.5F}, {14.5F, 9.5F}});
        pencil.curve({11, 7.5F}, {15, 2.5F}, {21.5F, 9}, {16.5F, 13});
        pencil.curve({13, 16.5F}, {9, 21.5F}, {2.5F, 15}, {7.5F, 11});
        return;
    case Icon::Home:
        pencil.line({{3.5F, 12}, {12, 4}, {20.5F, 12}});
        pencil.line({{6, 10.5F}, {6, 20.5F}, {18, 20.5F}, {18, 10.5F}});
        return;
    case Icon::Ledger:
        pencil.box({4.5F, 3.5F}, {19.5F, 20.5F}, 1.5F);
        pencil.line({{8.5F, 8.5F}, {15.5F, 8.5F}});
        pencil.line({{8.5F, 12.5F}, {15.5F, 12.5F}});
        pencil.line({{8.5F, 16.3F}, {12.5F, 16.3F}});
        return;
    case Icon::Sun:
        pencil.circle({12, 12}, 4.2F);
        for (int ray = 0; ray < 8; ++ray) {
            const float angle = static_cast<float>(ray) * pi / 4;
            const float x = std::cos(angle);
            const float y = std::sin(angle);
            pencil.line({{12 + 7.4F * x, 12 + 7.4F * y}, {12 + 9.8F * x, 12 + 9.8F * y}});
        }
        return;
    case Icon::Signature:
        pencil.curve({3, 16}, {8, 0}, {12, 6}, {8, 15});
        pencil.curve({8, 15}, {9, 10}, {14, 10}, {13, 14});
        pencil.curve({13, 14}, {14, 17}, {17, 13}, {20.5F, 14});
        pencil.line({{3.5F, 20}, {20.5F, 20}});
        return;
    case Icon::Flag:
        pencil.line({{5, 21}, {5, 4}});
        pencil.line({{5, 4}, {19, 4}, {15.5F, 8.8F}, {19, 13.6F}, {5, 13.6F}});
        return;
    case Icon::Heart:
        pencil.curve({12, 20.5F}, {-2, 11}, {5, 0}, {12, 7.4F});
        pencil.curve({12, 7.4F}, {19, 0}, {26, 11}, {12, 20.5F});
        return;
    }
}

void draw_smiley(int mood, ImVec2 at, float size_px, ImU32 line, ImU32 fill)
{
    Pencil pencil(at, size_px, line);
    pencil.disc({12, 12}, 11, fill);
    pencil.thickness(1.4F);
    pencil.circle({12, 12}, 10.6F);
    pencil.dot({8.3F, 9.6F}, 1.35F);
    pencil.dot({15.7F, 9.6F}, 1.35F);
    // The mouth bends from a frown to a smile in five even steps.
    const float bend = static_cast<float>(mood - 2) * 2.5F;
    const float y = 15.6F - bend * 0.25F;
    pencil.curve({7, y}, {9.5F, y + bend}, {14.5F, y + bend}, {17, y});
}

void draw_mark(ImVec2 at, float size_px, ImU32 colour)
{
    Pencil pencil(at, size_px, colour);
    pencil.thickness(2.5F);
    for (const float x : {5.0F, 9.7F, 14.3F, 19.0F})
        pencil.line({{x, 4.5F}, {x, 19.5F}});
    pencil.line({{2, 17}, {22, 7}});
}

} // namespace tally::client::widgets
