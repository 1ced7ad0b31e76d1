#include "client/app/app.h"

#include "client/sync/enrol.h"
#include "client/widgets/fields.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace tally::client {

using namespace screens;
using widgets::tr;

namespace {

/// A draft goes to the disk after a pause in the typing, and at the latest after so long.
constexpr double draft_pause_s = 0.4;
constexpr double draft_wait_max_s = 2;
constexpr double toast_s = 7;

float scale_of(TextSize size)
{
    switch (size) {
    case TextSize::Normal:
        return 1;
    case TextSize::Large:
        return 1.25F;
    case TextSize::Largest:
        return 1.5F;
    }
    return 1;
}

} // namespace

App::App(platform::Window& window, std::unique_ptr<Services> services, std::filesystem::path folder,
         const Clock& clock)
    : m_window(window), m_folder(std::move(folder)), m_clock(clock), m_services(std::move(services))
{
    m_model.now = m_clock.now();
    m_model.utc_offset_min = m_clock.utc_offset_min(m_model.now);
    m_model.today = local_date(m_model.now, m_model.utc_offset_min);
    m_model.settings = m_services->settings();
    *m_sync_wishes = wishes_of(m_model.settings);
    // A kiosk shows its one screen from the first frame.
    m_model.device.is_kiosk = m_services->is_kiosk();
    m_model.route = {m_model.device.is_kiosk ? ScreenName::Feedback : ScreenName::Home};

    m_thread = std::make_unique<ServiceThread>(
        [this](const char* what) { m_window.post([this, message = std::string(what)] { fail(message); }); });
    refresh_world();
    refresh_entries();
    ask(
        [](Services& service) {
            service.close_past_sheets();
            return 0;
        },
        [this](int) { refresh_entries(); });
    m_sync = std::make_unique<SyncWorker>(
        m_folder, http_transports(),
        [this](const SyncStatus& status) { m_window.post([this, status] { take(status); }); },
        [wishes = m_sync_wishes] { return conditions_for(wishes->load()); });
    m_bundles = std::make_unique<BundleWork>(m_folder, m_clock, [this](BundleOutcome outcome) {
        m_window.post([this, outcome = std::move(outcome)]() mutable { take(std::move(outcome)); });
    });
    m_network = std::make_unique<platform::NetworkWatch>([this] { m_sync->ask(SyncTrigger::NetworkBack); });
}

App::~App()
{
    keep_waiting_drafts(0, true);
    m_bundles.reset();
    m_network.reset();
    m_sync.reset();
    if (m_enrolment.joinable())
        m_enrolment.join();
    m_thread.reset();
    for (const PhotoModel& photo : m_model.photos)
        m_window.drop_texture(photo.texture);
}

void App::draw()
{
    widgets::Context& ui = m_window.ui();
    m_model.now = m_clock.now();
    m_model.utc_offset_min = m_clock.utc_offset_min(m_model.now);
    m_model.today = local_date(m_model.now, m_model.utc_offset_min);
    if (m_model.toast && ui.now_s() >= m_toast_until_s)
        m_model.toast.reset();
    if (m_model.toast)
        ui.wake_in(m_toast_until_s - ui.now_s() + 0.01);
    close_sheet_when_over();

    m_screens.draw(m_model, m_commands);
    bool any = false;
    for (Command& command : m_commands.take()) {
        carry_out(std::move(command));
        any = true;
    }
    keep_waiting_drafts(ui.now_s(), false);
    if (any)
        m_window.redraw();
}

void App::carry_out(Command&& command)
{
    std::visit([this](const auto& known) { on(known); }, command);
}

// Asking the services --------------------------------------------------------------------------------

template <typename Job, typename Then>
void App::ask(Job job, Then then)
{
    m_thread->run([this, job = std::move(job), then = std::move(then)]() mutable {
        auto found = std::make_shared<std::decay_t<decltype(job(*m_services))>>(job(*m_services));
        m_window.post([then = std::move(then), found]() mutable { then(std::move(*found)); });
    });
}

void App::refresh_entries()
{
    ask([](Services& service) { return service.read_entries(); },
        [this](EntriesRead&& read) { take(std::move(read)); });
}

void App::refresh_world()
{
    ask([](Services& service) { return service.read_world(); },
        [this](WorldRead&& read) { take(std::move(read)); });
}

