#pragma once
/// How sync stands, in words: for the badge, the dialog behind it, the start and the settings.

#include "client/screens/screen.h"

#include <string>

namespace tally::client::screens {

struct SyncBadge
{
    widgets::Icon icon;
    std::string word;
    widgets::Tone tone;
};
/// Never "All sent" while something was not taken or still waits.
[[nodiscard]] SyncBadge badge_of(const AppModel& model);

struct SyncWords
{
    widgets::Icon icon = widgets::Icon::None;
    widgets::Tone tone = widgets::Tone::Neutral;
    std::string title; ///< empty when there is nothing to say
    std::string text;
};
/// Why the last round did not send everything, and what to do about it.
[[nodiscard]] SyncWords trouble_words(const SyncModel& sync);
/// It does not pass by itself: somebody has to do something.
[[nodiscard]] bool needs_somebody(const SyncModel& sync);

/// "3 entries, 2 photos and 1 withdrawal"; what is none is left out.
[[nodiscard]] std::string counts_words(std::int64_t entries, std::int64_t photos,
                                       std::int64_t withdrawals = 0);
/// "Today, 10:41".
[[nodiscard]] std::string last_success_words(const AppModel& model);

} // namespace tally::client::screens
