#include "client/capture/sign_in_sheet.h"

#include "shared/base/encoding.h"
#include "shared/domain/validate.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tally::client {

namespace {

constexpr std::int64_t minute_ms = 60'000;

std::int64_t whole_minutes(Timestamp moment)
{
    return moment.ms / minute_ms;
}

std::string to_text(const SignIn& sign_in)
{
    const nlohmann::json json = {
        {"name", sign_in.name}, {"whose_time", name_of(sign_in.whose_time)}, {"at_ms", sign_in.at.ms}};
    return json.dump();
}

std::optional<SignIn> from_text(const OpenDraft& draft)
{
    const auto json = nlohmann::json::parse(draft.text, nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    const auto whose = whose_time_named(json.value("whose_time", ""));
    if (!whose)
        return std::nullopt;
    return SignIn{draft.id, json.value("name", ""), *whose, Timestamp{json.value("at_ms", std::int64_t{0})}};
}

bool same_name(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

} // namespace

std::optional<HoursBody> hours_of(const SignIn& sign_in, Timestamp signed_out_at, bool forgotten,
                                  const Event& event, const SheetDetails& details,
                                  std::int32_t utc_offset_min)
{
    const Timestamp start = std::max(sign_in.at, event.starts_at);
    const Timestamp end = std::min(signed_out_at, event.ends_at);
    const std::int64_t minutes = whole_minutes(end) - whole_minutes(start);
    if (minutes < 1)
        return std::nullopt;

    HoursBody body;
    body.host = details.host;
    body.activity = details.activity;
    body.date = local_date(start, utc_offset_min);
    body.start_min = local_minute(start, utc_offset_min);
    body.end_min = body.start_min + static_cast<std::int32_t>(std::min(minutes, limits::shift_minutes_max));
    body.whose_time = sign_in.whose_time;
    body.people.name = sign_in.name;
    body.confirmation = HoursConfirmation::SignInSheet;
    body.closed_at_event_end = forgotten || signed_out_at > event.ends_at;
    return body;
}

SignInSheet::SignInSheet(Event event, SheetDetails details, Vault& vault, Capture& capture,
                         const Clock& clock, Random& random)
    : m_event(std::move(event)), m_details(std::move(details)), m_vault(vault), m_capture(capture),
      m_clock(clock), m_ids(clock, random)
{
    m_details.about.event = m_event.id;
    if (m_details.about.contract.empty())
        m_details.about.contract = m_event.contract;
    if (m_details.about.place.empty())
        m_details.about.place = m_event.place;
    for (const OpenDraft& draft : m_vault.drafts(area())) {
        if (auto sign_in = from_text(draft))
            m_here.push_back(std::move(*sign_in));
    }
    std::sort(m_here.begin(), m_here.end(), [](const SignIn& a, const SignIn& b) { return a.id < b.id; });
}

std::string SignInSheet::area() const
{
    return "sign_in/" + m_event.id;
}

CaptureRequest SignInSheet::request_for(const SignIn& sign_in, HoursBody body) const
{
    CaptureRequest request;
    request.entry.kind = EvidenceKind::Hours;
    request.entry.language = m_details.language;
    request.entry.about = m_details.about;
    request.entry.body = std::move(body);
    request.drafts_done.push_back({area(), sign_in.id});
    return request;
}

Result<void> SignInSheet::sign_in(std::string_view name, WhoseTime whose_time)
{
    const std::string_view given = trimmed(name);
    if (given.empty())
        return Error{"name_missing", "Type a name to sign in.", "name"};
    if (!is_utf8(given) || utf8_length(given) > limits::name_max)
        return Error{"name_too_long", "That name is too long. Type a shorter form of it.", "name"};
    const auto key = m_vault.run_key();
    if (!key)
        return key.error();
    const Timestamp now = m_clock.now();
    if (now >= m_event.ends_at)
        return Error{"event_over", "This event is over. Log the hours by hand instead."};
    for (const SignIn& other : m_here) {
        if (same_name(other.name, given))
            return Error{"already_here",
                         std::string(given) + " is signed in already. Add an initial to tell two "
                                              "people apart.",
                         "name"};
    }
    SignIn added{m_ids.next().text(), std::string(given), whose_time, now};
    m_vault.keep_draft(area(), added.id, to_text(added), now);
    m_here.push_back(std::move(added));
    return {};
}

Result<std::optional<Uuid>> SignInSheet::sign_out(std::string_view sign_in_id)
{
    const auto found =
        std::find_if(m_here.begin(), m_here.end(), [&](const SignIn& one) { return one.id == sign_in_id; });
    if (found == m_here.end())
        return Error{"not_here", "That person is not signed in."};
    const Timestamp now = m_clock.now();
    auto body = hours_of(*found, now, false, m_event, m_details, m_clock.utc_offset_min(now));
    std::optional<Uuid> id;
    if (body) {
        const auto saved = m_capture.save(request_for(*found, std::move(*body)));
        if (!saved)
            return saved.error();
        id = *saved;
    } else {
        m_vault.drop_draft(area(), found->id);
    }
    m_here.erase(found);
    return id;
}

void SignInSheet::remove(std::string_view sign_in_id)
{
    m_vault.drop_draft(area(), sign_in_id);
    std::erase_if(m_here, [&](const SignIn& one) { return one.id == sign_in_id; });
}

void SignInSheet::put_back(SignIn sign_in)
{
    sign_in.id = m_ids.next().text();
    m_vault.keep_draft(area(), sign_in.id, to_text(sign_in), m_clock.now());
    m_here.push_back(std::move(sign_in));
}

Result<std::vector<Uuid>> SignInSheet::close()
{
    if (m_clock.now() < m_event.ends_at)
        return Error{"event_running",
                     "This event is not over yet. Sign people out one by one, or wait for its end."};
    std::vector<CaptureRequest> requests;
    for (const SignIn& one : m_here) {
        auto body =
            hours_of(one, m_event.ends_at, true, m_event, m_details, m_clock.utc_offset_min(m_event.ends_at));
        if (body)
            requests.push_back(request_for(one, std::move(*body)));
        else
            m_vault.drop_draft(area(), one.id);
    }
    auto saved = m_capture.save_all(requests);
    if (saved)
        m_here.clear();
    return saved;
}

} // namespace tally::client
