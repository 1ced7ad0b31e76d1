#pragma once
/// What must hold, looked up in the stores themselves and not in what the programs say about them.

#include "client/store/store.h"
#include "tests/simulation/audit.h"
#include "tests/simulation/device_node.h"
#include "tests/simulation/server_node.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tally::simulation {

/// What the worker of a device was told is saved: the sealed bytes.
using KnownEntries = std::map<Uuid, std::string>;

/// What people typed before it was sealed.
using SavedWork = std::map<Uuid, Entry>;

/// Put-aside entries that were taken back, with what was saved in their place.
using TakenBack = std::map<Uuid, std::optional<Uuid>>;

using MayBeErased = std::function<bool(const Uuid&)>;

/// Every entry that was saved is there with its bytes, unless somebody asked that it is erased. One that is
/// there without the worker having been told, because the power failed in between, is known from now on;
/// gives those.
std::vector<client::EntryRow> check_and_adopt(client::Store& store, KnownEntries& known,
                                              const MayBeErased& may_be_erased, const Audit& audit);

/// The log has each entry once, with what was typed, its hashes and signatures hold, the balances are those
/// of the oracle, no key was used twice, and each entry can be opened unless it was erased.
void check_server(ServerProgram& server, const SavedWork& saved, const TakenBack& taken_back,
                  const Audit& audit);

/// Each record of that enrolment names the one before, and no number came twice.
void check_chain(ServerProgram& server, const Uuid& device, const Audit& audit);

/// Whether a refusal with that code can stand in the end: the reason lies in what people did. `typed` is
/// nullptr for what nobody knows.
[[nodiscard]] bool may_be_refused(std::string_view code, const Entry* typed);

/// Nobody can open what was erased there; `promised` was. Under `codes` stories were given.
void check_erased(ServerProgram& server, const std::set<Uuid>& promised,
                  const std::map<Uuid, std::string>& codes, const Audit& audit);

/// How a server knows one enrolment.
struct SeenBy
{
    ServerProgram* server = nullptr; ///< none: that server is not one of the simulation's
    bool is_known = true;            ///< false after a restore of a backup that is older than the enrolment
    bool is_revoked = false;
    bool is_cloned = false;
    /// An erasure that failed, because the server's power or disk ended, need not outlast the restore of an
    /// older backup: nobody was told that it was done.
    bool was_restored = false;
    const std::set<Uuid>* erased = nullptr; ///< what was promised
};

/// The server has what the device believes that it has, with the same bytes, and says the same of it; what it
/// lacks it knows to be missing; what it erased is erased here too.
void check_device(DeviceProgram& device, const KnownEntries& known, const SavedWork& saved,
                  const TakenBack& taken_back, const std::function<SeenBy(const Uuid&)>& seen_by,
                  const Audit& audit);

} // namespace tally::simulation
