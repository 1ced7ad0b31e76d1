#include "server/reference/contract_drafts.h"
#include "shared/base/encoding.h"
#include "shared/domain/validate.h"
#include "shared/framework/json_reader.h"

#include <algorithm>
#include <map>
#include <set>

namespace tally::server {

namespace {

using nlohmann::json;

std::string in_list(const std::string& list, std::size_t index)
{
    return list + "[" + std::to_string(index) + "]";
}

std::string below(const std::string& where, const char* key)
{
    return where.empty() ? key : where + "." + key;
}

const json* member(const json& object, const char* key)
{
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Identifiers are strings or whole numbers in the standard.
std::string id_text(const json* value)
{
    if (value == nullptr)
        return {};
    if (value->is_string())
        return value->get<std::string>();
    return value->is_number_integer() ? value->dump() : std::string();
}

/// Merges a later release into an earlier one, as the standard's merge routine does: objects key by key,
/// lists of things with an id item by item, every other list whole; null takes away.
void merge_release(json& into, const json& later)
{
    for (const auto& [key, value] : later.items()) {
        if (value.is_null()) {
            into.erase(key);
            continue;
        }
        json& target = into[key];
        const auto has_id = [](const json& item) { return item.is_object() && item.contains("id"); };
        if (value.is_object() && target.is_object()) {
            merge_release(target, value);
        } else if (value.is_array() && target.is_array() && !value.empty() &&
                   std::ranges::all_of(value, has_id) && std::ranges::all_of(target, has_id)) {
            for (const json& item : value) {
                const auto same = std::ranges::find_if(
                    target, [&](const json& known) { return known["id"] == item["id"]; });
                if (same == target.end())
                    target.push_back(item);
                else
                    merge_release(*same, item);
            }
        } else {
            target = value;
        }
    }
}

/// One contracting process, with the place of its (last) release in the file.
struct Process
{
    json release;
    std::string where;
};

/// Reads one contracting process into drafts.
class ProcessReader
{
public:
    ProcessReader(const Process& process, const Clock& clock, Drafts& drafts, std::vector<Error>& problems)
        : m_release(process.release), m_where(process.where), m_clock(clock), m_drafts(drafts),
          m_problems(problems)
    {
    }

    void run()
    {
        m_ocid = text_at(m_release, m_where, "ocid");
        if (m_ocid.empty()) {
            refuse("missing_key", "A contracting process needs its open contracting id. Add \"ocid\".",
                   below(m_where, "ocid"));
            return;
        }
        read_list("parties", [&](const json& party, const std::string& where) {
            const std::string id = id_text(member(party, "id"));
            if (id.empty())
                refuse("missing_key", "A party needs an id, to which buyer and suppliers refer. Add \"id\".",
                       below(where, "id"));
            else
                m_parties[id] = name_of_party(party, where);
        });
        read_buyers();
        read_list("awards", [&](const json& award, const std::string& where) {
            m_awards[id_text(member(award, "id"))] = {&award, where};
        });
        bool any = false;
        read_list("contracts", [&](const json& contract, const std::string& where) {
            any = true;
            read_contract(contract, where);
        });
        if (any)
            return;
        for (const auto& [id, award] : m_awards) {
            any = true;
            read_award(*award.first, award.second);
        }
        if (!any)
            m_drafts.notes.push_back(m_ocid + ": left out, because it has no contract and no award yet");
    }

private:
    void refuse(std::string code, std::string message, std::string where)
    {
        m_problems.push_back({std::move(code), std::move(message), std::move(where)});
    }

    /// A text, or nothing; something else is reported.
    std::string text_at(const json& object, const std::string& where, const char* key)
    {
        const json* value = member(object, key);
        if (value == nullptr)
            return {};
        if (!value->is_string()) {
            refuse("wrong_type", "This must be a text.", below(where, key));
            return {};
        }
        return value->get<std::string>();
    }

    template <typename Each>
    void read_list(const char* key, Each each)
    {
        const json* list = member(m_release, key);
        if (list == nullptr)
            return;
        const std::string where = below(m_where, key);
        if (!list->is_array()) {
            refuse("wrong_type", "This must be a list.", where);
            return;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            if ((*list)[i].is_object())
                each((*list)[i], in_list(where, i));
            else
                refuse("wrong_type", "This must be an object.", in_list(where, i));
        }
    }

    std::string name_of_party(const json& party, const std::string& where)
    {
        std::string name = text_at(party, where, "name");
        if (const json* identifier = member(party, "identifier"); name.empty() && identifier != nullptr)
            name = text_at(*identifier, below(where, "identifier"), "legalName");
        return name;
    }

    /// The name of an organization that is referred to: as the reference has it, or as the party says.
    std::string name_of_reference(const json& reference, const std::string& where)
    {
        const std::string id = id_text(member(reference, "id"));
        std::string name = text_at(reference, where, "name");
        if (const auto party = m_parties.find(id); name.empty() && party != m_parties.end())
            name = party->second;
        if (name.empty())
            refuse("unknown_party",
                   id.empty() ? std::string("This organization has neither a name nor an id.")
                              : "There is no party with the id \"" + id +
                                    "\" that has a name. Add it under \"parties\", or give the name here.",
                   where);
        return name;
    }

    static void add_name(std::vector<Cell>& names, std::string name, const std::string& where)
    {
        if (!name.empty() && std::ranges::none_of(names, [&](const Cell& cell) { return cell.text == name; }))
            names.push_back({std::move(name), where});
    }

    /// Parties whose roles have this word.
    void add_parties_with_role(const char* role, std::vector<Cell>& names)
    {
        read_list("parties", [&](const json& party, const std::string& where) {
            const json* roles = member(party, "roles");
            if (roles == nullptr)
                return;
            if (!roles->is_array()) {
                if (m_told.insert(where).second)
                    refuse("wrong_type", "This must be a list of words.", below(where, "roles"));
                return;
            }
            if (std::ranges::find(*roles, json(role)) != roles->end())
                add_name(names, name_of_party(party, where), where);
        });
    }

    void read_buyers()
    {
        if (const json* buyer = member(m_release, "buyer"); buyer != nullptr && buyer->is_object())
            add_name(m_buyers, name_of_reference(*buyer, below(m_where, "buyer")), below(m_where, "buyer"));
        add_parties_with_role("buyer", m_buyers);
        const json* tender = member(m_release, "tender");
        const json* entity = tender != nullptr ? member(*tender, "procuringEntity") : nullptr;
        if (entity != nullptr && m_buyers.empty()) {
            const std::string where = below(m_where, "tender.procuringEntity");
            add_name(m_buyers, name_of_reference(*entity, where), where);
        }
        if (m_buyers.empty())
            refuse("missing_buyer", "Nobody buys. Add \"buyer\", or give a party the role \"buyer\".",
                   below(m_where, "buyer"));
    }

    std::vector<Cell> suppliers_of(const json* award, const std::string& award_where,
                                   const std::string& where)
    {
        std::vector<Cell> names;
        if (const json* list = award != nullptr ? member(*award, "suppliers") : nullptr;
            list != nullptr && list->is_array()) {
            for (std::size_t i = 0; i < list->size(); ++i) {
                const std::string place = in_list(below(award_where, "suppliers"), i);
                add_name(names, name_of_reference((*list)[i], place), place);
            }
        }
        if (names.empty())
            add_parties_with_role("supplier", names);
        if (names.empty())
            refuse("missing_supplier",
                   "Nobody supplies. Name the suppliers of the award, or give a party the role \"supplier\".",
                   award != nullptr ? below(award_where, "suppliers") : where);
        return names;
    }

    void read_contract(const json& contract, const std::string& where)
    {
        const std::string id = id_text(member(contract, "id"));
        if (id.empty()) {
            refuse("missing_key", "A contract needs an id. Add \"id\".", below(where, "id"));
            return;
        }
        const std::string status = text_at(contract, where, "status");
        if (status == "cancelled" || status == "terminated") {
            m_drafts.notes.push_back(m_ocid + ", contract " + id + ": left out, because its status is " +
                                     status);
            return;
        }
        const std::string award_id = id_text(member(contract, "awardID"));
        const auto award = m_awards.find(award_id);
        if (!award_id.empty() && award == m_awards.end())
            refuse("unknown_award", "There is no award with the id \"" + award_id + "\".",
                   below(where, "awardID"));
        const bool known = award != m_awards.end();
        read_agreement(contract, where, "period", id, known ? award->second.first : nullptr,
                       known ? award->second.second : "");
    }

    void read_award(const json& award, const std::string& where)
    {
        const std::string id = id_text(member(award, "id"));
        const std::string status = text_at(award, where, "status");
        if (id.empty()) {
            refuse("missing_key", "An award needs an id. Add \"id\".", below(where, "id"));
        } else if (!status.empty() && status != "active") {
            m_drafts.notes.push_back(m_ocid + ", award " + id + ": left out, because its status is " +
                                     status);
        } else {
            m_drafts.notes.push_back(m_ocid + ", award " + id +
                                     ": read as a contract, none is published yet");
            read_agreement(award, where, "contractPeriod", id, &award, where);
        }
    }

    void read_agreement(const json& contract, const std::string& where, const char* period_key,
                        const std::string& id, const json* award, const std::string& award_where)
    {
        ContractDraft draft;
        draft.ref = reference_of(id, where);
        const json* tender = member(m_release, "tender");
        draft.title = {text_at(contract, where, "title"), below(where, "title")};
        if (draft.title.text.empty() && award != nullptr)
            draft.title.text = text_at(*award, award_where, "title");
        if (draft.title.text.empty() && tender != nullptr)
            draft.title.text = text_at(*tender, below(m_where, "tender"), "title");
        const auto suppliers = suppliers_of(award, award_where, where);
        set_parties(suppliers, draft.supplier, draft.also_suppliers);
        set_parties(m_buyers, draft.buyer, draft.also_buyers);
        read_period(contract, where, period_key, award, award_where, draft);
        draft.framework = {"", where};
        draft.framework_version = {"", where};
        m_drafts.contracts.push_back(std::move(draft));
    }

    static void set_parties(const std::vector<Cell>& names, Cell& first,
                            std::optional<std::vector<Cell>>& others)
    {
        if (names.empty())
            return;
        first = names.front();
        others.emplace(names.begin() + 1, names.end());
    }

    /// The contract's id when it names the process already, else both; characters that a reference cannot
    /// have become hyphens.
    Cell reference_of(const std::string& id, const std::string& where)
    {
        std::string ref = id.starts_with(m_ocid) ? id : m_ocid + "/" + id;
        const std::string before = ref;
        for (char& c : ref)
            if (!is_reference(std::string_view(&c, 1)))
                c = '-';
        if (ref != before)
            m_drafts.notes.push_back("contract " + ref + ": so named, because a reference cannot be \"" +
                                     before + "\"");
        return {std::move(ref), below(where, "id")};
    }

    void read_period(const json& contract, const std::string& where, const char* key, const json* award,
                     const std::string& award_where, ContractDraft& draft)
    {
        const json* tender = member(m_release, "tender");
        const std::pair<const json*, std::string> candidates[] = {
            {member(contract, key), below(where, key)},
            {award != nullptr ? member(*award, "contractPeriod") : nullptr,
             below(award_where, "contractPeriod")},
            {tender != nullptr ? member(*tender, "contractPeriod") : nullptr,
             below(m_where, "tender.contractPeriod")}};
        draft.starts = draft.ends = {"", below(where, key)};
        for (const auto& [period, place] : candidates) {
            if (period == nullptr)
                continue;
            if (!period->is_object()) {
                refuse("wrong_type", "This must be an object with startDate and endDate.", place);
                return;
            }
            draft.starts = day_at(*period, place, "startDate");
            draft.ends = end_of(*period, place, draft.starts);
            if (draft.starts.text.empty() || draft.ends.text.empty())
                refuse("missing_date",
                       "The contract's first and last day are needed. Add startDate, and endDate or "
                       "durationInDays.",
                       place);
            return;
        }
        refuse("missing_date",
               "It is not said when the contract runs. Add a period with startDate and endDate.",
               below(where, key));
    }

    Cell end_of(const json& period, const std::string& where, const Cell& starts)
    {
        Cell end = day_at(period, where, "endDate");
        const json* days = member(period, "durationInDays");
        const auto first = parse_date(starts.text);
        if (!end.text.empty() || days == nullptr || !first)
            return end;
        if (!days->is_number_integer() || days->get<std::int64_t>() < 1 ||
            days->get<std::int64_t>() > 36'600) {
            refuse("out_of_range", "This must be a whole number of days, from 1 to 36,600.",
                   below(where, "durationInDays"));
            return end;
        }
        return {format_date(date_from_days(days_from_date(*first) + days->get<std::int64_t>() - 1)),
                below(where, "durationInDays")};
    }

    /// The day of a date-time: as it is written, or local to the server when it is written in UTC.
    Cell day_at(const json& period, const std::string& where, const char* key)
    {
        const std::string text = text_at(period, where, key);
        Cell cell{"", below(where, key)};
        if (text.empty())
            return cell;
        const auto date = parse_date(std::string_view(text).substr(0, 10));
        if (!date || (text.size() > 10 && text[10] != 'T')) {
            refuse("bad_date", "\"" + text + "\" is no date. Write it as 2026-04-01T00:00:00Z.", cell.where);
            return cell;
        }
        cell.text = format_date(*date);
        if (text.size() <= 10)
            return cell;
        const auto minute = parse_minute_of_day(text.substr(11, 5));
        if (!minute) {
            refuse("bad_date", "\"" + text + "\" has no time of day. Write it as 2026-04-01T00:00:00Z.",
                   cell.where);
            return cell;
        }
        if (text.back() == 'Z') {
            const Timestamp moment{(days_from_date(*date) * 1440 + *minute) * 60'000};
            cell.text = format_date(local_date(moment, m_clock.utc_offset_min(moment)));
        }
        return cell;
    }

    const json& m_release;
    const std::string m_where;
    const Clock& m_clock;
    Drafts& m_drafts;
    std::vector<Error>& m_problems;
    std::string m_ocid;
    std::map<std::string, std::string> m_parties; ///< id to name
    std::map<std::string, std::pair<const json*, std::string>> m_awards;
    std::vector<Cell> m_buyers;
    std::set<std::string> m_told;
};

/// Releases of one process become one, in order of their dates.
class ProcessList
{
public:
    explicit ProcessList(std::vector<Error>& problems) : m_problems(problems) {}

    void add_releases(const json& list, const std::string& where)
    {
        struct Dated
        {
            std::string date;
            const json* release;
            std::string where;
        };
        std::vector<Dated> releases;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string place = in_list(where, i);
            if (!list[i].is_object())
                m_problems.push_back({"wrong_type", "This must be an object.", place});
            else if (list[i].contains("url") && !list[i].contains("ocid"))
                m_problems.push_back({"linked_release",
                                      "This is only a link to a release. Use a file that has the releases "
                                      "themselves, or records with a compiledRelease.",
                                      place});
            else
                releases.push_back({id_text(member(list[i], "date")), &list[i], place});
        }
        // Dates of one publisher have one form, so that they sort as text.
        std::ranges::stable_sort(releases, {}, &Dated::date);
        for (const Dated& item : releases)
            add(*item.release, item.where);
    }

    void add(const json& release, const std::string& where)
    {
        const std::string ocid = id_text(member(release, "ocid"));
        const auto known = std::ranges::find_if(m_processes, [&](const Process& process) {
            return !ocid.empty() && id_text(member(process.release, "ocid")) == ocid;
        });
        if (known == m_processes.end()) {
            m_processes.push_back({release, where});
            return;
        }
        merge_release(known->release, release);
        known->where = where;
    }

    [[nodiscard]] const std::vector<Process>& all() const { return m_processes; }

private:
    std::vector<Process> m_processes;
    std::vector<Error>& m_problems;
};

void add_record(ProcessList& processes, const json& record, const std::string& where,
                std::vector<Error>& problems)
{
    const json* compiled = member(record, "compiledRelease");
    const json* releases = member(record, "releases");
    if (compiled != nullptr && compiled->is_object())
        processes.add(*compiled, below(where, "compiledRelease"));
    else if (releases != nullptr && releases->is_array())
        processes.add_releases(*releases, below(where, "releases"));
    else
        problems.push_back({"missing_key", "A record needs a compiledRelease, or its releases.",
                            below(where, "compiledRelease")});
}

} // namespace

bool is_ocds(std::string_view text)
{
    const auto document = json::parse(text, nullptr, false);
    return document.is_object() &&
           (document.contains("ocid") || document.contains("releases") || document.contains("records"));
}

Drafts drafts_from_ocds(std::string_view text, const Clock& clock, std::vector<Error>& problems)
{
    Drafts drafts;
    const auto document = parse_json(text, problems);
    if (!document)
        return drafts;
    ProcessList processes(problems);
    const json* releases = member(*document, "releases");
    const json* records = member(*document, "records");
    if (const json* version = member(*document, "version");
        version != nullptr && version->is_string() &&
        !version->get_ref<const std::string&>().starts_with("1."))
        problems.push_back({"unknown_version",
                            "This program reads version 1.1 of the Open Contracting Data Standard, not " +
                                version->get<std::string>() + ".",
                            "version"});
    if (records != nullptr && records->is_array()) {
        for (std::size_t i = 0; i < records->size(); ++i)
            add_record(processes, (*records)[i], in_list("records", i), problems);
    } else if (document->contains("ocid")) {
        // One release, or one record outside its package.
        if (member(*document, "compiledRelease") != nullptr || releases != nullptr)
            add_record(processes, *document, "", problems);
        else
            processes.add(*document, "");
    } else if (releases != nullptr && releases->is_array()) {
        processes.add_releases(*releases, "releases");
    } else {
        problems.push_back(
            {"wrong_type", "This must be a list.", records != nullptr ? "records" : "releases"});
    }
    for (const Process& process : processes.all())
        ProcessReader(process, clock, drafts, problems).run();
    if (problems.empty() && drafts.contracts.empty() && drafts.notes.empty())
        problems.push_back({"empty_file", "There is no contract in this file.", ""});
    return drafts;
}

} // namespace tally::server
