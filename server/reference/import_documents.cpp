#include "server/reference/import.h"
#include "server/reference/reference_repository.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <algorithm>
#include <set>

namespace tally::server {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t framework_bytes_max = 4ULL * 1024 * 1024;

void count(ImportReport& report, int ImportReport::*counter, const std::string& item, const char* what)
{
    ++(report.*counter);
    report.lines.push_back(item + ": " + what);
}

/// Notes each problem under the name of its file.
void refuse(ImportReport& report, const std::string& file, std::vector<Error> problems)
{
    for (Error& problem : problems) {
        problem.where = file + (problem.where.empty() ? "" : ": " + problem.where);
        report.problems.push_back(std::move(problem));
    }
}

/// Measures of a published set that contracts promise, and that another revision of it, or of a local
/// set, would take away.
void must_keep_measures(ReferenceRepository& repository, const Framework& becomes, const std::string& file,
                        ImportReport& report)
{
    for (const Contract& contract : repository.contracts()) {
        if (contract.framework != becomes.id || contract.framework_version != becomes.version)
            continue;
        std::set<std::string> promised;
        for (const Target& target : repository.targets(contract.ref))
            promised.insert(target.measure);
        for (const std::string& measure : promised)
            if (becomes.find_measure(measure) == nullptr)
                refuse(report, file,
                       {{"measure_in_use",
                         "The contract " + contract.ref + " has targets for " + measure +
                             ", which would be gone. Keep the measure, or change the contract first.",
                         "measures"}});
    }
}

void add_framework(ReferenceRepository& repository, const std::string& file, std::string_view text,
                   Timestamp now, ImportReport& report)
{
    FrameworkLoad load = parse_framework(text);
    if (!load.framework) {
        refuse(report, file, std::move(load.problems));
        return;
    }
    const Framework& framework = *load.framework;
    for (std::size_t i = 0; i < framework.measures.size(); ++i)
        if (!framework.measures[i].local_set.empty())
            refuse(report, file,
                   {{"local_in_published",
                     "This measure is a local one of " + framework.measures[i].local_set +
                         ". Load the published file here, and local measures from a file of their own.",
                     "measures[" + std::to_string(i) + "].local"}});
    const std::string item = "framework " + framework.id + " " + framework.version + ", revision " +
                             std::to_string(framework.revision);
    const auto known = repository.framework_text(framework.id, framework.version, framework.revision);
    if (known && *known != framework.text) {
        refuse(report, file,
               {{"revision_taken",
                 "This revision is here already with another text. Entries may refer to it, so it cannot "
                 "change: give the corrected file a higher revision.",
                 "revision"}});
        return;
    }
    if (known || !report.ok()) {
        if (known)
            count(report, &ImportReport::unchanged, item, "is here already");
        return;
    }
    const auto sets = repository.local_sets(framework.id);
    const LocalMerge merge = merge_local_sets(framework, sets);
    for (const LocalClash& clash : merge.clashes)
        refuse(report, file, {{clash.code, clash.message, clash.published}});
    if (!merge.framework)
        return;
    const auto present = repository.find_published(framework.id, framework.version);
    if (!present || present->revision < framework.revision)
        must_keep_measures(repository, *merge.framework, file, report);
    if (!report.ok())
        return;
    const bool another_edition =
        !present && std::ranges::any_of(repository.frameworks(), [&](const FrameworkListing& listing) {
            return listing.id == framework.id;
        });
    repository.add_framework(framework, now);
    count(report, &ImportReport::added, item,
          another_edition ? "added beside the editions that are here; nothing that was counted is repriced"
                          : "added");
    for (const LocalSet& set : sets)
        if (set.is_for(framework.version))
            report.lines.push_back(
                "local set " + set.id + ": " +
                counted(static_cast<std::int64_t>(set.measures.size()), "measure", "measures") +
                " carried over to " + framework.version);
}

void add_local_set(ReferenceRepository& repository, const std::string& file, std::string_view text,
                   Timestamp now, ImportReport& report)
{
    LocalSetLoad load = parse_local_set(text);
    if (!load.set) {
        refuse(report, file, std::move(load.problems));
        return;
    }
    const LocalSet& set = *load.set;
    const std::string item = "local set " + set.id + ", revision " + std::to_string(set.revision);
    const auto known = repository.local_set_text(set.id, set.revision);
    if (known) {
        if (*known != set.text)
            refuse(report, file,
                   {{"revision_taken",
                     "This revision is here already with another text. Entries may refer to it, so it "
                     "cannot change: give the corrected file a higher revision.",
                     "revision"}});
        else
            count(report, &ImportReport::unchanged, item, "is here already");
        return;
    }
    // The others as they are, and this one in place of its earlier revision.
    std::vector<LocalSet> sets = repository.local_sets("");
    const auto earlier = std::ranges::find(sets, set.id, &LocalSet::id);
    if (earlier != sets.end() && earlier->framework != set.framework) {
        refuse(report, file,
               {{"id_taken",
                 "The local set " + set.id + " stands beside " + earlier->framework + ". Choose another id.",
                 "id"}});
        return;
    }
    if (earlier != sets.end() && earlier->revision > set.revision) {
        refuse(report, file,
               {{"out_of_order",
                 "Revision " + std::to_string(earlier->revision) +
                     " is here already, so this one would never be used. Give it a higher revision.",
                 "revision"}});
        return;
    }
    if (earlier != sets.end())
        *earlier = set;
    else
        sets.push_back(set);
    std::set<std::string> told;
    bool any = false;
    for (const FrameworkListing& listing : repository.frameworks()) {
        if (listing.id != set.framework)
            continue;
        any = true;
        const auto published = repository.find_published(listing.id, listing.version);
        const LocalMerge merge = merge_local_sets(*published, sets);
        for (const LocalClash& clash : merge.clashes)
            if (told.insert(clash.where + clash.message).second)
                refuse(report, file, {{clash.code, clash.message, clash.set == set.id ? clash.where : ""}});
        if (!merge.framework)
            continue;
        must_keep_measures(repository, *merge.framework, file, report);
        if (set.is_for(listing.version))
            report.lines.push_back(item + ": stands beside " + listing.id + " " + listing.version);
    }
    if (!any)
        refuse(
            report, file,
            {{"unknown_framework",
              "There is no framework " + set.framework + " to stand beside. Load it first.", "framework"}});
    if (!report.ok())
        return;
    repository.add_local_set(set, now);
    count(report, &ImportReport::added, item, "added");
}

void add_set(ReferenceRepository& repository, const std::string& file, std::string_view text, Timestamp now,
             ImportReport& report)
{
    if (is_local_set(text))
        add_local_set(repository, file, text, now, report);
    else
        add_framework(repository, file, text, now, report);
}

void add_set(ReferenceRepository& repository, const fs::path& file, Timestamp now, ImportReport& report)
{
    const auto text = read_file(file, framework_bytes_max);
    if (text)
        add_set(repository, file.filename().string(), *text, now, report);
    else
        refuse(report, file.filename().string(), {text.error()});
}

/// A new edition that came with an update must not keep the server from starting because it does not go
/// together with this council's own measures: it is left out until somebody loads it by hand.
void add_shipped_set(ReferenceRepository& repository, const fs::path& file, Timestamp now,
                     ImportReport& report)
{
    ImportReport one;
    add_set(repository, file, now, one);
    const bool clashes = !one.ok() && std::ranges::all_of(one.problems, [](const Error& problem) {
        return problem.code.starts_with("local_") || problem.code == "measure_in_use";
    });
    report.added += one.added;
    report.unchanged += one.unchanged;
    std::ranges::move(one.lines, std::back_inserter(report.lines));
    std::ranges::move(one.problems, std::back_inserter(clashes ? report.left_out : report.problems));
}

void add_questionnaire(ReferenceRepository& repository, const fs::path& file, Timestamp now,
                       ImportReport& report)
{
    QuestionnaireLoad load = load_questionnaire(file);
    if (!load.questionnaire) {
        refuse(report, file.filename().string(), std::move(load.problems));
        return;
    }
    const Questionnaire& questionnaire = *load.questionnaire;
    const auto known = repository.find_questionnaire(questionnaire.id, questionnaire.version);
    if (known && known->text != questionnaire.text) {
        refuse(report, file.filename().string(),
               {{"version_taken",
                 "This version is here already with another text. Answers refer to it, so it cannot change: "
                 "give "
                 "the new questions a higher version.",
                 "version"}});
        return;
    }
    repository.add_questionnaire(questionnaire, now);
    const std::string item =
        "questionnaire " + questionnaire.id + ", version " + std::to_string(questionnaire.version);
    count(report, known ? &ImportReport::unchanged : &ImportReport::added, item,
          known ? "is here already" : "added");
}

/// Runs `work` in one transaction and keeps it only when nothing was refused.
template <typename Work>
ImportReport all_or_nothing(storage::Database& database, Work work, ImportRun run = ImportRun::Store)
{
    ImportReport report;
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    work(repository, report);
    if (report.ok() && run == ImportRun::Store)
        transaction.commit();
    return report;
}

std::vector<fs::path> json_files(const fs::path& folder)
{
    std::vector<fs::path> files;
    if (fs::is_directory(folder)) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() == ".json")
                files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

} // namespace

