#include "client/capture/photo.h"
#include "server/api/routes.h"
#include "server/api/upload_headers.h"
#include "server/demo/demo_picture.h"
#include "server/ledger/flags.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/attachment.h"
#include "tests/support/council_server.h"
#include "tests/support/either_database.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tally;
using namespace tally::server;
using namespace tally::test;

namespace {

/// A body that is here already.
class Bytes final : public BodyStream
{
public:
    explicit Bytes(std::string bytes) : m_bytes(std::move(bytes)) {}
    Result<void> read(const std::function<bool(std::string_view)>& sink) override
    {
        const std::string bytes = std::exchange(m_bytes, {});
        if (!sink(bytes))
            return Error{"body_refused", "It was not wanted."};
        return {};
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return m_bytes.size(); }
    [[nodiscard]] bool is_finished() const override { return m_bytes.empty(); }

private:
    std::string m_bytes;
};

using HeaderList = std::vector<std::pair<const char*, std::string>>;

/// Uploads without sockets and signatures. Stories of one device with a photo each.
struct Uploads : CouncilServer
{
    ApiServices services{pool, ingest, attachments, vault, keys, clock, random, "Test"};
    Router router;
    Uuid asking = device.id;

    explicit Uploads(const std::string& url) : CouncilServer(url)
    {
        router.set_guard([this](Request& request, Permission) -> std::optional<Response> {
            request.device_id = asking.text();
            return std::nullopt;
        });
        add_api_routes(router, services);
    }
    [[nodiscard]] static std::string address(const TemporaryFolder& folder)
    {
        const std::string url = either_database();
        return url.empty() ? "sqlite:" + (folder.path() / "server.db").string() : url;
    }

    Response ask(Method method, const std::string& target, const HeaderList& headers, std::string bytes = {},
                 bool is_head = false)
    {
        Request request;
        request.method = method;
        request.is_head = is_head;
        REQUIRE(read_target(target, request));
        request.target = target;
        request.headers.set("Tus-Resumable", "1.0.0");
        for (const auto& [name, value] : headers)
            request.headers.set(name, value);
        Bytes stream(std::move(bytes));
        if (method == Method::Patch || method == Method::Post)
            request.stream = &stream;
        return router.dispatch(request);
    }
    static std::string target(const std::string& digest) { return "/api/v1/attachments/" + digest; }
    Response begin(const std::string& digest, std::size_t bytes)
    {
        return ask(Method::Post, "/api/v1/attachments",
                   {{"Upload-Length", std::to_string(bytes)}, {"Upload-Metadata", upload_metadata(digest)}});
    }
    Response continue_at(const std::string& digest, std::size_t offset, const std::string& bytes,
                         HeaderList more = {})
    {
        more.insert(more.end(), {{"Content-Type", "application/offset+octet-stream"},
                                 {"Upload-Offset", std::to_string(offset)}});
        return ask(Method::Patch, target(digest), more, bytes);
    }
    Response look(const std::string& digest) { return ask(Method::Get, target(digest), {}, {}, true); }

    /// Sends a story that names a photo, and gives the photo as it is to be sent.
    std::string tell_of_photo(const std::string& picture, const std::string& title)
    {
        StoryBody body;
        body.title = title;
        body.what = title + " was our work";
        body.changed = title + " is used again";
        Entry story = sample_entry(body, "");
        Attachment photo;
        photo.digest = crypto::sha256_hex(picture);
        photo.key = random.bytes(32);
        auto sealed = protocol::seal_attachment(picture, photo.key);
        photo.sealed_digest = crypto::sha256_hex(sealed);
        photo.bytes = static_cast<std::int64_t>(sealed.size());
        photo.media_type = "image/jpeg";
        photo.width = photo.height = 320;
        story.attachments = {photo};
        REQUIRE(send({device.seal(story)}).front().outcome == protocol::Outcome::Created);
        return sealed;
    }
    std::string open_rules()
    {
        std::string rules;
        for (const auto& flag : read_open_flags(database, -1, 100))
            rules += (rules.empty() ? "" : " ") + flag.rule;
        return rules;
    }
};

} // namespace

