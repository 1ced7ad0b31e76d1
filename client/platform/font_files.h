#pragma once
/// The fonts of the machine, found at run time.

#include "client/widgets/theme.h"
#include "shared/base/result.h"

#include <filesystem>

namespace tally::client::platform {

struct FontFiles
{
    std::filesystem::path regular;
    std::filesystem::path bold;
};

/// Looks in TALLYBOOK_FONTS when it is set, then in the usual folders. Fails with `fonts_missing`.
[[nodiscard]] Result<FontFiles> find_fonts();

/// Fills ImGui's atlas, which must be empty, with every text style at `scale`. Fails with
/// `fonts_unreadable`.
[[nodiscard]] Result<widgets::Fonts> load_fonts(const FontFiles& files, float scale);

} // namespace tally::client::platform
