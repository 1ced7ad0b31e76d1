#include "server/reference/contract_drafts.h"
#include "shared/framework/json_reader.h"

namespace tally::server {

namespace {

Cell cell(const JsonObject& object, const char* key)
{
    return {object.text(key), object.path(key)};
}

Cell optional_cell(const JsonObject& object, const char* key)
{
    return {object.optional_text(key).value_or(""), object.path(key)};
}

std::optional<std::vector<Cell>> optional_cells(const JsonObject& object, const char* key)
{
    if (!object.has(key))
        return std::nullopt;
    std::vector<Cell> cells;
    std::size_t index = 0;
    for (std::string& text : object.texts(key))
        cells.push_back({std::move(text), object.path(key) + "[" + std::to_string(index++) + "]"});
    return cells;
}

TargetDraft read_target(const JsonObject& object)
{
    return {cell(object, "measure"), cell(object, "period"), cell(object, "quantity")};
}

PlanDraft read_plan(const JsonObject& object)
{
    return {cell(object, "measure"),          optional_cell(object, "core_or_added"),
            optional_cell(object, "what"),    optional_cell(object, "how"),
            optional_cell(object, "who"),     optional_cell(object, "where"),
            optional_cell(object, "baseline")};
}

EventDraft read_event(const JsonObject& object)
{
    return {cell(object, "id"),   cell(object, "title"), optional_cell(object, "place"),
            cell(object, "date"), cell(object, "start"), cell(object, "end")};
}

ContractDraft read_contract(const JsonObject& object)
{
    ContractDraft draft;
    draft.ref = cell(object, "ref");
    draft.title = cell(object, "title");
    draft.supplier = cell(object, "supplier");
    draft.buyer = cell(object, "buyer");
    draft.framework = optional_cell(object, "framework");
    draft.framework_version = optional_cell(object, "framework_version");
    draft.starts = cell(object, "starts");
    draft.ends = cell(object, "ends");
    draft.year_kind = optional_cell(object, "year_kind");
    draft.also_suppliers = optional_cells(object, "also_suppliers");
    draft.also_buyers = optional_cells(object, "also_buyers");
    draft.roles = optional_cells(object, "roles");
    if (object.has("targets")) {
        draft.targets.emplace();
        object.objects("targets",
                       [&](const JsonObject& item) { draft.targets->push_back(read_target(item)); });
    }
    if (object.has("plans")) {
        draft.plans.emplace();
        object.objects("plans", [&](const JsonObject& item) { draft.plans->push_back(read_plan(item)); });
    }
    if (object.has("events"))
        object.objects("events", [&](const JsonObject& item) { draft.events.push_back(read_event(item)); });
    return draft;
}

} // namespace

Drafts drafts_from_json(std::string_view text, std::vector<Error>& problems)
{
    Drafts drafts;
    const auto document = parse_json(text, problems);
    if (!document)
        return drafts;
    const JsonObject file(*document, "", problems);
    (void)file.word<int>("schema", {{"tallybook-contracts/1", 0}});
    if (file.has("places"))
        file.objects("places", [&](const JsonObject& item) {
            drafts.places.push_back({cell(item, "id"), cell(item, "title")});
        });
    file.objects("contracts",
                 [&](const JsonObject& item) { drafts.contracts.push_back(read_contract(item)); });
    return drafts;
}

} // namespace tally::server
