#include "server/console/console.h"
#include "server/console/words.h"
#include "server/http/problem.h"

namespace tally::server::console {
namespace {

View person_state(const User& user)
{
    View view = object();
    view.set("name", user.active ? "accepted" : "declined");
    view.set("word", user.active ? "Active" : "Ended");
    view.set("icon", icon(user.active ? "accepted" : "declined"));
    return view;
}

std::string capitalised(std::string_view word)
{
    std::string text(word);
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

std::string seen_words(const User& user, const Clock& clock)
{
    return user.last_seen_at ? time_since(*user.last_seen_at, clock) : "never";
}

/// Where a refusal belongs in the form: its field's error text, else nothing.
void set_field_errors(View& view, const std::optional<Error>& refusal,
                      std::initializer_list<const char*> fields)
{
    bool found = false;
    for (const char* field : fields) {
        const bool here = refusal && refusal->where == field;
        found = found || here;
        set_text(view, std::string(field) + "_error", here ? refusal->message : "");
    }
    set_refusal(view, refusal, found ? refusal->where : "");
}

} // namespace

Response Console::people_page(Request& request)
{
    const bool may_manage = request.visitor->may(Permission::ManagePeople);
    View view = object();
    ViewList people;
    for (const User& user : m_accounts.list()) {
        View row = object();
        set_text(row, "path", may_manage ? "/people/" + user.id : "");
        row.set("name", user.name);
        row.set("email", user.email);
        row.set("role", capitalised(name_of(user.role)));
        row.set("sees",
                sees_all_contracts(user.role)
                    ? std::string("All contracts")
                    : counted(static_cast<std::int64_t>(user.contracts.size()), "contract", "contracts"));
        row.set("seen", seen_words(user, m_clock));
        row.set("state", person_state(user));
        people.push_back(std::move(row));
    }
    set_list(view, "people", std::move(people));
    view.set("may_manage", may_manage);
    const std::string_view done = request.query.get("done");
    if (done == "added")
        view.set("notice", notice("accepted", "The person was added and can sign in now."));
    else if (done == "changed")
        view.set("notice", notice("accepted", "The change was made."));
    else
        view.set("notice", false);
    return page(request, "people", "People", "people", std::move(view));
}

Response Console::new_person_page(Request& request)
{
    return show_new_person(request, std::nullopt);
}

Response Console::show_new_person(const Request& request, const std::optional<Error>& refusal)
{
    View view = object();
    view.set("name", std::string(request.form.get("name")));
    view.set("email", std::string(request.form.get("email")));
    const Role chosen_role = role_named(request.form.get("role")).value_or(Role::Reviewer);
    ViewList roles;
    for (const Role role : all_roles) {
        View option = object();
        option.set("role", std::string(name_of(role)));
        option.set("word", capitalised(name_of(role)));
        option.set("description", std::string(description_of(role)));
        option.set("chosen", role == chosen_role);
        roles.push_back(std::move(option));
    }
    set_list(view, "roles", std::move(roles));
    const auto chosen = request.form.all("contract");
    ViewList contracts;
    for (const Contract& contract : visible_contracts(*request.visitor)) {
        View option = object();
        option.set("index", std::to_string(contracts.size() + 1));
        option.set("ref", contract.ref);
        option.set("title", contract.title);
        option.set("chosen", std::find(chosen.begin(), chosen.end(), contract.ref) != chosen.end());
        contracts.push_back(std::move(option));
    }
    set_list(view, "contracts", std::move(contracts));
    set_field_errors(view, refusal, {"name", "email", "contracts", "password"});
    return page(request, "person-new", refusal ? "Error: Add a person" : "Add a person", "people",
                std::move(view), refusal ? 422 : 200);
}

Response Console::add_person(Request& request)
{
    const auto role = role_named(request.form.get("role"));
    if (!role)
        return show_new_person(request, Error{"bad_request", "Choose a role."});
    NewUser user;
    user.name = request.form.get("name");
    user.email = request.form.get("email");
    user.role = *role;
    user.password = request.form.get("password");
    const auto known = visible_contracts(*request.visitor);
    for (const auto ref : request.form.all("contract"))
        if (std::any_of(known.begin(), known.end(),
                        [ref](const Contract& contract) { return contract.ref == ref; }))
            user.contracts.emplace_back(ref);
    const auto added = m_accounts.add(user);
    if (!added)
        return show_new_person(request, added.error());
    return redirect_to("/people?done=added");
}

Response Console::person_page(Request& request)
{
    const auto user = m_accounts.find(request.params.get("id"));
    return user ? show_person(request, *user, std::nullopt) : not_found(request, "This person");
}

Response Console::show_person(const Request& request, const User& user, const std::optional<Error>& refusal)
{
    View view = object();
    view.set("name", user.name);
    view.set("role", capitalised(name_of(user.role)));
    ViewList facts;
    const auto fact = [&facts](std::string name, std::string text) {
        View item = object();
        item.set("name", std::move(name));
        item.set("text", std::move(text));
        facts.push_back(std::move(item));
    };
    std::string contracts;
    for (const auto& ref : user.contracts)
        contracts += (contracts.empty() ? "" : ", ") + ref;
    fact("Email address", user.email);
    fact("May", std::string(description_of(user.role)));
    fact("Contracts", sees_all_contracts(user.role) ? "All" : contracts);
    fact("Last signed in", seen_words(user, m_clock));
    fact("Added", moment(user.created_at, m_clock));
    set_list(view, "facts", std::move(facts));
    view.set("path", "/people/" + user.id);
    view.set("active", user.active);
    // Nobody locks themselves out.
    view.set("manage", user.id != request.visitor->user.id);
    set_field_errors(view, refusal, {"password"});
    return page(request, "person", user.name, "people", std::move(view), refusal ? 422 : 200);
}

Response Console::set_person_password(Request& request)
{
    const auto user = m_accounts.find(request.params.get("id"));
    if (!user)
        return not_found(request, "This person");
    const auto changed = m_accounts.reset_password(user->id, request.form.get("password"));
    if (!changed)
        return show_person(request, *user, changed.error());
    return redirect_to("/people?done=changed");
}

Response Console::set_person_active(Request& request)
{
    const auto user = m_accounts.find(request.params.get("id"));
    if (!user)
        return not_found(request, "This person");
    if (user->id == request.visitor->user.id)
        return show_person(request, *user, Error{"forbidden", "You cannot end your own access."});
    const auto changed = m_accounts.set_active(user->id, request.form.get("active") == "yes");
    if (!changed)
        return refusal_page(request, changed.error(), status_of(changed.error()));
    return redirect_to("/people?done=changed");
}

} // namespace tally::server::console
