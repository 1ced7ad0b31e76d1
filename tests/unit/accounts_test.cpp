#include "server/accounts/accounts.h"
#include "server/accounts/guard.h"
#include "server/accounts/migrations.h"
#include "server/http/problem.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/password.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;

namespace {

constexpr std::int64_t minute_ms = 60'000;
const std::string good_password = "correct horse battery";

struct Office
{
    Office()
    {
        auto database = storage::Database::open(url());
        REQUIRE(database);
        REQUIRE(storage::migrate(*database, "accounts", account_migrations()));
        accounts =
            std::make_unique<Accounts>(*std::move(database), clock, random, crypto::PasswordCost::Cheap);
    }
    [[nodiscard]] std::string url() const { return "sqlite:" + (folder.path() / "accounts.db").string(); }

    User add(std::string name, Role role, std::vector<std::string> contracts = {"C-1"})
    {
        auto added = accounts->add({name, name + "@example.org", role, std::move(contracts), good_password});
        REQUIRE(added);
        return *added;
    }
    std::string token_of(const std::string& name)
    {
        auto signed_in = accounts->sign_in(name + "@example.org", good_password, "192.0.2.1");
        REQUIRE(signed_in);
        return signed_in->token;
    }
    Visitor visitor_of(const std::string& name)
    {
        auto visitor = accounts->visitor(token_of(name));
        REQUIRE(visitor);
        return *visitor;
    }

    test::TemporaryFolder folder;
    ManualClock clock{{1'772'443'800'000}};
    SystemRandom random;
    std::unique_ptr<Accounts> accounts;
};

} // namespace

TEST_CASE("a person signs in with their address in any case and their password")
{
    Office office;
    office.add("asha", Role::Manager, {"C-1", "C-2"});
    const auto signed_in = office.accounts->sign_in(" Asha@Example.org ", good_password, "192.0.2.1");
    REQUIRE(signed_in);
    CHECK(signed_in->user.name == "asha");
    const auto visitor = office.accounts->visitor(signed_in->token);
    REQUIRE(visitor);
    CHECK(visitor->user.contracts == std::vector<std::string>{"C-1", "C-2"});
    CHECK(visitor->sees_contract("C-2"));
    CHECK_FALSE(visitor->sees_contract("C-3"));
}

TEST_CASE("guessing at nobody's password costs what guessing at somebody's does")
{
    for (const auto cost : {crypto::PasswordCost::Cheap, crypto::PasswordCost::Normal}) {
        const auto real = crypto::hash_password("a good long password", cost);
        const auto decoy = crypto::decoy_hash(cost);
        const auto parameters = [](const std::string& hash) {
            return hash.substr(0, hash.find('$', hash.find(",p=")));
        };
        CHECK(parameters(decoy) == parameters(real));
        CHECK(decoy.size() == real.size());
        CHECK_FALSE(crypto::is_password("a good long password", decoy));
    }
}

TEST_CASE("an unknown person and a wrong password get the same answer")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto wrong = office.accounts->sign_in("asha@example.org", "wrong password!", "192.0.2.1");
    const auto unknown = office.accounts->sign_in("nobody@example.org", good_password, "192.0.2.1");
    REQUIRE_FALSE(wrong);
    REQUIRE_FALSE(unknown);
    CHECK(wrong.error().code == "bad_sign_in");
    CHECK(wrong.error().message == unknown.error().message);
}

TEST_CASE("five failures close an account for a quarter of an hour, even for the right password")
{
    Office office;
    office.add("asha", Role::Manager);
    for (int i = 0; i < 5; ++i)
        CHECK(office.accounts->sign_in("asha@example.org", "wrong password!", "192.0.2.1").error().code ==
              "bad_sign_in");
    CHECK(office.accounts->sign_in("ASHA@example.org", good_password, "192.0.2.9").error().code ==
          "too_many_requests");
    office.clock.advance_ms(15 * minute_ms);
    CHECK(office.accounts->sign_in("asha@example.org", good_password, "192.0.2.9"));
}

TEST_CASE("fifty failures from one address close it for every account")
{
    Office office;
    office.add("asha", Role::Manager);
    for (int i = 0; i < 50; ++i)
        CHECK_FALSE(
            office.accounts->sign_in("made-up-" + std::to_string(i) + "@example.org", "x", "192.0.2.1"));
    CHECK(office.accounts->sign_in("asha@example.org", good_password, "192.0.2.1").error().code ==
          "too_many_requests");
    CHECK(office.accounts->sign_in("asha@example.org", good_password, "192.0.2.2"));
}

