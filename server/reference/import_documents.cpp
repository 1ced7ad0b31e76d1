#include "server/reference/import.h"
#include "server/reference/reference_repository.h"

#include <algorithm>

namespace tally::server {

namespace {

namespace fs = std::filesystem;

void count(ImportReport& report, int ImportReport::*counter, const std::string& item, const char* what)
{
    ++(report.*counter);
    report.lines.push_back(item + ": " + what);
}

/// Notes each problem under the name of its file.
void refuse(ImportReport& report, const fs::path& file, std::vector<Error> problems)
{
    for (Error& problem : problems) {
        problem.where = file.filename().string() + (problem.where.empty() ? "" : ": " + problem.where);
        report.problems.push_back(std::move(problem));
    }
}

void add_framework(ReferenceRepository& repository, const fs::path& file, Timestamp now, ImportReport& report)
{
    FrameworkLoad load = load_framework(file);
    if (!load.framework) {
        refuse(report, file, std::move(load.problems));
        return;
    }
    const Framework& framework = *load.framework;
    const std::string item = "framework " + framework.id + " " + framework.version + ", revision " +
                             std::to_string(framework.revision);
    const auto known = repository.framework_text(framework.id, framework.version, framework.revision);
    if (known && *known != framework.text) {
        refuse(report, file,
               {{"revision_taken",
                 "This revision is here already with another text. Entries may refer to it, so it cannot "
                 "change: "
                 "give the corrected file a higher revision.",
                 "revision"}});
        return;
    }
    repository.add_framework(framework, now);
    count(report, known ? &ImportReport::unchanged : &ImportReport::added, item,
          known ? "is here already" : "added");
}

void add_questionnaire(ReferenceRepository& repository, const fs::path& file, Timestamp now,
                       ImportReport& report)
{
    QuestionnaireLoad load = load_questionnaire(file);
    if (!load.questionnaire) {
        refuse(report, file, std::move(load.problems));
        return;
    }
    const Questionnaire& questionnaire = *load.questionnaire;
    const auto known = repository.find_questionnaire(questionnaire.id, questionnaire.version);
    if (known && known->text != questionnaire.text) {
        refuse(report, file,
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
ImportReport all_or_nothing(storage::Database& database, Work work)
{
    ImportReport report;
    storage::Transaction transaction(database);
    transaction.lock_for_writing();
    ReferenceRepository repository(database);
    work(repository, report);
    if (report.ok())
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

ImportReport import_framework(storage::Database& database, const fs::path& file, Timestamp now)
{
    return all_or_nothing(database, [&](ReferenceRepository& repository, ImportReport& report) {
        add_framework(repository, file, now, report);
    });
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
            add_framework(repository, file, now, report);
        for (const fs::path& file : json_files(assets / "questionnaires"))
            add_questionnaire(repository, file, now, report);
    });
}

} // namespace tally::server
