#pragma once
/// The inside of a run: machines, what they promised, and everything that happens to them. World is one
/// object because each event may touch any machine; its parts are in world.cpp (time and the end),
/// world_devices.cpp, world_servers.cpp, world_messages.cpp, world_people.cpp (what people do and get wrong)
/// and world_bundles.cpp.

#include "tests/simulation/audit.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/device_node.h"
#include "tests/simulation/server_node.h"
#include "tests/simulation/world.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

namespace tally::simulation {

/// What becomes of one request: the same draw for the same request, whatever else was taken out of the plan.
struct Fate
{
    bool drop_request = false;
    bool drop_answer = false;
    bool repeat = false;
    bool cut = false;
    bool corrupt = false;
    std::int64_t there_ms = 0;
    std::int64_t back_ms = 0;
    std::int64_t repeat_ms = 0;
    std::uint64_t place = 0;   ///< where it is cut or corrupted
    std::uint64_t process = 0; ///< to which of the server's processes it goes
};

struct OldRequest
{
    std::size_t site = 0;
    client::HttpRequest request;
};

/// A tablet or kiosk.
struct DeviceNode
{
    DeviceNode(const std::filesystem::path& own_folder, std::uint64_t seed, const std::int64_t& elapsed_ms)
        : folder(own_folder), disk(own_folder.string(), seed), clock(elapsed_ms)
    {
    }

    std::filesystem::path folder;
    Disk disk;
    MachineClock clock;
    std::unique_ptr<DeviceProgram> program; ///< none while it is off
    KnownEntries known;                     ///< what its worker was told is saved
    std::size_t site = 0;                   ///< where it is enrolled
    std::uint64_t boot = 0;
    std::uint64_t requests = 0;
    bool waits_for_answer = false;
    std::uint64_t last_arrived = 0;
    std::uint64_t rounds_done = 0; ///< in which every enrolment had its turn
    std::uint64_t timer = 0;       ///< number of the timer that counts
    std::int64_t offline_until_ms = 0;
    bool is_remote = false;
    bool is_disk_full = false;
    int enrolments = 0;
    std::deque<OldRequest> sent;           ///< the last few batches
    std::set<std::string> withdrawn_codes; ///< that were typed in here
};

/// An enrolment, as the people who run the servers know it.
struct Enrolment
{
    std::size_t site = 0;
    std::string name;
    bool is_cloned = false;      ///< two tablets have it
    bool may_be_revoked = false; ///< somebody tried to
    bool is_revoked = false;     ///< somebody was told that it is
};

struct Backup
{
    std::filesystem::path file;
    // What was promised before it was made, and is in it.
    std::set<Uuid> held;
    std::map<std::string, Uuid> photos;
};

struct SavedPhoto
{
    Uuid entry;
    std::size_t bytes = 0; ///< sealed
};

/// A council: a machine with the server's program, once or twice, over one database.
struct Site
{
    Site(std::size_t place, const std::filesystem::path& folder, std::uint64_t seed,
         const std::int64_t& elapsed_ms, int process_count)
        : number(place), data(folder / ("server-" + std::to_string(place))),
          shelf(folder / ("shelf-" + std::to_string(place))), disk(data.string(), seed), clock(elapsed_ms),
          processes(static_cast<std::size_t>(process_count)),
          address("http://council-" + std::to_string(place) + ":1")
    {
    }

    [[nodiscard]] bool is_up() const;
    /// The process that a balancer chooses: another one when that is down.
    [[nodiscard]] ServerProgram& process(std::uint64_t choice);

    std::size_t number;
    std::filesystem::path data;
    std::filesystem::path shelf; ///< backups lie elsewhere
    Disk disk;
    MachineClock clock;
    std::vector<std::unique_ptr<ServerProgram>> processes; ///< none for one that is down
    std::string address;
    int moves = 0;
    int restores = 0;
    bool is_disk_full = false;
    bool is_lost = false;  ///< its disk broke, and nothing was restored yet
    bool is_wrong = false; ///< somebody restored the backup of another server
    /// Its keys were changed: programs that began before sign nothing, and no backup has the new ones.
    bool has_new_keys = false;

