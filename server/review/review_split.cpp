#include "server/ingest/reference_cache.h"
#include "server/review/review.h"
#include "server/review/review_rules.h"
#include "server/valuation/assess.h"

namespace tally::server {
namespace {

constexpr std::size_t parts_min = 2;
constexpr std::size_t parts_max = 20;

/// Nobody learns from an error that a contract exists which they do not see.
Error unknown_contract(std::size_t part)
{
    return {"contract_unknown", "Choose one of your contracts.", std::to_string(part)};
}

EntryFacts part_of(const EntryFacts& whole, const PartRequest& request, Uuid id, const std::string& by)
{
    EntryFacts facts;
    facts.id = id;
    facts.kind = whole.kind;
    facts.digest = whole.digest;
    facts.device = whole.device;
    facts.device_seq = whole.device_seq;
    facts.author = whole.author;
    facts.contract = request.contract;
    facts.measure = request.measure;
    facts.quantity = request.quantity;
    facts.quarter = whole.quarter;
    facts.place = whole.place;
    facts.verification = whole.verification;
    // An event belongs to the contract that held it.
    if (request.contract == whole.contract)
        facts.event = whole.event;
    facts.part_of = whole.id;
    facts.split_by = by;
    return facts;
}

} // namespace

Result<std::vector<Uuid>> ReviewService::split(const Viewer& viewer, const Uuid& id,
                                               const std::vector<PartRequest>& parts,
                                               std::string_view given_note)
{
    const auto note = checked_note(given_note, "Say why you divide it. An auditor reads it.");
    if (!note)
        return note.error();
    if (parts.size() < parts_min || parts.size() > parts_max)
        return Error{"split_sum", "Divide the entry into 2 to 20 parts."};
    if (!viewer.may_decide)
        return Error{"not_allowed", "Your role reads evidence and does not decide on it."};
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (parts[i].contract.empty() || !viewer.sees(parts[i].contract))
            return unknown_contract(i + 1);

    m_compare_first(id);
    std::vector<Uuid> made;
    const auto done = run_or_refuse(m_writer, [&](LedgerTransaction& ledger) {
        made.clear();
        auto& database = ledger.database();
        const auto* standing = ledger.standing(id);
        if (standing == nullptr || !viewer.sees(standing->facts.contract))
            throw Refused{{"not_found", "There is no such entry."}};
        const auto whole = standing->facts;
        const auto words = m_vault.open(database, id);
        if (auto own = own_hand(viewer, read_revisions(database, standing->root), words))
            throw Refused{*std::move(own)};
        if (!words)
            throw Refused{words.error()};
        Quantity sum;
        for (const auto& part : parts) {
            const auto more = add(sum, part.quantity);
            if (!more)
                throw Refused{more.error()};
            sum = *more;
        }
        if (whole.quantity && sum != *whole.quantity)
            throw Refused{{"split_sum",
                           "The parts add up to " + format_quantity_for_people(sum) + ", and the entry is " +
                               format_quantity_for_people(*whole.quantity) + ". Correct the amounts."}};
        auto held = lock_under(m_vault, database, {id}, *note, m_random);
        if (!held)
            throw Refused{held.error()};
        const auto at = m_clock.now();
        const auto position = ledger.append(
            SplitLeaf{at, id, static_cast<std::int64_t>(parts.size()), viewer.user_id, held->locked.digest});
        if (!position)
            throw Refused{position.error()};
        store_note(database, *position, *held);
        const auto reference = m_reference.get(database);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto facts = part_of(whole, parts[i], m_ids.next(), viewer.user_id);
            const auto number = std::to_string(i + 1);
            if (const auto assessed = assess_part(*words, whole, *reference, facts); !assessed)
                throw Refused{{assessed.error().code, assessed.error().message, number}};
            const auto appended = ledger.append(ReceivedLeaf{at, facts});
            if (!appended)
                throw Refused{{appended.error().code, appended.error().message, number}};
            made.push_back(facts.id);
        }
    });
    if (!done)
        return done.error();
    return made;
}

} // namespace tally::server
