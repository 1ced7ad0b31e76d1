#include "server/console/quarter_view.h"

#include "server/console/words.h"
#include "server/http/message.h"

#include <stdexcept>

namespace tally::server::console {
namespace {

Money both(const PhaseSums<Money>& sums)
{
    const auto sum = add(sums.confirmed, sums.claimed);
    if (!sum)
        throw std::overflow_error("a total of the ledger is out of range");
    return *sum;
}

std::string quarter_path(Quarter quarter)
{
    return "/quarters/" + format_quarter(quarter);
}

View quarter_state(bool closed, bool ended)
{
    View view = object();
    view.set("name", closed ? "closed" : ended ? "waiting" : "open");
    view.set("word", closed ? "Closed" : ended ? "Open" : "Running");
    view.set("icon", icon(closed ? "closed" : "open"));
    return view;
}

View pounds_view(const PhaseSums<Money>& sums)
{
    View view = object();
    view.set("confirmed", format_pounds(sums.confirmed));
    view.set("claimed", format_pounds(sums.claimed));
    view.set("both", format_pounds(both(sums)));
    return view;
}

std::string signed_count(std::int64_t count)
{
    return (count < 0 ? "−" : "+") + counted(count < 0 ? -count : count, "entry", "entries");
}

/// "−£59.26 waiting, +£59.26 confirmed"; empty when nothing moved.
std::string moved_words(const PhaseSums<Money>& sums)
{
    std::string words;
    if (sums.claimed.parts != 0)
        words = signed_pounds(sums.claimed) + " waiting";
    if (sums.confirmed.parts != 0)
        words += (words.empty() ? "" : ", ") + signed_pounds(sums.confirmed) + " confirmed";
    return words;
}

enum class Other
{
    Account, ///< where it stands now
    Work     ///< where it comes from
};

/// Of all contracts, each with the way to the quarter on the other side.
ViewList corrections_view(const std::vector<Correction>& corrections, Other other, bool may_see_evidence)
{
    ViewList list;
    for (const auto& correction : corrections) {
        View item = correction_view(correction, may_see_evidence);
        set_text(item, "name",
                 correction.contract_title.empty() ? correction.contract : correction.contract_title);
        const bool account = other == Other::Account;
        set_text(item, "account", account ? short_quarter(correction.account) : "");
        set_text(item, "account_path", account ? quarter_path(correction.account) : "");
        set_text(item, "work", account ? "" : short_quarter(correction.work));
        set_text(item, "work_path", account ? "" : quarter_path(correction.work));
        list.push_back(std::move(item));
    }
    return list;
}

void add_item(ViewList& list, std::int64_t count, std::string words, std::string hint, std::string path)
{
    View item = object();
    item.set("done", count == 0);
    item.set("icon", icon(count == 0 ? "done" : "warning"));
    item.set("count", std::to_string(count));
    item.set("words", std::move(words));
    item.set("hint", std::move(hint));
    set_text(item, "path", count == 0 ? "" : path);
    list.push_back(std::move(item));
}

std::string names_of(const std::vector<std::string>& names)
{
    constexpr std::size_t names_max = 4;
    std::string words;
    for (std::size_t i = 0; i < names.size() && i < names_max; ++i)
        words += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > names_max)
        words += " and " + std::to_string(names.size() - names_max) + " more";
    return words;
}

/// "No flag is open", "1 flag is open", "3 flags are open".
std::string how_many(std::int64_t count, const std::string& one, const std::string& many)
{
    return count == 0 ? "No " + one : counted(count, one, many);
}

ViewList checklist_view(const QuarterDetail& detail)
{
    const auto& list = detail.checklist;
    ViewList items;
    const auto quarter = "&quarter=" + format_quarter(detail.quarter);
    const bool several = !detail.closes_with.empty();
    const std::string narrowed = several ? "" : quarter;
    add_item(items, list.open_cases, how_many(list.open_cases, "flag is open", "flags are open"),
             "Their values are held until somebody settles them.", "/flags");
    add_item(items, list.waiting, how_many(list.waiting, "entry waits", "entries wait") + " for a decision",
             "After closing, a decision posts to the next open quarter.", "/queue?state=waiting" + narrowed);
    add_item(items, list.queried, how_many(list.queried, "question is", "questions are") + " not answered",
             "The device has the question, or has not synced since.", "/queue?state=queried" + narrowed);
    std::vector<std::string> devices;
    for (const auto& late : list.late_devices) {
        const auto missing = late.device.outstanding();
        devices.push_back(late.device.name +
                          (missing > 0   ? " (" + counted(missing, "entry", "entries") + " outstanding)"
                           : late.silent ? " (not seen since)"
                                         : ""));
    }
    const auto late = std::ssize(list.late_devices);
    add_item(items, late, how_many(late, "device is late", "devices are late"),
             late == 0 ? "Every device has been seen since the quarter ended, and nothing is outstanding."
                       : names_of(devices),
             "/devices");
    std::vector<std::string> contracts;
    for (const auto& contract : list.silent_contracts)
        contracts.push_back(contract.title);
    const auto silent = std::ssize(list.silent_contracts);
    add_item(items, silent,
             how_many(silent, "contract has", "contracts have") + " no evidence in " +
                 short_quarter(detail.quarter),
             silent == 0 ? "Every contract that ran has sent something." : names_of(contracts), "/contracts");
    add_item(items, list.held, how_many(list.held, "value is", "values are") + " held by the framework",
             "They stay out of the totals unless an administrator lets them count.", "/held");
    return items;
}

std::string closes_with_words(const QuarterDetail& detail)
{
    std::string words;
    const auto& quarters = detail.closes_with;
    for (std::size_t i = 0; i < quarters.size(); ++i)
        words += (i == 0 ? "" : i + 1 == quarters.size() ? " and " : ", ") + format_quarter_long(quarters[i]);
    return words;
}

View year_view(const YearTotals& totals, Date today)
{
    View view = object();
    view.set("title", format_year(totals.year));
    view.set("balances_path", "/balances?period=" + format_date(totals.year.first));
    view.set("span", short_date(totals.year.first) + " to " + short_date(totals.year.last));
    view.set("social", pounds_view(totals.social));
    view.set("local", format_pounds(both(totals.local_economic)));
    const auto hours = add(totals.community.confirmed, totals.community.claimed);
    view.set("community", format_hours_for_people(hours ? *hours : Quantity{}));
    ViewList parts;
    for (std::size_t i = 0; i < totals.parts.size(); ++i) {
        const auto& part = totals.parts[i];
        if (today < part.first)
            break;
        View item = object();
        item.set("title", short_quarter(part.quarter));
        set_text(item, "days",
                 part.whole
                     ? ""
                     : short_date(part.first) + " to " + short_date(part.last) + ", by day of the work");
        item.set("both", format_pounds(both(totals.by_part[i])));
        parts.push_back(std::move(item));
    }
    set_list(view, "parts", std::move(parts));
    set_text(view, "erased", erased_days_words(totals.erased));
    return view;
}

} // namespace

