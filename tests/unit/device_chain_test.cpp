#include "server/storage/device_chain.h"
#include "server/storage/schema.h"
#include "shared/base/encoding.h"
#include "shared/base/random.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/sealed_record.h"
#include "tests/support/either_database.h"

#include <doctest/doctest.h>

using namespace tally;
using namespace tally::server;
using protocol::ChainState;

namespace {

constexpr Timestamp noon{1'772'443'800'000};

/// A database with one device's chain; either of the two kinds.
struct Chain
{
    storage::Database database = opened();
    Uuid device = Uuid::parse("01890000-0000-7000-8000-000000000001").value();
    crypto::SigningKey key = crypto::make_signing_key();

    Chain()
    {
        database.run("INSERT INTO devices (id, name, mode, author, public_key, enrolled_at) "
                     "VALUES (:id, 'Tablet 3', 'worker', 'p', :key, 0)",
                     device.text(), to_base64(key.public_key));
    }
    static storage::Database opened()
    {
        const std::string url = test::either_database();
        auto database = storage::Database::open(url.empty() ? "sqlite::memory:" : url);
        REQUIRE(database.ok());
        REQUIRE(migrate_evidence(*database).ok());
        return std::move(*database);
    }
    void arrived(std::vector<std::int64_t> seqs, Timestamp now = noon)
    {
        const auto taken = static_cast<std::int64_t>(seqs.size());
        note_arrived(database, device, std::move(seqs), taken, now);
    }
    void says(std::vector<std::pair<std::uint64_t, ChainState>> numbers)
    {
        std::vector<protocol::ChainNumber> list;
        for (const auto& [seq, state] : numbers)
            list.push_back({seq, state, digest_of(seq)});
        const auto bytes = protocol::write_chain_report(device, noon, list, key);
        const auto report = protocol::parse_chain_report(bytes);
        REQUIRE(report.ok());
        note_chain_report(database, *report, noon);
    }
    static std::string digest_of(std::uint64_t seq) { return crypto::sha256(std::to_string(seq)); }

    static std::string text_of(const std::vector<ChainGap>& gaps)
    {
        std::string text;
        for (const ChainGap& gap : gaps)
            text += (text.empty() ? "" : " ") + std::to_string(gap.first) + "-" + std::to_string(gap.last);
        return text;
    }
    [[nodiscard]] std::string gaps() { return text_of(chain_gaps(database, device, 100)); }
    [[nodiscard]] std::string unexplained() { return text_of(unexplained_gaps(database, device, 100)); }
    [[nodiscard]] std::int64_t highest()
    {
        return database.query_one<std::int64_t>("SELECT highest_seq FROM device_chains").value_or(0);
    }

    /// As it is kept when it arrives.
    std::string keep_record(std::uint64_t seq, const std::string& previous, const char* words = "{}")
    {
        SystemRandom random;
        const ManualClock clock(noon);
        UuidSource ids(clock, random);
        const Uuid id = ids.next();
        const auto data_key = protocol::make_data_key(random, crypto::make_sealing_key().public_key);
        const std::string record = protocol::seal_record(words, id, device, {seq, previous}, data_key);
        database.run("INSERT INTO entry_records (id, device, seq, digest, position, received_at, record) "
                     "VALUES (:id, :device, :seq, :digest, :position, 0, :record)",
                     id.text(), device.text(), static_cast<std::int64_t>(seq),
                     to_hex(protocol::record_digest(record)), static_cast<std::int64_t>(seq),
                     storage::sql::blob(record));
        return protocol::record_digest(record);
    }
};

} // namespace

