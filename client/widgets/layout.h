#pragma once
/// How a screen is laid out: a page with a header, a scrolling column and a footer; gaps on the 4 px
/// grid; columns that fold under one another on a narrow screen.

#include "client/widgets/context.h"

#include <functional>
#include <string_view>

namespace tally::client::widgets {

struct PageOptions
{
    std::string_view title;                         ///< in the header; may be empty
    std::string_view back_label;                    ///< shows the way back; empty on a first screen
    std::function<void(float height)> header_start; ///< draws at the left when there is no way back
    std::function<void()> header_end;               ///< draws at the right of the header
    float header_end_width = 0;                     ///< in dp, what header_end needs
    float column_width = 720;                       ///< in dp, the widest the column gets
    bool has_footer = false;
    bool has_header = true;
};

/// Opens the page; returns true when the person wants to go back. Escape means the same when no widget
/// has used it.
[[nodiscard]] bool begin_page(const PageOptions& options);
/// Ends the column and starts the footer, which stays in sight; only with `has_footer`.
void begin_footer();
void end_page();
/// True when Escape was pressed and nothing used it; ask last in the frame.
[[nodiscard]] bool escape_pressed();

void gap(float dp);
void hairline();
/// True when the layout has at least `dp` of width.
[[nodiscard]] bool is_wide(float dp);

/// Cells beside one another: begin each with next().
class Columns
{
public:
    /// Weights of the cells, such as {2, 1}; a weight of zero or less is a fixed width of -weight dp.
    Columns(std::initializer_list<float> weights, float gap_dp);
    explicit Columns(int equal_count, float gap_dp);
    ~Columns();
    Columns(const Columns&) = delete;
    Columns& operator=(const Columns&) = delete;

    void next();

private:
    void start(std::vector<float> widths, float gap_px);
    void end_cell();

    std::vector<float> m_widths;
    float m_gap = 0;
    ImVec2 m_origin;
    float m_bottom = 0;
    std::size_t m_cell = 0;
    float m_x = 0;
    bool m_is_open = false;
};

/// Narrows what is drawn inside to `dp` (when there is that much).
class Narrow
{
public:
    explicit Narrow(float dp);
    ~Narrow();
    Narrow(const Narrow&) = delete;
    Narrow& operator=(const Narrow&) = delete;
};

/// A card: a quiet surface with space around its content.
class Card
{
public:
    enum class Look
    {
        Surface,
        Attention,
        Accent
    };
    explicit Card(Look look = Look::Surface, float padding_dp = 24);
    ~Card();
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

private:
    Look m_look;
    float m_padding;
    float m_width;
    ImVec2 m_origin;
    ImDrawListSplitter m_below; // the surface is drawn below the content when its height is known
};

} // namespace tally::client::widgets
