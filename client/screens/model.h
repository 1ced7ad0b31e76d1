#pragma once
/// What the screens show: plain values, filled by App, only read by screens. No ImGui, no store.

#include "client/widgets/pictures.h"
#include "shared/domain/evidence.h"
#include "shared/framework/consent_wording.h"
#include "shared/framework/framework.h"
#include "shared/framework/questionnaire.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client::screens {

enum class ScreenName
{
    Home,
    Hours,
    SignIn,
    Story,
    Delivery,
    Feedback,
    Entries,
    Entry,
    Settings,
    Enrol,
    WithdrawConsent,
    Bundle,
};

/// For the list of entries: which of them are shown at first.
inline constexpr std::string_view questions_alone = "questions";
inline constexpr std::string_view not_taken_alone = "not-taken";

/// Where the person is. `id` is an entry's or event's id when the screen is about one; the bundle screen
/// then carries that entry alone.
struct Route
{
    ScreenName screen = ScreenName::Home;
    std::string id = {};

    bool operator==(const Route&) const = default;
};

enum class SyncState
{
    NotEnrolled,
    Idle,
    Working,
    Offline,
    Refused,
    Failed
};

/// Why the last round of sync did not send everything.
enum class SyncTrouble
{
    None,
    NoAnswer,      ///< no network, or nobody answers
    TooSlow,       ///< the answer did not come in time
    ServerBusy,    ///< it has no time now
    NetworkSignIn, ///< something else answers, as networks do that want a sign-in first
    WrongServer,   ///< not the certificate that this device trusts
    WaitsForWifi,  ///< as the settings say
    WaitsForPower, ///< photos, while the battery is low
    PhotosRefused, ///< all else went well; `message` says why
    DeviceFull,
    DeviceDamaged, ///< its data cannot be read
    ServerFull,
    WrongClock,
    OldProgram, ///< this program and the server do not understand each other
    Other,      ///< `message` says what
};

struct SyncModel
{
    SyncState state = SyncState::Idle;
    std::int64_t entries_unsent = 0;
    std::int64_t photos_waiting = 0;
    std::int64_t withdrawals_waiting = 0; ///< codes of people who took their consent back
    std::optional<Timestamp> last_success;
    SyncTrouble trouble = SyncTrouble::None; ///< of the last round that ended, also while the next is on
    std::string message;                     ///< the program's own words for it; empty when all is well
    bool is_shown = false;                   ///< the dialog that says how sync stands
};

struct DeviceModel
{
    bool is_enrolled = false;
    bool is_kiosk = false;
    std::string name;
    std::string server;
    std::string server_name;
    std::string author;
    std::string data_folder;
    std::string program_version;
    /// Minutes that its clock is ahead of the council's, negative when behind; none while it is right or not
    /// known.
    std::optional<std::int64_t> clock_ahead_min;
    bool is_clock_known = false;
    bool has_new_key = false; ///< that waits for the next sync
};

struct MeasureModel
{
    std::string code;
    std::string title;
    std::string unit;
    MeasureKind kind = MeasureKind::Count;
    bool staff_only = false;
    bool once_per_person = false; ///< each person counts once a year
};

struct ContractModel
{
    std::string reference;
    std::string title;
    std::string supplier;
    std::vector<MeasureModel> measures;
};

struct EventModel
{
    std::string id;
    std::string contract;
    std::string title;
    std::string place; ///< id
    std::string place_title;
    Timestamp starts_at;
    Timestamp ends_at;
};

struct PlaceModel
{
    std::string id;
    std::string title;
};

enum class EntryState
{
    Unsent,
    Waiting,
    Queried,
    Accepted,
    Declined,
    Replaced,
    Withdrawn,
    Duplicate,
    Split,
    Erased,
    Rejected,
    Conflict
};

enum class ErasureReason
{
    Unknown,
    Withdrawal,
    Staff,
    Retention
};

struct EntryModel
{
    Uuid id;
    EvidenceKind kind = EvidenceKind::Hours;
    EntryAction action = EntryAction::Capture;
    Timestamp captured_at;
    EntryState state = EntryState::Unsent;
    std::string question; ///< of whoever queried it
    std::string note;     ///< of whoever decided, or why the server refused it
    std::int64_t photos = 0;
    std::int64_t photos_waiting = 0;
    std::string photo_problem; ///< why the server refused a photo of it the last time
    std::optional<Uuid> replaced_by;
    /// The words; null while they cannot be read without the PIN, or never again on this device.
    std::shared_ptr<const Entry> words;
    bool needs_pin = false;
    std::optional<Timestamp> erased_at; ///< in the state Erased, when the server said so
    ErasureReason erased_why = ErasureReason::Unknown;
};

/// Somebody on the sheet of an event.
struct SheetRow
{
    std::string id; ///< of the sign-in while here, of the hours entry afterwards
    std::string name;
    WhoseTime whose_time = WhoseTime::Residents;
    Timestamp in_at;
    std::optional<Timestamp> out_at;
    std::int64_t minutes = 0; ///< credited, once signed out
    bool forgotten = false;   ///< closed at the event's end
};

struct SheetModel
{
    std::string event; ///< id; empty while no sheet is open
    std::string host;
    std::string activity;
    std::string measure;
    std::vector<SheetRow> here;
    std::vector<SheetRow> gone;
    std::string problem; ///< why the last sign-in was refused
};

