#pragma once
/// Every visible string, by key, from assets/translations.

#include "shared/base/result.h"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tally::client::widgets {

class Translations
{
public:
    /// Reads a flat JSON object of strings. Fails with `bad_translations` and what file_missing gives.
    [[nodiscard]] static Result<Translations> load(const std::filesystem::path& file);

    /// The string, or the key itself when there is none. The pointer lives as long as the catalogue.
    [[nodiscard]] const char* text(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const { return m_strings.contains(std::string(key)); }
    [[nodiscard]] std::size_t size() const { return m_strings.size(); }

private:
    mutable std::unordered_map<std::string, std::string> m_strings;
};

/// The string of the frame being drawn, see Context.
[[nodiscard]] const char* tr(std::string_view key);

/// With "{name}" replaced. When "count" is 1 and `key.one` exists, that is used.
using Replacements = std::initializer_list<std::pair<std::string_view, std::string>>;
[[nodiscard]] std::string tr(std::string_view key, Replacements replacements);

} // namespace tally::client::widgets
