#include "server/ledger/export.h"

#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/key_change.h"
#include "shared/protocol/ledger_file.h"

#include <vector>

namespace tally::server {
namespace {

/// Collects parts into larger writes, and their digest.
class Output
{
public:
    explicit Output(DurableFile file) : m_file(std::move(file)) {}

    Result<void> add(std::string_view part)
    {
        m_digest.add(part);
        return add_unhashed(part);
    }

    Result<void> end()
    {
        if (auto added = add_unhashed(protocol::ledger_file_end(m_digest.finish())); !added)
            return added;
        if (auto written = flush(); !written)
            return written;
        return m_file.commit();
    }

    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }

private:
    Result<void> add_unhashed(std::string_view part)
    {
        constexpr std::size_t write_bytes = 1024 * 1024;
        m_waiting += part;
        m_bytes += part.size();
        return m_waiting.size() < write_bytes ? Result<void>() : flush();
    }

    Result<void> flush()
    {
        auto written = m_file.append(m_waiting);
        m_waiting.clear();
        return written;
    }

    DurableFile m_file;
    crypto::Sha256 m_digest;
    std::string m_waiting;
    std::uint64_t m_bytes = 0;
};

} // namespace

Result<ExportReport> export_ledger(storage::Database& database, const ServerKeys& keys,
                                   const std::filesystem::path& path)
{
    auto file = DurableFile::create(path);
    if (!file)
        return file.error();
    Output out(std::move(*file));
    ExportReport report;
    Result<void> written = out.add(protocol::ledger_file_start(first_signing_key(keys), keys.origin));

    storage::Transaction snapshot(database, storage::Access::Read);
    std::int64_t next = 0;
    // A change of keys stands before the first checkpoint that was signed with the new one.
    auto change = keys.changes.begin();
    const auto add_changes = [&](std::int64_t checkpoint_size) {
        for (; written && change != keys.changes.end(); ++change) {
            const auto known = protocol::parse_key_change(*change);
            if (known && static_cast<std::int64_t>(known->signed_up_to) >= checkpoint_size)
                return;
            written = out.add(protocol::ledger_file_key_change(*change));
        }
    };
    constexpr std::int64_t rows_at_once = 2000;
    while (written) {
        const auto rows = database.query<std::int64_t, std::string, storage::sql::Blob>(
            "SELECT position, leaf, leaf_hash FROM ledger_log WHERE position >= :from ORDER BY position "
            "LIMIT "
            ":limit",
            next, rows_at_once);
        if (rows.empty())
            break;
        const auto notes = database.query<std::int64_t, std::string>(
            "SELECT tree_size, note FROM ledger_checkpoints WHERE tree_size > :from AND tree_size <= :to "
            "ORDER BY tree_size",
            std::get<0>(rows.front()), std::get<0>(rows.back()) + 1);
        auto note = notes.begin();
        for (const auto& [position, leaf, hash] : rows) {
            if (hash.bytes.size() != crypto::sha256_bytes || leaf.empty() ||
                leaf.size() > protocol::leaf_bytes_max)
                return Error{"damaged", "The log is damaged here. Run tallybook-server verify.",
                             "log position " + std::to_string(position)};
            written =
                out.add(protocol::ledger_file_row(static_cast<std::uint64_t>(position), hash.bytes, leaf));
            ++report.rows;
            for (; written && note != notes.end() && std::get<0>(*note) <= position + 1; ++note) {
                add_changes(std::get<0>(*note));
                if (written)
                    written = out.add(protocol::ledger_file_checkpoint(std::get<1>(*note)));
                ++report.checkpoints;
            }
            if (!written)
                break;
            next = position + 1;
        }
    }
    if (written)
        add_changes(INT64_MAX);
    if (written)
        written = out.end();
    if (!written)
        return written.error();
    report.bytes = out.bytes();
    return report;
}

} // namespace tally::server
