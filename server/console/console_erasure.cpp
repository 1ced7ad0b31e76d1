#include "server/console/console_erasure.h"

#include "server/console/words.h"
#include "server/http/problem.h"

#include <charconv>

namespace tally::server::console {
namespace {

constexpr std::size_t page_rows = 50;

std::string words_for(ErasureReason why)
{
    switch (why) {
    case ErasureReason::Withdrawal:
        return "Consent taken back";
    case ErasureReason::Staff:
        return "By staff";
    case ErasureReason::Retention:
        return "Older than it may be kept";
    }
    return {};
}

std::string words_for(CountedFrom from)
{
    return from == CountedFrom::QuarterEnd ? "After the quarter of the work"
                                           : "After the end of the contract";
}

std::optional<std::int64_t> number_in(std::string_view text)
{
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size() && !text.empty();
    return whole ? std::optional(number) : std::nullopt;
}

View rule_view(const RetentionRule& rule, std::string_view months)
{
    const std::string kind(name_of(rule.kind));
    View view = object();
    view.set("kind", kind);
    view.set("title", word_for(rule.kind));
    view.set("months", std::string(months));
    view.set("active", rule.active);
    ViewList bases;
    for (const auto from : {CountedFrom::QuarterEnd, CountedFrom::ContractEnd}) {
        View base = object();
        base.set("value", std::string(name_of(from)));
        base.set("text", words_for(from));
        base.set("chosen", from == rule.counted_from);
        bases.push_back(std::move(base));
    }
    set_list(view, "bases", std::move(bases));
    return view;
}

std::string due_words(const RetentionDue& due)
{
    const auto count = static_cast<std::int64_t>(due.roots.size());
    if (count == 0)
        return "Nothing is due today.";
    std::string words = counted(count, "entry is", "entries are") + " due today";
    if (due.waiting > 0)
        words +=
            ", " + std::to_string(due.waiting) + " of them without a decision: erased, they count no more";
    return words + ".";
}

} // namespace

void ErasurePages::register_routes(Router& router)
{
    const auto add = [&](Method method, std::string pattern, Permission permission,
                         Response (ErasurePages::*handler)(Request&)) {
        router.add(Route{method, std::move(pattern), permission,
                         [this, handler](Request& request) { return (this->*handler)(request); }});
    };
    // clang-format off
    add(Method::Get,  "/entries/{id}/erase",  Permission::EraseWords,   &ErasurePages::erase_page);
    add(Method::Post, "/entries/{id}/erase",  Permission::EraseWords,   &ErasurePages::erase);
    add(Method::Get,  "/erasures",            Permission::SeeEvidence,  &ErasurePages::erasures_page);
    add(Method::Post, "/erasures/withdrawal", Permission::EraseWords,   &ErasurePages::withdraw);
    add(Method::Get,  "/erasures/retention",  Permission::SeeEvidence,  &ErasurePages::retention_page);
    add(Method::Post, "/erasures/retention",  Permission::SetRetention, &ErasurePages::set_retention);
    // clang-format on
}

Response ErasurePages::erase_page(Request& request)
{
    return show_erase(request, std::nullopt);
}

Response ErasurePages::show_erase(const Request& request, const std::optional<Error>& refusal)
{
    const auto id = Uuid::parse(request.params.get("id"));
    const auto detail = id ? m_console.m_review.entry(viewer_of(*request.visitor), *id) : std::nullopt;
    if (!detail)
        return m_console.not_found(request, "This entry");
    View view = object();
    view.set("entry", "/entries/" + id->text());
    view.set("action", "/entries/" + id->text() + "/erase");
    view.set("headline", detail->summary.headline);
    view.set("erased", detail->summary.erased);
    const auto forms = static_cast<std::int64_t>(detail->revisions.size());
    set_text(view, "revisions", forms > 1 ? std::to_string(forms) : "");
    view.set("waits",
             detail->summary.state == EntryState::Waiting || detail->summary.state == EntryState::Queried);
    view.set("reason", std::string(request.form.get("reason")));
    set_text(view, "reason_error", refusal ? refusal->message : "");
    set_refusal(view, refusal, "reason");
    return m_console.page(request, "erase", refusal ? "Error: Erase personal words" : "Erase personal words",
                          "queue", std::move(view), refusal ? status_of(*refusal) : 200);
}

Response ErasurePages::erase(Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    // Nobody erases, or learns of, what is not theirs to see.
    if (!id || !m_console.m_review.entry(viewer_of(*request.visitor), *id))
        return m_console.not_found(request, "This entry");
    if (request.form.get("sure") != "yes")
        return show_erase(request,
                          Error{"not_confirmed", "Confirm that you read what is going to happen.", "sure"});
    const auto erased = m_erasure.erase(*id, request.visitor->user.id, request.form.get("reason"));
    if (!erased)
        return show_erase(request, erased.error());
    return redirect_to("/erasures?done=" + std::to_string(erased->size()));
}

Response ErasurePages::erasures_page(Request& request)
{
    return show_erasures(request, std::nullopt);
}

Response ErasurePages::show_erasures(const Request& request, const std::optional<Error>& refusal)
{
    const auto& user = request.visitor->user;
    const auto before = number_in(request.query.get("before"));
    auto rows = m_erasure.erasures(sees_all_contracts(user.role), user.contracts, before, page_rows + 1);
    const bool more = rows.size() > page_rows;
    if (more)
        rows.pop_back();
    ViewList items;
    for (const auto& row : rows) {
        const auto person = row.by.empty() ? std::nullopt : m_console.m_accounts.find(row.by);
        View item = object();
        item.set("entry", "/entries/" + row.entry.text());
        item.set("entry_text", row.entry.text().substr(0, 8));
        set_text(item, "contract", row.contract);
        item.set("at", moment(row.at, m_console.m_clock));
        item.set("why", words_for(row.why));
        set_text(item, "note", row.note);
        item.set("by", person                            ? person->name
                       : row.why == ErasureReason::Staff ? std::string("Command line")
                                                         : std::string("Nobody: automatic"));
        item.set("position", std::to_string(row.position));
        items.push_back(std::move(item));
    }
    View view = object();
    set_text(view, "next", more ? "/erasures?before=" + std::to_string(rows.back().position) : "");
    set_text(view, "first", before ? "/erasures" : "");
    view.set("paging", more || before.has_value());
    set_list(view, "rows", std::move(items));
    view.set("may_erase", request.visitor->may(Permission::EraseWords));
    view.set("code", std::string(request.form.get("code")));
    set_text(view, "code_error", refusal ? refusal->message : "");
    set_refusal(view, refusal, "code");
    view.set("notice", false);
    if (const auto done = number_in(request.query.get("done")))
        view.set("notice", notice("accepted", "Erased " + counted(*done, "entry", "entries") +
                                                  ". Devices learn of it at their next sync."));
    else if (request.query.find("waits"))
        view.set("notice", notice("accepted", "Nothing is here under this code yet. It is kept, and a story "
                                              "that arrives with it is erased at once."));
    return m_console.page(request, "erasures", refusal ? "Error: Erasures" : "Erasures", "ledger",
                          std::move(view), refusal ? status_of(*refusal) : 200);
}

Response ErasurePages::withdraw(Request& request)
{
    // The person who holds the code asks, so the contract does not matter.
    const auto withdrawn = m_erasure.withdraw(request.form.get("code"));
    if (!withdrawn)
        return show_erasures(request, withdrawn.error());
    if (withdrawn->waits)
        return redirect_to("/erasures?waits=1");
    return redirect_to("/erasures?done=" + std::to_string(withdrawn->entries.size()));
}

Response ErasurePages::retention_page(Request& request)
{
    return show_retention(request, m_erasure.rules(), std::nullopt);
}

Response ErasurePages::show_retention(const Request& request, const std::vector<RetentionRule>& rules,
                                      const std::optional<Error>& refusal)
{
    const auto due = m_erasure.due();
    ViewList items;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto typed = request.form.get("months-" + std::string(name_of(rules[i].kind)));
        View item = rule_view(rules[i], refusal ? typed : std::to_string(rules[i].months));
        item.set("due", due_words(due[i]));
        items.push_back(std::move(item));
    }
    View view = object();
    set_list(view, "rules", std::move(items));
    view.set("may_change", request.visitor->may(Permission::SetRetention));
    set_refusal(view, refusal, refusal ? refusal->where : "");
    view.set("notice", request.query.find("done")
                           ? notice("accepted", "Saved. What is due is erased within a day.")
                           : View(false));
    return m_console.page(request, "retention", refusal ? "Error: Retention" : "Retention", "ledger",
                          std::move(view), refusal ? status_of(*refusal) : 200);
}

Response ErasurePages::set_retention(Request& request)
{
    auto rules = m_erasure.rules();
    const auto before = rules;
    std::optional<Error> refusal;
    for (auto& rule : rules) {
        const std::string kind(name_of(rule.kind));
        const auto months = number_in(request.form.get("months-" + kind));
        const auto from = counted_from_named(request.form.get("from-" + kind));
        rule.active = request.form.get("active-" + kind) == "on";
        rule.counted_from = from.value_or(rule.counted_from);
        rule.months = months.value_or(0);
        if (!refusal && (!from || !months || *months < 1 || *months > retention_months_max))
            refusal = Error{"bad_months", word_for(rule.kind) + ": say a number of months from 1 to 1200.",
                            "months-" + kind};
    }
    if (refusal)
        return show_retention(request, rules, refusal);
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (rules[i] != before[i])
            if (const auto set = m_erasure.set_rule(rules[i], request.visitor->user.id); !set)
                return show_retention(request, rules, set.error());
    return redirect_to("/erasures/retention?done=1");
}

} // namespace tally::server::console
