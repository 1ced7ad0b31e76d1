#include "server/api/changes.h"

#include "server/api/changes_query.h"
#include "server/ledger/leaf.h"
#include "server/ledger/ledger.h"
#include "server/ledger/proof.h"
#include "server/ledger/standings.h"
#include "server/reference/reference_changes.h"
#include "server/storage/backup_log.h"
#include "server/storage/device_chain.h"
#include "server/storage/device_keys.h"
#include "shared/base/encoding.h"
#include "shared/protocol/json_writer.h"

#include <optional>

namespace tally::server {
namespace {

using protocol::JsonWriter;

/// Where the device goes on from. A database that was restored, or put back by hand, counts its changes
/// anew, and then only the beginning is sure to miss nothing.
ChangesCursor place_of(storage::Database& database, ChangesCursor cursor)
{
    auto epoch = database_epoch(database);
    const bool is_ahead =
        cursor.reference > reference_cursor(database) ||
        cursor.entries >
            database.query_one<std::int64_t>("SELECT coalesce(max(number), -1) FROM entry_changes")
                .value_or(-1);
    if (cursor.epoch != epoch || is_ahead)
        cursor = {};
    cursor.epoch = std::move(epoch);
    return cursor;
}

/// What the ledger is, so that the device can tell whether it is the one that it has receipts of.
void write_ledger(JsonWriter& json, storage::Database& database, const std::vector<std::uint64_t>& trees)
{
    const auto checkpoint = latest_checkpoint(database);
    const auto size = checkpoint ? static_cast<std::uint64_t>(checkpoint->tree_size) : 0;
    json.begin_object();
    if (checkpoint)
        json.field("checkpoint", checkpoint->note);
    if (const auto backup = newest_backup(database))
        json.field("backed_up", backup->tree_size);
    json.field_if("epoch", database_epoch(database));
    if (!trees.empty()) {
        json.key("proofs").begin_array();
        for (const auto from : trees) {
            if (from > size)
                continue;
            const auto proof = make_consistency_proof(database, from, size);
            if (!proof)
                continue;
            json.begin_object().field("from", static_cast<std::int64_t>(from));
            json.key("hashes").begin_array();
            for (const auto& hash : proof->hashes)
                json.text(to_base64(hash));
            json.end_array().end_object();
        }
        json.end_array();
    }
    json.end_object();
}

/// Numbers that did not arrive and of which the device has said nothing: it sends them, or says why not.
void write_missing(JsonWriter& json, storage::Database& database, const Uuid& device)
{
    constexpr std::size_t ranges_max = 100;
    const auto gaps = unexplained_gaps(database, device, ranges_max);
    if (gaps.empty())
        return;
    json.key("missing").begin_array();
    for (const auto& gap : gaps)
        json.begin_object().field("first", gap.first).field("last", gap.last).end_object();
    json.end_array();
}

void write_item(JsonWriter& json, std::string& out, std::string_view topic, std::string_view key,
                const std::optional<std::string>& document)
{
    json.begin_object().field("topic", topic).field("key", key).key("value");
    if (document)
        out += *document;
    else
        json.null();
    // The document was written past the writer; a field in the same object would need a comma.
    json.end_object();
}

/// Says when and why the entry was erased, and nothing else: the device keeps only that.
std::string erased_document(storage::Database& database, const Uuid& id)
{
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("state", name_of(EntryState::Erased));
    for (const std::int64_t position : database.query<std::int64_t>(
             "SELECT position FROM ledger_mentions WHERE entry = :id ORDER BY position DESC", id.text())) {
        const auto row = read_log_row(database, position);
        const auto leaf =
            row ? parse_leaf(row->leaf) : Result<Leaf>(Error{"not_found", "The log has no such row."});
        const auto* const erased = leaf ? std::get_if<ErasedLeaf>(&*leaf) : nullptr;
        if (erased == nullptr)
            continue;
        json.field("decided_at_ms", erased->at.ms).field("why", name_of(erased->why));
        break;
    }
    json.end_object();
    return out;
}

std::string entry_document(storage::Database& database, const EntryVault& vault,
                           const EntryStanding& standing)
{
    // What was accepted still counts, but its words are gone: for a device that is what matters.
    if (standing.erased)
        return erased_document(database, standing.facts.id);
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.field("state", name_of(standing.state));
    if (standing.decided) {
        const std::string note = vault.open_note(database, *standing.decided);
        const bool queried = standing.state == EntryState::Queried;
        json.field_if(queried ? "question" : "note", note);
        const auto row = read_log_row(database, *standing.decided);
        if (const auto leaf =
                row ? parse_leaf(row->leaf) : Result<Leaf>(Error{"not_found", "The log has no such row."}))
            json.field("decided_at_ms", moment_of(*leaf).ms);
    }
    if (standing.state == EntryState::Replaced || standing.state == EntryState::Withdrawn)
        if (const auto by = database.query_one<std::string>(
                "SELECT id FROM ledger_entries WHERE amends = :id ORDER BY position DESC LIMIT 1",
                standing.facts.id.text()))
            json.field("replaced_by", *by);
    json.end_object();
    return out;
}

/// Numbers of changes repeat (one decision may change two entries), so a page ends with a whole number.
std::vector<std::pair<std::string, std::int64_t>> changed_entries(storage::Database& database,
                                                                  const Uuid& device, std::int64_t after,
                                                                  std::int64_t limit, bool& more)
{
    auto rows = database.query<std::string, std::int64_t>(
        "SELECT entry, number FROM entry_changes WHERE device = :device AND number > :after "
        "ORDER BY number, entry LIMIT :limit",
        device.text(), after, limit);
    std::vector<std::pair<std::string, std::int64_t>> page;
    for (auto& [entry, number] : rows)
        page.emplace_back(std::move(entry), number);
    more = static_cast<std::int64_t>(page.size()) == limit;
    if (more) {
        const auto last = page.back().second;
        while (!page.empty() && page.back().second == last)
            page.pop_back();
    }
    return page;
}

} // namespace

Result<std::string> changes_for_device(storage::Database& database, const EntryVault& vault,
                                       const Uuid& device, const ChangesQuery& query, Timestamp now)
{
    auto cursor = parse_changes_cursor(query.cursor);
    if (!cursor)
        return cursor.error();
    const auto trees = parse_trees(query.trees);
    if (!trees)
        return trees.error();
    // One look at the database: a checkpoint without the changes of its time would be put aside for good.
    storage::Transaction look(database, storage::Access::Read);
    *cursor = place_of(database, *std::move(cursor));
    constexpr std::int64_t reference_limit = 100;
    constexpr std::int64_t entry_limit = 500;

    std::string items;
    JsonWriter json(items);
    json.begin_array();
    const auto changes = reference_changes_since(database, cursor->reference, reference_limit);
    for (const auto& change : changes) {
        write_item(json, items, change.topic, change.key, change.document);
        cursor->reference = change.cursor;
    }
    bool more_entries = false;
    for (const auto& [id, number] :
         changed_entries(database, device, cursor->entries, entry_limit, more_entries)) {
        const auto entry = Uuid::parse(id);
        const auto standing = entry ? read_standing(database, *entry) : std::nullopt;
        if (standing)
            write_item(json, items, "entry", id, entry_document(database, vault, *standing));
        cursor->entries = number;
    }
    json.end_array();

    const bool more = more_entries || static_cast<std::int64_t>(changes.size()) == reference_limit;
    std::string out;
    JsonWriter document(out);
    document.begin_object();
    document.field("cursor", cursor->text());
    document.key("more").boolean(more);
    document.field("server_time_ms", now.ms);
    document.key("ledger");
    write_ledger(document, database, *trees);
    write_missing(document, database, device);
    // An administrator wishes that it makes itself a new key. The moment tells one wish from the next.
    if (const auto asked_at = new_key_asked_at(database, device))
        document.field("new_key_asked_at_ms", asked_at->ms);
    document.key("items");
    out += items;
    document.end_object();
    return out;
}

} // namespace tally::server
