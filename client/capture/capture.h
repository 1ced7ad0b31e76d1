#pragma once
/// From what somebody typed to a sealed entry. Fills what the device knows (id, time, author), checks
/// every rule, encrypts the pictures and saves. Never touches the network.

#include "client/capture/photo.h"
#include "client/store/store.h"
#include "client/store/vault.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/base/uuid.h"
#include "shared/framework/questionnaire.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally::client {

struct CaptureRequest
{
    /// The caller fills action, kind, amends, reason, language, about and body. `attachments` is for
    /// those that an amendment keeps from the entry that it replaces.
    Entry entry;
    std::vector<Picture> pictures;
    /// Drafts that end with this entry, in the same transaction.
    std::vector<DraftName> drafts_done;
    /// A put-aside entry that this one says right. Then action and amends need not be filled, and the reason
    /// only when that one was an amendment.
    std::optional<Uuid> puts_right;
};

class Capture
{
public:
    /// All must outlive it. Same thread as the store.
    Capture(Store& store, Vault& vault, const Clock& clock, Random& random)
        : m_store(store), m_vault(vault), m_clock(clock), m_random(random), m_ids(clock, random)
    {
    }

    /// Everything that is wrong with it, in the order of its fields: the words to show beside the form.
    [[nodiscard]] std::vector<Error> check(const CaptureRequest& request);

    /// The new entry's id, once it is on the disk. Fails with `not_enrolled`, the first thing that
    /// check() finds, or as Store::save does.
    [[nodiscard]] Result<Uuid> save(const CaptureRequest& request);
    /// All in one transaction, or none. `where` of a failure begins with the request's number.
    [[nodiscard]] Result<std::vector<Uuid>> save_all(std::span<const CaptureRequest> requests);

    /// Entries for `tallybook capture`: one JSON document, or one on each line.
    struct BulkResult
    {
        std::vector<Uuid> saved;
        std::vector<Error> problems; ///< `where` begins with "line N"; when there are any, nothing was saved
    };
    /// Checks everything before it saves anything, then saves in transactions of at most 1000.
    /// `pictures` belong to a single document alone.
    [[nodiscard]] BulkResult save_text(std::string_view text, std::vector<Picture> pictures);

private:
    /// What the device knows: id, time, author.
    void fill(Entry& entry, const Identity& identity);
    [[nodiscard]] NewEntry seal_pictures(const CaptureRequest& request, const Identity& identity);
    /// Makes the entry what the put-aside one should have been. Gives what it stands in for.
    [[nodiscard]] Result<std::vector<Uuid>> correct(Entry& entry, const std::optional<Uuid>& puts_right);
    [[nodiscard]] std::vector<Error> problems_of(const Entry& entry);
    /// None when the device has not been told of that questionnaire.
    [[nodiscard]] const Questionnaire* find_questionnaire(const FeedbackBody& feedback);

    Store& m_store;
    Vault& m_vault;
    const Clock& m_clock;
    Random& m_random;
    UuidSource m_ids;
    std::map<std::string, std::optional<Questionnaire>> m_questionnaires; ///< by id@version
};

/// JSON Schema (2020-12) of what `tallybook capture` reads for a kind.
[[nodiscard]] std::string_view input_schema(EvidenceKind kind);

} // namespace tally::client
