#include "server/demo/demo_evidence.h"

#include "shared/protocol/entry_json.h"

#include <algorithm>

namespace tally::server {

namespace {

std::string decimal_text(std::int64_t scaled, int decimals)
{
    std::string digits = std::to_string(scaled);
    if (decimals == 0)
        return digits;
    const auto places = static_cast<std::size_t>(decimals);
    if (digits.size() <= places)
        digits.insert(0, places + 1 - digits.size(), '0');
    return digits.insert(digits.size() - places, ".");
}

} // namespace

DemoEvidence::DemoEvidence(nlohmann::json words, std::uint64_t seed)
    : m_words(std::move(words)), m_random(seed)
{
}

std::int64_t DemoEvidence::below(std::int64_t limit)
{
    TALLY_ASSERT(limit > 0);
    return static_cast<std::int64_t>(m_random.u64() % static_cast<std::uint64_t>(limit));
}

const nlohmann::json& DemoEvidence::pick(const nlohmann::json& list)
{
    TALLY_ASSERT(!list.empty());
    return list.at(static_cast<std::size_t>(below(static_cast<std::int64_t>(list.size()))));
}

std::string DemoEvidence::one_of(const char* key)
{
    return pick(m_words.at(key)).get<std::string>();
}

Date DemoEvidence::some_day(Date first, Date last)
{
    const std::int64_t from = days_from_date(first);
    return date_from_days(from + below(days_from_date(last) - from + 1));
}

HoursPeople DemoEvidence::some_people(WhoseTime whose)
{
    HoursPeople people;
    if (chance(70)) {
        people.name = one_of(whose == WhoseTime::Residents ? "residents" : "staff");
    } else {
        people.adults = static_cast<std::int32_t>(2 + below(14));
        people.under_18 = whose == WhoseTime::Residents ? static_cast<std::int32_t>(below(9)) : 0;
    }
    return people;
}

std::string DemoEvidence::host_for(const std::string& measure)
{
    nlohmann::json hosts = nlohmann::json::array();
    for (const auto& host : m_words.at("hosts")) {
        const auto& measures = host.at("measures");
        if (std::ranges::find(measures, nlohmann::json(measure)) != measures.end())
            hosts.push_back(host.at("name"));
    }
    return hosts.empty() ? pick(m_words.at("hosts")).at("name").get<std::string>()
                         : pick(hosts).get<std::string>();
}

Entry DemoEvidence::hours(const DemoContract& contract, Date first, Date last)
{
    HoursBody body;
    body.whose_time = chance(80) ? WhoseTime::SupplierStaff : WhoseTime::Residents;
    body.people = some_people(body.whose_time);
    body.date = some_day(first, last);
    body.start_min = static_cast<std::int32_t>(8 * 60 + 15 * below(24));
    body.end_min = body.start_min + static_cast<std::int32_t>(60 + 10 * below(28));
    if (body.end_min - body.start_min > 240)
        body.break_min = 30;
    switch (below(4)) {
    case 0:
        body.confirmation = HoursConfirmation::Host;
        body.confirmed_by = one_of("residents");
        break;
    case 1:
        body.confirmation = HoursConfirmation::Supervisor;
        body.confirmed_by = one_of("supervisors");
        break;
    case 2:
        body.confirmation = HoursConfirmation::SignInSheet;
        break;
    default:
        break;
    }

    Entry entry;
    entry.kind = EvidenceKind::Hours;
    entry.language = "en";
    entry.about.contract = contract.ref;
    entry.about.measure = pick(nlohmann::json(contract.hours_measures)).get<std::string>();
    if (chance(40))
        entry.about.place = contract.place;
    body.host = host_for(entry.about.measure);
    body.activity = pick(m_words.at("activities").at(entry.about.measure)).get<std::string>();
    entry.body = std::move(body);
    return entry;
}

Entry DemoEvidence::delivery(const DemoContract& contract, const std::string& measure, Date first, Date last)
{
    Entry entry;
    entry.kind = EvidenceKind::Delivery;
    entry.language = "en";
    entry.about.contract = contract.ref;
    entry.about.measure = measure;
    const nlohmann::json& kind = pick(m_words.at("deliveries").at(entry.about.measure));

    const int decimals = kind.at("decimals").get<int>();
    std::int64_t scale = 1;
    for (int i = 0; i < decimals; ++i)
        scale *= 10;
    const std::int64_t low = kind.at("low").get<std::int64_t>() * scale;
    const std::int64_t high = kind.at("high").get<std::int64_t>() * scale;

    DeliveryBody body;
    body.quantity = *parse_quantity(decimal_text(low + below(high - low + 1), decimals));
    body.period_start = first;
    body.period_end = last;
    body.description = kind.at("description").get<std::string>();
    body.evidence_reference =
        kind.at("reference").get<std::string>() + "-" + std::to_string(1000 + below(9000));
    entry.body = std::move(body);
    return entry;
}

Entry DemoEvidence::story(const DemoContract& contract)
{
    const nlohmann::json& stories = m_words.at("stories");
    const nlohmann::json& told = stories.at(m_stories_told++ % stories.size());
    const auto text = [&](const char* key) { return told.at(key).get<std::string>(); };

    StoryBody body;
    body.title = text("title");
    body.what = text("what");
    body.how = text("how");
    body.who = text("who");
    body.where = text("where");
    body.changed = text("changed");
    body.known_by = text("known_by");
    body.otherwise = text("otherwise");
    for (const auto& quote : told.at("quotes"))
        body.quotes.push_back({quote.at("text").get<std::string>(), quote.at("speaker").get<std::string>()});

    Consent consent;
    consent.person = one_of("residents");
    consent.uses = {ConsentUse::Report};
    if (chance(60))
        consent.uses.push_back(ConsentUse::Website);
    if (chance(20))
        consent.uses.push_back(ConsentUse::Press);
    consent.wording_version = "2026-1";
    consent.language = "en";
    constexpr std::string_view letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int i = 0; i < 10; ++i)
        consent.withdrawal_code +=
            letters[static_cast<std::size_t>(below(static_cast<std::int64_t>(letters.size())))];
    body.consents.push_back(std::move(consent));
    if (chance(50))
        body.organisation_permission = OrganisationPermission{
            pick(m_words.at("hosts")).at("name").get<std::string>(), one_of("supervisors")};

