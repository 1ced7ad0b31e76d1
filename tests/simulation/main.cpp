/// Runs the real client and server over a simulated network, clock and disk, each run from one seed.
///
///     tally_simulation --seeds FROM-TO [--seconds N] [--brief] [--fingerprints]    as many as fit into N
///     seconds tally_simulation --seed N [--trace]
///
/// Ends with status 1 at the first promise that was broken, and prints the seed and what is left of its plan
/// after everything was taken out that the failure does not need (with --brief the seed alone).

#include "tests/simulation/disk.h"
#include "tests/simulation/shrink.h"
#include "tests/simulation/world.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

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
    bool prints_fingerprints = false;
};

int usage()
{
    std::fprintf(
        stderr,
        "tally_simulation --seeds FROM-TO [--seconds N] [--brief] [--fingerprints] | --seed N [--trace]\n");
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
        if (word == "--fingerprints") {
            arguments.prints_fingerprints = true;
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

void print_count(const char* name, std::int64_t count, const char* before = ", ")
{
    std::printf("%s%lld %s", before, static_cast<long long>(count), name);
}

void print_totals(const Totals& totals, double seconds)
{
    std::int64_t checks = 0;
    for (const auto count : totals.checks)
        checks += count;
    std::printf("%lld runs in %.1f s: %.1f simulated device-days", static_cast<long long>(totals.runs),
                seconds, static_cast<double>(totals.device_ms) / 86'400'000);
    print_count("entries", totals.entries);
    print_count("photos arrived", totals.photos);
    print_count("entries erased", totals.erased);
    print_count("bundles taken", totals.bundles);
    print_count("backups", totals.backups);
    print_count("restored", totals.restores);
    print_count("requests", totals.requests);
    print_count("restarts", totals.restarts);
    print_count("entries sent again by hand", totals.set_aside);

    std::printf("\nmessages: ");
    print_count("lost", totals.dropped, "");
    print_count("answers lost", totals.lost_answers);
    print_count("repeated", totals.repeated);
    print_count("of these at another process", totals.other_process);
    print_count("out of order", totals.reordered);
    print_count("cut", totals.cut);
    print_count("damaged", totals.corrupted);
    print_count("late", totals.delayed);
    print_count("answers to enrolments lost", totals.lost_enrolments);

    std::printf("\nsticks and backups: ");
    print_count("bundles damaged", totals.damaged_bundles, "");
    print_count("bundles twice", totals.repeated_bundles);
    print_count("to the wrong server", totals.foreign_bundles);
    print_count("receipts damaged", totals.damaged_receipts);
    print_count("backups damaged", totals.damaged_backups);
    print_count("backups of another server", totals.wrong_backups);
    print_count("entries returned after a restore", totals.returned);
    print_count("that nobody had any more", totals.gone);

    const DiskCounts& disks = Disk::counts();
    std::printf("\ndisks: ");
    print_count("writes", disks.writes, "");
    print_count("syncs", disks.syncs);
    print_count("sectors lost", disks.sectors_lost);
    print_count("sectors torn", disks.sectors_torn);
    print_count("changes of other files", disks.file_calls);
    print_count("writes refused", disks.refused_full);

    for (const bool faults : {false, true}) {
        std::printf(faults ? "\nfaults:" : "\npeople:");
        for (int i = 0; i < happening_count; ++i)
            if (is_fault(static_cast<Happening>(i)) == faults)
                std::printf(" %s %lld", name_of(static_cast<Happening>(i)),
                            static_cast<long long>(totals.happened[static_cast<std::size_t>(i)]));
    }
    std::printf("\nchecks: %lld", static_cast<long long>(checks));
    for (int i = 0; i < check_count; ++i)
        std::printf(" %s %lld", name_of(static_cast<Check>(i)),
                    static_cast<long long>(totals.checks[static_cast<std::size_t>(i)]));
    std::printf("\n");
}

/// So many runs have something of everything: a fault or a check that never comes is one that was lost.
constexpr std::int64_t runs_for_everything = 1'000;

/// Says what never happened; false when there was something.
bool has_everything(const Totals& totals)
{
    std::vector<std::string> never;
    for (int i = 0; i < happening_count; ++i)
        if (totals.happened[static_cast<std::size_t>(i)] == 0)
            never.emplace_back(name_of(static_cast<Happening>(i)));
    for (int i = 0; i < check_count; ++i)
        if (totals.checks[static_cast<std::size_t>(i)] == 0)
            never.push_back(std::string("check of ") + name_of(static_cast<Check>(i)));
    const std::pair<const char*, std::int64_t> others[] = {
        {"message lost", totals.dropped},
        {"answer lost", totals.lost_answers},
        {"message repeated", totals.repeated},
        {"message repeated at another process", totals.other_process},
        {"message out of order", totals.reordered},
        {"message cut", totals.cut},
        {"message damaged", totals.corrupted},
        {"message late", totals.delayed},
        {"answer to an enrolment lost", totals.lost_enrolments},
        {"bundle damaged", totals.damaged_bundles},
        {"bundle twice", totals.repeated_bundles},
        {"bundle to the wrong server", totals.foreign_bundles},
        {"receipts damaged", totals.damaged_receipts},
        {"backup damaged", totals.damaged_backups},
        {"backup of another server", totals.wrong_backups},
        {"entry returned", totals.returned},
        {"photo arrived", totals.photos},
        {"sector lost", Disk::counts().sectors_lost},
        {"sector torn", Disk::counts().sectors_torn},
        {"write refused", Disk::counts().refused_full},
    };
    for (const auto& [name, count] : others)
        if (count == 0)
            never.emplace_back(name);
    for (const auto& name : never)
        std::printf("never in %lld runs: %s\n", static_cast<long long>(totals.runs), name.c_str());
    return never.empty();
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
    // Its length stands in the databases, and so decides where they are torn: always the same.
    const std::string number = std::to_string(getpid());
    const std::string folder = std::string(access(memory, W_OK) == 0 ? memory : "/tmp") +
                               "/tally-simulation-" +
                               std::string(8 - std::min<std::size_t>(8, number.size()), '0') + number;
    Simulator simulator(folder);
    for (std::uint64_t seed = arguments.from; seed <= arguments.to; ++seed) {
        if (arguments.seconds > 0 && elapsed() > arguments.seconds)
            break;
        const Plan plan = make_plan(seed);
        const Outcome outcome =
            simulator.run(plan, arguments.trace && seed == arguments.to ? Trace::Yes : Trace::No);
        for (const auto& line : outcome.trace)
            std::printf("%s\n", line.c_str());
        if (arguments.is_one || arguments.prints_fingerprints)
            std::printf("%llu: fingerprint %016llx\n", static_cast<unsigned long long>(seed),
                        static_cast<unsigned long long>(outcome.fingerprint));
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
    const bool is_complete =
        simulator.totals().runs < runs_for_everything || has_everything(simulator.totals());
    return is_complete ? 0 : 1;
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
