#include "server/http/problem.h"
#include "server/http/router.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace tally;
using namespace tally::server;

namespace {

Route route(Method method, std::string pattern, std::string name, Permission permission = Permission::Public)
{
    Route made;
    made.method = method;
    made.pattern = std::move(pattern);
    made.permission = permission;
    made.handler = [name](Request& request) {
        return plain_text(name + ":" + std::string(request.params.get("id")) +
                          std::string(request.params.get("path")));
    };
    return made;
}

Request get(std::string_view target, Method method = Method::Get)
{
    Request request;
    request.method = method;
    REQUIRE(read_target(target, request));
    return request;
}

Router sample_router()
{
    Router router;
    router.add({route(Method::Get, "/", "home"), route(Method::Get, "/entries/{id}", "entry"),
                route(Method::Get, "/entries/new", "new"), route(Method::Post, "/entries/{id}", "post"),
                route(Method::Get, "/static/{path*}", "static"),
                route(Method::Get, "/secret", "secret", Permission::SignedIn)});
    return router;
}

} // namespace

TEST_CASE("a router finds the closest pattern and decodes what it names")
{
    const Router router = sample_router();
    const auto ask = [&](std::string_view target) {
        Request request = get(target);
        return router.dispatch(request).body;
    };
    CHECK(ask("/") == "home:");
    CHECK(ask("/entries/abc") == "entry:abc");
    CHECK(ask("/entries/a%20b?x=1") == "entry:a b");
    CHECK(ask("/entries/new") == "new:");
    CHECK(ask("/static/css/main.css") == "static:css/main.css");
}

TEST_CASE("an unknown address is 404 and a wrong method is 405 with Allow")
{
    const Router router = sample_router();
    for (const auto* target : {"/nothing", "/entries", "/entries/", "/entries/a/b", "/static"}) {
        Request request = get(target);
        CHECK_MESSAGE(router.dispatch(request).status == 404, target);
    }
    Request request = get("/entries/abc", Method::Delete);
    const auto answer = router.dispatch(request);
    CHECK(answer.status == 405);
    CHECK(answer.headers.get("allow") == "GET, HEAD, POST");
}

TEST_CASE("without a guard only public routes answer")
{
    const Router router = sample_router();
    Request request = get("/secret");
    CHECK(router.dispatch(request).status == 401);
}

TEST_CASE("a guard sees the permission of the route and may refuse")
{
    Router router = sample_router();
    router.set_guard([](Request&, Permission permission) -> std::optional<Response> {
        if (permission == Permission::SignedIn)
            return problem({"forbidden", "No."});
        return std::nullopt;
    });
    Request secret = get("/secret");
    CHECK(router.dispatch(secret).status == 403);
    Request home = get("/");
    CHECK(router.dispatch(home).status == 200);
}

TEST_CASE("an exception in a handler becomes an internal error without its words")
{
    Router router;
    Route failing = route(Method::Get, "/", "x");
    failing.handler = [](Request&) -> Response { throw std::runtime_error("secret detail"); };
    router.add(std::move(failing));
    Request request = get("/");
    const auto answer = router.dispatch(request);
    CHECK(answer.status == 500);
    CHECK(answer.body.find("secret detail") == std::string::npos);
}

TEST_CASE("a problem document says type, title, status, detail, code and place")
{
    const auto answer = problem({"not_found", "There is no such \xff thing.", "entry"});
    CHECK(answer.status == 404);
    CHECK(answer.content_type == "application/problem+json");
    CHECK(answer.body.find(R"("type":"/problems/not_found")") != std::string::npos);
    CHECK(answer.body.find(R"("status":404)") != std::string::npos);
    CHECK(answer.body.find(R"("where":"entry")") != std::string::npos);
    CHECK(status_of({"some_rule_of_evidence", ""}) == 422);
}

TEST_CASE("targets that cannot be meant are refused")
{
    Request request;
    for (const auto* target :
         {"", "nothing", "//host/path", "/%", "/%zz", "/%00", "/%ff", "/a%0d%0ab", "/?a=%f"})
        CHECK_MESSAGE(!read_target(target, request), target);
    REQUIRE(read_target("/a+b?c=d+e&f&g=%26", request));
    CHECK(request.path == "/a+b");
    CHECK(request.query.get("c") == "d e");
    CHECK(request.query.find("f") == "");
    CHECK(request.query.get("g") == "&");
}

TEST_CASE("a form with too many fields or bad text is refused")
{
    std::string many;
    for (int i = 0; i < 201; ++i)
        many += "a=1&";
    CHECK(parse_form(many).error().code == "too_many_fields");
    CHECK(parse_form("a=%c3%28").error().code == "bad_encoding");
    const auto form = parse_form("name=Zo%C3%AB+O%27Neil&name=two");
    REQUIRE(form);
    CHECK(form->get("name") == "Zoë O'Neil");
    CHECK(form->all("name").size() == 2);
}

TEST_CASE("percent encoding and decoding are inverse")
{
    const std::string text = "a b/c?d=é&%";
    CHECK(percent_encoded(text) == "a%20b%2Fc%3Fd%3D%C3%A9%26%25");
    CHECK(percent_decoded(percent_encoded(text), Plus::IsPlus).value() == text);
}

TEST_CASE("cookies are found by their exact name")
{
    Request request;
    request.headers.add("cookie", "a=1; session=abc=; xsession=2");
    CHECK(request.cookie("session") == "abc=");
    CHECK(request.cookie("a") == "1");
    CHECK_FALSE(request.cookie("missing"));
}
