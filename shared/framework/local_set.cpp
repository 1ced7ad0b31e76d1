#include "shared/framework/local_set.h"

#include "shared/framework/framework_reader.h"

#include <algorithm>
#include <array>
#include <set>

namespace tally {

namespace {

using nlohmann::ordered_json;

constexpr std::array set_keys = {"schema", "id",        "framework", "versions", "revision",
                                 "title",  "publisher", "outcomes",  "measures"};
constexpr std::array outcome_keys = {"id", "theme", "title", "order"};
constexpr std::array measure_keys = {"code", "theme",     "also_themes", "outcome",       "title",
                                     "unit", "kind",      "proxy_gbp",   "hold_value",    "value_class",
                                     "who",  "aggregate", "proxy_check", "evidence_hint", "note"};

bool is_short_name(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

/// Our own shape is read strictly: a mistyped optional key would silently change what a measure counts.
template <typename Keys>
void only_these(const nlohmann::json& object, const Keys& keys, const std::string& where,
                std::vector<Error>& problems)
{
    if (!object.is_object())
        return;
    for (const auto& [key, value] : object.items()) {
        if (std::ranges::find(keys, key) != keys.end())
            continue;
        std::string known;
        for (const char* name : keys)
            known += (known.empty() ? "" : ", ") + std::string(name);
        problems.push_back({"unknown_key", "This key is not known here. Known are: " + known + ".",
                            where.empty() ? key : where + "." + key});
    }
}

/// What a local measure may leave out, so that it has every key of a published one.
nlohmann::json with_defaults(nlohmann::json measure, const std::string& set)
{
    if (!measure.is_object())
        return measure;
    const auto proxy = measure.find("proxy_gbp");
    const bool priced = proxy != measure.end() && !proxy->is_null();
    const auto otherwise = [&](const char* key, nlohmann::json value) {
        if (!measure.contains(key))
            measure[key] = std::move(value);
    };
    otherwise("code_origin", "assigned");
    otherwise("outcome_basis", "assigned");
    otherwise("proxy_check", priced ? "as_published" : "none_published");
    otherwise("hold_value", false);
    otherwise("who", nullptr);
    otherwise("evidence_hint", "What the council accepts as evidence.");
    otherwise("note", nullptr);
    measure["local"] = set;
    return measure;
}

void read_items(const JsonObject& file, const nlohmann::json& document, LocalSet& set,
                std::vector<Error>& problems)
{
    const auto list = [&](const char* key) -> const nlohmann::json* {
        const auto found = document.find(key);
        return found != document.end() && found->is_array() ? &*found : nullptr;
    };
    if (file.has("outcomes") && file.array("outcomes") != nullptr) {
        const nlohmann::json& outcomes = *list("outcomes");
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const std::string where = "outcomes[" + std::to_string(i) + "]";
            nlohmann::json item = outcomes[i];
            only_these(item, outcome_keys, where, problems);
            if (item.is_object()) {
                if (!item.contains("order"))
                    item["order"] = 1000 + static_cast<std::int64_t>(i);
                item["local"] = set.id.empty() ? "-" : set.id;
            }
            set.outcomes.push_back(read_outcome(JsonObject(item, where, problems)));
            set.outcome_documents.emplace_back(item);
        }
    }
    if (file.array("measures") == nullptr)
        return;
    const nlohmann::json& measures = *list("measures");
    if (measures.empty())
        file.note("measures", "empty_list", "A local set needs at least one measure.");
    for (std::size_t i = 0; i < measures.size(); ++i) {
        const std::string where = "measures[" + std::to_string(i) + "]";
        only_these(measures[i], measure_keys, where, problems);
        const nlohmann::json item = with_defaults(measures[i], set.id.empty() ? "-" : set.id);
        set.measures.push_back(read_measure(JsonObject(item, where, problems)));
        set.measure_documents.emplace_back(item);
    }
}

template <typename Item>
void must_be_unique(const std::vector<Item>& items, std::string Item::*name, const char* list,
                    const char* key, std::vector<Error>& problems)
{
    std::set<std::string> seen;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (!(items[i].*name).empty() && !seen.insert(items[i].*name).second)
            problems.push_back(
                {"duplicate",
                 "\"" + items[i].*name +
                     "\" stands here twice. Remove one of the two, or give it a name of its own.",
                 std::string(list) + "[" + std::to_string(i) + "]." + key});
}

template <typename Item>
std::optional<std::size_t> index_of(const std::vector<Item>& items, std::string Item::*name,
                                    const std::string& wanted)
{
    const auto found = std::ranges::find(items, wanted, name);
    return found == items.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - items.begin()));
}

std::string at(const char* list, std::size_t index, const char* key)
{
    return std::string(list) + "[" + std::to_string(index) + "]" + key;
}

/// Adds one local set to a framework and its document, or notes what clashes.
class Merger
{
public:
    Merger(const Framework& published, ordered_json& document, std::vector<LocalClash>& clashes)
        : m_published(published), m_framework(published), m_document(document), m_clashes(clashes)
    {
    }

    void add(const LocalSet& set)
    {
        for (std::size_t i = 0; i < set.outcomes.size(); ++i)
            add_outcome(set, i);
        for (std::size_t i = 0; i < set.measures.size(); ++i)
            add_measure(set, i);
    }

private:
    [[nodiscard]] std::string edition() const
    {
        return m_framework.title + ", edition " + m_framework.version;
    }

    void clash(const LocalSet& set, const char* code, const std::string& name, std::string where,
               std::string published, std::string message)
    {
        m_clashes.push_back({set.id, code, name, std::move(where), std::move(published), std::move(message)});
    }

