#include "server/console/balance_view.h"

#include "server/console/review_view.h"
#include "server/console/words.h"

#include <algorithm>
#include <stdexcept>

namespace tally::server::console {
namespace {

template <typename T>
T both(const PhaseSums<T>& sums)
{
    const auto sum = add(sums.confirmed, sums.claimed);
    if (!sum)
        throw std::overflow_error("a total of the ledger is out of range");
    return *sum;
}

bool is_zero(const PhaseSums<Money>& sums)
{
    return sums.confirmed.parts == 0 && sums.claimed.parts == 0;
}

/// The entries behind one figure.
std::string entries_path(const BalancesPage& page, const BalanceLine& line, std::string_view state)
{
    if (!page.may_see_evidence)
        return "";
    QueueAddress address;
    address.state = state;
    address.contract = page.contract;
    if (page.period.quarter)
        address.quarter = format_quarter(*page.period.quarter);
    address.year = page.period.year;
    // What the ledger's own filter knows is found without looking at each entry.
    if (page.dimension == Dimension::Contract && line.key != "none")
        address.contract = line.key;
    else if (page.dimension == Dimension::Quarter)
        address.quarter = line.key;
    else
        address.line = EntryFilter::Line{page.dimension, line.key};
    return address.path();
}

std::string quantity_words(const QuantitySum& sum, Quantity quantity)
{
    const auto words = amount(sum.kind, quantity);
    return sum.unit.empty() ? words : words + " " + sum.unit;
}

std::string latest_words(const LatestLine& latest)
{
    return latest.measure + ": " + amount(latest.kind, latest.quantity) + " to " + short_date(latest.until) +
           (latest.phase == Phase::Claimed ? ", waiting" : "");
}

void set_quantities(View& row, const BalanceLine& line)
{
    ViewList quantities;
    // Different units stand below each other; nothing adds them.
    constexpr std::size_t shown_max = 3;
    for (const auto& sum : line.quantities) {
        if (quantities.size() == shown_max)
            break;
        View item = object();
        item.set("text", quantity_words(sum, both(sum.sum)));
        set_text(item, "minor",
                 sum.sum.claimed.parts == 0 ? "" : quantity_words(sum, sum.sum.confirmed) + " confirmed");
        quantities.push_back(std::move(item));
    }
    const bool more = line.quantities.size() > shown_max;
    if (const auto community = both(line.community); community.parts != 0) {
        View item = object();
        item.set("text", format_hours_for_people(community) + " community");
        item.set("minor", false);
        quantities.push_back(std::move(item));
    }
    for (const auto& latest : line.latest) {
        View item = object();
        item.set("text", latest_words(latest));
        item.set("minor", std::string("the newest figure, not added"));
        quantities.push_back(std::move(item));
    }
    set_list(row, "quantities", std::move(quantities));
    set_text(row, "more_units",
             more ? "and " + counted(static_cast<std::int64_t>(line.quantities.size() - shown_max),
                                     "other unit", "other units")
                  : "");
}

View line_view(const BalancesPage& page, const BalanceLine& line, bool links)
{
    View row = object();
    row.set("title", line.title);
    set_text(row, "detail", line.detail);
    row.set("confirmed", format_pounds(line.social.confirmed));
    row.set("claimed", format_pounds(line.social.claimed));
    row.set("both", format_pounds(both(line.social)));
    set_text(row, "local", is_zero(line.local_economic) ? "" : format_pounds(both(line.local_economic)));
    set_text(row, "local_minor",
             line.local_economic.claimed.parts == 0
                 ? ""
                 : format_pounds(line.local_economic.confirmed) + " confirmed");
    set_text(row, "held", is_zero(line.held) ? "" : format_pounds(both(line.held)));
    set_text(row, "confirmed_path",
             links && line.entries.confirmed > 0 ? entries_path(page, line, "accepted") : "");
    set_text(row, "claimed_path",
             links && line.entries.claimed > 0 ? entries_path(page, line, "claimed") : "");
    set_text(row, "path", links ? entries_path(page, line, "all") : "");
    set_quantities(row, line);
    return row;
}

std::string csv_field(std::string_view text)
{
    // A spreadsheet takes a leading sign for a formula; these are titles, so a space in front does no harm.
    std::string safe(
        text.empty() || std::string_view("=+-@\t\r").find(text.front()) == std::string_view::npos ? "" : " ");
    safe += text;
    if (safe.find_first_of(",\"\r\n") == std::string::npos)
        return safe;
    std::string out = "\"";
    for (const char c : safe) {
        if (c == '"')
            out += '"';
        out += c;
    }
    return out + "\"";
}

} // namespace

std::string dimension_title(Dimension dimension)
{
    switch (dimension) {
    case Dimension::Contract:
        return "Contract";
    case Dimension::Supplier:
        return "Supplier";
    case Dimension::Measure:
        return "Measure";
    case Dimension::Outcome:
        return "Outcome";
    case Dimension::Theme:
        return "Theme";
    case Dimension::Quarter:
        return "Quarter";
    case Dimension::Place:
        return "Place";
    case Dimension::Role:
        return "Supplier’s role";
    case Dimension::ValueClass:
        return "Kind of value";
    case Dimension::Verification:
        return "Level of verification";
    }
    return "";
}

View balances_view(const BalancesPage& page)
{
    View view = object();
    view.set("dimension", dimension_title(page.dimension));
    ViewList dimensions;
    for (const Dimension dimension : all_dimensions) {
        View option = object();
        option.set("name", std::string(name_of(dimension)));
        option.set("title", dimension_title(dimension));
        option.set("chosen", dimension == page.dimension);
        dimensions.push_back(std::move(option));
    }
    set_list(view, "dimensions", std::move(dimensions));
    ViewList contracts;
    for (const auto& contract : page.contracts) {
        View option = object();
        option.set("ref", contract.ref);
        option.set("title", contract.title);
        option.set("chosen", contract.ref == page.contract);
        contracts.push_back(std::move(option));
    }
    set_list(view, "contracts", std::move(contracts));
    set_period_options(view, page.period, page.quarters, page.years);
    view.set("is_year", page.period.year.has_value());
    ViewList lines;
    for (const auto& line : page.table.lines)
        lines.push_back(line_view(page, line, page.may_see_evidence));
    set_list(view, "lines", std::move(lines));
    view.set("total", line_view(page, page.table.total, false));
    view.set("overlaps", page.table.overlaps);
    view.set("by_quarter", page.dimension == Dimension::Quarter && !page.period.year);
    view.set("accepted_icon", icon("accepted"));
    view.set("waiting_icon", icon("waiting"));
    view.set("held_icon", icon("held"));
    std::string csv = "/balances.csv?by=" + std::string(name_of(page.dimension));
    if (!page.contract.empty())
        csv += "&contract=" + percent_encoded(page.contract);
    if (const auto period = name_of(page.period); !period.empty())
        csv += "&period=" + period;
    view.set("csv", csv);
    view.set("may_see_evidence", page.may_see_evidence);
    return view;
}

std::string balances_csv(const BalancesPage& page)
{
    std::string csv = "\xEF\xBB\xBF" + csv_field(dimension_title(page.dimension)) +
                      ",Detail,Social value confirmed,Social value waiting,Social value both,Local economic "
                      "value confirmed,Local economic value waiting,Held apart,Community hours,Entries "
                      "confirmed,Entries waiting,Quantities,Newest figures\r\n";
    const auto add_line = [&](const BalanceLine& line, std::string_view title) {
        std::string quantities;
        for (const auto& sum : line.quantities)
            quantities += (quantities.empty() ? "" : "; ") + quantity_words(sum, both(sum.sum));
        std::string latest;
        for (const auto& figure : line.latest)
            latest += (latest.empty() ? "" : "; ") + latest_words(figure);
        csv += csv_field(title) + "," + csv_field(line.detail) + "," + format_exact(line.social.confirmed) +
               "," + format_exact(line.social.claimed) + "," + format_exact(both(line.social)) + "," +
               format_exact(line.local_economic.confirmed) + "," + format_exact(line.local_economic.claimed) +
               "," + format_exact(both(line.held)) + "," + format_quantity(both(line.community)) + "," +
               std::to_string(line.entries.confirmed) + "," + std::to_string(line.entries.claimed) + "," +
               csv_field(quantities) + "," + csv_field(latest) + "\r\n";
    };
    for (const auto& line : page.table.lines)
        add_line(line, line.title);
    add_line(page.table.total, "Total");
    return csv;
}

} // namespace tally::server::console
