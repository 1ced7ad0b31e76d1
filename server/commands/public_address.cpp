#include "server/commands/public_address.h"

#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace tally::server {
namespace {

std::filesystem::path address_file(const std::filesystem::path& data)
{
    return data / "address";
}

} // namespace

void note_public_address(const std::filesystem::path& data, const PublicAddress& address)
{
    const auto written =
        write_file_durably(address_file(data), address.url + "\n" + address.certificate_sha256 + "\n");
    if (!written)
        throw std::runtime_error(written.error().message);
}

PublicAddress read_public_address(const std::filesystem::path& data)
{
    const auto text = read_file(address_file(data));
    if (!text)
        return {"http://127.0.0.1:8080", {}};
    const auto line_end = text->find('\n');
    PublicAddress address{text->substr(0, line_end), {}};
    if (line_end != std::string::npos)
        address.certificate_sha256 = trimmed(std::string_view(*text).substr(line_end));
    return address;
}

Result<std::string> certificate_fingerprint(const std::filesystem::path& pem)
{
    const Error bad{"bad_certificate",
                    "The file " + pem.string() + " does not hold a certificate in PEM form."};
    const auto text = read_file(pem, 1024 * 1024);
    if (!text)
        return text.error();
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(
        BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate)
        return bad;
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0)
        return bad;
    const std::string digest = crypto::sha256_hex(
        std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    return digest;
}

} // namespace tally::server