std::string erased_days_words(std::int64_t entries)
{
    return entries == 0 ? std::string()
                        : counted(entries, "erased entry counts", "erased entries count") +
                              " by the first day of the quarter: the day is no longer known.";
}

std::string signed_pounds(Money money)
{
    return money.parts < 0 ? "−" + format_pounds({-money.parts}) : "+" + format_pounds(money);
}

View correction_view(const Correction& correction, bool may_see_evidence)
{
    View view = object();
    const auto social = moved_words(correction.social);
    const auto local = moved_words(correction.local_economic);
    const auto held = moved_words(correction.held);
    set_text(view, "social", social);
    set_text(view, "local", local);
    set_text(view, "local_after", local.empty() || social.empty() ? "" : "; ");
    const bool others = !social.empty() || !local.empty();
    set_text(view, "held", held);
    view.set("held_only", !held.empty() && !others);
    view.set("held_too", !held.empty() && others);
    const bool pounds = others || !held.empty();
    std::string entries;
    if (!pounds && correction.entries_claimed != 0)
        entries = signed_count(correction.entries_claimed) + " waiting";
    if (!pounds && correction.entries_confirmed != 0)
        entries += (entries.empty() ? "" : ", ") + signed_count(correction.entries_confirmed) + " confirmed";
    set_text(view, "entries", entries);
    set_text(view, "nothing", pounds || !entries.empty() ? "" : "the same number of entries, other figures");
    set_text(view, "entries_path",
             may_see_evidence ? "/queue?state=all&contract=" + percent_encoded(correction.contract) +
                                    "&quarter=" + format_quarter(correction.work)
                              : "");
    return view;
}