struct PhotoModel
{
    std::string file;   ///< that was chosen, or empty for one of a kept draft
    std::string digest; ///< of the prepared picture; empty while it is being made
    widgets::Texture texture;
    std::string problem;
};

struct DraftModel
{
    std::string id;
    std::string text;
    Timestamp updated_at;
};

struct LockModel
{
    bool has_pin = false;
    bool is_unlocked = false;
    bool is_busy = false;
    std::string problem; ///< "That PIN is not right."
};

/// What became of the withdrawal code that was typed last.
struct WithdrawalModel
{
    bool is_busy = false;
    bool is_done = false;
    std::int64_t erased = 0; ///< entries on this device
    std::string problem;
};

struct StickModel
{
    std::string folder;
    std::string name;
    std::int64_t free_bytes = 0;
    bool is_read_only = false;
    std::vector<std::string> receipts; ///< names of files on it that hold receipts, newest first
};

/// Carrying entries on a stick.
struct BundleModel
{
    enum class Stage
    {
        Waiting, ///< for what the person wants
        Writing,
        Written,
        Reading,
        Read,
    };

    bool has_looked = false; ///< for sticks, since the screen was opened
    bool is_looking = false;
    std::vector<StickModel> sticks;
    Stage stage = Stage::Waiting;
    std::int64_t done = 0; ///< while writing
    std::int64_t all = 0;
    // Of the bundle that was written.
    std::string file; ///< its name alone
    std::string stick;
    std::int64_t entries = 0;
    std::int64_t photos = 0;
    std::int64_t bytes = 0;
    // Of the receipts that were read.
    std::int64_t accepted = 0;
    std::int64_t rejected = 0;
    std::int64_t photos_there = 0;
    bool were_known = false; ///< nothing in them was new

    std::string problem; ///< why it did not work, and what to do
};

struct EnrolModel
{
    bool is_busy = false;
    std::string problem;
};

enum class TextSize
{
    Normal,
    Large,
    Largest
};

struct SettingsModel
{
    widgets::Appearance appearance = widgets::Appearance::Light;
    TextSize text_size = TextSize::Normal;
    bool sync_on_metered = true;
    bool photos_on_metered = false;
    std::int64_t keep_photos_days = 90; ///< after that sent ones make room; 0 never
    bool saves_battery = true;          ///< while the battery is low, photos wait and sync asks less often
    std::string feedback_place;         ///< where this device asks for feedback: a place or event
    std::string feedback_questionnaire; ///< id
};

struct ToastModel
{
    std::string message;
    std::string action_label; ///< empty when there is nothing to do
};

struct AppModel
{
    Timestamp now;
    std::int32_t utc_offset_min = 0;
    Date today;

    bool is_loading = true;
    std::string failure; ///< the store cannot be read or written; shown on every screen

    Route route;
    DeviceModel device;
    SyncModel sync;
    LockModel lock;
    EnrolModel enrol;
    WithdrawalModel withdrawal;
    BundleModel bundle;
    SettingsModel settings;

    std::vector<ContractModel> contracts;
    std::vector<EventModel> events; ///< in order of time
    std::vector<PlaceModel> places;
    std::vector<Questionnaire> questionnaires;
    std::vector<ConsentWording> consent_wordings; ///< oldest first
    std::vector<EntryModel> entries;     ///< newest first; all that wait for the worker are among them
    std::int64_t entries_not_listed = 0; ///< older ones
    std::vector<DraftModel> drafts;
    std::vector<PhotoModel> photos; ///< of the story being written, in the order in which they were added
    SheetModel sheet;
    std::optional<ToastModel> toast;
    std::int64_t saves = 0; ///< counts saved forms, so that a form knows that its own was kept

    [[nodiscard]] const ContractModel* find_contract(std::string_view reference) const;
    [[nodiscard]] const EventModel* find_event(std::string_view id) const;
    [[nodiscard]] const PlaceModel* find_place(std::string_view id) const;
    [[nodiscard]] const EntryModel* find_entry(std::string_view id) const;
    [[nodiscard]] const DraftModel* find_draft(std::string_view id) const;
    [[nodiscard]] const MeasureModel* find_measure(std::string_view contract, std::string_view code) const;
    /// The event that is on now, else the next of today, else the last of today; null when there is none.
    [[nodiscard]] const EventModel* event_of_today() const;
    [[nodiscard]] std::int64_t count(EntryState state) const;
    /// Entries that the server could not take and that wait for the worker.
    [[nodiscard]] std::int64_t not_taken() const;
};

/// The title and detail of an entry's row, as far as its words can be read.
struct EntryWords
{
    std::string title;
    std::string detail;
};
[[nodiscard]] EntryWords words_of(const EntryModel& entry, const AppModel& model);
/// "Erased on 3 November", or "Erased" when nobody said when.
[[nodiscard]] std::string erased_words(const EntryModel& entry, const AppModel& model);

/// True while the entry can still be amended or withdrawn: nothing stands in its place yet.
[[nodiscard]] bool can_change(const EntryModel& entry);
/// The server could not take it: it waits for the person, and holds up nothing else.
[[nodiscard]] bool is_put_aside(const EntryModel& entry);
/// "4.2 MB".
[[nodiscard]] std::string size_words(std::int64_t bytes);

} // namespace tally::client::screens
