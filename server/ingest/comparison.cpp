#include "server/ingest/comparison.h"

#include "shared/base/thread_name.h"
#include "shared/protocol/entry_json.h"
#include "shared/protocol/sealed_record.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tally::server {
namespace {

/// About 10 ms of the writer's time: devices that send wait no longer for it.
constexpr std::int64_t entries_at_once = 500;

/// An entry of the log, ready to be compared.
struct Arrival
{
    std::int64_t position = 0;
    std::optional<MergePreparation> prepared; ///< none: a withdrawal, or it cannot be read
};

std::int64_t compared_before(storage::Database& database)
{
    const auto position =
        database.query_one<std::int64_t>("SELECT compared FROM merge_progress WHERE one = 1");
    TALLY_ASSERT(position.has_value());
    return *position;
}

/// Entries at `from` and after it, those that were erased or were made by dividing others left out.
std::vector<Arrival> read_arrivals(storage::Database& database, std::int64_t from, std::int64_t through,
                                   const ReferenceSnapshot& reference, std::string_view index_secret)
{
    using Text = std::string_view;
    using storage::sql::BlobView;
    std::vector<Arrival> arrivals;
    database.for_each<std::int64_t, Text, Text, std::int64_t, BlobView, BlobView>(
        "SELECT ledger_entries.position, ledger_entries.id, entry_records.device, received_at, record, key "
        "FROM ledger_entries JOIN entry_records ON entry_records.id = ledger_entries.id JOIN entry_keys ON "
        "entry_keys.id = ledger_entries.id WHERE ledger_entries.position >= :from AND "
        "ledger_entries.position <= :through ORDER BY ledger_entries.position LIMIT :limit",
        [&](std::int64_t position, Text id_text, Text device_text, std::int64_t received_at, BlobView record,
            BlobView key) {
            auto& arrival = arrivals.emplace_back();
            arrival.position = position;
            const auto id = Uuid::parse(id_text);
            const auto device = Uuid::parse(device_text);
            if (!id || !device)
                return;
            const auto json = protocol::open_record(record.bytes, *device, key.bytes);
            const auto entry = json ? protocol::parse_entry(*json, *id) : Result<Entry>(json.error());
            if (entry && entry->action != EntryAction::Withdraw)
                arrival.prepared =
                    prepare_merge(*entry, *device, reference, Timestamp{received_at}, index_secret);
        },
        from, through, entries_at_once);
    return arrivals;
}

/// An entry that names a photo, and what it says of it.
struct NamedPhoto
{
    Uuid entry;
    Attachment attachment;
};

/// Those whose entry is readable and with which nobody is done yet.
std::vector<NamedPhoto> photos_to_compare(storage::Database& database, const EntryVault& vault,
                                          std::string_view sealed_digest)
{
    std::vector<NamedPhoto> photos;
    for (const auto& text : database.query<std::string>(
             "SELECT entry FROM entry_attachments WHERE sealed_digest = :digest AND NOT EXISTS (SELECT 1 "
             "FROM "
             "merge_pictures WHERE merge_pictures.entry = entry_attachments.entry AND "
             "merge_pictures.sealed_digest = entry_attachments.sealed_digest AND merge_pictures.hash NOT IN "
             "('1', '2'))",
             sealed_digest)) {
        const auto id = Uuid::parse(text);
        const auto entry = id ? vault.open(database, *id) : Result<Entry>(id.error());
        if (!entry)
            continue; // erased meanwhile
        for (const auto& attachment : entry->attachments)
            if (attachment.sealed_digest == sealed_digest)
                photos.push_back({*id, attachment});
    }
    return photos;
}

struct OpenedPhoto
{
    bool is_here = false;
    std::optional<std::string> bytes; ///< none when no key fits
    std::string key;
};

/// Who captured it sealed it under one key: of entries that name another none is believed.
OpenedPhoto open_photo(const EntryVault& vault, const std::vector<NamedPhoto>& photos)
{
    constexpr std::size_t keys_max = 8;
    std::set<std::string> tried;
    OpenedPhoto opened;
    for (const auto& photo : photos) {
        if (tried.size() == keys_max)
            break;
        if (!tried.insert(photo.attachment.key).second)
            continue;
        auto bytes = vault.open_attachment(photo.attachment);
        if (!bytes && bytes.error().code == "photo_not_arrived")
            return opened;
        opened.is_here = true;
        if (bytes) {
            opened.bytes = std::move(*bytes);
            opened.key = photo.attachment.key;
            break;
        }
    }
    return opened;
}

} // namespace

