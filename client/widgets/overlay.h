#pragma once
/// What lies above the page: dialogs, which take all input, and toasts, which take none.

#include "client/widgets/context.h"

#include <string_view>

namespace tally::client::widgets {

struct DialogOptions
{
    float width_dp = 560;
};

struct DialogResult
{
    bool dismissed = false; ///< Escape, or a press beside the dialog
};

/// Draws the dialog's title; its content follows until end_dialog. Call it in every frame while it is
/// open: there is no other state.
[[nodiscard]] DialogResult begin_dialog(std::string_view title, const DialogOptions& options = {});
void end_dialog();

enum class ToastPress
{
    None,
    Action
};
/// A line at the bottom of the window, with an optional action such as Undo.
[[nodiscard]] ToastPress toast(std::string_view message, std::string_view action_label, float above_dp);

} // namespace tally::client::widgets
