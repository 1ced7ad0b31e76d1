#pragma once
/// A TLS certificate of its own making, good for an hour, as a small council's server would show.

#include "shared/base/encoding.h"
#include "tests/support/temporary_folder.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace tally::test {

struct SelfSigned
{
    TemporaryFolder folder;
    std::string cert_file = (folder.path() / "cert.pem").string();
    std::string key_file = (folder.path() / "key.pem").string();
    std::string sha256;

    SelfSigned()
    {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), X509_free);
        ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
        X509_set_pubkey(cert.get(), key.get());
        X509_NAME* const name = X509_get_subject_name(cert.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("tablet test"), -1, -1, 0);
        X509_set_issuer_name(cert.get(), name);
        if (X509_sign(cert.get(), key.get(), EVP_sha256()) <= 0)
            throw std::runtime_error("the certificate could not be signed");

        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        if (X509_digest(cert.get(), EVP_sha256(), digest, &size) != 1)
            throw std::runtime_error("the certificate has no digest");
        sha256 = to_hex({reinterpret_cast<const char*>(digest), size});

        FILE* file = std::fopen(cert_file.c_str(), "w");
        PEM_write_X509(file, cert.get());
        std::fclose(file);
        file = std::fopen(key_file.c_str(), "w");
        PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }
};

} // namespace tally::test