    // What was promised.
    std::map<Uuid, std::string> acknowledged; ///< digests, hex
    std::map<Uuid, std::string> to_return;    ///< of those, what a restored backup lacked
    std::map<std::string, Uuid> photos;       ///< that arrived, with their entry
    std::map<std::string, Uuid> lost_photos;  ///< whose files somebody removed, until they arrive again
    std::set<Uuid> erased;
    std::set<std::string> withdrawn_codes; ///< that were handed in here
    std::int64_t decisions = 0;
    std::vector<Backup> backups;
    int backup_trials = 0; ///< some end with the power
};

class World
{
public:
    World(const Plan& plan, Trace trace, const std::filesystem::path& folder, const Images& images,
          Totals& totals);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Outcome run();

private:
    // Time (world.cpp)
    struct Event
    {
        std::int64_t at_ms = 0;
        std::uint64_t number = 0;
        std::function<void()> action;

        bool operator>(const Event& other) const
        {
            return at_ms != other.at_ms ? at_ms > other.at_ms : number > other.number;
        }
    };

    void at(std::int64_t at_ms, std::function<void()> action);
    void in(std::int64_t ms, std::function<void()> action);
    bool step();
    void run_until(std::int64_t end_ms);
    void say(const std::string& line);
    [[nodiscard]] std::int64_t draw(std::int64_t end);
    [[nodiscard]] static std::string label(std::size_t device) { return "device " + std::to_string(device); }
    [[nodiscard]] static std::string label(const Site& site)
    {
        return "server " + std::to_string(site.number);
    }
    void happen(const Incident& incident);

    // The end (world.cpp)
    void heal();
    void run_until_quiet();
    [[nodiscard]] bool settle();
    [[nodiscard]] std::vector<std::uint64_t> log_sizes();
    [[nodiscard]] static bool is_enrolled_at(DeviceNode& device, const Site& site);
    void fetch_news(std::int64_t end_ms);
    void check_everything();
    void wait_for(std::int64_t end_ms, const std::function<bool(std::size_t)>& condition, const char* what);
    [[nodiscard]] bool has_sent_everything(std::size_t number);
    [[nodiscard]] bool can_still_send(DeviceNode& device);
    [[nodiscard]] bool can_hear(DeviceNode& device);
    [[nodiscard]] bool is_revoked(const Uuid& enrolled);
    void check_returned();
    void check_lost_photos();
    void check_codes();
    void check_revoked();
    void check_keys(std::size_t number);

    // Servers (world_servers.cpp)
    void start_site(Site& site);
    void stop_site(Site& site, bool power);
    void kill_process(Site& site, std::size_t which);
    [[nodiscard]] bool is_alive(Site& site);
    /// For what is done at a server and may be interrupted by the end of its power or its disk.
    void at_server(Site& site, const char* what, const std::function<void(ServerProgram&)>& work);
    void check_promises(Site& site);
    void check_photos(Site& site);
    void note_receipt(Site& site, std::string_view batch, std::string_view receipt);
    void note_promises(Site& site, const client::HttpRequest& request, const client::HttpResponse& answer);
    void note_photo(Site& site, const std::string& digest);
    void note_upload(Site& site, const client::HttpRequest& request, const client::HttpResponse& answer);
    void note_erasures(Site& site);
    void back_up(Site& site);
    void lose_disk(Site& site, std::int64_t amount);
    void lose_photos(Site& site, std::int64_t amount);
    void restore(Site& site, Backup backup, bool is_foreign);
    void restore_damaged(Site& site, const Backup& backup);
    void forget_what_is_lost(Site& site, const Backup& backup);
    void move_site(Site& site, std::int64_t amount);
    void change_server_key(Site& site, std::int64_t restart_ms);
    [[nodiscard]] Site* site_at(std::string_view address);
    /// Also by an address that it had earlier.
    [[nodiscard]] Site* site_once_at(std::string_view address);

    // Devices (world_devices.cpp)
    void start_device(std::size_t number);
    void stop_device(std::size_t number, bool power);
    void after_failure(std::size_t number, const char* what);
    void check_saved(std::size_t number);
    void adopt_enrolments(std::size_t number);
    /// False when there was nothing to take back.
    bool take_back(DeviceNode& device, const Incident& incident);
    void note_saved(DeviceNode& device, const Uuid& id, const client::CaptureRequest& request);
    [[nodiscard]] std::int64_t uptime_ms() const;
    void ask(std::size_t number, client::SyncTrigger trigger);
    void drive(std::size_t number);
    void end_round(std::size_t number);
    void wake(std::size_t number, std::int64_t wait_ms);
    void empty_disk(std::size_t number);
    void wipe(std::size_t number);
    void clone(std::size_t from, std::size_t to);
    [[nodiscard]] bool is_asked_for_key(const client::Identity& identity);
    [[nodiscard]] std::optional<client::EntryRow> chosen_entry(DeviceNode& device, std::int64_t amount);
    [[nodiscard]] EvidenceKind some_kind(std::size_t number, Happening what, Random& random) const;
    [[nodiscard]] client::CaptureRequest some_request(std::size_t number, const Incident& incident);
    void save(std::size_t number, const Incident& incident);

