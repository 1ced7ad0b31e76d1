#include "client/store/store.h"
#include "client/sync/bundle.h"
#include "server/ingest/bundle_import.h"
#include "server/storage/server_keys.h"
#include "shared/base/files.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/bundle_answer.h"
#include "tests/support/browser.h"
#include "tests/support/programs.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

using namespace tally;
using namespace tally::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void write_bytes(const fs::path& file, std::string_view bytes)
{
    std::ofstream(file, std::ios::binary) << bytes;
}

/// A server and a device that has never been online since it was let in, with something to bring.
struct Stick
{
    Stick()
    {
        server.start();
        device = std::make_unique<DeviceUnderTest>(server, "Tablet 1");
    }
    [[nodiscard]] fs::path file(const std::string& name) const { return folder.path() / name; }
    void capture_all() const
    {
        device->capture(hours_input());
        device->capture(story_input(), {write_photo(folder.path(), 11)});
        device->capture(delivery_input());
    }
    [[nodiscard]] fs::path exported(const std::string& name = "out.bundle") const
    {
        device->must({"bundle", "export", file(name)});
        return file(name);
    }
    [[nodiscard]] json imported(const fs::path& bundle, const Words& more = {}) const
    {
        Words words = {"bundle", "import", bundle, "--json"};
        words.insert(words.end(), more.begin(), more.end());
        return json::parse(server.must(words));
    }
    [[nodiscard]] json outbox() const { return device->must_json({"status"}).at("outbox"); }
    [[nodiscard]] std::int64_t count(const std::string& text) const
    {
        auto database = storage::Database::open("sqlite:" + (server.data() / "tallybook.db").string());
        REQUIRE(database.ok());
        return database->query_one<std::int64_t>(text).value();
    }
    void check_all_is_there(std::int64_t entries = 3) const
    {
        CHECK(outbox() == json{{"entries", 0}, {"photos", 0}, {"withdrawals", 0}});
        CHECK(count("SELECT count(*) FROM entry_records") == entries);
        CHECK(count("SELECT count(*) FROM ledger_entries") == entries);
        CHECK(count("SELECT count(*) FROM attachments WHERE complete = 1") == 1);
        CHECK(count("SELECT count(*) FROM refused_records") == 0);
    }

    ServerUnderTest server;
    std::unique_ptr<DeviceUnderTest> device;
    TemporaryFolder folder;
};

/// The server's parts without the program, over the data of a server that is not running.
struct OpenedServer
{
    explicit OpenedServer(const fs::path& data)
        : pool("sqlite:" + (data / "tallybook.db").string()), keys(loaded_keys()), writer(pool.url(), keys),
          attachments(pool, data / "photos"), vault(attachments),
          ingest(pool, writer, reference, vault, clock)
    {
    }
    server::ServerKeys loaded_keys()
    {
        SystemRandom random;
        auto database = pool.lease();
        return server::load_or_make_server_keys(*database, random);
    }
    [[nodiscard]] Result<server::BundleReport> import(std::string_view bytes)
    {
        return server::import_bundle(ingest, attachments, clock, bytes);
    }
    [[nodiscard]] std::int64_t count(const std::string& table)
    {
        auto database = pool.lease();
        return database->query_one<std::int64_t>("SELECT count(*) FROM " + table).value();
    }

    server::DatabasePool pool;
    server::ServerKeys keys;
    SystemClock clock;
    server::LedgerWriter writer;
    server::ReferenceCache reference;
    server::AttachmentStore attachments;
    server::EntryVault vault;
    server::IngestService ingest;
};

/// The same parts under an end mark that fits, as somebody would write who wants to do harm.
std::string sealed_again(const protocol::Bundle& bundle)
{
    protocol::BundleWriter writer;
    for (const auto batch : bundle.batches)
        writer.add_batch(batch);
    for (const auto& attachment : bundle.attachments)
        writer.add_attachment(attachment.sealed_digest, attachment.bytes);
    return std::move(writer).finish();
}

