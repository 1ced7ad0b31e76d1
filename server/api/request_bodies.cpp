#include "server/api/request_bodies.h"

#include "shared/base/encoding.h"
#include "shared/domain/evidence.h"
#include "shared/protocol/enrolment.h"

#include <nlohmann/json.hpp>

namespace tally::server {
namespace {

using nlohmann::json;

/// Empty when it is not there or is no text.
std::string text_of(const json& document, const char* name)
{
    const auto field = document.find(name);
    return field != document.end() && field->is_string() ? field->get<std::string>() : std::string();
}

/// What led from the key of its enrolment to the present one, in base64; none when there is nothing of it or
/// it is of another form.
Result<std::vector<protocol::KeyChange>> parse_shown_changes(const json& document)
{
    const auto list = document.find("changes");
    if (list == document.end())
        return std::vector<protocol::KeyChange>();
    std::string bytes;
    if (list->is_array())
        for (const auto& item : *list)
            if (const auto one = item.is_string() ? from_base64(item.get<std::string>())
                                                  : Result<std::string>(Error{"bad_base64", ""}))
                bytes += *one;
    return protocol::parse_device_key_changes(bytes);
}

} // namespace

Result<EnrolmentRequest> parse_enrolment(std::string_view body)
{
    const Error bad{"bad_enrolment", "An enrolment needs code, public_key and proof."};
    const auto document = json::parse(body, nullptr, false);
    if (!document.is_object())
        return bad;
    const auto code = protocol::normalise_enrolment_code(text_of(document, "code"));
    const auto key = from_base64(text_of(document, "public_key"));
    const auto proof = from_base64(text_of(document, "proof"));
    if (!code)
        return code.error();
    if (!key || key->size() != crypto::public_key_bytes || !proof ||
        !crypto::is_signed_by(protocol::enrolment_proof_message(*code, *key), *proof, *key))
        return bad;
    return EnrolmentRequest{*code, *key};
}

Result<ShownEnrolment> parse_shown_enrolment(std::string_view body)
{
    const Error bad{"bad_enrolment",
                    "An enrolment is shown with device, name, mode, author, public_key and record."};
    const auto document = json::parse(body, nullptr, false);
    if (!document.is_object())
        return bad;
    const auto id = Uuid::parse(text_of(document, "device"));
    const auto mode = device_mode_named(text_of(document, "mode"));
    const auto key = from_base64(text_of(document, "public_key"));
    const auto record = from_base64(text_of(document, "record"));
    ShownEnrolment shown;
    shown.device.name = text_of(document, "name");
    shown.device.author = text_of(document, "author");
    if (!id || !mode || !key || !record || shown.device.name.size() > shown_text_bytes_max ||
        shown.device.author.size() > shown_text_bytes_max)
        return bad;
    auto changes = parse_shown_changes(document);
    if (!changes)
        return changes.error();
    shown.device.id = *id;
    shown.device.mode = *mode;
    shown.device.public_key = *key;
    shown.record = *record;
    shown.changes = std::move(*changes);
    return shown;
}

Result<std::string> parse_withdrawal(std::string_view body)
{
    const Error bad{"bad_withdrawal", "A withdrawal needs sealed_code and at_ms."};
    const auto document = json::parse(body, nullptr, false);
    if (!document.is_object())
        return bad;
    const auto at = document.find("at_ms");
    const auto sealed = document.find("sealed_code");
    if (sealed == document.end() || !sealed->is_string() || at == document.end() || !at->is_number_integer())
        return bad;
    auto bytes = from_base64(sealed->get<std::string>());
    return bytes ? std::move(bytes) : bad;
}

std::string normal_withdrawal_code(std::string_view opened)
{
    const std::string key = withdrawal_code_key(opened);
    return key.size() <= withdrawal_code_bytes_max && is_utf8(key) ? key : std::string();
}

} // namespace tally::server
