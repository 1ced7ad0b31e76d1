#pragma once
/// Every rule that an entry must keep, in one place: the device asks before it seals an entry, the
/// server asks again when it arrives.

#include "shared/domain/evidence.h"

#include <vector>

namespace tally {

/// Everything that is wrong with an entry, in the order of its fields; empty when it may be sealed.
/// Each refusal has a stable code, a sentence for the person who typed it, and the field it is about
/// ("body.date"). Looks at the entry alone: whether a contract or measure exists is the server's to say.
[[nodiscard]] std::vector<Error> validate(const Entry& entry);

/// A reference or id: 1 to 64 of letters, digits, full stop, hyphen, underscore and slash.
[[nodiscard]] bool is_reference(std::string_view text);

/// Longest texts, in code points.
namespace limits {
inline constexpr std::size_t name_max = 120;
inline constexpr std::size_t line_max = 200;
inline constexpr std::size_t text_max = 2'000;
inline constexpr std::size_t story_text_max = 8'000;
inline constexpr std::size_t heads_max = 10'000;
inline constexpr std::size_t attachments_max = 20;
inline constexpr std::size_t quotes_max = 20;
inline constexpr std::size_t consents_max = 50;
inline constexpr std::size_t answers_max = 100;
inline constexpr std::size_t people_max = 200;
inline constexpr std::size_t person_reference_max = 64;
inline constexpr std::int64_t attachment_bytes_max = 8LL * 1024 * 1024;
inline constexpr std::int32_t photo_side_max = 2'048; ///< pixels
inline constexpr std::int64_t shift_minutes_max = 24 * 60;
/// Work may be written up late, but not decades late: a mistyped year is caught here.
inline constexpr std::int64_t work_age_days_max = 3 * 366;
} // namespace limits

} // namespace tally
