#include "server/console/console.h"
#include "server/reference/reference_repository.h"
#include "shared/base/encoding.h"

namespace tally::server::console {
namespace {

constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;

/// The file of a form: uploaded, or carried on from the preview as text.
Result<std::string> file_of(const Request& request)
{
    const std::string_view kept = request.form.get("content");
    if (!kept.empty()) {
        auto bytes = from_base64url(kept);
        return bytes ? bytes : Error{"bad_request", "Choose the file again.", "file"};
    }
    const std::string_view file = request.form.get("file");
    if (file.empty())
        return Error{"file_missing", "Choose a file that is not empty.", "file"};
    if (file.size() > file_bytes_max)
        return Error{"file_too_large",
                     "A file has 4 MiB at most here. Load larger ones with a command on the server.", "file"};
    return std::string(file);
}

/// The last part of what a browser calls the file, for the report.
std::string name_of_file(const Request& request)
{
    std::string_view name = request.form.get("file.name");
    if (name.empty())
        name = request.form.get("name");
    name = name.substr(name.find_last_of("/\\") + 1);
    return is_utf8(name) && name.size() <= 200 ? std::string(name) : std::string();
}

} // namespace

Response Console::contract_import_page(Request& request)
{
    return show_import(request, "contracts", std::nullopt, std::nullopt);
}

Response Console::framework_import_page(Request& request)
{
    return show_import(request, "frameworks", std::nullopt, std::nullopt);
}

Response Console::show_import(const Request& request, std::string_view kind,
                              const std::optional<ImportReport>& report, const std::optional<Error>& refusal)
{
    const bool contracts = kind == "contracts";
    View view = report ? report_view(*report) : object();
    view.set("has_report", report.has_value());
    view.set("contracts", contracts);
    view.set("path", "/imports/" + std::string(kind));
    view.set("back", "/" + std::string(kind));
    view.set("back_text", contracts ? "Contracts" : "Frameworks");
    const std::string title = contracts ? "Load contracts" : "Load a framework";
    view.set("title", title);
    view.set("name", name_of_file(request));
    const auto file = report ? file_of(request) : Result<std::string>(std::string());
    view.set("content", file ? to_base64url(*file) : "");
    view.set("framework", std::string(request.form.get("framework")));
    view.set("reason", std::string(request.form.get("reason")));
    ViewList frameworks;
    if (contracts) {
        auto lease = m_pool.lease();
        for (const FrameworkListing& listing : ReferenceRepository(*lease).frameworks()) {
            View option = object();
            const std::string name = listing.id + "@" + listing.version;
            option.set("chosen", request.form.get("framework") == name);
            option.set("name", name);
            option.set("title", listing.title + ", " + listing.version);
            frameworks.push_back(std::move(option));
        }
    }
    set_list(view, "frameworks", std::move(frameworks));
    set_text(view, "file_error", refusal ? refusal->message : "");
    set_refusal(view, refusal, "file");
    const bool refused = refusal || (report && !report->ok());
    return page(request, "import", refused ? "Error: " + title : title, kind, std::move(view),
                refused ? 422 : 200);
}

Response Console::import_contract_file(Request& request)
{
    return import_file(request, "contracts");
}

Response Console::import_framework_file(Request& request)
{
    return import_file(request, "frameworks");
}

Response Console::import_file(Request& request, std::string_view kind)
{
    const auto file = file_of(request);
    if (!file)
        return show_import(request, kind, std::nullopt, file.error());
    const bool store = request.form.get("action") == "store";
    const ImportRun run = store ? ImportRun::Store : ImportRun::Preview;
    const std::string name = name_of_file(request);
    ImportReport report;
    auto lease = m_pool.lease();
    if (kind == "contracts") {
        const auto format = contract_format_of(name);
        if (!format)
            return show_import(
                request, kind, std::nullopt,
                Error{"unknown_format", "Choose a file whose name ends in .csv or .json.", "file"});
        ContractImport options;
        options.framework = request.form.get("framework");
        options.by = request.visitor->user.id;
        options.reason = trimmed(request.form.get("reason"));
        options.run = run;
        report = import_contracts(*lease, *format, *file, m_clock, options);
    } else {
        report = import_framework(*lease, name.empty() ? "file" : name, *file, m_clock.now(), run);
    }
    if (store && report.ok())
        return redirect_to("/" + std::string(kind) + "?done=loaded");
    return show_import(request, kind, report, std::nullopt);
}

} // namespace tally::server::console
