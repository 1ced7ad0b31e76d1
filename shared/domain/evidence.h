#pragma once
/// What a device captures. An entry is a fact: made once, sealed, never edited; a change is a new entry
/// that names the old one and says why. The rules that an entry must keep are in validate.h, its JSON
/// form in shared/protocol/entry_json.h.

#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/domain/quantity.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tally {

enum class EvidenceKind
{
    Hours,
    Story,
    Feedback,
    Delivery
};

enum class EntryAction
{
    Capture,  ///< something new
    Amend,    ///< replaces `Entry::amends` with this body
    Withdraw, ///< takes `Entry::amends` back; has no body
};

/// What an entry is about. References are the council's own: a contract's reference, an event's id.
struct About
{
    std::string contract; ///< empty only for feedback about a place
    std::string event;    ///< empty when it belongs to no event
    std::string place;
    std::string theme;
    std::string measure; ///< a code; it means something only with the contract's framework and version

    bool operator==(const About&) const = default;
};

/// A photo or a drawn signature. The bytes travel apart from the entry, encrypted under `key`.
struct Attachment
{
    std::string digest;        ///< SHA-256 of the plain bytes, lower-case hex
    std::string sealed_digest; ///< SHA-256 of the encrypted bytes: its name on the wire and on disk
    std::string key;           ///< 32 random bytes
    std::int64_t bytes = 0;    ///< length of the encrypted bytes
    std::string media_type;    ///< "image/jpeg" or "image/png"
    std::int32_t width = 0;    ///< pixels
    std::int32_t height = 0;
    std::string caption;

    bool operator==(const Attachment&) const = default;
};

enum class WhoseTime
{
    SupplierStaff, ///< the supplier's people, in paid time
    Residents      ///< residents' own time: counted and thanked, never priced into a supplier's account
};

/// How somebody else confirmed the hours.
enum class HoursConfirmation
{
    None,
    Host,        ///< somebody of the host organisation, see HoursBody::confirmed_by
    Supervisor,  ///< the worker's own supervisor
    SignInSheet, ///< times taken at the event, on paper or on the device
};

/// One person by name, or a group by head count: exactly one of the two is filled.
struct HoursPeople
{
    std::string name;          ///< one person; empty for a group
    std::int32_t adults = 0;   ///< heads of a group
    std::int32_t under_18 = 0; ///< heads of a group

    [[nodiscard]] bool is_group() const { return name.empty(); }
    [[nodiscard]] std::int64_t heads() const { return is_group() ? std::int64_t{adults} + under_18 : 1; }
    bool operator==(const HoursPeople&) const = default;
};

struct HoursBody
{
    std::string host;           ///< the organisation that was helped
    std::string activity;       ///< what was done, in the worker's words
    Date date;                  ///< local date of the start
    std::int32_t start_min = 0; ///< minutes after local midnight of `date`, 0 to 1439
    std::int32_t end_min = 0;   ///< the same; past 1440 when the work ended on the next day
    std::int32_t break_min = 0; ///< unworked minutes in between
    WhoseTime whose_time = WhoseTime::SupplierStaff;
    HoursPeople people;
    HoursConfirmation confirmation = HoursConfirmation::None;
    std::string confirmed_by; ///< who confirmed, for Host and Supervisor
    /// True when nobody signed out and the time was closed at the event's end.
    bool closed_at_event_end = false;

    /// Minutes for each person.
    [[nodiscard]] std::int64_t minutes() const { return std::int64_t{end_min} - start_min - break_min; }
    bool operator==(const HoursBody&) const = default;
};

struct Quote
{
    std::string text;
    std::string speaker; ///< a role, such as "a parent"; a name only with consent

    bool operator==(const Quote&) const = default;
};

/// What a person agreed that their story, words or picture may be used for.
enum class ConsentUse
{
    Report,      ///< shown to the council and its auditors
    Website,     ///< published on the web
    Press,       ///< given to newspapers and broadcasters
    SocialMedia, ///< posted by the council or supplier
};

struct Consent
{
    std::string person;           ///< name of the person who agreed
    std::vector<ConsentUse> uses; ///< each at most once
    std::string wording_version;  ///< of the text that was read
    std::string language;         ///< it was read in (BCP 47)
    std::string signature;        ///< digest of the attachment with the drawn signature; empty if spoken
    std::string withdrawal_code;  ///< given to the person; erases the story without asking who they are
    bool parent_or_guardian = false;

    bool operator==(const Consent&) const = default;
};

struct OrganisationPermission
{
    std::string organisation;
    std::string given_by;

    bool operator==(const OrganisationPermission&) const = default;
};