ImportReport import_framework(storage::Database& database, const fs::path& file, Timestamp now, ImportRun run)
{
    return all_or_nothing(
        database,
        [&](ReferenceRepository& repository, ImportReport& report) {
            add_set(repository, file, now, report);
        },
        run);
}

ImportReport import_framework(storage::Database& database, std::string_view name, std::string_view text,
                              Timestamp now, ImportRun run)
{
    return all_or_nothing(
        database,
        [&](ReferenceRepository& repository, ImportReport& report) {
            if (text.size() > framework_bytes_max)
                refuse(report, std::string(name), {{"file_too_large", "A framework has 4 MiB at most."}});
            else
                add_set(repository, std::string(name), text, now, report);
        },
        run);
}

ImportReport import_questionnaire(storage::Database& database, const fs::path& file, Timestamp now)
{
    return all_or_nothing(database, [&](ReferenceRepository& repository, ImportReport& report) {
        add_questionnaire(repository, file, now, report);
    });
}

ImportReport import_shipped(storage::Database& database, const fs::path& assets, Timestamp now)
{
    return all_or_nothing(database, [&](ReferenceRepository& repository, ImportReport& report) {
        for (const fs::path& file : json_files(assets / "frameworks"))
            add_shipped_set(repository, file, now, report);
        for (const fs::path& file : json_files(assets / "questionnaires"))
            add_questionnaire(repository, file, now, report);
    });
}

} // namespace tally::server