TEST_CASE("a photo that has come in parts is compared with others at once")
{
    const TemporaryFolder folder;
    Uploads server(Uploads::address(folder));
    const std::string picture = draw_picture(7);
    const auto smaller = client::encode_drawing(*client::decode_thumbnail(picture, 500));
    REQUIRE(smaller.ok());
    const std::string first = server.tell_of_photo(picture, "The kitchen garden");
    const std::string second = server.tell_of_photo(smaller->bytes, "A bench by the canal");
    for (const std::string& sealed : {first, second}) {
        CHECK(server.open_rules().empty());
        const std::string digest = crypto::sha256_hex(sealed);
        CHECK(server.begin(digest, sealed.size()).status == 201);
        CHECK(server.continue_at(digest, 0, sealed.substr(0, 1'000)).status == 204);
        CHECK(server.look(digest).headers.get("Upload-Offset") == "1000");
        CHECK(server.continue_at(digest, 1'000, sealed.substr(1'000)).status == 204);
        server.ingest.comparison().compare_all();
    }
    CHECK(server.open_rules() == "same_photo");
}

TEST_CASE("an upload is of the device whose entry names it, and of nobody else")
{
    const TemporaryFolder folder;
    Uploads server(Uploads::address(folder));
    const std::string sealed = server.tell_of_photo(draw_picture(3), "The kitchen garden");
    const std::string digest = crypto::sha256_hex(sealed);
    CHECK(server.begin(digest, sealed.size()).status == 201);
    server.asking = Uuid::from_bytes(std::string(16, 'x'));
    CHECK(server.look(digest).status == 404);
    CHECK(server.continue_at(digest, 0, "abc").status == 404);
    CHECK(server.ask(Method::Delete, Uploads::target(digest), {}).status == 404);
    CHECK(server.begin(digest, sealed.size()).status == 404);
    server.asking = server.device.id;
    CHECK(server.look(digest).headers.get("Upload-Offset") == "0");
}

TEST_CASE("a part with another checksum is not kept, and an upload that rests too long is gone")
{
    const TemporaryFolder folder;
    Uploads server(Uploads::address(folder));
    const std::string sealed = server.tell_of_photo(draw_picture(4), "The kitchen garden");
    const std::string digest = crypto::sha256_hex(sealed);
    CHECK(server.begin(digest, sealed.size()).status == 201);
    const auto checked = [&](const std::string& of) {
        return server.continue_at(digest, 0, sealed.substr(0, 500),
                                  {{"Upload-Checksum", "sha256 " + to_base64(crypto::sha256(of))}});
    };
    CHECK(checked("something else").status == 460);
    CHECK(server.look(digest).headers.get("Upload-Offset") == "0");
    CHECK(checked(sealed.substr(0, 500)).status == 204);
    CHECK(server.look(digest).headers.get("Upload-Offset") == "500");
    CHECK(server.look(digest).headers.get("Upload-Length") == std::to_string(sealed.size()));
    server.clock.advance_ms(30LL * 24 * 3600 * 1000);
    CHECK(server.look(digest).status == 410);
    CHECK(server.begin(digest, sealed.size()).headers.get("Upload-Offset") == "0");
}

TEST_CASE("every answer about an upload names the version of tus, also those that uploads have no part in")
{
    const TemporaryFolder folder;
    Uploads uploads(Uploads::address(folder));
    CHECK(uploads.ask(Method::Put, "/api/v1/attachments", {}).headers.get("Tus-Resumable") == "1.0.0");
    CHECK(uploads.ask(Method::Get, "/api/v1/attachments/a/b", {}).headers.get("Tus-Resumable") == "1.0.0");
    CHECK_FALSE(uploads.ask(Method::Get, "/api/v1/nothing", {}).headers.has("Tus-Resumable"));
    const std::string digest(64, 'a');
    const auto known = uploads.ask(Method::Get, Uploads::target(digest), {}, {}, true);
    CHECK(std::count_if(known.headers.items().begin(), known.headers.items().end(),
                        [](const auto& item) { return item.first == "Tus-Resumable"; }) == 1);
}
