#include "server/console/contract_view.h"

#include "server/console/quarter_view.h"
#include "server/console/review_view.h"
#include "server/console/terms_view.h"
#include "server/console/words.h"
#include "server/http/message.h"
#include "server/review/corrections.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <stdexcept>
#include <tuple>

namespace tally::server::console {
namespace {

constexpr std::size_t quarters_max = 40;

template <typename T>
void add_to(T& sum, T more)
{
    const auto added = add(sum, more);
    if (!added)
        throw std::overflow_error("a total of the ledger is out of range");
    sum = *added;
}

/// Confirmed, claimed and both of one thing.
template <typename T>
struct Phases
{
    T confirmed{};
    T claimed{};

    void add_balance(Phase phase, T amount)
    {
        add_to(phase == Phase::Confirmed ? confirmed : claimed, amount);
    }
    [[nodiscard]] T both() const
    {
        T sum = confirmed;
        add_to(sum, claimed);
        return sum;
    }
};

struct Sums
{
    Phases<Quantity> quantity;
    Phases<Money> value;
    std::int64_t entries_confirmed = 0;
    std::int64_t entries_claimed = 0;

    void add_balance(const Balance& balance)
    {
        quantity.add_balance(balance.phase, balance.quantity);
        value.add_balance(balance.phase, balance.value);
        (balance.phase == Phase::Confirmed ? entries_confirmed : entries_claimed) += balance.entries;
    }
};

/// The sections of the page, in this order after the framework's themes.
const std::string local_group = "~1-local";
const std::string held_group = "~2-held";
const std::string community_group = "~3-community";
const std::string other_group = "~4-other";

struct RowKey
{
    std::string group;
    std::string measure;
    /// Hours under a measure of something else: recorded, and never summed with what it does count.
    bool hours_instead = false;
    auto operator<=>(const RowKey&) const = default;
};

/// Of what counts.
std::string counted_group(const ContractPage& page, const std::string& code)
{
    const Measure* measure = page.framework ? page.framework->find_measure(code) : nullptr;
    if (measure == nullptr)
        return other_group;
    if (measure->value_class == MeasureValueClass::LocalEconomic)
        return local_group;
    return measure->theme;
}

/// Where what was promised of a measure stands.
std::string home_group(const ContractPage& page, const std::string& code)
{
    const Measure* measure = page.framework ? page.framework->find_measure(code) : nullptr;
    return measure != nullptr && measure->hold_value ? held_group : counted_group(page, code);
}

/// Its figures replace each other: a per cent, an answer, a count of what there is. Nothing adds them.
bool is_never_added(const Measure* measure)
{
    return measure != nullptr && (measure->aggregate == Aggregate::Latest || !is_additive(measure->kind));
}

bool is_hours_instead(const ContractPage& page, const Balance& balance)
{
    const Measure* measure = page.framework ? page.framework->find_measure(balance.measure) : nullptr;
    return balance.kind == name_of(EvidenceKind::Hours) && measure != nullptr &&
           measure->kind != MeasureKind::Hours && measure->kind != MeasureKind::AttendeeHours;
}

std::string group_of(const ContractPage& page, const Balance& balance)
{
    if (balance.value_class == "community")
        return community_group;
    if (balance.held)
        return held_group;
    return counted_group(page, balance.measure);
}

/// Of a chosen year, only its own balances are here.
bool in_period(const ContractPage& page, const std::string& quarter)
{
    return !page.period.quarter || quarter == format_quarter(*page.period.quarter);
}

/// A quarter that two years share has its targets in the year with most of its days.
bool has_targets_of(ReportingYear year, Quarter quarter)
{
    constexpr std::int64_t half_a_quarter = 45;
    return year.contains(date_from_days(days_from_date(first_day(quarter)) + half_a_quarter));
}

bool is_promised(const ContractPage& page, const Target& target)
{
    return page.period.quarter ? target.period == *page.period.quarter
                               : !page.period.year || has_targets_of(*page.period.year, target.period);
}

/// Promises count until today, or in the chosen quarter.
bool is_due(const ContractPage& page, const Target& target)
{
    return is_promised(page, target) && (page.period.quarter || target.period <= page.today);
}

/// At most two decimals, for columns: the exact figure stands on the entries behind it.
std::string table_number(Quantity quantity)
{
    constexpr std::int64_t hundredth = Quantity::parts_per_unit / 100;
    const std::int64_t twice_rest = std::abs(quantity.parts % hundredth) * 2;
    std::int64_t hundredths = quantity.parts / hundredth;
    if (twice_rest > hundredth || (twice_rest == hundredth && hundredths % 2 != 0))
        hundredths += quantity.parts < 0 ? -1 : 1;
    return format_quantity_for_people({hundredths * hundredth});
}

std::string quantity_words(const Measure* measure, Quantity quantity, std::int64_t entries)
{
    if (is_never_added(measure))
        return counted(entries, "entry", "entries");
    if (measure == nullptr && quantity.parts == 0)
        return counted(entries, "entry", "entries");
    const std::string number = table_number(quantity);
    return measure != nullptr && measure->kind == MeasureKind::Gbp ? "£" + number : number;
}

/// Whole per cent, rounded down so that 99.9 is not shown as kept; capped for the bar alone.
std::int64_t percent_of(Quantity part, Quantity whole)
{
    constexpr std::int64_t small = std::numeric_limits<std::int64_t>::max() / 100;
    if (whole.parts <= 0)
        return 0;
    if (part.parts >= -small && part.parts <= small)
        return part.parts * 100 / whole.parts;
    // So much of something that a hundredth of it is still exact enough for a whole per cent.
    return part.parts / std::max<std::int64_t>(whole.parts / 100, 1);
}

/// The entries behind a figure of a row: those that it adds, and no others.
std::string queue_path(const ContractPage& page, const RowKey& key, const char* state, bool splits_classes)
{
    if (!page.may_see_evidence)
        return "";
    QueueAddress address;
    address.contract = page.contract.ref;
    address.measure = key.measure;
    address.state = state;
    if (page.period.quarter)
        address.quarter = format_quarter(*page.period.quarter);
    address.year = page.period.year;
    if (key.hours_instead)
        address.kind = name_of(EvidenceKind::Hours);
    const Measure* measure = page.framework ? page.framework->find_measure(key.measure) : nullptr;
    if (key.group == community_group)
        address.line = EntryFilter::Line{Dimension::ValueClass, "community"};
    else if (key.measure.empty())
        address.line = EntryFilter::Line{Dimension::Measure, "none"};
    else if (splits_classes && measure != nullptr && measure->value_class != MeasureValueClass::None)
        address.line = EntryFilter::Line{
            Dimension::ValueClass,
            measure->value_class == MeasureValueClass::Social ? "social" : "local_economic"};
    // A flag holds what waits, in a row of its own unless the framework holds all of the measure anyway.
    const bool waits = address.state == "claimed" && key.group != community_group;
    if (measure != nullptr && measure->hold_value && key.group != community_group)
        address.held = key.group == held_group; // an administrator lets some of it count
    else if (waits && key.group != held_group)
        address.flags = QueueAddress::Flags::Without;
    else if (waits)
        address.flags = QueueAddress::Flags::Only;
    return address.path();
}

struct Promise
{
    Quantity due;
    Quantity whole;
    bool any = false;
    bool any_due = false; ///< of a measure that is never added
    Quarter newest;       ///< whose target is due, of such a measure
};

/// After the unit, which says of some kinds that they are not added up.
std::string newest_words(const Measure& measure)
{
    return is_additive(measure.kind) ? "newest figure, not added up" : "newest figure";
}

/// The newest figure of a measure; of one phase or of both, of one quarter or of all.
const LatestFigure* newest_figure(const ContractPage& page, const std::string& measure,
                                  std::optional<Phase> phase, std::optional<Quarter> quarter)
{
    const LatestFigure* newest = nullptr;
    for (const LatestFigure& figure : page.figures)
        if (figure.measure == measure && (!phase || figure.phase == *phase) &&
            (!quarter || figure.quarter == format_quarter(*quarter)) &&
            (newest == nullptr ||
             std::tie(newest->until, newest->position) < std::tie(figure.until, figure.position)))
            newest = &figure;
    return newest;
}

/// In columns that say the unit of the row.
std::string figure_words(const Measure& measure, Quantity quantity)
{
    if (measure.kind == MeasureKind::YesNo)
        return quantity.parts != 0 ? "Yes" : "No";
    const std::string number = table_number(quantity);
    return measure.kind == MeasureKind::Gbp       ? "£" + number
           : measure.kind == MeasureKind::Percent ? number + "%"
                                                  : number;
}

void set_figure(View& view, const std::string& name, const Measure& measure, const LatestFigure* figure)
{
    set_text(view, name + "_until", figure != nullptr ? short_date(figure->until) : "");
    view.set(name, figure != nullptr ? figure_words(measure, figure->quantity) : std::string("none yet"));
}

View measure_view(const ContractPage& page, const RowKey& key, const Sums& sums, const Promise& promise,
                  bool splits_classes)
{
    const Measure* measure = page.framework ? page.framework->find_measure(key.measure) : nullptr;
    View view = object();
    view.set("code", key.measure);
    view.set("title", measure != nullptr    ? measure->title
                      : key.measure.empty() ? std::string("Stories, feedback and other evidence")
                                            : std::string("Not in this framework"));
    const bool in_hours = key.group == community_group || key.hours_instead;
    view.set("unit", in_hours ? std::string("hours") : unit_words(measure));
    // What a flag holds is not set against the promise: it may be counted already.
    const bool at_home = key.group == home_group(page, key.measure);
    const bool counts_promise = !in_hours && at_home && promise.any;
    const auto plan = std::ranges::find(page.plans, key.measure, &Plan::measure);
    set_text(view, "commitment",
             plan != page.plans.end() && key.group != community_group ? word_for(plan->commitment) : "");
    view.set("local", measure != nullptr && !measure->local_set.empty());
    view.set("unplanned", key.group != community_group && !promise.any && !key.measure.empty());
    set_text(view, "notes", key.group == held_group && measure != nullptr ? measure->note.value_or("") : "");
    const bool newest_only = is_never_added(measure) && !in_hours;
    const bool shows_figure =
        newest_only && key.group == home_group(page, key.measure) && measure->kind != MeasureKind::Narrative;
    set_text(view, "newest", shows_figure ? newest_words(*measure) : "");
    const bool promise_shown = counts_promise && (!newest_only || promise.any_due);
    set_text(view, "promised",
             !promise_shown ? ""
             : newest_only  ? figure_words(*measure, promise.due)
                            : quantity_words(measure, promise.due, 0));
    set_text(view, "promised_whole",
             promise_shown && !newest_only && promise.whole != promise.due
                 ? "of " + table_number(promise.whole)
                 : "");
    view.set("confirmed", quantity_words(measure, sums.quantity.confirmed, sums.entries_confirmed));
    view.set("claimed", quantity_words(measure, sums.quantity.claimed, sums.entries_claimed));
    view.set("both",
             quantity_words(measure, sums.quantity.both(), sums.entries_confirmed + sums.entries_claimed));
    set_text(view, "confirmed_path",
             sums.entries_confirmed > 0 ? queue_path(page, key, "accepted", splits_classes) : "");
    set_text(view, "claimed_path",
             sums.entries_claimed > 0 ? queue_path(page, key, "claimed", splits_classes) : "");
    for (const char* name : {"confirmed_until", "claimed_until", "both_until"})
        set_text(view, name, "");
    Quantity delivered_confirmed = sums.quantity.confirmed;
    Quantity delivered_both = sums.quantity.both();
    bool has_share = promise_shown && promise.due.parts > 0;
    if (shows_figure) {
        const auto* accepted = newest_figure(page, key.measure, Phase::Confirmed, page.period.quarter);
        const auto* newest = newest_figure(page, key.measure, std::nullopt, page.period.quarter);
        set_figure(view, "confirmed", *measure, accepted);
        set_figure(view, "claimed", *measure,
                   newest_figure(page, key.measure, Phase::Claimed, page.period.quarter));
        set_figure(view, "both", *measure, newest);
        delivered_confirmed = accepted != nullptr ? accepted->quantity : Quantity{};
        delivered_both = newest != nullptr ? newest->quantity : Quantity{};
        has_share = has_share && newest != nullptr && measure->kind != MeasureKind::YesNo;
    } else if (newest_only) {
        has_share = false;
    }
    const std::int64_t confirmed = percent_of(delivered_confirmed, promise.due);
    const std::int64_t both = percent_of(delivered_both, promise.due);
    set_text(view, "share", has_share ? std::to_string(both) + "%" : "");
    view.set("no_share", std::string(promise_shown ? "not a share" : "no promise"));
    view.set("confirmed_width", std::to_string(std::clamp<std::int64_t>(confirmed, 0, 100)));
    view.set("both_width", std::to_string(std::clamp<std::int64_t>(both, 0, 100)));
    const bool has_proxy = measure != nullptr && measure->proxy;
    const bool pounds_shown = key.group != community_group && (has_proxy || sums.value.both().parts != 0);
    view.set("held_icon", icon("held"));
    set_text(view, "value", pounds_shown ? format_pounds(sums.value.confirmed) : "");
    set_text(view, "value_claimed",
             pounds_shown && sums.value.claimed.parts != 0 ? format_pounds(sums.value.claimed) : "");
    return view;
}

std::string group_title(const ContractPage& page, const std::string& group)
{
    if (group == local_group)
        return "Local economic value";
    if (group == held_group)
        return "Held apart";
    if (group == community_group)
        return "Community contribution";
    if (group == other_group)
        return "Without a measure";
    const Theme* theme = page.framework ? page.framework->find_theme(group) : nullptr;
    return theme != nullptr ? theme->title : group;
}

std::string group_words(const std::string& group)
{
    if (group == local_group)
        return "Wages and local spend at face value. Shown apart, and never added to social value.";
    if (group == held_group)
        return "Kept out of every total until a flag is settled, or an administrator says how it counts.";
    if (group == community_group)
        return "Residents’ own time: counted and thanked, never priced.";
    return "";
}

/// Themes as the framework orders them, then the sections of our own.
std::vector<std::string> group_order(const ContractPage& page)
{
    std::vector<std::string> order;
    if (page.framework) {
        std::vector<Theme> themes = page.framework->themes;
        std::stable_sort(themes.begin(), themes.end(),
                         [](const Theme& a, const Theme& b) { return a.order < b.order; });
        for (const Theme& theme : themes)
            order.push_back(theme.id);
    }
    order.insert(order.end(), {local_group, held_group, community_group, other_group});
    return order;
}

/// Measures as the framework orders them; unknown codes last.
std::size_t measure_order(const ContractPage& page, const std::string& code)
{
    if (!page.framework)
        return 0;
    const auto& measures = page.framework->measures;
    return static_cast<std::size_t>(
        std::find_if(measures.begin(), measures.end(), [&](const Measure& m) { return m.code == code; }) -
        measures.begin());
}

struct Table
{
    std::map<RowKey, Sums> rows;
    std::map<std::string, Promise> promises;
};

Table table_of(const ContractPage& page)
{
    Table table;
    for (const Target& target : page.targets) {
        Promise& promise = table.promises[target.measure];
        promise.any = true;
        if (!is_promised(page, target))
            continue;
        if (is_never_added(page.framework ? page.framework->find_measure(target.measure) : nullptr)) {
            // A later promise replaces the earlier one.
            if (is_due(page, target) && (!promise.any_due || promise.newest < target.period)) {
                promise.due = target.quantity;
                promise.newest = target.period;
                promise.any_due = true;
            }
        } else {
            add_to(promise.whole, target.quantity);
            if (is_due(page, target))
                add_to(promise.due, target.quantity);
        }
        table.rows[{home_group(page, target.measure), target.measure, false}];
    }
    for (const Balance& balance : page.balances)
        if (in_period(page, balance.quarter))
            table.rows[{group_of(page, balance), balance.measure, is_hours_instead(page, balance)}]
                .add_balance(balance);
    return table;
}

ViewList groups_view(const ContractPage& page, const Table& table)
{
    ViewList groups;
    for (const std::string& group : group_order(page)) {
        std::vector<std::pair<RowKey, Sums>> rows;
        for (const auto& [key, sums] : table.rows)
            if (key.group == group)
                rows.emplace_back(key, sums);
        if (rows.empty())
            continue;
        std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
            return measure_order(page, a.first.measure) < measure_order(page, b.first.measure);
        });
        ViewList measures;
        for (const auto& [key, sums] : rows) {
            const auto promise = table.promises.find(key.measure);
            measures.push_back(measure_view(page, key, sums,
                                            promise != table.promises.end() ? promise->second : Promise{},
                                            table.rows.contains({community_group, key.measure, false}) ||
                                                table.rows.contains({community_group, key.measure, true})));
        }
        View view = object();
        view.set("id", "group-" + std::to_string(groups.size() + 1));
        view.set("title", group_title(page, group));
        set_text(view, "words", group_words(group));
        view.set("is_community", group == community_group);
        view.set("has_pounds", group != community_group);
        set_list(view, "measures", std::move(measures));
        groups.push_back(std::move(view));
    }
    return groups;
}

