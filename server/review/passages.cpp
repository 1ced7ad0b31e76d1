#include "server/review/passages.h"

#include <algorithm>
#include <set>

namespace tally::server {
namespace {

struct Word
{
    std::string letters; ///< as it is compared
    std::size_t begin = 0;
    std::size_t end = 0; ///< behind its last letter
};

bool is_letter(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Letters outside ASCII stay as they are: comparing marks words, it decides nothing.
std::vector<Word> words_of(std::string_view text)
{
    std::vector<Word> words;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_letter(text[i])) {
            inside = false;
            continue;
        }
        if (!inside)
            words.push_back({"", i, i});
        inside = true;
        const char c = text[i];
        words.back().letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        words.back().end = i + 1;
    }
    return words;
}

std::string run_of(const std::vector<Word>& words, std::size_t first, std::size_t count)
{
    std::string run;
    for (std::size_t i = first; i < first + count; ++i)
        run.append(words[i].letters).push_back(' ');
    return run;
}

} // namespace

std::vector<Passage> shared_passages(std::string_view text, const std::vector<std::string_view>& others,
                                     std::size_t words_min)
{
    const auto words = words_of(text);
    const std::size_t length = std::max<std::size_t>(1, std::min(words_min, words.size()));
    std::set<std::string> runs;
    for (const auto other : others) {
        const auto theirs = words_of(other);
        for (std::size_t i = 0; i + length <= theirs.size(); ++i)
            runs.insert(run_of(theirs, i, length));
    }
    std::vector<bool> shared(words.size(), false);
    for (std::size_t i = 0; i + length <= words.size(); ++i)
        if (runs.contains(run_of(words, i, length)))
            std::fill_n(shared.begin() + static_cast<std::ptrdiff_t>(i), length, true);

    std::vector<Passage> passages;
    const auto add = [&](std::size_t from, std::size_t to, bool is_shared) {
        if (from == to)
            return;
        if (passages.empty() || passages.back().shared != is_shared)
            passages.push_back({"", is_shared});
        passages.back().text += text.substr(from, to - from);
    };
    std::size_t done = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        // What stands between two shared words belongs to the passage.
        const bool joined = i > 0 && shared[i] && shared[i - 1];
        add(done, words[i].begin, joined);
        add(words[i].begin, words[i].end, shared[i]);
        done = words[i].end;
    }
    add(done, text.size(), false);
    return passages;
}

} // namespace tally::server
