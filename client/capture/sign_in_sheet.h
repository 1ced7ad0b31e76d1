#pragma once
/// The sheet at the door of an event: people sign in and out by tapping. Each sign-in is kept (sealed)
/// the moment it is made, so a crash loses none; signing out turns it into an hours entry in the same
/// transaction that removes it. Who forgets to sign out is signed out at the event's end, is marked so,
/// and is never credited past it.

#include "client/capture/capture.h"
#include "client/store/reference.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

/// Somebody who is here.
struct SignIn
{
    std::string id; ///< UUID text
    std::string name;
    WhoseTime whose_time = WhoseTime::Residents;
    Timestamp at;

    bool operator==(const SignIn&) const = default;
};

/// What the hours entries of the sheet have in common.
struct SheetDetails
{
    About about;
    std::string host;
    std::string activity;
    std::string language = "en";
};

/// The hours of one person, from whole minutes of local time. Credited from the event's start at the
/// earliest (who comes early waits) to its end at the latest; under a minute there is nothing to
/// credit and the result is none. `forgotten` marks the entry as closed at the event's end.
[[nodiscard]] std::optional<HoursBody> hours_of(const SignIn& sign_in, Timestamp signed_out_at,
                                                bool forgotten, const Event& event,
                                                const SheetDetails& details, std::int32_t utc_offset_min);

class SignInSheet
{
public:
    /// Reads the open sign-ins of the event. All must outlive the sheet; same thread as the store.
    SignInSheet(Event event, SheetDetails details, Vault& vault, Capture& capture, const Clock& clock,
                Random& random);

    [[nodiscard]] const std::vector<SignIn>& here() const { return m_here; }
    [[nodiscard]] const Event& event() const { return m_event; }

    /// Fails with `name_missing`, `name_too_long`, `already_here`, `event_over` or `not_enrolled`.
    [[nodiscard]] Result<void> sign_in(std::string_view name, WhoseTime whose_time);
    /// The hours entry's id; none when less than a minute was spent. Fails with `not_here` or as
    /// Capture::save does; the person then stays signed in.
    [[nodiscard]] Result<std::optional<Uuid>> sign_out(std::string_view sign_in_id);
    /// Takes back a sign-in that was a mistake.
    void remove(std::string_view sign_in_id);
    /// Signs somebody in again as they were, after a sign-out by mistake.
    void put_back(SignIn sign_in);
    /// Once the event is over: signs out everybody who is still here, at its end. All or none.
    /// Fails with `event_running` or as Capture::save_all does.
    [[nodiscard]] Result<std::vector<Uuid>> close();

private:
    [[nodiscard]] std::string area() const;
    [[nodiscard]] CaptureRequest request_for(const SignIn& sign_in, HoursBody body) const;

    Event m_event;
    SheetDetails m_details;
    Vault& m_vault;
    Capture& m_capture;
    const Clock& m_clock;
    UuidSource m_ids;
    std::vector<SignIn> m_here;
};

} // namespace tally::client
