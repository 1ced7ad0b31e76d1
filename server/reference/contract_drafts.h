#pragma once
/// What a file of contracts says, before anything is checked: texts, each with its place in the file.

#include "shared/base/result.h"
#include "shared/base/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

/// A text with the place in the file where it stands.
struct Cell
{
    std::string text;
    std::string where;
};

struct TargetDraft
{
    Cell measure;
    Cell period;
    Cell quantity;
};

struct PlanDraft
{
    Cell measure;
    Cell commitment;
    Cell what;
    Cell how;
    Cell who;
    Cell location;
    Cell baseline;
};

struct EventDraft
{
    Cell id;
    Cell title;
    Cell place;
    Cell date;
    Cell start;
    Cell end;
};

/// Optional parts that a file leaves out stay as they are in a contract that is here already.
struct ContractDraft
{
    Cell ref;
    Cell title;
    Cell supplier;
    Cell buyer;
    Cell framework;         ///< may be empty
    Cell framework_version; ///< may be empty
    Cell starts;
    Cell ends;
    Cell year_kind; ///< may be empty
    std::optional<std::vector<Cell>> also_suppliers;
    std::optional<std::vector<Cell>> also_buyers;
    std::optional<std::vector<Cell>> roles;
    std::optional<std::vector<TargetDraft>> targets;
    std::optional<std::vector<PlanDraft>> plans;
    std::vector<EventDraft> events;
};

struct PlaceDraft
{
    Cell id;
    Cell title;
};

struct Drafts
{
    std::vector<PlaceDraft> places;
    std::vector<ContractDraft> contracts;
    std::vector<std::string> notes; ///< for the report: what was left out, and why
};

/// `tallybook-contracts/1`, see README.md.
[[nodiscard]] Drafts drafts_from_json(std::string_view text, std::vector<Error>& problems);
[[nodiscard]] Drafts drafts_from_csv(std::string_view text, std::vector<Error>& problems);

/// Whether a JSON document looks like one of the Open Contracting Data Standard.
[[nodiscard]] bool is_ocds(std::string_view text);
/// A release, release package or record package of the Open Contracting Data Standard 1.1. `clock` turns
/// moments in UTC into local days.
[[nodiscard]] Drafts drafts_from_ocds(std::string_view text, const Clock& clock,
                                      std::vector<Error>& problems);

} // namespace tally::server
