#include "client/store/clock_offset.h"
#include "client/sync/enrolment_answer.h"
#include "client/sync/ledger_watch.h"
#include "client/sync/problem.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/merkle.h"
#include "tests/fuzz/fuzz.h"

#include <nlohmann/json.hpp>

namespace tally::fuzz {
namespace {

using namespace tally::client;
using nlohmann::json;
using std::string;
using std::string_view;

const crypto::SigningKey& key()
{
    static const auto made = crypto::signing_key_from_seed(string(32, 'k'));
    return made;
}

/// The trees of a log of three rows, and what proves that the third goes on from the second.
struct Log
{
    string a = protocol::merkle_leaf_hash("a");
    string b = protocol::merkle_leaf_hash("b");
    string c = protocol::merkle_leaf_hash("c");
    string two = protocol::merkle_node_hash(a, b);
    string three = protocol::merkle_node_hash(two, c);
};

/// What an answer to a request for changes says of the ledger and of the time.
void check_news(string_view body)
{
    static const Log log;
    const HttpResponse answer{200, {}, string(body)};
    const Error error = error_of(answer);
    must(!error.code.empty() && !error.message.empty(), "each refusal has a code and a sentence");
    constexpr std::int64_t device_ms = 1'772'443'800'000;
    if (const auto time = server_time_ms_of(answer)) {
        const auto offset = clock_offset_from(*time, device_ms, 40);
        must(better_offset(offset, offset) == offset, "the same exchange teaches nothing");
        (void)better_offset(clock_offset_from(device_ms, device_ms, 40), offset);
        (void)is_out_of_step(offset);
    }
    auto document = json::parse(body, nullptr, false);
    const auto check = [&] {
        const auto said = parse_ledger_statement(document, key().public_key);
        if (!said || !*said)
            return;
        must(goes_on_from((*said)->now, **said), "a ledger goes on from itself");
        must(!goes_on_from({(*said)->now.size + 1, log.two}, **said), "no ledger goes on from a larger one");
        for (const auto& [from, hashes] : (*said)->proofs)
            if (from < (*said)->now.size && from > 0)
                must(!goes_on_from({from, string(32, 'x')}, **said), "no proof leads from another tree");
        if ((*said)->now == SeenTree{3, log.three})
            (void)goes_on_from({2, log.two}, **said);
    };
    check();
    // The same with a checkpoint of that log that the server signed: no fuzzer finds a signature by itself.
    if (document.is_object() && document.contains("ledger") && document["ledger"].is_object()) {
        document["ledger"]["checkpoint"] = protocol::sign_checkpoint({"log", 3, log.three}, key());
        check();
    }
}

std::vector<string> news_seeds()
{
    const Log log;
    const json full = {{"cursor", "r1e2"},
                       {"more", false},
                       {"server_time_ms", 1'772'443'800'000},
                       {"ledger",
                        {{"checkpoint", protocol::sign_checkpoint({"log", 3, log.three}, key())},
                         {"backed_up", 2U},
                         {"epoch", "0190a5c4"},
                         {"proofs", {{{"from", 2U}, {"hashes", {to_base64(log.c)}}}}}}},
                       {"items", json::array()}};
    return {full.dump(), R"({"ledger":{"proofs":[{"from":1,"hashes":[]}]},"items":[]})",
            R"({"code":"clock_out_of_step","title":"t","detail":"d","server_time_ms":-9223372036854775808})"};
}

string written(const EnrolmentAnswer& answer)
{
    const Identity& identity = answer.identity;
    json server = {{"name", identity.server_name},
                   {"signing_key", to_base64(identity.server_signing_key)},
                   {"sealing_key", to_base64(identity.server_sealing_key)},
                   {"changes", json::array()}};
    for (const auto& change : answer.key_changes)
        server["changes"].push_back(to_base64(change));
    const json body = {{"device", identity.device.text()}, {"name", identity.name},
                       {"mode", name_of(identity.mode)},   {"author", identity.author},
                       {"server", std::move(server)},      {"record", answer.record}};
    return body.dump();
}

/// What a server answers to a code.
void check_enrolment_answer(string_view body)
{
    const auto answer = parse_enrolment_answer(body);
    if (!answer)
        return;
    const Identity& identity = answer->identity;
    must(identity.server_signing_key.size() == crypto::public_key_bytes &&
             identity.server_sealing_key.size() == crypto::public_key_bytes,
         "keys are keys");
    const auto again = parse_enrolment_answer(written(*answer));
    must(again && again->identity.device == identity.device && again->identity.name == identity.name &&
             again->identity.mode == identity.mode && again->identity.author == identity.author &&
             again->identity.server_name == identity.server_name &&
             again->identity.server_signing_key == identity.server_signing_key &&
             again->identity.server_sealing_key == identity.server_sealing_key &&
             again->record == answer->record && again->key_changes == answer->key_changes,
         "an answer is written as it was read");
}

std::vector<string> enrolment_answer_seeds()
{
    EnrolmentAnswer answer;
    answer.identity.device = Uuid::from_bytes(string(16, 'd'));
    answer.identity.name = "Tablet \xc3\xa9";
    answer.identity.author = "p-0001";
    answer.identity.server_name = "The council";
    answer.identity.server_signing_key = key().public_key;
    answer.identity.server_sealing_key = string(32, 'e');
    std::vector<string> seeds = {written(answer)};
    answer.identity.mode = DeviceMode::Kiosk;
    answer.record = to_base64(string(64, 's'));
    answer.key_changes = {string(270, 'c'), ""};
    seeds.push_back(written(answer));
    return seeds;
}

} // namespace

std::vector<Target> client_targets()
{
    return {{"news", check_news, news_seeds},
            {"enrolment-answer", check_enrolment_answer, enrolment_answer_seeds}};
}

} // namespace tally::fuzz
