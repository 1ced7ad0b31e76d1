#pragma once
/// Whether a ledger file is what was signed: its form, every hash, every checkpoint.

#include "shared/protocol/ledger_file.h"
#include "shared/protocol/merkle.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::verify {

/// Walks through the file part by part. What it remembers is small and cheap to copy, so a walk can be
/// taken up again from any part.
class IntegrityWalk
{
public:
    /// `file` must outlive the walk.
    explicit IntegrityWalk(std::string_view file) : m_reader(file) {}

    /// The next part, checked; nothing when the file is at its end or its form is broken. What is wrong
    /// is added to `findings`.
    [[nodiscard]] std::optional<protocol::LedgerPart> next(std::vector<Error>& findings);

    [[nodiscard]] std::size_t offset() const { return m_reader.offset(); }
    [[nodiscard]] std::uint64_t rows() const { return m_tree.size(); }
    [[nodiscard]] std::uint64_t checkpoints() const { return m_checkpoints; }
    [[nodiscard]] const protocol::MerkleFrontier& tree() const { return m_tree; }
    /// Of the present checkpoints.
    [[nodiscard]] std::string_view public_key() const { return m_public_key; }
    [[nodiscard]] std::string_view origin() const { return m_origin; }
    /// True once the end mark was reached: the file is complete.
    [[nodiscard]] bool ended() const { return m_ended; }

private:
    void check_row(const protocol::LedgerPart& row, std::vector<Error>& findings);
    void check_key_change(std::string_view bytes, std::vector<Error>& findings);
    void check_checkpoint(std::string_view note, std::vector<Error>& findings);
    void check_end(std::string_view digest, std::size_t part_begins, std::vector<Error>& findings);

    protocol::LedgerFileReader m_reader;
    protocol::MerkleFrontier m_tree;
    std::string m_public_key;
    std::string_view m_origin;
    std::uint64_t m_checkpoints = 0;
    std::uint64_t m_signed_size = 0; ///< of the last checkpoint that fitted
    bool m_rewritten = false;        ///< a root differed: all later ones do too
    bool m_ended = false;
};

/// The first key of a file, and those that took its place, each vouched for by the one before.
[[nodiscard]] std::vector<std::string> keys_in(std::string_view file);

/// "row 41, entry 0190a5c4-...": the id is read from the leaf as it stands, if there is one.
[[nodiscard]] std::string name_row(std::uint64_t position, std::string_view leaf);

} // namespace tally::verify
