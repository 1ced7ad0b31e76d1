#pragma once
/// Choosing: one of a few, one of many, several, yes or no, a point of a scale.

#include "client/widgets/fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client::widgets {

struct Option
{
    std::string id;
    std::string title;
    std::string detail = {};
};

/// Radio buttons, one below the other. True when the choice changed. `chosen` is empty at first.
bool choice_list(std::string_view label, const std::vector<Option>& options, std::string& chosen,
                 const FieldOptions& field = {});

/// Two to four short choices side by side; they fold under one another on a narrow screen.
bool segmented(std::string_view label, const std::vector<Option>& options, std::string& chosen,
               const FieldOptions& field = {});

/// One of many: opens a sheet with a search field. `none_title` adds a way to choose nothing.
struct SelectOptions
{
    FieldOptions field = {};
    std::string_view none_title = {};
    std::string_view empty_text = {}; ///< shown in the sheet when there is nothing to choose
};
bool select(std::string_view label, const std::vector<Option>& options, std::string& chosen,
            const SelectOptions& settings = {});

bool check_box(std::string_view label, bool& is_checked, std::string_view detail = {});
/// A setting that is on or off at once.
bool toggle(std::string_view label, bool& is_on, std::string_view detail = {});

/// Several of a list; `chosen` holds ids in the order of the options.
bool check_list(std::string_view label, const std::vector<Option>& options, std::vector<std::string>& chosen,
                const FieldOptions& field = {});

/// Five faces, each with its word, from the worst to the best. None at first; values 1 to 5.
bool smiley_scale(std::string_view label, const std::vector<std::string>& words,
                  std::optional<std::int64_t>& value);
/// 0 to 10 with a word at either end.
bool number_scale(std::string_view label, std::int64_t lowest, std::int64_t highest,
                  std::string_view low_word, std::string_view high_word, std::optional<std::int64_t>& value);

} // namespace tally::client::widgets
