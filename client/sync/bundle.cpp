#include "client/sync/bundle.h"

#include "client/store/own_key.h"
#include "client/store/server_ledger.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/bundle_answer.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <utility>

namespace tally::client {

namespace {

Error not_enrolled()
{
    return {"not_enrolled", "This device is not enrolled yet. Enrol it with a code from the administrator."};
}

/// A bundle on its way to the disk.
class BundleFile
{
public:
    BundleFile(DurableFile file, std::int64_t all, const OnExportProgress& on_progress)
        : m_file(std::move(file)), m_progress{0, all}, m_on_progress(on_progress)
    {
    }

    [[nodiscard]] Result<void> add_batch(const OutgoingBatch& batch)
    {
        m_writer.add_batch(batch.bytes);
        m_exported.entries += static_cast<std::int64_t>(batch.ids.size());
        return write(static_cast<std::int64_t>(batch.ids.size()));
    }
    /// What it carries of this enrolment is signed with the newest key, and the statements say how that came:
    /// the server may know only an older one.
    void use_newest_key(Store& store, Identity& identity)
    {
        OwnKey::Newest newest = OwnKey(store, identity).newest();
        identity.signing = std::move(newest.key);
        if (!newest.statements.empty() && m_with_statements.insert(identity.number).second)
            m_writer.add_key_changes(newest.statements);
    }
    void add_numbers(Store& store, const Identity& identity, Timestamp now)
    {
        // Not noted as told: only the server's answer over the network does that.
        if (const auto numbers = store.numbers_to_tell(identity); !numbers.empty())
            m_writer.add_chain_report(
                protocol::write_chain_report(identity.device, now, numbers, identity.signing));
    }
    [[nodiscard]] Result<void> add_photo(Store& store, const std::string& digest)
    {
        const auto bytes = store.sealed_attachment(digest);
        if (!bytes)
            return {}; // erased meanwhile
        m_writer.add_attachment(*from_hex(digest), *bytes);
        ++m_exported.photos;
        return write(1);
    }
    [[nodiscard]] Result<ExportedBundle> finish(const LeftBehind& left) &&
    {
        if (m_exported.entries == 0 && m_exported.photos == 0) {
            const std::string words = words_for(left);
            return Error{"nothing_to_export", words.empty()
                                                  ? "Everything on this device is at the server already."
                                                  : "Nothing was written. " + words};
        }
        const std::string end = std::move(m_writer).finish();
        m_exported.bytes += static_cast<std::int64_t>(end.size());
        if (const auto written = m_file.append(end); !written)
            return written.error();
        if (const auto committed = m_file.commit(); !committed)
            return committed.error();
        return m_exported;
    }

private:
    [[nodiscard]] Result<void> write(std::int64_t done)
    {
        const std::string bytes = m_writer.take();
        m_exported.bytes += static_cast<std::int64_t>(bytes.size());
        if (const auto written = m_file.append(bytes); !written)
            return written;
        m_progress.done += done;
        if (m_on_progress && !m_on_progress(m_progress))
            return Error{"stopped", "The export was stopped. Nothing was written."};
        return {};
    }

    DurableFile m_file;
    protocol::BundleWriter m_writer;
    std::set<std::int64_t> m_with_statements; ///< enrolments
    ExportedBundle m_exported;
    ExportProgress m_progress;
    const OnExportProgress& m_on_progress;
};

/// What travels, or everything.
Result<void> add_all(BundleFile& file, Store& store, Timestamp now, Sending sending)
{
    const bool all = sending == Sending::Everything;
    for (Identity& identity : all ? store.identities() : store.identities_with_unsent()) {
        file.use_newest_key(store, identity);
        std::int64_t last = 0;
        while (const auto batch = store.next_batch(identity, last, now, {}, sending)) {
            if (const auto added = file.add_batch(*batch); !added)
                return added;
            last = batch->last_local;
        }
        file.add_numbers(store, identity, now);
        for (const std::string& digest :
             all ? store.all_attachments(identity) : store.unsent_attachments(identity))
            if (const auto added = file.add_photo(store, digest); !added)
                return added;
    }
    return {};
}

Result<void> add_chosen(BundleFile& file, Store& store, Timestamp now, const std::vector<Uuid>& ids)
{
    for (const Uuid& id : ids) {
        if (store.is_taken_back(id))
            return Error{"taken_back",
                         "Entry " + id.text() +
                             " was taken back on this device, or said right in another entry, and "
                             "never travels again. Nothing was written."};
        // Each in a batch of its own, so that none has to wait for another at the server.
        std::optional<OutgoingBatch> batch;
        for (Identity& identity : store.identities()) {
            if (batch)
                break;
            // Its statements stand before its batches.
            if (store.batch_with(identity, id, now)) {
                file.use_newest_key(store, identity);
                batch = store.batch_with(identity, id, now);
            }
        }
        if (!batch)
            return Error{"unknown_entry", "There is no entry " + id.text() +
                                              " on this device, or it was erased. Nothing was written."};
        if (const auto added = file.add_batch(*batch); !added)
            return added;
    }
    for (const Uuid& id : ids)
        for (const std::string& digest : store.attachments_of(id))
            if (const auto added = file.add_photo(store, digest); !added)
                return added;
    return {};
}

std::int64_t parts_of(Store& store, const BundleContent& content)
{
    const Counts counts = store.counts();
    if (!content.entries.empty())
        return static_cast<std::int64_t>(content.entries.size());
    return content.sending == Sending::Everything ? counts.entries : counts.unsent + counts.photos_waiting;
}

} // namespace

Result<ExportedBundle> export_bundle(Store& store, const std::filesystem::path& file, Timestamp now,
                                     const BundleContent& content, const OnExportProgress& on_progress)
{
    if (!store.identity())
        return not_enrolled();
    auto opened = DurableFile::create(file);
    if (!opened)
        return opened.error();
    BundleFile bundle(std::move(*opened), parts_of(store, content), on_progress);
    const auto added = content.entries.empty() ? add_all(bundle, store, now, content.sending)
                                               : add_chosen(bundle, store, now, content.entries);
    return added ? std::move(bundle).finish(left_behind(store)) : Result<ExportedBundle>(added.error());
}

LeftBehind left_behind(Store& store)
{
    const Counts counts = store.counts();
    return {counts.rejected, counts.withdrawals};
}

std::string words_for(const LeftBehind& left)
{
    std::string words;
    if (left.aside > 0)
        words = left.aside == 1 ? "1 entry was not taken by the server and is on this device only."
                                : std::to_string(left.aside) +
                                      " entries were not taken by the server and are on this device only.";
    if (left.withdrawals > 0)
        words += (words.empty() ? "" : " ") +
                 (left.withdrawals == 1
                      ? std::string("1 withdrawal code waits: it needs a network.")
                      : std::to_string(left.withdrawals) + " withdrawal codes wait: they need a network.");
    return words;
}

std::string bundle_name(const Identity& identity, Timestamp now, std::int32_t utc_offset_min)
{
    std::string name = "tallybook-";
    for (const char c : identity.name) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool is_capital = c >= 'A' && c <= 'Z';
        if (is_plain || is_capital)
            name += is_capital ? static_cast<char>(c - 'A' + 'a') : c;
        else if (name.back() != '-')
            name += '-';
    }
    if (name.back() != '-')
        name += '-';
    const std::string time = format_minute_of_day(local_minute(now, utc_offset_min));
    return name + format_date(local_date(now, utc_offset_min)) + "-" + time.substr(0, 2) + time.substr(3) +
           ".bundle";
}

