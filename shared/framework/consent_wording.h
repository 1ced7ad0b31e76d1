#pragma once
/// The words that people read before they agree that their story is used, in versions that never change.
/// Files in assets/consents.

#include "shared/base/result.h"
#include "shared/domain/evidence.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// One version in one language.
struct ConsentWording
{
    std::string version;
    std::string language;
    std::string wording;                    ///< the sentence that is read
    std::map<ConsentUse, std::string> uses; ///< what is ticked, each use once

    bool operator==(const ConsentWording&) const = default;
};

/// Every language of a file. Fails with the first thing that is wrong in it.
[[nodiscard]] Result<std::vector<ConsentWording>> parse_consent_wordings(std::string_view json);
/// Of all files in a folder, oldest version first.
[[nodiscard]] Result<std::vector<ConsentWording>> load_consent_wordings(const std::filesystem::path& folder);

/// nullptr when there is none.
[[nodiscard]] const ConsentWording* find_wording(const std::vector<ConsentWording>& wordings,
                                                 std::string_view version, std::string_view language);
/// The newest in a language; nullptr when there is none.
[[nodiscard]] const ConsentWording* newest_wording(const std::vector<ConsentWording>& wordings,
                                                   std::string_view language);

/// Lower-case hex SHA-256 of version, language, wording and each use with its word, joined by line breaks:
/// what to compare when somebody asks which words exactly were read.
[[nodiscard]] std::string digest_of(const ConsentWording& wording);

} // namespace tally
