#include "shared/protocol/request_signature.h"

#include "shared/base/encoding.h"

#include <charconv>

namespace tally::protocol {
namespace {

constexpr std::string_view scheme = "Tallybook ";

std::string to_sign(std::string_view method, std::string_view target, std::string_view body_digest,
                    const Uuid& device, Timestamp time, std::string_view nonce)
{
    std::string message = "tallybook-request-v1\n";
    message.append(method).append("\n").append(target).append("\n").append(body_digest).append("\n");
    message.append(device.text()).append("\n").append(std::to_string(time.ms)).append("\n").append(nonce);
    return message;
}

} // namespace

std::string sign_request(std::string_view method, std::string_view target, std::string_view body_digest,
                         const Uuid& device, Timestamp time, std::string_view nonce,
                         const crypto::SigningKey& key)
{
    const std::string signature =
        crypto::sign(to_sign(method, target, body_digest, device, time, nonce), key);
    return std::string(scheme) + device.text() + "." + std::to_string(time.ms) + "." + std::string(nonce) +
           "." + to_base64url(signature);
}

Result<RequestSignature> parse_authorization(std::string_view header)
{
    const Error bad{"bad_authorization",
                    "The request carries no proper device signature. Update the program."};
    if (!header.starts_with(scheme) || header.size() > 300)
        return bad;
    header.remove_prefix(scheme.size());
    std::string_view parts[4];
    for (int i = 0; i < 4; ++i) {
        const auto dot = header.find('.');
        if ((dot == std::string_view::npos) != (i == 3))
            return bad;
        parts[i] = header.substr(0, dot);
        header.remove_prefix(i == 3 ? header.size() : dot + 1);
    }
    const auto device = Uuid::parse(parts[0]);
    RequestSignature signature;
    const auto number =
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), signature.time.ms);
    const auto bytes = from_base64url(parts[3]);
    if (!device || number.ec != std::errc{} || number.ptr != parts[1].data() + parts[1].size() ||
        !is_ordinary(signature.time) || parts[2].size() != 32 || !from_hex(parts[2]) || !bytes ||
        bytes->size() != crypto::signature_bytes)
        return bad;
    signature.device = *device;
    signature.nonce = parts[2];
    signature.signature = *bytes;
    return signature;
}

bool is_signed_by(const RequestSignature& signature, std::string_view method, std::string_view target,
                  std::string_view body_digest, std::string_view public_key)
{
    return crypto::is_signed_by(
        to_sign(method, target, body_digest, signature.device, signature.time, signature.nonce),
        signature.signature, public_key);
}

} // namespace tally::protocol