View total_view(std::string name, std::string both, std::string confirmed, std::string claimed, bool main)
{
    View view = object();
    view.set("name", std::move(name));
    view.set("both", std::move(both));
    view.set("confirmed", std::move(confirmed));
    view.set("claimed", std::move(claimed));
    view.set("accepted_icon", icon("accepted"));
    view.set("waiting_icon", icon("waiting"));
    view.set("main", main);
    return view;
}

ViewList totals_view(const ContractPage& page)
{
    Phases<Money> social;
    Phases<Money> local;
    Phases<Money> held;
    Phases<Quantity> community;
    bool any_held = false;
    for (const Balance& balance : page.balances) {
        if (!in_period(page, balance.quarter))
            continue;
        if (balance.value_class == "community")
            community.add_balance(balance.phase, balance.quantity);
        else if (balance.held) {
            held.add_balance(balance.phase, balance.value);
            any_held = true;
        } else if (balance.value_class == "local_economic")
            local.add_balance(balance.phase, balance.value);
        else
            social.add_balance(balance.phase, balance.value);
    }
    ViewList totals;
    totals.push_back(total_view("Social value", format_pounds(social.both()), format_pounds(social.confirmed),
                                format_pounds(social.claimed), true));
    totals.push_back(total_view("Local economic value", format_pounds(local.both()),
                                format_pounds(local.confirmed), format_pounds(local.claimed), false));
    totals.push_back(total_view("Community contribution", table_number(community.both()) + " h",
                                table_number(community.confirmed) + " h",
                                table_number(community.claimed) + " h", false));
    if (any_held)
        totals.push_back(total_view("Held apart", format_pounds(held.both()), format_pounds(held.confirmed),
                                    format_pounds(held.claimed), false));
    return totals;
}

