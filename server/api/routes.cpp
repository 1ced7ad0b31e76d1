#include "server/api/routes.h"

#include "server/api/changes.h"
#include "server/api/changes_query.h"
#include "server/api/proofs.h"
#include "server/api/request_bodies.h"
#include "server/api/uploads.h"
#include "server/http/network.h"
#include "server/http/problem.h"
#include "server/storage/devices.h"
#include "server/storage/returning_devices.h"
#include "server/storage/withdrawals.h"
#include "shared/base/encoding.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace tally::server {
namespace {

using nlohmann::json;

/// Codes that one device may pass on within an hour. There are 30^8 of them.
constexpr std::int64_t withdrawals_max = 20;
constexpr std::int64_t withdrawal_window_ms = 3'600'000;

json server_document(const ApiServices& services)
{
    return {{"name", services.server_name},
            {"signing_key", to_base64(services.keys.signing.public_key)},
            {"sealing_key", to_base64(services.keys.sealing.public_key)}};
}

/// The same, and how the keys came from the first ones.
json server_history(const ApiServices& services)
{
    auto document = server_document(services);
    document["changes"] = json::array();
    for (const auto& change : services.keys.changes)
        document["changes"].push_back(to_base64(change));
    return document;
}

Response receive_batch(Request& request, ApiServices& services)
{
    auto received = services.ingest.receive(request.body);
    if (!received)
        return problem(received.error());
    Response response;
    response.content_type = "application/vnd.tallybook.receipt";
    response.body = std::move(received->receipt_bytes);
    return response;
}

Response receive_chain_report(Request& request, ApiServices& services)
{
    const auto noted = services.ingest.receive_report(request.body);
    return noted ? no_content(204) : problem(noted.error());
}

/// Of a device that made itself a new key. The statements carry their own signatures.
Response receive_key_changes(Request& request, ApiServices& services)
{
    const auto taken = services.ingest.receive_key_changes(request.body);
    return taken ? no_content(204) : problem(taken.error());
}

Response enrol(Request& request, ApiServices& services)
{
    const auto wanted = parse_enrolment(request.body);
    if (!wanted)
        return problem(wanted.error(), 400);
    const auto now = services.clock.now();
    const std::string network = network_of(request.address);
    if (!services.enrolment_failures.is_open(network, now))
        return problem({"too_many_requests", "Too many wrong enrolment codes have come from this network. "
                                             "Wait a quarter of an hour, then ask for a new code."},
                       429)
            .with("Retry-After", std::to_string(enrolment_window_ms / 1000));
    auto database = services.pool.lease();
    UuidSource ids(services.clock, services.random);
    const auto device = enrol_device(*database, ids, now, wanted->code, wanted->public_key);
    if (!device) {
        // A code that was right once is no guess: who comes too late must not close their whole network.
        if (device.error().code == "code_unknown")
            services.enrolment_failures.note_failure(network, now);
        return problem(device.error(), 403);
    }
    const json answer = {{"device", device->id.text()},
                         {"name", device->name},
                         {"mode", name_of(device->mode)},
                         {"author", device->author},
                         {"server", server_history(services)},
                         {"server_time_ms", now.ms},
                         {"record", to_base64(sign_enrolment(*device, services.keys))}};
    return json_document(answer.dump(), 201);
}

/// Of a device that a restored database does not know: it shows what it was given when it was enrolled.
Response enrol_again(Request& request, ApiServices& services)
{
    const auto shown = parse_shown_enrolment(request.body);
    if (!shown)
        return problem(shown.error(), 400);
    auto database = services.pool.lease();
    const auto done = let_in_again(*database, shown->device, shown->changes, shown->record, services.keys,
                                   services.clock.now());
    return done ? no_content(204) : problem(done.error(), 403);
}

Response changes(Request& request, ApiServices& services)
{
    const auto device = Uuid::parse(request.device_id);
    if (!device)
        return problem(device.error());
    const auto clock = parse_clock(request.query.get("clock"));
    if (!clock)
        return problem(clock.error(), 400);
    auto database = services.pool.lease();
    const auto now = services.clock.now();
    auto document = changes_for_device(*database, services.vault, *device,
                                       {request.query.get("cursor"), request.query.get("trees")}, now);
    if (!document)
        return problem(document.error(), 400);
    note_device_seen(*database, *device, now);
    if (*clock)
        note_device_clock(*database, *device, (*clock)->offset_ms, (*clock)->uncertainty_ms);
    return json_document(std::move(*document));
}

/// The code that a request carries sealed, in its normal form; empty when there is none.
std::string opened_withdrawal_code(std::string_view body, const ServerKeys& keys)
{
    const auto sealed = parse_withdrawal(body);
    const auto code = sealed ? open_sealed(keys, *sealed) : sealed;
    return code ? normal_withdrawal_code(*code) : std::string();
}

/// The answer is the same for every code, so that codes cannot be tried out.
Response withdraw(Request& request, ApiServices& services)
{
    const auto device = Uuid::parse(request.device_id);
    if (!device)
        return problem(device.error());
    const std::string code = opened_withdrawal_code(request.body, services.keys);
    if (code.empty())
        return problem({"bad_withdrawal", "A withdrawal needs sealed_code and at_ms."}, 400);
    const Timestamp now = services.clock.now();
    const std::string code_hash = withdrawal_code_hash(services.keys, code);
    {
        auto database = services.pool.lease();
        if (withdrawals_since(*database, *device, {now.ms - withdrawal_window_ms}) >= withdrawals_max)
            return problem(
                       {"too_many_requests",
                        "This device has sent many withdrawal codes within an hour. Send the rest later."},
                       429)
                .with("Retry-After", std::to_string(withdrawal_window_ms / 1000));
        UuidSource ids(services.clock, services.random);
        note_withdrawal(*database, ids.next(), *device, code_hash, now);
    }
    if (services.withdrawals != nullptr) {
        services.withdrawals->withdraw(code);
        auto database = services.pool.lease();
        note_withdrawal_handled(*database, code_hash, services.clock.now());
    }
    return no_content(202);
}

Response describe_keys(Request&, ApiServices& services)
{
    return json_document(server_history(services).dump());
}

Response describe_server(Request&, ApiServices& services)
{
    auto document = server_document(services);
    document["server_time_ms"] = services.clock.now().ms;
    return json_document(document.dump());
}

Response healthy(Request&, ApiServices& services)
{
    auto database = services.pool.lease();
    (void)database->query_one<std::int64_t>("SELECT 1");
    return plain_text("ok\n");
}

Response openapi(Request&, ApiServices&)
{
    return json_document(openapi_document());
}

} // namespace