    // Messages (world_messages.cpp)
    void send(std::size_t number, const client::HttpRequest& request, const client::Identity& to);
    void arrive(std::size_t number, std::uint64_t boot, std::uint64_t serial, std::size_t site,
                client::HttpRequest request, const Fate& fate);
    void answered(std::size_t number, std::uint64_t boot, std::uint64_t serial,
                  const Result<client::HttpResponse>& answer);
    void repeat_old_send(std::size_t number, std::int64_t amount);

    // People (world_people.cpp)
    void decide(Site& site, std::int64_t choice);
    void erase(Site& site, std::int64_t choice);
    void hand_in_code(std::size_t number, std::int64_t choice);
    void type_code(std::size_t number, std::int64_t choice);
    [[nodiscard]] std::string some_code(std::size_t number, std::int64_t choice) const;
    [[nodiscard]] bool may_be_erased(const Uuid& entry) const;
    void asked_to_erase(const Uuid& entry);
    void asked_to_withdraw(const std::string& code);
    [[nodiscard]] std::optional<std::string> make_code(std::size_t number, Site& site,
                                                       const std::string& name);
    [[nodiscard]] Result<client::Identity> use_code(std::size_t number, Site& site, const std::string& code);
    void enrol_device(std::size_t number);
    void revoke(std::size_t number);
    void change_key(std::size_t number, std::int64_t amount);
    void use_code_twice(std::size_t number);
    void use_code_late(std::size_t number, std::int64_t after_ms);
    void give_name_twice(std::size_t number);
    void import_contract(Site& site);
    void import_wrong_contract(Site& site);

    // Bundles (world_bundles.cpp)
    void carry_bundle(std::size_t number, std::int64_t amount);
    [[nodiscard]] std::optional<std::string> export_bundle(std::size_t number);
    /// The receipts; none when the server cannot take it now, or not at all.
    std::optional<std::string> import_bundle(Site& site, const std::string& bundle, bool is_damaged);
    void import_receipts(std::size_t number, const std::string& receipts);
    void bring_to_server(std::size_t number, std::size_t site, const std::string& bundle,
                         std::int64_t amount);
    void bring_back(std::size_t number, const std::string& receipts, std::int64_t amount);
    void carry_everything(std::size_t number);
    struct Carried
    {
        std::int64_t entries = 0;
        std::int64_t photos = 0;
    };
    /// Of what waits on the device.
    [[nodiscard]] Carried could_be_carried(DeviceNode& device);

    const Plan& m_plan;
    Trace m_trace;
    Totals& m_totals;
    Audit m_audit;
    std::filesystem::path m_folder;
    const Images& m_images;
    std::int64_t m_now_ms = 0;
    SystemRandom m_random;
    SeededRandom m_choices;
    std::vector<std::unique_ptr<Site>> m_sites;
    std::vector<std::unique_ptr<DeviceNode>> m_devices;
    std::map<Uuid, Enrolment> m_enrolments;
    std::map<Uuid, Uuid> m_roots;        ///< first form of each entry
    std::map<Uuid, std::string> m_codes; ///< withdrawal codes of stories
    SavedWork m_saved;
    /// What the server did not take and its worker took back or put right, with what stands for it.
    TakenBack m_taken_back;
    std::map<std::string, SavedPhoto> m_pictures; ///< by the digest of their sealed bytes
    std::set<Uuid> m_asked_roots;                 ///< of which somebody asked that they are erased
    std::set<std::string> m_asked_codes;
    int m_mistakes = 0;
    bool m_is_healed = false;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> m_events;
    std::uint64_t m_event_number = 0;
    std::vector<std::string> m_lines;
    std::uint64_t m_fingerprint = 14'695'981'039'346'656'037ULL;
};

} // namespace tally::simulation
