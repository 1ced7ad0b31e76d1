/// How long a person waits for "saved": one entry at a time through capture and store, beside a write of 4
/// KiB and fdatasync on the same disk, the two by turns in one run.
///
///     save_bench [ENTRIES]

#include "client/capture/capture.h"
#include "client/store/store.h"
#include "client/store/vault.h"
#include "shared/base/random.h"
#include "shared/crypto/keys.h"
#include "tests/support/temporary_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace tally;
using namespace tally::client;

double microseconds(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

/// A file to which blocks are appended, each of them on the disk when append() returns.
class Journal
{
public:
    explicit Journal(const std::string& path)
        : m_file(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600))
    {
        if (m_file < 0)
            throw std::runtime_error("the temporary folder cannot be written");
    }
    ~Journal() { ::close(m_file); }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    void append(const std::string& block) const
    {
        if (::write(m_file, block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
            ::fdatasync(m_file) != 0)
            throw std::runtime_error("the disk refused a write");
    }

private:
    int m_file;
};

Identity identity(Random& random, const Clock& clock)
{
    UuidSource ids(clock, random);
    Identity identity;
    identity.device = ids.next();
    identity.name = "Tablet";
    identity.mode = DeviceMode::Worker;
    identity.author = "p-1";
    identity.signing = crypto::make_signing_key();
    identity.server = "http://127.0.0.1:1";
    identity.server_name = "Bench";
    identity.server_signing_key = crypto::make_signing_key().public_key;
    identity.server_sealing_key = crypto::make_sealing_key().public_key;
    identity.enrolled_at = clock.now();
    return identity;
}

CaptureRequest hours(int number, const Clock& clock)
{
    HoursBody body;
    body.host = "Friends of Brierley Park " + std::to_string(number % 40);
    body.activity = "Planting trees along the beck";
    body.date = local_date(clock.now(), 0);
    body.start_min = 8 * 60 + number % 200;
    body.end_min = body.start_min + 90;
    body.people.name = "Volunteer " + std::to_string(number);
    CaptureRequest request;
    request.entry.kind = EvidenceKind::Hours;
    request.entry.language = "en";
    request.entry.about.contract = "LCC-1";
    request.entry.body = body;
    return request;
}

struct Times
{
    std::vector<double> all;

    [[nodiscard]] double at(double share)
    {
        std::sort(all.begin(), all.end());
        return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
    }
};

void run(int entries)
{
    test::TemporaryFolder folder;
    SystemRandom random;
    SystemClock clock;
    auto opened = Store::open(folder.path());
    if (!opened)
        throw std::runtime_error(opened.error().text());
    Store store = std::move(*opened);
    store.keep_identity(identity(random, clock), std::nullopt);
    Vault vault(store, random);
    Capture capture(store, vault, clock, random);
    const Journal journal((folder.path() / "journal").string());
    const std::string block(4096, 'x');
    Times saves;
    Times syncs;
    for (int i = 0; i < entries; ++i) {
        const auto request = hours(i, clock);
        auto start = std::chrono::steady_clock::now();
        if (const auto saved = capture.save(request); !saved)
            throw std::runtime_error(saved.error().text());
        saves.all.push_back(microseconds(start));
        start = std::chrono::steady_clock::now();
        journal.append(block);
        syncs.all.push_back(microseconds(start));
    }
    std::printf("%d entries saved one by one        p50        p99        max  (microseconds)\n", entries);
    const auto print = [](const char* what, Times& times) {
        std::printf("  %-28s %9.0f  %9.0f  %9.0f\n", what, times.at(0.5), times.at(0.99), times.at(1));
    };
    print("save", saves);
    print("write 4 KiB and fdatasync", syncs);
    std::printf("  %-28s %9.2f  %9.2f  %9.2f\n", "ratio", saves.at(0.5) / syncs.at(0.5),
                saves.at(0.99) / syncs.at(0.99), saves.at(1) / syncs.at(1));
}

} // namespace

int main(int argc, char** argv)
{
    try {
        run(argc > 1 ? std::atoi(argv[1]) : 2'000);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "save_bench: %s\n", failure.what());
        return 1;
    }
    return 0;
}
