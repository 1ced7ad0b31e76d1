#include "shared/protocol/checkpoint.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

#include <charconv>

namespace tally::protocol {
namespace {

// The signature line begins with an em dash and a space (C2SP signed-note).
constexpr std::string_view signature_start = "\xe2\x80\x94 ";
constexpr char algorithm_ed25519 = 0x01;

/// First four bytes of SHA-256 of name, newline, algorithm and key.
std::string key_hash(std::string_view name, std::string_view public_key)
{
    const char algorithm = algorithm_ed25519;
    return crypto::sha256({name, "\n", std::string_view(&algorithm, 1), public_key}).substr(0, 4);
}

std::string note_text(const CheckpointBody& body)
{
    return body.origin + "\n" + std::to_string(body.tree_size) + "\n" + to_base64(body.root) + "\n";
}

std::string_view take_line(std::string_view& text)
{
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
}

} // namespace

std::string sign_checkpoint(const CheckpointBody& body, const crypto::SigningKey& key)
{
    const std::string text = note_text(body);
    const std::string signature = key_hash(body.origin, key.public_key) + crypto::sign(text, key);
    return text + "\n" + std::string(signature_start) + body.origin + " " + to_base64(signature) + "\n";
}

Result<CheckpointBody> read_checkpoint(std::string_view note, std::string_view public_key)
{
    const auto bad = [](const char* why) { return Error{"bad_checkpoint", why}; };
    CheckpointBody body;
    std::string_view rest = note;
    body.origin = take_line(rest);
    const auto size = take_line(rest);
    const auto number = std::from_chars(size.data(), size.data() + size.size(), body.tree_size);
    const auto root = from_base64(take_line(rest));
    if (number.ec != std::errc{} || number.ptr != size.data() + size.size() || !root ||
        root->size() != crypto::sha256_bytes || !take_line(rest).empty())
        return bad("The checkpoint does not have the lines that a checkpoint has.");
    body.root = *root;
    const auto line = take_line(rest);
    const std::string expected_start = std::string(signature_start) + body.origin + " ";
    if (!rest.empty() || !line.starts_with(expected_start))
        return bad("The checkpoint does not end with one signature line.");
    const auto signature = from_base64(line.substr(expected_start.size()));
    if (!signature || signature->size() != 4 + crypto::signature_bytes ||
        signature->substr(0, 4) != key_hash(body.origin, public_key) ||
        !crypto::is_signed_by(note_text(body), std::string_view(*signature).substr(4), public_key))
        return bad("The checkpoint was not signed with this ledger's key.");
    // Text that reads the same but is written differently would be another note.
    if (note != note_text(body) + "\n" + std::string(line) + "\n")
        return bad("The checkpoint is not written the way it was signed.");
    return body;
}

std::string verifier_key(std::string_view origin, std::string_view public_key)
{
    const char algorithm = algorithm_ed25519;
    return std::string(origin) + "+" + to_hex(key_hash(origin, public_key)) + "+" +
           to_base64(std::string(&algorithm, 1) + std::string(public_key));
}

} // namespace tally::protocol