std::vector<Quarter> quarters_of(const ContractPage& page)
{
    Quarter from = quarter_of(page.contract.starts);
    Quarter until = std::max(from, std::min(page.today, quarter_of(page.contract.ends)));
    for (const Balance& balance : page.balances)
        if (const auto quarter = parse_quarter(balance.quarter)) {
            from = std::min(from, *quarter);
            until = std::max(until, *quarter);
        }
    std::vector<Quarter> quarters;
    for (Quarter quarter = from; quarter <= until && quarters.size() < quarters_max; quarter = next(quarter))
        quarters.push_back(quarter);
    return quarters;
}

/// What a column of the table by quarter says.
struct Column
{
    Quarter quarter;
    std::string title;
    bool has_targets = true;
};

/// "Sep 2025", "Jul to Aug 2026": years begin with a month.
std::string months_words(const QuarterPart& part)
{
    const auto without_day = [](Date date) {
        const std::string words = short_date(date);
        return words.substr(words.find(' ') + 1);
    };
    const std::string last = without_day(part.last);
    return part.first.month == part.last.month ? last : without_day(part.first).substr(0, 3) + " to " + last;
}

std::vector<Column> columns_of(const ContractPage& page)
{
    std::vector<Column> columns;
    if (page.period.quarter)
        return columns;
    if (!page.period.year) {
        for (const Quarter& quarter : quarters_of(page))
            columns.push_back({quarter, short_quarter(quarter)});
        return columns;
    }
    for (const QuarterPart& part : quarters_in(*page.period.year))
        columns.push_back({part.quarter, part.whole ? short_quarter(part.quarter) : months_words(part),
                           has_targets_of(*page.period.year, part.quarter)});
    return columns;
}

