#pragma once
/// Private to this folder: where all entries of a ledger stand, in little memory. Words that entries share
/// are kept once, digests as bytes, and what few entries have beside them; an entry takes about 200 bytes.

#include "server/ledger/posting.h"
#include "server/ledger/tables.h"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tally::server {

class StandingStore
{
public:
    using Ordinal = std::uint32_t; ///< in order of arrival

    /// Adds the entry, or replaces it when its id is known.
    void put(EntryStanding&& standing);
    [[nodiscard]] std::optional<Ordinal> find(const Uuid& id) const;
    [[nodiscard]] std::optional<Ordinal> find_at(std::int64_t position) const;
    [[nodiscard]] std::size_t size() const { return m_rows.size(); }

    [[nodiscard]] EntryStanding standing(Ordinal ordinal) const;
    [[nodiscard]] const Uuid& id(Ordinal ordinal) const { return m_rows[ordinal].id; }
    [[nodiscard]] std::int64_t position(Ordinal ordinal) const { return m_rows[ordinal].position; }
    /// What its row in ledger_entries says. Good until the next put.
    [[nodiscard]] StandingRow row(Ordinal ordinal) const;

    /// What its row in entry_records says.
    struct Record
    {
        Uuid device;
        std::int64_t device_seq = 0;
        std::int64_t position = 0;
        std::int64_t received_at = 0;
        bool is_part = false; ///< of a split entry: it has no record
    };
    [[nodiscard]] Record record(Ordinal ordinal) const;
    /// Whether the log names these 32 bytes as its digest.
    [[nodiscard]] bool has_digest(Ordinal ordinal, std::string_view digest) const;

private:
    using Word = std::uint32_t;
    static constexpr Ordinal none = UINT32_MAX;

    struct Row
    {
        Uuid id;
        std::array<std::uint8_t, 32> digest{};
        std::int64_t position = 0;
        std::int64_t received_at = 0;
        std::int64_t device_seq = 0;
        std::int64_t quantity = 0;
        std::int64_t proxy = 0;
        std::int64_t value = 0;
        std::int64_t revision = 0;
        std::int64_t decided = 0;
        Ordinal amends = none;
        Ordinal root = none;
        Ordinal ended = none;
        Word device = 0;
        Word author = 0;
        Word contract = 0;
        Word framework = 0;
        Word version = 0;
        Word measure = 0;
        Word value_class = 0;
        Word event = 0;
        Word place = 0;
        Word verification = 0;
        std::int16_t year = 0;
        std::uint8_t quarter = 0;
        EntryAction action = EntryAction::Capture;
        EvidenceKind kind = EvidenceKind::Hours;
        EntryState state = EntryState::Waiting;
        std::optional<EntryState> before;
        bool has_quantity : 1 = false;
        bool has_proxy : 1 = false;
        bool has_value : 1 = false;
        bool has_decided : 1 = false;
        bool held : 1 = false;
        bool counts : 1 = false;
        bool flagged : 1 = false;
        bool held_by_flag : 1 = false;
        bool released : 1 = false;
        bool erased : 1 = false;
        bool is_whole : 1 = false; ///< stands in m_whole, because it has more than a row can hold
    };

    /// Numbers words by their text.
    class Words
    {
    public:
        [[nodiscard]] Word number_of(std::string_view text);
        [[nodiscard]] const std::string& text(Word word) const { return m_texts[word]; }

    private:
        std::deque<std::string> m_texts;
        std::unordered_map<std::string_view, Word> m_numbers;
    };

    [[nodiscard]] bool fits(const EntryStanding& standing) const;
    /// False when the entry does not fit; the row is then half filled.
    [[nodiscard]] bool fill(Ordinal ordinal, const EntryStanding& standing);
    void index(Ordinal ordinal);
    [[nodiscard]] std::size_t slot_of(const Uuid& id) const;

    std::deque<Row> m_rows; ///< grows without moving what is there
    std::unordered_map<Ordinal, EntryStanding> m_whole;
    std::vector<Ordinal> m_index; ///< open addressing by id; a power of two, at most two thirds full
    Words m_words;
};

} // namespace tally::server
