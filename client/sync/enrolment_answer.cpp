#include "client/sync/enrolment_answer.h"

#include "client/sync/key_statements.h"
#include "shared/base/encoding.h"

#include <nlohmann/json.hpp>

namespace tally::client {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& json, const char* name)
{
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

Result<EnrolmentAnswer> parse_enrolment_answer(std::string_view body)
{
    const Error odd{"odd_answer",
                    "The server's answer could not be understood. Check that the address is that of a "
                    "Tallybook server, and that both programs are up to date."};
    const auto json = Json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains("server"))
        return odd;
    const Json& server = json["server"];
    const auto device = Uuid::parse(text_of(json, "device"));
    const auto signing_key = from_base64(text_of(server, "signing_key"));
    const auto sealing_key = from_base64(text_of(server, "sealing_key"));
    const std::string mode = text_of(json, "mode");
    if (!device || !signing_key || !sealing_key || signing_key->size() != crypto::public_key_bytes ||
        sealing_key->size() != crypto::public_key_bytes || (mode != "worker" && mode != "kiosk"))
        return odd;
    EnrolmentAnswer answer;
    answer.identity.device = *device;
    answer.identity.name = text_of(json, "name");
    answer.identity.mode = mode == "kiosk" ? DeviceMode::Kiosk : DeviceMode::Worker;
    answer.identity.author = text_of(json, "author");
    answer.identity.server_name = text_of(server, "name");
    answer.identity.server_signing_key = *signing_key;
    answer.identity.server_sealing_key = *sealing_key;
    answer.record = text_of(json, "record");
    answer.key_changes = key_statements(server);
    return answer;
}

} // namespace tally::client
