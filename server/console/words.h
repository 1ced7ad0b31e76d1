#pragma once
/// Evidence and its state in words, for people.

#include "server/console/templates.h"
#include "server/ledger/types.h"
#include "shared/base/encoding.h"
#include "shared/base/time.h"
#include "shared/domain/evidence.h"

#include <optional>
#include <string>
#include <string_view>

namespace tally::server::console {

[[nodiscard]] std::string word_for(EvidenceKind kind);
[[nodiscard]] std::string word_for(EntryState state);
[[nodiscard]] std::string word_for(WhoseTime whose);
/// "social" -> "Social value".
[[nodiscard]] std::string word_for_value_class(std::string_view value_class);

/// "Polish" for "pl"; a tag that is not known here stays as it is.
[[nodiscard]] std::string language_name(std::string_view tag);

/// "2 March 2026, 14:05", local to the server.
[[nodiscard]] std::string moment(Timestamp at, const Clock& clock);
/// "2 Mar 2026".
[[nodiscard]] std::string short_date(Date date);
/// "just now", "12 minutes ago", "3 hours ago", then the date.
[[nodiscard]] std::string time_since(Timestamp at, const Clock& clock);
/// "3 h 30 min".
[[nodiscard]] std::string duration(std::int64_t minutes);
/// "Q1 2026".
[[nodiscard]] std::string short_quarter(const Quarter& quarter);
/// "£16.93"; four decimals only when there are any.
[[nodiscard]] std::string pounds(Proxy proxy);

/// A name, a word and an icon that always go together: name, word, icon.
[[nodiscard]] View state_view(EntryState state);
/// Our own SVG for a name such as "accepted" or "held"; hidden from screen readers, because a word
/// stands beside it.
[[nodiscard]] std::string icon(std::string_view name);

} // namespace tally::server::console