Page upload(Browser& browser, const Page& form, std::string_view bytes)
{
    static const std::regex token("name=\"csrf\" value=\"([^\"]*)\"");
    std::smatch found;
    REQUIRE(std::regex_search(form.body, found, token));
    const std::string boundary = "----tallybook-test";
    std::string body = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" +
                       found.str(1) + "\r\n--" + boundary +
                       "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"out.bundle\"\r\n"
                       "Content-Type: application/octet-stream\r\n\r\n";
    body.append(bytes);
    body += "\r\n--" + boundary + "--\r\n";
    return browser.post("/bundles", body, "multipart/form-data; boundary=" + boundary);
}

} // namespace

TEST_CASE("a device without a network brings its evidence on a stick and takes the receipts home")
{
    const Stick stick;
    stick.capture_all();
    const auto bundle = stick.exported();
    CHECK(stick.outbox().at("entries") == 3);
    const json report = stick.imported(bundle, {"--receipts", stick.file("receipts")});
    CHECK(report.at("created") == 3);
    CHECK(report.at("photos") == 1);
    CHECK(report.at("problems").empty());
    const json taken = stick.device->must_json({"bundle", "receipts", stick.file("receipts")});
    CHECK(taken.at("accepted") == 3);
    CHECK(taken.at("photos") == 1);
    stick.check_all_is_there();

    // Everything again, and the network after it: nothing changes.
    const json again = stick.imported(bundle, {"--receipts", stick.file("receipts-2")});
    CHECK(again.at("existing") == 3);
    CHECK(again.at("photos_existing") == 1);
    CHECK(stick.device->must_json({"bundle", "receipts", stick.file("receipts")}).at("known") == 1);
    CHECK(stick.device->must_json({"bundle", "receipts", stick.file("receipts-2")}).at("accepted") == 3);
    CHECK(stick.device->must_json({"sync"}).at("created") == 0);
    CHECK(stick.device->command({"bundle", "export", stick.file("empty.bundle")}).status == 1);
    stick.check_all_is_there();
}

TEST_CASE("bundle and network in any order give the same ledger and an empty outbox")
{
    // e export, i import, r receipts, s sync, c one more entry
    for (const std::string order :
         {"eirs", "esir", "eisr", "seir", "ecsir", "ecisr", "eiecsir", "eceiisrr", "eiescri", "ecirs"}) {
        CAPTURE(order);
        const Stick stick;
        stick.capture_all();
        std::int64_t entries = 3;
        bool has_bundle = false;
        bool has_receipts = false;
        for (const char step : order) {
            if (step == 'e')
                has_bundle =
                    stick.device->command({"bundle", "export", stick.file("out.bundle")}).ok() || has_bundle;
            if (step == 'i' && has_bundle) {
                (void)stick.imported(stick.file("out.bundle"), {"--receipts", stick.file("receipts")});
                has_receipts = true;
            }
            if (step == 'r' && has_receipts)
                stick.device->must({"bundle", "receipts", stick.file("receipts")});
            if (step == 's')
                stick.device->must({"sync"});
            if (step == 'c') {
                stick.device->capture(hours_input());
                ++entries;
            }
        }
        stick.device->must({"sync"});
        stick.check_all_is_there(entries);
        CHECK(stick.server.command({"verify"}).ok());
    }
}

TEST_CASE("photos alone travel in a bundle when their entry went by the network before")
{
    const Stick stick;
    stick.capture_all();
    const auto whole = read_file(stick.exported()).value();
    const auto parts = protocol::parse_bundle(whole).value();
    protocol::Bundle entries_only{parts.batches, {}};
    protocol::Bundle photos_only{{}, parts.attachments};
    write_bytes(stick.file("entries"), sealed_again(entries_only));
    write_bytes(stick.file("photos"), sealed_again(photos_only));
    // Before its entry nothing says whose it is.
    const auto early = stick.server.command({"bundle", "import", stick.file("photos"), "--json"});
    CHECK(json::parse(early.out).at("problems").at(0).at("code") == "attachment_unknown");
    CHECK(stick.imported(stick.file("entries")).at("created") == 3);
    CHECK(stick.imported(stick.file("photos"), {"--receipts", stick.file("receipts")}).at("photos") == 1);
    CHECK(stick.device->must_json({"bundle", "receipts", stick.file("receipts")}).at("photos") == 1);
    CHECK(stick.outbox().at("photos") == 0);
}

