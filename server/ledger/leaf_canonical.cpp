#include "server/ledger/leaf_canonical.h"

#include <charconv>

namespace tally::server {
namespace {

/// Walks along the text; the first thing that is not as expected ends it for good.
class Cursor
{
public:
    explicit Cursor(std::string_view text) : m_rest(text) {}

    [[nodiscard]] bool failed() const { return m_failed; }
    [[nodiscard]] bool at_end() const { return !m_failed && m_rest.empty(); }

    /// Takes `literal` when it stands here.
    bool skip(std::string_view literal)
    {
        if (m_failed || !m_rest.starts_with(literal))
            return false;
        m_rest.remove_prefix(literal.size());
        return true;
    }
    void expect(std::string_view literal)
    {
        if (!skip(literal))
            m_failed = true;
    }

    /// The rest of a text up to its closing quotation mark.
    std::string_view text()
    {
        std::size_t size = 0;
        while (size < m_rest.size() && m_rest[size] != '"') {
            const auto c = static_cast<unsigned char>(m_rest[size]);
            if (c < 0x20 || c >= 0x80 || c == '\\')
                break;
            ++size;
        }
        if (m_failed || size == m_rest.size() || m_rest[size] != '"') {
            m_failed = true;
            return {};
        }
        const auto found = m_rest.substr(0, size);
        m_rest.remove_prefix(size + 1);
        return found;
    }

    std::int64_t integer()
    {
        std::int64_t number = 0;
        const char* const begin = m_rest.data();
        const auto read = std::from_chars(begin, begin + m_rest.size(), number);
        const auto digits = m_rest.substr(0, static_cast<std::size_t>(read.ptr - begin));
        const bool padded = digits.starts_with("-0") || (digits.size() > 1 && digits.front() == '0');
        if (m_failed || read.ec != std::errc{} || padded) {
            m_failed = true;
            return 0;
        }
        m_rest.remove_prefix(digits.size());
        return number;
    }

    template <typename T>
    T checked(const Result<T>& parsed)
    {
        if (!parsed)
            m_failed = true;
        return parsed ? *parsed : T{};
    }
    template <typename T>
    T known(const std::optional<T>& word)
    {
        if (!word)
            m_failed = true;
        return word.value_or(T{});
    }

    /// Capital letters are read elsewhere, but never written.
    Uuid id()
    {
        const auto written = text();
        m_failed = m_failed || written.find_first_of("ABCDEF") != std::string_view::npos;
        return checked(Uuid::parse(written));
    }
    /// A text that would have been left out when empty.
    std::string_view some_text()
    {
        const auto found = text();
        m_failed = m_failed || found.empty();
        return found;
    }

private:
    std::string_view m_rest;
    bool m_failed = false;
};

template <typename T>
std::optional<T> amount(Cursor& cursor, std::string_view name)
{
    return cursor.skip(name) ? std::optional(T{cursor.integer()}) : std::nullopt;
}

/// An empty text would not have been written.
std::string_view text_if(Cursor& cursor, std::string_view name)
{
    return cursor.skip(name) ? cursor.some_text() : std::string_view();
}

/// Behind the time. Parts, people and figures of which the newest counts are left to the strict reader.
Leaf read_received(Cursor& cursor, Timestamp at)
{
    ReceivedLeaf leaf;
    leaf.at = at;
    auto& facts = leaf.facts;
    cursor.expect(",\"entry\":\"");
    facts.id = cursor.id();
    cursor.expect(",\"action\":\"");
    facts.action = cursor.known(action_named(cursor.text()));
    cursor.expect(",\"kind\":\"");
    facts.kind = cursor.known(kind_named(cursor.text()));
    if (cursor.skip(",\"amends\":\""))
        facts.amends = cursor.id();
    cursor.expect(",\"digest\":\"");
    facts.digest = cursor.text();
    cursor.expect(",\"device\":\"");
    facts.device = cursor.id();
    cursor.expect(",\"seq\":");
    facts.device_seq = cursor.integer();
    facts.author = text_if(cursor, ",\"author\":\"");
    facts.contract = text_if(cursor, ",\"contract\":\"");
    if (cursor.skip(",\"framework\":\"")) {
        facts.framework = cursor.some_text();
        cursor.expect(",\"version\":\"");
        facts.framework_version = cursor.text();
        cursor.expect(",\"revision\":");
        facts.framework_revision = cursor.integer();
    }
    facts.measure = text_if(cursor, ",\"measure\":\"");
    facts.quantity = amount<Quantity>(cursor, ",\"quantity\":");
    facts.proxy = amount<Proxy>(cursor, ",\"proxy\":");
    facts.value = amount<Money>(cursor, ",\"value\":");
    cursor.expect(",\"class\":\"");
    facts.value_class = cursor.text();
    facts.held = cursor.skip(",\"held\":true");
    cursor.expect(",\"quarter\":\"");
    facts.quarter = cursor.checked(parse_quarter(cursor.text()));
    facts.event = text_if(cursor, ",\"event\":\"");
    facts.place = text_if(cursor, ",\"place\":\"");
    if (cursor.skip(",\"verification\":\"")) {
        const auto level = cursor.text();
        facts.verification = cursor.known(level != "none" ? std::optional(level) : std::nullopt);
    }
    return leaf;
}

Leaf read_decision(Cursor& cursor, Timestamp at, DecisionKind kind)
{
    DecisionLeaf leaf;
    leaf.at = at;
    leaf.kind = kind;
    cursor.expect(",\"entry\":\"");
    leaf.entry = cursor.id();
    cursor.expect(",\"by\":\"");
    leaf.by = cursor.text();
    leaf.note_digest = text_if(cursor, ",\"note\":\"");
    return leaf;
}

} // namespace

std::optional<Leaf> read_canonical_leaf(std::string_view text)
{
    Cursor cursor(text);
    cursor.expect("{\"type\":\"");
    const auto type = cursor.text();
    cursor.expect(",\"at\":");
    const Timestamp at{cursor.integer()};
    const auto decision = decision_named(type);
    if (cursor.failed() || (type != "received" && !decision))
        return std::nullopt;
    Leaf leaf = decision ? read_decision(cursor, at, *decision) : read_received(cursor, at);
    cursor.expect("}");
    if (!cursor.at_end())
        return std::nullopt;
    return leaf;
}

} // namespace tally::server
