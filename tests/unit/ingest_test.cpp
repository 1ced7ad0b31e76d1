#include "client/capture/photo.h"
#include "server/api/changes.h"
#include "server/demo/demo_picture.h"
#include "server/ingest/bundle_import.h"
#include "server/ledger/flags.h"
#include "server/ledger/ledger.h"
#include "server/ledger/standings.h"
#include "server/ledger/verify.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/attachment.h"
#include "tests/support/council_server.h"
#include "tests/support/postgres.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <thread>

using namespace tally;
using namespace tally::server;
using namespace tally::test;
using Sent = protocol::Outcome;

namespace {

using Server = CouncilServer;

void on_both(const std::function<void(Server&)>& test)
{
    TemporaryFolder folder;
    for (const auto& url : {"sqlite:" + (folder.path() / "server.db").string(), fresh_postgres_url()}) {
        CAPTURE(url);
        Server server(url);
        test(server);
        const auto report = verify_ledger(server.database, server.keys.signing.public_key);
        CHECK_MESSAGE(report.ok(), (report.ok() ? "" : report.findings.front().text()));
    }
}

Viewer manager()
{
    return Viewer{"manager-1", "Asha Patel", false, {"LCC-1"}, true};
}

} // namespace

TEST_CASE("resending an accepted batch changes nothing")
{
    on_both([](Server& server) {
        Entry hours = sample_hours_entry();
        Entry feedback = sample_feedback_entry();
        const std::vector<std::string> records = {server.device.seal(hours), server.device.seal(feedback)};
        for (const auto& outcome : server.send(records))
            CHECK(outcome.outcome == Sent::Created);
        const auto head = latest_checkpoint(server.database)->note;
        const auto again = server.send(records);
        CHECK(again[0].outcome == Sent::Exists);
        CHECK(again[0].position == 0);
        CHECK(again[1].position == 1);
        CHECK(latest_checkpoint(server.database)->note == head);
    });
}

TEST_CASE("the same batch from eight callers at once is stored exactly once")
{
    on_both([](Server& server) {
        std::vector<std::string> records;
        for (int i = 0; i < 20; ++i) {
            Entry entry = sample_hours_entry();
            records.push_back(server.device.seal(entry));
        }
        const auto batch = server.device.batch(records);
        std::atomic<int> created = 0;
        std::atomic<int> existing = 0;
        std::vector<std::thread> callers;
        for (int i = 0; i < 8; ++i)
            callers.emplace_back([&] {
                const auto received = server.ingest.receive(batch);
                for (const auto& outcome : received->receipt.outcomes)
                    ++(outcome.outcome == Sent::Created ? created : existing);
            });
        for (auto& caller : callers)
            caller.join();
        CHECK(created == 20);
        CHECK(existing == 140);
        CHECK(server.count("entry_records") == 20);
    });
}

TEST_CASE("staff hours are priced, residents' hours are a community contribution, odd measures are held")
{
    on_both([](Server& server) {
        server.send(sample_hours_entry());
        Entry residents = sample_hours_entry();
        std::get<HoursBody>(residents.body).whose_time = WhoseTime::Residents;
        std::get<HoursBody>(residents.body).people.name = "Farida Begum";
        server.send(residents);
        server.send(sample_delivery_entry("NT11", "2"));
        server.send(sample_delivery_entry("NT88", "10"));
        std::map<std::string, std::string> rows;
        for (const auto& row : read_balances(server.database, "LCC-1"))
            rows[row.measure + " " + row.value_class + (row.held ? " held" : "")] =
                format_quantity(row.quantity) + " " + format_exact(row.value);
        CHECK(rows == std::map<std::string, std::string>{{"NT86 social", "3.5 59.255"},
                                                         {"NT86 community", "3.5 0.00"},
                                                         {"NT11 social held", "2 211.16"},
                                                         {"NT88 social held", "10 1580.20"}});
    });
}

