#include "server/console/console_bundles.h"

#include "shared/base/encoding.h"
#include "shared/protocol/bundle_answer.h"

namespace tally::server::console {
namespace {

/// What fits in one request; larger ones are for the command.
constexpr std::uint64_t bundle_bytes_max = 16ULL * 1024 * 1024;
/// The receipts of such a bundle, also when every entry of it is refused in words.
constexpr std::uint64_t receipts_form_bytes_max = bundle_bytes_max;
constexpr std::size_t problems_shown = 100;

View count_view(std::string words, std::int64_t number)
{
    View view = object();
    view.set("words", std::move(words));
    view.set("number", std::to_string(number));
    return view;
}

void set_report(View& view, const BundleReport& report, const ServerKeys& keys)
{
    ViewList counts;
    counts.push_back(count_view("New entries", report.created));
    counts.push_back(count_view("Here already", report.existing));
    counts.push_back(count_view("Refused", report.refused));
    counts.push_back(count_view("New photos", report.photos));
    set_list(view, "counts", std::move(counts));
    ViewList problems;
    for (const Error& problem : report.problems) {
        if (problems.size() == problems_shown)
            break;
        View item = object();
        item.set("where", problem.where);
        item.set("message", problem.message);
        problems.push_back(std::move(item));
    }
    set_list(view, "problems", std::move(problems));
    const auto count = static_cast<std::int64_t>(report.problems.size());
    view.set("problem_count", counted(count, "thing was not taken", "things were not taken"));
    view.set("content", to_base64url(write_answer(report, keys)));
}

} // namespace

void BundlePages::register_routes(Router& router)
{
    const auto add = [&](Method method, std::string pattern, Response (BundlePages::*handler)(Request&),
                         Body body, std::uint64_t bytes_max) {
        router.add(Route{method, std::move(pattern), Permission::SeeDevices,
                         [this, handler](Request& request) { return (this->*handler)(request); }, body,
                         bytes_max});
    };
    add(Method::Get, "/bundles", &BundlePages::bundle_page, Body::Whole, 64 * 1024);
    add(Method::Post, "/bundles", &BundlePages::import, Body::Upload, bundle_bytes_max);
    add(Method::Post, "/bundles/receipts", &BundlePages::receipts, Body::Whole, receipts_form_bytes_max);
}

Response BundlePages::bundle_page(Request& request)
{
    return show(request, std::nullopt, std::nullopt);
}

Response BundlePages::import(Request& request)
{
    const std::string_view file = request.form.get("file");
    if (file.empty())
        return show(request, std::nullopt,
                    Error{"file_missing", "Choose the file that the device exported.", "file"});
    auto report = import_bundle(m_ingest, m_attachments, m_console.m_clock, file);
    if (!report)
        return show(request, std::nullopt, Error{report.error().code, report.error().message, "file"});
    return show(request, *report, std::nullopt);
}

Response BundlePages::show(const Request& request, const std::optional<BundleReport>& report,
                           const std::optional<Error>& refusal)
{
    View view = object();
    view.set("has_report", report.has_value());
    if (report)
        set_report(view, *report, m_keys);
    set_text(view, "file_error", refusal ? refusal->message : "");
    set_refusal(view, refusal, "file");
    return m_console.page(request, "bundle", refusal ? "Error: Take in a bundle" : "Take in a bundle",
                          "devices", std::move(view), refusal ? 422 : 200);
}

Response BundlePages::receipts(Request& request)
{
    const auto bytes = from_base64url(request.form.get("content"));
    const auto answer = bytes
                            ? protocol::parse_bundle_answer(*bytes)
                            : Result<protocol::BundleAnswer>(Error{"bad_request", "There are no receipts."});
    // Nothing but our own words leaves under our name.
    if (!answer || answer->server_key != m_keys.signing.public_key)
        return show(request, std::nullopt,
                    Error{"bad_request", "Take the bundle in again to get its receipts.", "file"});
    return Response{200, "application/octet-stream", *bytes, {}}.with(
        "Content-Disposition", "attachment; filename=\"tallybook-receipts.tally\"");
}

} // namespace tally::server::console
