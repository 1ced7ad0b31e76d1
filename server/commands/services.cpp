#include "server/commands/services.h"

namespace tally::server {
namespace {

storage::Database open_or_throw(const std::string& url)
{
    auto opened = storage::Database::open(url);
    if (!opened)
        throw storage::DatabaseError(storage::Failure::Unreachable, opened.error().message);
    return std::move(*opened);
}

} // namespace

ServerServices::ServerServices(ServerContext& context)
    : accounts(open_or_throw(context.pool.url()), *context.clock, context.random),
      writer(context.pool.url(), context.keys), attachments(context.pool, context.photos()),
      vault(attachments), ingest(context.pool, writer, reference, *context.clock),
      review(
          context.pool, writer, vault, reference,
          [this](std::string_view id) {
              const auto user = accounts.find(id);
              return user ? user->name : std::string();
          },
          *context.clock, context.random)
{
}

} // namespace tally::server