Result<ImportedReceipts> import_receipts(Store& store, std::string_view bytes)
{
    const auto answer = protocol::parse_bundle_answer(bytes);
    if (!answer)
        return answer.error();
    if (!store.identity())
        return not_enrolled();
    const Error foreign{"answer_foreign",
                        "These receipts are not for this device. Take the file that was written when this "
                        "device's own bundle was imported."};
    // The file may tell of new keys, or be older than some that are known already.
    for (const Identity& identity : store.identities())
        (void)ServerLedger::follow_keys(store, identity, answer->key_changes);
    const auto all = store.identities();
    const auto from_known_server = [&](const Identity& identity) {
        return ServerLedger(store, identity).knows_key(answer->server_key);
    };
    if (std::none_of(all.begin(), all.end(), from_known_server))
        return foreign;
    ImportedReceipts imported;
    std::int64_t own = 0;
    for (const protocol::AnsweredBatch& part : answer->batches) {
        const auto receipt = protocol::parse_receipt(part.receipt, answer->server_key);
        if (!receipt)
            return receipt.error();
        const auto identity = std::find_if(all.begin(), all.end(), [&](const Identity& one) {
            return from_known_server(one) && one.device == receipt->device;
        });
        const auto batch = identity != all.end()
                               ? store.batch_of(*identity, part.ids, receipt->entries_digest)
                               : std::nullopt;
        if (!batch) {
            ++imported.foreign;
            continue;
        }
        ++own;
        // Once only: after a restore of the server the same words may no longer be true.
        if (store.has_receipt(part.receipt)) {
            ++imported.known;
            continue;
        }
        if (const auto kept = store.keep_receipt(*batch, *receipt, part.receipt); !kept)
            return kept.error();
        for (const auto& outcome : receipt->outcomes) {
            const bool taken =
                outcome.outcome == protocol::Outcome::Created || outcome.outcome == protocol::Outcome::Exists;
            ++(taken ? imported.accepted : imported.rejected);
        }
    }
    for (const std::string_view digest : answer->photos) {
        const std::string name = to_hex(digest);
        if (!store.has_upload(name))
            continue;
        store.finish_upload(name, SaidBy::Receipts);
        ++imported.photos;
        ++own;
    }
    if (own == 0 && imported.foreign > 0)
        return foreign;
    return imported;
}

std::vector<std::string> find_receipts(const std::filesystem::path& folder)
{
    namespace fs = std::filesystem;
    constexpr std::size_t files_max = 2'000;
    std::vector<std::pair<fs::file_time_type, std::string>> found;
    std::error_code failed;
    std::size_t seen = 0;
    for (fs::directory_iterator file(folder, failed), end; !failed && file != end && seen < files_max;
         file.increment(failed), ++seen) {
        if (!file->is_regular_file(failed))
            continue;
        std::string first(protocol::bundle_answer_magic.size(), '\0');
        std::ifstream stream(file->path(), std::ios::binary);
        stream.read(first.data(), static_cast<std::streamsize>(first.size()));
        if (stream && first == protocol::bundle_answer_magic)
            found.emplace_back(file->last_write_time(failed), file->path().filename().string());
    }
    std::sort(found.rbegin(), found.rend());
    std::vector<std::string> names;
    for (auto& [time, name] : found)
        names.push_back(std::move(name));
    return names;
}

} // namespace tally::client