void App::take(EntriesRead&& read)
{
    m_model.entries = std::move(read.entries);
    m_model.drafts.clear();
    for (DraftModel& draft : read.drafts) {
        // The newest of each form; an older one shows once that is saved.
        const std::string kept = std::exchange(draft.id, draft.id.substr(0, draft.id.find('@')));
        if (m_model.find_draft(draft.id) != nullptr)
            continue;
        m_kept_drafts.try_emplace(draft.id, kept);
        m_model.drafts.push_back(std::move(draft));
    }
    // What is being typed is newer than what was read.
    for (const auto& [id, waiting] : m_waiting_drafts) {
        std::erase_if(m_model.drafts, [&](const DraftModel& draft) { return draft.id == id; });
        m_model.drafts.push_back({id, waiting.text, m_model.now});
    }
    const std::string problem = std::exchange(m_model.sheet.problem, {});
    m_model.sheet = std::move(read.sheet);
    m_model.sheet.problem = problem;
    m_model.lock.has_pin = read.lock.has_pin;
    m_model.lock.is_unlocked = read.lock.is_unlocked;
    m_model.sync.entries_unsent = read.unsent;
    m_model.sync.photos_waiting = read.photos_waiting;
    m_model.sync.withdrawals_waiting = read.withdrawals_waiting;
    m_model.entries_not_listed = read.not_listed;
    m_model.is_loading = false;
    m_sheet_is_closing = false;
    leave_erased();
}

void App::leave_erased()
{
    for (const EntryModel& entry : m_model.entries) {
        if (entry.state != screens::EntryState::Erased)
            continue;
        // Nothing of it is left in what is being typed either.
        const std::string mark = "/" + entry.id.text();
        std::erase_if(m_waiting_drafts, [&](const auto& draft) { return draft.first.ends_with(mark); });
        std::erase_if(m_model.drafts, [&](const DraftModel& draft) { return draft.id.ends_with(mark); });
        const ScreenName screen = m_model.route.screen;
        if (m_model.route.id == entry.id.text() && screen != ScreenName::Entry) {
            if (screen == ScreenName::Story)
                drop_photos();
            go_to({ScreenName::Entry, m_model.route.id});
        }
    }
}

std::string App::amended_story() const
{
    return m_model.route.screen == ScreenName::Story ? m_model.route.id : std::string();
}

void App::take(WorldRead&& read)
{
    const bool was_kiosk = m_model.device.is_kiosk;
    m_model.device = std::move(read.device);
    m_model.contracts = std::move(read.contracts);
    m_model.events = std::move(read.events);
    m_model.places = std::move(read.places);
    m_model.questionnaires = std::move(read.questionnaires);
    m_model.consent_wordings = std::move(read.consent_wordings);
    if (m_model.device.is_kiosk && !was_kiosk)
        go_to({ScreenName::Feedback});
}

void App::take(const SyncStatus& status)
{
    const bool was_working = m_model.sync.state == screens::SyncState::Working;
    const bool counts_changed = m_model.sync.entries_unsent != status.entries_unsent ||
                                m_model.sync.photos_waiting != status.photos_waiting;
    show_sync(status, m_model.sync);
    const bool has_ended = was_working && m_model.sync.state != screens::SyncState::Working;
    if (has_ended)
        refresh_world();
    if (has_ended || counts_changed)
        refresh_entries();
}

// Where the person is --------------------------------------------------------------------------------

void App::go_to(Route route)
{
    m_model.enrol.problem.clear();
    m_model.withdrawal = {};
    if (route.screen == ScreenName::Bundle && m_model.bundle.stage != BundleModel::Stage::Writing)
        m_model.bundle = {};
    m_model.lock.problem.clear();
    m_model.sheet.problem.clear();
    m_model.sync.is_shown = false;
    m_model.route = std::move(route);
    m_window.redraw();
}

void App::go_home()
{
    m_history.clear();
    go_to({ScreenName::Home});
}

void App::on(const Go& command)
{
    if (m_model.device.is_kiosk || command.route == m_model.route)
        return;
    if (command.route.screen == ScreenName::Home)
        m_history.clear();
    else
        m_history.push_back(m_model.route);
    go_to(command.route);
}

void App::on(const GoBack&)
{
    if (m_model.device.is_kiosk || m_model.route.screen == ScreenName::Home)
        return;
    Route route;
    if (!m_history.empty()) {
        route = m_history.back();
        m_history.pop_back();
    }
    go_to(std::move(route));
}

