#include "tests/hostile/world.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/secret_box.h"
#include "shared/protocol/attachment.h"
#include "shared/protocol/enrolment.h"
#include "shared/protocol/receipt.h"
#include "shared/protocol/request_signature.h"
#include "tests/support/enrolled_sample.h"
#include "tests/support/process_status.h"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

namespace tally::test {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

/// Changed by any visit: when somebody was last there.
const std::set<std::string> moments_of_visits = {"last_seen_at", "last_used_at", "clock_offset_ms"};

void expect(const Reply& answer, int status)
{
    if (answer.status != status)
        throw std::runtime_error("expected " + std::to_string(status) + ": " + answer.bytes);
}

using Sqlite = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Sqlite opened(const fs::path& data)
{
    sqlite3* database = nullptr;
    const int failure =
        sqlite3_open_v2((data / "tallybook.db").c_str(), &database, SQLITE_OPEN_READONLY, nullptr);
    Sqlite made(database, &sqlite3_close);
    if (failure != SQLITE_OK)
        throw std::runtime_error("the database cannot be read");
    sqlite3_busy_timeout(database, 10'000);
    return made;
}

Statement prepared(sqlite3* database, const std::string& sql)
{
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(database));
    return {statement, &sqlite3_finalize};
}

std::string digest_of_table(sqlite3* database, const std::string& table)
{
    const auto rows = prepared(database, "SELECT * FROM \"" + table + "\"");
    std::string all;
    while (sqlite3_step(rows.get()) == SQLITE_ROW) {
        for (int column = 0; column < sqlite3_column_count(rows.get()); ++column) {
            if (moments_of_visits.contains(sqlite3_column_name(rows.get(), column)))
                continue;
            all += static_cast<char>('0' + sqlite3_column_type(rows.get(), column));
            if (const auto* bytes = static_cast<const char*>(sqlite3_column_blob(rows.get(), column)))
                all.append(bytes, static_cast<std::size_t>(sqlite3_column_bytes(rows.get(), column)));
            all += '|';
        }
        all += '\n';
    }
    return crypto::sha256_hex(all);
}

} // namespace

World::World()
{
    m_server.add_user("Winifred Ollerenshaw", "winifred@example.org", "manager", {"LCC-1"});
    m_server.start();
    m_port = port_of(m_server);
    enrol();
    send_first_entry();
    wait_until_compared();
    begin_photo(m_photo);
    begin_photo(m_slow_photo);
    const Reply part = ask(signed_request("PATCH", "/api/v1/attachments/" + m_photo,
                                          "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                                          "Content-Type: application/offset+octet-stream\r\n",
                                          m_photo_bytes.substr(0, 1000)));
    expect(part, 204);
    sign_in();
}

Reply World::ask(std::string_view bytes, const char* source) const
{
    RawHttp connection(m_port, source);
    std::string answer = connection.ask(bytes);
    if (answer.starts_with("HTTP/1.1 100"))
        answer = connection.answer();
    return answer_from(std::move(answer));
}

std::string World::request(std::string_view method, std::string_view target, std::string_view headers,
                           std::string_view body)
{
    return raw_request(method, target, headers, body);
}

std::string World::authorization(std::string_view method, std::string_view target, std::string_view digest,
                                 Timestamp time, const crypto::SigningKey& key)
{
    return "Authorization: " +
           protocol::sign_request(method, target, digest, m_device->id, time, to_hex(random.bytes(16)), key) +
           "\r\n";
}

std::string World::signed_request(std::string_view method, std::string_view target, std::string_view headers,
                                  std::string_view body)
{
    const std::string digest = method == "PATCH" ? "unsigned" : crypto::sha256_hex(body);
    const std::string signature = authorization(method, target, digest, clock.now(), m_device->signing);
    return request(method, target, signature + std::string(headers), body);
}

std::string World::form(std::string_view target, std::string_view body, std::string_view headers) const
{
    return request("POST", target,
                   "Cookie: tallybook=" + m_session +
                       "\r\nContent-Type: application/x-www-form-urlencoded\r\n" + std::string(headers),
                   body);
}

std::string World::enrolment(std::string_view code)
{
    const auto key = crypto::make_signing_key();
    const auto normal = protocol::normalise_enrolment_code(code);
    const std::string proof =
        crypto::sign(protocol::enrolment_proof_message(normal ? *normal : code, key.public_key), key);
    const json body = {
        {"code", code}, {"public_key", to_base64(key.public_key)}, {"proof", to_base64(proof)}};
    return request("POST", "/api/v1/enrolments", "Content-Type: application/json\r\n", body.dump());
}

std::string World::batch_request(std::string_view batch) const
{
    return raw_batch(batch);
}

