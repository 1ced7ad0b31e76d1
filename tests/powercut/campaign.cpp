#include "tests/powercut/campaign.h"

#include "tests/powercut/phases.h"

#include <sys/wait.h>
#include <turbojpeg.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

namespace tally::powercut {

namespace {

namespace fs = std::filesystem;
using server::Program;
using test::DeviceUnderTest;
using test::ServerUnderTest;
using test::Words;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};
constexpr std::size_t devices_in_a_world = 3;

/// How long an operation takes when nobody ends it, as seen so far.
struct Measured
{
    double seconds = 0;
    double seconds_open = 0; ///< since it opened its database
    double operations = 0;   ///< on the disk of the machine that is watched
    bool is_known = false;

    void add(double more_seconds, double more_seconds_open, double more_operations)
    {
        const double part = is_known ? 0.3 : 1;
        seconds += part * (more_seconds - seconds);
        seconds_open += part * (more_seconds_open - seconds_open);
        operations += part * (more_operations - operations);
        is_known = true;
    }
};

/// Waits for its end, to the microsecond.
bool ends_within(Program& program, std::chrono::milliseconds at_most)
{
    const auto end = Clock::now() + at_most;
    siginfo_t info = {};
    while (Clock::now() < end) {
        info.si_pid = 0;
        if (waitid(P_PID, static_cast<id_t>(program.id()), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid != 0)
            return program.wait(patience);
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return false;
}

bool has_ended(pid_t program)
{
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(program), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
}

/// Complete lines alone: the program may have died in the middle of one.
std::vector<std::string> printed_ids(const std::string& out)
{
    constexpr std::size_t id_length = 36;
    std::vector<std::string> ids;
    for (std::size_t begin = 0, end = 0; (end = out.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        if (end - begin == id_length)
            ids.push_back(out.substr(begin, id_length));
    }
    return ids;
}

/// A photo of noise, which does not become small, so that it travels in several parts.
fs::path write_large_photo(const fs::path& folder, Random& random)
{
    constexpr int width = 900;
    constexpr int height = 700;
    std::string pixels = random.bytes(static_cast<std::size_t>(width) * height * 3);
    const tjhandle compressor = tjInitCompress();
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    tjCompress2(compressor, reinterpret_cast<unsigned char*>(pixels.data()), width, 0, height, TJPF_RGB,
                &bytes, &size, TJSAMP_420, 90, 0);
    const fs::path file = folder / ("large-" + std::to_string(random.u64()) + ".jpg");
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
    tjFree(bytes);
    tjDestroy(compressor);
    return file;
}

struct Device
{
    Device(const ServerUnderTest& server, std::string with_name)
        : name(std::move(with_name)), device(server, name)
    {
    }

    std::string name;
    DeviceUnderTest device;
    std::unique_ptr<Machine> machine;
    std::map<std::string, std::int64_t> promised; ///< ids that `capture` printed, with how many photos
    std::size_t saved_unsaid = 0;
};

/// What to give to `tallybook capture`, and how many photos go with it.
struct Capture
{
    std::string kind;
    std::string input;
    Words words = {"capture", "-"};
    std::int64_t photos = 0;
};

class World
{
public:
    World(const CampaignOptions& options, Random& random, std::map<std::string, Measured>& measured,
          CampaignReport& report)
        : m_options(options), m_random(random), m_measured(measured), m_report(report)
    {
        m_server.start();
        for (std::size_t i = 0; i < devices_in_a_world; ++i)
            m_devices.push_back(std::make_unique<Device>(m_server, "Tablet " + std::to_string(i + 1)));
        if (!options.fails_power)
            return;
        m_server.stop();
        m_machine = std::make_unique<Machine>(m_server.data(), options.preload);
        m_machine->set_lie(options.lie);
        m_server.set_environment(m_machine->environment());
        for (const auto& device : m_devices) {
            device->machine = std::make_unique<Machine>(device->device.data(), options.preload);
            device->machine->set_lie(options.lie);
            device->device.set_environment(device->machine->environment());
        }
        m_server.start();
    }

    /// Begins something and ends one of the programs in it.
    void step()
    {
        switch (draw(10)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return save();
        case 4:
        case 5:
        case 6:
            return sync();
        case 7:
            return start();
        default:
            return take_in();
        }
    }

    /// Sends everything, fails the power once more, and checks all that was promised.
    void finish()
    {
        std::vector<DeviceAtTheEnd> ends;
        for (const auto& device : m_devices)
            send_all(*device);
        m_server.kill();
        if (m_machine)
            m_report.cuts += m_machine->fail_power(m_random, Machine::Fate::AllLost);
        for (const auto& device : m_devices) {
            if (device->machine)
                m_report.cuts += device->machine->fail_power(m_random, Machine::Fate::AllLost);
            auto entries = check(*device);
            m_report.entries += static_cast<std::int64_t>(entries.size());
            for (const auto& [id, entry] : entries)
                m_report.photos += entry.photos;
            m_report.saved_unsaid += static_cast<std::int64_t>(entries.size() - device->promised.size());
            ends.push_back({&device->device, device->name, std::move(entries)});
        }
        start_server();
        m_server.stop();
        check_end(m_server, ends);
        ++m_report.checks;
        ++m_report.worlds;
    }

private:
    // The operations

    void save()
    {
        Device& device = any_device();
        const Capture capture = any_capture();
        const std::string what = "save, " + capture.kind;
        if (!m_measured[what].is_known)
            return save_whole(device, capture);
        const bool by_operations = arm(device.machine.get(), what, false);
        const auto program = begin(device, capture.words, capture.input);
        end(*program, device.device.data(), device.machine.get(), what, by_operations);
        note_promises(device, *program, capture.photos);
        check(device);
    }

    void sync()
    {
        const auto chosen = some_devices();
        for (Device* device : chosen)
            give_work(*device);
        Device& victim = *chosen.front();
        const bool is_first = !m_measured["sync"].is_known;
        const bool by_operations = arm(victim.machine.get(), "sync", is_first);
        std::vector<std::unique_ptr<Program>> programs;
        for (const Device* device : chosen)
            programs.push_back(begin(*device, {"sync", "--timeout", "30"}));
        if (is_first)
            measure("sync", victim, *programs.front());
        else
            end(*programs.front(), victim.device.data(), victim.machine.get(), "sync", by_operations);
        for (std::size_t i = 1; i < programs.size(); ++i) {
            if (!programs[i]->wait(patience) || programs[i]->status() != 0)
                throw Broken(chosen[i]->name + " could not sync: " + programs[i]->err());
        }
        check_arrived(m_server, victim.name, check(victim));
        ++m_report.checks;
    }

    /// Ends the server while devices send to it.
    void take_in()
    {
        const auto chosen = some_devices();
        for (Device* device : chosen)
            give_work(*device);
        const std::string what = "take in";
        const bool is_first = !m_measured[what].is_known;
        const bool by_operations = arm(m_machine.get(), what, is_first);
        const std::int64_t operations = m_machine ? m_machine->operations() : 0;
        const auto began = Clock::now();
        std::vector<std::unique_ptr<Program>> programs;
        for (const Device* device : chosen)
            programs.push_back(begin(*device, {"sync", "--timeout", "5"}));
        std::string phase;
        if (is_first || by_operations) {
            while (!has_ended(m_server.process_id()) && !all_ended(programs))
                std::this_thread::sleep_for(std::chrono::microseconds(300));
        } else {
            // Also after the last answer: then entries are still compared with others.
            std::this_thread::sleep_for(any_moment(m_measured[what].seconds));
            phase = kill_and_tell(m_server.process_id(), m_server.data());
        }
        const bool both = !is_first && draw(4) == 0;
        if (both)
            programs.front()->send_signal(SIGKILL);
        const bool has_come = m_machine && m_machine->never_end();
        const bool is_dead = !phase.empty() || has_come;
        for (const auto& program : programs) {
            if (!program->wait(patience))
                throw Broken("a device does not end although its server is gone");
        }
        if (is_first)
            m_measured[what].add(seconds_since(began), seconds_since(began),
                                 m_machine ? double(m_machine->operations() - operations) : 0);
        if (is_dead) {
            if (by_operations)
                phase = m_machine->last_operation();
            hit(what, phase);
            m_server.kill();
            fail(m_machine.get());
            start_server();
        } else {
            ++m_report.misses;
        }
        if (both)
            fail(chosen.front()->machine.get());
        for (const auto& device : m_devices)
            check_arrived(m_server, device->name, check(*device));
        ++m_report.checks;
    }

    /// Ends the server while it starts.
    void start()
    {
        m_server.kill();
        fail(m_machine.get());
        const std::string what = "start of the server";
        if (!m_measured[what].is_known) {
            const auto began = Clock::now();
            const std::int64_t operations = m_machine ? m_machine->operations() : 0;
            start_server();
            m_measured[what].add(seconds_since(began), seconds_since(began),
                                 m_machine ? double(m_machine->operations() - operations) : 0);
            return;
        }
        const bool by_operations = arm(m_machine.get(), what, false);
        Program program({server::programs_folder() / "tallybook-server", "serve", "--listen",
                         m_server.address().substr(m_server.address().find("://") + 3), "--data",
                         m_server.data()},
                        {{}, m_machine ? m_machine->environment() : test::Environment{}});
        // It does not end by itself: when it has started the moment has passed.
        const std::chrono::milliseconds usual(static_cast<std::int64_t>(3'000 * m_measured[what].seconds));
        end(program, m_server.data(), m_machine.get(), what, by_operations, usual);
        start_server();
        for (const auto& device : m_devices)
            check_arrived(m_server, device->name, check(*device));
        ++m_report.checks;
    }

    // What they are made of

    std::uint64_t draw(std::uint64_t choices) { return m_random.u64() % choices; }

    Device& any_device() { return *m_devices[draw(m_devices.size())]; }

    std::vector<Device*> some_devices()
    {
        std::vector<Device*> chosen;
        for (const auto& device : m_devices)
            chosen.push_back(device.get());
        for (std::size_t i = chosen.size(); i > 1; --i)
            std::swap(chosen[i - 1], chosen[draw(i)]);
        chosen.resize(1 + draw(chosen.size()));
        return chosen;
    }

    Capture any_capture()
    {
        Capture capture;
        const auto kind = draw(8);
        if (kind < 2) {
            capture.kind = "a story with photos";
            capture.photos = 1 + static_cast<std::int64_t>(draw(2));
            capture.input = test::story_input().dump();
            for (std::int64_t i = 0; i < capture.photos; ++i) {
                const fs::path file = i == 0 ? write_large_photo(m_photos.path(), m_random)
                                             : test::write_photo(m_photos.path(), unsigned(draw(1U << 30U)));
                capture.words.insert(capture.words.end(), {"--attach", file});
            }
            return capture;
        }
        const bool is_long = kind == 2;
        capture.kind = is_long ? "a thousand entries" : "a few entries";
        const std::uint64_t count = is_long ? 1'100 : 1 + draw(30);
        for (std::uint64_t i = 0; i < count; ++i)
            capture.input += (draw(6) == 0 ? test::delivery_input() : test::hours_input()).dump() + "\n";
        return capture;
    }

    static std::unique_ptr<Program> begin(const Device& device, const Words& words,
                                          const std::string& input = {})
    {
        return std::make_unique<Program>(device.device.words(words),
                                         server::ProgramOptions{input, device.device.environment()});
    }

    std::chrono::microseconds any_moment(double usual_seconds)
    {
        // Now and then right after it began, and up to a little after its usual end.
        const double end = draw(8) == 0 ? 0.005 : 1.1 * usual_seconds;
        return std::chrono::microseconds(draw(1 + static_cast<std::uint64_t>(1e6 * end)));
    }

    /// Half of the power cuts come in the n-th operation of the disk, the others at a moment of time.
    bool arm(Machine* machine, const std::string& what, bool is_first)
    {
        if (machine == nullptr || is_first || draw(2) == 0)
            return false;
        const auto most = static_cast<std::uint64_t>(1.1 * m_measured[what].operations) + 1;
        machine->end_after(1 + static_cast<std::int64_t>(draw(most)), static_cast<Moment>(draw(3)));
        return true;
    }

    /// Ends that program at a moment of its usual run.
    void end(Program& program, const fs::path& data, Machine* machine, const std::string& what,
             bool by_operations, std::chrono::milliseconds at_most = patience)
    {
        std::string phase;
        if (by_operations) {
            const bool has_ended_itself = ends_within(program, at_most);
            if (machine->never_end() && (has_ended_itself || program.wait(patience)))
                phase = machine->last_operation();
        } else {
            // Reading input and drawing small photos takes long and touches nothing: half of the kills come
            // after that.
            const bool when_open = draw(2) == 0 && wait_until_open(program.id(), data);
            std::this_thread::sleep_for(
                any_moment(when_open ? m_measured[what].seconds_open : m_measured[what].seconds));
            phase = kill_and_tell(program.id(), data);
        }
        program.send_signal(SIGKILL);
        if (!program.wait(patience))
            throw Broken("a killed program does not end");
        if (phase.empty())
            ++m_report.misses;
        else
            hit(what, phase);
        fail(machine);
    }

    void hit(const std::string& what, const std::string& phase)
    {
        ++m_report.hits[what][phase];
        ++m_report.kills;
    }

    /// After its programs have ended.
    void fail(Machine* machine)
    {
        if (machine == nullptr)
            return;
        // Sometimes only the program died, and the power fails later.
        if (draw(4) == 0)
            machine->program_ended();
        else
            m_report.cuts += machine->fail_power(m_random);
    }

    void measure(const std::string& what, const Device& device, Program& program)
    {
        const auto began = Clock::now();
        const Machine* const machine = device.machine.get();
        const std::int64_t operations = machine != nullptr ? machine->operations() : 0;
        wait_until_open(program.id(), device.device.data());
        const auto opened = Clock::now();
        if (!ends_within(program, patience) || program.status() != 0)
            throw Broken(what + " failed: " + program.err());
        m_measured[what].add(seconds_since(began), seconds_since(opened),
                             machine != nullptr ? double(machine->operations() - operations) : 0);
    }

    static double seconds_since(Clock::time_point began)
    {
        return std::chrono::duration<double>(Clock::now() - began).count();
    }

    static bool all_ended(const std::vector<std::unique_ptr<Program>>& programs)
    {
        return std::all_of(programs.begin(), programs.end(),
                           [](const auto& program) { return has_ended(program->id()); });
    }

    void save_whole(Device& device, const Capture& capture)
    {
        const auto program = begin(device, capture.words, capture.input);
        measure("save, " + capture.kind, device, *program);
        note_promises(device, *program, capture.photos);
    }

    static void note_promises(Device& device, const Program& program, std::int64_t photos)
    {
        for (const std::string& id : printed_ids(program.out()))
            device.promised[id] = photos;
    }

    /// Something to send: a batch, and now and then photos.
    void give_work(Device& device)
    {
        Capture batch;
        batch.kind = "a batch to send";
        for (std::uint64_t i = 0, count = 20 + draw(180); i < count; ++i)
            batch.input += test::hours_input().dump() + "\n";
        save_whole(device, batch);
        if (draw(2) == 0)
            return;
        Capture capture = any_capture();
        while (capture.photos == 0)
            capture = any_capture();
        save_whole(device, capture);
    }

    ShownEntries check(const Device& device)
    {
        ++m_report.checks;
        return check_device(device.device, device.name, device.promised);
    }

    void start_server()
    {
        try {
            m_server.start();
        } catch (const std::runtime_error& error) {
            throw Broken(std::string("the server does not start again: ") + error.what());
        }
    }

    void send_all(Device& device)
    {
        constexpr int attempts = 4;
        test::ProgramResult last;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            last = device.device.command({"sync"});
            if (last.ok())
                return;
        }
        throw Broken(device.name + " cannot send what it has: " + last.err);
    }

    const CampaignOptions& m_options;
    Random& m_random;
    std::map<std::string, Measured>& m_measured;
    CampaignReport& m_report;
    test::TemporaryFolder m_photos;
    ServerUnderTest m_server;
    std::unique_ptr<Machine> m_machine;
    std::vector<std::unique_ptr<Device>> m_devices;
};

} // namespace

void run_campaign(const CampaignOptions& options, CampaignReport& report)
{
    SeededRandom random(options.seed);
    std::map<std::string, Measured> measured;
    while (report.kills < options.kills) {
        World world(options, random, measured, report);
        const std::int64_t end = std::min(options.kills, report.kills + options.kills_per_world);
        while (report.kills < end)
            world.step();
        world.finish();
    }
}

} // namespace tally::powercut
