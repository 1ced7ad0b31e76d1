#include "server/api/failures.h"
#include "server/storage/attachment_store.h"
#include "server/storage/schema.h"
#include "shared/crypto/hash.h"
#include "tests/support/entries.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace tally;
using namespace tally::server;
namespace fs = std::filesystem;

namespace {

/// A store that waits for one photo of one entry.
struct Photos
{
    Photos() { REQUIRE(attachments.begin(device, digest, length(), now).ok()); }

    static std::unique_ptr<DatabasePool> pool_in(const fs::path& folder, const std::string& digest,
                                                 const Uuid& device)
    {
        auto made = std::make_unique<DatabasePool>("sqlite:" + (folder / "photos.db").string());
        auto database = made->lease();
        REQUIRE(migrate_evidence(*database).ok());
        const std::string entry = Uuid::from_bytes("entry-0000-00001").text();
        database->run("INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) "
                      "VALUES (:id, :device, 1, 'd', 0, 0, :record)",
                      entry, device.text(), storage::sql::blob("sealed"));
        database->run("INSERT INTO entry_attachments (entry, sealed_digest) VALUES (:entry, :digest)", entry,
                      digest);
        return made;
    }

    [[nodiscard]] std::int64_t length() const { return static_cast<std::int64_t>(bytes.size()); }
    [[nodiscard]] fs::path part() const { return folder.path() / "photos" / "incoming" / digest; }
    /// As a server leaves it that ended after the last byte had come.
    void leave_behind(const std::string& what) const
    {
        std::ofstream(part(), std::ios::binary | std::ios::trunc) << what;
    }
    Result<UploadProgress> send(const std::string& what)
    {
        return attachments.append(digest, 0, [&](const AttachmentStore::Sink& sink) -> Result<void> {
            sink(what);
            return {};
        });
    }

    test::TemporaryFolder folder;
    Timestamp now = test::sample_moment;
    Uuid device = Uuid::from_bytes("device-0000-0001");
    std::string bytes = "the ciphertext of a photo";
    std::string digest = crypto::sha256_hex(bytes);
    std::unique_ptr<DatabasePool> pool = pool_in(folder.path(), digest, device);
    AttachmentStore attachments{*pool, folder.path() / "photos"};
};

} // namespace

TEST_CASE("a photo whose last byte came before the server ended is put in place when its device asks")
{
    Photos photos;
    photos.leave_behind(photos.bytes);
    // Until then it is not here: an offset at the end would be taken for the promise that it is.
    CHECK_FALSE(photos.attachments.has(photos.digest));

    const auto resumed = photos.attachments.resume(photos.digest);
    REQUIRE(resumed.ok());
    CHECK(resumed->complete);
    CHECK(resumed->arrived);
    CHECK(resumed->offset == photos.length());
    CHECK(photos.attachments.read(photos.digest).value() == photos.bytes);
    CHECK_FALSE(fs::exists(photos.part()));
    const auto again = photos.attachments.resume(photos.digest);
    CHECK(again->complete);
    CHECK_FALSE(again->arrived);
}

TEST_CASE("a photo left behind whole is put in place when its device begins it again")
{
    Photos photos;
    photos.leave_behind(photos.bytes);
    const auto begun = photos.attachments.begin(photos.device, photos.digest, photos.length(), photos.now);
    REQUIRE(begun.ok());
    CHECK(begun->complete);
    CHECK(photos.attachments.read(photos.digest).value() == photos.bytes);
}

TEST_CASE("a photo left behind with lost bytes begins again from zero")
{
    Photos photos;
    photos.leave_behind(std::string(photos.bytes.size(), '\0'));
    const auto resumed = photos.attachments.resume(photos.digest);
    REQUIRE(resumed.ok());
    CHECK_FALSE(resumed->complete);
    CHECK(resumed->offset == 0);
    CHECK(photos.send(photos.bytes)->complete);
}

TEST_CASE("a photo that is half here goes on where it stopped, and one that nobody began cannot")
{
    Photos photos;
    photos.leave_behind(photos.bytes.substr(0, 7));
    CHECK(photos.attachments.resume(photos.digest)->offset == 7);
    CHECK(photos.attachments.resume(std::string(64, 'a')).error().code == "not_found");
}

TEST_CASE("a photo that is being looked at by another connection has no offset yet")
{
    Photos photos;
    std::string seen;
    const auto sent =
        photos.attachments.append(photos.digest, 0, [&](const AttachmentStore::Sink& sink) -> Result<void> {
            sink(photos.bytes);
            const auto meanwhile = photos.attachments.resume(photos.digest);
            seen = meanwhile ? "offset " + std::to_string(meanwhile->offset) : meanwhile.error().code;
            return {};
        });
    CHECK(seen == "upload_busy");
    CHECK(sent->complete);
}

TEST_CASE("a photo from a bundle takes the place of what was torn here")
{
    Photos photos;
    SUBCASE("of its beginning")
    {
        photos.leave_behind(std::string(10, '\0'));
    }
    SUBCASE("of all but the last byte")
    {
        photos.leave_behind(std::string(photos.bytes.size() - 1, '\0'));
    }
    SUBCASE("of more than there is")
    {
        photos.leave_behind(std::string(photos.bytes.size() + 1, '\0'));
    }
    const auto put = photos.attachments.put(photos.device, photos.digest, photos.bytes, photos.now);
    REQUIRE_MESSAGE(put.ok(), (put ? "" : put.error().text()));
    CHECK(put->arrived);
    CHECK(photos.attachments.read(photos.digest).value() == photos.bytes);
}

TEST_CASE("a photo from a bundle that is not what its name says takes nothing away")
{
    Photos photos;
    photos.leave_behind(photos.bytes.substr(0, 10));
    const auto put = photos.attachments.put(photos.device, photos.digest,
                                            std::string(photos.bytes.size(), 'x'), photos.now);
    REQUIRE_FALSE(put.ok());
    CHECK(put.error().code == "digest_mismatch");
    CHECK(photos.attachments.progress(photos.digest)->offset == 10);
}

TEST_CASE("a photo whose file is gone or cut short can be sent again")
{
    Photos photos;
    REQUIRE(photos.send(photos.bytes)->complete);
    const auto file = photo_path(photos.folder.path() / "photos", photos.digest);
    SUBCASE("gone")
    {
        fs::remove(file);
    }
    SUBCASE("cut short")
    {
        fs::resize_file(file, 3);
    }
    const auto begun = photos.attachments.begin(photos.device, photos.digest, photos.length(), photos.now);
    REQUIRE(begun.ok());
    CHECK_FALSE(begun->complete);
    CHECK(begun->offset == 0);
    CHECK(photos.send(photos.bytes)->arrived);
    CHECK(photos.attachments.read(photos.digest).value() == photos.bytes);
    CHECK(photos.attachments.progress(photos.digest)->complete);
}

TEST_CASE("a disk that is full at the last step of a photo is told as that, and the photo comes later")
{
    Photos photos;
    const auto file = photo_path(photos.folder.path() / "photos", photos.digest);
    fs::create_directories(file.parent_path());
    // What is written there finds no room, as on a full disk.
    const fs::path beside = file.string() + ".part";
    fs::create_symlink("/dev/full", beside);
    try {
        (void)photos.send(photos.bytes);
        FAIL("there was room");
    } catch (const std::exception& failure) {
        const auto explained = explain_failure(failure);
        REQUIRE(explained.has_value());
        CHECK(explained->code == "storage_full");
    }
    fs::remove(beside);
    CHECK(photos.attachments.resume(photos.digest)->arrived);
}
