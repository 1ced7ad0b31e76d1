#include "server/storage/missing_photos.h"

#include "server/storage/attachment_store.h"
#include "server/storage/backup_log.h"

#include <algorithm>
#include <set>

namespace tally::server {

bool PhotosFound::look_unmounted() const
{
    // A few may be lost; so many at once are elsewhere.
    constexpr std::size_t many = 20;
    return missing.size() >= many && static_cast<std::int64_t>(missing.size()) == complete;
}

std::vector<KnownPhoto> known_photos(storage::Database& database)
{
    std::vector<KnownPhoto> photos;
    for (auto& [digest, length] : database.query<std::string, std::int64_t>(
             "SELECT sealed_digest, length FROM attachments WHERE complete = 1 ORDER BY sealed_digest"))
        photos.push_back({std::move(digest), length});
    return photos;
}

PhotosFound find_photos(storage::Database& database, const std::filesystem::path& folder)
{
    PhotosFound photos;
    for (auto& photo : known_photos(database)) {
        ++photos.complete;
        if (!is_whole_photo(folder, photo.digest, photo.length))
            photos.missing.push_back(std::move(photo.digest));
    }
    return photos;
}

void ask_for_missing_photos(storage::Database& database, const std::vector<std::string>& missing,
                            Random& random, Timestamp now)
{
    storage::Transaction transaction(database);
    const auto rows = database.query<std::string>("SELECT sealed_digest FROM missing_photos");
    const std::set<std::string> known(rows.begin(), rows.end());
    const std::set<std::string> still(missing.begin(), missing.end());
    for (const auto& digest : known)
        if (!still.contains(digest))
            database.run("DELETE FROM missing_photos WHERE sealed_digest = :digest", digest);
    bool are_more = false;
    for (const auto& digest : still) {
        if (known.contains(digest))
            continue;
        database.run("INSERT INTO missing_photos (sealed_digest, noticed_at) VALUES (:digest, :now)", digest,
                     now.ms);
        are_more = true;
    }
    if (are_more)
        begin_database_epoch(database, random);
    transaction.commit();
}

std::string words_on_missing_photos(const PhotosFound& photos)
{
    if (photos.missing.empty())
        return {};
    return "The files of " + std::to_string(photos.missing.size()) + " of " +
           std::to_string(photos.complete) + " photos are missing, beginning with " + photos.missing.front() +
           ". Devices that still have them send them again with their next sync.";
}

} // namespace tally::server
