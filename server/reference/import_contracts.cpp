#include "server/reference/contract_check.h"
#include "server/reference/contract_drafts.h"
#include "server/reference/import.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <algorithm>

namespace tally::server {

namespace {

namespace fs = std::filesystem;

/// Compares with what is there, writes and counts.
class Writer
{
public:
    Writer(ReferenceRepository& repository, ChangeAuthor author, ImportReport& report)
        : m_repository(repository), m_author(std::move(author)), m_report(report)
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
        const Contract& contract = checked.terms.contract;
        const bool known = m_repository.find_contract(contract.ref).has_value();
        const auto changes = store_terms(m_repository, checked.terms, m_author);
        if (!changes) {
            m_report.problems.push_back({changes.error().code, changes.error().message, checked.where});
            return;
        }
        count("contract " + contract.ref + " with " +
                  counted(static_cast<std::int64_t>(checked.terms.targets.size()), "target", "targets"),
              known, changes->empty());
        for (const TermChange& change : *changes)
            m_report.lines.push_back("contract " + contract.ref + ", " + in_words(change));
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
    ChangeAuthor m_author;
    ImportReport& m_report;
};

ImportReport refused(Error error)
{
    ImportReport report;
    report.problems.push_back(std::move(error));
    return report;
}

Drafts drafts_from(ContractFormat format, std::string_view text, const Clock& clock,
                   std::vector<Error>& problems)
{
    if (format == ContractFormat::Csv)
        return drafts_from_csv(text, problems);
    return is_ocds(text) ? drafts_from_ocds(text, clock, problems) : drafts_from_json(text, problems);
}

} // namespace

std::optional<ContractFormat> contract_format_of(std::string_view file_name)
{
    std::string ending = fs::path(file_name).extension().string();
    std::ranges::transform(ending, ending.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (ending == ".csv")
        return ContractFormat::Csv;
    return ending == ".json" ? std::optional(ContractFormat::Json) : std::nullopt;
}

ImportReport import_contracts(storage::Database& database, const fs::path& file, const Clock& clock,
                              const ContractImport& options)
{
    const auto format = contract_format_of(file.string());
    if (!format)
        return refused(
            {"unknown_format", "Contracts come from a file that ends in .csv or .json.", file.string()});
    const auto text = read_file(file, import_bytes_max);
    if (!text)
        return refused(text.error());
    return import_contracts(database, *format, *text, clock, options);
}

ImportReport import_contracts(storage::Database& database, ContractFormat format, std::string_view text,
                              const Clock& clock, const ContractImport& options)
{
    ImportReport report;
    const Drafts drafts = drafts_from(format, text, clock, report.problems);
    report.lines = drafts.notes;
    // Half-read drafts would be reported twice, once as misread and once as empty.
    if (!report.ok())
        return report;
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    ContractChecker checker(repository, clock, options, report);
    std::vector<Place> places;
    std::vector<CheckedContract> contracts;
    for (const PlaceDraft& draft : drafts.places)
        places.push_back(checker.check(draft));
    for (const ContractDraft& draft : drafts.contracts)
        contracts.push_back(checker.check(draft));
    if (!report.ok())
        return report;

    Writer writer(repository, {options.by, clock.now(), options.reason}, report);
    for (const Place& place : places)
        writer.write(place);
    for (const CheckedContract& contract : contracts)
        writer.write(contract);
    if (report.ok() && options.run == ImportRun::Store)
        transaction.commit();
    return report;
}

} // namespace tally::server
