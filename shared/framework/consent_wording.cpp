#include "shared/framework/consent_wording.h"

#include "shared/base/files.h"
#include "shared/crypto/hash.h"
#include "shared/framework/json_reader.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tally {

namespace {

constexpr std::string_view schema_name = "sv-consent/1";
constexpr ConsentUse all_uses[] = {ConsentUse::Report, ConsentUse::Website, ConsentUse::Press,
                                   ConsentUse::SocialMedia};

ConsentWording read_wording(const JsonObject& text, std::string version, std::string language)
{
    ConsentWording wording{std::move(version), std::move(language), text.text("wording"), {}};
    const nlohmann::json* const uses = text.member("uses");
    if (uses == nullptr || !uses->is_object()) {
        text.note("uses", "missing_key", "The uses that can be ticked are missing.");
        return wording;
    }
    const JsonObject words(*uses, text.path("uses"), text.problems());
    for (const ConsentUse use : all_uses)
        wording.uses[use] = words.text(std::string(name_of(use)).c_str());
    return wording;
}

/// "2026-2" is older than "2026-10".
std::pair<std::string, int> order_of(const std::string& version)
{
    const auto hyphen = version.find('-');
    return {version.substr(0, hyphen),
            hyphen == std::string::npos ? 0 : std::atoi(version.c_str() + hyphen + 1)};
}

} // namespace

Result<std::vector<ConsentWording>> parse_consent_wordings(std::string_view json)
{
    std::vector<Error> problems;
    std::vector<ConsentWording> wordings;
    const auto document = parse_json(json, problems);
    if (document) {
        const JsonObject root(*document, "", problems);
        if (root.text("schema") != schema_name)
            problems.push_back({"unknown_schema", "This program reads sv-consent/1.", "schema"});
        const std::string version = root.text("version");
        const nlohmann::json* const texts = root.member("texts");
        if (texts != nullptr && texts->is_object())
            for (const auto& [language, text] : texts->items()) {
                if (text.is_object())
                    wordings.push_back(
                        read_wording(JsonObject(text, "texts." + language, problems), version, language));
                else
                    problems.push_back({"wrong_type", "A language is an object.", "texts." + language});
            }
        if (wordings.empty() && problems.empty())
            problems.push_back({"no_languages", "There is no text in any language.", "texts"});
    }
    if (!problems.empty())
        return problems.front();
    return wordings;
}

Result<std::vector<ConsentWording>> load_consent_wordings(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (const auto& file : std::filesystem::directory_iterator(folder, failed))
        if (file.path().extension() == ".json")
            files.push_back(file.path());
    if (failed)
        return Error{"no_consents", "The consent wordings cannot be read: " + failed.message(),
                     folder.string()};
    std::vector<ConsentWording> all;
    for (const auto& file : files) {
        const auto text = read_file(file);
        if (!text)
            return text.error();
        auto read = parse_consent_wordings(*text);
        if (!read) {
            Error error = read.error();
            error.where = file.filename().string() + " " + error.where;
            return error;
        }
        all.insert(all.end(), read->begin(), read->end());
    }
    std::stable_sort(all.begin(), all.end(), [](const ConsentWording& a, const ConsentWording& b) {
        return order_of(a.version) < order_of(b.version);
    });
    return all;
}

const ConsentWording* find_wording(const std::vector<ConsentWording>& wordings, std::string_view version,
                                   std::string_view language)
{
    const auto found = std::find_if(wordings.begin(), wordings.end(), [&](const ConsentWording& wording) {
        return wording.version == version && wording.language == language;
    });
    return found == wordings.end() ? nullptr : &*found;
}

const ConsentWording* newest_wording(const std::vector<ConsentWording>& wordings, std::string_view language)
{
    const auto found = std::find_if(wordings.rbegin(), wordings.rend(), [&](const ConsentWording& wording) {
        return wording.language == language;
    });
    return found == wordings.rend() ? nullptr : &*found;
}

std::string digest_of(const ConsentWording& wording)
{
    std::string text = wording.version + "\n" + wording.language + "\n" + wording.wording;
    for (const auto& [use, words] : wording.uses)
        text += "\n" + std::string(name_of(use)) + "\n" + words;
    return crypto::sha256_hex(text);
}

} // namespace tally
