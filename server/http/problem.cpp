#include "server/http/problem.h"

#include <nlohmann/json.hpp>

#include <array>

namespace tally::server {
namespace {

struct CodeStatus
{
    std::string_view code;
    int status;
};

constexpr std::array code_statuses = {
    CodeStatus{"bad_request", 400},
    CodeStatus{"bad_target", 400},
    CodeStatus{"bad_encoding", 400},
    CodeStatus{"bad_json", 400},
    CodeStatus{"bad_batch", 400},
    CodeStatus{"bad_chain_report", 400},
    CodeStatus{"bad_key_change", 400},
    CodeStatus{"bad_header", 400},
    CodeStatus{"bad_chunk", 400},
    CodeStatus{"too_many_fields", 400},
    CodeStatus{"body_incomplete", 400},
    CodeStatus{"not_signed_in", 401},
    CodeStatus{"bad_signature", 401},
    CodeStatus{"former_key", 401},
    CodeStatus{"device_unknown", 401},
    CodeStatus{"bad_sign_in", 401},
    CodeStatus{"bad_authorization", 401},
    CodeStatus{"clock_out_of_step", 401},
    CodeStatus{"device_revoked", 403},
    CodeStatus{"forbidden", 403},
    CodeStatus{"not_allowed", 403},
    CodeStatus{"photo_not_arrived", 404},
    CodeStatus{"wrong_state", 409},
    CodeStatus{"bad_csrf_token", 403},
    CodeStatus{"own_entry", 403},
    CodeStatus{"not_found", 404},
    CodeStatus{"method_not_allowed", 405},
    CodeStatus{"request_timeout", 408},
    CodeStatus{"conflict", 409},
    CodeStatus{"key_conflict", 409},
    CodeStatus{"key_taken", 409},
    CodeStatus{"offset_mismatch", 409},
    CodeStatus{"gone", 410},
    CodeStatus{"erased", 410},
    CodeStatus{"length_required", 411},
    CodeStatus{"tus_version", 412},
    CodeStatus{"body_too_large", 413},
    CodeStatus{"too_large", 413},
    CodeStatus{"batch_too_large", 413},
    CodeStatus{"target_too_long", 414},
    CodeStatus{"unsupported_media_type", 415},
    CodeStatus{"expectation_failed", 417},
    CodeStatus{"digest_mismatch", 460},
    CodeStatus{"too_many_requests", 429},
    CodeStatus{"headers_too_large", 431},
    CodeStatus{"internal_error", 500},
    CodeStatus{"not_implemented", 501},
    CodeStatus{"unavailable", 503},
    CodeStatus{"busy", 503},
    CodeStatus{"too_many_connections", 503},
    CodeStatus{"version_not_supported", 505},
    CodeStatus{"storage_full", 507},
};

} // namespace

int status_of(const Error& error)
{
    for (const auto& known : code_statuses)
        if (known.code == error.code)
            return known.status;
    return 422;
}

std::string_view reason_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Not signed in";
    case 403:
        return "Not allowed";
    case 404:
        return "Not found";
    case 405:
        return "Method not allowed";
    case 408:
        return "Request took too long";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 411:
        return "Length required";
    case 412:
        return "Precondition failed";
    case 413:
        return "Too large";
    case 414:
        return "Address too long";
    case 415:
        return "Unsupported type of content";
    case 417:
        return "Expectation failed";
    case 422:
        return "Refused";
    case 429:
        return "Too many requests";
    case 431:
        return "Headers too large";
    case 460:
        return "Checksum mismatch";
    case 500:
        return "Internal error";
    case 501:
        return "Not implemented";
    case 503:
        return "Unavailable";
    case 505:
        return "HTTP version not supported";
    case 507:
        return "Out of space";
    default:
        return "Refused";
    }
}

Response problem(const Error& error)
{
    return problem(error, status_of(error));
}

Response problem(const Error& error, int status)
{
    nlohmann::ordered_json document;
    document["type"] = "/problems/" + error.code;
    document["title"] = reason_of(status);
    document["status"] = status;
    document["detail"] = error.message;
    document["code"] = error.code;
    if (!error.where.empty())
        document["where"] = error.where;
    // A refusal may quote what the client sent, which need not be UTF-8.
    auto body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return {status, "application/problem+json", std::move(body), {}};
}

} // namespace tally::server
