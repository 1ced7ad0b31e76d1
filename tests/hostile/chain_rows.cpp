#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/chain_report.h"
#include "shared/protocol/sealed_record.h"
#include "tests/hostile/table.h"

namespace tally::test {
namespace {

using protocol::ChainNumber;
using protocol::ChainState;
using std::string;
using Make = std::function<string(World&)>; ///< the bytes of one request

constexpr const char* chain_target = "/api/v1/chain";
constexpr const char* chain_type = "Content-Type: application/vnd.tallybook.chain\r\n";
constexpr std::size_t device_at = 5, created_at = 21, count_at = 29, seq_at = 33, state_at = 41;

string post(std::string_view body, const char* type = chain_type)
{
    return World::request("POST", chain_target, type, body);
}

string report(World& world, const std::vector<ChainNumber>& numbers)
{
    return protocol::write_chain_report(world.device().id, world.clock.now(), numbers,
                                        world.device().signing);
}

/// About a number that the device never used, as it was put aside.
const std::vector<ChainNumber> aside = {{900, ChainState::PutAside, string(32, 'd')}};

/// A report that is changed and signed again.
Make report_with(const std::function<void(string&)>& change)
{
    return [change](World& world) {
        string bytes = report(world, aside);
        bytes.resize(bytes.size() - crypto::signature_bytes);
        change(bytes);
        const string message = string("tallybook-chain-v1\0", 19) + crypto::sha256(bytes);
        return post(bytes + crypto::sign(message, world.device().signing));
    };
}

void add_reports(std::vector<Row>& rows)
{
    const auto refused = [&](string what, Make make, int status = 400, string code = "bad_chain_report") {
        add_row(rows, std::move(what), std::move(make), status, std::move(code));
    };
    refused("a report about numbers without a body", [](World&) { return post(""); });
    refused("a report that is a form",
            [](World&) { return post("a=b", "Content-Type: application/x-www-form-urlencoded\r\n"); });
    refused("a report that is JSON", [](World&) { return post("{\"numbers\":[1]}"); });
    refused("a report that ends early",
            [](World& world) { return post(report(world, aside).substr(0, seq_at + 20)); });
    refused("a report without its signature", report_with([](string& bytes) { bytes.resize(seq_at); }));
    refused("a report with bytes after its end",
            [](World& world) { return post(report(world, aside) + "x"); });
    refused("a report of another version", report_with([](string& bytes) { bytes[4] = 9; }));
    refused("four thousand million numbers",
            report_with([](string& bytes) { bytes.replace(count_at, 4, "\xff\xff\xff\xff"); }));
    refused("more numbers than there are",
            report_with([](string& bytes) { bytes.replace(count_at, 4, string("\0\0\0\2", 4)); }));
    refused("one number more than a report may have", report_with([](string& bytes) {
                const string line = bytes.substr(seq_at);
                bytes.replace(count_at, 4, string("\0\0\x03\xe9", 4));
                for (int i = 0; i < 1000; ++i)
                    bytes += line;
            }));
    refused(
        "a report beyond 64 kilobytes", [](World&) { return post(string(70'000, 'x')); }, 413,
        "body_too_large");
    refused("a number of nothing",
            report_with([](string& bytes) { bytes.replace(seq_at, 8, string(8, '\0')); }));
    refused("a number that none comes after",
            report_with([](string& bytes) { bytes.replace(seq_at, 8, "\x7f\xff\xff\xff\xff\xff\xff\xff"); }));
    refused("a number beyond every number",
            report_with([](string& bytes) { bytes.replace(seq_at, 8, "\xff\xff\xff\xff\xff\xff\xff\xff"); }));
    for (const char state : {'\0', '\5', '\xff'})
        refused("a state that nobody knows",
                report_with([state](string& bytes) { bytes[state_at] = state; }));
    refused("a report from before all time", report_with([](string& bytes) {
                bytes.replace(created_at, 8, string("\x80\0\0\0\0\0\0\0", 8));
            }));
    refused("a report of a device that nobody knows",
            report_with([](string& bytes) { bytes[device_at] = static_cast<char>(bytes[device_at] ^ 1); }),
            401, "device_unknown");
    refused(
        "a report that another device signed",
        [](World& world) {
            return post(protocol::write_chain_report(world.device().id, world.clock.now(), aside,
                                                     crypto::make_signing_key()));
        },
        401, "bad_signature");
    refused(
        "a report with a digest changed",
        [](World& world) {
            string bytes = report(world, aside);
            bytes[state_at + 5] ^= 1;
            return post(bytes);
        },
        401, "bad_signature");
    refused(
        "a batch where a report belongs", [](World& world) { return post(world.first_batch()); }, 400);
    add_row(
        rows, "a report where a batch belongs",
        [](World& world) { return world.batch_request(report(world, aside)); }, 400, "bad_batch");
    for (const char* method : {"GET", "PUT", "PATCH", "DELETE"})
        add_row(
            rows, string(method) + " where a report is posted",
            [method](World&) { return World::request(method, chain_target); }, 405, "method_not_allowed");
}

/// A device says what became of a number, and somebody else sends again what he recorded of that.
void add_recorded_reports(std::vector<Row>& rows)
{
    const auto recorded = std::make_shared<std::map<ChainState, string>>();
    const auto says = [&](string what, ChainState state, std::set<string> changes) {
        add_row(
            rows, std::move(what),
            [recorded, state](World& world) {
                string& bytes = (*recorded)[state];
                if (bytes.empty())
                    bytes = report(world, {{protocol::chain_seq_max, state, string(32, 'd')}});
                return post(bytes);
            },
            204, "", std::move(changes));
    };
    says("a report about the largest number", ChainState::PutAside,
         {"device_chains", "device_gaps", "device_chain_notes"});
    says("that report, recorded and sent again", ChainState::PutAside,
         {"device_chain_notes"}); // when it was said last
    says("a report that nothing will come under it", ChainState::Withdrawn,
         {"device_gaps", "device_chain_notes"});
    says("the report of before, to undo that", ChainState::PutAside, {});
    says("the report that nothing will come, once more", ChainState::Withdrawn, {});
    // The device is asked for what is outstanding, and that are many.
    add_row(
        rows, "what is outstanding of a device that said a large number",
        [](World& world) { return world.signed_request("GET", "/api/v1/changes"); }, 200, "");
}

void add_queries(std::vector<Row>& rows)
{
    const auto changes = [&](string what, string query, int status, string code) {
        add_row(
            rows, std::move(what),
            [query = std::move(query)](World& world) {
                return world.signed_request("GET", "/api/v1/changes?" + query);
            },
            status, std::move(code));
    };
    const auto bad_trees = [&](string what, const string& trees) {
        changes(std::move(what), "trees=" + trees, 400, "bad_trees");
    };
    bad_trees("sizes of letters", "Ollerenshaw");
    bad_trees("the size of nothing", "0");
    bad_trees("a size below zero", "-1");
    bad_trees("a size beyond every number", "18446744073709551616");
    bad_trees("a size with a fraction", "1.5");
    bad_trees("no size between two hyphens", "1--2");
    bad_trees("sizes with spaces", "1-%202");
    bad_trees("sizes with SQL", "1-2%27%20OR%201%3D1--");
    string many = "2";
    for (int i = 0; i < 100; ++i)
        many += "-2";
    bad_trees("one size more than is proved at once", many);
    changes("a hundred times the proof of one size", "trees=" + many.substr(2), 200, "");
    changes("sizes beyond the ledger", "trees=3-9223372036854775807-9223372036854775808-18446744073709551615",
            200, "");
    changes("sizes beyond every target", "trees=" + string(9'000, '1'), 414, "target_too_long");
    const auto bad_clock = [&](string what, const string& clock) {
        changes(std::move(what), "clock=" + clock, 400, "bad_clock");
    };
    bad_clock("a clock of letters", "Ollerenshaw");
    bad_clock("a clock without its doubt", "120");
    bad_clock("a clock with nothing behind the full stop", "120.");
    bad_clock("a clock with nothing before the full stop", ".20");
    bad_clock("a clock of full stops", "...");
    bad_clock("a doubt below zero", "120.-1");
    bad_clock("a clock with a plus", "+120.20");
    bad_clock("a clock with an exponent", "1e9.20");
    bad_clock("a clock beyond a century", "3162240000001.20");
    bad_clock("a clock beyond a century the other way", "-3162240000001.20");
    bad_clock("a doubt beyond a century", "120.3162240000001");
    bad_clock("a clock beyond every number", "99999999999999999999.20");
    bad_clock("the smallest number for a clock", "-9223372036854775808.9223372036854775807");
    bad_clock("a clock with SQL", "1.2%27%3B%20DROP%20TABLE%20devices--");
    add_row(
        rows, "a clock that nobody signed",
        [](World&) { return World::request("GET", "/api/v1/changes?clock=120.20"); }, 401,
        "bad_authorization");
    add_row(
        rows, "a clock that another device signed",
        [](World& world) {
            const string target = "/api/v1/changes?clock=120.20";
            return world.request("GET", target,
                                 world.authorization("GET", target, crypto::sha256_hex(""), world.clock.now(),
                                                     crypto::make_signing_key()));
        },
        401, "bad_signature");
    add_row(
        rows, "a clock that was changed on its way",
        [](World& world) {
            return world.request("GET", "/api/v1/changes?clock=999.20",
                                 world.authorization("GET", "/api/v1/changes?clock=120.20",
                                                     crypto::sha256_hex(""), world.clock.now(),
                                                     world.device().signing));
        },
        401, "bad_signature");
    rows.push_back({"a clock, recorded and told again after another",
                    [](World& world) {
                        const string target = "/api/v1/changes?clock=";
                        const string recorded = world.signed_request("GET", target + "120.20");
                        (void)world.ask(recorded);
                        (void)world.ask(world.signed_request("GET", target + "0.1"));
                        return world.ask(recorded);
                    },
                    401,
                    "request_repeated",
                    {"devices"}});
}

void add_keys(std::vector<Row>& rows)
{
    const string keys = "/api/v1/keys";
    for (const char* method : {"POST", "PUT", "DELETE"})
        add_row(
            rows, string(method) + " of the server's keys",
            [method, keys](World&) {
                return World::request(method, keys, "Content-Type: application/json\r\n",
                                      R"({"signing_key":"AAAA"})");
            },
            405, "method_not_allowed");
    for (const std::size_t size : {2, 70'000})
        add_row(
            rows, "the server's keys with a body of " + std::to_string(size) + " bytes",
            [keys, size](World&) { return World::request("GET", keys, {}, string(size, 'x')); }, 400,
            "bad_request");
    add_row(
        rows, "the server's keys of another server",
        [keys](World&) { return World::request("GET", keys + "?server=https://evil.example"); }, 200, "");
    add_row(
        rows, "more behind the server's keys",
        [keys](World&) { return World::request("GET", keys + "/secret"); }, 404, "not_found");
    // The secret halves stand beside the database, and are in no answer.
    rows.push_back({"the server's keys, and whether a secret is among them",
                    [keys](World& world) {
                        Reply answer = world.ask(World::request("GET", keys));
                        const auto document = nlohmann::json::parse(answer.body);
                        for (const auto& [name, value] : document.items())
                            if (name != "name" && name != "signing_key" && name != "sealing_key" &&
                                name != "changes")
                                return Reply{};
                        return answer;
                    },
                    200, ""});
}

} // namespace

void add_chain_rows(std::vector<Row>& rows)
{
    add_keys(rows);
    add_queries(rows);
    add_reports(rows);
    add_recorded_reports(rows);
}

} // namespace tally::test
