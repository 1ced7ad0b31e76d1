#include "server/commands/context.h"

#include "server/accounts/migrations.h"
#include "server/reference/import.h"
#include "server/reference/migrations.h"
#include "server/storage/schema.h"
#include "shared/base/files.h"
#include "shared/base/folders.h"

#include <cstdio>

namespace tally::server {
namespace fs = std::filesystem;
namespace {

Result<void> migrate_all(storage::Database& database)
{
    if (auto done = storage::migrate(database, "accounts", account_migrations()); !done)
        return done;
    if (auto done = storage::migrate(database, "reference", reference_migrations()); !done)
        return done;
    return migrate_evidence(database);
}

} // namespace

Result<std::unique_ptr<ServerContext>> open_server(const CommonArguments& arguments)
{
    const fs::path data = arguments.data.empty() ? default_data_dir("tallybook-server") : arguments.data;
    if (!make_folder_durably(data))
        return Error{"data_unwritable",
                     "The data folder " + data.string() +
                         " cannot be made. Choose another with --data, or check who may write there."};
    // Keys and words are in here: nobody else on the machine needs to look.
    std::error_code failure;
    fs::permissions(data, fs::perms::owner_all, failure);

    const std::string url =
        arguments.database.empty() ? "sqlite:" + (data / "tallybook.db").string() : arguments.database;
    auto clock = clock_from_environment();
    if (!clock)
        return clock.error();
    auto database = storage::Database::open(url);
    if (!database)
        return database.error();
    if (const auto migrated = migrate_all(*database); !migrated)
        return migrated.error();

    auto context = std::make_unique<ServerContext>(url);
    context->data = data;
    context->clock = std::move(*clock);
    context->keys = load_or_make_server_keys(*database, context->random);
    const auto shipped = import_shipped(*database, assets_dir(), context->clock->now());
    if (!shipped.ok())
        return shipped.problems.front();
    for (const Error& reason : shipped.left_out)
        std::fprintf(stderr, "tallybook-server: a framework of this release was left out: %s\n",
                     reason.text().c_str());
    return context;
}

} // namespace tally::server
