#include "server/console/split_view.h"

#include "server/console/review_view.h"
#include "server/console/words.h"

#include <algorithm>
#include <charconv>

namespace tally::server::console {
namespace {

constexpr std::size_t rows_min = 2;
constexpr std::size_t rows_max = 20;

std::string field(std::string_view name, std::size_t row)
{
    return std::string(name) + "-" + std::to_string(row);
}

/// Contract and measure are one choice, because a code means something only within a contract's framework.
std::string target(const std::string& contract, const std::string& measure)
{
    return contract + "|" + measure;
}

ViewList targets_view(const SplitPage& page, const std::string& chosen)
{
    ViewList groups;
    for (const auto& [contract, framework] : page.contracts) {
        if (!framework)
            continue;
        ViewList options;
        for (const auto& measure : framework->measures) {
            if (measure.kind != page.kind)
                continue;
            View option = object();
            const auto value = target(contract.ref, measure.code);
            option.set("value", value);
            option.set("title", contract.ref + " · " + measure.code + " " + measure.title);
            option.set("chosen", value == chosen);
            options.push_back(std::move(option));
        }
        if (options.empty())
            continue;
        View group = object();
        group.set("title", contract.title);
        set_list(group, "options", std::move(options));
        groups.push_back(std::move(group));
    }
    return groups;
}

/// What is left to give out, in words.
std::string balance_words(const SplitPage& page, bool in_hours)
{
    Quantity sum;
    for (std::size_t row = 1; row <= split_rows(page.form); ++row) {
        const auto typed = page.form.get(field("amount", row));
        const auto amount = typed.empty() ? Result<Quantity>(Quantity{}) : parse_amount(typed, in_hours);
        const auto more = amount ? add(sum, *amount) : amount;
        if (!more)
            return "";
        sum = *more;
    }
    const auto whole = page.detail.facts.quantity.value_or(Quantity{});
    if (sum.parts == 0 || sum == whole)
        return "";
    const Quantity rest{std::abs(whole.parts - sum.parts)};
    return amount(page.kind, rest) + (sum < whole ? " is left to give out." : " is given out too much.");
}

} // namespace

std::size_t split_rows(const Fields& form)
{
    std::size_t rows = rows_min;
    const auto typed = form.get("rows");
    std::from_chars(typed.data(), typed.data() + typed.size(), rows);
    if (form.get("do") == "add")
        ++rows;
    return std::clamp(rows, rows_min, rows_max);
}

Result<Quantity> parse_amount(std::string_view text, bool in_hours)
{
    const auto colon = text.find(':');
    if (!in_hours || colon == std::string_view::npos)
        return parse_quantity(text);
    const Error bad{"bad_number", "Write hours as 1.5 or as 1:30."};
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    const auto* const begin = text.data();
    const auto* const end = begin + text.size();
    const auto first = std::from_chars(begin, begin + colon, hours);
    const auto second = std::from_chars(begin + colon + 1, end, minutes);
    if (first.ec != std::errc() || first.ptr != begin + colon || second.ec != std::errc() ||
        second.ptr != end || text.size() != colon + 3 || hours < 0 || minutes < 0 || minutes > 59 ||
        hours > 1'000'000)
        return bad;
    return hours_from_minutes(hours * 60 + minutes, 1);
}

Result<std::vector<PartRequest>> read_split_form(const Fields& form, bool in_hours)
{
    std::vector<PartRequest> parts;
    for (std::size_t row = 1; row <= split_rows(form); ++row) {
        const auto number = std::to_string(row);
        const auto typed = form.get(field("amount", row));
        const auto chosen = form.get(field("target", row));
        if (typed.empty() && chosen.empty())
            continue;
        if (chosen.empty())
            return Error{"split_target", "Choose a contract and measure for part " + number + ".",
                         "target-" + number};
        const auto amount = parse_amount(typed, in_hours);
        if (!amount || amount->parts <= 0)
            return Error{"bad_number",
                         "Write how much part " + number + " is" +
                             (in_hours ? ", as 1.5 or as 1:30." : ", as a number above zero."),
                         "amount-" + number};
        const auto mark = chosen.rfind('|');
        parts.push_back(
            {std::string(chosen.substr(0, mark)),
             mark == std::string_view::npos ? std::string() : std::string(chosen.substr(mark + 1)), *amount});
    }
    if (parts.size() < rows_min)
        return Error{"split_sum", "Divide the entry into at least two parts.", "amount-1"};
    return parts;
}

View split_view(const SplitPage& page)
{
    const bool in_hours = page.kind == MeasureKind::Hours;
    const auto& detail = page.detail;
    View view = object();
    const auto path = "/entries/" + detail.summary.id.text();
    view.set("back", path + "?back=" + percent_encoded(page.back));
    view.set("back_field", page.back);
    view.set("action", path + "/split");
    view.set("headline", detail.summary.headline);
    const auto whole = detail.facts.quantity.value_or(Quantity{});
    view.set("whole", amount(page.kind, whole));
    view.set("in_hours", in_hours);
    const auto rows = split_rows(page.form);
    view.set("rows_count", std::to_string(rows));
    view.set("may_add", rows < rows_max);
    set_text(view, "left", balance_words(page, in_hours));
    const std::string where = page.refusal ? page.refusal->where : "";
    ViewList list;
    for (std::size_t row = 1; row <= rows; ++row) {
        View item = object();
        const auto number = std::to_string(row);
        item.set("number", number);
        item.set("amount", std::string(page.form.get(field("amount", row))));
        // The first part stays where the entry is, unless somebody chooses otherwise.
        const bool untouched = page.form.items().empty() && row == 1;
        set_list(item, "targets",
                 targets_view(page, untouched ? target(detail.facts.contract, detail.facts.measure)
                                              : std::string(page.form.get(field("target", row)))));
        set_text(item, "amount_error", where == "amount-" + number ? page.refusal->message : "");
        set_text(item, "target_error",
                 where == "target-" + number || where == number ? page.refusal->message : "");
        list.push_back(std::move(item));
    }
    set_list(view, "parts", std::move(list));
    view.set("note", std::string(page.form.get("note")));
    set_text(view, "note_error", where == "note" ? page.refusal->message : "");
    ViewList errors;
    if (page.refusal) {
        View error = object();
        error.set("message", page.refusal->message);
        const bool is_row = !where.empty() && where.find_first_not_of("0123456789") == std::string::npos;
        set_text(error, "field", is_row ? "target-" + where : where.empty() ? "amount-1" : where);
        errors.push_back(std::move(error));
    }
    set_list(view, "errors", std::move(errors));
    return view;
}

} // namespace tally::server::console
