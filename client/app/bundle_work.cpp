#include "client/app/bundle_work.h"

#include "client/platform/sticks.h"
#include "shared/base/files.h"

#include <chrono>
#include <exception>
#include <system_error>

namespace tally::client {

namespace {

namespace fs = std::filesystem;

constexpr auto progress_pause = std::chrono::milliseconds(100);
constexpr std::uint64_t receipts_bytes_max = 256ULL * 1024 * 1024;

screens::StickModel model_of(const platform::Stick& stick)
{
    return {stick.folder.string(), stick.name, stick.free_bytes, stick.is_read_only,
            find_receipts(stick.folder)};
}

} // namespace

BundleWork::BundleWork(fs::path folder, const Clock& clock, std::function<void(BundleOutcome)> tell)
    : m_folder(std::move(folder)), m_clock(clock), m_tell(std::move(tell)), m_thread([](const char*) {})
{
}

BundleWork::~BundleWork()
{
    m_is_stopped = true;
}

void BundleWork::look(std::vector<std::string> other_folders)
{
    m_thread.run([this, other_folders = std::move(other_folders)] {
        BundleOutcome outcome;
        for (const platform::Stick& stick : platform::plugged_in_sticks())
            outcome.sticks.push_back(model_of(stick));
        for (const std::string& folder : other_folders)
            if (const auto stick = platform::stick_at(folder))
                outcome.sticks.push_back(model_of(*stick));
        m_tell(std::move(outcome));
    });
}

void BundleWork::write(const fs::path& stick, std::optional<Uuid> entry)
{
    m_is_stopped = false;
    m_thread.run([this, stick, entry] {
        BundleOutcome outcome;
        try {
            outcome = written(stick, entry);
        } catch (const std::exception& failure) {
            outcome.problem = Error{"failed", failure.what()};
        }
        outcome.kind = BundleOutcome::Kind::Written;
        m_tell(std::move(outcome));
    });
}

BundleOutcome BundleWork::written(const fs::path& stick, const std::optional<Uuid>& entry)
{
    BundleOutcome outcome;
    auto store = Store::open(m_folder);
    const auto identity = store ? store->identity() : std::nullopt;
    if (!store || !identity) {
        outcome.problem = store ? Error{"not_enrolled", "This device is not set up yet."} : store.error();
        return outcome;
    }
    const Timestamp now = m_clock.now();
    outcome.file = bundle_name(*identity, now, m_clock.utc_offset_min(now));
    BundleContent content;
    if (entry)
        content.entries.push_back(*entry);
    auto told_at = std::chrono::steady_clock::time_point();
    const auto exported =
        export_bundle(*store, stick / outcome.file, now, content, [&](const ExportProgress& progress) {
            const auto present = std::chrono::steady_clock::now();
            if (present - told_at >= progress_pause) {
                told_at = present;
                BundleOutcome report;
                report.kind = BundleOutcome::Kind::Progress;
                report.progress = progress;
                m_tell(std::move(report));
            }
            return !m_is_stopped.load();
        });
    if (exported)
        outcome.written = *exported;
    else
        outcome.problem = exported.error();
    return outcome;
}

void BundleWork::read(const fs::path& file)
{
    m_thread.run([this, file] {
        BundleOutcome outcome;
        try {
            outcome = read_from(file);
        } catch (const std::exception& failure) {
            outcome.problem = Error{"failed", failure.what()};
        }
        outcome.kind = BundleOutcome::Kind::Read;
        m_tell(std::move(outcome));
    });
}

BundleOutcome BundleWork::read_from(const fs::path& file)
{
    BundleOutcome outcome;
    const auto bytes = read_file(file, receipts_bytes_max);
    auto store = Store::open(m_folder);
    if (!bytes || !store) {
        outcome.problem = bytes ? store.error() : bytes.error();
        return outcome;
    }
    const auto imported = import_receipts(*store, *bytes);
    if (imported)
        outcome.read = *imported;
    else
        outcome.problem = imported.error();
    return outcome;
}

std::string bundle_problem(const Error& error, const widgets::Translations& translations)
{
    const char* key = error.code == "disk_full"                                           ? "bundle.full"
                      : error.code == "read_only"                                         ? "bundle.locked"
                      : error.code == "stopped"                                           ? "bundle.stopped"
                      : error.code.starts_with("file_") && error.code != "file_too_large" ? "bundle.gone"
                                                                                          : nullptr;
    return key != nullptr ? std::string(translations.text(key)) : error.message;
}

} // namespace tally::client
