#include "tests/hostile/table.h"

namespace tally::test {
namespace {

using std::string;
using Make = std::function<string(World&)>;

/// A page, with this Cookie header.
Make page_with_cookie(const string& cookie)
{
    return [cookie](World& world) { return world.request("GET", "/account", "Cookie: " + cookie + "\r\n"); };
}

/// The decision to accept the entry, with this form and these headers.
Make decision(const std::function<string(World&)>& body, const string& headers)
{
    return [body, headers](World& world) {
        return world.form("/entries/" + world.entry_id() + "/decisions", body(world), headers);
    };
}

string encoded(const string& text)
{
    string out;
    for (const char c : text)
        out += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : string(1, c);
    return out;
}

} // namespace

void add_console_rows(std::vector<Row>& rows)
{
    add_row(
        rows, "a page without a session", [](World& world) { return world.request("GET", "/queue"); }, 401,
        "not_signed_in");
    add_row(rows, "a session that was guessed", page_with_cookie("tallybook=" + string(43, 'A')), 401,
            "not_signed_in");
    add_row(rows, "a session of no bytes", page_with_cookie("tallybook="), 401, "not_signed_in");
    add_row(rows, "a session of 20 KiB", page_with_cookie("tallybook=" + string(20'000, 'A')), 431,
            "headers_too_large");
    add_row(rows, "a session with SQL", page_with_cookie("tallybook=' OR '1'='1"), 401, "not_signed_in");
    add_row(rows, "a cookie that is none", page_with_cookie(";;=;tallybook;=tallybook"), 401,
            "not_signed_in");
    add_row(
        rows, "two sessions, the guessed one first",
        [](World& world) {
            return world.request("GET", "/account",
                                 "Cookie: tallybook=" + string(43, 'A') + "; tallybook=" + world.session() +
                                     "\r\n");
        },
        401, "not_signed_in");
    add_row(
        rows, "a secure session's cookie over plain HTTP",
        [](World& world) {
            return world.request("GET", "/account", "Cookie: __Host-tallybook=" + world.session() + "\r\n");
        },
        401, "not_signed_in");

    const auto nothing = [](World&) { return string("decision=accept"); };
    const auto token = [](World& world) { return "decision=accept&csrf=" + encoded(world.csrf()); };
    add_row(rows, "a form without its token", decision(nothing, ""), 403, "bad_csrf_token");
    add_row(rows, "a form with another token",
            decision([](World&) { return "decision=accept&csrf=" + string(44, 'A'); }, ""), 403,
            "bad_csrf_token");
    add_row(
        rows, "a form with half its token",
        decision([](World& world) { return "decision=accept&csrf=" + encoded(world.csrf()).substr(0, 10); },
                 ""),
        403, "bad_csrf_token");
    add_row(rows, "a form from another site", decision(token, "Origin: https://evil.example\r\n"), 403,
            "bad_csrf_token");
    add_row(rows, "a form from a site that hides its name", decision(token, "Origin: null\r\n"), 403,
            "bad_csrf_token");
    add_row(rows, "a form that the browser says comes from elsewhere",
            decision(token, "Sec-Fetch-Site: cross-site\r\n"), 403, "bad_csrf_token");
    add_row(rows, "a form from a sister site", decision(token, "Sec-Fetch-Site: same-site\r\n"), 403,
            "bad_csrf_token");
    add_row(
        rows, "a form in JSON, which needs no token elsewhere",
        [](World& world) {
            return world.request("POST", "/entries/" + world.entry_id() + "/decisions",
                                 "Cookie: tallybook=" + world.session() +
                                     "\r\nContent-Type: application/json\r\n",
                                 R"({"decision":"accept"})");
        },
        403, "bad_csrf_token");
    add_row(
        rows, "signing out somebody else with a link",
        [](World& world) {
            return world.request("GET", "/sign-out", "Cookie: tallybook=" + world.session() + "\r\n");
        },
        405, "method_not_allowed");
    add_row(
        rows, "a page above one's role",
        [](World& world) {
            return world.request("GET", "/people/new", "Cookie: tallybook=" + world.session() + "\r\n");
        },
        403, "forbidden");
    add_row(
        rows, "an entry with a path for a name",
        [](World& world) {
            return world.request("GET", "/entries/..%2f..%2fetc%2fpasswd",
                                 "Cookie: tallybook=" + world.session() + "\r\n");
        },
        404, "not_found");
    add_row(
        rows, "a photo with a path for a name",
        [](World& world) {
            return world.request("GET", "/entries/" + world.entry_id() + "/photos/..%2f..%2ftallybook.db",
                                 "Cookie: tallybook=" + world.session() + "\r\n");
        },
        404, "not_found");
    add_row(
        rows, "a row of the ledger beyond every number",
        [](World& world) {
            return world.request("GET", "/ledger/99999999999999999999",
                                 "Cookie: tallybook=" + world.session() + "\r\n");
        },
        404, "");
    add_row(
        rows, "a quarter that there is not",
        [](World& world) {
            return world.request("GET", "/quarters/2026-Q9", "Cookie: tallybook=" + world.session() + "\r\n");
        },
        404, "");
    add_row(rows, "signing in with an address that leads elsewhere",
            [](World& world) {
                return world.request(
                    "POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n",
                    "email=winifred%40example.org&password=correct+horse+battery&next=//evil.example");
            },
            303, "", {"sessions", "users"});
    add_row(rows, "signing in with a line break, to split a header",
            [](World& world) {
                return world.request("POST", "/sign-in",
                                     "Content-Type: application/x-www-form-urlencoded\r\n",
                                     "email=winifred%40example.org&password=correct+horse+battery&"
                                     "next=/%0d%0aX-Injected:%20yes");
            },
            303, "", {"sessions", "users"});
    add_row(
        rows, "signing in with a form of another site",
        [](World& world) {
            return world.request(
                "POST", "/sign-in",
                "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://evil.example\r\n",
                "email=winifred%40example.org&password=correct+horse+battery");
        },
        403, "");
    add_row(
        rows, "a password of 60 KiB",
        [](World& world) {
            return world.request("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n",
                                 "email=winifred%40example.org&password=" + string(60'000, 'x'));
        },
        401, "");
    rows.push_back({"passwords guessed one after another",
                    [](World& world) {
                        Reply answer;
                        for (int i = 0; i < 6; ++i)
                            answer = world.ask(world.request(
                                "POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n",
                                "email=somebody%40example.org&password=Ollerenshaw" + std::to_string(i)));
                        return answer;
                    },
                    429, ""});
}

} // namespace tally::test