/// Both phases of each measure in each quarter; community time, and hours under a measure of something
/// else, stand in their own rows above alone.
void set_by_quarter(View& view, const ContractPage& page)
{
    const auto columns = columns_of(page);
    if (columns.empty()) {
        view.set("by_quarter_any", false);
        return;
    }
    std::map<std::string, std::map<std::string, Quantity>> delivered;
    std::map<std::string, std::map<std::string, Quantity>> promised;
    std::vector<std::string> codes;
    const auto note_code = [&codes](const std::string& code) {
        if (!code.empty() && std::find(codes.begin(), codes.end(), code) == codes.end())
            codes.push_back(code);
    };
    for (const Balance& balance : page.balances) {
        if (balance.value_class == "community" || is_hours_instead(page, balance))
            continue;
        note_code(balance.measure);
        add_to(delivered[balance.measure][balance.quarter], balance.quantity);
    }
    for (const Target& target : page.targets) {
        if (!is_promised(page, target))
            continue;
        add_to(promised[target.measure][format_quarter(target.period)], target.quantity);
        note_code(target.measure);
    }
    std::stable_sort(codes.begin(), codes.end(), [&](const auto& a, const auto& b) {
        return measure_order(page, a) < measure_order(page, b);
    });
    ViewList heads;
    for (const Column& column : columns) {
        View head = object();
        head.set("title", column.title);
        heads.push_back(std::move(head));
    }
    ViewList rows;
    for (const std::string& code : codes) {
        const Measure* measure = page.framework ? page.framework->find_measure(code) : nullptr;
        const bool newest_only = is_never_added(measure);
        if (newest_only && measure->kind == MeasureKind::Narrative)
            continue;
        ViewList cells;
        for (const auto& [quarter, title, has_targets] : columns) {
            const std::string name = format_quarter(quarter);
            const Quantity due = has_targets ? promised[code][name] : Quantity{};
            View cell = object();
            if (newest_only) {
                const auto* figure = newest_figure(page, code, std::nullopt, quarter);
                set_text(cell, "both", figure != nullptr ? figure_words(*measure, figure->quantity) : "");
                set_text(cell, "promised", due.parts != 0 ? figure_words(*measure, due) : "");
            } else {
                const Quantity both = delivered[code][name];
                set_text(cell, "both", both.parts != 0 ? table_number(both) : "");
                set_text(cell, "promised", due.parts != 0 ? table_number(due) : "");
            }
            cell.set("none", std::string(newest_only ? "none" : "0"));
            cells.push_back(std::move(cell));
        }
        View row = object();
        row.set("code", code);
        row.set("unit", unit_words(measure));
        set_text(row, "newest", newest_only ? newest_words(*measure) : "");
        set_list(row, "cells", std::move(cells));
        rows.push_back(std::move(row));
    }
    set_list(view, "quarter_heads", std::move(heads));
    set_list(view, "by_quarter", std::move(rows));
}

