#include "client/widgets/translations.h"

#include "client/widgets/context.h"
#include "shared/base/files.h"

#include <nlohmann/json.hpp>

namespace tally::client::widgets {

Result<Translations> Translations::load(const std::filesystem::path& file)
{
    const auto bytes = read_file(file, 4ULL * 1024 * 1024);
    if (!bytes)
        return bytes.error();
    const auto json = nlohmann::json::parse(*bytes, nullptr, false);
    if (!json.is_object())
        return Error{"bad_translations", file.string() + " is not a JSON object. Install the program again."};
    Translations translations;
    for (const auto& [key, value] : json.items()) {
        if (!value.is_string())
            return Error{"bad_translations", file.string() + " has no text for " + key + "."};
        translations.m_strings[key] = value.get<std::string>();
    }
    return translations;
}

const char* Translations::text(std::string_view key) const
{
    // A key without a string is kept as its own text, so that the pointer stays good.
    const auto [place, is_new] = m_strings.try_emplace(std::string(key), key);
    return place->second.c_str();
}

const char* tr(std::string_view key)
{
    return Context::current().translations().text(key);
}

std::string tr(std::string_view key, Replacements replacements)
{
    std::string chosen(key);
    for (const auto& [name, value] : replacements)
        if (name == "count" && value == "1" && Context::current().translations().has(chosen + ".one"))
            chosen += ".one";
    std::string text = tr(chosen);
    for (const auto& [name, value] : replacements) {
        const std::string mark = "{" + std::string(name) + "}";
        for (std::size_t at = text.find(mark); at != std::string::npos;
             at = text.find(mark, at + value.size()))
            text.replace(at, mark.size(), value);
    }
    return text;
}

} // namespace tally::client::widgets
