#pragma once
/// What screens ask for. App carries the commands out after the frame; the next frame shows the result.

#include "client/screens/model.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tally::client::screens {

/// Set when the new entry replaces an older one.
struct Amendment
{
    Uuid replaces;
    std::string reason;
    bool puts_right = false;  ///< the older one was put aside: the server never had it
    bool needs_reason = true; ///< not when it puts right what was captured, rather than amended
};

struct Go
{
    Route route;
};
struct GoBack
{
};

struct SaveHours
{
    About about;
    HoursBody body;
    std::optional<Amendment> amendment;
    std::string draft; ///< ends with the entry
};

struct StoryPhoto
{
    std::string digest;
    std::string caption;
};

struct StorySignature
{
    std::size_t consent = 0; ///< index in the body's consents
    std::vector<widgets::Stroke> strokes;
};

struct SaveStory
{
    About about;
    StoryBody body;
    std::vector<StoryPhoto> photos;
    std::vector<StorySignature> signatures;
    std::vector<Attachment> kept; ///< of the entry that this one replaces
    std::optional<Amendment> amendment;
    std::string draft;
};

struct SaveFeedback
{
    About about;
    FeedbackBody body;
};

struct SaveDelivery
{
    About about;
    DeliveryBody body;
    std::optional<Amendment> amendment;
    std::string draft;
};

struct Withdraw
{
    Uuid entry;
    std::string reason;
};

/// The server could not take it; perhaps it can now.
struct SendAgain
{
    Uuid entry;
};

/// A put-aside entry does not travel any more.
struct TakeBack
{
    Uuid entry;
};

/// Which sticks are there now?
struct LookForSticks
{
};
/// A folder on this machine, as if it were a stick.
struct ChooseFolder
{
};
struct WriteBundle
{
    std::string folder;
    std::optional<Uuid> entry; ///< that one alone
};
struct StopBundle
{
};
struct ReadReceipts
{
    std::string file;
};
struct ChooseReceipts
{
};

/// Somebody takes their consent back with the code that they were given.
struct WithdrawConsent
{
    std::string code;
};

struct OpenSheet
{
    std::string event;
};
/// What the hours of the sheet have in common.
struct SetSheetDetails
{
    std::string host;
    std::string activity;
    std::string measure;
};
struct SignIn
{
    std::string name;
    WhoseTime whose_time = WhoseTime::Residents;
};
struct SignOut
{
    std::string row;
};
struct SignOutEverybody
{
};
struct RemoveSignIn
{
    std::string row;
};

/// Opens or closes the dialog that says how sync stands.
struct ShowSync
{
    bool yes = true;
};
struct SyncNow
{
};
struct Enrol
{
    std::string code;
    std::string pin; ///< empty for none
};
struct SetPin
{
    std::string old_pin; ///< empty for the first one
    std::string new_pin;
};
struct MakeNewKey
{
};
struct Unlock
{
    std::string pin;
};
struct LockAgain
{
};
struct ChangeSettings
{
    SettingsModel settings;
};

struct SaveDraft
{
    std::string id;
    std::string text;
};
struct DiscardDraft
{
    std::string id;
};

struct ChoosePhotos
{
};
struct ImportPhoto
{
    std::string file;
};
struct RemovePhoto
{
    std::size_t index = 0;
};
/// The photos of the story are forgotten, or those of a kept draft are fetched.
struct ForgetPhotos
{
};
struct FetchPhotos
{
    std::vector<std::string> digests;
};

struct PressToast
{
};

using Command =
    std::variant<Go, GoBack, SaveHours, SaveStory, SaveFeedback, SaveDelivery, Withdraw, SendAgain, TakeBack,
                 LookForSticks, ChooseFolder, WriteBundle, StopBundle, ReadReceipts, ChooseReceipts,
                 WithdrawConsent, OpenSheet, SetSheetDetails, SignIn, SignOut, SignOutEverybody, RemoveSignIn,
                 ShowSync, SyncNow, Enrol, MakeNewKey, SetPin, Unlock, LockAgain, ChangeSettings, SaveDraft,
                 DiscardDraft, ChoosePhotos, ImportPhoto, RemovePhoto, ForgetPhotos, FetchPhotos, PressToast>;

class CommandQueue
{
public:
    void push(Command command) { m_commands.push_back(std::move(command)); }
    [[nodiscard]] bool is_empty() const { return m_commands.empty(); }
    [[nodiscard]] std::vector<Command> take() { return std::exchange(m_commands, {}); }

private:
    std::vector<Command> m_commands;
};

} // namespace tally::client::screens