std::string quarter_path(const ContractPage& page, Quarter quarter)
{
    return "/contracts/" + percent_encoded(page.contract.ref) + "?period=" + format_quarter(quarter);
}

/// Each links to the quarter on the other side; of the whole contract, to both.
ViewList corrections_view(const ContractPage& page, const std::vector<Correction>& corrections)
{
    ViewList list;
    for (const Correction& correction : corrections) {
        View item = correction_view(correction, page.may_see_evidence);
        const bool work = page.period.quarter != correction.work;
        const bool account = page.period.quarter != correction.account;
        item.set("name", false);
        set_text(item, "work", work ? short_quarter(correction.work) : "");
        set_text(item, "work_path", quarter_path(page, correction.work));
        set_text(item, "account", account ? short_quarter(correction.account) : "");
        set_text(item, "account_path", quarter_path(page, correction.account));
        list.push_back(std::move(item));
    }
    return list;
}

void set_corrections(View& view, const ContractPage& page)
{
    const auto posted = [&](auto wanted) {
        return corrections_view(page, corrections_of(page.balances, wanted));
    };
    set_list(view, "moved", posted([&](Quarter, Quarter) { return !page.period.quarter; }));
    set_list(view, "later", posted([&](Quarter work, Quarter) { return page.period.quarter == work; }));
    set_list(view, "earlier",
             posted([&](Quarter, Quarter account) { return page.period.quarter == account; }));
}