struct StoryBody
{
    std::string title;
    std::string what;      ///< what did you do
    std::string how;       ///< how did you do it
    std::string who;       ///< who with and for
    std::string where;     ///< where
    std::string changed;   ///< what changed
    std::string known_by;  ///< how do you know
    std::string otherwise; ///< what would have happened anyway
    std::vector<Quote> quotes;
    std::vector<Consent> consents;
    std::optional<OrganisationPermission> organisation_permission;

    bool operator==(const StoryBody&) const = default;
};

/// The value of an answer: a point of a scale, yes or no, chosen options, or free text.
using AnswerValue = std::variant<std::int64_t, bool, std::vector<std::string>, std::string>;

struct Answer
{
    std::string question; ///< id in the questionnaire
    AnswerValue value;

    bool operator==(const Answer&) const = default;
};

/// Optional and coarse: never enough to tell who somebody is.
struct AboutYou
{
    std::string age_band;   ///< "under_16", "16_24", "25_44", "45_64", "65_over" or empty
    std::string connection; ///< "lives_here", "works_here", "visits" or empty

    bool operator==(const AboutYou&) const = default;
};

struct FeedbackBody
{
    std::string questionnaire; ///< id
    std::int32_t questionnaire_version = 1;
    std::string language; ///< in which it was answered (BCP 47)
    std::vector<Answer> answers;
    AboutYou about_you;

    bool operator==(const FeedbackBody&) const = default;
};

/// Any other measure of a framework: weeks, FTE, pounds, miles, tonnes, head counts.
struct DeliveryBody
{
    std::optional<Quantity> quantity; ///< in the measure's unit; none for a narrative measure
    Date period_start;                ///< first day of the work
    Date period_end;                  ///< last day of the work
    std::string description;
    std::string evidence_reference; ///< where the paper is: an invoice or payroll reference, no names
    /// Staff or payroll references, no names, for a measure that counts each person once a year; then the
    /// quantity is their number. Empty when only a head count is known.
    std::vector<std::string> people;

    bool operator==(const DeliveryBody&) const = default;
};

/// Monostate stands for the missing body of a withdrawal.
using EntryBody = std::variant<std::monostate, HoursBody, StoryBody, FeedbackBody, DeliveryBody>;

struct Entry
{
    Uuid id;
    EntryAction action = EntryAction::Capture;
    EvidenceKind kind = EvidenceKind::Hours;
    std::optional<Uuid> amends; ///< the entry that this one replaces or takes back
    std::string reason;         ///< why, for Amend and Withdraw
    Timestamp captured_at;      ///< the device's clock, as it was
    std::int32_t utc_offset_min = 0;
    /// Estimate of server clock minus device clock in ms; none before the first exchange.
    std::optional<std::int64_t> clock_offset_ms;
    std::string author;   ///< person key of who captured it; empty on a kiosk
    std::string language; ///< of the words in the body (BCP 47)
    About about;
    EntryBody body;
    std::vector<Attachment> attachments;

    bool operator==(const Entry&) const = default;
};

/// The kind that a body has; `fallback` for the missing body of a withdrawal.
[[nodiscard]] EvidenceKind kind_of(const EntryBody& body, EvidenceKind fallback);

/// Stable words, as used in JSON and in databases: "hours", "supplier_staff", "sign_in_sheet" ...
[[nodiscard]] std::string_view name_of(EvidenceKind kind);
[[nodiscard]] std::string_view name_of(EntryAction action);
[[nodiscard]] std::string_view name_of(WhoseTime whose);
[[nodiscard]] std::string_view name_of(HoursConfirmation how);
[[nodiscard]] std::string_view name_of(ConsentUse use);

/// The reverse of name_of; nothing for an unknown word.
[[nodiscard]] std::optional<EvidenceKind> kind_named(std::string_view name);
[[nodiscard]] std::optional<EntryAction> action_named(std::string_view name);
[[nodiscard]] std::optional<WhoseTime> whose_time_named(std::string_view name);
[[nodiscard]] std::optional<HoursConfirmation> confirmation_named(std::string_view name);
[[nodiscard]] std::optional<ConsentUse> consent_use_named(std::string_view name);

/// A person's reference as it is compared: trimmed, and the same for "ab-12" and "AB-12". Everybody who
/// looks for repeated people uses this form. Letters without an accent, and those of Latin-1, Greek and
/// Cyrillic, lose their case.
[[nodiscard]] std::string person_reference_key(std::string_view reference);

/// A withdrawal code as it is compared: capital letters and digits, without spaces and hyphens, so that
/// "k7qd 3mhx" is "K7QD3MHX".
[[nodiscard]] std::string withdrawal_code_key(std::string_view code);

/// The date that decides the quarter: hours by the local date of the start, delivery by its end date,
/// stories, feedback and withdrawals by the local date of capture.
[[nodiscard]] Date work_date(const Entry& entry);

} // namespace tally
