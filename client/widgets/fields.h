#pragma once
/// Fields to type in. Each draws its label, hint and error above its box.

#include "client/widgets/context.h"
#include "shared/base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally::client::widgets {

struct FieldOptions
{
    std::string_view hint = {};
    std::string_view error = {};
    std::string_view placeholder = {};
    std::size_t code_points_max = 200;
    int rows = 4;                  ///< of a text area at first; it grows with the text
    float box_width_dp = 0;        ///< zero for the whole width
    bool is_optional = false;      ///< says so after the label
    bool is_secret = false;        ///< shows dots
    bool has_hidden_label = false; ///< the label is only read aloud
    bool takes_focus = false;      ///< has the keyboard when the screen appears
};

struct FieldResult
{
    bool changed = false;
    bool submitted = false; ///< Enter, in a field of one line
    bool left = false;      ///< lost the focus in this frame
    bool focused = false;
};

FieldResult text_field(std::string_view label, std::string& value, const FieldOptions& options = {});
FieldResult text_area(std::string_view label, std::string& value, const FieldOptions& options = {});

/// A whole number with buttons for one less and one more. True when it changed.
bool number_stepper(std::string_view label, std::int32_t& value, std::int32_t minimum, std::int32_t maximum,
                    const FieldOptions& options = {});

/// A time of day in minutes after midnight; understands "9", "930", "9.30", "09:30". None while empty.
bool time_input(std::string_view label, std::optional<std::int32_t>& minute,
                const FieldOptions& options = {});

/// Minutes, shown and typed as hours and minutes: "3:30", "3h30", "3.5". None while empty.
bool duration_input(std::string_view label, std::optional<std::int32_t>& minutes,
                    const FieldOptions& options = {});

/// A day, with buttons for the day before and after and a calendar to open. No day after `latest`.
bool date_input(std::string_view label, Date& date, Date today, Date latest,
                const FieldOptions& options = {});

/// What time_input and duration_input understand; none when they do not.
[[nodiscard]] std::optional<std::int32_t> read_time(std::string_view text);
[[nodiscard]] std::optional<std::int32_t> read_duration(std::string_view text);
/// "3 h 30 min".
[[nodiscard]] std::string duration_words(std::int64_t minutes);
/// "Saturday 22 November 2026".
[[nodiscard]] std::string day_words(Date date);
/// "22 Nov".
[[nodiscard]] std::string short_day_words(Date date);

/// The label, hint and error above any input; returns what is read after the name.
std::string field_head(std::string_view label, const FieldOptions& options);

} // namespace tally::client::widgets
