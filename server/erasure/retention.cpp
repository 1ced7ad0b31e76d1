#include "server/erasure/retention.h"

#include "server/reference/reference_repository.h"

#include <algorithm>
#include <set>

namespace tally::server {
namespace {

/// The newest quarter that is due, if any is: everything up to it is.
std::optional<Quarter> newest_due(std::int64_t months, Date today)
{
    Quarter quarter = quarter_of(today);
    while (quarter.year > 1970) {
        if (after_months(last_day(quarter), months) < today)
            return quarter;
        quarter =
            quarter.number == 1 ? Quarter{quarter.year - 1, 4} : Quarter{quarter.year, quarter.number - 1};
    }
    return std::nullopt;
}

class DueEntries
{
public:
    void add(std::string root, std::string_view state)
    {
        if (state == name_of(EntryState::Waiting) || state == name_of(EntryState::Queried))
            m_waiting.insert(root);
        m_roots.insert(std::move(root));
    }
    /// An amendment or a part may belong to a contract that still runs: then the whole has to wait.
    void keep_those_within(storage::Database& database, const std::set<std::string>& contracts)
    {
        std::erase_if(m_roots, [&](const std::string& root) {
            bool elsewhere = false;
            database.for_each<std::string>(
                "SELECT DISTINCT contract FROM ledger_entries WHERE id = :id OR root = :root",
                [&](std::string&& contract) { elsewhere = elsewhere || !contracts.contains(contract); }, root,
                root);
            if (elsewhere)
                m_waiting.erase(root);
            return elsewhere;
        });
    }
    void move_into(RetentionDue& due)
    {
        for (const auto& root : m_roots)
            if (const auto id = Uuid::parse(root))
                due.roots.push_back(*id);
        due.waiting = static_cast<std::int64_t>(m_waiting.size());
    }

private:
    std::set<std::string> m_roots;
    std::set<std::string> m_waiting;
};

} // namespace

std::string_view name_of(CountedFrom from)
{
    return from == CountedFrom::QuarterEnd ? "quarter_end" : "contract_end";
}

std::optional<CountedFrom> counted_from_named(std::string_view name)
{
    for (const auto from : {CountedFrom::QuarterEnd, CountedFrom::ContractEnd})
        if (name_of(from) == name)
            return from;
    return std::nullopt;
}

std::vector<RetentionRule> default_retention_rules()
{
    return {{EvidenceKind::Hours, CountedFrom::ContractEnd, 72, false},
            {EvidenceKind::Story, CountedFrom::QuarterEnd, 24, false},
            {EvidenceKind::Feedback, CountedFrom::QuarterEnd, 12, false},
            {EvidenceKind::Delivery, CountedFrom::ContractEnd, 72, false}};
}

std::vector<RetentionRule> read_retention_rules(storage::Database& database)
{
    auto rules = default_retention_rules();
    for (auto& rule : rules) {
        const auto row = database.query_one<std::string, std::int64_t, bool>(
            "SELECT counted_from, months, active FROM retention_rules WHERE kind = :kind",
            name_of(rule.kind));
        if (!row)
            continue;
        rule.counted_from = counted_from_named(std::get<0>(*row)).value_or(rule.counted_from);
        rule.months = std::get<1>(*row);
        rule.active = std::get<2>(*row);
    }
    return rules;
}

Result<void> store_retention_rule(storage::Database& database, const RetentionRule& rule, std::string_view by,
                                  Timestamp now)
{
    if (rule.months < 1 || rule.months > retention_months_max)
        return Error{"bad_months", "Say a number of months from 1 to 1200.", "months"};
    database.run("INSERT INTO retention_rules (kind, counted_from, months, active, changed_by, changed_at) "
                 "VALUES (:kind, :from, :months, :active, :by, :at) ON CONFLICT (kind) DO UPDATE SET "
                 "counted_from = excluded.counted_from, months = excluded.months, active = excluded.active, "
                 "changed_by = excluded.changed_by, changed_at = excluded.changed_at",
                 name_of(rule.kind), name_of(rule.counted_from), rule.months, std::int64_t{rule.active}, by,
                 now.ms);
    return {};
}

Date after_months(Date day, std::int64_t months)
{
    const std::int64_t index = std::int64_t{day.year} * 12 + day.month - 1 + months;
    Date later{static_cast<std::int32_t>(index / 12), static_cast<std::int32_t>(index % 12) + 1, day.day};
    while (!is_valid(later))
        --later.day;
    return later;
}

RetentionDue find_due(storage::Database& database, const RetentionRule& rule, Date today)
{
    RetentionDue due;
    due.rule = rule;
    DueEntries entries;
    const auto add = [&](std::string&& root, std::string&& state) { entries.add(std::move(root), state); };
    if (rule.counted_from == CountedFrom::QuarterEnd) {
        const auto quarter = newest_due(rule.months, today);
        if (!quarter)
            return due;
        // An entry is as old as its newest revision.
        const std::string newest = format_quarter(*quarter);
        database.for_each<std::string, std::string>(
            "SELECT COALESCE(root, id), state FROM ledger_entries WHERE kind = :kind AND quarter <= :quarter "
            "AND erased = 0 AND NOT EXISTS (SELECT 1 FROM ledger_entries later WHERE later.root = "
            "COALESCE(ledger_entries.root, ledger_entries.id) AND later.quarter > :quarter_again)",
            add, name_of(rule.kind), newest, newest);
    } else {
        std::set<std::string> ended;
        for (const auto& contract : ReferenceRepository(database).contracts())
            if (after_months(contract.ends, rule.months) < today)
                ended.insert(contract.ref);
        for (const auto& contract : ended)
            database.for_each<std::string, std::string>(
                "SELECT COALESCE(root, id), state FROM ledger_entries WHERE kind = :kind AND "
                "contract = :contract AND erased = 0",
                add, name_of(rule.kind), contract);
        entries.keep_those_within(database, ended);
    }
    entries.move_into(due);
    return due;
}

} // namespace tally::server
