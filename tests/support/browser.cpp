#include "tests/support/browser.h"

#include <httplib.h>

#include <algorithm>
#include <regex>
#include <stdexcept>

namespace tally::test {

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

std::string without_entities(std::string text)
{
    constexpr std::pair<std::string_view, std::string_view> entities[] = {
        {"&quot;", "\""}, {"&#34;", "\""}, {"&#39;", "'"},   {"&apos;", "'"},
        {"&lt;", "<"},    {"&gt;", ">"},   {"&pound;", "£"}, {"&amp;", "&"},
    };
    for (const auto& [entity, character] : entities)
        replace_all(text, entity, character);
    return text;
}

std::string encoded(const Fields& fields)
{
    std::string body;
    for (const auto& [name, value] : fields) {
        constexpr const char* digits = "0123456789ABCDEF";
        const auto add = [&body](const std::string& text) {
            for (const char c : text) {
                const auto byte = static_cast<unsigned char>(c);
                if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.')
                    body += c;
                else
                    (body += '%').append({digits[byte >> 4], digits[byte & 15]});
            }
        };
        if (!body.empty())
            body += '&';
        add(name);
        body += '=';
        add(value);
    }
    return body;
}

std::string attribute(const std::string& tag, const std::string& name)
{
    std::smatch found;
    const std::regex pattern(" " + name + "=\"([^\"]*)\"");
    return std::regex_search(tag, found, pattern) ? without_entities(found[1].str()) : std::string();
}

/// Every match of `pattern` in `text`, whole.
std::vector<std::string> matches(const std::string& text, const std::regex& pattern)
{
    std::vector<std::string> found;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), pattern); it != std::sregex_iterator();
         ++it)
        found.push_back(it->str());
    return found;
}

} // namespace

std::string Page::words() const
{
    std::string text;
    bool in_tag = false;
    for (const char c : body) {
        if (c == '<')
            in_tag = true;
        const bool space = in_tag || c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!space)
            text += c;
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
        if (c == '>')
            in_tag = false;
    }
    return without_entities(text);
}

std::vector<std::string> Page::links(std::string_view prefix) const
{
    std::vector<std::string> found;
    for (const std::string& tag : matches(body, std::regex("<a [^>]*>"))) {
        const std::string link = attribute(tag, "href");
        if (link.starts_with(prefix) && std::find(found.begin(), found.end(), link) == found.end())
            found.push_back(link);
    }
    return found;
}

Browser::Browser(std::string address)
    : m_address(std::move(address)), m_client(std::make_unique<httplib::Client>(m_address))
{
    m_client->set_read_timeout(30);
    m_client->set_tcp_nodelay(true);
    m_client->set_keep_alive(true);
    // Pages are looked at here; whether a device checks the certificate is a test of the device.
    m_client->enable_server_certificate_verification(false);
}

Browser::~Browser() = default;

Page Browser::get(const std::string& path)
{
    return send("GET", path, "", "");
}

Page Browser::post(const std::string& path, const std::string& body, const std::string& type)
{
    return send("POST", path, body, type);
}

Page Browser::send(const std::string& method, const std::string& path, const std::string& body,
                   const std::string& type)
{
    httplib::Headers headers = {{"Origin", m_address}};
    std::string cookies;
    for (const auto& [name, value] : m_cookies)
        cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
    if (!cookies.empty())
        headers.emplace("Cookie", cookies);

    const auto result =
        method == "GET" ? m_client->Get(path, headers) : m_client->Post(path, headers, body, type);
    Page page;
    page.path = path;
    if (!result)
        return page;
    page.status = result->status;
    page.body = result->body;
    page.type = result->get_header_value("Content-Type");
    page.type = page.type.substr(0, page.type.find(';'));
    page.location = result->get_header_value("Location");
    for (std::size_t i = 0; i < result->get_header_value_count("Set-Cookie"); ++i) {
        const std::string cookie = result->get_header_value("Set-Cookie", i);
        const std::size_t equals = cookie.find('=');
        m_cookies[cookie.substr(0, equals)] = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
    }
    return page;
}

Page Browser::submit(const Page& page, std::string_view action, const Fields& fields)
{
    static const std::regex forms("<form [^>]*>[\\s\\S]*?</form>");
    static const std::regex inputs("<input [^>]*type=\"hidden\"[^>]*>");
    for (const std::string& form : matches(page.body, forms)) {
        const std::string tag = form.substr(0, form.find('>') + 1);
        const std::string target = attribute(tag, "action");
        if (!target.starts_with(action))
            continue;
        Fields all = fields;
        for (const std::string& input : matches(form, inputs)) {
            const std::string name = attribute(input, "name");
            if (std::none_of(fields.begin(), fields.end(),
                             [&](const auto& field) { return field.first == name; }))
                all.emplace_back(name, attribute(input, "value"));
        }
        Page answer = post(target, encoded(all), "application/x-www-form-urlencoded");
        for (int redirects = 0; !answer.location.empty() && redirects < 5; ++redirects)
            answer = get(answer.location);
        return answer;
    }
    throw std::runtime_error(page.path + " has no form for " + std::string(action) + ":\n" + page.words());
}

bool Browser::sign_in(const std::string& email, const std::string& password)
{
    const Page page = submit(get("/sign-in"), "/sign-in", {{"email", email}, {"password", password}});
    return page.status == 200 && !page.has("name=\"password\"");
}

} // namespace tally::test
