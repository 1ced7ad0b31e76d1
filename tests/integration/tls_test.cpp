#include "tests/support/programs.h"
#include "tests/support/self_signed.h"

#include <doctest/doctest.h>

using namespace tally::test;

TEST_CASE("the link of an enrolment makes a device trust the server's own certificate, and no other")
{
    const SelfSigned certificate;
    const SelfSigned other;
    ServerUnderTest server;
    server.start({"--tls-cert", certificate.cert_file, "--tls-key", certificate.key_file});
    REQUIRE(server.address().starts_with("https://"));
    const auto codes = nlohmann::json::parse(server.must({"device", "code", "Tablet 1", "--json"}));
    const DeviceUnderTest device;
    device.must({"enrol", codes["url"], "--pin-stdin"}, "2468\n");
    device.must({"sync"});
    const std::string id = device.capture(hours_input());

    // Somebody in between shows a certificate of their own.
    server.stop();
    server.start({"--tls-cert", other.cert_file, "--tls-key", other.key_file});
    const auto refused = device.command({"sync", "--timeout", "5"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("certificate") != std::string::npos);
    CHECK(device.entry(id)["state"] == "unsent");

    server.stop();
    server.start({"--tls-cert", certificate.cert_file, "--tls-key", certificate.key_file});
    device.must({"sync"});
    CHECK(device.entry(id)["state"] == "waiting");
}

TEST_CASE("a typed code says that the whole link is needed when the certificate is the server's own")
{
    const SelfSigned certificate;
    ServerUnderTest server;
    server.start({"--tls-cert", certificate.cert_file, "--tls-key", certificate.key_file});
    const auto codes = nlohmann::json::parse(server.must({"device", "code", "Tablet 1", "--json"}));
    const DeviceUnderTest device;
    const auto refused = device.command({"enrol", codes["code"]});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("link") != std::string::npos);
}
