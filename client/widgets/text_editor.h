#pragma once
/// Editing of one text: cursor, selection, undo. Knows nothing of drawing. Positions are byte offsets
/// that always lie between two code points of UTF-8.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client::widgets {

enum class Selecting
{
    No,
    Yes
};

class TextEditor
{
public:
    [[nodiscard]] std::size_t cursor() const { return m_cursor; }
    [[nodiscard]] std::size_t selection_begin() const { return m_cursor < m_anchor ? m_cursor : m_anchor; }
    [[nodiscard]] std::size_t selection_end() const { return m_cursor < m_anchor ? m_anchor : m_cursor; }
    [[nodiscard]] bool has_selection() const { return m_cursor != m_anchor; }
    [[nodiscard]] std::string selected(std::string_view text) const;

    /// Call before the rest when somebody else may have changed the text.
    void clamp(std::string_view text);

    void move_to(std::string_view text, std::size_t position, Selecting selecting);
    void left(std::string_view text, Selecting selecting);
    void right(std::string_view text, Selecting selecting);
    void word_left(std::string_view text, Selecting selecting);
    void word_right(std::string_view text, Selecting selecting);
    void select_all(std::string_view text);
    void select_word(std::string_view text, std::size_t position);

    /// Replaces the selection. What would make the text longer than `code_points_max` is left out.
    /// True when the text changed.
    bool insert(std::string& text, std::string_view added, std::size_t code_points_max);
    bool erase_left(std::string& text);
    bool erase_right(std::string& text);
    bool erase_word_left(std::string& text);
    bool undo(std::string& text);
    bool redo(std::string& text);

private:
    struct Moment
    {
        std::string text;
        std::size_t cursor = 0;
    };

    void remember(const std::string& text, bool joins_last);
    bool erase_selection(std::string& text);

    std::size_t m_cursor = 0;
    std::size_t m_anchor = 0;
    std::vector<Moment> m_undo;
    std::vector<Moment> m_redo;
    bool m_typing = false; ///< the last change was a typed letter, which the next one may join
};

[[nodiscard]] std::size_t next_code_point(std::string_view text, std::size_t position);
[[nodiscard]] std::size_t previous_code_point(std::string_view text, std::size_t position);
/// The code point at `position`, and how many bytes it takes (at least one, also in broken text).
struct CodePoint
{
    char32_t value = 0;
    std::size_t bytes = 1;
};
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t position);

} // namespace tally::client::widgets
