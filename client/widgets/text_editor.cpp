#include "client/widgets/text_editor.h"

#include "shared/base/encoding.h"

#include <algorithm>

namespace tally::client::widgets {
namespace {

constexpr std::size_t undo_max = 100;

bool is_continuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

bool is_word(std::string_view text, std::size_t position)
{
    const auto byte = static_cast<unsigned char>(text[position]);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '\'';
}

} // namespace

std::size_t next_code_point(std::string_view text, std::size_t position)
{
    if (position >= text.size())
        return text.size();
    ++position;
    while (position < text.size() && is_continuation(text[position]))
        ++position;
    return position;
}

std::size_t previous_code_point(std::string_view text, std::size_t position)
{
    position = std::min(position, text.size());
    if (position == 0)
        return 0;
    --position;
    while (position > 0 && is_continuation(text[position]))
        --position;
    return position;
}

CodePoint code_point_at(std::string_view text, std::size_t position)
{
    const auto lead = static_cast<unsigned char>(text[position]);
    std::size_t bytes = 1;
    char32_t value = lead;
    if (lead >= 0xF0) {
        bytes = 4;
        value = lead & 0x07U;
    } else if (lead >= 0xE0) {
        bytes = 3;
        value = lead & 0x0FU;
    } else if (lead >= 0xC0) {
        bytes = 2;
        value = lead & 0x1FU;
    }
    if (position + bytes > text.size())
        return {0xFFFD, 1};
    for (std::size_t i = 1; i < bytes; ++i) {
        if (!is_continuation(text[position + i]))
            return {0xFFFD, 1};
        value = (value << 6) | (static_cast<unsigned char>(text[position + i]) & 0x3FU);
    }
    return {value, bytes};
}

std::string TextEditor::selected(std::string_view text) const
{
    return std::string(text.substr(selection_begin(), selection_end() - selection_begin()));
}

void TextEditor::clamp(std::string_view text)
{
    const auto fitted = [&](std::size_t position) {
        position = std::min(position, text.size());
        while (position > 0 && position < text.size() && is_continuation(text[position]))
            --position;
        return position;
    };
    m_cursor = fitted(m_cursor);
    m_anchor = fitted(m_anchor);
}

void TextEditor::move_to(std::string_view text, std::size_t position, Selecting selecting)
{
    m_cursor = std::min(position, text.size());
    if (selecting == Selecting::No)
        m_anchor = m_cursor;
    m_typing = false;
}

void TextEditor::left(std::string_view text, Selecting selecting)
{
    const bool collapse = has_selection() && selecting == Selecting::No;
    move_to(text, collapse ? selection_begin() : previous_code_point(text, m_cursor), selecting);
}

void TextEditor::right(std::string_view text, Selecting selecting)
{
    const bool collapse = has_selection() && selecting == Selecting::No;
    move_to(text, collapse ? selection_end() : next_code_point(text, m_cursor), selecting);
}

void TextEditor::word_left(std::string_view text, Selecting selecting)
{
    std::size_t position = m_cursor;
    while (position > 0 && !is_word(text, position - 1))
        --position;
    while (position > 0 && is_word(text, position - 1))
        --position;
    move_to(text, position, selecting);
}

void TextEditor::word_right(std::string_view text, Selecting selecting)
{
    std::size_t position = m_cursor;
    while (position < text.size() && is_word(text, position))
        ++position;
    while (position < text.size() && !is_word(text, position))
        ++position;
    move_to(text, position, selecting);
}

void TextEditor::select_all(std::string_view text)
{
    m_anchor = 0;
    m_cursor = text.size();
    m_typing = false;
}

void TextEditor::select_word(std::string_view text, std::size_t position)
{
    position = std::min(position, text.size());
    std::size_t begin = position;
    std::size_t end = position;
    while (begin > 0 && is_word(text, begin - 1))
        --begin;
    while (end < text.size() && is_word(text, end))
        ++end;
    m_anchor = begin;
    m_cursor = end;
    m_typing = false;
}

void TextEditor::remember(const std::string& text, bool joins_last)
{
    m_redo.clear();
    if (joins_last && m_typing && !m_undo.empty())
        return;
    m_undo.push_back({text, m_cursor});
    if (m_undo.size() > undo_max)
        m_undo.erase(m_undo.begin());
}

bool TextEditor::erase_selection(std::string& text)
{
    if (!has_selection())
        return false;
    const std::size_t begin = selection_begin();
    text.erase(begin, selection_end() - begin);
    m_cursor = m_anchor = begin;
    return true;
}

bool TextEditor::insert(std::string& text, std::string_view added, std::size_t code_points_max)
{
    const std::size_t kept = utf8_length(text) - utf8_length(selected(text));
    std::size_t bytes = 0;
    for (std::size_t count = kept; bytes < added.size() && count < code_points_max; ++count)
        bytes = next_code_point(added, bytes);
    if (bytes == 0)
        return false;
    const bool is_letter = next_code_point(added, 0) == added.size() && added != " " && added != "\n";
    remember(text, is_letter && !has_selection());
    erase_selection(text);
    text.insert(m_cursor, added.substr(0, bytes));
    m_cursor += bytes;
    m_anchor = m_cursor;
    m_typing = is_letter;
    return true;
}

bool TextEditor::erase_left(std::string& text)
{
    if (!has_selection())
        m_anchor = previous_code_point(text, m_cursor);
    if (!has_selection())
        return false;
    remember(text, false);
    m_typing = false;
    return erase_selection(text);
}

bool TextEditor::erase_right(std::string& text)
{
    if (!has_selection())
        m_anchor = next_code_point(text, m_cursor);
    if (!has_selection())
        return false;
    remember(text, false);
    m_typing = false;
    return erase_selection(text);
}

bool TextEditor::erase_word_left(std::string& text)
{
    if (!has_selection())
        word_left(text, Selecting::Yes);
    return erase_left(text);
}

bool TextEditor::undo(std::string& text)
{
    if (m_undo.empty())
        return false;
    m_redo.push_back({text, m_cursor});
    text = m_undo.back().text;
    m_cursor = m_anchor = m_undo.back().cursor;
    m_undo.pop_back();
    m_typing = false;
    clamp(text);
    return true;
}

bool TextEditor::redo(std::string& text)
{
    if (m_redo.empty())
        return false;
    m_undo.push_back({text, m_cursor});
    text = m_redo.back().text;
    m_cursor = m_anchor = m_redo.back().cursor;
    m_redo.pop_back();
    m_typing = false;
    clamp(text);
    return true;
}

} // namespace tally::client::widgets
