#include "server/reference/contract_drafts.h"
#include "server/reference/csv.h"
#include "shared/base/encoding.h"

#include <algorithm>
#include <map>

namespace tally::server {

namespace {

constexpr const char* needed_columns[] = {"ref",  "title",   "supplier", "buyer",   "starts",
                                          "ends", "measure", "period",   "quantity"};
constexpr const char* other_columns[] = {
    "framework", "framework_version", "also_suppliers", "also_buyers", "roles",
    "year_kind", "core_or_added",     "what",           "how",         "who",
    "where",     "baseline"};
constexpr const char* plan_columns[] = {"core_or_added", "what", "how", "who", "where", "baseline"};

bool is_column(std::string_view name)
{
    return std::ranges::find(needed_columns, name) != std::end(needed_columns) ||
           std::ranges::find(other_columns, name) != std::end(other_columns);
}

/// "Employer; Investor" as a list; every name has the place of the field.
std::vector<Cell> split_at_semicolons(const Cell& cell)
{
    std::vector<Cell> names;
    std::string_view rest = cell.text;
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find(';'));
        if (!trimmed(name).empty())
            names.push_back({std::string(trimmed(name)), cell.where});
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    return names;
}

/// The rows of a spreadsheet: one for each target, with the contract's own columns repeated or left
/// empty below its first row.
class CsvDrafts
{
public:
    CsvDrafts(std::vector<CsvRow> rows, std::vector<Error>& problems)
        : m_rows(std::move(rows)), m_problems(problems)
    {
    }

    Drafts run()
    {
        if (m_rows.empty()) {
            m_problems.push_back(
                {"empty_file", "The file is empty. Its first line names the columns.", "line 1"});
        } else if (read_head()) {
            for (std::size_t i = 1; i < m_rows.size(); ++i)
                read_row(m_rows[i]);
        }
        return std::move(m_drafts);
    }

private:
    bool read_head()
    {
        const std::vector<std::string>& head = m_rows.front().fields;
        for (std::size_t i = 0; i < head.size(); ++i) {
            const std::string name(trimmed(head[i]));
            if (!is_column(name))
                m_problems.push_back({"unknown_column",
                                      "There is no column \"" + name + "\". Rename it or take it out.",
                                      "line 1"});
            else if (!m_columns.emplace(name, i).second)
                m_problems.push_back(
                    {"duplicate", "The column \"" + name + "\" stands here twice.", "line 1"});
        }
        for (const char* name : needed_columns) {
            if (!m_columns.contains(name))
                m_problems.push_back(
                    {"missing_column", "The column \"" + std::string(name) + "\" is missing.", "line 1"});
        }
        return m_problems.empty();
    }

    [[nodiscard]] Cell at(const CsvRow& row, const char* column) const
    {
        const auto found = m_columns.find(column);
        std::string text = found != m_columns.end() && found->second < row.fields.size()
                               ? std::string(trimmed(row.fields[found->second]))
                               : std::string();
        return {std::move(text), "line " + std::to_string(row.line) + ", " + column};
    }

    void read_row(const CsvRow& row)
    {
        if (row.fields.size() > m_columns.size()) {
            m_problems.push_back({"bad_csv", "This line has more fields than the first line has names.",
                                  "line " + std::to_string(row.line)});
            return;
        }
        const Cell ref = at(row, "ref");
        const bool begins = m_drafts.contracts.empty() || (!ref.text.empty() && ref.text != last().ref.text);
        if (begins)
            begin(row, ref);
        else
            must_repeat(row);
        TargetDraft target{at(row, "measure"), at(row, "period"), at(row, "quantity")};
        // A contract may stand alone on its line, without a target.
        if (!target.measure.text.empty() || !target.period.text.empty() || !target.quantity.text.empty())
            add_target(row, std::move(target));
    }