TEST_CASE("photos whose entries are here come in beside batches that are refused")
{
    const Stick stick;
    stick.capture_all();
    const auto whole = read_file(stick.exported()).value();
    const auto parts = protocol::parse_bundle(whole).value();
    write_bytes(stick.file("entries"), sealed_again({parts.batches, {}}));
    const Stick elsewhere;
    elsewhere.device->capture(hours_input());
    const auto foreign = read_file(elsewhere.exported()).value();
    const auto stranger = protocol::parse_bundle(foreign).value();
    write_bytes(stick.file("mixed"), sealed_again({stranger.batches, parts.attachments}));
    const auto bring = [&] {
        return stick.server.command(
            {"bundle", "import", stick.file("mixed"), "--json", "--receipts", stick.file("receipts")});
    };
    // Nothing of it can be taken yet.
    const auto early = bring();
    CHECK(early.status == 1);
    CHECK(early.err.find("not enrolled") != std::string::npos);

    CHECK(stick.imported(stick.file("entries")).at("created") == 3);
    const auto brought = bring();
    CHECK(brought.status == 1); // something was refused
    const json report = json::parse(brought.out);
    CHECK(report.at("photos") == 1);
    CHECK(report.at("problems").at(0).at("code") == "device_unknown");
    CHECK(stick.device->must_json({"bundle", "receipts", stick.file("receipts")}).at("photos") == 1);
    CHECK(stick.outbox().at("photos") == 0);
}

TEST_CASE("a bundle is taken in by the console, and its receipts are saved from there")
{
    Stick stick;
    stick.server.add_user("Admin", "admin@example.org", "admin");
    stick.capture_all();
    const auto bytes = read_file(stick.exported()).value();
    Browser browser(stick.server.address());
    CHECK(browser.get("/bundles").status != 200);
    REQUIRE(browser.sign_in("admin@example.org", test_password));
    CHECK(browser.get("/devices").has("/bundles"));
    const Page form = browser.get("/bundles");
    REQUIRE(form.status == 200);

    const Page done = upload(browser, form, bytes);
    CHECK(done.status == 200);
    CHECK(done.words().find("New entries 3") != std::string::npos);
    const Page receipts = browser.submit(done, "/bundles/receipts", {});
    CHECK(receipts.type == "application/octet-stream");
    write_bytes(stick.file("receipts"), receipts.body);
    CHECK(stick.device->must_json({"bundle", "receipts", stick.file("receipts")}).at("accepted") == 3);
    stick.check_all_is_there();
    CHECK(upload(browser, form, bytes).words().find("Here already 3") != std::string::npos);

    const Page cut = upload(browser, form, std::string_view(bytes).substr(0, bytes.size() - 5));
    CHECK(cut.status == 422);
    CHECK(cut.has("The bundle is cut short"));
    CHECK(upload(browser, form, "PK").has("is not a Tallybook bundle"));
    CHECK(upload(browser, form, "").status == 422);
}

