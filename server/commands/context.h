#pragma once
/// An opened server: its data folder, database and keys, brought up to date. Every command starts here.

#include "server/commands/arguments.h"
#include "server/storage/database_pool.h"
#include "server/storage/server_keys.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

#include <memory>
#include <string>

namespace tally::server {

struct ServerContext
{
    std::filesystem::path data;
    std::unique_ptr<Clock> clock;
    SystemRandom random;
    DatabasePool pool;
    ServerKeys keys;

    explicit ServerContext(std::string url) : pool(std::move(url)) {}
    [[nodiscard]] std::filesystem::path photos() const { return data / "photos"; }
};

/// Makes the folder when missing, migrates every component and loads the shipped frameworks and
/// questionnaires. Fails with a sentence for the operator.
[[nodiscard]] Result<std::unique_ptr<ServerContext>> open_server(const CommonArguments& arguments);

} // namespace tally::server