Comparison::Comparison(DatabasePool& pool, LedgerWriter& writer, ReferenceCache& reference,
                       const EntryVault& vault, const Clock& clock)
    : m_pool(pool), m_writer(writer), m_reference(reference), m_vault(vault), m_clock(clock)
{
}

Comparison::~Comparison()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

void Comparison::compare_all()
{
    while (compare_some(std::nullopt)) {
    }
}

void Comparison::compare_first(const std::optional<Uuid>& entry)
{
    if (!entry) {
        compare_all();
        return;
    }
    std::optional<std::int64_t> position;
    {
        auto database = m_pool.lease();
        position = database->query_one<std::int64_t>(
            "SELECT position FROM ledger_entries WHERE id = :id AND position >= (SELECT compared FROM "
            "merge_progress WHERE one = 1)",
            entry->text());
    }
    if (position)
        while (compare_some(position)) {
        }
}

bool Comparison::compare_some(std::optional<std::int64_t> through)
{
    std::int64_t from = 0;
    std::vector<Arrival> arrivals;
    std::shared_ptr<const ReferenceSnapshot> reference;
    {
        auto database = m_pool.lease();
        reference = m_reference.get(*database);
        from = compared_before(*database);
        arrivals = read_arrivals(*database, from, through.value_or(INT64_MAX), *reference,
                                 m_writer.keys().index_secret);
    }
    if (arrivals.empty())
        return false;
    const std::int64_t next = arrivals.back().position + 1;
    m_writer.run([&](LedgerTransaction& ledger) {
        auto& database = ledger.database();
        // Somebody else may have come this far meanwhile, or erased some of them.
        const auto done = compared_before(database);
        if (done >= next)
            return;
        const auto erased = database.query<std::int64_t>(
            "SELECT position FROM ledger_entries WHERE position >= :from AND position < :next AND erased = 1",
            from, next);
        Merging merging(ledger, m_memory, m_vault, reference, m_clock.now());
        for (const auto& arrival : arrivals)
            if (arrival.prepared && arrival.position >= done &&
                std::find(erased.begin(), erased.end(), arrival.position) == erased.end())
                merging.entry_arrived(*arrival.prepared, arrival.position);
        database.run("UPDATE merge_progress SET compared = :next WHERE one = 1", next);
    });
    return static_cast<std::int64_t>(arrivals.size()) == entries_at_once;
}

void Comparison::photo_arrived(std::string_view sealed_digest)
{
    if (remember_photo(sealed_digest))
        return;
    try {
        compare_photo(sealed_digest);
    } catch (const std::bad_alloc&) {
        // It is here all the same, and the server tries again when it starts.
        spdlog::warn("a photo could not be compared: there was not enough memory");
    }
}

/// Whether there is a thread that compares it.
bool Comparison::remember_photo(std::string_view sealed_digest)
{
    constexpr std::size_t remembered_max = 1'000;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_goes_on)
            return false;
        if (m_photos.size() < remembered_max)
            m_photos.emplace_back(sealed_digest);
        else
            m_photos_left_over = true;
        m_pending = true;
    }
    m_wake.notify_all();
    return true;
}

void Comparison::compare_photo(std::string_view sealed_digest)
{
    std::vector<NamedPhoto> photos;
    std::shared_ptr<const ReferenceSnapshot> reference;
    {
        auto database = m_pool.lease();
        reference = m_reference.get(*database);
        photos = photos_to_compare(*database, m_vault, sealed_digest);
    }
    if (photos.empty())
        return;
    const auto opened = open_photo(m_vault, photos);
    if (!opened.is_here)
        return;
    // Before it is looked at: bytes that end the program are not met at each start for ever.
    m_writer.run([&](LedgerTransaction& ledger) {
        for (const auto& photo : photos)
            Merging::photo_is_tried(ledger, photo.entry, photo.attachment.digest, sealed_digest);
    });
    const auto hash = opened.bytes ? picture_hash(*opened.bytes) : std::nullopt;
    m_writer.run([&](LedgerTransaction& ledger) {
        Merging merging(ledger, m_memory, m_vault, reference, m_clock.now());
        for (const auto& photo : photos)
            merging.photo_arrived(photo.entry, photo.attachment.digest, sealed_digest,
                                  photo.attachment.key == opened.key ? hash : std::nullopt,
                                  m_writer.keys().index_secret);
    });
}