TEST_CASE("every truncation and every changed byte of a bundle is refused, and nothing of it is kept")
{
    Stick stick;
    stick.device->capture(hours_input());
    stick.device->capture(story_input(), {write_photo(stick.folder.path(), 12)});
    const auto whole = read_file(stick.exported()).value();
    stick.server.stop();
    OpenedServer server(stick.server.data());
    const auto bundle = protocol::parse_bundle(whole).value();
    REQUIRE(bundle.batches.size() == 1);
    REQUIRE(bundle.attachments.size() == 1);
    // The photo is most of the file; around it every byte is tried, within it one in a hundred.
    const auto photo_at = static_cast<std::size_t>(bundle.attachments[0].bytes.data() - whole.data());
    const auto photo_end = photo_at + bundle.attachments[0].bytes.size();
    const auto tried = [&](std::size_t at) { return at < photo_at || at >= photo_end || at % 101 == 0; };

    std::set<std::string> codes;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (!tried(size))
            continue;
        const auto refused = server.import(std::string_view(whole).substr(0, size));
        REQUIRE_MESSAGE(!refused.ok(), size);
        codes.insert(refused.error().code);
        REQUIRE(refused.error().message.size() > 20);
    }
    CHECK(codes == std::set<std::string>{"not_a_bundle", "bundle_truncated"});
    codes.clear();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        if (!tried(at))
            continue;
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        const auto refused = server.import(changed);
        REQUIRE_MESSAGE(!refused.ok(), at);
        codes.insert(refused.error().code);
    }
    CHECK(codes == std::set<std::string>{"not_a_bundle", "bundle_truncated", "bundle_damaged"});
    CHECK(!server.import(whole + "x").ok());

    // Whoever can make the end mark fit still cannot change a byte of what the device signed.
    codes.clear();
    const std::string batch(bundle.batches[0]);
    for (std::size_t at = 0; at < batch.size(); ++at) {
        std::string changed = batch;
        changed[at] = static_cast<char>(changed[at] ^ 0x01);
        const auto refused = server.import(sealed_again({{changed}, bundle.attachments}));
        REQUIRE_MESSAGE(!refused.ok(), at);
        codes.insert(refused.error().code);
    }
    for (std::size_t size = 0; size < batch.size(); ++size)
        REQUIRE(!server.import(sealed_again({{std::string_view(batch).substr(0, size)}, {}})).ok());
    CHECK(codes.contains("bad_batch"));
    CHECK(codes.contains("bad_signature"));
    CHECK(codes.contains("device_unknown"));
    CHECK(server.count("entry_records") == 0);
    CHECK(server.count("refused_records") == 0);
    CHECK(server.count("attachments") == 0);
    CHECK(server.count("ledger_log") == 0);

    // A changed photo does not keep its entry out, and can come again.
    std::string photo(bundle.attachments[0].bytes);
    photo[photo.size() / 2] = static_cast<char>(photo[photo.size() / 2] ^ 1);
    const auto without =
        server.import(sealed_again({bundle.batches, {{bundle.attachments[0].sealed_digest, photo}}}));
    REQUIRE(without.ok());
    CHECK(without->created == 2);
    REQUIRE(without->problems.size() == 1);
    CHECK(without->problems[0].code == "digest_mismatch");
    const auto better = server.import(whole);
    REQUIRE(better.ok());
    CHECK(better->existing == 2);
    CHECK(better->photos == 1);
}

TEST_CASE("every truncation and every changed byte of the receipts is refused by the device")
{
    Stick stick;
    stick.device->capture(hours_input());
    stick.device->capture(hours_input());
    (void)stick.imported(stick.exported(), {"--receipts", stick.file("receipts")});
    const auto whole = read_file(stick.file("receipts")).value();
    auto store = client::Store::open(stick.device->data());
    REQUIRE(store.ok());
    std::set<std::string> codes;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto refused = client::import_receipts(*store, std::string_view(whole).substr(0, size));
        REQUIRE(!refused.ok());
        codes.insert(refused.error().code);
        std::string changed = whole;
        changed[size] = static_cast<char>(changed[size] ^ 0x04);
        const auto wrong = client::import_receipts(*store, changed);
        REQUIRE_MESSAGE(!wrong.ok(), size);
        codes.insert(wrong.error().code);
    }
    CHECK(codes == std::set<std::string>{"not_an_answer", "answer_truncated", "answer_damaged"});
    CHECK(store->counts().unsent == 2);
    // Signed by a stranger, who may know everything else.
    const auto answer = protocol::parse_bundle_answer(whole).value();
    const auto stranger = crypto::make_signing_key();
    protocol::BundleAnswerWriter writer(stranger.public_key);
    writer.add_receipt(answer.batches.at(0).receipt, answer.batches.at(0).ids);
    CHECK(client::import_receipts(*store, std::move(writer).finish(stranger)).error().code ==
          "answer_foreign");
    // The right receipt with other entries is about nothing.
    OpenedServer server(stick.server.data());
    auto ids = answer.batches.at(0).ids;
    std::swap(ids.at(0), ids.at(1));
    protocol::BundleAnswerWriter swapped(server.keys.signing.public_key);
    swapped.add_receipt(answer.batches.at(0).receipt, ids);
    CHECK(client::import_receipts(*store, std::move(swapped).finish(server.keys.signing)).error().code ==
          "answer_foreign");
    CHECK(store->counts().unsent == 2);
    CHECK(client::import_receipts(*store, whole)->accepted == 2);
    CHECK(store->counts().unsent == 0);
}

