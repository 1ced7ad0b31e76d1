#include "server/api/proofs.h"

#include "server/http/problem.h"
#include "server/ledger/ledger.h"
#include "server/ledger/proof.h"
#include "server/ledger/tiles.h"
#include "shared/base/encoding.h"

#include <nlohmann/json.hpp>

#include <charconv>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

/// A whole number in the query; `fallback` when it is left out. Fails with `bad_number`.
Result<std::uint64_t> number_in_query(const Request& request, std::string_view name,
                                      std::optional<std::uint64_t> fallback)
{
    const auto text = request.query.find(name);
    if (!text && fallback)
        return *fallback;
    std::uint64_t number = 0;
    const auto given = text.value_or("");
    const auto read = std::from_chars(given.data(), given.data() + given.size(), number);
    if (given.empty() || read.ec != std::errc{} || read.ptr != given.data() + given.size())
        return Error{"bad_number", "A whole number from 0 up belongs here.", std::string(name)};
    return number;
}

json base64_list(const protocol::ProofHashes& hashes)
{
    json list = json::array();
    for (const auto& hash : hashes)
        list.push_back(to_base64(hash));
    return list;
}

/// A proof between two sizes is the same for ever.
Response proof_document(const json& document)
{
    return json_document(document.dump()).with("Cache-Control", "public, max-age=3600");
}

Response refused(const Error& error)
{
    const bool beyond = error.code == "bad_size" || error.code == "bad_position";
    return problem(error, beyond ? 404 : 400);
}

} // namespace

Response latest_checkpoint_note(Request&, ApiServices& services)
{
    auto database = services.pool.lease();
    const auto checkpoint = latest_checkpoint(*database);
    if (!checkpoint)
        return problem({"not_found", "The ledger is empty: it has no checkpoint yet."}, 404);
    return plain_text(checkpoint->note);
}

Response tile(Request& request, ApiServices& services)
{
    const auto name = parse_tile_name(request.params.get("name"));
    if (!name)
        return problem({"not_found", "This is not the address of a tile. See C2SP tlog-tiles."}, 404);
    auto database = services.pool.lease();
    auto bytes = read_tile(*database, *name);
    if (!bytes)
        return problem({"not_found", "The log is not long enough for this tile yet."}, 404);
    Response response;
    response.content_type = "application/octet-stream";
    response.body = std::move(*bytes);
    // A partial tile is right for ever too, but of use only until the next one.
    return std::move(response).with("Cache-Control", name->is_full() ? "public, max-age=31536000, immutable"
                                                                     : "public, max-age=3600");
}

Response inclusion_proof(Request& request, ApiServices& services)
{
    auto database = services.pool.lease();
    const auto position = number_in_query(request, "position", std::nullopt);
    const auto size = number_in_query(request, "size", log_size(*database));
    if (!position || !size)
        return refused(!position ? position.error() : size.error());
    const auto proof = make_inclusion_proof(*database, *position, *size);
    if (!proof)
        return refused(proof.error());
    return proof_document({{"position", proof->position},
                           {"tree_size", proof->tree_size},
                           {"leaf_hash", to_base64(proof->leaf_hash)},
                           {"hashes", base64_list(proof->hashes)},
                           {"root", to_base64(proof->root)}});
}

Response consistency_proof(Request& request, ApiServices& services)
{
    auto database = services.pool.lease();
    const auto from = number_in_query(request, "from", std::nullopt);
    const auto to = number_in_query(request, "to", log_size(*database));
    if (!from || !to)
        return refused(!from ? from.error() : to.error());
    const auto proof = make_consistency_proof(*database, *from, *to);
    if (!proof)
        return refused(proof.error());
    return proof_document({{"from_size", proof->from_size},
                           {"to_size", proof->to_size},
                           {"from_root", to_base64(proof->from_root)},
                           {"to_root", to_base64(proof->to_root)},
                           {"hashes", base64_list(proof->hashes)}});
}

} // namespace tally::server