TEST_CASE("numbers that later ones show and that did not come are outstanding until they come")
{
    Chain chain;
    chain.arrived({1, 2, 3});
    CHECK(chain.gaps().empty());
    chain.arrived({7, 8});
    CHECK(chain.gaps() == "4-6");
    CHECK(chain.highest() == 8);
    chain.arrived({10}, {noon.ms + 1'000});
    CHECK(chain.gaps() == "4-6 9-9");
    CHECK(chain_gaps(chain.database, chain.device, 1).front().since == noon);
    // From the middle, which leaves two.
    chain.arrived({5});
    CHECK(chain.gaps() == "4-4 6-6 9-9");
    chain.arrived({4, 5, 6, 9, 10, 11});
    CHECK(chain.gaps().empty());
    CHECK(chain.highest() == 11);
}

TEST_CASE("numbers in any order, repeated or senseless, leave the right gaps")
{
    Chain chain;
    chain.arrived({5, 3, 3, 5, -7, 0, 9});
    CHECK(chain.gaps() == "1-2 4-4 6-8");
    chain.arrived({2, 7});
    CHECK(chain.gaps() == "1-1 4-4 6-6 8-8");
    chain.arrived({});
    CHECK(chain.gaps() == "1-1 4-4 6-6 8-8");
    chain.arrived({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(chain.gaps().empty());
    CHECK(chain.highest() == 12);
}

TEST_CASE("a random history of arrivals leaves the gaps that counting leaves")
{
    SystemRandom random;
    for (int round = 0; round < 30; ++round) {
        Chain chain;
        std::vector<bool> there(60, false);
        std::size_t highest = 0;
        for (int batch = 0; batch < 12; ++batch) {
            std::vector<std::int64_t> seqs;
            const std::string dice = random.bytes(6);
            const std::size_t first = 1 + static_cast<unsigned char>(dice[0]) % 50;
            for (std::size_t i = 0; i < 1 + static_cast<std::size_t>(static_cast<unsigned char>(dice[1]) % 8);
                 ++i)
                if ((dice[2] >> i & 1) != 0) {
                    seqs.push_back(static_cast<std::int64_t>(first + i));
                    there[first + i] = true;
                    highest = std::max(highest, first + i);
                }
            chain.arrived(seqs);
        }
        std::vector<ChainGap> expected;
        for (std::size_t seq = 1; seq <= highest; ++seq) {
            const auto number = static_cast<std::int64_t>(seq);
            if (!there[seq] && !expected.empty() && expected.back().last == number - 1)
                expected.back().last = number;
            else if (!there[seq])
                expected.push_back({number, number, noon});
        }
        // Ranges may touch where one was noticed after another.
        std::vector<ChainGap> found;
        for (const ChainGap& gap : chain_gaps(chain.database, chain.device, 1'000))
            if (!found.empty() && found.back().last == gap.first - 1)
                found.back().last = gap.last;
            else
                found.push_back(gap);
        CHECK(Chain::text_of(found) == Chain::text_of(expected));
    }
}

TEST_CASE("what a device erased or took back before it travelled is no longer waited for")
{
    Chain chain;
    chain.arrived({1, 6});
    chain.says({{3, ChainState::Erased}, {4, ChainState::Withdrawn}, {5, ChainState::PutAside}});
    CHECK(chain.gaps() == "2-2 5-5");
    CHECK(chain.unexplained() == "2-2");
    CHECK(final_state(chain.database, chain.device, 3, Chain::digest_of(3)) == ChainState::Erased);
    CHECK(final_state(chain.database, chain.device, 4, Chain::digest_of(4)) == ChainState::Withdrawn);
    CHECK_FALSE(final_state(chain.database, chain.device, 5, Chain::digest_of(5)).has_value());
    CHECK_FALSE(final_state(chain.database, chain.device, 3, Chain::digest_of(4)).has_value());

    // Put right by the worker later.
    chain.says({{5, ChainState::Replaced}});
    CHECK(chain.gaps() == "2-2");
    CHECK(chain_notes(chain.database, chain.device, 10).size() == 3);
    CHECK(chain.highest() == 6);
}

TEST_CASE("numbers beyond all that came are known by the device's word")
{
    Chain chain;
    chain.arrived({1});
    chain.says({{3, ChainState::Erased}, {4, ChainState::PutAside}});
    CHECK(chain.highest() == 4);
    CHECK(chain.gaps() == "2-2 4-4");
    CHECK(chain.unexplained() == "2-2");
    // It was sent again and came.
    chain.arrived({4});
    CHECK(chain.gaps() == "2-2");
    CHECK(chain_notes(chain.database, chain.device, 10).size() == 1);
}

TEST_CASE("of what is here the record speaks, not the device")
{
    Chain chain;
    chain.arrived({1, 2});
    chain.says({{2, ChainState::Erased}});
    CHECK(chain_notes(chain.database, chain.device, 10).empty());
    CHECK_FALSE(final_state(chain.database, chain.device, 2, Chain::digest_of(2)).has_value());
}

TEST_CASE("what was refused when it came is not taken later once the device has taken it back")
{
    Chain chain;
    chain.arrived({1, 2});
    chain.database.run("INSERT INTO refused_records (digest, id, device, code, message, received_at, record) "
                       "VALUES (:digest, 'e', :device, 'contract_unknown', '', 0, :record)",
                       to_hex(Chain::digest_of(2)), chain.device.text(), storage::sql::blob("r"));
    chain.says({{2, ChainState::PutAside}});
    CHECK_FALSE(final_state(chain.database, chain.device, 2, Chain::digest_of(2)).has_value());
    chain.says({{2, ChainState::Replaced}});
    CHECK(final_state(chain.database, chain.device, 2, Chain::digest_of(2)) == ChainState::Replaced);
    CHECK(chain.gaps().empty());
}

TEST_CASE("what a device said for good is not undone by an older report")
{
    Chain chain;
    chain.arrived({1, 3});
    chain.says({{2, ChainState::PutAside}});
    chain.says({{2, ChainState::Withdrawn}});
    chain.says({{2, ChainState::PutAside}});
    CHECK(final_state(chain.database, chain.device, 2, Chain::digest_of(2)) == ChainState::Withdrawn);
    CHECK(chain.gaps().empty());
    // A later word for good stands.
    chain.says({{2, ChainState::Erased}});
    CHECK(final_state(chain.database, chain.device, 2, Chain::digest_of(2)) == ChainState::Erased);
}

TEST_CASE("the largest number is one like any other")
{
    constexpr auto largest = static_cast<std::int64_t>(protocol::chain_seq_max);
    Chain chain;
    const std::string before = std::to_string(largest - 1);
    chain.arrived({1});
    chain.says({{protocol::chain_seq_max, ChainState::PutAside}});
    CHECK(chain.gaps() == "2-" + std::to_string(largest));
    CHECK(chain.unexplained() == "2-" + before);
    CHECK(check_chain(chain.database, chain.device).without_record == std::vector<std::int64_t>{1});
    chain.says({{protocol::chain_seq_max, ChainState::Erased}});
    CHECK(chain.gaps() == "2-" + before);
    chain.arrived({largest});
    CHECK(chain.gaps() == "2-" + before);
    CHECK(check_chain(chain.database, chain.device).without_record == std::vector<std::int64_t>{1});
}

TEST_CASE("a chain is followed from record to record, over what the device erased")
{
    Chain chain;
    const std::string zeros(32, '\0');
    const std::string first = chain.keep_record(1, zeros);
    const std::string second = chain.keep_record(2, first);
    chain.arrived({1, 2, 4, 6});
    chain.says({{3, ChainState::Erased}});
    chain.keep_record(4, Chain::digest_of(3));
    chain.keep_record(6, second);
    auto check = check_chain(chain.database, chain.device);
    CHECK(check.records == 4);
    CHECK(check.links == 3);
    CHECK(check.broken.empty());
    CHECK(check.without_record.empty());

    // A record that names another one before it, and a number that was used twice.
    chain.arrived({7});
    chain.keep_record(7, zeros);
    chain.keep_record(4, zeros, R"({"x":1})");
    check = check_chain(chain.database, chain.device);
    CHECK(check.broken == std::vector<std::int64_t>{7});
    CHECK(check.twice == std::vector<std::int64_t>{4});
    // What came without leaving anything behind is said.
    chain.arrived({8});
    CHECK(check_chain(chain.database, chain.device).without_record == std::vector<std::int64_t>{8});
}

TEST_CASE("reports about numbers keep their form, and every other form is refused")
{
    Chain chain;
    const std::vector<protocol::ChainNumber> numbers = {{3, ChainState::Erased, Chain::digest_of(3)},
                                                        {9, ChainState::PutAside, Chain::digest_of(9)}};
    const auto bytes = protocol::write_chain_report(chain.device, noon, numbers, chain.key);
    const auto report = protocol::parse_chain_report(bytes);
    REQUIRE(report.ok());
    CHECK(report->numbers == numbers);
    CHECK(report->device == chain.device);
    CHECK(report->created_at == noon);
    CHECK(report->is_signed_by(chain.key.public_key));
    CHECK_FALSE(report->is_signed_by(crypto::make_signing_key().public_key));
    for (std::size_t length = 0; length < bytes.size(); ++length)
        CHECK_FALSE(protocol::parse_chain_report(std::string_view(bytes).substr(0, length)).ok());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto odd = protocol::parse_chain_report(changed);
        CHECK((!odd.ok() || !odd->is_signed_by(chain.key.public_key)));
    }
    CHECK_FALSE(protocol::parse_chain_report(bytes + "x").ok());
    for (const std::uint64_t seq : {std::uint64_t{0}, protocol::chain_seq_max + 1, UINT64_MAX}) {
        const std::vector<protocol::ChainNumber> odd = {{seq, ChainState::Erased, Chain::digest_of(1)}};
        CHECK(protocol::parse_chain_report(protocol::write_chain_report(chain.device, noon, odd, chain.key))
                  .error()
                  .code == "bad_chain_report");
    }
    for (const std::int64_t moment : {INT64_MIN, std::int64_t{-1}, INT64_MAX})
        CHECK(protocol::parse_chain_report(
                  protocol::write_chain_report(chain.device, Timestamp{moment}, numbers, chain.key))
                  .error()
                  .code == "bad_chain_report");
}

TEST_CASE("gaps that were explained do not hide those that were not, however many there are")
{
    Chain chain;
    std::vector<std::int64_t> every_other;
    std::vector<std::pair<std::uint64_t, ChainState>> aside;
    for (std::int64_t seq = 1; seq <= 301; seq += 2)
        every_other.push_back(seq);
    for (std::uint64_t seq = 2; seq <= 240; seq += 2)
        aside.emplace_back(seq, ChainState::PutAside);
    chain.arrived(every_other);
    chain.says(aside);
    const auto left = unexplained_gaps(chain.database, chain.device, 100);
    REQUIRE(left.size() == 30);
    CHECK(left.front().first == 242);
    CHECK(left.back().last == 300);
    CHECK(unexplained_gaps(chain.database, chain.device, 3).size() == 3);
}
