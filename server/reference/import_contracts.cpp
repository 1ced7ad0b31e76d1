#include "server/reference/csv.h"
#include "server/reference/import.h"
#include "server/reference/reference_repository.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/domain/validate.h"
#include "shared/framework/json_reader.h"

#include <algorithm>
#include <map>

namespace tally::server {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t file_bytes_max = 16ULL * 1024 * 1024;
constexpr std::size_t text_max = 200;

/// A text with the place in the file where it stands.
struct Cell
{
    std::string text;
    std::string where;
};

struct TargetDraft
{
    Cell measure;
    Cell period;
    Cell quantity;
};

struct EventDraft
{
    Cell id;
    Cell title;
    Cell place;
    Cell date;
    Cell start;
    Cell end;
};

struct ContractDraft
{
    Cell ref;
    Cell title;
    Cell supplier;
    Cell buyer;
    Cell framework;
    Cell framework_version;
    Cell starts;
    Cell ends;
    std::vector<TargetDraft> targets;
    std::vector<EventDraft> events;
};

struct PlaceDraft
{
    Cell id;
    Cell title;
};

/// What a file says, before it is checked.
struct Drafts
{
    std::vector<PlaceDraft> places;
    std::vector<ContractDraft> contracts;
};

Cell cell(const JsonObject& object, const char* key)
{
    return {object.text(key), object.path(key)};
}

Cell optional_cell(const JsonObject& object, const char* key)
{
    return {object.optional_text(key).value_or(""), object.path(key)};
}

TargetDraft read_target(const JsonObject& object)
{
    return {cell(object, "measure"), cell(object, "period"), cell(object, "quantity")};
}

EventDraft read_event(const JsonObject& object)
{
    return {cell(object, "id"),   cell(object, "title"), optional_cell(object, "place"),
            cell(object, "date"), cell(object, "start"), cell(object, "end")};
}

ContractDraft read_contract(const JsonObject& object)
{
    ContractDraft draft{cell(object, "ref"),
                        cell(object, "title"),
                        cell(object, "supplier"),
                        cell(object, "buyer"),
                        cell(object, "framework"),
                        cell(object, "framework_version"),
                        cell(object, "starts"),
                        cell(object, "ends"),
                        {},
                        {}};
    if (object.has("targets"))
        object.objects("targets",
                       [&](const JsonObject& item) { draft.targets.push_back(read_target(item)); });
    if (object.has("events"))
        object.objects("events", [&](const JsonObject& item) { draft.events.push_back(read_event(item)); });
    return draft;
}

Drafts drafts_from_json(std::string_view text, std::vector<Error>& problems)
{
    Drafts drafts;
    const auto document = parse_json(text, problems);
    if (!document)
        return drafts;
    const JsonObject file(*document, "", problems);
    (void)file.word<int>("schema", {{"tallybook-contracts/1", 0}});
    if (file.has("places"))
        file.objects("places", [&](const JsonObject& item) {
            drafts.places.push_back({cell(item, "id"), cell(item, "title")});
        });
    file.objects("contracts",
                 [&](const JsonObject& item) { drafts.contracts.push_back(read_contract(item)); });
    return drafts;
}

constexpr const char* csv_columns[] = {
    "ref",    "title", "supplier", "buyer",  "framework", "framework_version",
    "starts", "ends",  "measure",  "period", "quantity"};

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
            if (std::ranges::find(csv_columns, name) == std::end(csv_columns))
                m_problems.push_back({"unknown_column", "There is no column \"" + name + "\".", "line 1"});
            else if (!m_columns.emplace(name, i).second)
                m_problems.push_back(
                    {"duplicate", "The column \"" + name + "\" stands here twice.", "line 1"});
        }
        for (const char* name : csv_columns) {
            if (!m_columns.contains(name))
                m_problems.push_back(
                    {"missing_column", "The column \"" + std::string(name) + "\" is missing.", "line 1"});
        }
        return m_problems.empty();
    }

    [[nodiscard]] Cell at(const CsvRow& row, const char* column) const
    {
        const std::size_t index = m_columns.find(column)->second;
        std::string text =
            index < row.fields.size() ? std::string(trimmed(row.fields[index])) : std::string();
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
            m_drafts.contracts.push_back({ref,
                                          at(row, "title"),
                                          at(row, "supplier"),
                                          at(row, "buyer"),
                                          at(row, "framework"),
                                          at(row, "framework_version"),
                                          at(row, "starts"),
                                          at(row, "ends"),
                                          {},
                                          {}});
        else
            must_repeat(row);
        TargetDraft target{at(row, "measure"), at(row, "period"), at(row, "quantity")};
        // A contract may stand alone on its line, without a target.
        if (!target.measure.text.empty() || !target.period.text.empty() || !target.quantity.text.empty())
            last().targets.push_back(std::move(target));
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

Drafts drafts_from_csv(std::string_view text, std::vector<Error>& problems)
{
    auto rows = parse_csv(text);
    if (!rows) {
        problems.push_back(rows.error());
        return {};
    }
    return CsvDrafts(*std::move(rows), problems).run();
}

struct CheckedContract
{
    Contract contract;
    std::vector<Target> targets;
    std::vector<Event> events;
};

/// Turns drafts into facts, or notes what is wrong with them.
class Checker
{
public:
    Checker(ReferenceRepository& repository, const Clock& clock, std::vector<Error>& problems)
        : m_repository(repository), m_clock(clock), m_problems(problems)
    {
    }

    Place check(const PlaceDraft& draft)
    {
        Place place{reference(draft.id), text(draft.title)};
        if (!m_places.emplace(place.id, 0).second)
            refuse("duplicate", "This place stands here twice.", draft.id);
        return place;
    }

    CheckedContract check(const ContractDraft& draft)
    {
        CheckedContract made;
        Contract& contract = made.contract;
        contract.ref = reference(draft.ref);
        if (!m_contracts.emplace(contract.ref, 0).second)
            refuse("duplicate", "The contract " + contract.ref + " stands here twice.", draft.ref);
        contract.title = text(draft.title);
        contract.supplier = text(draft.supplier);
        contract.buyer = text(draft.buyer);
        contract.framework = text(draft.framework);
        contract.framework_version = text(draft.framework_version);
        contract.starts = date(draft.starts);
        contract.ends = date(draft.ends);
        if (contract.ends < contract.starts)
            refuse("out_of_order", "The last day is before the first day.", draft.ends);
        const auto framework = framework_of(draft);
        for (const TargetDraft& target : draft.targets)
            made.targets.push_back(check(target, framework.get(), made));
        for (const EventDraft& event : draft.events)
            made.events.push_back(check(event, contract.ref));
        return made;
    }

private:
    void refuse(std::string code, std::string message, const Cell& where)
    {
        m_problems.push_back({std::move(code), std::move(message), where.where});
    }

    std::string reference(const Cell& cell)
    {
        if (!is_reference(cell.text))
            refuse("bad_reference",
                   "A reference has 1 to 64 letters, digits, full stops, hyphens, underscores and slashes.",
                   cell);
        return cell.text;
    }

    std::string text(const Cell& cell)
    {
        if (cell.text.empty())
            refuse("missing_text", "This must not be empty.", cell);
        else if (utf8_length(cell.text) > text_max)
            refuse("too_long", "This has 200 characters at most.", cell);
        return cell.text;
    }

    Date date(const Cell& cell)
    {
        const auto parsed = parse_date(cell.text);
        if (!parsed)
            refuse(parsed.error().code, parsed.error().message, cell);
        return parsed ? *parsed : Date{};
    }

    Timestamp moment(const Cell& day, const Cell& time)
    {
        const Date local = date(day);
        const auto minute = parse_minute_of_day(time.text);
        if (!minute) {
            refuse(minute.error().code, minute.error().message, time);
            return {};
        }
        const std::int64_t local_ms = (days_from_date(local) * 1440 + *minute) * 60'000;
        // Close enough to ask for the offset: clocks change at night, when no event begins.
        const std::int64_t offset_ms = std::int64_t{m_clock.utc_offset_min(Timestamp{local_ms})} * 60'000;
        return Timestamp{local_ms - offset_ms};
    }

    std::shared_ptr<const Framework> framework_of(const ContractDraft& draft)
    {
        const std::string key = draft.framework.text + "@" + draft.framework_version.text;
        auto& known = m_frameworks[key];
        if (!known)
            known = m_repository.find_framework(draft.framework.text, draft.framework_version.text);
        if (!known && !draft.framework.text.empty()) {
            std::string here;
            for (const FrameworkListing& listing : m_repository.frameworks())
                here += (here.empty() ? "" : ", ") + listing.id + " " + listing.version;
            refuse("unknown_framework",
                   "There is no framework " + draft.framework.text + " " + draft.framework_version.text +
                       ". Load it with \"framework import\"; here are: " + here + ".",
                   draft.framework);
        }
        return known;
    }

    Target check(const TargetDraft& draft, const Framework* framework, const CheckedContract& so_far)
    {
        Target target;
        target.measure = text(draft.measure);
        if (framework != nullptr && !target.measure.empty() &&
            framework->find_measure(target.measure) == nullptr)
            refuse("unknown_measure",
                   "There is no measure " + target.measure + " in " + framework->title + ".", draft.measure);
        if (const auto quarter = parse_quarter(draft.period.text)) {
            target.period = *quarter;
            if (last_day(*quarter) < so_far.contract.starts || so_far.contract.ends < first_day(*quarter))
                refuse("out_of_contract", "The contract does not run in this quarter.", draft.period);
        } else {
            refuse(quarter.error().code, quarter.error().message, draft.period);
        }
        if (const auto quantity = parse_quantity(draft.quantity.text))
            target.quantity = *quantity;
        else
            refuse(quantity.error().code, quantity.error().message, draft.quantity);
        for (const Target& other : so_far.targets) {
            if (other.measure == target.measure && other.period == target.period)
                refuse("duplicate", "This measure has a target for this quarter already.", draft.measure);
        }
        return target;
    }

    Event check(const EventDraft& draft, const std::string& contract)
    {
        Event event;
        event.id = reference(draft.id);
        event.contract = contract;
        event.title = text(draft.title);
        event.place = draft.place.text;
        if (!event.place.empty() && !m_places.contains(event.place) && !m_repository.find_place(event.place))
            refuse("unknown_place", "There is no place " + event.place + ".", draft.place);
        event.starts_at = moment(draft.date, draft.start);
        event.ends_at = moment(draft.date, draft.end);
        // An event that ends after midnight ends on the next day.
        if (event.ends_at <= event.starts_at)
            event.ends_at.ms += 24LL * 60 * 60 * 1000;
        if (!m_events.emplace(event.id, 0).second)
            refuse("duplicate", "The event " + event.id + " stands here twice.", draft.id);
        if (const auto known = m_repository.find_event(event.id); known && known->contract != contract)
            refuse("event_taken",
                   "The event " + event.id + " belongs to the contract " + known->contract + ".", draft.id);
        return event;
    }

    ReferenceRepository& m_repository;
    const Clock& m_clock;
    std::vector<Error>& m_problems;
    std::map<std::string, int> m_contracts;
    std::map<std::string, int> m_places;
    std::map<std::string, int> m_events;
    std::map<std::string, std::shared_ptr<const Framework>> m_frameworks;
};

/// Compares with what is there, writes and counts.
class Writer
{
public:
    Writer(ReferenceRepository& repository, ImportReport& report) : m_repository(repository), m_report(report)
    {
    }

    void write(const Place& place)
    {
        const auto known = m_repository.find_place(place.id);
        if (known != place)
            m_repository.put_place(place);
        count("place " + place.id, known.has_value(), known == place);
    }

    void write(const CheckedContract& checked)
    {
        const std::string& ref = checked.contract.ref;
        const auto known = m_repository.find_contract(ref);
        const bool same_contract = known == checked.contract;
        if (!same_contract)
            m_repository.put_contract(checked.contract);
        const bool same_targets = write_targets(ref, checked.targets);
        count("contract " + ref + " with " + std::to_string(checked.targets.size()) + " targets",
              known.has_value(), same_contract && same_targets);
        for (const Event& event : checked.events)
            write(event);
    }

private:
    void write(const Event& event)
    {
        const auto known = m_repository.find_event(event.id);
        if (known != event)
            m_repository.put_event(event);
        count("event " + event.id, known.has_value(), known == event);
    }

    /// The file holds the whole delivery plan: targets that it leaves out are dropped.
    bool write_targets(const std::string& contract, const std::vector<Target>& targets)
    {
        const std::vector<Target> known = m_repository.targets(contract);
        bool same = known.size() == targets.size();
        for (const Target& target : known) {
            const bool kept = std::ranges::any_of(targets, [&](const Target& other) {
                return other.measure == target.measure && other.period == target.period;
            });
            if (!kept)
                m_repository.remove_target(contract, target.measure, target.period);
        }
        for (const Target& target : targets) {
            if (std::ranges::find(known, target) == known.end()) {
                same = false;
                m_repository.put_target(contract, target);
            }
        }
        return same;
    }

    void count(const std::string& item, bool was_known, bool is_same)
    {
        if (!was_known) {
            ++m_report.added;
            m_report.lines.push_back(item + ": added");
        } else if (!is_same) {
            ++m_report.changed;
            m_report.lines.push_back(item + ": changed");
        } else {
            ++m_report.unchanged;
            m_report.lines.push_back(item + ": unchanged");
        }
    }

    ReferenceRepository& m_repository;
    ImportReport& m_report;
};

ImportReport refused(Error error)
{
    ImportReport report;
    report.problems.push_back(std::move(error));
    return report;
}

} // namespace