void add_api_routes(Router& router, ApiServices& services)
{
    const auto with = [&services](Response (*handler)(Request&, ApiServices&)) {
        return [handler, &services](Request& request) { return handler(request, services); };
    };
    // tus wants its version in every answer to an upload, also in those that are made before it is looked at.
    router.set_finish([](const Request& request, Response& response) {
        if (request.path.starts_with(uploads_path) && !response.headers.has("Tus-Resumable"))
            response.with("Tus-Resumable", std::string(tus_version));
    });
    constexpr auto batch_max = protocol::batch_bytes_max;
    constexpr std::uint64_t form_max = 64 * 1024;
    constexpr std::uint64_t record_max = 128 * 1024; ///< with all changes of the device's key
    const std::string uploads(uploads_path);
    const std::string upload = uploads + "/{digest}";
    const std::string inclusion = "/api/v1/proof/inclusion";
    const std::string consistency = "/api/v1/proof/consistency";
    router.add({
        // clang-format off
        {Method::Post,    "/api/v1/batches",     Permission::Public, with(receive_batch),          Body::Whole,    batch_max},
        {Method::Post,    "/api/v1/chain",       Permission::Public, with(receive_chain_report),   Body::Whole,    form_max},
        {Method::Post,    "/api/v1/device-keys", Permission::Public, with(receive_key_changes),    Body::Whole,    form_max},
        {Method::Post,    "/api/v1/enrolments",  Permission::Public, with(enrol),                  Body::Whole,    form_max},
        {Method::Post,    "/api/v1/enrolments/again", Permission::Public, with(enrol_again),       Body::Whole,    record_max},
        {Method::Get,     "/api/v1/changes",     Permission::Device, with(changes),                Body::Whole,    form_max},
        {Method::Post,    "/api/v1/withdrawals", Permission::Device, with(withdraw),               Body::Whole,    form_max},
        {Method::Post,    uploads,               Permission::Device, with(begin_upload),           Body::Streamed, chunk_bytes_max},
        {Method::Options, uploads,               Permission::Public, with(upload_options),         Body::Whole,    form_max},
        {Method::Options, upload,                Permission::Public, with(upload_options),         Body::Whole,    form_max},
        {Method::Get,     upload,                Permission::Device, with(one_upload),             Body::Whole,    form_max},
        {Method::Patch,   upload,                Permission::Device, with(one_upload),             Body::Streamed, chunk_bytes_max},
        {Method::Post,    upload,                Permission::Device, with(one_upload),             Body::Streamed, chunk_bytes_max},
        {Method::Delete,  upload,                Permission::Device, with(one_upload),             Body::Whole,    form_max},
        {Method::Get,     "/api/v1/server",      Permission::Public, with(describe_server),        Body::Whole,    form_max},
        {Method::Get,     "/api/v1/keys",        Permission::Public, with(describe_keys),          Body::Whole,    form_max},
        {Method::Get,     "/api/v1/checkpoint",  Permission::Public, with(latest_checkpoint_note), Body::Whole,    form_max},
        {Method::Get,     "/checkpoint",         Permission::Public, with(latest_checkpoint_note), Body::Whole,    form_max},
        {Method::Get,     "/tile/{name*}",       Permission::Public, with(tile),                   Body::Whole,    form_max},
        {Method::Get,     inclusion,             Permission::Public, with(inclusion_proof),        Body::Whole,    form_max},
        {Method::Get,     consistency,           Permission::Public, with(consistency_proof),      Body::Whole,    form_max},
        {Method::Get,     "/healthz",            Permission::Public, with(healthy),                Body::Whole,    form_max},
        {Method::Get,     "/openapi.json",       Permission::Public, with(openapi),                Body::Whole,    form_max},
        // clang-format on
    });
}

} // namespace tally::server
