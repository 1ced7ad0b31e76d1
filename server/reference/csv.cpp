#include "server/reference/csv.h"

#include "shared/base/encoding.h"

#include <optional>

namespace tally::server {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class Parser
{
public:
    explicit Parser(std::string_view text) : m_text(text) {}

    Result<std::vector<CsvRow>> run()
    {
        while (m_at < m_text.size()) {
            if (auto problem = read_row())
                return *problem;
        }
        return std::move(m_rows);
    }

private:
    [[nodiscard]] Error bad(const std::string& message) const
    {
        return {"bad_csv", message, "line " + std::to_string(m_line)};
    }

    std::optional<Error> read_row()
    {
        CsvRow row{m_line, {}};
        while (true) {
            std::string field;
            const bool quoted = m_at < m_text.size() && m_text[m_at] == '"';
            if (auto problem = quoted ? read_quoted(field) : read_plain(field))
                return problem;
            row.fields.push_back(std::move(field));
            if (m_at == m_text.size() || end_of_line())
                break;
            if (m_text[m_at] != ',')
                return bad("After a closing quote comes a comma or the end of the line.");
            ++m_at;
        }
        if (row.fields.size() > 1 || !row.fields.front().empty())
            m_rows.push_back(std::move(row));
        return std::nullopt;
    }

    std::optional<Error> read_plain(std::string& field)
    {
        while (m_at < m_text.size() && m_text[m_at] != ',' && m_text[m_at] != '\n' && m_text[m_at] != '\r') {
            if (m_text[m_at] == '"')
                return bad("A field that has a quote must stand in quotes, with the quote doubled.");
            field += m_text[m_at++];
        }
        return std::nullopt;
    }

    std::optional<Error> read_quoted(std::string& field)
    {
        ++m_at;
        while (true) {
            if (m_at == m_text.size())
                return bad("A quote is opened and never closed.");
            const char c = m_text[m_at++];
            if (c != '"') {
                m_line += c == '\n';
                field += c;
            } else if (m_at < m_text.size() && m_text[m_at] == '"') {
                field += '"';
                ++m_at;
            } else {
                return std::nullopt;
            }
        }
    }

    /// Steps over a line end, if one is here.
    bool end_of_line()
    {
        const std::size_t before = m_at;
        if (m_at < m_text.size() && m_text[m_at] == '\r')
            ++m_at;
        if (m_at < m_text.size() && m_text[m_at] == '\n')
            ++m_at;
        m_line += m_at > before;
        return m_at > before;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_line = 1;
    std::vector<CsvRow> m_rows;
};

} // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text)
{
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    if (!is_utf8(text))
        return Error{"bad_csv", "The file is not UTF-8. Save it as \"CSV UTF-8\"."};
    return Parser(text).run();
}

} // namespace tally::server
