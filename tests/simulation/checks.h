#pragma once
/// What must hold, looked up in the stores themselves and not in what the programs say about them.

#include "client/store/store.h"
#include "tests/simulation/server_node.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace tally::simulation {

/// What the worker of a device was told is saved.
struct KnownEntries
{
    std::map<Uuid, std::string> saved; ///< the sealed bytes

    void forget() { saved.clear(); }
};

/// Called with what is wrong; throws.
using Complain = std::function<void(const std::string&)>;

/// Every entry that was saved is there with its bytes. One that is there without the worker having been told,
/// because the power failed in between, is known from now on.
void check_and_adopt(client::Store& store, KnownEntries& known, std::int64_t& checks,
                     const Complain& complain);

/// The log has each entry once, its hashes and signatures hold, the balances are those of the oracle, no key
/// was used twice.
void check_server(ServerProgram& server, std::int64_t& checks, const Complain& complain);

/// The server has what the device believes that it has, with the same bytes, and says the same of it; what it
/// lacks it knows to be missing.
void check_device(client::Store& store, const KnownEntries& known, ServerProgram& server,
                  std::int64_t& checks, const Complain& complain);

} // namespace tally::simulation
