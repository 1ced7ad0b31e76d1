#pragma once
/// A real server with somebody in it: a person who is signed in, an enrolled device with an entry in the
/// ledger, a photo half sent. What hostile requests are made from, and how to see that they changed nothing.

#include "shared/base/random.h"
#include "shared/base/time.h"
#include "tests/support/entries.h"
#include "tests/support/programs.h"
#include "tests/support/raw_http.h"
#include "tests/support/reply.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

/// Stands in names, passwords, stories and requests: none of it may ever be in the log.
inline constexpr const char* private_words[] = {"Ollerenshaw", "winifred@", "07700900123", test_password};

/// What the server keeps: a digest of the rows of each table and of the names and sizes of its photos.
using Kept = std::map<std::string, std::string>;

class World
{
public:
    World();

    [[nodiscard]] const ServerUnderTest& server() const { return m_server; }
    [[nodiscard]] int port() const { return m_port; }
    ServerUnderTest& server() { return m_server; }
    SampleDevice& device() { return *m_device; }
    [[nodiscard]] const std::string& server_signing_key() const { return m_signing_key; }
    [[nodiscard]] const std::string& session() const { return m_session; } ///< value of the cookie
    [[nodiscard]] const std::string& csrf() const { return m_csrf; }
    [[nodiscard]] const std::string& entry_id() const { return m_entry_id; }
    [[nodiscard]] const std::string& first_batch() const { return m_batch; } ///< accepted already
    /// Digest of a photo of which the first 1,000 of 5,016 bytes were sent.
    [[nodiscard]] const std::string& photo() const { return m_photo; }
    /// Digest of another, of which nothing was sent.
    [[nodiscard]] const std::string& slow_photo() const { return m_slow_photo; }
    [[nodiscard]] const std::string& author() const { return m_author; }

    /// One request on a connection of its own.
    [[nodiscard]] Reply ask(std::string_view bytes, const char* source = "127.0.0.1") const;

    /// A request with these further header lines (each ending in CR LF).
    [[nodiscard]] static std::string request(std::string_view method, std::string_view target,
                                             std::string_view headers = {}, std::string_view body = {});
    /// The same from the device, signed properly.
    [[nodiscard]] std::string signed_request(std::string_view method, std::string_view target,
                                             std::string_view headers = {}, std::string_view body = {});
    /// A form of the person who is signed in.
    [[nodiscard]] std::string form(std::string_view target, std::string_view body,
                                   std::string_view headers = {}) const;
    /// An enrolment with a new key.
    [[nodiscard]] std::string enrolment(std::string_view code);
    /// Headers with a proper signature by `key` at `time`.
    [[nodiscard]] std::string authorization(std::string_view method, std::string_view target,
                                            std::string_view digest, Timestamp time,
                                            const crypto::SigningKey& key);
    /// A batch with this one record.
    [[nodiscard]] std::string batch_request(std::string_view batch) const;
    /// A record of that device with any bytes inside, sealed properly.
    [[nodiscard]] std::string sealed(std::string_view inside);
    /// Codes of the outcomes in an answered receipt; "created" and "exists" for those that are in.
    [[nodiscard]] std::string outcomes(const Reply& answer) const;

    [[nodiscard]] Kept kept() const;
    /// Open sockets of the server's process.
    [[nodiscard]] std::size_t sockets() const;
    [[nodiscard]] std::int64_t threads() const;
    [[nodiscard]] std::int64_t resident_kib() const;

    SystemRandom random;
    SystemClock clock;

private:
    void enrol();
    void send_first_entry();
    /// Entries are compared after they were answered: what that adds to the ledger is no row's doing.
    void wait_until_compared();
    void begin_photo(const std::string& photo);
    void sign_in();

    ServerUnderTest m_server;
    int m_port = 0;
    std::unique_ptr<SampleDevice> m_device;
    std::string m_signing_key;
    std::string m_session;
    std::string m_csrf;
    std::string m_author;
    std::string m_entry_id;
    std::string m_batch;
    std::string m_photo;
    std::string m_photo_bytes; ///< of the first
    std::string m_slow_photo;
};

} // namespace tally::test