    /// Whose the name is already, in words.
    [[nodiscard]] std::string owner(const std::string& local_set) const
    {
        return local_set.empty() ? "in " + edition() : "in the local set " + local_set;
    }

    void theme_exists(const LocalSet& set, const std::string& theme, std::string where)
    {
        if (m_framework.find_theme(theme) != nullptr)
            return;
        std::string themes;
        for (const Theme& known : m_framework.themes)
            themes += (themes.empty() ? "" : ", ") + known.id;
        clash(set, "local_theme_missing", theme, std::move(where), "",
              "The local set " + set.id + " refers to the theme \"" + theme + "\", which is not in " +
                  edition() + " (there are: " + themes +
                  "). Load a revision of the local set that fits, or " +
                  "that names the editions it is for under \"versions\".");
    }

    void add_outcome(const LocalSet& set, std::size_t i)
    {
        const Outcome& outcome = set.outcomes[i];
        if (const Outcome* taken = m_framework.find_outcome(outcome.id)) {
            const auto place = index_of(m_published.outcomes, &Outcome::id, outcome.id);
            clash(set, "local_outcome_taken", outcome.id, at("outcomes", i, ".id"),
                  place ? at("outcomes", *place, ".id") : "",
                  "The outcome \"" + outcome.id + "\" of the local set " + set.id + " stands " +
                      owner(taken->local_set) + " too. Give the local outcome another id in a new revision.");
            return;
        }
        theme_exists(set, outcome.theme, at("outcomes", i, ".theme"));
        m_framework.outcomes.push_back(outcome);
        m_document["outcomes"].push_back(set.outcome_documents[i]);
    }

    void add_measure(const LocalSet& set, std::size_t i)
    {
        const Measure& measure = set.measures[i];
        if (const Measure* taken = m_framework.find_measure(measure.code)) {
            const auto place = index_of(m_published.measures, &Measure::code, measure.code);
            clash(set, "local_code_taken", measure.code, at("measures", i, ".code"),
                  place ? at("measures", *place, ".code") : "",
                  "The measure " + measure.code + " of the local set " + set.id + " stands " +
                      owner(taken->local_set) +
                      " too. Give the local measure a code of its own, such as LOCAL-" + measure.code +
                      ", in a new revision.");
            return;
        }
        theme_exists(set, measure.theme, at("measures", i, ".theme"));
        for (const std::string& theme : measure.also_themes)
            theme_exists(set, theme, at("measures", i, ".also_themes"));
        if (m_framework.find_outcome(measure.outcome) == nullptr)
            clash(set, "local_outcome_missing", measure.outcome, at("measures", i, ".outcome"), "",
                  "The local measure " + measure.code + " refers to the outcome \"" + measure.outcome +
                      "\", which is neither in " + edition() + " nor in the local set " + set.id +
                      ". Add the outcome to the local set, or load a revision that fits.");
        m_framework.measures.push_back(measure);
        m_document["measures"].push_back(set.measure_documents[i]);
    }

    const Framework& m_published;
    Framework m_framework;
    ordered_json& m_document;
    std::vector<LocalClash>& m_clashes;
};

} // namespace

bool LocalSet::is_for(std::string_view version) const
{
    return versions.empty() || std::ranges::find(versions, version) != versions.end();
}

bool is_local_set(std::string_view json)
{
    const auto document = nlohmann::json::parse(json, nullptr, false);
    return document.is_object() && document.contains("schema") && document["schema"].is_string() &&
           document["schema"].get_ref<const std::string&>().starts_with("sv-local/");
}

LocalSetLoad parse_local_set(std::string_view json)
{
    LocalSetLoad load;
    const auto document = parse_json(json, load.problems);
    if (!document)
        return load;
    LocalSet set;
    const JsonObject file(*document, "", load.problems);
    only_these(*document, set_keys, "", load.problems);
    (void)file.word<int>("schema", {{"sv-local/1", 0}});
    set.id = file.text("id");
    if (!set.id.empty() && !is_short_name(set.id))
        file.note("id", "bad_id", "An id has small letters, digits, dots and hyphens, 64 at most.");
    set.framework = file.text("framework");
    set.versions = file.optional_texts("versions");
    set.revision = file.integer("revision");
    if (set.revision < 1)
        file.note("revision", "out_of_range", "The first revision is 1.");
    set.title = file.text("title");
    set.publisher = file.text("publisher");
    if (document->is_object())
        read_items(file, *document, set, load.problems);
    must_be_unique(set.outcomes, &Outcome::id, "outcomes", "id", load.problems);
    must_be_unique(set.measures, &Measure::code, "measures", "code", load.problems);
    if (load.problems.empty()) {
        set.text = std::string(json);
        load.set = std::move(set);
    }
    return load;
}

LocalMerge merge_local_sets(const Framework& published, std::span<const LocalSet> sets)
{
    LocalMerge merge;
    ordered_json document = ordered_json::parse(published.text);
    Merger merger(published, document, merge.clashes);
    bool any = false;
    for (const LocalSet& set : sets) {
        if (set.framework != published.id || !set.is_for(published.version))
            continue;
        merger.add(set);
        any = true;
    }
    if (!merge.clashes.empty())
        return merge;
    if (!any) {
        merge.framework = published;
        return merge;
    }
    // Read as devices read it, so that both sides see the same.
    FrameworkLoad load = parse_framework(document.dump());
    TALLY_ASSERT(load.framework.has_value());
    merge.framework = std::move(load.framework);
    return merge;
}

} // namespace tally
