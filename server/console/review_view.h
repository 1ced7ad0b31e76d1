#pragma once
/// The queue and the page of one entry, as views for templates. Pure: no database, no request.

#include "server/accounts/visitor.h"
#include "server/console/templates.h"
#include "server/http/message.h"
#include "server/reference/reference.h"
#include "server/review/review.h"
#include "shared/framework/consent_wording.h"
#include "shared/framework/framework.h"
#include "shared/framework/questionnaire.h"

#include <optional>
#include <string>
#include <vector>

namespace tally::server::console {

/// What the address of a queue page says.
struct QueueAddress
{
    std::string contract;
    std::string kind;              ///< word of EvidenceKind, or empty
    std::string state = "waiting"; ///< word of EntryState, "claimed" (waiting or queried) or "all"
    std::string quarter;
    std::optional<ReportingYear> year; ///< by the day of the work
    std::string measure;
    std::optional<std::int64_t> after;
    enum class Flags
    {
        Any,
        Only,   ///< only entries in an open flag
        Without ///< only entries that no flag holds
    };
    Flags flags = Flags::Any;
    std::optional<bool> held;              ///< only entries whose value is held apart, or only the others
    std::optional<EntryFilter::Line> line; ///< only those behind a line of the balances

    /// Unknown words are left out.
    [[nodiscard]] static QueueAddress from(const Fields& query);
    [[nodiscard]] EntryFilter filter() const;
    /// "/queue?state=waiting&kind=hours".
    [[nodiscard]] std::string path() const;
};

struct QueuePage
{
    QueueAddress address;
    EntryPage entries;
    StateCounts counts;
    std::vector<Contract> contracts; ///< that the visitor sees
    bool may_decide = false;
};

[[nodiscard]] View queue_view(const QueuePage& page, const Clock& clock);

struct EntryPageInput
{
    EntryDetail detail;
    const Measure* measure = nullptr; ///< of the framework that the entry was valued under
    std::string event_title;
    std::string place_title;
    const Questionnaire* questionnaire = nullptr; ///< for feedback
    const std::vector<ConsentWording>* wordings = nullptr;
    std::string back; ///< address of the queue page it was opened from
    std::string note; ///< what was typed before a refusal
    std::optional<Error> refusal;
};

[[nodiscard]] View entry_view(const EntryPageInput& input, const Clock& clock);

/// "3.5 hours", "£1,200", "2.5 FTE years": a quantity in the unit of a measure.
[[nodiscard]] std::string amount(MeasureKind kind, Quantity quantity);
/// "an hour", "a week": what a proxy value is for.
[[nodiscard]] std::string per_unit(MeasureKind kind);

} // namespace tally::server::console
