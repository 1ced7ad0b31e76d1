#include "client/sync/enrol.h"

#include "client/store/own_key.h"
#include "client/store/server_ledger.h"
#include "client/store/vault.h"
#include "client/sync/enrolment_answer.h"
#include "client/sync/http_transport.h"
#include "client/sync/problem.h"
#include "shared/base/encoding.h"

#include <nlohmann/json.hpp>

namespace tally::client {

namespace {

using Json = nlohmann::json;

constexpr std::string_view pending_setting = "pending_enrolment";

/// The key pair for this code. It is kept before it is shown to the server: should the answer be lost,
/// the same code with the same key gives the same answer again.
crypto::SigningKey key_for(Store& store, const std::string& code)
{
    const auto pending = Json::parse(store.setting(pending_setting).value_or(""), nullptr, false);
    if (pending.is_object() && pending.value("code", "") == code) {
        const auto public_key = from_base64(pending.value("public_key", ""));
        const auto secret_key = from_base64(pending.value("secret_key", ""));
        if (public_key && secret_key)
            return {*public_key, *secret_key};
    }
    crypto::SigningKey key = crypto::make_signing_key();
    store.set_setting(pending_setting, Json{{"code", code},
                                            {"public_key", to_base64(key.public_key)},
                                            {"secret_key", to_base64(key.secret_key)}}
                                           .dump());
    return key;
}

std::string record_setting(const Uuid& device)
{
    return "enrolment_record." + device.text();
}

} // namespace

EnrolTransportMaker http_enrol_transports()
{
    return [](const protocol::EnrolmentInvitation& invitation) {
        return make_http_transport({invitation.server, invitation.certificate_sha256});
    };
}

Result<Identity> enrol(Store& store, std::string_view code_or_link, const std::optional<std::string>& pin,
                       const EnrolTransportMaker& transports, const Clock& clock, Random& random)
{
    const auto invitation = protocol::parse_invitation(code_or_link);
    if (!invitation)
        return invitation.error();
    // Made first, because a PIN that is too short should not use up the code.
    std::optional<WorkerKey> worker_key;
    if (pin) {
        auto made = make_worker_key(*pin, random);
        if (!made)
            return made.error();
        worker_key = std::move(*made);
    }

    const crypto::SigningKey key = key_for(store, invitation->code);
    const std::string proof =
        crypto::sign(protocol::enrolment_proof_message(invitation->code, key.public_key), key);
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/v1/enrolments";
    request.content_type = "application/json";
    request.body = Json{{"code", invitation->code},
                        {"public_key", to_base64(key.public_key)},
                        {"proof", to_base64(proof)}}
                       .dump();
    const auto answer = transports(*invitation)->send(request);
    if (!answer)
        return answer.error();
    if (answer->status != 200 && answer->status != 201)
        return error_of(*answer);

    auto said = parse_enrolment_answer(answer->body);
    if (!said)
        return said.error();
    Identity& identity = said->identity;
    const auto differs = [](const std::string& expected, const std::string& given) {
        return !expected.empty() && expected != given;
    };
    if (differs(invitation->signing_key, identity.server_signing_key) ||
        differs(invitation->sealing_key, identity.server_sealing_key))
        return Error{"wrong_server",
                     "The server at this address is not the one that made the code. Nothing was kept. "
                     "Ask the administrator for a new code."};
    identity.signing = key;
    identity.server = invitation->server;
    identity.certificate_sha256 = invitation->certificate_sha256;
    identity.enrolled_at = clock.now();
    if (identity.mode == DeviceMode::Kiosk)
        worker_key.reset();
    // Before the identity, so that there is none without it.
    if (!said->record.empty())
        store.set_setting(record_setting(identity.device), said->record);
    // A server that has moved and has other keys by now is still that of the enrolments before. First too, so
    // that it is not forgotten when the power fails in between.
    for (const Identity& earlier : store.identities())
        if (earlier.device != identity.device)
            (void)ServerLedger::follow_keys(store, earlier, said->key_changes);
    store.keep_identity(identity, worker_key);
    store.set_setting(pending_setting, "");
    return identity;
}

std::optional<HttpRequest> enrolment_record_request(Store& store, const Identity& identity)
{
    const auto record = store.setting(record_setting(identity.device));
    if (!record)
        return std::nullopt;
    OwnKey key(store, identity);
    Json document = {{"device", identity.device.text()},
                     {"name", identity.name},
                     {"mode", name_of(identity.mode)},
                     {"author", identity.author},
                     {"public_key", to_base64(key.first_public_key())},
                     {"record", *record}};
    const std::string statements = key.statements();
    for (std::size_t at = 0; at < statements.size(); at += protocol::key_change_bytes)
        document["changes"].push_back(to_base64(statements.substr(at, protocol::key_change_bytes)));
    HttpRequest request;
    request.method = "POST";
    request.target = "/api/v1/enrolments/again";
    request.content_type = "application/json";
    request.body = document.dump();
    return request;
}

} // namespace tally::client
