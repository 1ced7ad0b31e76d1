#include "client/sync/ledger_watch.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace tally::client {

using nlohmann::json;

namespace {

/// As many as the server proves at once.
constexpr std::size_t trees_max = 100;

Error odd_answer()
{
    return {
        "odd_answer",
        "What the server says of its ledger could not be understood. Update the older of the two programs."};
}

std::optional<std::uint64_t> whole_number(const json& object, const char* name)
{
    const auto field = object.find(name);
    return field != object.end() && field->is_number_unsigned() ? std::optional(field->get<std::uint64_t>())
                                                                : std::nullopt;
}

/// Fails with `odd_answer`.
Result<std::pair<std::uint64_t, protocol::ProofHashes>> parse_proof(const json& item)
{
    if (!item.is_object())
        return odd_answer();
    const auto from = whole_number(item, "from");
    const auto list = item.find("hashes");
    if (!from || list == item.end() || !list->is_array())
        return odd_answer();
    protocol::ProofHashes hashes;
    for (const auto& text : *list) {
        auto hash = text.is_string() ? from_base64(text.get_ref<const std::string&>())
                                     : Result<std::string>(odd_answer());
        if (!hash || hash->size() != crypto::sha256_bytes)
            return odd_answer();
        hashes.push_back(std::move(*hash));
    }
    return std::pair(*from, std::move(hashes));
}

} // namespace

Result<std::optional<LedgerStatement>> parse_ledger_statement(const json& answer, std::string_view server_key)
{
    const auto ledger = answer.is_object() ? answer.find("ledger") : answer.end();
    if (!answer.is_object() || ledger == answer.end())
        return std::optional<LedgerStatement>();
    if (!ledger->is_object())
        return odd_answer();
    LedgerStatement statement;
    if (const auto note = ledger->find("checkpoint"); note != ledger->end()) {
        if (!note->is_string())
            return odd_answer();
        auto checkpoint = protocol::read_checkpoint(note->get_ref<const std::string&>(), server_key);
        if (!checkpoint)
            return checkpoint.error();
        statement.now = {checkpoint->tree_size, std::move(checkpoint->root)};
    } else {
        statement.now.root = crypto::sha256(""); // of no rows (RFC 6962)
    }
    if (const auto proofs = ledger->find("proofs"); proofs != ledger->end()) {
        if (!proofs->is_array())
            return odd_answer();
        for (const auto& item : *proofs) {
            auto proof = parse_proof(item);
            if (!proof)
                return proof.error();
            statement.proofs.insert(std::move(*proof));
        }
    }
    if (const auto epoch = ledger->find("epoch"); epoch != ledger->end() && epoch->is_string())
        statement.epoch = *epoch;
    statement.backed_up = whole_number(*ledger, "backed_up");
    return std::optional(std::move(statement));
}

bool goes_on_from(const SeenTree& tree, const LedgerStatement& statement)
{
    if (tree.size == statement.now.size)
        return tree.root == statement.now.root;
    const auto proof = statement.proofs.find(tree.size);
    return tree.size < statement.now.size && proof != statement.proofs.end() &&
           protocol::check_consistency(tree.size, tree.root, statement.now.size, statement.now.root,
                                       proof->second)
               .ok();
}

std::optional<std::int64_t> photos_keep_days(Store& store)
{
    const std::string text = store.setting(photos_keep_days_setting).value_or("");
    std::int64_t days = photos_keep_days_usual;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), days);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || days < 0)
        return photos_keep_days_usual;
    constexpr std::int64_t century = 36'525;
    return days == 0 ? std::nullopt : std::optional(std::min(days, century));
}

LedgerWatch::LedgerWatch(Store& store, const Identity& identity)
    : m_store(store), m_ledger(store, identity), m_server_key(identity.server_signing_key)
{
}

std::string LedgerWatch::query()
{
    std::vector<std::uint64_t> sizes;
    const auto add = [&](const std::vector<SeenTree>& trees) {
        for (const SeenTree& tree : trees)
            sizes.push_back(tree.size);
    };
    if (m_step == Step::Prove) {
        m_proved = m_ledger.proved();
        m_unproved = m_ledger.unproved(trees_max - 1);
        if (m_proved && m_proved->size > 0)
            sizes.push_back(m_proved->size);
        add(m_unproved.trees);
    } else if (m_step == Step::Search) {
        m_older = m_ledger.proved_before(trees_max);
        add(m_older);
    }
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    std::string text;
    for (const std::uint64_t size : sizes)
        text += (text.empty() ? "trees=" : "-") + std::to_string(size);
    return text;
}

Result<LedgerNews> LedgerWatch::answered(std::string_view body, Timestamp now)
{
    if (m_step == Step::Done)
        return LedgerNews::Nothing;
    const auto said = parse_ledger_statement(json::parse(body, nullptr, false), m_server_key);
    if (!said)
        return said.error();
    if (!*said) {
        m_step = Step::Done;
        return LedgerNews::Nothing;
    }
    return m_step == Step::Prove ? compare(**said, now) : search(**said, now);
}

LedgerNews LedgerWatch::compare(const LedgerStatement& said, Timestamp now)
{
    m_parting = {std::numeric_limits<std::uint64_t>::max(), {}, m_unproved.receipts_up_to};
    for (const SeenTree& tree : m_unproved.trees)
        if (!goes_on_from(tree, said))
            m_parting.lost.push_back(tree);
    if (m_proved && m_proved->size > 0 && !goes_on_from(*m_proved, said)) {
        m_step = Step::Search;
        return LedgerNews::AskAgain;
    }
    if (!m_parting.lost.empty())
        return part(said, now);
    const bool begins_anew = m_ledger.note_epoch(said.epoch);
    m_has_seen_restore |= begins_anew;
    if (m_proved != said.now || !m_unproved.trees.empty())
        m_ledger.note_proved(said.now, m_unproved.receipts_up_to);
    note_rest(said, now);
    if (begins_anew || !m_unproved.is_all)
        return LedgerNews::AskAgain;
    m_step = Step::Done;
    return LedgerNews::Nothing;
}

LedgerNews LedgerWatch::search(const LedgerStatement& said, Timestamp now)
{
    m_parting.common = 0;
    for (const SeenTree& tree : m_older)
        if (goes_on_from(tree, said))
            m_parting.common = std::max(m_parting.common, tree.size);
    return part(said, now);
}

void LedgerWatch::note_rest(const LedgerStatement& said, Timestamp now)
{
    if (said.backed_up)
        m_ledger.note_backed_up(*said.backed_up);
    m_ledger.ask_for_carried_photos();
    // Without a number of days none is old enough, but what is here now is noted all the same.
    constexpr std::int64_t for_ever = 100LL * 366;
    (void)m_ledger.free_photos(said.now.size, now, photos_keep_days(m_store).value_or(for_ever));
}

LedgerNews LedgerWatch::part(const LedgerStatement& said, Timestamp now)
{
    m_has_seen_restore = true;
    m_entries_again = m_ledger.send_again(said.now, m_parting, now);
    (void)m_ledger.note_epoch(said.epoch);
    note_rest(said, now);
    m_step = Step::Done;
    return LedgerNews::SendAgain;
}

} // namespace tally::client
