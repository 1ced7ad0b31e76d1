#pragma once
/// What a reviewer does in the console, for outer tests.

#include "tests/support/browser.h"
#include "tests/support/programs.h"

#include <stdexcept>
#include <string>

namespace tally::test {

/// A person who is signed in. Throws when the server does not let them in.
class Reviewer
{
public:
    Reviewer(const ServerUnderTest& server, const std::string& email) : m_browser(server.address())
    {
        if (!m_browser.sign_in(email, test_password))
            throw std::runtime_error(email + " cannot sign in");
    }

    Page page(const std::string& path) { return m_browser.get(path); }
    Page entry(const std::string& id) { return m_browser.get("/entries/" + id); }
    /// `decision` is accept, query or decline. Gives the page that follows.
    Page decide(const std::string& id, const std::string& decision, const std::string& note = {})
    {
        return m_browser.submit(entry(id), "/entries/" + id, {{"decision", decision}, {"note", note}});
    }
    Page accept(const std::string& id) { return decide(id, "accept"); }

private:
    Browser m_browser;
};

} // namespace tally::test
