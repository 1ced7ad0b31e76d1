#pragma once
/// The log for everybody to check: tiles and entry bundles (C2SP tlog-tiles), checkpoints, and proofs.

#include "server/api/routes.h"

namespace tally::server {

/// The latest checkpoint, a C2SP signed note.
[[nodiscard]] Response latest_checkpoint_note(Request& request, ApiServices& services);
/// Everything below /tile/. A full tile never changes, and its address says so to caches.
[[nodiscard]] Response tile(Request& request, ApiServices& services);
/// ?position=&size=; without size that of the latest checkpoint.
[[nodiscard]] Response inclusion_proof(Request& request, ApiServices& services);
/// ?from=&to=; without to the latest checkpoint.
[[nodiscard]] Response consistency_proof(Request& request, ApiServices& services);

} // namespace tally::server
