#include "server/commands/services.h"

namespace tally::server {

ServerServices::ServerServices(ServerContext& context)
    : accounts(open_database(context.pool.url()), *context.clock, context.random),
      writer(context.pool.url(), context.keys), attachments(context.pool, context.photos()),
      vault(attachments), ingest(context.pool, writer, reference, vault, *context.clock),
      review(
          context.pool, writer, vault, reference,
          [this](std::string_view id) {
              const auto user = accounts.find(id);
              return user ? user->name : std::string();
          },
          *context.clock, context.random,
          [this](const std::optional<Uuid>& entry) { ingest.comparison().compare_first(entry); }),
      erasure(context.pool, writer, vault, attachments, context.data, *context.clock, context.random)
{
}

} // namespace tally::server
