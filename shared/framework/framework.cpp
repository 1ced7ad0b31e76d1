#include "shared/framework/framework.h"

#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/framework/framework_reader.h"
#include "shared/framework/json_reader.h"

#include <algorithm>
#include <set>

namespace tally {

namespace {

constexpr std::uint64_t file_bytes_max = 4ULL * 1024 * 1024;
constexpr std::size_t measure_title_max = 90;

template <typename Enum>
using Words = std::initializer_list<std::pair<std::string_view, Enum>>;

const Words<MeasureKind> kind_words = {
    {"hours", MeasureKind::Hours},
    {"weeks", MeasureKind::Weeks},
    {"people_fte", MeasureKind::PeopleFte},
    {"people", MeasureKind::People},
    {"gbp", MeasureKind::Gbp},
    {"percent", MeasureKind::Percent},
    {"miles", MeasureKind::Miles},
    {"tco2e", MeasureKind::Tco2e},
    {"kg", MeasureKind::Kg},
    {"attendee_hours", MeasureKind::AttendeeHours},
    {"count", MeasureKind::Count},
    {"yes_no", MeasureKind::YesNo},
    {"narrative", MeasureKind::Narrative},
};
const Words<MeasureValueClass> value_class_words = {
    {"social", MeasureValueClass::Social},
    {"local_economic", MeasureValueClass::LocalEconomic},
    {"none", MeasureValueClass::None},
};
const Words<Aggregate> aggregate_words = {
    {"sum", Aggregate::Sum},
    {"fte_year", Aggregate::FteYear},
    {"latest", Aggregate::Latest},
    {"once_per_person_per_year", Aggregate::OncePerPersonPerYear},
};
const Words<CodeOrigin> code_origin_words = {{"published", CodeOrigin::Published},
                                             {"derived", CodeOrigin::Derived},
                                             {"assigned", CodeOrigin::Assigned}};
const Words<ProxyCheck> proxy_check_words = {{"as_published", ProxyCheck::AsPublished},
                                             {"query", ProxyCheck::Query},
                                             {"none_published", ProxyCheck::NonePublished}};
const Words<DateBasis> basis_words = {
    {"stated", DateBasis::Stated}, {"inferred", DateBasis::Inferred}, {"unknown", DateBasis::Unknown}};

template <typename Enum>
std::string_view word_for(Words<Enum> words, Enum wanted)
{
    for (const auto& [name, value] : words) {
        if (value == wanted)
            return name;
    }
    return "unknown";
}

bool is_identifier(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

std::optional<Date> span_date(const JsonObject& file, const char* key, SpanEnd end)
{
    const auto text = file.text_or_null(key);
    if (!text)
        return std::nullopt;
    const auto date = parse_span_date(*text, end);
    if (!date) {
        file.note(key, date.error().code, date.error().message);
        return std::nullopt;
    }
    return *date;
}

Theme read_theme(const JsonObject& object)
{
    return {object.text("id"), object.text("title"), object.integer("order")};
}

std::optional<WhoCounts> read_who(const JsonObject& object)
{
    const auto who = object.text_or_null("who");
    if (!who)
        return std::nullopt;
    return object.word<WhoCounts>(
        "who", {{"supplier_staff", WhoCounts::SupplierStaff}, {"workforce", WhoCounts::Workforce}});
}

std::optional<Proxy> read_proxy(const JsonObject& object)
{
    const auto text = object.text_or_null("proxy_gbp");
    if (!text)
        return std::nullopt;
    const auto proxy = parse_proxy(*text);
    if (!proxy) {
        object.note("proxy_gbp", proxy.error().code, proxy.error().message);
        return std::nullopt;
    }
    return *proxy;
}

} // namespace

Outcome read_outcome(const JsonObject& object)
{
    return {object.text("id"), object.text("theme"), object.text("title"), object.integer("order"),
            object.optional_text("local").value_or("")};
}

Measure read_measure(const JsonObject& object)
{
    Measure measure;
    measure.code = object.text("code");
    measure.code_origin = object.word<CodeOrigin>("code_origin", code_origin_words);
    measure.theme = object.text("theme");
    measure.also_themes = object.optional_texts("also_themes");
    measure.outcome = object.text("outcome");
    (void)object.word<CodeOrigin>("outcome_basis",
                                  {{"published", CodeOrigin::Published}, {"assigned", CodeOrigin::Assigned}});
    measure.title = object.text("title");
    if (utf8_length(measure.title) > measure_title_max)
        object.note("title", "too_long", "A measure's title has 90 characters at most. Shorten it.");
    measure.unit = object.text("unit");
    measure.kind = object.word<MeasureKind>("kind", kind_words);
    measure.proxy = read_proxy(object);
    measure.proxy_check = object.word<ProxyCheck>("proxy_check", proxy_check_words);
    if (measure.proxy && measure.proxy_check == ProxyCheck::NonePublished)
        object.note(
            "proxy_check", "contradiction",
            "There is a proxy value, yet none is said to be published. Write as_published or query, or "
            "null as the value.");
    measure.hold_value = object.boolean("hold_value");
    measure.value_class = object.word<MeasureValueClass>("value_class", value_class_words);
    measure.aggregate = object.word<Aggregate>("aggregate", aggregate_words);
    measure.who = read_who(object);
    measure.evidence_hint = object.text("evidence_hint");
    measure.note = object.text_or_null("note");
    measure.local_set = object.optional_text("local").value_or("");
    return measure;
}

namespace {

ExclusiveGroup read_exclusive_group(const JsonObject& object)
{
    (void)object.text("basis");
    return {object.text("id"), object.text("applies_to"), object.texts("codes")};
}

FrameworkRule read_rule(const JsonObject& object)
{
    (void)object.word<int>("basis", {{"published", 0}, {"project", 1}});
    return {object.text("id"), object.text("value"), object.text("unit"), object.text("text")};
}

/// Ids and codes that other parts of the file point to.
class CrossCheck
{
public:
    CrossCheck(const Framework& framework, std::vector<Error>& problems)
        : m_framework(framework), m_problems(problems)
    {
    }