TEST_CASE(
    "a person is counted once a year and contract, whoever reports them, under a token that says nothing")
{
    on_both([](Server& server) {
        const auto send = [&](std::vector<std::string> people) {
            Entry entry = sample_delivery_entry("NT20", std::to_string(people.size()));
            std::get<DeliveryBody>(entry.body).people = std::move(people);
            const auto outcome = server.send(entry);
            CHECK_MESSAGE(outcome.outcome == Sent::Created, outcome.message);
        };
        send({"GW-114", "GW-115"});
        send({"gw-115 ", "GW-116", "GW-117"});
        Quantity counted;
        Money value;
        for (const auto& row : read_balances(server.database, "LCC-1")) {
            counted.parts += row.quantity.parts;
            value.parts += row.value.parts;
        }
        CHECK(format_quantity(counted) == "4");
        CHECK(format_exact(value) == "521.16"); // 4 x 130.29
        CHECK(server.count("person_tokens") == 4);
        for (const auto& row : read_log(server.database, std::nullopt, 10)) {
            CHECK(row.leaf.find("GW") == std::string::npos);
            CHECK(row.leaf.find("\"persons\":[") != std::string::npos);
        }
    });
}

TEST_CASE("of a percentage only the newest figure stands, and it is never added up")
{
    on_both([](Server& server) {
        Entry later = sample_delivery_entry("NT41", "62");
        Entry earlier = sample_delivery_entry("NT41", "58");
        std::get<DeliveryBody>(earlier.body).period_end = {2026, 2, 1};
        server.send(later);
        server.send(earlier);
        for (const auto& row : read_balances(server.database, "LCC-1")) {
            CHECK(row.entries == 2);
            CHECK(row.quantity == Quantity{});
        }
        const auto figures = read_latest_figures(server.database, "LCC-1");
        REQUIRE(figures.size() == 1);
        CHECK(format_quantity(figures.front().quantity) == "62");
    });
}

TEST_CASE("who confirmed the hours is frozen with them, and a document behind a delivery too")
{
    on_both([](Server& server) {
        Entry hours = sample_hours_entry();
        std::get<HoursBody>(hours.body).confirmation = HoursConfirmation::Host;
        std::get<HoursBody>(hours.body).confirmed_by = "Ruth Adeyemi";
        server.send(hours);
        Entry delivery = sample_delivery_entry("NT88", "10");
        std::get<DeliveryBody>(delivery.body).evidence_reference = "INV-2214";
        server.send(delivery);
        std::map<std::string, std::string> levels;
        for (const auto& row : read_balances(server.database, "LCC-1"))
            levels[row.measure] = row.verification;
        CHECK(levels == std::map<std::string, std::string>{{"NT86", "host"}, {"NT88", "document"}});
    });
}

namespace {

Entry hours_of(std::string name, std::int32_t start_min, std::int32_t end_min)
{
    Entry entry = sample_hours_entry();
    auto& body = std::get<HoursBody>(entry.body);
    body.people.name = std::move(name);
    body.start_min = start_min;
    body.end_min = end_min;
    return entry;
}

/// Rules of the open flags, in order.
std::string open_rules(Server& server)
{
    std::string rules;
    for (const auto& flag : read_open_flags(server.database, -1, 100))
        rules += (rules.empty() ? "" : " ") + flag.rule;
    return rules;
}

/// Hours that count by now, and hours held apart.
std::string hours(Server& server)
{
    Quantity free;
    Quantity held;
    for (const auto& row : read_balances(server.database, "LCC-1"))
        (row.held ? held : free).parts += row.quantity.parts;
    return format_quantity(free) + " " + format_quantity(held);
}

} // namespace

TEST_CASE("one person written down twice is flagged, held, and counted once when somebody says so")
{
    on_both([](Server& server) {
        Entry first = hours_of("Jo Marsden", 540, 720);
        Entry second = hours_of("MARSDEN, Jo", 600, 780);
        Entry later = hours_of("Jo Marsden", 780, 840);
        Entry other = hours_of("Piotr Zielinski", 540, 720);
        server.send({server.device.seal(first), server.device.seal(other)});
        CHECK(hours(server) == "6 0");
        server.send({server.device.seal(second), server.device.seal(later)});
        CHECK(open_rules(server) == "person_overlap");
        CHECK(hours(server) == "4 6");
        const auto flag = read_open_flags(server.database, -1, 1).front();
        CHECK(flag.minutes == 120);
        CHECK(server.review.decide(manager(), first.id, DecisionKind::Accept, "").error().code ==
              "flag_open");

        server.writer.run([&](LedgerTransaction& ledger) {
            const auto settled = ledger.append(
                ResolvedLeaf{sample_moment, flag.position, Resolution::Same, first.id, "manager-1", ""});
            REQUIRE(settled.ok());
        });
        CHECK(hours(server) == "7 0");
        CHECK(read_standing(server.database, second.id)->state == EntryState::Duplicate);
        CHECK(server.review.decide(manager(), first.id, DecisionKind::Accept, "").ok());
    });
}

