#pragma once
/// One screen: keeps only what is being typed, reads the model, emits commands.

#include "client/screens/commands.h"
#include "client/screens/model.h"
#include "client/widgets/controls.h"
#include "client/widgets/layout.h"

#include <string>
#include <string_view>
#include <vector>

namespace tally::client::screens {

class Screen
{
public:
    virtual ~Screen() = default;
    /// The person arrives here: start anew, or from the kept draft.
    virtual void enter(const AppModel& model, CommandQueue& commands) = 0;
    virtual void draw(const AppModel& model, CommandQueue& commands) = 0;
};

struct ScreenOptions
{
    std::string_view title;
    bool has_back = true;
    bool has_footer = false;
    bool has_settings = false; ///< a way to the settings beside the sync badge
    float column_width = 720;
};

/// The page with the header that all screens share: the way back, the title, the sync badge.
void begin_screen(const AppModel& model, CommandQueue& commands, const ScreenOptions& options);
void end_screen(CommandQueue& commands);

struct StateWords
{
    widgets::Icon icon;
    const char* word;
    widgets::Tone tone;
};
[[nodiscard]] StateWords words_of(EntryState state);

/// "10:00 to 13:00".
[[nodiscard]] std::string time_range(const EventModel& event, const AppModel& model);
[[nodiscard]] std::string time_of_day(Timestamp moment, const AppModel& model);
/// "Today, Moor Park, 10:00 to 13:00".
[[nodiscard]] std::string event_line(const EventModel& event, const AppModel& model);
[[nodiscard]] widgets::Icon icon_of(EvidenceKind kind);

/// An event, or none and a contract: what an entry counts for. True when it changed.
bool choose_event_and_contract(const AppModel& model, std::string& event, std::string& contract,
                               std::string_view event_problem, std::string_view contract_problem);

/// The card that asks for the PIN; draws nothing when nothing is locked.
class PinCard
{
public:
    void draw(const AppModel& model, CommandQueue& commands);

private:
    std::string m_pin;
};

/// The errors of a form at its top; pressing one gives the focus to its field.
struct FieldPlace
{
    std::string_view where; ///< begins the place of an Error
    std::string_view label; ///< of the widget
};
void show_problems(const std::vector<Error>& problems, const std::vector<FieldPlace>& places);

/// How a form's entry stands to the one that it replaces.
struct Correction
{
    bool puts_right = false; ///< that one was put aside
    bool needs_reason = true;
};
[[nodiscard]] Correction correction_of(const EntryModel& entry);

/// The reason that an amendment needs.
void amendment_reason(std::string& reason, const std::vector<Error>& problems);

} // namespace tally::client::screens
