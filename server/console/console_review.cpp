#include "server/console/console.h"
#include "server/console/review_view.h"
#include "server/http/problem.h"
#include "server/reference/reference_repository.h"

#include <array>

namespace tally::server::console {
namespace {

/// What a button sends, and what the page says afterwards. The log has words of its own ("accepted").
struct DecisionWords
{
    DecisionKind kind;
    std::string_view button;
    std::string_view done;
};

constexpr std::array decision_words = {
    DecisionWords{DecisionKind::Accept, "accept", "Accepted."},
    DecisionWords{DecisionKind::Query, "query", "Your question goes to the device at its next sync."},
    DecisionWords{DecisionKind::Decline, "decline", "Declined."},
    DecisionWords{DecisionKind::Reverse, "reverse", "The decision was taken back."},
};

constexpr std::string_view split_done = "Divided. The parts wait for a decision.";

const DecisionWords* words_for_button(std::string_view button)
{
    for (const auto& words : decision_words)
        if (words.button == button)
            return &words;
    return nullptr;
}

/// What was just decided, with a way to take it back.
void set_done_notice(View& view, const Request& request, const std::string& back)
{
    if (request.query.get("done") == "split") {
        view.set("notice", notice("accepted", split_done));
        return;
    }
    const DecisionWords* words = words_for_button(request.query.get("done"));
    const auto of = Uuid::parse(request.query.get("of"));
    if (words == nullptr) {
        view.set("notice", false);
        return;
    }
    const bool other = of && of->text() != request.params.get("id");
    view.set("notice", notice("accepted", words->done,
                              other ? "/entries/" + of->text() + "?back=" + percent_encoded(back) : "",
                              "See it, or take it back"));
}

QueueAddress address_in(const std::string& queue_path)
{
    const std::size_t mark = std::min(queue_path.find('?'), queue_path.size());
    const auto query = parse_form(std::string_view(queue_path).substr(std::min(mark + 1, queue_path.size())));
    return QueueAddress::from(query ? *query : Fields());
}

std::string queue_path_or_default(std::string_view given)
{
    const std::string path = own_path(given, "/queue");
    return path.starts_with("/queue") ? path : "/queue";
}

} // namespace

Response Console::queue_page(Request& request)
{
    const Visitor& visitor = *request.visitor;
    const Viewer viewer = viewer_of(visitor);
    QueuePage queue;
    queue.address = QueueAddress::from(request.query);
    const EntryFilter filter = queue.address.filter();
    queue.entries = m_review.entries(viewer, filter);
    queue.counts = m_review.counts(viewer, filter);
    queue.contracts = visible_contracts(visitor);
    queue.may_decide = visitor.may(Permission::Decide);
    View view = queue_view(queue, m_clock);
    set_done_notice(view, request, queue.address.path());
    return page(request, "queue", "Queue", "queue", std::move(view));
}

Response Console::entry_page(Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    if (!id)
        return not_found(request, "This entry");
    return show_entry(request, *id, queue_path_or_default(request.query.get("back")), "", std::nullopt);
}

Response Console::show_entry(const Request& request, const Uuid& id, const std::string& back,
                             const std::string& note, const std::optional<Error>& refusal)
{
    auto detail = m_review.entry(viewer_of(*request.visitor), id);
    if (!detail)
        return not_found(request, "This entry");
    EntryPageInput input;
    input.back = back;
    input.note = note;
    input.refusal = refusal;
    std::shared_ptr<const Framework> framework;
    std::shared_ptr<const Questionnaire> questionnaire;
    {
        auto lease = m_pool.lease();
        ReferenceRepository reference(*lease);
        const EntryFacts& facts = detail->facts;
        if (!facts.framework.empty())
            framework = reference.find_framework(facts.framework, facts.framework_version);
        if (const auto event = reference.find_event(facts.event))
            input.event_title = event->title;
        if (const auto place = reference.find_place(facts.place))
            input.place_title = place->title;
        const auto* feedback = detail->entry ? std::get_if<FeedbackBody>(&detail->entry->body) : nullptr;
        if (feedback != nullptr)
            questionnaire =
                reference.find_questionnaire(feedback->questionnaire, feedback->questionnaire_version);
    }
    input.measure = framework ? framework->find_measure(detail->facts.measure) : nullptr;
    input.questionnaire = questionnaire.get();
    input.wordings = &m_wordings;
    input.detail = *std::move(detail);
    const std::string title = input.detail.summary.headline;
    View view = entry_view(input, m_clock);
    set_done_notice(view, request, back);
    const bool may_erase = request.visitor->may(Permission::EraseWords) && !input.detail.summary.erased;
    set_text(view, "erase_path", may_erase ? "/entries/" + id.text() + "/erase" : "");
    return page(request, "entry", refusal ? "Error: " + title : title, "queue", std::move(view),
                refusal ? status_of(*refusal) : 200);
}

Response Console::decide(Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    const DecisionWords* decision = words_for_button(request.form.get("decision"));
    if (!id)
        return not_found(request, "This entry");
    const std::string back = queue_path_or_default(request.form.get("back"));
    const std::string note(request.form.get("note"));
    if (decision == nullptr)
        return show_entry(request, *id, back, note,
                          Error{"bad_request", "Choose what to do with this entry."});
    const Viewer viewer = viewer_of(*request.visitor);
    const auto before = m_review.entry(viewer, *id);
    const auto decided = m_review.decide(viewer, *id, decision->kind, note);
    if (!decided)
        return show_entry(request, *id, back, note, decided.error());

    const std::string done = "done=" + std::string(decision->button) + "&of=" + id->text();
    if (decision->kind == DecisionKind::Reverse)
        return redirect_to("/entries/" + id->text() + "?" + done + "&back=" + percent_encoded(back));
    // On to the next one of the same queue, so that a long queue is worked through without going back.
    QueueAddress address = address_in(back);
    address.after = before ? std::optional(before->summary.position) : std::nullopt;
    if (address.state == name_of(EntryState::Waiting)) {
        EntryFilter filter = address.filter();
        filter.limit = 1;
        const EntryPage following = m_review.entries(viewer, filter);
        if (!following.rows.empty())
            return redirect_to("/entries/" + following.rows.front().id.text() + "?" + done +
                               "&back=" + percent_encoded(back));
    }
    return redirect_to(back + (back.find('?') == std::string::npos ? "?" : "&") + done);
}

Response Console::photo(Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    if (!id)
        return not_found(request, "This photo");
    return show_photo(request,
                      m_review.photo(viewer_of(*request.visitor), *id, request.params.get("digest")));
}

Response Console::thumbnail(Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    if (!id)
        return not_found(request, "This photo");
    return show_photo(request,
                      m_review.thumbnail(viewer_of(*request.visitor), *id, request.params.get("digest")));
}

Response Console::show_photo(const Request& request, Result<ReviewService::Photo> photo)
{
    if (!photo)
        return refusal_page(request, photo.error(), status_of(photo.error()));
    // Only these two types are captured; anything else would be somebody's file, not a photo of ours.
    if (photo->media_type != "image/jpeg" && photo->media_type != "image/png")
        return not_found(request, "This photo");
    return Response{200, photo->media_type, std::move(photo->bytes), {}}.with("Content-Disposition",
                                                                              "inline");
}

} // namespace tally::server::console
