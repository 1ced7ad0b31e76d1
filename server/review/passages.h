#pragma once
/// Which passages of a text also stand in another one, to mark them side by side. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

struct Passage
{
    std::string text;
    bool shared = false;

    bool operator==(const Passage&) const = default;
};

/// The whole of `text` in order. Shared are runs of at least `words_min` words that stand in one of
/// `others` too, whatever their capital letters and punctuation. A text of fewer words than that is shared
/// when all of it stands there.
[[nodiscard]] std::vector<Passage> shared_passages(std::string_view text,
                                                   const std::vector<std::string_view>& others,
                                                   std::size_t words_min = 4);

} // namespace tally::server
