#pragma once
/// What is being typed into the forms. Plain values that turn into entries, and into JSON and back as
/// drafts. The rules themselves are in shared/domain/validate.h.

#include "client/screens/commands.h"
#include "client/screens/model.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client::screens {

enum class PeopleEntry
{
    Person,
    Group
};

struct HoursForm
{
    std::string contract;
    std::string event;
    std::string measure;
    std::string activity;
    std::string host;
    Date date;
    std::optional<std::int32_t> start_min;
    std::optional<std::int32_t> end_min; ///< follows start and duration, see the setters
    std::optional<std::int32_t> duration_min;
    WhoseTime whose_time = WhoseTime::SupplierStaff;
    PeopleEntry people_entry = PeopleEntry::Person;
    std::string name;
    std::int32_t adults = 1;
    std::int32_t under_18 = 0;
    HoursConfirmation confirmation = HoursConfirmation::None;
    std::string confirmed_by;

    bool operator==(const HoursForm&) const = default;

    // Start, end and duration go together: whichever was typed last moves another.
    void start_changed();
    void end_changed();
    void duration_changed();
    [[nodiscard]] std::int64_t heads() const;
    [[nodiscard]] SaveHours command(const AppModel& model) const;
};

struct QuoteForm
{
    std::string text;
    std::string speaker;

    bool operator==(const QuoteForm&) const = default;
};

struct ConsentForm
{
    std::string person;
    std::vector<std::string> uses; ///< names of ConsentUse
    bool parent_or_guardian = false;
    bool spoken = false; ///< agreed aloud instead of signing
    std::vector<widgets::Stroke> strokes;
    std::string withdrawal_code;

    bool operator==(const ConsentForm&) const = default;
};

struct PhotoForm
{
    std::string digest;
    std::string caption;

    bool operator==(const PhotoForm&) const = default;
};

struct StoryForm
{
    std::string contract;
    std::string event;
    std::string title;
    std::string what;
    std::string how;
    std::string who;
    std::string where;
    std::string changed;
    std::string known_by;
    std::string otherwise;
    std::vector<QuoteForm> quotes;
    std::vector<PhotoForm> photos;
    std::vector<ConsentForm> consents;
    bool has_permission = false;
    std::string permission_organisation;
    std::string permission_given_by;

    bool operator==(const StoryForm&) const = default;
    [[nodiscard]] SaveStory command(const AppModel& model) const;
};

struct DeliveryForm
{
    std::string contract;
    std::string measure;
    std::string quantity; ///< as typed
    Date period_start;
    Date period_end;
    std::string description;
    std::string evidence_reference;
    std::string people; ///< references as typed, one a line

    bool operator==(const DeliveryForm&) const = default;
    [[nodiscard]] std::vector<std::string> references() const;
    [[nodiscard]] SaveDelivery command(const AppModel& model) const;
};

/// A new form with what the device can guess: today's event, the only contract, last week's host.
[[nodiscard]] HoursForm new_hours_form(const AppModel& model);
[[nodiscard]] StoryForm new_story_form(const AppModel& model);
[[nodiscard]] DeliveryForm new_delivery_form(const AppModel& model);

/// A form filled from an entry that is to be amended.
[[nodiscard]] HoursForm hours_form_of(const Entry& entry);
[[nodiscard]] StoryForm story_form_of(const Entry& entry);
[[nodiscard]] DeliveryForm delivery_form_of(const Entry& entry);

/// Drafts. A text that cannot be read gives none: the form then starts anew.
[[nodiscard]] std::string to_draft(const HoursForm& form);
[[nodiscard]] std::string to_draft(const StoryForm& form);
[[nodiscard]] std::string to_draft(const DeliveryForm& form);
[[nodiscard]] std::optional<HoursForm> hours_from_draft(std::string_view text);
[[nodiscard]] std::optional<StoryForm> story_from_draft(std::string_view text);
[[nodiscard]] std::optional<DeliveryForm> delivery_from_draft(std::string_view text);

/// Everything that is wrong with a command's entry, as validate() says; ids and times are filled in.
[[nodiscard]] std::vector<Error> problems_of(const SaveHours& command, const AppModel& model);
[[nodiscard]] std::vector<Error> problems_of(const SaveStory& command, const AppModel& model);
[[nodiscard]] std::vector<Error> problems_of(const SaveDelivery& command, const AppModel& model);

/// The first problem whose place begins with `where`; empty when there is none.
[[nodiscard]] std::string_view problem_at(const std::vector<Error>& problems, std::string_view where);

/// Eight letters and digits that are easy to read aloud, with a hyphen: "K7QD-3MHX". About forty bits from
/// the kernel, so that nobody can guess one.
[[nodiscard]] std::string new_withdrawal_code();

/// The words that a person reads before agreeing, the newest in the language of the screens; nullptr when
/// none were installed.
[[nodiscard]] const ConsentWording* wording_to_read(const AppModel& model);

} // namespace tally::client::screens