View quarters_view(const QuartersPage& page, const Clock& clock)
{
    View view = object();
    ViewList rows;
    for (const auto& line : page.quarters) {
        View row = object();
        row.set("path", quarter_path(line.quarter));
        row.set("title", format_quarter_long(line.quarter));
        row.set("state", quarter_state(line.closed, line.ended));
        set_text(row, "closed",
                 line.closed ? "by " + line.closed_by + ", " + moment(line.closed_at, clock) : "");
        row.set("confirmed", format_pounds(line.social.confirmed));
        row.set("claimed", format_pounds(line.social.claimed));
        row.set("both", format_pounds(both(line.social)));
        row.set("waiting", std::to_string(line.waiting));
        rows.push_back(std::move(row));
    }
    set_list(view, "rows", std::move(rows));
    const auto now = clock.now();
    const Date today = local_date(now, clock.utc_offset_min(now));
    ViewList years;
    for (const auto& year : page.years)
        years.push_back(year_view(year, today));
    set_list(view, "years", std::move(years));
    view.set("accepted_icon", icon("accepted"));
    view.set("waiting_icon", icon("waiting"));
    return view;
}

View quarter_view(const QuarterDetail& detail, const Clock& clock, bool may_see_evidence)
{
    View view = object();
    view.set("title", format_quarter_long(detail.quarter));
    view.set("state", quarter_state(detail.closed, detail.ended));
    view.set("is_closed", detail.closed);
    view.set("ended", detail.ended);
    set_text(view, "closed_by", detail.closed_by.value_or(""));
    view.set("closed_at", detail.closed ? moment(detail.closed_at, clock) : std::string());
    set_text(view, "note", detail.note);
    set_text(view, "leaf", detail.closing ? "/ledger/" + std::to_string(*detail.closing) : "");
    set_list(view, "checklist", detail.closed ? ViewList{} : checklist_view(detail));
    view.set("items", std::to_string(detail.checklist.items()));
    set_text(view, "close_path", detail.can_close ? quarter_path(detail.quarter) + "/close" : "");
    set_text(view, "closes_with", closes_with_words(detail));
    const auto& total = detail.contracts.total;
    view.set("confirmed", format_pounds(total.social.confirmed));
    view.set("claimed", format_pounds(total.social.claimed));
    view.set("both", format_pounds(both(total.social)));
    view.set("local", format_pounds(both(total.local_economic)));
    view.set("held", format_pounds(both(total.held)));
    view.set("accepted_icon", icon("accepted"));
    view.set("waiting_icon", icon("waiting"));
    ViewList rows;
    for (const auto& line : detail.contracts.lines) {
        View row = object();
        row.set("title", line.title);
        row.set("detail", line.detail);
        set_text(row, "path",
                 line.key == "none" ? ""
                                    : "/contracts/" + percent_encoded(line.key) +
                                          "?period=" + format_quarter(detail.quarter));
        row.set("confirmed", format_pounds(line.social.confirmed));
        row.set("claimed", format_pounds(line.social.claimed));
        row.set("both", format_pounds(both(line.social)));
        rows.push_back(std::move(row));
    }
    set_list(view, "contracts", std::move(rows));
    set_list(view, "later", corrections_view(detail.posted_later, Other::Account, may_see_evidence));
    set_list(view, "earlier", corrections_view(detail.of_earlier, Other::Work, may_see_evidence));
    return view;
}

View close_view(const ClosePage& page)
{
    const auto& detail = page.detail;
    View view = object();
    view.set("title", format_quarter_long(detail.quarter));
    view.set("path", quarter_path(detail.quarter));
    view.set("action", quarter_path(detail.quarter) + "/close");
    set_text(view, "closes_with", closes_with_words(detail));
    view.set("closes_several", detail.closes_with.size() > 1);
    const auto items = detail.checklist.items();
    view.set("items", std::to_string(items));
    set_text(view, "open_items", items > 0 ? counted(items, "open item", "open items") : "");
    set_list(view, "checklist", checklist_view(detail));
    view.set("looked", page.looked);
    view.set("note", page.note);
    const std::string where = page.refusal ? page.refusal->where : "";
    set_text(view, "looked_error", where == "looked" ? page.refusal->message : "");
    set_text(view, "note_error", where == "note" ? page.refusal->message : "");
    ViewList errors;
    if (page.refusal) {
        View error = object();
        error.set("message", page.refusal->message);
        set_text(error, "field", where == "looked" && items == 0 ? "" : where);
        errors.push_back(std::move(error));
    }
    set_list(view, "errors", std::move(errors));
    return view;
}

} // namespace tally::server::console
