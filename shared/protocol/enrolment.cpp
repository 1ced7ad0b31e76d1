#include "shared/protocol/enrolment.h"

#include "shared/base/encoding.h"

#include <cctype>

namespace tally::protocol {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view link_start = "tallybook://enrol?";

Error bad_code()
{
    return {"bad_code", "An enrolment code is a link that begins with tallybook://enrol, or looks like "
                        "ABCD-EFGH-JKMN@https://tallybook.example. Ask the administrator for a new one."};
}

std::string percent_encoded(std::string_view text)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' ||
            c == '~') {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
            out.push_back(digits[c & 15]);
        }
    }
    return out;
}

Result<std::string> percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const auto byte = from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1)
            return bad_code();
        out += *byte;
        i += 2;
    }
    return out;
}

bool is_loopback(std::string_view host)
{
    return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

Result<std::string> normalise_server(std::string_view server)
{
    std::string address(trimmed(server));
    while (address.ends_with('/'))
        address.pop_back();
    if (!address.starts_with("http://") && !address.starts_with("https://"))
        address = (is_loopback(address) ? "http://" : "https://") + address;
    if (address.find_first_of(" \t\r\n\"<>") != std::string::npos || address.size() > 300 ||
        address.size() <= std::string_view("https://").size())
        return bad_code();
    return address;
}

} // namespace

std::string make_enrolment_code(Random& random)
{
    std::string code;
    for (const char c : random.bytes(12))
        code.push_back(alphabet[static_cast<unsigned char>(c) & 31U]);
    return code;
}

std::string format_enrolment_code(std::string_view code)
{
    TALLY_ASSERT(code.size() == 12);
    return std::string(code.substr(0, 4)) + "-" + std::string(code.substr(4, 4)) + "-" +
           std::string(code.substr(8));
}

Result<std::string> normalise_enrolment_code(std::string_view text)
{
    std::string code;
    for (const char given : text) {
        if (given == '-' || given == ' ')
            continue;
        char c = static_cast<char>(std::toupper(static_cast<unsigned char>(given)));
        if (c == 'I' || c == 'L')
            c = '1';
        else if (c == 'O')
            c = '0';
        if (alphabet.find(c) == std::string_view::npos)
            return bad_code();
        code.push_back(c);
    }
    if (code.size() != 12)
        return bad_code();
    return code;
}

std::string format_invitation(const EnrolmentInvitation& invitation)
{
    std::string link(link_start);
    link += "server=" + percent_encoded(invitation.server) + "&code=" + invitation.code;
    link += "&sign=" + to_base64url(invitation.signing_key) + "&seal=" + to_base64url(invitation.sealing_key);
    if (!invitation.certificate_sha256.empty())
        link += "&cert=" + invitation.certificate_sha256;
    return link;
}

Result<EnrolmentInvitation> parse_invitation(std::string_view text)
{
    text = trimmed(text);
    EnrolmentInvitation invitation;
    std::string_view code;
    std::string server;
    if (text.starts_with(link_start)) {
        text.remove_prefix(link_start.size());
        std::string code_text;
        while (!text.empty()) {
            const auto part = text.substr(0, text.find('&'));
            text.remove_prefix(std::min(text.size(), part.size() + 1));
            const auto equals = part.find('=');
            if (equals == std::string_view::npos)
                return bad_code();
            const auto name = part.substr(0, equals);
            const auto value = percent_decoded(part.substr(equals + 1));
            if (!value)
                return bad_code();
            if (name == "server") {
                server = *value;
            } else if (name == "code") {
                code_text = *value;
            } else if (name == "sign" || name == "seal") {
                const auto key = from_base64url(*value);
                if (!key || key->size() != 32)
                    return bad_code();
                (name == "sign" ? invitation.signing_key : invitation.sealing_key) = *key;
            } else if (name == "cert") {
                if (value->size() != 64 || !from_hex(*value))
                    return bad_code();
                invitation.certificate_sha256 = *value;
            }
        }
        const auto normal = normalise_enrolment_code(code_text);
        if (!normal)
            return bad_code();
        invitation.code = *normal;
    } else {
        const auto at = text.find('@');
        if (at == std::string_view::npos)
            return Error{"bad_code",
                         "This code does not say where the server is. Type it with the address, such "
                         "as ABCD-EFGH-JKMN@https://tallybook.example, or use the whole link."};
        code = text.substr(0, at);
        server = text.substr(at + 1);
        const auto normal = normalise_enrolment_code(code);
        if (!normal)
            return bad_code();
        invitation.code = *normal;
    }
    const auto address = normalise_server(server);
    if (!address)
        return bad_code();
    invitation.server = *address;
    return invitation;
}

std::string enrolment_proof_message(std::string_view code, std::string_view public_key)
{
    std::string message("tallybook-enrol-v1\0", 19);
    message.append(code).append(public_key);
    return message;
}

std::string enrolment_record_message(const Uuid& device, std::string_view name, std::string_view mode,
                                     std::string_view author, std::string_view public_key)
{
    std::string message("tallybook-enrolled-v1\0", 22);
    message.append(device.text()).append(public_key);
    // Each with a zero byte at its end, so that no letter can move from one to the next.
    for (const auto part : {mode, author, name})
        message.append(part).append(1, '\0');
    return message;
}

} // namespace tally::protocol
