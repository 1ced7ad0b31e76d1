#include "server/verify/verify_file.h"

#include "server/verify/integrity.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/receipt.h"

#include <algorithm>

namespace tally::verify {
namespace {

constexpr std::size_t findings_max = 100;

class Verification
{
public:
    Verification(std::string_view file, const Evidence& evidence) : m_walk(file), m_evidence(evidence)
    {
        // What somebody kept may be of the time before keys were changed.
        if (evidence.receipt || evidence.checkpoint || evidence.key)
            m_keys = keys_in(file);
    }

    FileReport run()
    {
        while (const auto part = m_walk.next(m_report.findings)) {
            if (part->kind == protocol::LedgerPartKind::Key)
                read_evidence();
            if (part->kind == protocol::LedgerPartKind::Row)
                take_row(*part);
            if (m_report.findings.size() >= findings_max)
                break;
        }
        m_report.origin = m_walk.origin();
        if (!m_walk.public_key().empty())
            m_report.verifier_key = protocol::verifier_key(m_walk.origin(), m_walk.public_key());
        m_report.rows = m_walk.rows();
        m_report.checkpoints = m_walk.checkpoints();
        m_report.root = m_walk.tree().root();
        m_report.entries = m_rules.entries();
        m_report.counts = m_rules.counts();
        m_report.closed_through = m_rules.closed_through();
        if (auto whole = m_rules.check_end(); m_walk.ended() && !whole)
            found(whole.error());
        if (auto totals = m_rules.totals())
            m_report.totals = std::move(*totals);
        else
            found(totals.error());
        if (m_walk.ended()) {
            check_checkpoint();
            check_receipt();
        }
        if (m_report.findings.size() > findings_max)
            m_report.findings.resize(findings_max);
        return std::move(m_report);
    }

private:
    void found(Error error) { m_report.findings.push_back(std::move(error)); }

    /// A row that a receipt names.
    struct NamedRow
    {
        bool is_received = false;
        Uuid device;
        std::string digest; ///< of the sealed record
        std::string where;
    };

    void read_evidence()
    {
        const auto is_given = [this](const std::string& key) {
            return trimmed(*m_evidence.key) == protocol::verifier_key(m_walk.origin(), key);
        };
        if (m_evidence.key && std::none_of(m_keys.begin(), m_keys.end(), is_given))
            found({"other_key", "The file was signed with another key than the one given.", "key"});
        if (m_evidence.checkpoint) {
            auto body = with_any_key<protocol::CheckpointBody>([&](const std::string& key) {
                return protocol::read_checkpoint(*m_evidence.checkpoint, key);
            });
            if (!body)
                found({body.error().code, body.error().message, "kept checkpoint"});
            else if (body->origin != m_walk.origin())
                found({"checkpoint_foreign", "It is of another ledger than the file.", "kept checkpoint"});
            else
                m_checkpoint = std::move(*body);
        }
        if (m_evidence.receipt) {
            auto receipt = with_any_key<protocol::Receipt>(
                [&](const std::string& key) { return protocol::parse_receipt(*m_evidence.receipt, key); });
            if (!receipt)
                found({receipt.error().code,
                       receipt.error().code == "bad_receipt"
                           ? "It is damaged, or was not signed by the server whose ledger this is."
                           : receipt.error().message,
                       "receipt"});
            else
                m_receipt = std::move(*receipt);
        }
        if (m_receipt)
            for (const auto& outcome : m_receipt->outcomes)
                if (is_in_log(outcome))
                    m_named.emplace(outcome.position, NamedRow{});
        remember_root();
    }

    /// What `read` gives with the first key that fits, or what it said of the last one.
    template <typename T, typename Read>
    Result<T> with_any_key(Read read) const
    {
        Result<T> result = read(m_keys.front());
        for (std::size_t i = 1; i < m_keys.size() && !result; ++i)
            result = read(m_keys[i]);
        return result;
    }

    static bool is_in_log(const protocol::EntryOutcome& outcome)
    {
        return outcome.outcome == protocol::Outcome::Created || outcome.outcome == protocol::Outcome::Exists;
    }

