#pragma once
/// Private to this folder: what merge knows of the entries that it met last, so that a candidate is not read,
/// decrypted and parsed anew for each entry that arrives beside it. In memory only; forgotten as soon as an
/// entry was erased, see LedgerTransaction::epoch.

#include "server/merge/merge.h"

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace tally::server {

class ReferenceSnapshot;

/// Belongs to the writer's jobs: not thread-safe. Keeps 2,048 to 4,096 entries of about 3 kB.
class OpenedEntries
{
public:
    /// Forgets everything unless both are what they were: contracts and events are part of them.
    void keep_while(std::uint64_t epoch, std::shared_ptr<const ReferenceSnapshot> reference);

    /// By the position of the entry in the log; good until the next call of put. Nullptr when it is not kept.
    [[nodiscard]] const MergeEntry* find(std::int64_t position);
    const MergeEntry& put(std::int64_t position, MergeEntry entry);
    void forget(std::int64_t position);

private:
    using Generation = std::unordered_map<std::int64_t, MergeEntry>;

    void make_room();

    Generation m_young; ///< asked for since the generations last changed
    Generation m_old;   ///< goes as a whole when m_young is full
    std::uint64_t m_epoch = 0;
    std::shared_ptr<const ReferenceSnapshot> m_reference; ///< held, so that no other has its address
};

} // namespace tally::server
