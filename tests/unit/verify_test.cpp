#include "server/ledger/export.h"
#include "server/ledger/ledger.h"
#include "server/ledger/writer.h"
#include "server/storage/schema.h"
#include "server/verify/integrity.h"
#include "server/verify/verify_file.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/receipt.h"
#include "tests/support/entries.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace tally;
using namespace tally::test;
using server::DecisionKind;
using server::DecisionLeaf;
using server::EntryFacts;
using server::Leaf;
using server::ReceivedLeaf;
using verify::Evidence;
using verify::FileReport;
using verify::IntegrityWalk;
using verify::verify_file;

namespace {

/// Writes ledger files by hand, true and false ones.
struct LedgerFile
{
    crypto::SigningKey key = crypto::signing_key_from_seed(std::string(32, 'k'));
    std::string origin = "tallybook/0123456789abcdef";
    std::vector<std::string> leaves;
    std::size_t rows_a_checkpoint = 20;

    [[nodiscard]] std::string checkpoint(std::size_t size) const
    {
        protocol::MerkleFrontier tree;
        for (std::size_t i = 0; i < size; ++i)
            tree.append(protocol::merkle_leaf_hash(leaves[i]));
        return protocol::sign_checkpoint({origin, size, tree.root()}, key);
    }

    [[nodiscard]] std::string bytes() const
    {
        std::string out = protocol::ledger_file_start(key.public_key, origin);
        protocol::MerkleFrontier tree;
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            const auto hash = protocol::merkle_leaf_hash(leaves[i]);
            out += protocol::ledger_file_row(i, hash, leaves[i]);
            tree.append(hash);
            if ((i + 1) % rows_a_checkpoint == 0 || i + 1 == leaves.size())
                out += protocol::ledger_file_checkpoint(
                    protocol::sign_checkpoint({origin, i + 1, tree.root()}, key));
        }
        return out + protocol::ledger_file_end(crypto::sha256(out));
    }

    void add(const Leaf& leaf) { leaves.push_back(server::write_leaf(leaf)); }
};

Uuid numbered_id(unsigned number)
{
    char text[37];
    std::snprintf(text, sizeof text, "0190a5c4-7d1e-7b3a-8f00-%012u", number);
    return Uuid::parse(text).value();
}

EntryFacts facts(unsigned number, std::int64_t minutes = 210)
{
    EntryFacts facts;
    facts.id = numbered_id(number);
    facts.digest = crypto::sha256_hex("sealed " + std::to_string(number));
    facts.device = Uuid::from_bytes("device-0000-0001");
    facts.device_seq = number;
    facts.author = "worker";
    facts.contract = "LCC-1";
    facts.framework = "lancashire-toms-2024";
    facts.framework_version = "2024-28";
    facts.framework_revision = 1;
    facts.measure = "NT86";
    facts.quantity = hours_from_minutes(minutes, 1).value();
    facts.proxy = parse_proxy("16.93").value();
    facts.value = value_of(*facts.quantity, *facts.proxy).value();
    facts.value_class = "social";
    facts.quarter = {2026, 1};
    return facts;
}

Leaf received(EntryFacts facts)
{
    return ReceivedLeaf{sample_moment, std::move(facts)};
}

Leaf decision(DecisionKind kind, unsigned number, const std::string& by = "manager")
{
    return DecisionLeaf{sample_moment, kind, numbered_id(number), by, ""};
}

bool has_code(const FileReport& report, std::string_view code)
{
    for (const auto& finding : report.findings)
        if (finding.code == code)
            return true;
    return false;
}

std::string first_finding(const FileReport& report)
{
    return report.ok() ? std::string() : report.findings.front().code + " " + report.findings.front().text();
}

/// Fits the end mark to a file that was changed, as whoever changed it would.
std::string with_new_end(std::string file)
{
    file.resize(file.size() - 37);
    return file + protocol::ledger_file_end(crypto::sha256(file));
}

server::FlaggedLeaf flagged(unsigned first, unsigned second)
{
    return {sample_moment, "person_overlap", {numbered_id(first), numbered_id(second)}, 90, 950};
}

