/// Runs the fuzz targets without a fuzzer: over their seeds, over what once went wrong (`regressions/`), over
/// cut and changed seeds, and over files given by hand.

#include "shared/base/files.h"
#include "shared/base/random.h"
#include "tests/fuzz/fuzz.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

using namespace tally;
namespace fs = std::filesystem;

namespace {

/// A few of the changes that a fuzzer would make, the same each time.
std::vector<std::string> changed(const std::string& seed, Random& random)
{
    constexpr int changes = 40;
    std::vector<std::string> out;
    for (int i = 0; i < changes && !seed.empty(); ++i) {
        const std::string dice = random.bytes(6);
        const auto number = [&](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(dice[at]) * 256 +
                                            static_cast<unsigned char>(dice[at + 1]));
        };
        std::string copy = seed;
        const std::size_t place = number(0) * 65'537 % seed.size();
        if (i % 4 == 0)
            copy.resize(place);
        else if (i % 4 == 1)
            copy[place] = dice[5];
        else if (i % 4 == 2)
            copy.insert(place, seed, number(2) % seed.size(), number(4) % 64);
        else
            copy.erase(place, number(2) % 16 + 1);
        out.push_back(std::move(copy));
    }
    return out;
}

int replay(const fs::path& regressions)
{
    std::size_t inputs = 0;
    const auto targets = fuzz::all_targets();
    for (const auto& target : targets) {
        std::printf("%s\n", target.name.c_str());
        std::fflush(stdout); // the name of the target that crashes is the last line
        SeededRandom random(1);
        for (const auto& seed : target.seeds()) {
            target.check(seed);
            ++inputs;
            for (const auto& other : changed(seed, random)) {
                target.check(other);
                ++inputs;
            }
        }
        target.check("");
        if (!fs::exists(regressions / target.name))
            continue;
        for (const auto& file : fs::directory_iterator(regressions / target.name)) {
            std::printf("%s\n", file.path().c_str());
            std::fflush(stdout);
            target.check(read_file(file.path()).value());
            ++inputs;
        }
    }
    std::printf("%zu inputs\n%zu passed, 0 failed\n", inputs, targets.size());
    return 0;
}

/// One folder for each target, one file for each seed.
int write_seeds(const fs::path& folder)
{
    for (const auto& target : fuzz::all_targets()) {
        fs::create_directories(folder / target.name);
        int number = 0;
        for (const auto& seed : target.seeds())
            std::ofstream(folder / target.name / ("seed-" + std::to_string(number++)), std::ios::binary)
                << seed;
        std::printf("%s\n", target.name.c_str());
    }
    return 0;
}

} // namespace

int main(int count, char** words)
{
    if (count == 3 && std::strcmp(words[1], "--write") == 0)
        return write_seeds(words[2]);
    if (count == 1)
        return replay(fs::path(TALLY_SOURCE_DIR) / "tests/fuzz/regressions");
    // TARGET FILE...
    for (const auto& target : fuzz::all_targets())
        for (int i = 2; i < count && target.name == words[1]; ++i)
            target.check(read_file(words[i]).value());
    return 0;
}