    void take_row(const protocol::LedgerPart& row)
    {
        auto leaf = read_leaf(row.leaf);
        const auto applied = leaf ? m_rules.apply(row.position, *leaf) : Result<void>(leaf.error());
        if (!applied)
            found({applied.error().code, applied.error().message, name_row(row.position, row.leaf)});
        if (const auto named = m_named.find(m_walk.rows() - 1); named != m_named.end() && leaf)
            named->second = {leaf->text("type") == "received", leaf->id("device"),
                             std::string(leaf->text("digest")), name_row(row.position, row.leaf)};
        remember_root();
    }

    /// Of the sizes that the evidence is about.
    void remember_root()
    {
        const auto size = m_walk.rows();
        if ((m_checkpoint && m_checkpoint->tree_size == size) || (m_receipt && m_receipt->tree_size == size))
            m_roots[size] = m_walk.tree().root();
    }

    /// Whether the log begins with a tree of this size and root.
    bool check_prefix(std::uint64_t size, const std::string& root, const char* where)
    {
        const auto known = m_roots.find(size);
        if (known == m_roots.end()) {
            found({"log_too_short",
                   "It was signed for " + std::to_string(size) + " rows and the file has " +
                       std::to_string(m_walk.rows()) + ": rows are missing, or the file is older.",
                   where});
            return false;
        }
        if (known->second != root) {
            found({"log_rewritten",
                   "The first " + std::to_string(size) +
                       " rows of the file are not those that were signed then: the log was rewritten.",
                   where});
            return false;
        }
        return true;
    }

    void check_checkpoint()
    {
        if (!m_checkpoint)
            return;
        m_report.kept_checkpoint = m_checkpoint->tree_size;
        check_prefix(m_checkpoint->tree_size, m_checkpoint->root, "kept checkpoint");
    }

    void check_receipt()
    {
        if (!m_receipt)
            return;
        ReceiptReport report;
        report.device = m_receipt->device.text();
        report.received_at_ms = m_receipt->received_at.ms;
        report.tree_size = m_receipt->tree_size;
        check_prefix(m_receipt->tree_size, m_receipt->tree_root, "receipt");
        std::string digests;
        for (std::size_t i = 0; i < m_receipt->outcomes.size(); ++i) {
            const auto& outcome = m_receipt->outcomes[i];
            if (!is_in_log(outcome)) {
                ++report.refused;
                continue;
            }
            const std::string where = "receipt, entry " + std::to_string(i + 1) + " of " +
                                      std::to_string(m_receipt->outcomes.size()) + ", row " +
                                      std::to_string(outcome.position);
            const auto& row = m_named.at(outcome.position);
            if (outcome.position >= m_receipt->tree_size || !row.is_received) {
                found({"receipt_row_missing",
                       "The log does not hold a received entry where the receipt says.", where});
                continue;
            }
            if (row.device != m_receipt->device) {
                found({"receipt_other_device",
                       "The log holds an entry of another device there: " + row.where + ".", where});
                continue;
            }
            ++report.in_log;
            digests += from_hex(row.digest).value();
        }
        // With every entry taken, the log's digests must give the digest of what the device sent.
        if (report.refused == 0 && report.in_log == m_receipt->outcomes.size()) {
            report.covers_exact_bytes =
                crypto::sha256({m_receipt->device.view(), digests}) == m_receipt->entries_digest;
            if (!report.covers_exact_bytes)
                found({"receipt_other_entries",
                       "The log holds other entries than those that the receipt is for.", "receipt"});
        }
        m_report.receipt = report;
    }

    IntegrityWalk m_walk;
    const Evidence& m_evidence;
    std::vector<std::string> m_keys; ///< of the server, oldest first
    FileReport m_report;
    Rules m_rules;
    std::optional<protocol::CheckpointBody> m_checkpoint;
    std::optional<protocol::Receipt> m_receipt;
    std::map<std::uint64_t, std::string> m_roots;
    std::map<std::uint64_t, NamedRow> m_named;
};

} // namespace

FileReport verify_file(std::string_view file, const Evidence& evidence)
{
    return Verification(file, evidence).run();
}

} // namespace tally::verify