std::string World::sealed(std::string_view inside)
{
    UuidSource ids(clock, random);
    return protocol::seal_record(inside, ids.next(), m_device->id, m_device->next_link, m_device->data_key);
}

std::string World::outcomes(const Reply& answer) const
{
    const auto receipt = protocol::parse_receipt(answer.body, m_signing_key);
    if (!receipt)
        return "no receipt";
    std::string codes;
    for (const auto& outcome : receipt->outcomes) {
        const std::string code = outcome.outcome == protocol::Outcome::Created  ? "created"
                                 : outcome.outcome == protocol::Outcome::Exists ? "exists"
                                                                                : outcome.code;
        codes += (codes.empty() ? "" : ",") + code;
    }
    return codes;
}

void World::enrol()
{
    auto sample = enrol_sample(m_server, "Tablet 1", random, clock);
    m_device = std::move(sample.device);
    m_author = std::move(sample.author);
    m_signing_key = std::move(sample.server_signing_key);
}

void World::send_first_entry()
{
    m_photo_bytes = protocol::seal_attachment(random.bytes(5000), random.bytes(32));
    m_photo = crypto::sha256_hex(m_photo_bytes);
    m_slow_photo = crypto::sha256_hex(random.bytes(32));
    Entry entry = sample_story_entry();
    entry.author = m_author;
    entry.about.place = "park";
    std::get<StoryBody>(entry.body).consents[0].person = "Winifred Ollerenshaw, 07700900123";
    entry.attachments[0].sealed_digest = m_photo;
    entry.attachments.push_back(entry.attachments[0]);
    entry.attachments[1].digest = std::string(64, 'e');
    entry.attachments[1].sealed_digest = m_slow_photo;
    m_batch = m_device->batch({m_device->seal(entry)});
    m_entry_id = entry.id.text();
    const Reply answer = ask(batch_request(m_batch));
    expect(answer, 200);
    if (outcomes(answer) != "created")
        throw std::runtime_error("the first entry was not taken: " + outcomes(answer));
}

void World::wait_until_compared()
{
    // The entry's two photos are the same one, so comparing adds one flag: the second row of the log.
    for (int attempt = 0; attempt < 600; ++attempt) {
        if (m_server.checkpoint().find("\n2\n") != std::string::npos)
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("the first entry was not compared with others");
}

void World::begin_photo(const std::string& photo)
{
    const std::string metadata = "Tus-Resumable: 1.0.0\r\nUpload-Metadata: digest " + to_base64(photo) +
                                 "\r\nUpload-Length: " + std::to_string(m_photo_bytes.size()) + "\r\n";
    expect(ask(signed_request("POST", "/api/v1/attachments", metadata)), 201);
}

void World::sign_in()
{
    const Reply signed_in =
        ask(request("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n",
                    "email=winifred%40example.org&password=correct+horse+battery"));
    expect(signed_in, 303);
    const std::string cookie = signed_in.header("Set-Cookie");
    m_session = cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1);
    const Reply page = ask(request("GET", "/account", "Cookie: tallybook=" + m_session + "\r\n"));
    expect(page, 200);
    const auto field = page.body.find("name=\"csrf\" value=\"");
    if (field == std::string::npos)
        throw std::runtime_error("no csrf field: " + page.body);
    const auto begin = field + std::string_view("name=\"csrf\" value=\"").size();
    m_csrf = page.body.substr(begin, page.body.find('"', begin) - begin);
}

Kept World::kept() const
{
    const Sqlite database = opened(m_server.data());
    Kept kept;
    const auto tables = prepared(database.get(), "SELECT name FROM sqlite_master WHERE type = 'table'");
    while (sqlite3_step(tables.get()) == SQLITE_ROW) {
        const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(tables.get(), 0));
        kept[name] = digest_of_table(database.get(), name);
    }
    std::string photos;
    for (const auto& file : fs::recursive_directory_iterator(m_server.data()))
        // The slow photo's file appears when its sender is heard.
        if (file.is_regular_file() && file.path().filename().string().find("tallybook.db") != 0 &&
            file.path().filename() != m_slow_photo)
            photos += file.path().string() + " " + std::to_string(file.file_size()) + "\n";
    kept["files"] = photos;
    return kept;
}

std::size_t World::sockets() const
{
    std::size_t count = 0;
    for (const auto& file :
         fs::directory_iterator("/proc/" + std::to_string(m_server.process_id()) + "/fd")) {
        std::error_code gone;
        if (fs::read_symlink(file.path(), gone).string().starts_with("socket:"))
            ++count;
    }
    return count;
}

std::int64_t World::threads() const
{
    return number_in_status(m_server.process_id(), "Threads");
}

std::int64_t World::resident_kib() const
{
    return number_in_status(m_server.process_id(), "VmRSS");
}

} // namespace tally::test
