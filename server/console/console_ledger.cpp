#include "server/console/console.h"
#include "server/console/ledger_view.h"
#include "server/console/words.h"
#include "server/ledger/flags.h"
#include "server/ledger/standings.h"
#include "server/reference/reference_repository.h"
#include "shared/base/encoding.h"
#include "shared/protocol/checkpoint.h"

#include <charconv>
#include <map>

namespace tally::server::console {
namespace {

constexpr std::size_t page_rows = 50;

std::optional<std::int64_t> number_in(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || text.empty() || number < 0)
        return std::nullopt;
    return number;
}

LedgerReader reader_for(const Visitor& visitor, Accounts& accounts, DatabasePool& pool)
{
    std::map<std::string, std::string, std::less<>> people;
    for (const User& user : accounts.list())
        people[user.id] = user.name;
    std::map<std::string, std::string, std::less<>> contracts;
    auto lease = pool.lease();
    for (const Contract& contract : ReferenceRepository(*lease).contracts())
        contracts[contract.ref] = contract.title;
    const auto name_in = [](const auto& names, std::string_view key) {
        const auto found = names.find(key);
        return found != names.end() ? found->second : std::string(key);
    };
    LedgerReader reader;
    reader.person = [people, name_in](std::string_view id) { return name_in(people, id); };
    reader.contract = [contracts, name_in](std::string_view ref) { return name_in(contracts, ref); };
    // Feedback about a place belongs to no contract; only who sees everything sees it.
    reader.sees = [&visitor](std::string_view ref) { return visitor.sees_contract(ref); };
    reader.entry = [&pool](const Uuid& id) -> std::optional<EntryFacts> {
        auto database = pool.lease();
        const auto standing = read_standing(*database, id);
        return standing ? std::optional(standing->facts) : std::nullopt;
    };
    reader.flagged_entry = [&pool](std::int64_t position) -> std::optional<EntryFacts> {
        auto database = pool.lease();
        const auto flag = read_flag(*database, position);
        const auto standing = flag ? read_standing(*database, flag->entries.front()) : std::nullopt;
        return standing ? std::optional(standing->facts) : std::nullopt;
    };
    reader.may_see_evidence = visitor.may(Permission::SeeEvidence);
    return reader;
}

} // namespace

Response Console::ledger_page(Request& request)
{
    const auto before = number_in(request.query.get("before"));
    std::vector<LogRow> rows;
    std::optional<Checkpoint> checkpoint;
    {
        auto lease = m_pool.lease();
        rows = read_log(*lease, before, page_rows + 1);
        checkpoint = latest_checkpoint(*lease);
    }
    const bool more = rows.size() > page_rows;
    if (more)
        rows.pop_back();
    const LedgerReader reader = reader_for(*request.visitor, m_accounts, m_pool);
    View view = object();
    ViewList lines;
    for (const LogRow& row : rows)
        lines.push_back(ledger_line(row, reader, m_clock));
    set_list(view, "rows", std::move(lines));
    view.set("sees_erasures", request.visitor->may(Permission::SeeEvidence));
    view.set("paging", before.has_value() || more);
    set_text(view, "first", before ? "/ledger" : "");
    set_text(view, "next", more ? "/ledger?before=" + std::to_string(rows.back().position) : "");
    view.set("checkpoint", false);
    if (checkpoint) {
        View shown = object();
        shown.set("size", std::to_string(checkpoint->tree_size));
        shown.set("signed_at", moment(checkpoint->signed_at, m_clock));
        shown.set("root", to_hex(checkpoint->root));
        shown.set("note", checkpoint->note);
        shown.set("verifier",
                  m_options.signing_public_key.empty()
                      ? std::string("Ask an administrator.")
                      : protocol::verifier_key(m_options.ledger_origin, m_options.signing_public_key));
        view.set("checkpoint", std::move(shown));
    }
    return page(request, "ledger", "Ledger", "ledger", std::move(view));
}

Response Console::ledger_row_page(Request& request)
{
    const auto position = number_in(request.params.get("position"));
    std::optional<LogRow> row;
    if (position) {
        auto lease = m_pool.lease();
        row = read_log_row(*lease, *position);
    }
    if (!row)
        return not_found(request, "This line of the ledger");
    const LedgerReader reader = reader_for(*request.visitor, m_accounts, m_pool);
    return page(request, "ledger-row", "Ledger position " + std::to_string(row->position), "ledger",
                ledger_row_view(*row, reader, m_clock));
}

} // namespace tally::server::console
