#pragma once
/// How much each network (network.h) takes of what all share: open connections, threads that wait for a body,
/// memory. Thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tally::server {

class AddressLoads
{
public:
    enum class Kind
    {
        Connections, ///< open
        Bodies,      ///< each waited for by a thread
        BodyBytes,   ///< of bodies that are held in memory
        AnswerBytes  ///< of answers that are on their way
    };
    static constexpr std::size_t kinds = 4;
    struct Limit
    {
        std::int64_t per_network = 0;
        std::int64_t in_all = 0;
    };
    using Limits = std::array<Limit, kinds>; ///< by kind

    explicit AddressLoads(Limits limits) : m_limits(limits) {}

    /// What somebody has of one kind, given back at the latest when this is gone.
    class Share
    {
    public:
        Share() = default;
        Share(AddressLoads& loads, Kind kind, std::string network)
            : m_loads(&loads), m_kind(kind), m_network(std::move(network))
        {
        }
        Share(Share&& other) noexcept { swap(other); }
        Share& operator=(Share&& other) noexcept
        {
            give_back();
            swap(other);
            return *this;
        }
        ~Share() { give_back(); }

        /// False, and nothing is counted, when that would be more than its network or all may have.
        [[nodiscard]] bool grow(std::int64_t by);
        void give_back();

    private:
        void swap(Share& other) noexcept;

        AddressLoads* m_loads = nullptr;
        Kind m_kind = Kind::Connections;
        std::string m_network;
        std::int64_t m_amount = 0;
    };

private:
    using Load = std::array<std::int64_t, kinds>;
    [[nodiscard]] bool add(const std::string& network, Kind kind, std::int64_t amount);
    void remove(const std::string& network, Kind kind, std::int64_t amount);

    Limits m_limits;
    std::mutex m_mutex;
    Load m_all{};
    std::unordered_map<std::string, Load> m_loads;
};

} // namespace tally::server