TEST_CASE("the programs say clearly what is wrong with a file, and what to do")
{
    const Stick stick;
    const DeviceUnderTest other(stick.server, "Tablet 2");
    stick.capture_all();
    const auto bundle = stick.exported();
    const auto whole = read_file(bundle).value();
    const auto refuse = [&](std::string_view bytes, const char* words) {
        write_bytes(stick.file("bad"), bytes);
        const auto refused = stick.server.command({"bundle", "import", stick.file("bad")});
        CHECK(refused.status == 1);
        CHECK_MESSAGE(refused.err.find(words) != std::string::npos, refused.err);
    };
    refuse("", "not a Tallybook bundle");
    refuse("A letter.", "not a Tallybook bundle");
    refuse(std::string_view(whole).substr(0, whole.size() / 2), "cut short");
    std::string changed = whole;
    changed[whole.size() / 3] = static_cast<char>(changed[whole.size() / 3] ^ 1);
    refuse(changed, "damaged");
    CHECK(stick.server.command({"bundle", "import", stick.file("nothing")}).status == 1);
    CHECK(stick.count("SELECT count(*) FROM entry_records") == 0);

    // Of a device that another server knows, beside one of our own.
    const Stick elsewhere;
    elsewhere.device->capture(hours_input());
    const auto foreign = read_file(elsewhere.exported()).value();
    refuse(foreign, "not enrolled");
    auto both = protocol::parse_bundle(foreign).value();
    const auto own = protocol::parse_bundle(whole).value();
    both.batches.insert(both.batches.end(), own.batches.begin(), own.batches.end());
    both.attachments = own.attachments;
    write_bytes(stick.file("both"), sealed_again(both));
    const auto half = stick.server.command(
        {"bundle", "import", stick.file("both"), "--json", "--receipts", stick.file("receipts")});
    CHECK(half.status == 1);
    const json report = json::parse(half.out);
    CHECK(report.at("created") == 3);
    CHECK(report.at("problems").at(0).at("code") == "device_unknown");
    CHECK(report.at("problems").at(0).at("where") == "batch 1");

    // The receipts are for one device.
    const auto wrong = other.command({"bundle", "receipts", stick.file("receipts")});
    CHECK(wrong.status == 1);
    CHECK(wrong.err.find("not for this device") != std::string::npos);
    CHECK(elsewhere.device->command({"bundle", "receipts", stick.file("receipts")}).status == 1);
    CHECK(stick.device->command({"bundle", "receipts", bundle}).status == 1);
    stick.device->must({"bundle", "receipts", stick.file("receipts")});
    stick.check_all_is_there();
}

TEST_CASE("an export of everything brings back what a server lost, also without a network")
{
    Stick stick;
    stick.capture_all();
    (void)stick.imported(stick.exported(), {"--receipts", stick.file("receipts")});
    stick.device->must({"bundle", "receipts", stick.file("receipts")});
    const auto backup = stick.file("backup.tar");
    stick.server.must({"backup", backup});
    stick.device->capture(hours_input());
    (void)stick.imported(stick.exported("later.bundle"), {"--receipts", stick.file("later")});
    stick.device->must({"bundle", "receipts", stick.file("later")});
    stick.check_all_is_there(4);

    stick.server.kill();
    fs::remove_all(stick.server.data());
    stick.server.must({"restore", backup});
    stick.server.start();
    stick.device->must({"bundle", "export", stick.file("all.bundle"), "--everything"});
    const json report = stick.imported(stick.file("all.bundle"));
    CHECK(report.at("created") == 1);
    CHECK(report.at("existing") == 3);
    CHECK(report.at("photos_existing") == 1);
    stick.check_all_is_there(4);
}