void set_years(View& view, const ContractPage& page)
{
    ViewList rows;
    for (const YearTotals& totals : page.years) {
        const Phases<Money> social{totals.social.confirmed, totals.social.claimed};
        const Phases<Money> local{totals.local_economic.confirmed, totals.local_economic.claimed};
        const Phases<Quantity> community{totals.community.confirmed, totals.community.claimed};
        View row = object();
        row.set("title", format_year(totals.year));
        row.set("span", short_date(totals.year.first) + " to " + short_date(totals.year.last));
        row.set("path", "/contracts/" + percent_encoded(page.contract.ref) +
                            "?period=" + format_date(totals.year.first));
        row.set("confirmed", format_pounds(social.confirmed));
        row.set("claimed", format_pounds(social.claimed));
        row.set("both", format_pounds(social.both()));
        row.set("local", format_pounds(local.both()));
        row.set("community", table_number(community.both()) + " h");
        rows.push_back(std::move(row));
    }
    set_list(view, "years", std::move(rows));
    view.set("years_title", years_title(page.contract.year_kind));
    const auto& year = page.period.year;
    set_text(view, "year_span",
             year ? format_date_long(year->first) + " to " + format_date_long(year->last) : "");
    view.set("year_divides",
             year && std::ranges::any_of(quarters_in(*year), [](const auto& part) { return !part.whole; }));
    set_text(view, "erased_days", erased_days_words(page.erased_days));
}

} // namespace