TEST_CASE("a declined shift is no part of a day that is too long, and is one again when it comes back")
{
    on_both([](Server& server) {
        Entry morning = hours_of("Jo Marsden", 300, 720);
        server.send({server.device.seal(morning)});
        REQUIRE(server.review.decide(manager(), morning.id, DecisionKind::Decline, "Not ours").ok());
        Entry evening = hours_of("MARSDEN, Jo", 780, 1200);
        server.send({server.device.seal(evening)});
        CHECK(open_rules(server) == "");
        CHECK(hours(server) == "7 0");
        REQUIRE(server.review.decide(manager(), morning.id, DecisionKind::Reverse, "It was").ok());
        CHECK(open_rules(server) == "over_12_hours");
        CHECK(hours(server) == "0 14");
    });
}

TEST_CASE("one thing sent hundreds of times costs a bounded number of flags, and each copy is held")
{
    on_both([](Server& server) {
        std::vector<std::string> records;
        for (int i = 0; i < 200; ++i) {
            Entry copy = hours_of("Jo Marsden", 540, 600);
            records.push_back(server.device.seal(copy));
        }
        server.send(records);
        CHECK(server.count("ledger_flags") <= 200 * 2 * 4);
        CHECK(hours(server) == "0 200");
    });
}

TEST_CASE("merge finds what another server over the same database wrote, and nothing of what was rolled back")
{
    on_both([](Server& server) {
        LedgerWriter other_writer(server.pool.url(), server.keys);
        IngestService other(server.pool, other_writer, server.reference, server.vault, server.clock);
        Entry first = hours_of("Jo Marsden", 540, 600);
        server.send(first);
        Entry second = hours_of("Jo Marsden", 660, 720);
        REQUIRE(other.receive(server.device.batch({server.device.seal(second)})).ok());
        CHECK_THROWS(server.writer.run([](LedgerTransaction&) { throw std::runtime_error("no disk"); }));
        Entry third = hours_of("Jo Marsden", 690, 750);
        server.send(third);
        CHECK(open_rules(server) == "person_overlap");
        CHECK(read_open_flags(server.database, -1, 1).front().minutes == 30);
    });
}

TEST_CASE("an amendment is compared with others and not with what it replaces")
{
    on_both([](Server& server) {
        Entry first = hours_of("Jo Marsden", 540, 720);
        server.send({server.device.seal(first)});
        Entry amended = hours_of("Jo Marsden", 540, 700);
        amended.action = EntryAction::Amend;
        amended.amends = first.id;
        amended.reason = "Left earlier";
        CHECK(server.send(amended).outcome == Sent::Created);
        CHECK(open_rules(server) == "");
        Entry other = hours_of("Jo Marsden", 710, 800);
        server.send(other);
        // It overlaps with the first version alone, which counts no longer.
        CHECK(open_rules(server) == "");
    });
}

