#pragma once
/// Where devices reach this server: noted by `serve`, read by `device code`.

#include "shared/base/result.h"

#include <filesystem>
#include <string>

namespace tally::server {

struct PublicAddress
{
    std::string url;                ///< https://tallybook.example:8443
    std::string certificate_sha256; ///< hex, of a certificate that devices are to pin; or empty
};

void note_public_address(const std::filesystem::path& data, const PublicAddress& address);
/// http://127.0.0.1:8080 when `serve` has never run here.
[[nodiscard]] PublicAddress read_public_address(const std::filesystem::path& data);

/// Lower-case hex SHA-256 of the first certificate (DER) in a PEM file. Fails with `bad_certificate`.
[[nodiscard]] Result<std::string> certificate_fingerprint(const std::filesystem::path& pem);

} // namespace tally::server
