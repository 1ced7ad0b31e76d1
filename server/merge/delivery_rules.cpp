#include "server/merge/delivery_rules.h"

#include "server/merge/hours_rules.h"
#include "server/merge/latin.h"

#include <algorithm>

namespace tally::server {

namespace {

/// Words of a description in order of the alphabet, each once.
std::vector<std::string> description_words(const std::string& text)
{
    auto words = text_words(text);
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

bool are_descriptions_alike(const DeliveryBody& a, const DeliveryBody& b)
{
    const auto one = description_words(a.description);
    const auto other = description_words(b.description);
    std::vector<std::string> shared;
    std::ranges::set_intersection(one, other, std::back_inserter(shared));
    const std::size_t all = one.size() + other.size() - shared.size();
    return all > 0 && 2 * shared.size() >= all;
}

/// £1,234.56 is rarely anybody else's; one person or ten pounds often are.
bool is_telling(Quantity quantity)
{
    std::int64_t digits = quantity.parts / (Quantity::parts_per_unit / 100);
    while (digits != 0 && digits % 10 == 0)
        digits /= 10;
    return digits >= 100;
}

} // namespace

std::string reference_key(std::string_view reference)
{
    std::string key;
    for (const LatinWord& word : latin_words(reference))
        key += word.text;
    return key;
}

std::string delivery_scope(const MergeFacts& facts)
{
    return facts.supplier.empty() ? "contract " + facts.about.contract : "supplier " + facts.supplier;
}

void flag_deliveries(const MergeFacts& a, const MergeFacts& b, const MergeRules& rules,
                     std::vector<Flag>& flags)
{
    const auto& one = std::get<DeliveryBody>(a.body);
    const auto& other = std::get<DeliveryBody>(b.body);
    if (delivery_scope(a) != delivery_scope(b) || one.period_start > other.period_end ||
        other.period_start > one.period_end)
        return;
    const bool is_one_contract = a.about.contract == b.about.contract;
    const bool is_one_measure = a.about.measure == b.about.measure && a.framework == b.framework;
    const bool is_exclusive = are_exclusive(a, b, rules);
    if (!is_one_measure && !is_exclusive)
        return;

    const std::string reference = reference_key(one.evidence_reference);
    const std::string other_reference = reference_key(other.evidence_reference);
    const bool is_one_reference = !reference.empty() && reference == other_reference;
    const bool are_two_papers = !reference.empty() && !other_reference.empty() && !is_one_reference;
    const bool is_one_quantity =
        one.quantity && other.quantity && one.quantity->parts == other.quantity->parts;
    const bool is_one_period = one.period_start == other.period_start && one.period_end == other.period_end;

    std::int32_t sure = 0;
    std::string_view shared;
    if (is_one_reference) {
        sure = is_one_quantity ? 950 : is_one_contract ? 700 : 600;
        shared = is_one_quantity ? "the same evidence reference and quantity" : "the same evidence reference";
    } else if (is_one_quantity && !are_two_papers) {
        // Two papers are two deliveries. Without papers an equal quantity says as much as it is unusual.
        const bool alike = are_descriptions_alike(one, other);
        if (alike)
            sure = 800;
        else if (is_one_period || is_telling(*one.quantity))
            sure = 600;
        // Under two contracts or two measures more must agree.
        if (!is_one_contract || is_exclusive)
            sure = alike || is_telling(*one.quantity) ? sure - 100 : 0;
        shared = alike ? "the same quantity and nearly the same description" : "the same quantity";
    }
    if (sure < 500)
        return;
    const std::string period = is_one_period ? " in the same period" : " in periods that overlap";
    const std::string contracts = is_one_contract ? "" : ", under two contracts";
    if (is_exclusive)
        flags.push_back(pair_flag(FlagRule::ExclusiveMeasures, a, b, 0, sure,
                                  "Two deliveries under measures that exclude each other have " +
                                      std::string(shared) + period + contracts + "."));
    else
        flags.push_back(pair_flag(FlagRule::SameDelivery, a, b, 0, sure,
                                  "Two deliveries of one measure have " + std::string(shared) + period +
                                      contracts + "."));
}

} // namespace tally::server