void App::say(std::string message, std::string action_label, std::function<void()> action)
{
    m_model.toast = {std::move(message), std::move(action_label)};
    m_toast_action = std::move(action);
    m_toast_until_s = m_window.ui().now_s() + toast_s;
    m_window.redraw();
}

void App::fail(const std::string& message)
{
    m_model.failure = message;
    m_model.is_loading = false;
    m_model.lock.is_busy = false;
    m_window.redraw();
}

void App::on(const PressToast&)
{
    m_model.toast.reset();
    if (const auto action = std::exchange(m_toast_action, {}))
        action();
}

// Saving ----------------------------------------------------------------------------------------------

template <typename Command>
void App::save_form(const Command& command, const char* toast_key)
{
    const bool stays = std::is_same_v<Command, SaveFeedback>;
    std::string draft;
    if constexpr (!std::is_same_v<Command, SaveFeedback>)
        draft = command.draft;
    Command kept = command;
    if constexpr (!std::is_same_v<Command, SaveFeedback>)
        kept.draft = kept_name(draft);
    ask([kept](Services& service) { return service.save(kept); },
        [this, draft, stays, toast_key](Result<Uuid>&& saved) {
            if (!saved) {
                fail(saved.error().message);
                return;
            }
            m_model.failure.clear();
            ++m_model.saves;
            m_waiting_drafts.erase(draft);
            m_kept_drafts.erase(draft);
            std::erase_if(m_model.drafts, [&](const DraftModel& done) { return done.id == draft; });
            if (!stays) {
                drop_photos();
                go_home();
                say(m_window.ui().translations().text(toast_key),
                    m_window.ui().translations().text("toast.see"), [this, id = saved->text()] {
                        on(Go{{ScreenName::Entry, id}});
                    });
            }
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

void App::on(const SaveHours& command)
{
    save_form(command, "toast.hours_saved");
}
void App::on(const SaveStory& command)
{
    save_form(command, "toast.story_saved");
}
void App::on(const SaveFeedback& command)
{
    save_form(command, "");
}
void App::on(const SaveDelivery& command)
{
    save_form(command, "toast.delivery_saved");
}

void App::on(const Withdraw& command)
{
    ask([command](Services& service) { return service.withdraw(command.entry, command.reason); },
        [this](Result<Uuid>&& saved) {
            if (!saved) {
                fail(saved.error().message);
                return;
            }
            say(m_window.ui().translations().text("toast.withdrawn"));
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

void App::on(const SendAgain& command)
{
    ask([command](Services& service) { return service.send_again(command.entry); },
        [this](Result<void>&& queued) {
            if (!queued) {
                fail(queued.error().message);
                return;
            }
            refresh_entries();
            m_sync->ask(SyncTrigger::ByHand);
        });
}

void App::on(const TakeBack& command)
{
    ask([command](Services& service) { return service.take_back(command.entry); },
        [this](Result<void>&& taken) {
            if (!taken) {
                fail(taken.error().message);
                return;
            }
            say(m_window.ui().translations().text("toast.taken_back"));
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

// Sticks ----------------------------------------------------------------------------------------------

void App::on(const LookForSticks&)
{
    m_model.bundle.is_looking = true;
    m_bundles->look(m_other_folders);
}

void App::on(const WriteBundle& command)
{
    const auto& sticks = m_model.bundle.sticks;
    m_model.bundle.problem.clear();
    m_model.bundle.stage = BundleModel::Stage::Writing;
    m_model.bundle.done = 0;
    m_model.bundle.all = 0;
    m_model.bundle.stick = command.folder;
    for (const StickModel& stick : sticks)
        if (stick.folder == command.folder)
            m_model.bundle.stick = stick.name;
    m_bundles->write(command.folder, command.entry);
}

void App::on(const StopBundle&)
{
    m_bundles->stop();
}

void App::on(const ReadReceipts& command)
{
    m_model.bundle.problem.clear();
    m_model.bundle.stage = BundleModel::Stage::Reading;
    m_bundles->read(command.file);
}

void App::choose_file(bool is_folder, const char* title_key, std::function<void(std::string)> then)
{
    const auto answer = [this, then = std::move(then)](Result<std::vector<std::string>> chosen) {
        m_window.post([this, then, chosen = std::move(chosen)] {
            if (!chosen)
                say(chosen.error().message);
            else if (!chosen->empty())
                then(chosen->front());
        });
    };
    const std::string title = m_window.ui().translations().text(title_key);
    if (is_folder)
        m_window.file_picker().ask_for_folder(title, answer);
    else
        m_window.file_picker().ask_for_file(title, answer);
}

void App::on(const ChooseFolder&)
{
    choose_file(true, "bundle.other_folder", [this](std::string folder) {
        m_other_folders.push_back(std::move(folder));
        on(LookForSticks{});
    });
}

void App::on(const ChooseReceipts&)
{
    choose_file(false, "bundle.other_file", [this](std::string file) { on(ReadReceipts{std::move(file)}); });
}

void App::take(BundleOutcome&& outcome)
{
    using Kind = BundleOutcome::Kind;
    BundleModel& bundle = m_model.bundle;
    m_window.redraw();
    if (outcome.kind == Kind::Sticks) {
        bundle.has_looked = true;
        bundle.is_looking = false;
        bundle.sticks = std::move(outcome.sticks);
        return;
    }
    if (outcome.kind == Kind::Progress) {
        bundle.done = outcome.progress.done;
        bundle.all = outcome.progress.all;
        return;
    }
    if (outcome.problem) {
        bundle.stage = BundleModel::Stage::Waiting;
        bundle.problem = bundle_problem(*outcome.problem, m_window.ui().translations());
    } else if (outcome.kind == Kind::Written) {
        bundle.stage = BundleModel::Stage::Written;
        bundle.file = std::move(outcome.file);
        bundle.entries = outcome.written.entries;
        bundle.photos = outcome.written.photos;
        bundle.bytes = outcome.written.bytes;
    } else {
        bundle.stage = BundleModel::Stage::Read;
        bundle.accepted = outcome.read.accepted;
        bundle.rejected = outcome.read.rejected;
        bundle.photos_there = outcome.read.photos;
        bundle.were_known = outcome.read.known > 0 && outcome.read.accepted + outcome.read.rejected == 0;
        refresh_entries();
    }
    on(LookForSticks{});
}

void App::on(const WithdrawConsent& command)
{
    m_model.withdrawal = {.is_busy = true, .is_done = false, .erased = 0, .problem = ""};
    ask([command](Services& service) { return service.withdraw_consent(command.code); },
        [this](Result<std::size_t>&& erased) {
            m_model.withdrawal.is_busy = false;
            if (!erased) {
                m_model.withdrawal.problem = erased.error().message;
                return;
            }
            m_model.withdrawal.is_done = true;
            m_model.withdrawal.erased = static_cast<std::int64_t>(*erased);
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

// Drafts ----------------------------------------------------------------------------------------------

void App::on(const SaveDraft& command)
{
    if (m_model.device.is_kiosk)
        return;
    const double now_s = m_window.ui().now_s();
    const auto [waiting, is_new] = m_waiting_drafts.try_emplace(command.id, WaitingDraft{{}, now_s, now_s});
    waiting->second.text = command.text;
    waiting->second.last_s = now_s;
    std::erase_if(m_model.drafts, [&](const DraftModel& draft) { return draft.id == command.id; });
    m_model.drafts.insert(m_model.drafts.begin(), {command.id, command.text, m_model.now});
}

void App::on(const DiscardDraft& command)
{
    m_waiting_drafts.erase(command.id);
    std::erase_if(m_model.drafts, [&](const DraftModel& draft) { return draft.id == command.id; });
    ask(
        [id = kept_name(command.id)](Services& service) {
            service.drop_draft(id);
            return 0;
        },
        [](int) {});
}

const std::string& App::kept_name(const std::string& draft)
{
    return m_kept_drafts.try_emplace(draft, draft + "@" + std::to_string(m_clock.now().ms)).first->second;
}

void App::keep_waiting_drafts(double now_s, bool all)
{
    for (auto waiting = m_waiting_drafts.begin(); waiting != m_waiting_drafts.end();) {
        const double due_s =
            std::min(waiting->second.last_s + draft_pause_s, waiting->second.first_s + draft_wait_max_s);
        if (!all && now_s < due_s) {
            m_window.ui().wake_in(due_s - now_s);
            ++waiting;
            continue;
        }
        m_thread->run([this, id = kept_name(waiting->first), text = std::move(waiting->second.text)] {
            m_services->keep_draft(id, text);
        });
        waiting = m_waiting_drafts.erase(waiting);
    }
}

// The sheet -------------------------------------------------------------------------------------------

void App::on(const OpenSheet& command)
{
    ask(
        [command](Services& service) {
            service.open_sheet(command.event);
            return 0;
        },
        [this](int) { refresh_entries(); });
}

void App::on(const SetSheetDetails& command)
{
    ask(
        [command](Services& service) {
            service.set_sheet_details(command);
            return 0;
        },
        [this](int) { refresh_entries(); });
}

void App::on(const screens::SignIn& command)
{
    m_model.sheet.problem.clear();
    ask([command](Services& service) { return service.sign_in(command); },
        [this](Result<void>&& signed_in) {
            if (!signed_in)
                m_model.sheet.problem = signed_in.error().message;
            refresh_entries();
        });
}

void App::on(const SignOut& command)
{
    ask([command](Services& service) { return service.sign_out(command.row); },
        [this](Result<Services::SignedOut>&& signed_out) {
            if (!signed_out) {
                fail(signed_out.error().message);
                return;
            }
            const widgets::Translations& texts = m_window.ui().translations();
            std::string message =
                texts.text(signed_out->entry ? "toast.signed_out" : "toast.signed_out_none");
            const std::size_t mark = message.find("{name}");
            if (mark != std::string::npos)
                message.replace(mark, 6, signed_out->name);
            say(message, texts.text("toast.undo"), [this, undone = *signed_out] {
                ask([undone](Services& service) { return service.undo_sign_out(undone); },
                    [this](Result<void>&& put_back) {
                        if (!put_back)
                            fail(put_back.error().message);
                        refresh_entries();
                    });
            });
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

void App::on(const SignOutEverybody&)
{
    ask([](Services& service) { return service.sign_out_everybody(); },
        [this](Result<std::size_t>&& count) {
            if (!count)
                fail(count.error().message);
            else
                say(m_window.ui().translations().text("toast.everybody_out"));
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

void App::on(const RemoveSignIn& command)
{
    ask(
        [command](Services& service) {
            service.remove_sign_in(command.row);
            return 0;
        },
        [this](int) { refresh_entries(); });
}

void App::close_sheet_when_over()
{
    const EventModel* event = m_model.find_event(m_model.sheet.event);
    if (event == nullptr || m_model.sheet.here.empty() || m_sheet_is_closing)
        return;
    const double left_s = static_cast<double>(event->ends_at.ms - m_model.now.ms) / 1000;
    if (left_s > 0) {
        m_window.ui().wake_in(left_s + 0.05);
        return;
    }
    m_sheet_is_closing = true;
    ask(
        [](Services& service) {
            service.close_past_sheets();
            return 0;
        },
        [this](int) {
            refresh_entries();
            m_sync->ask(SyncTrigger::Saved);
        });
}

// Sync, enrolment, PIN --------------------------------------------------------------------------------

void App::on(const ShowSync& command)
{
    m_model.sync.is_shown = command.yes;
}

void App::on(const SyncNow&)
{
    m_sync->ask(SyncTrigger::ByHand);
}

void App::on(const Enrol& command)
{
    if (m_model.enrol.is_busy)
        return;
    m_model.enrol.is_busy = true;
    m_model.enrol.problem.clear();
    if (m_enrolment.joinable())
        m_enrolment.join();
    // The network may take its time; saving goes on meanwhile, so this has a thread and a store of its own.
    m_enrolment = std::thread([this, command] {
        Result<void> outcome;
        try {
            auto store = Store::open(m_folder);
            if (!store) {
                outcome = store.error();
            } else {
                SystemRandom random;
                const auto pin = command.pin.empty() ? std::nullopt : std::optional(command.pin);
                const auto identity =
                    enrol(*store, command.code, pin, http_enrol_transports(), m_clock, random);
                if (!identity)
                    outcome = identity.error();
            }
        } catch (const std::exception& failure) {
            outcome = Error{"failed", failure.what()};
        }
        m_window.post([this, outcome, pin = command.pin] {
            m_model.enrol.is_busy = false;
            m_window.redraw();
            if (!outcome) {
                m_model.enrol.problem = outcome.error().message;
                return;
            }
            go_home();
            say(m_window.ui().translations().text("toast.enrolled"));
            // Whoever has just chosen the PIN need not type it again.
            if (!pin.empty())
                on(Unlock{pin});
            refresh_world();
            refresh_entries();
            m_sync->ask(SyncTrigger::ByHand);
        });
    });
}

void App::on(const Unlock& command)
{
    m_model.lock.is_busy = true;
    m_model.lock.problem.clear();
    ask([command](Services& service) { return service.unlock(command.pin); },
        [this](Result<void>&& unlocked) {
            m_model.lock.is_busy = false;
            if (!unlocked)
                m_model.lock.problem = unlocked.error().message;
            refresh_entries();
        });
}

void App::on(const LockAgain&)
{
    ask(
        [](Services& service) {
            service.lock();
            return 0;
        },
        [this](int) { refresh_entries(); });
}

void App::on(const MakeNewKey&)
{
    ask([](Services& service) { return service.make_new_key(); },
        [this](Result<void>&& made) {
            if (made)
                m_sync->ask(SyncTrigger::ByHand);
            else
                say(made.error().message);
            refresh_world();
        });
}

void App::on(const SetPin& command)
{
    m_model.lock.is_busy = true;
    m_model.lock.problem.clear();
    ask([command](Services& service) { return service.set_pin(command.old_pin, command.new_pin); },
        [this](Result<void>&& changed) {
            m_model.lock.is_busy = false;
            if (!changed)
                m_model.lock.problem = changed.error().message;
            else
                say(m_window.ui().translations().text("toast.pin_saved"));
            refresh_entries();
        });
}

void App::on(const ChangeSettings& command)
{
    m_model.settings = command.settings;
    m_window.ui().set_appearance(command.settings.appearance);
    m_window.set_text_scale(scale_of(command.settings.text_size));
    if (allows_more(wishes_of(command.settings), m_sync_wishes->exchange(wishes_of(command.settings))))
        m_sync->ask(SyncTrigger::ByHand);
    ask(
        [settings = command.settings](Services& service) {
            service.set_settings(settings);
            return 0;
        },
        [](int) {});
}

// Photos ----------------------------------------------------------------------------------------------

void App::drop_photos()
{
    ++m_photo_round;
    for (const PhotoModel& photo : m_model.photos)
        m_window.drop_texture(photo.texture);
    m_model.photos.clear();
}

void App::add_photo(PhotoRead&& read, const std::string& file)
{
    const widgets::Texture texture =
        m_window.make_texture(read.thumbnail.rgba, read.thumbnail.width, read.thumbnail.height);
    for (PhotoModel& photo : m_model.photos)
        if (!file.empty() && photo.file == file && photo.digest.empty() && photo.problem.empty()) {
            photo.digest = read.digest;
            photo.texture = texture;
            return;
        }
    m_model.photos.push_back({file, read.digest, texture, ""});
}

void App::on(const ChoosePhotos&)
{
    m_window.file_picker().ask_for_photos(m_window.ui().translations().text("story.choose_photos"),
                                          [this](Result<std::vector<std::string>> chosen) {
                                              m_window.post([this, chosen = std::move(chosen)] {
                                                  if (!chosen) {
                                                      say(chosen.error().message);
                                                      return;
                                                  }
                                                  for (const std::string& file : *chosen)
                                                      on(ImportPhoto{file});
                                              });
                                          });
}

void App::on(const ImportPhoto& command)
{
    m_model.photos.push_back({command.file, "", {}, ""});
    ask([command,
         entry = amended_story()](Services& service) { return service.import_photo(command.file, entry); },
        [this, file = command.file, round = m_photo_round](Result<PhotoRead>&& read) {
            if (round != m_photo_round)
                return;
            if (read) {
                add_photo(std::move(*read), file);
                return;
            }
            for (PhotoModel& photo : m_model.photos)
                if (photo.file == file && photo.digest.empty())
                    photo.problem = read.error().message;
        });
}

void App::on(const RemovePhoto& command)
{
    if (command.index >= m_model.photos.size())
        return;
    const PhotoModel photo = m_model.photos[command.index];
    m_model.photos.erase(m_model.photos.begin() + static_cast<std::ptrdiff_t>(command.index));
    m_window.drop_texture(photo.texture);
    if (!photo.digest.empty())
        ask(
            [digest = photo.digest, entry = amended_story()](Services& service) {
                service.remove_photo(digest, entry);
                return 0;
            },
            [](int) {});
}

void App::on(const ForgetPhotos&)
{
    drop_photos();
    ask(
        [](Services& service) {
            service.forget_photos();
            return 0;
        },
        [](int) {});
}

void App::on(const FetchPhotos& command)
{
    ask([command,
         entry = amended_story()](Services& service) { return service.fetch_photos(command.digests, entry); },
        [this, round = m_photo_round](std::vector<PhotoRead>&& photos) {
            if (round == m_photo_round)
                for (PhotoRead& photo : photos)
                    add_photo(std::move(photo), "");
        });
}

} // namespace tally::client
