#include "server/accounts/guard.h"
#include "server/console/console.h"
#include "server/console/words.h"
#include "server/http/problem.h"

namespace tally::server::console {

Response Console::home(Request& request)
{
    return redirect_to(request.visitor->may(Permission::SeeEvidence) ? "/queue" : "/contracts");
}

Response Console::sign_in_page(Request& request)
{
    if (m_accounts.visitor(session_token(request, m_options.secure_cookies)))
        return redirect_to(own_path(request.query.get("next"), "/"));
    return show_sign_in(request, "", request.query.get("next"), std::nullopt);
}

Response Console::sign_in(Request& request)
{
    const std::string email(request.form.get("email"));
    if (!is_from_own_pages(request))
        return show_sign_in(request, email, "", Error{"forbidden", "Sign in from this page itself."});
    const auto signed_in = m_accounts.sign_in(email, request.form.get("password"), request.address);
    if (!signed_in)
        return show_sign_in(request, email, request.form.get("next"), signed_in.error());
    return redirect_to(own_path(request.form.get("next"), "/"))
        .with("Set-Cookie", session_cookie(signed_in->token, m_options.secure_cookies));
}

Response Console::show_sign_in(const Request& request, const std::string& email, std::string_view next,
                               const std::optional<Error>& refusal)
{
    View view = object();
    view.set("email", email);
    view.set("next", own_path(next, "/"));
    set_refusal(view, refusal, "email");
    view.set("errors_title", "You are not signed in");
    return page(request, "sign-in", refusal ? "Error: Sign in" : "Sign in", "", std::move(view),
                refusal ? status_of(*refusal) : 200);
}

Response Console::sign_out(Request& request)
{
    m_accounts.sign_out(*request.visitor);
    return redirect_to("/sign-in").with("Set-Cookie", ended_session_cookie(m_options.secure_cookies));
}

Response Console::account_page(Request& request)
{
    return show_account(request, std::nullopt);
}

Response Console::change_password(Request& request)
{
    const auto changed = m_accounts.change_password(*request.visitor, request.form.get("old_password"),
                                                    request.form.get("password"));
    if (!changed)
        return show_account(request, changed.error());
    return redirect_to("/account?done=password");
}

Response Console::show_account(const Request& request, const std::optional<Error>& refusal)
{
    const User& user = request.visitor->user;
    View view = object();
    ViewList facts;
    const auto fact = [&facts](std::string name, std::string text, std::string_view minor) {
        View item = object();
        item.set("name", std::move(name));
        item.set("text", std::move(text));
        set_text(item, "minor", minor);
        facts.push_back(std::move(item));
    };
    fact("Name", user.name, "");
    fact("Email address", user.email, "");
    fact("Role", std::string(name_of(user.role)), description_of(user.role));
    std::string contracts;
    for (const Contract& contract : visible_contracts(*request.visitor))
        contracts += (contracts.empty() ? "" : "; ") + contract.title;
    fact("Contracts", sees_all_contracts(user.role) ? "All" : contracts, "");
    set_list(view, "facts", std::move(facts));
    const bool old_is_wrong = refusal && refusal->where == "old_password";
    const bool new_is_wrong = refusal && refusal->where == "password";
    set_text(view, "old_error", old_is_wrong ? refusal->message : "");
    set_text(view, "new_error", new_is_wrong ? refusal->message : "");
    set_refusal(view, refusal, old_is_wrong ? "old_password" : new_is_wrong ? "password" : "");
    if (request.query.get("done") == "password")
        view.set("notice",
                 notice("accepted", "Your password was changed. Your other sessions were signed out."));
    else
        view.set("notice", false);
    return page(request, "account", refusal ? "Error: Your account" : "Your account", "account",
                std::move(view), refusal ? 422 : 200);
}

} // namespace tally::server::console
