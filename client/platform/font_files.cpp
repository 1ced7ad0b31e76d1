#include "client/platform/font_files.h"

#include "client/widgets/imgui_compat.h"

#include <cmath>
#include <cstdlib>
#include <vector>

namespace tally::client::platform {
namespace fs = std::filesystem;
namespace {

/// ImGui measures a font from ascender to descender, people by its em. Noto Sans is 1.362 em high.
constexpr float height_of_em = 1.362F;

// Latin with every European language and Vietnamese, punctuation, currency, arrows that Noto has.
constexpr ImWchar text_ranges[] = {0x0020, 0x007E, 0x00A0, 0x024F, 0x02B0, 0x02DD, 0x1E00,
                                   0x1EFF, 0x2010, 0x2027, 0x2030, 0x203A, 0x20A0, 0x20BF,
                                   0x2113, 0x2122, 0x2212, 0x2212, 0xFFFD, 0xFFFD, 0};
// Headings need fewer: with Welsh, Polish, Romanian, Turkish.
constexpr ImWchar heading_ranges[] = {0x0020, 0x007E, 0x00A0, 0x017F, 0x0218, 0x021B, 0x1E80, 0x1E85,
                                      0x1EF2, 0x1EF3, 0x2010, 0x2027, 0x20AC, 0x20AC, 0};

} // namespace

Result<FontFiles> find_fonts()
{
    std::vector<fs::path> folders;
    if (const char* named = std::getenv("TALLYBOOK_FONTS"); named != nullptr && *named != '\0')
        folders.emplace_back(named);
    for (const char* folder : {"/usr/share/fonts/truetype/noto", "/usr/share/fonts/noto",
                               "/usr/share/fonts/google-noto", "/usr/local/share/fonts/noto"})
        folders.emplace_back(folder);
    std::error_code failure;
    for (const fs::path& folder : folders) {
        const FontFiles files{folder / "NotoSans-Regular.ttf", folder / "NotoSans-Bold.ttf"};
        if (fs::exists(files.regular, failure) && fs::exists(files.bold, failure))
            return files;
    }
    return Error{"fonts_missing",
                 "The fonts NotoSans-Regular.ttf and NotoSans-Bold.ttf are not on this machine. "
                 "Install the package fonts-noto-core, or set TALLYBOOK_FONTS to their folder."};
}

Result<widgets::Fonts> load_fonts(const FontFiles& files, float scale)
{
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Flags |= ImFontAtlasFlags_NoMouseCursors;
    compat::set_atlas_width(atlas, scale > 1.3F ? 4096 : 2048);
    widgets::Fonts fonts;
    for (int index = 0; index < widgets::text_style_count; ++index) {
        const auto style = static_cast<widgets::TextStyle>(index);
        const float base = widgets::base_size_of(style);
        const float size = std::round(base * scale * height_of_em);
        const fs::path& file = widgets::is_bold(style) ? files.bold : files.regular;
        const bool is_heading = base > 22;
        ImFont* font = compat::add_font(atlas, file.c_str(), size, is_heading ? heading_ranges : text_ranges,
                                        is_heading ? 1 : 2);
        if (font == nullptr)
            return Error{"fonts_unreadable",
                         "The font " + file.string() + " cannot be read. Install fonts-noto-core again."};
        fonts.styles[index] = {font, size};
    }
    return fonts;
}

} // namespace tally::client::platform