EntryFacts part(unsigned number, unsigned whole, std::int64_t minutes)
{
    auto some = facts(number, minutes);
    some.part_of = numbered_id(whole);
    some.split_by = "manager";
    return some;
}

/// Every type of row but the plain ones, about the entry `i` and those just before it.
void add_rare_rows(LedgerFile& file, unsigned i)
{
    const auto position = [&] { return static_cast<std::int64_t>(file.leaves.size()) - 1; };
    const auto kept = numbered_id(i - 1);
    file.add(flagged(i - 1, i));
    const auto flag = position();
    file.add(server::ResolvedLeaf{sample_moment, flag, server::Resolution::Same, kept, "manager", ""});
    file.add(server::ReopenedLeaf{sample_moment, flag, "manager", ""});
    file.add(server::ResolvedLeaf{sample_moment, flag, server::Resolution::PartOf, kept, "manager", ""});
    file.add(server::SplitLeaf{sample_moment, numbered_id(i - 2), 2, "manager", ""});
    file.add(received(part(10'000 + i, i - 2, 30)));
    file.add(received(part(20'000 + i, i - 2, 60 + i - 2 - 30)));
    auto held = facts(30'000 + i);
    held.held = true;
    held.verification = "supervisor";
    file.add(received(held));
    file.add(decision(DecisionKind::Release, 30'000 + i));
    file.add(decision(DecisionKind::Hold, 30'000 + i));
    file.add(server::ErasedLeaf{sample_moment, numbered_id(30'000 + i), server::ErasureReason::Retention, "",
                                std::string(64, 'a')});
    auto people = facts(40'000 + i, 120);
    people.counting = server::Counting::Once;
    people.persons = {"person one", "person " + std::to_string(i)};
    file.add(received(people));
    auto latest = facts(50'000 + i);
    latest.counting = server::Counting::Latest;
    latest.until = Date{2026, 3, 31};
    file.add(received(latest));
    file.add(server::ClosedLeaf{sample_moment, {2026 + static_cast<int>(i), 1}, "admin", ""});
}

/// And whatever else can stand in a log.
LedgerFile thousand_entries()
{
    LedgerFile file;
    for (unsigned i = 0; i < 1000; ++i) {
        file.add(received(facts(i, 60 + i)));
        if (i % 10 == 9)
            file.add(decision(DecisionKind::Accept, i - 3));
        if (i % 200 == 105)
            add_rare_rows(file, i);
    }
    return file;
}

/// A server's ledger with random histories.
struct RandomLedger
{
    explicit RandomLedger(unsigned seed)
        : database(opened()), keys(server::load_or_make_server_keys(database, random)), writer(url(), keys),
          generator(seed)
    {
    }

    std::string url() const { return "sqlite:" + (folder.path() / "ledger.db").string(); }
    storage::Database opened() const
    {
        auto made = storage::Database::open(url());
        REQUIRE(made.ok());
        REQUIRE(server::migrate_evidence(*made).ok());
        return std::move(*made);
    }
    unsigned below(unsigned end) { return static_cast<unsigned>(generator() % end); }

    void live(unsigned commits)
    {
        for (unsigned i = 0; i < commits; ++i)
            writer.run([this](server::LedgerTransaction& ledger) {
                for (int k = 0; k < 10; ++k) {
                    const auto leaf = below(6) == 0 && !known.empty() ? rare_leaf() : any_leaf();
                    const auto position = ledger.append(leaf);
                    if (position && std::holds_alternative<server::FlaggedLeaf>(leaf))
                        flags.push_back(*position);
                }
            });
    }

    /// Many of these break a rule: then the ledger refuses them.
    Leaf any_leaf()
    {
        if (known.empty() || below(3) != 0) {
            EntryFacts fresh = facts(++last, 1 + below(600));
            fresh.author = "worker" + std::to_string(below(3));
            fresh.measure = below(2) == 0 ? "NT86" : "NT15";
            fresh.contract = below(4) == 0 ? "" : "LCC-" + std::to_string(below(2));
            fresh.held = below(5) == 0;
            if (below(5) == 0) {
                fresh.value_class = "community";
                fresh.proxy.reset();
                fresh.value.reset();
            }
            if (!known.empty() && below(3) == 0) {
                fresh.action = below(3) == 0 ? EntryAction::Withdraw : EntryAction::Amend;
                fresh.amends = some_id();
            }
            known.push_back(fresh.id);
            return received(fresh);
        }
        return DecisionLeaf{sample_moment, static_cast<DecisionKind>(below(6)), some_id(),
                            below(8) == 0 ? "worker1" : "manager", ""};
    }
    /// About flags, erasures, held values and quarters.
    Leaf rare_leaf()
    {
        const auto flag = flags.empty() ? 0 : flags[below(static_cast<unsigned>(flags.size()))];
        switch (below(8)) {
        case 0:
            return server::ErasedLeaf{sample_moment, some_id(), server::ErasureReason::Staff, "admin", ""};
        case 1:
            return server::ClosedLeaf{sample_moment,
                                      {2020 + static_cast<int>(below(9)), 1 + static_cast<int>(below(4))},
                                      "admin",
                                      ""};
        case 2:
            return server::ReopenedLeaf{sample_moment, flag, "manager", ""};
        case 3:
            return server::ResolvedLeaf{sample_moment, flag,      server::Resolution::Same,
                                        some_id(),     "manager", ""};
        case 4:
            return server::ResolvedLeaf{sample_moment, flag, server::Resolution::Fine, {}, "manager", ""};
        case 5:
            return DecisionLeaf{sample_moment, DecisionKind::Release, some_id(), "manager", ""};
        default:
            std::vector<Uuid> entries = {some_id(), some_id()};
            std::sort(entries.begin(), entries.end());
            return server::FlaggedLeaf{sample_moment, "person_overlap", entries, 60, 900};
        }
    }
    /// Mostly a recent one, so that histories grow long.
    Uuid some_id()
    {
        const auto count = static_cast<unsigned>(known.size());
        return known[count - 1 - below(std::min(count, 12U))];
    }

    TemporaryFolder folder;
    SystemRandom random;
    storage::Database database;
    server::ServerKeys keys;
    server::LedgerWriter writer;
    std::mt19937 generator;
    std::vector<Uuid> known;
    std::vector<std::int64_t> flags; ///< by position
    unsigned last = 0;
};

} // namespace

TEST_CASE(
    "every single-byte change of a 1,000-entry export is found where it is, without the end mark's help")
{
    std::string file = thousand_entries().bytes();
    REQUIRE(verify_file(file).ok());
    CHECK(verify_file(file).entries == 1025);
    CHECK(verify_file(file).counts.flags == 5);
    CHECK(verify_file(file).counts.erasures == 5);
    CHECK(verify_file(file).closed_through == "2931-Q1");

    // The walk is taken up again before the part that holds the byte, so that all bytes can be tried.
    IntegrityWalk walk(file);
    std::vector<Error> none;
    std::size_t tried = 0;
    const std::size_t end_mark = file.size() - 37;
    for (std::size_t begins = 0; begins < file.size(); begins = walk.offset()) {
        const IntegrityWalk before = walk;
        REQUIRE(walk.next(none).has_value());
        REQUIRE(none.empty());
        for (std::size_t i = begins; i < walk.offset(); ++i) {
            const char kept = file[i];
            for (const char flip : {'\x01', '\x20', '\x80'}) {
                file[i] = static_cast<char>(kept ^ flip);
                IntegrityWalk again = before;
                std::vector<Error> findings;
                while (findings.empty() && again.next(findings)) {
                }
                if (findings.empty() || (i < end_mark && findings.front().code == "file_changed"))
                    FAIL("the change of byte " << i << " was not found before the end mark");
                ++tried;
            }
            file[i] = kept;
        }
    }
    CHECK(tried == 3 * file.size());
    MESSAGE(tried << " changes of " << file.size() << " bytes were found");

    // And by the whole program's way, with and without a new end mark, here and there.
    for (std::size_t i = 0; i < file.size(); i += file.size() / 150) {
        std::string changed = file;
        changed[i] = static_cast<char>(changed[i] ^ 4);
        CHECK_FALSE(verify_file(changed).ok());
        if (i < end_mark)
            CHECK_FALSE(verify_file(with_new_end(changed)).ok());
    }
}

TEST_CASE("an export that is cut short is found, wherever it was cut")
{
    const std::string file = thousand_entries().bytes();
    std::vector<std::size_t> lengths;
    for (std::size_t i = 0; i < 400; ++i) {
        lengths.push_back(i);
        lengths.push_back(file.size() - 1 - i);
    }
    for (std::size_t i = 0; i < file.size(); i += 601)
        lengths.push_back(i);
    // Between parts a cut leaves a file of good form.
    IntegrityWalk walk(file);
    std::vector<Error> none;
    while (walk.next(none) && walk.offset() < file.size())
        if (walk.rows() % 20 < 2)
            lengths.push_back(walk.offset());
    for (const auto length : lengths) {
        IntegrityWalk again(std::string_view(file).substr(0, length));
        std::vector<Error> findings;
        while (findings.empty() && again.next(findings)) {
        }
        if (findings.empty())
            FAIL("the cut after " << length << " bytes was not found");
    }
    CHECK_FALSE(verify_file(file.substr(0, file.size() - 1)).ok());
    CHECK_FALSE(verify_file(file + "x").ok());
    CHECK(verify_file("").findings.front().code == "not_a_ledger_file");
}

TEST_CASE(
    "moved, removed, repeated and substituted rows are found although every hash and mark was made to fit")
{
    const auto original = thousand_entries();
    REQUIRE(verify_file(original.bytes()).ok());
    // Each change keeps the checkpoints that were signed and fits everything else to it.
    const auto forged = [&](const std::vector<std::string>& leaves) {
        std::string out = protocol::ledger_file_start(original.key.public_key, original.origin);
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            out += protocol::ledger_file_row(i, protocol::merkle_leaf_hash(leaves[i]), leaves[i]);
            if ((i + 1) % 20 == 0 || i + 1 == leaves.size())
                out += protocol::ledger_file_checkpoint(original.checkpoint(i + 1));
        }
        return out + protocol::ledger_file_end(crypto::sha256(out));
    };
    CHECK(verify_file(forged(original.leaves)).ok());
    for (const std::size_t i : {std::size_t{0}, std::size_t{19}, std::size_t{500}, std::size_t{1098}}) {
        CAPTURE(i);
        auto swapped = original.leaves;
        std::swap(swapped[i], swapped[i + 1]);
        CHECK(has_code(verify_file(forged(swapped)), "root_differs"));
        auto substituted = original.leaves;
        substituted[i] = server::write_leaf(received(facts(5000, 9999)));
        const auto report = verify_file(forged(substituted));
        REQUIRE(has_code(report, "root_differs"));
        CHECK(report.findings.front().where ==
              "rows " + std::to_string(i / 20 * 20) + " to " + std::to_string(i / 20 * 20 + 19));
        auto removed = original.leaves;
        removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(verify_file(forged(removed)).ok());
    }

    // Rows that are moved with their positions, or once more, are named.
    LedgerFile few;
    for (unsigned i = 0; i < 3; ++i)
        few.add(received(facts(i)));
    const auto row = [&](std::size_t i) {
        return protocol::ledger_file_row(i, protocol::merkle_leaf_hash(few.leaves[i]), few.leaves[i]);
    };
    const auto start = protocol::ledger_file_start(few.key.public_key, few.origin);
    for (const auto& rows : {row(1) + row(0) + row(2), row(0) + row(2), row(0) + row(1) + row(1) + row(2)}) {
        const auto body = start + rows + protocol::ledger_file_checkpoint(few.checkpoint(3));
        const auto report = verify_file(body + protocol::ledger_file_end(crypto::sha256(body)));
        REQUIRE(has_code(report, "row_out_of_place"));
        CHECK(report.findings.front().where.find("entry 0190a5c4-7d1e-7b3a-8f00-00000000000") !=
              std::string::npos);
    }
    const auto unsigned_end =
        start + row(0) + row(1) + protocol::ledger_file_checkpoint(few.checkpoint(2)) + row(2);
    CHECK(has_code(verify_file(unsigned_end + protocol::ledger_file_end(crypto::sha256(unsigned_end))),
                   "not_signed"));
}

TEST_CASE("a log that was rewritten and signed anew is found with what somebody kept")
{
    auto original = thousand_entries();
    const auto kept = original.checkpoint(500);
    Evidence evidence;
    evidence.checkpoint = kept;
    auto report = verify_file(original.bytes(), evidence);
    CHECK_MESSAGE(report.ok(), first_finding(report));
    CHECK(report.kept_checkpoint == 500);

    auto rewritten = original;
    rewritten.leaves[7] = server::write_leaf(received(facts(7, 6000)));
    CHECK(verify_file(rewritten.bytes()).ok());
    CHECK(has_code(verify_file(rewritten.bytes(), evidence), "log_rewritten"));
    auto shorter = original;
    shorter.leaves.resize(499);
    CHECK(verify_file(shorter.bytes()).ok());
    CHECK(has_code(verify_file(shorter.bytes(), evidence), "log_too_short"));

    auto other = original;
    other.key = crypto::signing_key_from_seed(std::string(32, 'o'));
    CHECK(verify_file(other.bytes()).ok());
    CHECK(has_code(verify_file(other.bytes(), evidence), "bad_checkpoint"));
    evidence.checkpoint.reset();
    evidence.key = protocol::verifier_key(original.origin, original.key.public_key) + "\n";
    CHECK(verify_file(original.bytes(), evidence).ok());
    CHECK(has_code(verify_file(other.bytes(), evidence), "other_key"));
    evidence.key.reset();
    evidence.checkpoint = "nonsense";
    CHECK(has_code(verify_file(original.bytes(), evidence), "bad_checkpoint"));
}

TEST_CASE("a receipt is held against the log: its rows, its device and the bytes it was given for")
{
    const auto file = thousand_entries();
    const auto bytes = file.bytes();
    protocol::MerkleFrontier tree;
    for (std::size_t i = 0; i < 40; ++i)
        tree.append(protocol::merkle_leaf_hash(file.leaves[i]));
    protocol::Receipt receipt;
    receipt.device = Uuid::from_bytes("device-0000-0001");
    receipt.received_at = sample_moment;
    receipt.tree_size = 40;
    receipt.tree_root = tree.root();
    std::string digests;
    for (const unsigned number : {20U, 21U, 22U}) {
        // Two decisions stand before the twentieth entry.
        receipt.outcomes.push_back({protocol::Outcome::Created, number + 2, "", ""});
        digests += crypto::sha256("sealed " + std::to_string(number));
    }
    receipt.entries_digest = crypto::sha256({receipt.device.view(), digests});
    const auto check = [&](const protocol::Receipt& shown) {
        Evidence evidence;
        evidence.receipt = protocol::write_receipt(shown, file.key);
        return verify_file(bytes, evidence);
    };
    const auto sound = check(receipt);
    CHECK_MESSAGE(sound.ok(), first_finding(sound));
    REQUIRE(sound.receipt.has_value());
    CHECK(sound.receipt->in_log == 3);
    CHECK(sound.receipt->covers_exact_bytes);

    auto other = receipt;
    other.entries_digest = crypto::sha256("other entries");
    CHECK(has_code(check(other), "receipt_other_entries"));
    other = receipt;
    other.outcomes[1].position = 10; // a decision
    CHECK(has_code(check(other), "receipt_row_missing"));
    other = receipt;
    other.outcomes[1].position = 5'000'000;
    CHECK(has_code(check(other), "receipt_row_missing"));
    other = receipt;
    other.outcomes[1].position = 41; // in the log, but not yet in the receipt's tree
    CHECK(has_code(check(other), "receipt_row_missing"));
    other = receipt;
    other.device = numbered_id(1);
    CHECK(has_code(check(other), "receipt_other_device"));
    other = receipt;
    other.tree_root = std::string(32, 'r');
    CHECK(has_code(check(other), "log_rewritten"));
    other = receipt;
    other.tree_size = 5000;
    CHECK(has_code(check(other), "log_too_short"));
    other = receipt;
    other.outcomes[2] = {protocol::Outcome::Rejected, 0, "bad_entry", "The date is missing."};
    const auto partly = check(other);
    CHECK_MESSAGE(partly.ok(), first_finding(partly));
    CHECK(partly.receipt->refused == 1);
    CHECK_FALSE(partly.receipt->covers_exact_bytes);

    Evidence evidence;
    evidence.receipt = protocol::write_receipt(receipt, crypto::make_signing_key());
    CHECK(has_code(verify_file(bytes, evidence), "bad_receipt"));
}

TEST_CASE("a log that breaks the ledger's rules is found although the server signed it")
{
    auto amendment = [](unsigned number, unsigned amends) {
        auto changed = facts(number);
        changed.action = EntryAction::Amend;
        changed.amends = numbered_id(amends);
        return changed;
    };
    auto wrong_value = facts(2);
    wrong_value.value->parts += 1;
    auto other_kind = amendment(2, 1);
    other_kind.kind = EvidenceKind::Story;
    auto foreign = amendment(2, 1);
    foreign.author = "somebody else";
    foreign.device = numbered_id(99);
    struct Case
    {
        std::string code;
        std::vector<Leaf> leaves;
    };
    const auto first = received(facts(1));
    const auto second = received(facts(2));
    const auto erased = [](unsigned number) {
        return server::ErasedLeaf{sample_moment, numbered_id(number), server::ErasureReason::Staff, "admin",
                                  ""};
    };
    const auto split = [](unsigned number, std::int64_t parts, const std::string& by = "manager") {
        return server::SplitLeaf{sample_moment, numbered_id(number), parts, by, ""};
    };
    auto people_without_once = facts(2);
    people_without_once.persons = {"one"};
    auto person_twice = facts(2);
    person_twice.counting = server::Counting::Once;
    person_twice.persons = {"one", "two", "one"};
    for (const auto& broken : {
             Case{"entry_twice", {first, first}},
             Case{"own_entry", {first, decision(DecisionKind::Accept, 1, "worker")}},
             Case{"own_entry",
                  {first, received([&] {
                       auto later = amendment(2, 1);
                       later.author = "colleague";
                       return later;
                   }()),
                   decision(DecisionKind::Accept, 2, "worker")}},
             Case{"decision_unknown", {first, decision(DecisionKind::Accept, 2)}},
             Case{"decision_unknown", {decision(DecisionKind::Accept, 1), first}},
             Case{"wrong_state",
                  {first, decision(DecisionKind::Accept, 1), decision(DecisionKind::Decline, 1)}},
             Case{"wrong_state", {first, decision(DecisionKind::Reverse, 1)}},
             Case{"bad_value", {first, received(wrong_value)}},
             Case{"amends_unknown", {first, received(amendment(2, 7))}},
             Case{"amends_other_kind", {first, received(other_kind)}},
             Case{"amends_foreign", {first, received(foreign)}},
             Case{"amends_replaced", {first, received(amendment(2, 1)), received(amendment(3, 1))}},
             Case{"amends_erased", {first, erased(1), received(amendment(2, 1))}},
             Case{"amends_split", {first, split(1, 2), received(amendment(2, 1))}},
             Case{"erased_twice", {first, erased(1), erased(1)}},
             Case{"erased_unknown", {first, erased(2)}},
             Case{"wrong_state", {first, erased(1), decision(DecisionKind::Accept, 1)}},
             Case{"wrong_state", {first, decision(DecisionKind::Release, 1)}},
             Case{"flag_open", {first, second, flagged(1, 2), decision(DecisionKind::Accept, 1)}},
             Case{"flag_open", {first, second, flagged(1, 2), split(1, 2)}},
             Case{"own_entry", {first, split(1, 2, "worker")}},
             Case{"wrong_state", {first, decision(DecisionKind::Accept, 1), split(1, 2)}},
             Case{"split_sum", {first, split(1, 1)}},
             Case{"split_sum", {first, split(1, 2), received(part(2, 1, 211))}},
             Case{"split_sum", {first, split(1, 2), received(part(2, 1, 9)), received(part(3, 1, 200))}},
             Case{"bad_part", {first, received(part(2, 1, 60))}},
             Case{"bad_aggregate", {first, received(people_without_once)}},
             Case{"bad_persons", {first, received(person_twice)}},
         }) {
        CAPTURE(broken.code);
        LedgerFile file;
        for (const auto& leaf : broken.leaves)
            file.add(leaf);
        const auto report = verify_file(file.bytes());
        REQUIRE_FALSE(report.ok());
        CHECK(report.findings.front().code == broken.code);
        CHECK(report.findings.front().where.find("entry 0190a5c4") != std::string::npos);
    }
}

TEST_CASE(
    "flags, closings and unfinished splits that break the rules are found although the server signed them")
{
    const auto first = received(facts(1));
    const auto second = received(facts(2));
    const auto resolved = [](std::int64_t flag, server::Resolution as, std::optional<Uuid> kept = {},
                             const std::string& by = "manager") {
        return Leaf(server::ResolvedLeaf{sample_moment, flag, as, kept, by, ""});
    };
    const auto reopened = Leaf(server::ReopenedLeaf{sample_moment, 2, "manager", ""});
    const auto closed = [](int quarter) {
        return Leaf(server::ClosedLeaf{sample_moment, {2026, quarter}, "admin", ""});
    };
    const auto same = resolved(2, server::Resolution::Same, numbered_id(1));
    const auto fine = resolved(2, server::Resolution::Fine);
    struct Case
    {
        std::string code;
        std::vector<Leaf> leaves;
    };
    for (const auto& broken : {
             Case{"quarter_closed", {closed(2), closed(2)}},
             Case{"quarter_closed", {closed(2), closed(3), closed(1)}},
             Case{"flag_unknown", {first, second, flagged(1, 3)}},
             Case{"flag_unknown", {first, second, fine}},
             Case{"bad_flag", {first, second, flagged(2, 1)}},
             Case{"bad_flag", {first, second, flagged(1, 1)}},
             Case{"flag_twice", {first, second, flagged(1, 2), flagged(1, 2)}},
             Case{"wrong_state", {first, second, flagged(1, 2), fine, fine}},
             Case{"wrong_state", {first, second, flagged(1, 2), reopened}},
             Case{"wrong_state", {first, second, flagged(1, 2), resolved(2, server::Resolution::Same)}},
             Case{"wrong_state",
                  {first, second, flagged(1, 2), resolved(2, server::Resolution::Fine, numbered_id(1))}},
             Case{"wrong_state", {first, second, flagged(1, 2), decision(DecisionKind::Decline, 2), same}},
             Case{"wrong_state", {first, second, flagged(1, 2), same, decision(DecisionKind::Accept, 2)}},
             Case{"own_entry",
                  {first, second, flagged(1, 2), resolved(2, server::Resolution::Fine, {}, "worker")}},
             Case{"split_unfinished", {first, server::SplitLeaf{sample_moment, numbered_id(1), 2, "m", ""}}},
         }) {
        CAPTURE(broken.code);
        LedgerFile file;
        for (const auto& leaf : broken.leaves)
            file.add(leaf);
        const auto report = verify_file(file.bytes());
        REQUIRE_FALSE(report.ok());
        CHECK(report.findings.front().code == broken.code);
        CHECK(report.findings.front().where.find("row ") == 0);
    }
    LedgerFile sound;
    for (const auto& leaf : {first, second, Leaf(flagged(1, 2)), same, reopened, fine, closed(1), closed(2)})
        sound.add(leaf);
    const auto report = verify_file(sound.bytes());
    CHECK_MESSAGE(report.ok(), first_finding(report));
    CHECK(report.counts.decisions == 3);
    CHECK(report.counts.open_flags == 0);
    CHECK(report.closed_through == "2026-Q2");
}

TEST_CASE("rows that are not written in the one allowed way are found although the server signed them")
{
    const std::string good = server::write_leaf(received(facts(1)));
    const auto replaced = [&](const std::string& from, const std::string& to) {
        std::string leaf = good;
        const auto at = leaf.find(from);
        REQUIRE(at != std::string::npos);
        return leaf.replace(at, from.size(), to);
    };
    LedgerFile sound;
    sound.leaves = {good};
    CHECK(verify_file(sound.bytes()).ok());
    for (const auto& leaf :
         {replaced(",\"seq\"", ", \"seq\""), replaced("\"class\":\"social\"", "\"class\":\"\""),
          replaced("\"class\":\"social\"", "\"class\":\"other\""), replaced("NT86", "NT\\u0038\\u0036"),
          replaced("\"quarter\":\"2026-Q1\"", "\"quarter\":\"2026-Q5\""),
          replaced("\"quarter\":", "\"name\":\"Jo Marsden\",\"quarter\":"),
          replaced("\"type\":\"received\"", "\"type\":\"rewritten\""), replaced("0190a5c4", "0190A5C4"),
          replaced(",\"quarter\":\"2026-Q1\"", ""), replaced("\"at\":1", "\"at\":\"1\",\"x\":1"),
          std::string("[]"), std::string("x"), good + " ", good + good}) {
        CAPTURE(leaf);
        LedgerFile file;
        file.leaves = {leaf};
        CHECK(has_code(verify_file(file.bytes()), "bad_leaf"));
    }
}

TEST_CASE("what a server exports verifies, and totals computed apart agree with its balances")
{
    for (unsigned seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        RandomLedger ledger(seed);
        const auto path = ledger.folder.path() / "ledger.tally";
        REQUIRE(server::export_ledger(ledger.database, ledger.keys, path).ok());
        CHECK(verify_file(read_file(path).value()).ok()); // of the empty ledger too
        ledger.live(60);
        const auto written = server::export_ledger(ledger.database, ledger.keys, path);
        REQUIRE(written.ok());
        const auto file = read_file(path).value();
        CHECK(file.size() == written->bytes);
        const auto report = verify_file(file);
        REQUIRE_MESSAGE(report.ok(), first_finding(report));
        CHECK(report.rows > 150);
        CHECK(report.counts.decisions > 20);
        CHECK(report.counts.flags > 5);
        CHECK(report.counts.erasures > 2);
        CHECK(report.counts.closings > 0);
        CHECK(report.rows == static_cast<std::uint64_t>(written->rows));
        CHECK(report.checkpoints == static_cast<std::uint64_t>(written->checkpoints));
        const auto latest = server::latest_checkpoint(ledger.database);
        REQUIRE(latest.has_value());
        CHECK(report.root == latest->root);

        std::map<verify::TotalKey, verify::Total> expected;
        for (const auto& row : server::read_balances(ledger.database, "")) {
            auto& total =
                expected[{row.contract, row.framework, row.framework_version, row.measure, row.value_class}];
            const bool claimed = row.phase == server::Phase::Claimed;
            auto& sum = row.held ? (claimed ? total.held_claimed : total.held_confirmed)
                                 : (claimed ? total.claimed : total.confirmed);
            sum.entries += row.entries;
            sum.quantity.parts += row.quantity.parts;
            sum.value.parts += row.value.parts;
        }
        for (const auto& [key, total] : report.totals) {
            CAPTURE(key.contract);
            CAPTURE(key.measure);
            CHECK(total.claimed == expected[key].claimed);
            CHECK(total.confirmed == expected[key].confirmed);
            CHECK(total.held_claimed == expected[key].held_claimed);
            CHECK(total.held_confirmed == expected[key].held_confirmed);
            expected.erase(key);
        }
        CHECK(expected.empty());
    }
}