    Entry entry;
    entry.kind = EvidenceKind::Story;
    entry.language = "en";
    entry.about.contract = contract.ref;
    entry.about.place = contract.place;
    entry.about.theme = text("theme");
    entry.body = std::move(body);
    return entry;
}

AnswerValue DemoEvidence::some_answer(const Question& question)
{
    const auto option = [&] {
        return question.options
            .at(static_cast<std::size_t>(below(static_cast<std::int64_t>(question.options.size()))))
            .id;
    };
    switch (question.type) {
    case QuestionType::Smiley:
        return chance(75) ? 4 + below(2) : 1 + below(3);
    case QuestionType::Scale:
        return chance(75) ? 7 + below(4) : below(7);
    case QuestionType::YesNo:
        return chance(60);
    case QuestionType::Single:
        return std::vector<std::string>{option()};
    case QuestionType::Multiple: {
        std::vector<std::string> chosen = {option()};
        if (std::string second = option(); second != chosen.front())
            chosen.push_back(std::move(second));
        return chosen;
    }
    case QuestionType::Text:
        break;
    }
    return one_of("feedback_words");
}

Entry DemoEvidence::feedback(const DemoContract& contract, const Questionnaire& questionnaire)
{
    FeedbackBody body;
    body.questionnaire = questionnaire.id;
    body.questionnaire_version = questionnaire.version;
    body.language = chance(80) ? questionnaire.languages.front()
                               : questionnaire.languages.at(static_cast<std::size_t>(
                                     below(static_cast<std::int64_t>(questionnaire.languages.size()))));
    for (const Question& question : questionnaire.questions) {
        // People skip what they need not answer, and few write.
        const bool asked = questionnaire.is_shown(question, body.answers);
        if (asked && (question.required || chance(question.type == QuestionType::Text ? 35 : 85)))
            body.answers.push_back({question.id, some_answer(question)});
    }
    constexpr const char* bands[] = {"", "under_16", "16_24", "25_44", "45_64", "65_over"};
    constexpr const char* connections[] = {"", "lives_here", "works_here", "visits"};
    body.about_you.age_band = bands[below(std::ssize(bands))];
    body.about_you.connection = connections[below(std::ssize(connections))];

    Entry entry;
    entry.kind = EvidenceKind::Feedback;
    entry.language = body.language;
    entry.about.contract = contract.ref;
    entry.about.place = contract.place;
    entry.body = std::move(body);
    return entry;
}

std::string capture_input(const Entry& entry)
{
    auto document = nlohmann::ordered_json::parse(protocol::write_entry(entry));
    for (const char* key :
         {"format", "captured_at", "utc_offset_min", "clock_offset_ms", "author", "attachments"})
        document.erase(key);
    return document.dump();
}

} // namespace tally::server
