#include "server/console/console.h"
#include "server/console/quarter_view.h"
#include "server/http/problem.h"

#include <charconv>

namespace tally::server::console {
namespace {

std::optional<Quarter> quarter_in(const Request& request)
{
    const auto quarter = parse_quarter(request.params.get("quarter"));
    return quarter ? std::optional(*quarter) : std::nullopt;
}

} // namespace

Response Console::quarters_page(Request& request)
{
    const auto viewer = viewer_of(*request.visitor);
    QuartersPage input;
    input.quarters = m_review.quarters(viewer);
    const auto now = m_clock.now();
    const auto year = year_containing(local_date(now, m_clock.utc_offset_min(now)), YearKind::Academic);
    const auto year_before =
        year_containing(date_from_days(days_from_date(year.first) - 1), YearKind::Academic);
    for (const auto& balances : m_review.year_balances(viewer, {year, year_before}, ""))
        input.years.push_back(totals_of(balances));
    return page(request, "quarters", "Quarters", "quarters", quarters_view(input, m_clock));
}

Response Console::quarter_page(Request& request)
{
    const auto quarter = quarter_in(request);
    if (!quarter)
        return not_found(request, "This quarter");
    View view = quarter_view(m_review.quarter(viewer_of(*request.visitor), *quarter), m_clock,
                             request.visitor->may(Permission::SeeEvidence));
    view.set("notice", request.query.get("done") == "closed" ? notice("accepted", "The quarter is closed.")
                                                             : View(false));
    return page(request, "quarter", format_quarter_long(*quarter), "quarters", std::move(view));
}

Response Console::close_page(Request& request)
{
    return show_close(request, std::nullopt);
}

Response Console::show_close(const Request& request, const std::optional<Error>& refusal)
{
    const auto quarter = quarter_in(request);
    if (!quarter)
        return not_found(request, "This quarter");
    ClosePage input;
    input.detail = m_review.quarter(viewer_of(*request.visitor), *quarter);
    if (!input.detail.can_close)
        return refusal_page(
            request,
            {"quarter_closed", input.detail.closed
                                   ? "This quarter is closed already."
                                   : "This quarter has not ended. It can be closed from the day after."},
            409);
    if (refusal) {
        input.looked = request.form.get("looked") == "1";
        input.note = request.form.get("note");
        input.refusal = refusal;
    }
    const std::string title = "Close " + format_quarter_long(*quarter);
    return page(request, "quarter-close", refusal ? "Error: " + title : title, "quarters", close_view(input),
                refusal ? status_of(*refusal) : 200);
}

Response Console::close_quarter(Request& request)
{
    const auto quarter = quarter_in(request);
    if (!quarter)
        return not_found(request, "This quarter");
    const auto typed = request.form.get("items");
    std::int64_t items = 0;
    std::from_chars(typed.data(), typed.data() + typed.size(), items);
    if (items > 0 && request.form.get("looked") != "1")
        return show_close(request,
                          Error{"not_looked", "Look at the open items, then tick the box.", "looked"});
    const auto closed =
        m_review.close_quarter(viewer_of(*request.visitor), *quarter, items, request.form.get("note"));
    if (!closed)
        return show_close(request, closed.error());
    return redirect_to("/quarters/" + format_quarter(*quarter) + "?done=closed");
}

} // namespace tally::server::console
