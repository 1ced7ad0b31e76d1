#pragma once
/// The device's store and what acts on it, for one thread: the service thread. Turns the screens'
/// commands into calls of store, vault and capture, and reads what the screens show. Slow calls are
/// welcome here; nothing in here knows of the window.

#include "client/capture/capture.h"
#include "client/capture/sign_in_sheet.h"
#include "client/screens/commands.h"
#include "client/screens/model.h"
#include "client/store/store.h"
#include "client/store/vault.h"
#include "shared/base/random.h"
#include "shared/base/time.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tally::client {

/// What changes when something was saved.
struct EntriesRead
{
    std::vector<screens::EntryModel> entries;
    std::vector<screens::DraftModel> drafts;
    screens::SheetModel sheet;
    screens::LockModel lock;
    std::int64_t unsent = 0;
    std::int64_t photos_waiting = 0;
    std::int64_t withdrawals_waiting = 0;
    std::int64_t not_listed = 0; ///< older entries that wait for nobody
};

/// What changes when the server told something, or when the device was enrolled.
struct WorldRead
{
    screens::DeviceModel device;
    std::vector<screens::ContractModel> contracts;
    std::vector<screens::EventModel> events;
    std::vector<screens::PlaceModel> places;
    std::vector<Questionnaire> questionnaires;
    std::vector<ConsentWording> consent_wordings;
};

/// A photo that is ready for the form.
struct PhotoRead
{
    std::string digest;
    Pixels thumbnail;
};

class Services
{
public:
    /// Opens the store. `clock` must outlive it. Fails as Store::open does.
    [[nodiscard]] static Result<std::unique_ptr<Services>> open(const std::filesystem::path& folder,
                                                                const Clock& clock);

    /// The newest, and older ones that wait for the worker.
    [[nodiscard]] EntriesRead read_entries();
    [[nodiscard]] WorldRead read_world();

    [[nodiscard]] screens::SettingsModel settings();
    void set_settings(const screens::SettingsModel& settings);
    [[nodiscard]] bool is_kiosk();

    // Each fails with a sentence for the person.
    [[nodiscard]] Result<Uuid> save(const screens::SaveHours& command);
    [[nodiscard]] Result<Uuid> save(const screens::SaveStory& command);
    [[nodiscard]] Result<Uuid> save(const screens::SaveFeedback& command);
    [[nodiscard]] Result<Uuid> save(const screens::SaveDelivery& command);
    [[nodiscard]] Result<Uuid> withdraw(const Uuid& entry, const std::string& reason);
    /// Puts a rejected entry back into the queue. Fails as Store::send_again does.
    [[nodiscard]] Result<void> send_again(const Uuid& entry);
    /// Fails as Store::take_back does.
    [[nodiscard]] Result<void> take_back(const Uuid& entry);
    /// How many entries were erased on this device.
    [[nodiscard]] Result<std::size_t> withdraw_consent(const std::string& code);

    [[nodiscard]] Result<void> unlock(const std::string& pin);
    [[nodiscard]] Result<void> set_pin(const std::string& old_pin, const std::string& new_pin);
    void lock() { m_vault.lock(); }
    /// A new key for this device, which takes the present one's place with the next sync. Fails as
    /// OwnKey::make_next does.
    [[nodiscard]] Result<void> make_new_key();

    void keep_draft(const std::string& id, const std::string& text);
    void drop_draft(const std::string& id);

    // The sheet of one event at a time.
    void open_sheet(const std::string& event);
    void set_sheet_details(const screens::SetSheetDetails& details);
    [[nodiscard]] Result<void> sign_in(const screens::SignIn& command);
    /// The minutes credited; none when it was less than one.
    struct SignedOut
    {
        std::string name;
        std::optional<Uuid> entry;
        SignIn sign_in;
    };
    [[nodiscard]] Result<SignedOut> sign_out(const std::string& row);
    /// How many were signed out.
    [[nodiscard]] Result<std::size_t> sign_out_everybody();
    void remove_sign_in(const std::string& row);
    /// Takes back a sign-out: withdraws its hours and puts the person back on the sheet.
    [[nodiscard]] Result<void> undo_sign_out(const SignedOut& signed_out);
    /// Signs out, at the event's end, whoever was forgotten at an event that is over.
    void close_past_sheets();

    // Photos of the story being written.
    // `entry` is the one that the story amends; empty for a new story.
    [[nodiscard]] Result<PhotoRead> import_photo(const std::string& file, const std::string& entry);
    [[nodiscard]] std::vector<PhotoRead> fetch_photos(const std::vector<std::string>& digests,
                                                      const std::string& entry);
    void forget_photos() { m_photos.clear(); }
    void remove_photo(const std::string& digest, const std::string& entry);

private:
    Services(Store store, std::filesystem::path folder, const Clock& clock);

    [[nodiscard]] std::vector<EntryRow> listed_rows();
    [[nodiscard]] screens::EntryModel model_of(const EntryRow& row, bool reads_words);
    void forget_erased(const Uuid& id);
    [[nodiscard]] std::unique_ptr<SignInSheet> sheet_of(const Event& event);
    [[nodiscard]] std::optional<Event> event_with(const std::string& id);
    [[nodiscard]] SheetDetails details_of(const Event& event);
    [[nodiscard]] std::shared_ptr<const Entry> words_of(const EntryRow& row, bool& needs_pin);
    [[nodiscard]] std::vector<screens::MeasureModel> measures_of(const Contract& contract);
    [[nodiscard]] Result<Uuid> capture(EvidenceKind kind, const About& about, EntryBody body,
                                       const std::optional<screens::Amendment>& amendment,
                                       CaptureRequest request, const std::string& draft);

    std::filesystem::path m_folder;
    const Clock& m_clock;
    SystemRandom m_random;
    Store m_store;
    Vault m_vault;
    Capture m_capture;
    std::unique_ptr<SignInSheet> m_sheet;
    std::map<Uuid, std::shared_ptr<const Entry>> m_words; ///< opened entries, which never change
    std::set<Uuid> m_erased;                              ///< of which this run holds nothing any more
    std::vector<ConsentWording> m_consent_wordings;
    std::map<std::string, std::vector<screens::MeasureModel>> m_measures; ///< by framework id@version
    std::map<std::string, Picture> m_photos;
};

} // namespace tally::client
