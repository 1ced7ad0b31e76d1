#include "server/console/static_files.h"

#include "server/http/problem.h"
#include "shared/base/files.h"
#include "shared/crypto/hash.h"

#include <cstdlib>
#include <stdexcept>

namespace tally::server::console {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view font_stack =
    R"("Noto Sans",system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif)";

std::string must_read(const fs::path& path)
{
    auto bytes = read_file(path);
    if (!bytes)
        throw std::runtime_error(bytes.error().message +
                                 " Run scripts/setup, which fetches what the console serves.");
    return *std::move(bytes);
}

void replace_all(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// GOV.UK Frontend in our own letters.
std::string without_font(std::string css)
{
    for (std::size_t at = css.find("@font-face{"); at != std::string::npos; at = css.find("@font-face{", at))
        css.erase(at, css.find('}', at) - at + 1);
    if (const std::size_t about = css.find("/*! Copyright (c) 2011"); about != std::string::npos)
        css.erase(about, css.find("*/", about) - about + 2); // speaks of the font alone
    replace_all(css, R"("GDS Transport",arial,sans-serif)", font_stack);
    replace_all(css, "GDS Transport,arial,sans-serif", font_stack);
    const std::size_t map = css.find("/*# sourceMappingURL");
    return css.substr(0, map);
}

std::string type_of(const fs::path& name)
{
    const std::string extension = name.extension().string();
    if (extension == ".css")
        return "text/css; charset=utf-8";
    if (extension == ".js")
        return "text/javascript; charset=utf-8";
    if (extension == ".svg")
        return "image/svg+xml";
    return "application/octet-stream";
}

} // namespace

fs::path console_dir()
{
    if (const char* given = std::getenv("TALLYBOOK_CONSOLE"); given != nullptr && *given != '\0')
        return given;
    std::error_code failure;
    const fs::path program = fs::read_symlink("/proc/self/exe", failure);
    if (!failure) {
        const fs::path installed = program.parent_path().parent_path() / "share" / "tallybook" / "console";
        if (fs::is_directory(installed, failure))
            return installed;
    }
    return TALLY_SOURCE_CONSOLE;
}

StaticFiles::StaticFiles(const fs::path& folder)
{
    const fs::path govuk = folder / "node_modules" / "govuk-frontend" / "dist" / "govuk";
    add("govuk-frontend.css", without_font(must_read(govuk / "govuk-frontend.min.css")));
    std::string script = must_read(govuk / "govuk-frontend.min.js");
    add("govuk-frontend.js", script.substr(0, script.find("//# sourceMappingURL")));
    for (const auto* name : {"tallybook.css", "tallybook.js", "icon.svg"})
        add(name, must_read(folder / "static" / name));

    std::string all;
    for (const auto& [name, file] : m_files)
        all += crypto::sha256(name) + crypto::sha256(file.bytes);
    m_prefix = "/static/" + crypto::sha256_hex(all).substr(0, 12);
}

void StaticFiles::add(std::string name, std::string bytes)
{
    std::string type = type_of(name);
    m_files[std::move(name)] = {std::move(type), std::move(bytes)};
}

Response StaticFiles::get(std::string_view version, std::string_view name) const
{
    const auto found = m_files.find(name);
    if (found == m_files.end())
        return problem({"not_found", "There is no such file."});
    const bool present = m_prefix.ends_with(version) && version.size() == 12;
    Response response{200, found->second.type, found->second.bytes, {}};
    return std::move(response).with("Cache-Control",
                                    present ? "public, max-age=31536000, immutable" : "no-cache");
}

} // namespace tally::server::console
