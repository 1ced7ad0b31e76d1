#include "server/api/failures.h"

#include "shared/storage/database.h"

#include <system_error>

namespace tally::server {

std::optional<Error> explain_failure(const std::exception& failure)
{
    if (const auto* of_files = dynamic_cast<const std::system_error*>(&failure))
        return of_files->code() == std::errc::no_space_on_device
                   ? std::optional(
                         Error{"storage_full",
                               "The server's disk is full, so this could not be kept whole. Nothing is lost "
                               "where it came from; whoever runs the server has to make room."})
                   : std::nullopt;
    const auto* of_database = dynamic_cast<const storage::DatabaseError*>(&failure);
    if (of_database == nullptr)
        return std::nullopt;
    switch (of_database->failure()) {
    case storage::Failure::Busy:
        return Error{"busy", "The server's database is busy with something else. Nothing of this was kept "
                             "and nothing is lost: try again in a moment."};
    case storage::Failure::Unreachable:
        return Error{"unavailable", "The server cannot reach its database right now. Nothing of this was "
                                    "kept and nothing is lost: try again in a while."};
    case storage::Failure::Full:
        return Error{"storage_full", "The server's disk is full, so nothing of this was kept. Nothing is "
                                     "lost where it came from; whoever runs the server has to make room."};
    case storage::Failure::Constraint:
    case storage::Failure::Damaged:
    case storage::Failure::Other:
        break;
    }
    return std::nullopt;
}

} // namespace tally::server
