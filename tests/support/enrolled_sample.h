#pragma once
/// A sample device that is enrolled with the real server, for requests that the real client would not make.

#include "shared/base/encoding.h"
#include "shared/protocol/enrolment.h"
#include "tests/support/entries.h"
#include "tests/support/programs.h"
#include "tests/support/raw_http.h"
#include "tests/support/reply.h"

#include <memory>
#include <stdexcept>
#include <string>

namespace tally::test {

[[nodiscard]] inline int port_of(const ServerUnderTest& server)
{
    return std::stoi(server.address().substr(server.address().rfind(':') + 1));
}

/// A request with these further header lines (each ending in CR LF).
[[nodiscard]] inline std::string raw_request(std::string_view method, std::string_view target,
                                             std::string_view headers = {}, std::string_view body = {})
{
    std::string bytes(method);
    bytes.append(" ").append(target).append(" HTTP/1.1\r\nHost: tallybook.example\r\n").append(headers);
    if (!body.empty())
        bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return bytes.append("\r\n").append(body);
}

[[nodiscard]] inline std::string raw_batch(std::string_view batch)
{
    return raw_request("POST", "/api/v1/batches", "Content-Type: application/vnd.tallybook.batch\r\n", batch);
}

struct EnrolledSample
{
    std::unique_ptr<SampleDevice> device;
    std::string author;             ///< of its entries
    std::string server_signing_key; ///< of receipts
};

/// Throws when the server does not take it.
[[nodiscard]] inline EnrolledSample enrol_sample(const ServerUnderTest& server, const std::string& name,
                                                 Random& random, const Clock& clock)
{
    const auto ask = [&](const std::string& request, int status) {
        const Reply answer = answer_from(RawHttp(port_of(server)).ask(request));
        if (answer.status != status)
            throw std::runtime_error("expected " + std::to_string(status) + ": " + answer.bytes);
        return nlohmann::json::parse(answer.body);
    };
    EnrolledSample sample;
    const auto about = ask(raw_request("GET", "/api/v1/server"), 200);
    sample.server_signing_key = from_base64(about.at("signing_key").get<std::string>()).value();
    sample.device = std::make_unique<SampleDevice>(
        random, clock, from_base64(about.at("sealing_key").get<std::string>()).value());
    const auto& key = sample.device->signing;
    const std::string typed = server.device_code(name);
    const std::string code = protocol::normalise_enrolment_code(typed.substr(0, typed.find('@'))).value();
    const std::string proof = crypto::sign(protocol::enrolment_proof_message(code, key.public_key), key);
    const nlohmann::json body = {
        {"code", code}, {"public_key", to_base64(key.public_key)}, {"proof", to_base64(proof)}};
    const auto enrolled = ask(raw_request("POST", "/api/v1/enrolments", {}, body.dump()), 201);
    sample.device->id = Uuid::parse(enrolled.at("device").get<std::string>()).value();
    sample.author = enrolled.at("author");
    return sample;
}

} // namespace tally::test
