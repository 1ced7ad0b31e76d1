#pragma once
/// Wires the window, the screens, and the services: fills the model, carries out commands, keeps drafts
/// and decides where the person is. Everything here runs on the window's thread; the services run on
/// theirs and post what they found.

#include "client/app/bundle_work.h"
#include "client/app/service_thread.h"
#include "client/app/services.h"
#include "client/app/sync_view.h"
#include "client/platform/network.h"
#include "client/platform/window.h"
#include "client/screens/screens.h"
#include "client/sync/sync.h"
#include "shared/base/time.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tally::client {

class App
{
public:
    /// All must outlive it.
    App(platform::Window& window, std::unique_ptr<Services> services, std::filesystem::path folder,
        const Clock& clock);
    /// Keeps the drafts and finishes what was asked for.
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// One frame.
    void draw();
    [[nodiscard]] const screens::AppModel& model() const { return m_model; }
    void go_to(screens::Route route);

private:
    /// Text that waits for a pause in the typing.
    struct WaitingDraft
    {
        std::string text;
        double first_s = 0;
        double last_s = 0;
    };

    void carry_out(screens::Command&& command);
    void on(const screens::Go& command);
    void on(const screens::GoBack&);
    void on(const screens::SaveHours& command);
    void on(const screens::SaveStory& command);
    void on(const screens::SaveFeedback& command);
    void on(const screens::SaveDelivery& command);
    void on(const screens::Withdraw& command);
    void on(const screens::SendAgain& command);
    void on(const screens::TakeBack& command);
    void on(const screens::LookForSticks&);
    void on(const screens::ChooseFolder&);
    void on(const screens::WriteBundle& command);
    void on(const screens::StopBundle&);
    void on(const screens::ReadReceipts& command);
    void on(const screens::ChooseReceipts&);
    void on(const screens::WithdrawConsent& command);
    void on(const screens::OpenSheet& command);
    void on(const screens::SetSheetDetails& command);
    void on(const screens::SignIn& command);
    void on(const screens::SignOut& command);
    void on(const screens::SignOutEverybody&);
    void on(const screens::RemoveSignIn& command);
    void on(const screens::ShowSync& command);
    void on(const screens::SyncNow&);
    void on(const screens::Enrol& command);
    void on(const screens::MakeNewKey& command);
    void on(const screens::SetPin& command);
    void on(const screens::Unlock& command);
    void on(const screens::LockAgain&);
    void on(const screens::ChangeSettings& command);
    void on(const screens::SaveDraft& command);
    void on(const screens::DiscardDraft& command);
    void on(const screens::ChoosePhotos&);
    void on(const screens::ImportPhoto& command);
    void on(const screens::RemovePhoto& command);
    void on(const screens::ForgetPhotos&);
    void on(const screens::FetchPhotos& command);
    void on(const screens::PressToast&);

    template <typename Command>
    void save_form(const Command& command, const char* toast_key);

    /// Runs `job` on the service thread; what it returns is given to `then` on the window's thread.
    template <typename Job, typename Then>
    void ask(Job job, Then then);
    void refresh_entries();
    void refresh_world();
    void take(EntriesRead&& read);
    void take(WorldRead&& read);
    void take(const SyncStatus& status);

    void take(BundleOutcome&& outcome);
    void choose_file(bool is_folder, const char* title_key, std::function<void(std::string)> then);

    void go_home();
    void say(std::string message, std::string action_label = {}, std::function<void()> action = {});
    void fail(const std::string& message);
    void keep_waiting_drafts(double now_s, bool all);
    [[nodiscard]] const std::string& kept_name(const std::string& draft);
    void drop_photos();
    void leave_erased();
    [[nodiscard]] std::string amended_story() const;
    void add_photo(PhotoRead&& read, const std::string& file);
    void close_sheet_when_over();

    platform::Window& m_window;
    std::filesystem::path m_folder;
    const Clock& m_clock;
    std::unique_ptr<Services> m_services; ///< touched by the service thread only

    screens::AppModel m_model;
    screens::Screens m_screens;
    screens::CommandQueue m_commands;
    std::vector<screens::Route> m_history;
    std::vector<std::string> m_other_folders; ///< that were chosen to stand in for sticks
    std::map<std::string, WaitingDraft> m_waiting_drafts;
    /// Under which name a form's draft is kept. Each run has names of its own, so that typing before the
    /// PIN was given never overwrites a draft of an earlier run that cannot be read yet.
    std::map<std::string, std::string> m_kept_drafts;
    std::function<void()> m_toast_action;
    double m_toast_until_s = 0;
    bool m_sheet_is_closing = false;
    int m_photo_round = 0; ///< photos that were asked for before the last ForgetPhotos come too late
    /// Sync's thread reads it.
    std::shared_ptr<std::atomic<SyncWishes>> m_sync_wishes = std::make_shared<std::atomic<SyncWishes>>();

    // In this order: threads end before what they use.
    std::unique_ptr<ServiceThread> m_thread;
    std::unique_ptr<SyncWorker> m_sync;
    std::unique_ptr<platform::NetworkWatch> m_network; ///< asks m_sync, so it goes first
    std::thread m_enrolment;
    std::unique_ptr<BundleWork> m_bundles;
};

} // namespace tally::client