TEST_CASE("a copy of a photo is found when it has come, also re-encoded and under another key")
{
    bool compared_first = true; // else the photo comes before its entry was compared
    bool at_once = true;        // else the server stops in between
    SUBCASE("after its entry was compared") {}
    SUBCASE("before its entry was compared")
    {
        compared_first = false;
    }
    SUBCASE("and the server stopped in between")
    {
        at_once = false;
    }
    on_both([&](Server& server) {
        const std::string picture = draw_picture(7);
        const auto smaller = client::encode_drawing(*client::decode_thumbnail(picture, 500));
        REQUIRE(smaller.ok());
        const auto with_photo = [&](const std::string& bytes, std::string title) {
            StoryBody body;
            body.title = std::move(title);
            body.what = body.title + " was our work";
            body.changed = body.title + " is used again";
            Entry story = sample_entry(body, "");
            Attachment photo;
            photo.digest = crypto::sha256_hex(bytes);
            photo.key = server.random.bytes(32);
            const auto sealed = protocol::seal_attachment(bytes, photo.key);
            photo.sealed_digest = crypto::sha256_hex(sealed);
            photo.bytes = static_cast<std::int64_t>(sealed.size());
            photo.media_type = "image/jpeg";
            photo.width = photo.height = 320;
            story.attachments = {photo};
            const auto outcome = server.receive({server.device.seal(story)}).front();
            REQUIRE_MESSAGE(outcome.outcome == Sent::Created, outcome.message);
            if (compared_first)
                server.ingest.comparison().compare_all();
            REQUIRE(
                server.attachments.put(server.device.id, photo.sealed_digest, sealed, sample_moment).ok());
            return photo.sealed_digest;
        };
        server.ingest.comparison().photo_arrived(with_photo(picture, "The kitchen garden"));
        const auto copy = with_photo(smaller->bytes, "A bench by the canal");
        CHECK(open_rules(server).empty());
        if (at_once)
            server.ingest.comparison().photo_arrived(copy);
        else
            server.ingest.comparison().compare_photos_left_over();
        server.ingest.comparison().compare_all();
        CHECK(open_rules(server) == "same_photo");
        server.ingest.comparison().photo_arrived(copy);
        CHECK(server.count("ledger_flags") == 1);
        // Another copy meets what both show, also when they were opened for something else before.
        server.ingest.comparison().photo_arrived(with_photo(smaller->bytes, "A third title"));
        server.ingest.comparison().compare_all();
        CHECK(server.count("ledger_flags") == 3);
    });
}

TEST_CASE("what is refused is kept apart with its reason, and the rest of the batch is taken")
{
    on_both([](Server& server) {
        Entry unknown_contract = sample_hours_entry();
        unknown_contract.about.contract = "LCC-9";
        Entry unknown_measure = sample_hours_entry();
        unknown_measure.about.measure = "NT999";
        Entry wrong_unit = sample_delivery_entry("NT86", "2");
        Entry somebody_else = sample_hours_entry();
        somebody_else.author = "manager-1";
        Entry broken_rule = sample_hours_entry();
        std::get<HoursBody>(broken_rule.body).host.clear();
        Entry good = sample_hours_entry();
        std::vector<std::string> records;
        for (auto* entry :
             {&unknown_contract, &unknown_measure, &wrong_unit, &somebody_else, &broken_rule, &good})
            records.push_back(server.device.seal(*entry));
        records.push_back("not a record");
        const auto outcomes = server.send(records);
        CHECK(outcomes[0].code == "contract_unknown");
        CHECK(outcomes[1].code == "unknown_measure");
        CHECK(outcomes[3].code == "author_mismatch");
        CHECK(outcomes[4].code == "missing");
        CHECK(outcomes[5].outcome == Sent::Created);
        CHECK(outcomes[6].code == "bad_record");
        for (const int refused : {0, 1, 3, 4, 6}) {
            CHECK(outcomes[static_cast<std::size_t>(refused)].outcome == Sent::Rejected);
            CHECK_FALSE(outcomes[static_cast<std::size_t>(refused)].message.empty());
        }
        CHECK(server.count("refused_records") + server.count("entry_records") == 7);

        // Once the contract is loaded, a resend is taken.
        std::string more = one_contract;
        more.replace(more.find("LCC-1"), 5, "LCC-9");
        REQUIRE(import_contracts(server.database, ContractFormat::Json, more, server.clock).ok());
        const auto told = [&] {
            return nlohmann::json::parse(
                *changes_for_device(server.database, server.vault, server.device.id, {}, server.clock.now()));
        };
        CHECK(told().dump().find("\"entry\"") == std::string::npos);
        CHECK(server.send(std::vector<std::string>{records[0]}).front().outcome == Sent::Created);
        // The device may have been told last that it was refused.
        const auto item = told()["items"].back();
        CHECK(item["topic"] == "entry");
        CHECK(item["key"] == unknown_contract.id.text());
        CHECK(item["value"]["state"] == "waiting");
    });
}

