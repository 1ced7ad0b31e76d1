#include "server/console/console.h"

#include "server/console/words.h"
#include "server/http/problem.h"
#include "server/reference/reference_repository.h"
#include "shared/base/files.h"
#include "shared/framework/consent_wording.h"

#include <stdexcept>

namespace tally::server::console {
namespace {

/// A file of 4 MiB, once as it is and once more as text in the form that confirms it.
constexpr std::uint64_t upload_bytes_max = 8 * 1024 * 1024;

} // namespace

Console::Console(Accounts& accounts, ReviewService& review, ErasureService& erasure, DatabasePool& pool,
                 const Clock& clock, Random& random, ConsoleOptions options)
    : m_accounts(accounts), m_review(review), m_erasure(erasure), m_pool(pool), m_clock(clock),
      m_random(random), m_options(std::move(options)), m_static_files(m_options.folder),
      m_templates(m_options.folder / "templates", m_static_files.prefix())
{
    auto wordings = load_consent_wordings(assets_dir() / "consents");
    if (!wordings)
        throw std::runtime_error(wordings.error().text());
    m_wordings = *std::move(wordings);
}

void Console::register_routes(Router& router)
{
    const auto get = [&](std::string pattern, Permission permission, Response (Console::*handler)(Request&)) {
        router.add(Route{Method::Get, std::move(pattern), permission,
                         [this, handler](Request& request) { return (this->*handler)(request); }});
    };
    const auto post = [&](std::string pattern, Permission permission,
                          Response (Console::*handler)(Request&)) {
        router.add(Route{Method::Post, std::move(pattern), permission,
                         [this, handler](Request& request) { return (this->*handler)(request); }});
    };
    // clang-format off
    get ("/",                               Permission::SignedIn,      &Console::home);
    get ("/sign-in",                        Permission::Public,        &Console::sign_in_page);
    post("/sign-in",                        Permission::Public,        &Console::sign_in);
    post("/sign-out",                       Permission::SignedIn,      &Console::sign_out);
    get ("/account",                        Permission::SignedIn,      &Console::account_page);
    post("/account/password",               Permission::SignedIn,      &Console::change_password);
    get ("/queue",                          Permission::SeeEvidence,   &Console::queue_page);
    get ("/entries/{id}",                   Permission::SeeEvidence,   &Console::entry_page);
    post("/entries/{id}/decisions",         Permission::Decide,        &Console::decide);
    get ("/entries/{id}/photos/{digest}",   Permission::SeeEvidence,   &Console::photo);
    get ("/entries/{id}/photos/{digest}/small", Permission::SeeEvidence, &Console::thumbnail);
    get ("/entries/{id}/split",             Permission::Decide,        &Console::split_page);
    post("/entries/{id}/split",             Permission::Decide,        &Console::split);
    get ("/flags",                          Permission::SeeEvidence,   &Console::flags_page);
    get ("/flags/{position}",               Permission::SeeEvidence,   &Console::case_page);
    post("/flags/{position}/settle",        Permission::SeeEvidence,   &Console::settle);
    post("/flags/{position}/reopen",        Permission::SeeEvidence,   &Console::reopen);
    get ("/held",                           Permission::SeeEvidence,   &Console::held_page);
    get ("/held/entries",                   Permission::SeeEvidence,   &Console::held_entries_page);
    post("/held/entries",                   Permission::CloseQuarters, &Console::set_held);
    get ("/quarters",                       Permission::SeeContracts,  &Console::quarters_page);
    get ("/quarters/{quarter}",             Permission::SeeContracts,  &Console::quarter_page);
    get ("/quarters/{quarter}/close",       Permission::CloseQuarters, &Console::close_page);
    post("/quarters/{quarter}/close",       Permission::CloseQuarters, &Console::close_quarter);
    get ("/balances",                       Permission::SeeContracts,  &Console::balances_page);
    get ("/balances.csv",                   Permission::SeeContracts,  &Console::balances_file);
    get ("/contracts",                      Permission::SeeContracts,  &Console::contracts_page);
    get ("/contracts/{ref*}",               Permission::SeeContracts,  &Console::contract_page);
    post("/contract-agreements/{ref*}",     Permission::ManageContracts, &Console::agree);
    get ("/contract-reopenings/{ref*}",     Permission::ReopenContracts, &Console::reopen_page);
    post("/contract-reopenings/{ref*}",     Permission::ReopenContracts, &Console::reopen_agreement);
    get ("/contract-targets/{ref*}",        Permission::SeeContracts,  &Console::targets_page);
    post("/contract-targets/{ref*}",        Permission::ManageContracts, &Console::change_target);
    get ("/contract-facts/{ref*}",          Permission::ManageContracts, &Console::facts_page);
    post("/contract-facts/{ref*}",          Permission::ManageContracts, &Console::change_facts);
    get ("/contract-plans/{ref*}",          Permission::ManageContracts, &Console::plan_page);
    post("/contract-plans/{ref*}",          Permission::ManageContracts, &Console::change_plan);
    get ("/frameworks",                     Permission::SeeContracts,  &Console::frameworks_page);
    get ("/frameworks/{id}/{version}",      Permission::SeeContracts,  &Console::framework_page);
    get ("/imports/contracts",              Permission::ImportReference, &Console::contract_import_page);
    get ("/imports/frameworks",             Permission::ImportReference, &Console::framework_import_page);
    get ("/ledger",                         Permission::SignedIn,      &Console::ledger_page);
    get ("/ledger/{position}",              Permission::SignedIn,      &Console::ledger_row_page);
    get ("/devices",                        Permission::SeeDevices,    &Console::devices_page);
    get ("/devices/new",                    Permission::ManageDevices, &Console::new_device_page);
    get ("/devices/{id}",                   Permission::SeeDevices,    &Console::device_page);
    post("/devices/codes",                  Permission::ManageDevices, &Console::make_code);
    get ("/devices/{id}/revoke",            Permission::ManageDevices, &Console::revoke_page);
    post("/devices/{id}/rest",              Permission::ManageDevices, &Console::set_rest);
    post("/devices/{id}/new-key",           Permission::ManageDevices, &Console::ask_new_key);
    post("/devices/{id}/revoke",            Permission::ManageDevices, &Console::revoke);
    get ("/people",                         Permission::SeePeople,     &Console::people_page);
    get ("/people/new",                     Permission::ManagePeople,  &Console::new_person_page);
    post("/people",                         Permission::ManagePeople,  &Console::add_person);
    get ("/people/{id}",                    Permission::ManagePeople,  &Console::person_page);
    post("/people/{id}/password",           Permission::ManagePeople,  &Console::set_person_password);
    post("/people/{id}/active",             Permission::ManagePeople,  &Console::set_person_active);
    // clang-format on
    const auto upload = [&](std::string pattern, Response (Console::*handler)(Request&)) {
        router.add(Route{Method::Post, std::move(pattern), Permission::ImportReference,
                         [this, handler](Request& request) { return (this->*handler)(request); },
                         Body::Upload, upload_bytes_max});
    };
    upload("/imports/contracts", &Console::import_contract_file);
    upload("/imports/frameworks", &Console::import_framework_file);
    router.add(Route{Method::Get, "/static/{version}/{name}", Permission::Public, [this](Request& request) {
                         return m_static_files.get(request.params.get("version"), request.params.get("name"));
                     }});
    router.set_error_page([this](const Request& request, const Error& error, int status) {
        return refusal_page(request, error, status);
    });
}

Response Console::page(const Request& request, std::string_view name, std::string_view title,
                       std::string_view section, View content, int status)
{
    Frame frame;
    frame.title = title;
    frame.section = section;
    if (request.visitor) {
        frame.visitor = request.visitor.get();
        frame.csrf = csrf_field(*request.visitor, m_random);
        if (request.visitor->may(Permission::Decide))
            frame.waiting = m_review.counts(viewer_of(*request.visitor), {}).waiting;
    }
    return html_page(m_templates.page(name, std::move(content), frame), status);
}

Response Console::not_found(const Request& request, std::string_view what)
{
    return refusal_page(request,
                        {"not_found", std::string(what) + " is not here, or it is not yours to see."}, 404);
}

Response Console::refusal_page(const Request& request, const Error& error, int status)
{
    View view = object();
    const std::string heading = status == 404   ? "This page is not here"
                                : status == 403 ? "You may not do this"
                                : status >= 500 ? "Something went wrong"
                                                : "This was refused";
    view.set("heading", heading);
    view.set("text", error.message);
    view.set("back", "/");
    view.set("back_text", request.visitor ? "Go to the start" : "Go to the sign-in page");
    if (status < 500)
        return page(request, "message", heading, "", std::move(view), status);
    // What failed may be what the frame needs, so this page asks for nothing.
    Frame frame;
    frame.title = heading;
    return html_page(m_templates.page("message", std::move(view), frame), status);
}

std::vector<Contract> Console::visible_contracts(const Visitor& visitor)
{
    auto lease = m_pool.lease();
    auto contracts = ReferenceRepository(*lease).contracts();
    std::erase_if(contracts, [&](const Contract& contract) { return !visitor.sees_contract(contract.ref); });
    return contracts;
}

std::string Console::public_url(const Request& request) const
{
    if (!m_options.public_url.empty())
        return m_options.public_url;
    const bool https = request.encrypted || m_options.secure_cookies;
    return (https ? "https://" : "http://") + std::string(request.headers.get("Host"));
}

Viewer viewer_of(const Visitor& visitor)
{
    return {visitor.user.id,
            visitor.user.name,
            sees_all_contracts(visitor.user.role),
            visitor.user.contracts,
            visitor.may(Permission::Decide),
            visitor.may(Permission::CloseQuarters)};
}

View notice(std::string_view icon_name, std::string_view text, std::string_view link,
            std::string_view link_text)
{
    View view = object();
    view.set("icon", icon(icon_name));
    view.set("text", std::string(text));
    set_text(view, "link", link);
    view.set("link_text", std::string(link_text));
    return view;
}

void set_refusal(View& view, const std::optional<Error>& refusal, std::string_view field)
{
    ViewList errors;
    if (refusal) {
        View error = object();
        error.set("message", refusal->message);
        set_text(error, "field", field);
        errors.push_back(std::move(error));
    }
    set_list(view, "errors", std::move(errors));
}

std::string own_path(std::string_view path, std::string_view otherwise)
{
    const bool own = path.starts_with('/') && !path.starts_with("//") &&
                     path.find('\\') == std::string_view::npos && path.size() <= 1000;
    for (const char c : path)
        if (static_cast<unsigned char>(c) <= 32)
            return std::string(otherwise);
    return std::string(own ? path : otherwise);
}

} // namespace tally::server::console