ImportReport import_contracts(storage::Database& database, const fs::path& file, const Clock& clock)
{
    const std::string ending = file.extension().string();
    if (ending != ".csv" && ending != ".json")
        return refused(
            {"unknown_format", "Contracts come from a file that ends in .csv or .json.", file.string()});
    const auto text = read_file(file, file_bytes_max);
    if (!text)
        return refused(text.error());
    return import_contracts(database, ending == ".csv" ? ContractFormat::Csv : ContractFormat::Json, *text,
                            clock);
}

ImportReport import_contracts(storage::Database& database, ContractFormat format, std::string_view text,
                              const Clock& clock)
{
    ImportReport report;
    const Drafts drafts = format == ContractFormat::Csv ? drafts_from_csv(text, report.problems)
                                                        : drafts_from_json(text, report.problems);
    if (!report.ok())
        return report;

    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    Checker checker(repository, clock, report.problems);
    std::vector<Place> places;
    std::vector<CheckedContract> contracts;
    for (const PlaceDraft& draft : drafts.places)
        places.push_back(checker.check(draft));
    for (const ContractDraft& draft : drafts.contracts)
        contracts.push_back(checker.check(draft));
    if (!report.ok())
        return report;

    Writer writer(repository, report);
    for (const Place& place : places)
        writer.write(place);
    for (const CheckedContract& contract : contracts)
        writer.write(contract);
    transaction.commit();
    return report;
}

} // namespace tally::server