std::vector<std::string> Comparison::photos_left_over()
{
    auto database = m_pool.lease();
    return database->query<std::string>(
        "SELECT sealed_digest FROM attachments WHERE complete = 1 AND EXISTS (SELECT 1 FROM "
        "entry_attachments JOIN entry_keys ON entry_keys.id = entry_attachments.entry WHERE "
        "entry_attachments.sealed_digest = attachments.sealed_digest) AND NOT EXISTS (SELECT 1 FROM "
        "merge_pictures WHERE merge_pictures.sealed_digest = attachments.sealed_digest AND "
        "merge_pictures.hash NOT IN ('1', '2'))");
}

void Comparison::compare_photos_left_over()
{
    for (const auto& digest : photos_left_over())
        compare_photo(digest);
}

std::optional<std::string> Comparison::next_photo()
{
    const std::lock_guard lock(m_mutex);
    if (m_stopping || m_photos.empty())
        return std::nullopt;
    auto digest = std::move(m_photos.front());
    m_photos.pop_front();
    return digest;
}

/// Some of them: entries that came meanwhile have their turn. One that fails does not hold up the others.
void Comparison::compare_photos()
{
    constexpr int at_once = 50;
    bool left_over = false;
    {
        const std::lock_guard lock(m_mutex);
        left_over = m_photos_left_over;
    }
    if (left_over) {
        const auto digests = photos_left_over();
        const std::lock_guard lock(m_mutex);
        m_photos_left_over = false;
        m_photos.insert(m_photos.end(), digests.begin(), digests.end());
    }
    std::vector<std::string> again;
    std::string failed;
    for (int i = 0; i < at_once; ++i) {
        auto digest = next_photo();
        if (!digest)
            break;
        try {
            compare_photo(*digest);
        } catch (const std::exception& failure) {
            failed = failure.what();
            again.push_back(std::move(*digest));
        }
    }
    const std::lock_guard lock(m_mutex);
    m_photos.insert(m_photos.end(), again.begin(), again.end());
    m_pending = m_pending || !m_photos.empty();
    if (!failed.empty())
        throw std::runtime_error(failed);
}

std::chrono::milliseconds ComparisonPauses::after(int failures) const
{
    auto pause = first;
    for (int i = 1; i < failures && pause < longest; ++i)
        pause *= 2;
    return std::min(pause, longest);
}

void Comparison::keep_going(ComparisonPauses pauses)
{
    m_pauses = pauses;
    m_photos_left_over = true;
    m_goes_on = true;
    m_thread = std::thread([this] { loop(); });
}

int Comparison::failures() const
{
    const std::lock_guard lock(m_mutex);
    return m_failures;
}

void Comparison::entries_arrived()
{
    {
        const std::lock_guard lock(m_mutex);
        m_last_arrival = std::chrono::steady_clock::now();
        if (m_pending)
            return;
        m_pending = true;
    }
    m_wake.notify_all();
}

/// While devices send, their answers come first; but an entry waits no longer than a few seconds.
bool Comparison::wait_for_quiet(std::unique_lock<std::mutex>& lock)
{
    using namespace std::chrono_literals;
    constexpr auto quiet = 100ms;
    constexpr auto longest_wait = 5s;
    m_wake.wait(lock, [this] { return m_stopping || m_pending; });
    const auto latest = std::chrono::steady_clock::now() + longest_wait;
    while (!m_stopping) {
        const auto until = std::min(latest, m_last_arrival + quiet);
        if (std::chrono::steady_clock::now() >= until)
            break;
        m_wake.wait_until(lock, until, [this] { return m_stopping; });
    }
    return !m_stopping;
}

/// Whoever sends meanwhile does not end the pause: that would be as often as devices send.
void Comparison::wait_after_failure(std::unique_lock<std::mutex>& lock)
{
    m_wake.wait_for(lock, m_pauses.after(m_failures), [this] { return m_stopping; });
}

void Comparison::loop()
{
    name_this_thread("comparison");
    std::unique_lock lock(m_mutex);
    while (wait_for_quiet(lock)) {
        m_pending = false;
        lock.unlock();
        std::string failed;
        try {
            bool more = true;
            while (more) {
                more = compare_some(std::nullopt);
                const std::lock_guard stop(m_mutex);
                more = more && !m_stopping;
            }
            compare_photos();
        } catch (const std::exception& failure) {
            failed = failure.what();
        }
        lock.lock();
        if (failed.empty()) {
            m_failures = 0;
            continue;
        }
        // What was not compared waits; a decision on it compares it first, whatever this thread does.
        ++m_failures;
        m_pending = true;
        spdlog::warn("arrivals could not be compared, the next attempt is in {} ms: {}",
                     m_pauses.after(m_failures).count(), failed);
        wait_after_failure(lock);
    }
}

} // namespace tally::server
