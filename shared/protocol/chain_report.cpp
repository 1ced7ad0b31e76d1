#include "shared/protocol/chain_report.h"

#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/sealed_record.h"

#include <array>
#include <utility>

namespace tally::protocol {
namespace {

constexpr std::string_view report_magic{"TLYC\x01", 5};
constexpr std::string_view report_domain{"tallybook-chain-v1\0", 19};

constexpr std::array<std::pair<ChainState, std::string_view>, 4> state_names{{
    {ChainState::Erased, "erased"},
    {ChainState::Withdrawn, "withdrawn"},
    {ChainState::Replaced, "replaced"},
    {ChainState::PutAside, "put_aside"},
}};

std::string to_sign(std::string_view content)
{
    return std::string(report_domain) + crypto::sha256(content);
}

} // namespace

std::string_view name_of(ChainState state)
{
    for (const auto& [value, name] : state_names)
        if (value == state)
            return name;
    TALLY_ASSERT(false);
}

std::optional<ChainState> chain_state_named(std::string_view name)
{
    for (const auto& [value, known] : state_names)
        if (known == name)
            return value;
    return std::nullopt;
}

bool ChainReport::is_signed_by(std::string_view public_key) const
{
    return crypto::is_signed_by(to_sign(content), signature, public_key);
}

std::string write_chain_report(const Uuid& device, Timestamp created_at,
                               const std::vector<ChainNumber>& numbers, const crypto::SigningKey& key)
{
    TALLY_ASSERT(numbers.size() <= chain_report_numbers_max);
    std::string out(report_magic);
    out.append(device.view());
    append_u64(out, static_cast<std::uint64_t>(created_at.ms));
    append_u32(out, static_cast<std::uint32_t>(numbers.size()));
    for (const auto& number : numbers) {
        TALLY_ASSERT(number.digest.size() == crypto::sha256_bytes);
        append_u64(out, number.seq);
        out.push_back(static_cast<char>(number.state));
        out.append(number.digest);
    }
    out += crypto::sign(to_sign(out), key);
    return out;
}

Result<ChainReport> parse_chain_report(std::string_view bytes)
{
    const Error bad{"bad_chain_report", "This is not a device's report about numbers of its entries."};
    if (!bytes.starts_with(report_magic))
        return bad;
    ByteReader reader(bytes);
    reader.bytes(report_magic.size());
    ChainReport report;
    const auto device = reader.bytes(16);
    report.created_at.ms = static_cast<std::int64_t>(reader.u64());
    const std::size_t count = reader.u32();
    if (reader.failed() || count > chain_report_numbers_max || !is_ordinary(report.created_at))
        return bad;
    report.device = Uuid::from_bytes(device);
    for (std::size_t i = 0; i < count; ++i) {
        ChainNumber number;
        number.seq = reader.u64();
        const auto state = reader.u8();
        number.digest = reader.bytes(crypto::sha256_bytes);
        const bool is_known = state >= static_cast<std::uint8_t>(ChainState::Erased) &&
                              state <= static_cast<std::uint8_t>(ChainState::PutAside);
        if (reader.failed() || !is_known || number.seq == 0 || number.seq > chain_seq_max)
            return bad;
        number.state = static_cast<ChainState>(state);
        report.numbers.push_back(std::move(number));
    }
    report.content = bytes.substr(0, reader.position());
    report.signature = reader.bytes(crypto::signature_bytes);
    if (reader.failed() || reader.remaining() != 0)
        return bad;
    return report;
}

} // namespace tally::protocol
