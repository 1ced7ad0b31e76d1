#include "server/review/cases.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace tally::server {
namespace {

/// Which group each item is in, by the smallest index of the group.
class Groups
{
public:
    explicit Groups(std::size_t count) : m_parent(count) { std::iota(m_parent.begin(), m_parent.end(), 0); }

    std::size_t of(std::size_t item)
    {
        while (m_parent[item] != item)
            item = m_parent[item] = m_parent[m_parent[item]];
        return item;
    }
    void join(std::size_t a, std::size_t b)
    {
        const auto first = of(a);
        const auto second = of(b);
        m_parent[std::max(first, second)] = std::min(first, second);
    }

private:
    std::vector<std::size_t> m_parent;
};

/// Flags between each entry and the kept one, over flags that are wholly about the same work.
std::map<Uuid, std::size_t> distances_from(const Uuid& kept, const std::vector<const FlagStanding*>& flags)
{
    std::map<Uuid, std::size_t> distances{{kept, 0}};
    for (std::size_t reach = 0;; ++reach) {
        const auto known = distances.size();
        for (const auto* flag : flags) {
            const bool touches = std::any_of(flag->entries.begin(), flag->entries.end(), [&](const Uuid& id) {
                const auto found = distances.find(id);
                return found != distances.end() && found->second == reach;
            });
            if (touches)
                for (const auto& id : flag->entries)
                    distances.emplace(id, reach + 1);
        }
        if (distances.size() == known)
            return distances;
    }
}

/// A flag that links entries at one distance to entries one further away.
struct Link
{
    std::size_t distance = 0;
    std::size_t near = 0; ///< how many entries are at that distance
    const FlagStanding* flag = nullptr;
    Uuid nearest;
};

std::vector<Link> links_to(const Uuid& kept, const std::vector<const FlagStanding*>& flags)
{
    const auto distances = distances_from(kept, flags);
    std::vector<Link> links;
    for (const auto* flag : flags) {
        Link link{SIZE_MAX, 0, flag, {}};
        std::size_t furthest = 0;
        for (const auto& id : flag->entries) {
            const auto found = distances.find(id);
            if (found == distances.end())
                continue;
            furthest = std::max(furthest, found->second);
            if (found->second < link.distance) {
                link.distance = found->second;
                link.near = 0;
                link.nearest = id;
            }
            link.near += found->second == link.distance ? 1 : 0;
        }
        if (link.distance < furthest)
            links.push_back(link);
    }
    std::stable_sort(links.begin(), links.end(), [](const Link& a, const Link& b) {
        return std::tuple(b.distance, a.near, b.flag->entries.size()) <
               std::tuple(a.distance, b.near, a.flag->entries.size());
    });
    return links;
}

} // namespace

std::int64_t FlagCase::sure() const
{
    std::int64_t highest = 0;
    for (const auto& flag : flags)
        highest = std::max(highest, flag.sure);
    return highest;
}

std::vector<FlagCase> cases_of(std::vector<FlagStanding> flags)
{
    std::sort(flags.begin(), flags.end(),
              [](const FlagStanding& a, const FlagStanding& b) { return a.position < b.position; });
    Groups groups(flags.size());
    std::map<std::pair<std::string, Uuid>, std::size_t> seen;
    for (std::size_t i = 0; i < flags.size(); ++i)
        for (const auto& entry : flags[i].entries)
            if (const auto [found, fresh] = seen.emplace(std::pair(flags[i].rule, entry), i); !fresh)
                groups.join(found->second, i);

    std::map<std::size_t, FlagCase> cases;
    for (std::size_t i = 0; i < flags.size(); ++i) {
        auto& made = cases[groups.of(i)];
        made.rule = flags[i].rule;
        made.entries.insert(made.entries.end(), flags[i].entries.begin(), flags[i].entries.end());
        made.flags.push_back(std::move(flags[i]));
    }
    std::vector<FlagCase> all;
    for (auto& [first, made] : cases) {
        std::sort(made.entries.begin(), made.entries.end());
        made.entries.erase(std::unique(made.entries.begin(), made.entries.end()), made.entries.end());
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<SettlementStep> steps_of(const FlagCase& flag_case, const Settlement& settlement)
{
    std::vector<SettlementStep> steps;
    if (!settlement.kept) {
        for (const auto& flag : flag_case.flags)
            steps.push_back({flag.position, settlement.as, std::nullopt});
        return steps;
    }
    std::set<Uuid> about(settlement.about.begin(), settlement.about.end());
    about.insert(*settlement.kept);
    std::vector<const FlagStanding*> within;
    for (const auto& flag : flag_case.flags) {
        const auto inside = std::count_if(flag.entries.begin(), flag.entries.end(),
                                          [&](const Uuid& id) { return about.contains(id); });
        if (inside == std::ssize(flag.entries))
            within.push_back(&flag);
        else if (inside > 0)
            steps.push_back({flag.position, Resolution::Different, std::nullopt});
    }
    for (const auto& link : links_to(*settlement.kept, within))
        steps.push_back({link.flag->position, settlement.as, link.nearest});
    return steps;
}

} // namespace tally::server