    void run()
    {
        unique("themes", m_framework.themes, [](const Theme& theme) { return theme.id; });
        unique("outcomes", m_framework.outcomes, [](const Outcome& outcome) { return outcome.id; });
        unique("measures", m_framework.measures, [](const Measure& measure) { return measure.code; });
        unique("rules", m_framework.rules, [](const FrameworkRule& rule) { return rule.id; });
        for (std::size_t i = 0; i < m_framework.outcomes.size(); ++i)
            theme_exists(m_framework.outcomes[i].theme, place("outcomes", i, ".theme"));
        for (std::size_t i = 0; i < m_framework.measures.size(); ++i)
            measure(m_framework.measures[i], i);
        for (std::size_t i = 0; i < m_framework.exclusive_groups.size(); ++i)
            codes_exist(m_framework.exclusive_groups[i], i);
    }

private:
    static std::string place(std::string_view list, std::size_t index, std::string_view rest)
    {
        return std::string(list) + "[" + std::to_string(index) + "]" + std::string(rest);
    }

    template <typename Item, typename Key>
    void unique(std::string_view list, const std::vector<Item>& items, Key key)
    {
        std::set<std::string> seen;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (const std::string name = key(items[i]); !name.empty() && !seen.insert(name).second)
                m_problems.push_back(
                    {"duplicate",
                     "\"" + name +
                         "\" stands here twice. Remove one of the two, or give it a name of its own.",
                     place(list, i, "")});
        }
    }

    template <typename Item>
    static std::string names_of(const std::vector<Item>& items, std::string Item::*name)
    {
        std::string names;
        for (const Item& item : items)
            names += (names.empty() ? "" : ", ") + item.*name;
        return names.empty() ? "none" : names;
    }

    void theme_exists(const std::string& theme, const std::string& where)
    {
        if (!theme.empty() && m_framework.find_theme(theme) == nullptr)
            m_problems.push_back({"unknown_theme",
                                  "There is no theme \"" + theme + "\". Themes here are: " +
                                      names_of(m_framework.themes, &Theme::id) + ".",
                                  where});
    }

