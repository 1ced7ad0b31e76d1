#pragma once
/// A device without a server: a data folder, a clock, and an enrolment whose server keys the test holds.

#include "client/capture/capture.h"
#include "client/store/store.h"
#include "client/store/vault.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/keys.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>

namespace tally::test {

struct ServerKeys
{
    crypto::SigningKey signing = crypto::make_signing_key();
    crypto::SealingKey sealing = crypto::make_sealing_key();
};

inline client::Identity sample_identity(const ServerKeys& server, client::DeviceMode mode, Random& random)
{
    ManualClock clock(Timestamp{1'772'443'800'000});
    UuidSource ids(clock, random);
    client::Identity identity;
    identity.device = ids.next();
    identity.name = "Tablet 3";
    identity.mode = mode;
    identity.author = mode == client::DeviceMode::Worker ? "p-0007" : "";
    identity.signing = crypto::make_signing_key();
    identity.server = "http://127.0.0.1:1";
    identity.server_name = "Test";
    identity.server_signing_key = server.signing.public_key;
    identity.server_sealing_key = server.sealing.public_key;
    identity.enrolled_at = clock.now();
    return identity;
}

/// One run of the program in a folder. Make a second one for a restart.
struct DeviceRun
{
    ManualClock clock{Timestamp{1'772'443'800'000}}; ///< 2026-03-02 09:30 UTC
    SystemRandom random;
    client::Store store;
    client::Vault vault{store, random};
    client::Capture capture{store, vault, clock, random};

    explicit DeviceRun(const std::filesystem::path& folder) : store(opened(folder)) {}

    static client::Store opened(const std::filesystem::path& folder)
    {
        auto store = client::Store::open(folder);
        REQUIRE_MESSAGE(store.ok(), (store.ok() ? "" : store.error().message));
        return std::move(*store);
    }
    void enrol(const ServerKeys& server, client::DeviceMode mode = client::DeviceMode::Worker,
               const std::optional<std::string>& pin = "2468")
    {
        std::optional<client::WorkerKey> key;
        if (pin)
            key = client::make_worker_key(*pin, random).value();
        store.keep_identity(sample_identity(server, mode, random), key);
    }
    Uuid save(const client::CaptureRequest& request)
    {
        const auto saved = capture.save(request);
        REQUIRE_MESSAGE(saved.ok(), (saved.ok() ? "" : saved.error().text()));
        return *saved;
    }
};

inline client::CaptureRequest sample_hours(std::string name = "Jo Marsden")
{
    client::CaptureRequest request;
    request.entry.kind = EvidenceKind::Hours;
    request.entry.language = "en";
    request.entry.about.contract = "LCC-2024-017";
    request.entry.about.measure = "NT86";
    HoursBody body;
    body.host = "St Anne's Primary School";
    body.activity = "Built raised beds with year 5";
    body.date = {2026, 3, 2};
    body.start_min = 9 * 60;
    body.end_min = 12 * 60 + 30;
    body.people.name = std::move(name);
    request.entry.body = body;
    return request;
}

inline client::CaptureRequest sample_story()
{
    client::CaptureRequest request;
    request.entry.kind = EvidenceKind::Story;
    request.entry.language = "en";
    request.entry.about.contract = "LCC-2024-017";
    StoryBody body;
    body.title = "A garden that feeds a kitchen";
    body.what = "Twelve of us turned the yard into a kitchen garden.";
    body.changed = "The lunch club picks its own vegetables.";
    request.entry.body = body;
    return request;
}

/// What a camera might have given: nobody looks into the bytes.
inline client::Picture sample_picture(std::string bytes)
{
    client::Picture picture;
    picture.digest = crypto::sha256_hex(bytes);
    picture.bytes = std::move(bytes);
    picture.media_type = "image/jpeg";
    picture.width = 640;
    picture.height = 480;
    return picture;
}

inline client::CaptureRequest sample_story_with(client::Picture picture)
{
    auto story = sample_story();
    story.pictures = {std::move(picture)};
    return story;
}

} // namespace tally::test
