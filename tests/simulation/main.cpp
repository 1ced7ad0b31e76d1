/// Runs the real client and server over a simulated network, clock and disk, each run from one seed.
///
///     tally_simulation --seeds FROM-TO [--seconds N] [--brief]     as many as fit into N seconds
///     tally_simulation --seed N [--trace]
///
/// Ends with status 1 at the first promise that was broken, and prints the seed and what is left of its plan
/// after everything was taken out that the failure does not need (with --brief the seed alone).

#include "tests/simulation/disk.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/world.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using namespace tally::simulation;

struct Arguments
{
    std::uint64_t from = 1;
    std::uint64_t to = 100;
    double seconds = 0; ///< 0: no limit
    bool trace = false;
    bool is_one = false;
    bool is_brief = false;
};

int usage()
{
    std::fprintf(stderr, "tally_simulation --seeds FROM-TO [--seconds N] [--brief] | --seed N [--trace]\n");
    return 2;
}

bool parse(int count, char** words, Arguments& arguments)
{
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const char* const value = i + 1 < count ? words[i + 1] : nullptr;
        if (word == "--trace") {
            arguments.trace = true;
            continue;
        }
        if (word == "--brief") {
            arguments.is_brief = true;
            continue;
        }
        if (value == nullptr)
            return false;
        ++i;
        if (word == "--seed") {
            arguments.from = arguments.to = std::strtoull(value, nullptr, 10);
            arguments.is_one = true;
        } else if (word == "--seeds") {
            char* rest = nullptr;
            arguments.from = std::strtoull(value, &rest, 10);
            if (*rest != '-')
                return false;
            arguments.to = std::strtoull(rest + 1, nullptr, 10);
        } else if (word == "--seconds") {
            arguments.seconds = std::strtod(value, nullptr);
        } else {
            return false;
        }
    }
    return true;
}

void print_totals(const Totals& totals, double seconds)
{
    std::printf(
        "%lld runs in %.1f s: %.1f simulated device-days, %lld entries, %lld requests, %lld restarts, "
        "%lld checks\n",
        static_cast<long long>(totals.runs), seconds, static_cast<double>(totals.device_ms) / 86'400'000,
        static_cast<long long>(totals.entries), static_cast<long long>(totals.requests),
        static_cast<long long>(totals.restarts), static_cast<long long>(totals.checks));
    std::printf("messages: %lld lost, %lld answers lost, %lld repeated, %lld out of order, %lld cut, "
                "%lld damaged, %lld late; %lld entries sent again by hand\n",
                static_cast<long long>(totals.dropped), static_cast<long long>(totals.lost_answers),
                static_cast<long long>(totals.repeated), static_cast<long long>(totals.reordered),
                static_cast<long long>(totals.cut), static_cast<long long>(totals.corrupted),
                static_cast<long long>(totals.delayed), static_cast<long long>(totals.set_aside));
    const DiskCounts& disks = Disk::counts();
    std::printf("disks: %lld writes, %lld syncs, %lld sectors lost, %lld torn, %lld writes refused\n",
                static_cast<long long>(disks.writes), static_cast<long long>(disks.syncs),
                static_cast<long long>(disks.sectors_lost), static_cast<long long>(disks.sectors_torn),
                static_cast<long long>(disks.refused_full));
    for (int i = 0; i < happening_count; ++i)
        std::printf("%s %s %lld", i == 0 ? "happenings:" : ",", name_of(static_cast<Happening>(i)),
                    static_cast<long long>(totals.happened[static_cast<std::size_t>(i)]));
    std::printf("\n");
}

int report(Simulator& simulator, const Plan& plan, const std::string& failure)
{
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(plan.seed), failure.c_str());
    std::fflush(stdout);
    const Plan small = shrink(simulator, plan, failure);
    const Outcome outcome = simulator.run(small, Trace::Yes);
    std::printf("shrunk from %zu incidents on %d devices to %zu on %d:\n", plan.incidents.size(),
                plan.devices, small.incidents.size(), small.devices);
    for (const auto& line : outcome.trace)
        std::printf("%s\n", line.c_str());
    std::printf("broken: %s\nrun it whole again with --seed %llu --trace\n",
                outcome.failure.value_or("nothing any more").c_str(),
                static_cast<unsigned long long>(plan.seed));
    return 1;
}

int run(const Arguments& arguments)
{
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [start] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const char* const memory = "/dev/shm";
    const std::string folder = std::string(access(memory, W_OK) == 0 ? memory : "/tmp") +
                               "/tally-simulation-" + std::to_string(getpid());
    Simulator simulator(folder);
    for (std::uint64_t seed = arguments.from; seed <= arguments.to; ++seed) {
        if (arguments.seconds > 0 && elapsed() > arguments.seconds)
            break;
        const Plan plan = make_plan(seed);
        const Outcome outcome = simulator.run(plan, arguments.trace ? Trace::Yes : Trace::No);
        for (const auto& line : outcome.trace)
            std::printf("%s\n", line.c_str());
        if (arguments.is_one)
            std::printf("fingerprint %016llx\n", static_cast<unsigned long long>(outcome.fingerprint));
        if (outcome.failure && arguments.is_one && arguments.trace) {
            std::printf("broken: %s\n", outcome.failure->c_str());
            return 1;
        }
        if (outcome.failure && arguments.is_brief) {
            std::printf("seed %llu: %s\nfound after %.1f s and %lld runs\n",
                        static_cast<unsigned long long>(seed), outcome.failure->c_str(), elapsed(),
                        static_cast<long long>(simulator.totals().runs));
            return 1;
        }
        if (outcome.failure)
            return report(simulator, plan, *outcome.failure);
    }
    print_totals(simulator.totals(), elapsed());
    return 0;
}

} // namespace

int main(int count, char** words)
{
    Arguments arguments;
    if (!parse(count, words, arguments))
        return usage();
    // What the server says of its troubles is no news here.
    spdlog::set_level(spdlog::level::off);
    return run(arguments);
}