    void measure(const Measure& measure, std::size_t index)
    {
        theme_exists(measure.theme, place("measures", index, ".theme"));
        for (const std::string& theme : measure.also_themes)
            theme_exists(theme, place("measures", index, ".also_themes"));
        if (!measure.outcome.empty() && m_framework.find_outcome(measure.outcome) == nullptr)
            m_problems.push_back({"unknown_outcome",
                                  "There is no outcome \"" + measure.outcome + "\". Outcomes here are: " +
                                      names_of(m_framework.outcomes, &Outcome::id) + ".",
                                  place("measures", index, ".outcome")});
    }

    void codes_exist(const ExclusiveGroup& group, std::size_t index)
    {
        for (const std::string& code : group.codes) {
            if (m_framework.find_measure(code) == nullptr)
                m_problems.push_back({"unknown_code",
                                      "There is no measure \"" + code +
                                          "\". Add it to the measures, or take it out of this group.",
                                      place("exclusive_groups", index, ".codes")});
        }
    }

    const Framework& m_framework;
    std::vector<Error>& m_problems;
};

Framework read_framework(const JsonObject& file)
{
    Framework framework;
    if (const std::string schema = file.text("schema"); !schema.empty() && schema != "sv-framework/1")
        file.note("schema", "unknown_schema", "This program reads sv-framework/1, not \"" + schema + "\".");
    framework.id = file.text("id");
    if (!framework.id.empty() && !is_identifier(framework.id))
        file.note("id", "bad_id", "An id has small letters, digits, dots and hyphens, 64 at most.");
    framework.version = file.text("version");
    framework.revision = file.integer("revision");
    if (framework.revision < 1)
        file.note("revision", "out_of_range", "The first revision is 1.");
    framework.title = file.text("title");
    framework.publisher = file.text("publisher");
    framework.source = file.text("source");
    framework.rights = file.text("rights");
    framework.effective_from = span_date(file, "effective_from", SpanEnd::First);
    framework.effective_to = span_date(file, "effective_to", SpanEnd::Last);
    if (framework.effective_from && framework.effective_to &&
        *framework.effective_to < *framework.effective_from)
        file.note("effective_to", "out_of_order",
                  "The last day is before the first day. Correct one of the two dates.");
    framework.effective_basis = file.word<DateBasis>("effective_basis", basis_words);
    (void)file.word<int>("currency", {{"GBP", 0}});
    file.objects("themes", [&](const JsonObject& item) { framework.themes.push_back(read_theme(item)); });
    file.objects("outcomes",
                 [&](const JsonObject& item) { framework.outcomes.push_back(read_outcome(item)); });
    file.objects("measures",
                 [&](const JsonObject& item) { framework.measures.push_back(read_measure(item)); });
    file.objects("exclusive_groups", [&](const JsonObject& item) {
        framework.exclusive_groups.push_back(read_exclusive_group(item));
    });
    file.objects("rules", [&](const JsonObject& item) { framework.rules.push_back(read_rule(item)); });
    for (const char* list : {"themes", "outcomes", "measures"})
        if (const nlohmann::json* items = file.member(list); items && items->is_array() && items->empty())
            file.note(list, "empty_list", "A framework needs at least one of these.");
    return framework;
}

template <typename Item, typename Key>
const Item* find_by(const std::vector<Item>& items, Key Item::*key, std::string_view wanted)
{
    const auto found = std::ranges::find(items, wanted, key);
    return found == items.end() ? nullptr : &*found;
}

std::optional<std::int32_t> digits(std::string_view text)
{
    std::int32_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

} // namespace

std::string_view name_of(MeasureKind kind)
{
    return word_for(kind_words, kind);
}

std::string_view name_of(MeasureValueClass value_class)
{
    return word_for(value_class_words, value_class);
}

std::string_view name_of(Aggregate aggregate)
{
    return word_for(aggregate_words, aggregate);
}

bool is_additive(MeasureKind kind)
{
    return kind != MeasureKind::Percent && kind != MeasureKind::YesNo && kind != MeasureKind::Narrative;
}

const Measure* Framework::find_measure(std::string_view code) const
{
    return find_by(measures, &Measure::code, code);
}

const Theme* Framework::find_theme(std::string_view theme_id) const
{
    return find_by(themes, &Theme::id, theme_id);
}

const Outcome* Framework::find_outcome(std::string_view outcome_id) const
{
    return find_by(outcomes, &Outcome::id, outcome_id);
}

bool Framework::covers(Date day) const
{
    return (!effective_from || *effective_from <= day) && (!effective_to || day <= *effective_to);
}

std::vector<const ExclusiveGroup*> Framework::exclusive_with(std::string_view code,
                                                             std::string_view other) const
{
    std::vector<const ExclusiveGroup*> found;
    for (const ExclusiveGroup& group : exclusive_groups) {
        if (std::ranges::find(group.codes, code) != group.codes.end() &&
            std::ranges::find(group.codes, other) != group.codes.end())
            found.push_back(&group);
    }
    return found;
}

FrameworkLoad parse_framework(std::string_view json)
{
    FrameworkLoad load;
    const auto document = parse_json(json, load.problems);
    if (!document)
        return load;
    Framework framework = read_framework(JsonObject(*document, "", load.problems));
    CrossCheck(framework, load.problems).run();
    if (load.problems.empty()) {
        framework.text = std::string(json);
        load.framework = std::move(framework);
    }
    return load;
}

FrameworkLoad load_framework(const std::filesystem::path& file)
{
    const auto text = read_file(file, file_bytes_max);
    if (!text)
        return {std::nullopt, {text.error()}};
    return parse_framework(*text);
}

Result<const Framework*> framework_for_day(std::span<const Framework> frameworks, Date day)
{
    // The latest edition of each set that covers the day.
    std::vector<const Framework*> found;
    for (const Framework& framework : frameworks) {
        const bool dated = framework.effective_from.has_value() || framework.effective_to.has_value();
        if (!dated || !framework.covers(day))
            continue;
        const auto other = std::ranges::find(found, framework.id, &Framework::id);
        if (other == found.end())
            found.push_back(&framework);
        else if ((*other)->effective_from == framework.effective_from)
            return Error{"framework_ambiguous", "Two editions of " + framework.title + " begin on one day (" +
                                                    (*other)->version + " and " + framework.version +
                                                    "). Name the edition in the contract."};
        else if ((*other)->effective_from < framework.effective_from)
            *other = &framework;
    }
    if (found.empty())
        return Error{"framework_none", "No framework covers " + format_date(day) +
                                           ". Name the one that the contract was let under."};
    if (found.size() > 1) {
        std::string names;
        for (const Framework* framework : found)
            names += (names.empty() ? "" : ", ") + framework->id + "@" + framework->version;
        return Error{"framework_ambiguous", "More than one framework covers " + format_date(day) + " (" +
                                                names + "). Name one of them."};
    }
    return found.front();
}

Result<Date> parse_span_date(std::string_view text, SpanEnd end)
{
    const Error bad{"bad_date", "A date is written as YYYY, YYYY-MM or YYYY-MM-DD."};
    if (text.size() == 10) {
        const auto date = parse_date(text);
        return date ? date : Result<Date>(bad);
    }
    if (text.size() != 4 && text.size() != 7)
        return bad;
    const auto year = digits(text.substr(0, 4));
    if (!year)
        return bad;
    if (text.size() == 4)
        return end == SpanEnd::First ? Date{*year, 1, 1} : Date{*year, 12, 31};
    const auto month = digits(text.substr(5));
    if (text[4] != '-' || !month || *month < 1 || *month > 12)
        return bad;
    const Date first{*year, *month, 1};
    if (end == SpanEnd::First)
        return first;
    const Date next = *month == 12 ? Date{*year + 1, 1, 1} : Date{*year, *month + 1, 1};
    return date_from_days(days_from_date(next) - 1);
}

} // namespace tally
