/// Ends the real programs at random moments and checks what they promised. See README.md.
///
///     tally_powercut [--kills N] [--seed N] [--power] [--lie database|others|folders]
///     tally_powercut --check-journal
///
/// Ends with status 1 at the first promise that was broken. The seed draws what happens and when; what a
/// program has done by then is up to the machine, so a seed is a beginning, not a repetition.

#include "tests/powercut/campaign.h"
#include "tests/powercut/journal_check.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using namespace tally::powercut;

int usage()
{
    std::fprintf(stderr, "tally_powercut [--kills N] [--seed N] [--power] [--lie database|others|folders] |\n"
                         "tally_powercut --check-journal\n");
    return 2;
}

bool parse(int count, char** words, CampaignOptions& options)
{
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--power") {
            options.fails_power = true;
            continue;
        }
        if (i + 1 == count)
            return false;
        const std::string value = words[++i];
        if (word == "--kills")
            options.kills = std::strtoll(value.c_str(), nullptr, 10);
        else if (word == "--seed")
            options.seed = std::strtoull(value.c_str(), nullptr, 10);
        else if (word == "--lie" && value == "database")
            options.lie = Lie::Database;
        else if (word == "--lie" && value == "others")
            options.lie = Lie::Others;
        else if (word == "--lie" && value == "folders")
            options.lie = Lie::Folders;
        else
            return false;
    }
    return options.kills > 0;
}

void print(const CampaignReport& report, bool fails_power)
{
    const auto number = [](std::int64_t value) { return static_cast<long long>(value); };
    for (const auto& [what, phases] : report.hits) {
        std::int64_t all = 0;
        for (const auto& [phase, count] : phases)
            all += count;
        std::printf("%6lld in %s\n", number(all), what.c_str());
        for (const auto& [phase, count] : phases)
            std::printf("         %6lld  %s\n", number(count), phase.c_str());
    }
    std::printf(
        "%lld kills (%lld came too late) in %lld worlds; %lld entries with %lld photos, of which %lld "
        "entries were saved without a word; %lld checks\n",
        number(report.kills), number(report.misses), number(report.worlds), number(report.entries),
        number(report.photos), number(report.saved_unsaid), number(report.checks));
    if (fails_power)
        std::printf("%lld power cuts: of the unsynced sectors %lld kept, %lld lost, %lld torn, %lld older; "
                    "%lld lengths lost; names %lld kept, %lld lost\n",
                    number(report.cuts.cuts), number(report.cuts.sectors_kept),
                    number(report.cuts.sectors_lost), number(report.cuts.sectors_torn),
                    number(report.cuts.sectors_older), number(report.cuts.lengths_lost),
                    number(report.cuts.names_kept), number(report.cuts.names_lost));
}

int run_journal_check(const std::filesystem::path& preload)
{
    try {
        check_journal(preload);
    } catch (const std::exception& error) {
        std::printf("the journal misses something: %s\n", error.what());
        return 1;
    }
    std::printf("nothing was missed\n");
    return 0;
}

} // namespace

int main(int count, char** words)
{
    CampaignOptions options;
    options.seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    options.preload = tally::server::programs_folder() / "libtally_powercut.so";
    if (count == 2 && std::strcmp(words[1], "--check-journal") == 0)
        return run_journal_check(options.preload);
    if (!parse(count, words, options))
        return usage();
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    CampaignReport report;
    try {
        run_campaign(options, report);
    } catch (const Broken& broken) {
        print(report, options.fails_power);
        std::printf("broken after %lld kills: %s\n", static_cast<long long>(report.kills), broken.what());
        return 1;
    } catch (const std::exception& error) {
        std::printf("failed after %lld kills: %s\n", static_cast<long long>(report.kills), error.what());
        return 1;
    }
    print(report, options.fails_power);
    return 0;
}