    void begin(const CsvRow& row, const Cell& ref)
    {
        ContractDraft draft;
        draft.ref = ref;
        draft.title = at(row, "title");
        draft.supplier = at(row, "supplier");
        draft.buyer = at(row, "buyer");
        draft.framework = at(row, "framework");
        draft.framework_version = at(row, "framework_version");
        draft.starts = at(row, "starts");
        draft.ends = at(row, "ends");
        draft.year_kind = at(row, "year_kind");
        if (m_columns.contains("also_suppliers"))
            draft.also_suppliers = split_at_semicolons(at(row, "also_suppliers"));
        if (m_columns.contains("also_buyers"))
            draft.also_buyers = split_at_semicolons(at(row, "also_buyers"));
        if (m_columns.contains("roles"))
            draft.roles = split_at_semicolons(at(row, "roles"));
        draft.targets.emplace();
        if (has_plans())
            draft.plans.emplace();
        m_drafts.contracts.push_back(std::move(draft));
    }

    [[nodiscard]] bool has_plans() const
    {
        return std::ranges::any_of(plan_columns, [&](const char* name) { return m_columns.contains(name); });
    }

    void add_target(const CsvRow& row, TargetDraft target)
    {
        if (has_plans())
            add_plan(row, target.measure);
        last().targets->push_back(std::move(target));
    }

    /// A measure's plan stands on its first line; below, its columns stay empty or repeat it.
    void add_plan(const CsvRow& row, const Cell& measure)
    {
        PlanDraft plan{measure,        at(row, "core_or_added"), at(row, "what"),    at(row, "how"),
                       at(row, "who"), at(row, "where"),         at(row, "baseline")};
        const auto known = std::ranges::find_if(
            *last().plans, [&](const PlanDraft& other) { return other.measure.text == measure.text; });
        if (known == last().plans->end()) {
            if (!plan.commitment.text.empty() || !plan.what.text.empty() || !plan.how.text.empty() ||
                !plan.who.text.empty() || !plan.location.text.empty() || !plan.baseline.text.empty())
                last().plans->push_back(std::move(plan));
            return;
        }
        const std::pair<const Cell*, const Cell*> repeated[] = {{&plan.commitment, &known->commitment},
                                                                {&plan.what, &known->what},
                                                                {&plan.how, &known->how},
                                                                {&plan.who, &known->who},
                                                                {&plan.location, &known->location},
                                                                {&plan.baseline, &known->baseline}};
        for (const auto& [again, first] : repeated)
            if (!again->text.empty() && again->text != first->text)
                m_problems.push_back({"contradiction",
                                      "This differs from the first line of the measure " + measure.text +
                                          " (" + first->where + "). Leave it empty, or write the same.",
                                      again->where});
    }

    void must_repeat(const CsvRow& row)
    {
        const std::pair<const char*, const Cell*> repeated[] = {
            {"title", &last().title},   {"supplier", &last().supplier},
            {"buyer", &last().buyer},   {"framework", &last().framework},
            {"starts", &last().starts}, {"framework_version", &last().framework_version},
            {"ends", &last().ends},
        };
        for (const auto& [column, first] : repeated) {
            const Cell again = at(row, column);
            if (!again.text.empty() && again.text != first->text)
                m_problems.push_back(
                    {"contradiction",
                     "This differs from the first line of " + last().ref.text + " (" + first->where + ").",
                     again.where});
        }
    }

    ContractDraft& last() { return m_drafts.contracts.back(); }

    std::vector<CsvRow> m_rows;
    std::vector<Error>& m_problems;
    std::map<std::string, std::size_t, std::less<>> m_columns;
    Drafts m_drafts;
};

} // namespace

Drafts drafts_from_csv(std::string_view text, std::vector<Error>& problems)
{
    auto rows = parse_csv(text);
    if (!rows) {
        problems.push_back(rows.error());
        return {};
    }
    return CsvDrafts(*std::move(rows), problems).run();
}

} // namespace tally::server