TEST_CASE("the refused copy of an entry that was erased goes when the entry comes again, also from the log")
{
    on_both([](Server& server) {
        Entry entry = sample_hours_entry();
        entry.about.contract = "LCC-9";
        const std::vector<std::string> record{server.device.seal(entry)};
        REQUIRE(server.send(record).front().code == "contract_unknown");
        REQUIRE(server.count("refused_records") == 1);
        server.database.run("INSERT INTO refused_erased (entry, arrived) VALUES (:entry, 0)",
                            entry.id.text());
        CHECK(server.send(record).front().code == "erased");
        CHECK(server.count("refused_records") == 0);
        CHECK(server.count("erasure_remains") == 1);

        server.database.run("DELETE FROM erasure_remains");
        CHECK(server.send(record).front().code == "erased");
        CHECK(server.count("erasure_remains") == 0);
    });
}

TEST_CASE("the same id with other content is a conflict; both are kept and the first stands")
{
    on_both([](Server& server) {
        Entry entry = sample_hours_entry();
        const auto record = server.device.seal(entry);
        server.send(std::vector<std::string>{record});
        std::get<HoursBody>(entry.body).activity = "Something else";
        const auto other = protocol::seal_record(protocol::write_entry(entry), entry.id, server.device.id,
                                                 server.device.next_link, server.device.data_key);
        const auto outcome = server.send(std::vector<std::string>{other}).front();
        CHECK(outcome.outcome == Sent::Conflict);
        CHECK(outcome.code == "id_conflict");
        CHECK(server.count("refused_records") == 1);
        const auto kept = server.vault.open(server.database, entry.id);
        CHECK(std::get<HoursBody>(kept->body).activity == "Planting trees");
    });
}

TEST_CASE("batches of unknown, revoked or impersonated devices are refused whole")
{
    on_both([](Server& server) {
        Entry entry = sample_hours_entry();
        const auto batch = server.device.batch({server.device.seal(entry)});
        auto stranger = server.device;
        stranger.id = Uuid::from_bytes("device-0000-0001");
        CHECK(server.ingest.receive(stranger.batch({})).error().code == "device_unknown");
        auto impostor = server.device;
        impostor.signing = crypto::make_signing_key();
        CHECK(server.ingest.receive(impostor.batch({})).error().code == "bad_signature");
        CHECK(server.ingest.receive("nonsense").error().code == "bad_batch");
        REQUIRE(revoke_device(server.database, "Tablet 1", server.clock.now()).ok());
        CHECK_FALSE(refused_batch(server.database, server.device.id).has_value());
        CHECK(server.ingest.receive(batch).error().code == "device_revoked");
        CHECK(server.count("entry_records") == 0);
        CHECK(server.count("refused_records") == 0);
        const auto tried = refused_batch(server.database, server.device.id);
        REQUIRE(tried.has_value());
        CHECK(tried->entries == 1);
        CHECK(tried->received_at == server.clock.now());
        // Whoever has not its key leaves no trace on its page.
        CHECK(server.ingest.receive(impostor.batch({})).error().code == "bad_signature");
        CHECK(refused_batch(server.database, server.device.id)->entries == 1);
    });
}

TEST_CASE("an enrolment code works once, for fifteen minutes, and again for a lost reply")
{
    on_both([](Server& server) {
        UuidSource ids(server.clock, server.random);
        const auto code = make_device_code(server.database, server.random, server.clock.now(), "Tablet 2",
                                           DeviceMode::Worker, "");
        const auto key = crypto::make_signing_key().public_key;
        const auto first = enrol_device(server.database, ids, server.clock.now(), code->code, key);
        REQUIRE(first.ok());
        CHECK(first->author.starts_with("device-"));
        const auto again = enrol_device(server.database, ids, server.clock.now(), code->code, key);
        CHECK(again->id == first->id);
        const auto other = crypto::make_signing_key().public_key;
        CHECK(enrol_device(server.database, ids, server.clock.now(), code->code, other).error().code ==
              "code_used");
        CHECK(enrol_device(server.database, ids, server.clock.now(), "000000000000", other).error().code ==
              "code_unknown");
        const auto late = make_device_code(server.database, server.random, server.clock.now(), "Tablet 3",
                                           DeviceMode::Kiosk, "");
        server.clock.advance_ms(16 * 60 * 1000);
        CHECK(enrol_device(server.database, ids, server.clock.now(), late->code, other).error().code ==
              "code_expired");
        CHECK(make_device_code(server.database, server.random, server.clock.now(), "Tablet 2",
                               DeviceMode::Worker, "")
                  .error()
                  .code == "name_taken");
    });
}