std::vector<ReportingYear> reporting_years(const Contract& contract, const std::vector<Balance>& balances,
                                           Quarter today)
{
    Date first = contract.starts;
    Date last = std::max(first, std::min(last_day(today), contract.ends));
    for (const Balance& balance : balances)
        if (const auto quarter = parse_quarter(balance.work_quarter)) {
            first = std::min(first, first_day(*quarter));
            last = std::max(last, last_day(*quarter));
        }
    return years_between(contract.year_kind, first, last);
}

ContractTotals social_value_of(const std::vector<Balance>& balances)
{
    Phases<Money> social;
    for (const Balance& balance : balances)
        if (!balance.held && balance.value_class == "social")
            social.add_balance(balance.phase, balance.value);
    return {social.confirmed, social.claimed};
}

View contract_view(const ContractPage& page)
{
    View view = object();
    const Contract& contract = page.contract;
    view.set("ref", contract.ref);
    view.set("title", contract.title);
    view.set("supplier", contract.supplier);
    view.set("buyer", contract.buyer);
    view.set("starts", format_date_long(contract.starts));
    view.set("ends", format_date_long(contract.ends));
    view.set("framework", page.framework ? page.framework->title + ", edition " + page.framework->version
                                         : std::string("no framework"));
    view.set("path", "/contracts/" + percent_encoded(contract.ref));
    auto quarters = quarters_of(page);
    std::reverse(quarters.begin(), quarters.end());
    set_period_options(view, page.period, quarters, page.years_to_choose);
    view.set("is_whole", !page.period.quarter && !page.period.year);
    view.set("to_date",
             !page.period.quarter && (!page.period.year || page.today <= quarter_of(page.period.year->last)));
    set_list(view, "totals", totals_view(page));
    set_list(view, "groups", groups_view(page, table_of(page)));
    set_by_quarter(view, page);
    set_corrections(view, page);
    set_years(view, page);
    return view;
}

} // namespace tally::server::console
