#include "server/verify/integrity.h"

#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"

namespace tally::verify {

using protocol::LedgerPart;
using protocol::LedgerPartKind;

std::vector<std::string> keys_in(std::string_view file)
{
    std::vector<std::string> keys;
    protocol::LedgerFileReader reader(file);
    for (auto part = reader.next(); part && *part; part = reader.next()) {
        if ((*part)->kind == LedgerPartKind::Key)
            keys.emplace_back((*part)->public_key);
        if ((*part)->kind != LedgerPartKind::KeyChange)
            continue;
        auto change = protocol::parse_key_change((*part)->key_change);
        if (change && change->old_key == keys.back())
            keys.push_back(std::move(change->new_key));
    }
    return keys;
}

std::string name_row(std::uint64_t position, std::string_view leaf)
{
    constexpr std::string_view before_id = "\"entry\":\"";
    constexpr std::size_t id_length = 36;
    std::string name = "row " + std::to_string(position);
    const auto found = leaf.find(before_id);
    if (found == std::string_view::npos)
        return name;
    const auto id = leaf.substr(found + before_id.size(), id_length);
    // Only what looks like an id is repeated: the row may hold anything.
    if (id.size() == id_length && id.find_first_not_of("0123456789abcdef-") == std::string_view::npos)
        name += ", entry " + std::string(id);
    return name;
}

std::optional<LedgerPart> IntegrityWalk::next(std::vector<Error>& findings)
{
    const std::size_t begins = m_reader.offset();
    auto part = m_reader.next();
    if (!part) {
        findings.push_back(part.error());
        if (begins > 0)
            findings.back().where =
                "after row " + std::to_string(rows()) + " of the file, " + part.error().where;
        return std::nullopt;
    }
    if (!*part)
        return std::nullopt;
    switch ((*part)->kind) {
    case LedgerPartKind::Key:
        m_public_key = (*part)->public_key;
        m_origin = (*part)->origin;
        break;
    case LedgerPartKind::KeyChange:
        check_key_change((*part)->key_change, findings);
        break;
    case LedgerPartKind::Row:
        check_row(**part, findings);
        break;
    case LedgerPartKind::Checkpoint:
        check_checkpoint((*part)->note, findings);
        break;
    case LedgerPartKind::End:
        check_end((*part)->digest, begins, findings);
        break;
    }
    return *part;
}

void IntegrityWalk::check_row(const LedgerPart& row, std::vector<Error>& findings)
{
    if (row.position != rows())
        findings.push_back(
            {"row_out_of_place",
             "Row " + std::to_string(rows()) + " belongs here: rows are missing, moved or repeated.",
             name_row(row.position, row.leaf)});
    if (protocol::merkle_leaf_hash(row.leaf) != row.leaf_hash)
        findings.push_back({"row_changed", "The row does not fit its hash: one of the two was changed.",
                            name_row(row.position, row.leaf)});
    // The tree is built from the hashes as they stand, so a changed row does not hide what comes after it.
    m_tree.append(row.leaf_hash);
}

void IntegrityWalk::check_key_change(std::string_view bytes, std::vector<Error>& findings)
{
    const std::string where = "change of keys after row " + std::to_string(rows());
    const auto change = protocol::parse_key_change(bytes);
    if (!change || change->old_key != m_public_key || change->device != Uuid{}) {
        findings.push_back({"key_change_changed",
                            "Nothing shows that the key of the later checkpoints is the server's.", where});
        return;
    }
    if (change->signed_up_to < m_signed_size || change->signed_up_to > rows()) {
        findings.push_back({"key_change_out_of_place",
                            "The keys were changed at " + std::to_string(change->signed_up_to) +
                                " rows, which is not here: checkpoints are missing, moved or added.",
                            where});
        return;
    }
    m_public_key = change->new_key;
}

void IntegrityWalk::check_checkpoint(std::string_view note, std::vector<Error>& findings)
{
    ++m_checkpoints;
    const std::string where = "checkpoint after row " + std::to_string(rows());
    const auto body = protocol::read_checkpoint(note, m_public_key);
    if (!body) {
        findings.push_back({"checkpoint_changed", body.error().message, where});
        return;
    }
    if (body->origin != m_origin) {
        findings.push_back(
            {"checkpoint_foreign", "The checkpoint is of another ledger than the file.", where});
        return;
    }
    if (body->tree_size != rows() || body->tree_size <= m_signed_size) {
        findings.push_back(
            {"checkpoint_out_of_place",
             "The checkpoint covers " + std::to_string(body->tree_size) +
                 " rows and does not stand after the last of them: rows are missing or were added.",
             where});
        return;
    }
    if (body->root != m_tree.root() && !m_rewritten) {
        findings.push_back({"root_differs",
                            "These rows are not what was signed: at least one was replaced, moved or added, "
                            "together with its hash.",
                            "rows " + std::to_string(m_signed_size) + " to " + std::to_string(rows() - 1)});
        m_rewritten = true;
    }
    m_signed_size = body->tree_size;
}

void IntegrityWalk::check_end(std::string_view digest, std::size_t part_begins, std::vector<Error>& findings)
{
    m_ended = true;
    if (m_signed_size != rows())
        findings.push_back({"not_signed", "These rows are covered by no checkpoint: nobody has signed them.",
                            "rows " + std::to_string(m_signed_size) + " to " + std::to_string(rows() - 1)});
    if (crypto::sha256(m_reader.file().substr(0, part_begins)) != digest)
        findings.push_back(
            {"file_changed", "The file is not what was exported: its end mark does not fit.", "end mark"});
}

} // namespace tally::verify