TEST_CASE("fifty failures from as many IPv6 addresses of one network close it too")
{
    Office office;
    office.add("asha", Role::Manager);
    for (int i = 0; i < 50; ++i)
        CHECK_FALSE(office.accounts->sign_in("made-up-" + std::to_string(i) + "@example.org", "x",
                                             "2001:db8:0:1::" + std::to_string(i + 1)));
    CHECK(office.accounts->sign_in("asha@example.org", good_password, "2001:db8:0:1:2:3:4:5").error().code ==
          "too_many_requests");
    CHECK(office.accounts->sign_in("asha@example.org", good_password, "2001:db8:0:2::1"));
}

TEST_CASE("a session ends after eight idle hours and after a day whatever happens")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto idle = office.token_of("asha");
    office.clock.advance_ms(session_idle_ms - 1);
    CHECK(office.accounts->visitor(idle));
    office.clock.advance_ms(session_idle_ms);
    CHECK_FALSE(office.accounts->visitor(idle));

    const auto busy = office.token_of("asha");
    for (int hours = 0; hours < 24; hours += 4) {
        CHECK(office.accounts->visitor(busy));
        office.clock.advance_ms(240 * minute_ms);
    }
    CHECK_FALSE(office.accounts->visitor(busy));
}

TEST_CASE("signing out ends the session, and made-up tokens are nobody")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto token = office.token_of("asha");
    office.accounts->sign_out(*office.accounts->visitor(token));
    CHECK_FALSE(office.accounts->visitor(token));
    CHECK_FALSE(office.accounts->visitor(""));
    CHECK_FALSE(office.accounts->visitor(std::string(43, 'A')));
}

TEST_CASE("the database holds neither passwords nor session tokens")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto token = office.token_of("asha");
    auto database = storage::Database::open(office.url());
    REQUIRE(database);
    CHECK(database->query_one<std::string>("SELECT password_hash FROM users")->starts_with("$argon2id$"));
    CHECK(database->query_one<std::string>("SELECT token_hash FROM sessions") == crypto::sha256_hex(token));
}

TEST_CASE("changing the password needs the old one and ends the other sessions")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto other = office.token_of("asha");
    const auto mine = office.token_of("asha");
    const auto visitor = *office.accounts->visitor(mine);
    CHECK(
        office.accounts->change_password(visitor, "wrong password!", "another good password").error().code ==
        "bad_sign_in");
    CHECK(office.accounts->change_password(visitor, good_password, "short").error().code == "bad_password");
    REQUIRE(office.accounts->change_password(visitor, good_password, "another good password"));
    CHECK(office.accounts->visitor(mine));
    CHECK_FALSE(office.accounts->visitor(other));
    CHECK(office.accounts->sign_in("asha@example.org", "another good password", "192.0.2.1"));
}

TEST_CASE("a person who is made inactive is signed out and cannot return")
{
    Office office;
    const auto asha = office.add("asha", Role::Manager);
    const auto token = office.token_of("asha");
    REQUIRE(office.accounts->set_active(asha.id, false));
    CHECK_FALSE(office.accounts->visitor(token));
    CHECK_FALSE(office.accounts->sign_in("asha@example.org", good_password, "192.0.2.1"));
    CHECK_FALSE(office.accounts->set_active("nobody", false));
}

TEST_CASE("new people are checked, each refusal with its place")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto refusal = [&](NewUser user) {
        const auto added = office.accounts->add(user);
        return added ? std::string("added") : added.error().code + "@" + added.error().where;
    };
    CHECK(refusal({" ", "b@example.org", Role::Admin, {}, good_password}) == "bad_name@name");
    CHECK(refusal({"b", "b.example.org", Role::Admin, {}, good_password}) == "bad_email@email");
    CHECK(refusal({"b", "b@example.org", Role::Admin, {}, "elevenchars"}) == "bad_password@password");
    CHECK(refusal({"b", "b@example.org", Role::Manager, {}, good_password}) == "bad_contracts@contracts");
    CHECK(refusal({"b", "ASHA@example.org", Role::Admin, {}, good_password}) == "email_taken@email");
    CHECK(refusal({"b", "b@example.org", Role::Admin, {}, good_password}) == "added");
    CHECK(office.accounts->list().size() == 2);
}

TEST_CASE("each role may do what its line in the table says")
{
    struct Case
    {
        Role role;
        std::string_view may_do; // c contracts, e evidence, d decide, v devices, V manage, p people, P
                                 // manage, q quarters, x erase, r retention
    };
    const Case cases[] = {{Role::Admin, "cevVpPqxr"}, {Role::Manager, "cedvx"}, {Role::Reviewer, "ced"},
                          {Role::Champion, "ce"},     {Role::Auditor, "cevp"},  {Role::Supplier, "c"}};
    const std::pair<char, Permission> letters[] = {
        {'c', Permission::SeeContracts}, {'e', Permission::SeeEvidence},   {'d', Permission::Decide},
        {'v', Permission::SeeDevices},   {'V', Permission::ManageDevices}, {'p', Permission::SeePeople},
        {'P', Permission::ManagePeople}, {'q', Permission::CloseQuarters}, {'x', Permission::EraseWords},
        {'r', Permission::SetRetention}};
    for (const auto& [role, may_do] : cases)
        for (const auto& [letter, permission] : letters)
            CHECK_MESSAGE(may(role, permission) == (may_do.find(letter) != std::string_view::npos),
                          (std::string(name_of(role)) + " " + letter));
}

