#include "server/api/device_check.h"

#include "server/api/uploads.h"
#include "server/http/problem.h"
#include "server/storage/device_keys.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/request_signature.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace tally::server {
namespace {

/// A device whose clock is wrong needs the server's time to sign again.
Response clock_out_of_step(Timestamp now)
{
    Response response =
        problem({"clock_out_of_step", "The request's time is not the server's. Sign again with the "
                                      "time in server_time_ms."},
                401);
    auto body = nlohmann::json::parse(response.body);
    body["server_time_ms"] = now.ms;
    response.body = body.dump();
    return response;
}

/// The method that is meant, which is what the device signs: a header that nobody signed could otherwise turn
/// one request into another.
std::string_view method_of(const Request& request)
{
    const std::string_view override = request.headers.get("X-HTTP-Method-Override");
    return !override.empty() ? override : request.is_head ? "HEAD" : name_of(request.method);
}

/// The bytes of an upload are streamed, and their digest is checked as a whole. One that is begun without any
/// signs that it has none.
bool is_unsigned(const Request& request)
{
    return request.stream != nullptr && !(request.path == uploads_path && request.stream->is_finished());
}

std::optional<Response> refusal_of(Request& request, DatabasePool& pool, SeenRequests& seen,
                                   const Clock& clock)
{
    const auto signature = protocol::parse_authorization(request.headers.get("Authorization"));
    if (!signature)
        return problem(signature.error(), 401);
    std::optional<Device> device;
    std::vector<FormerKey> former;
    {
        auto database = pool.lease();
        device = find_device(*database, signature->device);
        if (device && device->key_changed_at)
            former = former_keys(*database, device->id);
    }
    if (!device)
        return problem(
            {"device_unknown", "This device is not enrolled here. Nothing on it is lost: enrol it again."},
            401);
    const std::string digest = is_unsigned(request) ? "unsigned" : crypto::sha256_hex(request.body);
    const auto is_signed_by = [&](std::string_view key) {
        return protocol::is_signed_by(*signature, method_of(request), request.target, digest, key);
    };
    if (!is_signed_by(device->public_key)) {
        const bool is_former = std::any_of(
            former.begin(), former.end(), [&](const FormerKey& key) { return is_signed_by(key.public_key); });
        if (!is_former)
            return problem({"bad_signature", "The request was not signed with this device's key."}, 401);
        // The device hears that its key was changed; whoever has only the old one is not let in, unless an
        // administrator decided that all that this device holds is to be taken.
        if (!device->rest_accepted_at)
            return problem(former_key_refused());
    }
    const Timestamp now = clock.now();
    if (std::llabs(now.ms - signature->time.ms) > protocol::request_age_ms_max)
        return clock_out_of_step(now);
    if (device->is_refused())
        return problem({"device_revoked", "This device was revoked. Nothing on it is lost: the administrator "
                                          "can enrol it again, and take in "
                                          "what it holds, over the network or from a stick."},
                       403);
    switch (seen.note(device->id, signature->time, signature->nonce, now)) {
    case SeenRequests::Verdict::New:
        break;
    case SeenRequests::Verdict::Repeated:
        return problem({"request_repeated",
                        "This request came before. Sign each request anew, also one that is sent again."},
                       401);
    case SeenRequests::Verdict::TooOld:
        return clock_out_of_step(now);
    }
    request.device_id = device->id.text();
    return std::nullopt;
}

} // namespace

std::optional<Response> check_device(Request& request, DatabasePool& pool, SeenRequests& seen,
                                     const Clock& clock)
{
    auto refused = refusal_of(request, pool, seen, clock);
    if (refused && refused->status == 401)
        refused->with("WWW-Authenticate", "Tallybook");
    return refused;
}

} // namespace tally::server