TEST_CASE("a question reaches the device, the amendment is accepted, and the history tells it all")
{
    on_both([](Server& server) {
        Entry entry = sample_hours_entry();
        const auto first_record = server.device.seal(entry);
        server.send(std::vector<std::string>{first_record});
        CHECK(server.review.decide(manager(), entry.id, DecisionKind::Query, " ").error().code ==
              "note_missing");
        CHECK(server.review.decide(Viewer{"p-0007", "Jo", true, {}, true}, entry.id, DecisionKind::Accept, "")
                  .error()
                  .code == "own_entry");
        CHECK(
            server.review.decide(Viewer{"x", "X", false, {"LCC-2"}, true}, entry.id, DecisionKind::Accept, "")
                .error()
                .code == "not_found");
        REQUIRE(server.review.decide(manager(), entry.id, DecisionKind::Query, "Which park was this?").ok());

        const auto changes = nlohmann::json::parse(
            *changes_for_device(server.database, server.vault, server.device.id, {}, server.clock.now()));
        const auto entry_item = changes["items"].back();
        CHECK(entry_item["topic"] == "entry");
        CHECK(entry_item["key"] == entry.id.text());
        CHECK(entry_item["value"]["state"] == "queried");
        CHECK(entry_item["value"]["question"] == "Which park was this?");
        const auto cursor = changes["cursor"].get<std::string>();

        Entry amended = sample_hours_entry();
        amended.action = EntryAction::Amend;
        amended.amends = entry.id;
        amended.reason = "It was the other park.";
        CHECK(server.send(amended).outcome == Sent::Created);
        const auto newest = read_revisions(server.database, entry.id).back().facts.id;
        REQUIRE(server.review.decide(manager(), newest, DecisionKind::Accept, "Thank you").ok());

        const auto later = nlohmann::json::parse(*changes_for_device(
            server.database, server.vault, server.device.id, {cursor, {}}, server.clock.now()));
        CHECK(later["items"].size() == 2);
        std::map<std::string, std::string> states;
        for (const auto& item : later["items"])
            states[item["key"]] = item["value"]["state"];
        CHECK(states[entry.id.text()] == "replaced");
        CHECK(states[newest.text()] == "accepted");

        const auto detail = server.review.entry(manager(), newest);
        REQUIRE(detail.has_value());
        std::string story;
        for (const auto& item : detail->history)
            story += item.what + ":" + item.note + " ";
        CHECK(story ==
              "received: queried:Which park was this? amended:It was the other park. accepted:Thank you ");
        // Old bytes are unchanged.
        CHECK(server.send(std::vector<std::string>{first_record}).front().outcome == Sent::Exists);
        CHECK_FALSE(
            changes_for_device(server.database, server.vault, server.device.id, {"x", {}}, server.clock.now())
                .ok());
    });
}

TEST_CASE("no word of an entry or of a decision stands readable in the database")
{
    TemporaryFolder folder;
    const auto path = folder.path() / "server.db";
    {
        Server server("sqlite:" + path.string());
        Entry entry = sample_hours_entry();
        server.send(std::vector<std::string>{server.device.seal(entry)});
        REQUIRE(server.review.decide(manager(), entry.id, DecisionKind::Query, "Which Lantern school?").ok());
    }
    const auto database = read_file(path);
    REQUIRE(database.ok());
    CHECK(database->find("NT86") != std::string::npos);
    for (const auto* word : {"Marsden", "Brierley", "Planting", "Lantern"})
        CHECK_MESSAGE(database->find(word) == std::string::npos, word);
}

