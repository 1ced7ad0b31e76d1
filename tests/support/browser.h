#pragma once
/// A small browser for tests of the real server: keeps cookies, finds forms, follows no redirects by
/// itself. Pages are looked at as text; how they look is the browser tests' business.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace httplib {
class Client;
}

namespace tally::test {

struct Page
{
    int status = 0; ///< 0 when there was no answer
    std::string path;
    std::string type;     ///< media type
    std::string location; ///< of a redirect
    std::string body;

    [[nodiscard]] bool has(std::string_view text) const { return body.find(text) != std::string::npos; }
    /// The words without tags, entities resolved, white space as single spaces.
    [[nodiscard]] std::string words() const;
    /// Values of href that begin with `prefix`, each once, in order.
    [[nodiscard]] std::vector<std::string> links(std::string_view prefix) const;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

class Browser
{
public:
    /// `address` such as http://127.0.0.1:40001.
    explicit Browser(std::string address);
    ~Browser();

    Page get(const std::string& path);
    Page post(const std::string& path, const std::string& body, const std::string& type);
    /// Sends the form of `page` whose action begins with `action`: its hidden fields and these.
    /// Throws std::runtime_error when the page has no such form. Follows redirects.
    Page submit(const Page& page, std::string_view action, const Fields& fields);
    /// True when the server then shows something else than the sign-in page.
    bool sign_in(const std::string& email, const std::string& password);

private:
    Page send(const std::string& method, const std::string& path, const std::string& body,
              const std::string& type);

    std::string m_address;
    std::unique_ptr<httplib::Client> m_client;
    std::map<std::string, std::string> m_cookies;
};

} // namespace tally::test
