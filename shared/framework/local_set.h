#pragma once
/// A council's own outcomes and measures beside a published set: JSON of the shape `sv-local/1`,
/// described in README.md. They are kept apart from the published file and are merged into every
/// edition of it, so that they survive a new edition.

#include "shared/framework/framework.h"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

struct LocalSet
{
    std::string id;
    std::string framework;             ///< id of the published set that it stands beside
    std::vector<std::string> versions; ///< editions that it is for; empty for every edition, also later ones
    std::int64_t revision = 0;
    std::string title;
    std::string publisher;
    std::vector<Outcome> outcomes;
    std::vector<Measure> measures;
    std::string text; ///< the file as it was read

    [[nodiscard]] bool is_for(std::string_view version) const;

    /// As they are written into a framework's document, with all keys of `sv-framework/1`.
    std::vector<nlohmann::ordered_json> outcome_documents;
    std::vector<nlohmann::ordered_json> measure_documents;
};

/// Either a set, or everything that is wrong with the file.
struct LocalSetLoad
{
    std::optional<LocalSet> set;
    std::vector<Error> problems; ///< empty exactly when there is a set
};

/// Whether a document says that it is of this shape (and not, say, a published set).
[[nodiscard]] bool is_local_set(std::string_view json);
[[nodiscard]] LocalSetLoad parse_local_set(std::string_view json);

/// A name of a local set that does not go together with an edition, or with another local set.
struct LocalClash
{
    std::string set;       ///< id of the local set
    std::string code;      ///< `local_code_taken`, `local_outcome_taken`, `local_theme_missing` or
                           ///< `local_outcome_missing`
    std::string name;      ///< what clashes: a measure's code, an outcome or a theme
    std::string where;     ///< in the local set's file, such as "measures[2].code"
    std::string published; ///< where the same name stands in the edition; empty when it stands in none
    std::string message;   ///< for people, with what to do
};

/// An edition together with the local sets that are for it: either the framework, whose text is the
/// merged document, or what clashes. `published` must have been read without problems.
struct LocalMerge
{
    std::optional<Framework> framework;
    std::vector<LocalClash> clashes; ///< empty exactly when there is a framework
};

[[nodiscard]] LocalMerge merge_local_sets(const Framework& published, std::span<const LocalSet> sets);

} // namespace tally