TEST_CASE("a photo arrives once, resumes where it stopped, and opens for those who may see its entry")
{
    on_both([](Server& server) {
        const std::string plain = "\xff\xd8 the bytes of a photo";
        const std::string key(32, 'p');
        const std::string sealed = protocol::seal_attachment(plain, key);
        const std::string digest = crypto::sha256_hex(sealed);
        const auto length = static_cast<std::int64_t>(sealed.size());
        CHECK(server.attachments.begin(server.device.id, digest, length, server.clock.now()).error().code ==
              "attachment_unknown");
        Entry entry = sample_story_entry();
        std::get<StoryBody>(entry.body).consents.clear();
        entry.attachments = {{crypto::sha256_hex(plain), digest, key, length, "image/jpeg", 640, 480, ""}};
        server.send(std::vector<std::string>{server.device.seal(entry)});

        REQUIRE(server.attachments.begin(server.device.id, digest, length, server.clock.now()).ok());
        const auto give = [&](std::size_t from, std::size_t count, bool then_fail) {
            return server.attachments.append(
                digest, static_cast<std::int64_t>(from),
                [&, from, count, then_fail](const AttachmentStore::Sink& sink) -> Result<void> {
                    sink(std::string_view(sealed).substr(from, count));
                    if (then_fail)
                        return Error{"body_incomplete", "The connection broke."};
                    return {};
                });
        };
        CHECK(give(0, 10, true).error().code == "body_incomplete");
        CHECK(server.attachments.progress(digest)->offset == 10);
        CHECK(give(5, 10, false).error().code == "offset_mismatch");
        CHECK(server.review.photo(manager(), entry.id, crypto::sha256_hex(plain)).error().code ==
              "photo_not_arrived");
        const auto done = give(10, sealed.size(), false);
        REQUIRE(done.ok());
        CHECK(done->complete);
        CHECK(server.review.photo(manager(), entry.id, crypto::sha256_hex(plain))->bytes == plain);
        CHECK(server.review.photo(Viewer{}, entry.id, crypto::sha256_hex(plain)).error().code == "not_found");
        CHECK(server.attachments.begin(server.device.id, digest, length, server.clock.now())->complete);
    });
}

TEST_CASE("a bundle and the network in any order give the same ledger")
{
    on_both([](Server& server) {
        Entry first = sample_hours_entry();
        Entry second = sample_delivery_entry("NT18", "5");
        const std::vector<std::string> records = {server.device.seal(first), server.device.seal(second)};
        protocol::BundleWriter writer;
        writer.add_batch(server.device.batch(records));
        const auto bundle = std::move(writer).finish();
        server.send(std::vector<std::string>{records[1]});
        const auto report = import_bundle(server.ingest, server.attachments, server.clock, bundle);
        REQUIRE(report.ok());
        CHECK(report->created == 1);
        CHECK(report->existing == 1);
        CHECK(import_bundle(server.ingest, server.attachments, server.clock, bundle)->existing == 2);
        CHECK(import_bundle(server.ingest, server.attachments, server.clock, "PK").error().code ==
              "not_a_bundle");
        CHECK(server.count("entry_records") == 2);
    });
}

TEST_CASE("the same bytes that two devices send are refused to each with its own reason")
{
    on_both([](Server& server) {
        const auto code = make_device_code(server.database, server.random, server.clock.now(), "Tablet 2",
                                           DeviceMode::Worker, "p-0008");
        UuidSource ids(server.clock, server.random);
        SampleDevice other(server.random, server.clock, server.keys.sealing.public_key);
        other.id =
            enrol_device(server.database, ids, server.clock.now(), code->code, other.signing.public_key)->id;
        Entry entry = sample_hours_entry();
        entry.about.contract = "LCC-9";
        const auto record = server.device.seal(entry);
        const auto own = server.receive({record}).front();
        REQUIRE(own.outcome == Sent::Rejected);
        const auto received = server.ingest.receive(other.batch({record}));
        REQUIRE(received.ok());
        const auto theirs = received->receipt.outcomes.front();
        REQUIRE(theirs.outcome == Sent::Rejected);
        CHECK(theirs.code != own.code);
        const auto code_on_page = [&](const Uuid& device) {
            const auto refused = refused_records(server.database, device, 10);
            REQUIRE(refused.size() == 1);
            return refused.front().code;
        };
        CHECK(code_on_page(server.device.id) == own.code);
        CHECK(code_on_page(other.id) == theirs.code);
    });
}