TEST_CASE("the field against forged forms differs on every page and fits only its own session")
{
    Office office;
    office.add("asha", Role::Manager);
    const auto asha = office.visitor_of("asha");
    const auto other = office.visitor_of("asha");
    const auto field = csrf_field(asha, office.random);
    CHECK(field != csrf_field(asha, office.random));
    CHECK(is_csrf_field(asha, field));
    CHECK_FALSE(is_csrf_field(other, field));
    CHECK_FALSE(is_csrf_field(asha, ""));
    CHECK_FALSE(is_csrf_field(asha, "AAAA"));
    auto changed = field;
    changed.front() = changed.front() == 'A' ? 'B' : 'A';
    CHECK_FALSE(is_csrf_field(asha, changed));
}

TEST_CASE("the guard lets through who may, and tells the others what to do")
{
    Office office;
    office.add("asha", Role::Manager);
    office.add("sam", Role::Supplier);
    const Guard guard = make_guard(*office.accounts, {}, {},
                                   [](const Request&, const Error& error) { return problem(error); });
    const auto ask = [&](std::string_view token, Permission permission, Method method = Method::Get,
                         std::string csrf = "", bool browser = true) {
        Request request;
        request.method = method;
        REQUIRE(read_target("/queue?kind=hours", request));
        if (browser)
            request.headers.add("Accept", "text/html");
        if (!token.empty())
            request.headers.add("Cookie", "tallybook=" + std::string(token));
        request.form.add("csrf", std::move(csrf));
        const auto refused = guard(request, permission);
        return refused ? *refused : plain_text("through", 299);
    };
    const auto asha = office.token_of("asha");
    const auto sam = office.token_of("sam");

    CHECK(ask("", Permission::Public).status == 299);
    CHECK(ask(asha, Permission::Decide).status == 299);
    CHECK(ask(sam, Permission::SeeContracts).status == 299);
    CHECK(ask(sam, Permission::SeeEvidence).status == 403);
    CHECK(ask(asha, Permission::Device).status == 401);

    const auto sent = ask("", Permission::SeeEvidence);
    CHECK(sent.status == 303);
    CHECK(sent.headers.get("Location") == "/sign-in?next=%2Fqueue%3Fkind%3Dhours");
    CHECK(ask("", Permission::SeeEvidence, Method::Get, "", false).status == 401);

    CHECK(ask(asha, Permission::Decide, Method::Post).status == 403);
    const auto field = csrf_field(*office.accounts->visitor(asha), office.random);
    CHECK(ask(asha, Permission::Decide, Method::Post, field).status == 299);
    CHECK(ask(sam, Permission::SeeContracts, Method::Post, field).status == 403);
}

TEST_CASE("forms from other sites are recognised")
{
    const auto from = [](std::string name, std::string value) {
        Request request;
        request.headers.add("Host", "tallybook.example:8443");
        request.headers.add(std::move(name), std::move(value));
        return is_from_own_pages(request);
    };
    CHECK(from("Sec-Fetch-Site", "same-origin"));
    CHECK_FALSE(from("Sec-Fetch-Site", "same-site"));
    CHECK_FALSE(from("Sec-Fetch-Site", "cross-site"));
    CHECK(from("Origin", "https://tallybook.example:8443"));
    CHECK_FALSE(from("Origin", "https://evil.example"));
    CHECK_FALSE(from("Origin", "null"));
}

TEST_CASE("the session cookie is kept from scripts and from other hosts")
{
    CHECK(session_cookie("abc", false) == "tallybook=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400");
    CHECK(session_cookie("abc", true)
              .starts_with("__Host-tallybook=abc; Path=/; HttpOnly; SameSite=Lax; Secure"));
}

TEST_CASE("a device that never stops asking is told to wait, and no other one is")
{
    Office office;
    GuardOptions options;
    options.requests_per_device = {1, 3};
    const Guard guard = make_guard(
        *office.accounts,
        [](Request& request) -> std::optional<Response> {
            request.device_id = request.headers.get("Device");
            return request.device_id.empty() ? std::optional(Response{401, "", "", {}}) : std::nullopt;
        },
        options, [](const Request&, const Error& error) { return problem(error); });
    const auto ask = [&](const std::string& device) {
        Request request;
        request.headers.set("Device", device);
        return guard(request, Permission::Device);
    };
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(ask("a"));
    const auto refused = ask("a");
    REQUIRE(refused);
    CHECK(refused->status == 429);
    CHECK(refused->headers.has("Retry-After"));
    CHECK_FALSE(ask("b"));
    CHECK(ask("")->status == 401);
}
