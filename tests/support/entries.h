#pragma once
/// Sample entries and a device without a store, for tests of formats, ingest and ledger. A test states
/// only what matters to it.

#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/domain/evidence.h"
#include "shared/protocol/batch.h"
#include "shared/protocol/entry_json.h"
#include "shared/protocol/sealed_record.h"

#include <string>
#include <utility>

namespace tally::test {

inline constexpr Timestamp sample_moment{1'772'443'800'000}; // 2026-03-02 09:30 UTC

inline Entry sample_entry(EntryBody body, std::string measure)
{
    Entry entry;
    entry.kind = kind_of(body, EvidenceKind::Hours);
    entry.captured_at = sample_moment;
    entry.author = "p-0007";
    entry.language = "en";
    entry.about.contract = "LCC-1";
    entry.about.measure = std::move(measure);
    entry.body = std::move(body);
    return entry;
}

/// 3.5 hours of supplier's staff time.
inline HoursBody sample_hours_body()
{
    HoursBody body;
    body.host = "Friends of Brierley Park";
    body.activity = "Planting trees";
    body.date = {2026, 3, 2};
    body.start_min = 9 * 60;
    body.end_min = 12 * 60 + 30;
    body.people.name = "Jo Marsden";
    return body;
}

inline Entry sample_hours_entry()
{
    return sample_entry(sample_hours_body(), "NT86");
}

inline Entry sample_delivery_entry(std::string measure, std::string_view quantity)
{
    DeliveryBody body;
    body.quantity = parse_quantity(quantity).value();
    body.period_start = {2026, 1, 1};
    body.period_end = {2026, 3, 1};
    body.description = "As the invoices show";
    return sample_entry(body, std::move(measure));
}

inline Entry sample_feedback_entry()
{
    FeedbackBody body;
    body.questionnaire = "library-visit";
    body.language = "ur";
    body.answers = {{"overall", std::int64_t{4}},
                    {"again", true},
                    {"used", std::vector<std::string>{"books", "computers"}},
                    {"words", std::string("Warm \"welcome\"\nand \xd8\xb4\xda\xa9\xd8\xb1\xdb\x8c\xdb\x81")}};
    body.about_you.age_band = "25_44";
    Entry entry = sample_entry(body, "");
    entry.about.place = "central-library";
    return entry;
}

inline Entry sample_story_entry()
{
    StoryBody body;
    body.title = "A garden that feeds a kitchen";
    body.what = "Twelve of us turned the yard into a kitchen garden.";
    body.changed = "The lunch club picks its own vegetables.";
    body.quotes = {{"I had never planted anything.", "a parent"}};
    body.consents = {{"Sam Okoro",
                      {ConsentUse::Report, ConsentUse::Website},
                      "2026-1",
                      "en",
                      std::string(64, 'a'),
                      "7H2K-Q9XM",
                      true}};
    body.organisation_permission = OrganisationPermission{"St Anne's", "The head teacher"};
    Entry entry = sample_entry(body, "");
    entry.attachments = {{std::string(64, 'a'), std::string(64, 'b'), std::string(32, 'k'), 1234, "image/png",
                          400, 120, "Signature"}};
    return entry;
}

/// Seals entries and signs batches as a device does, with keys and numbers of its own.
class SampleDevice
{
public:
    SampleDevice(Random& random, const Clock& clock, std::string_view server_sealing_key)
        : signing(crypto::signing_key_from_seed(random.bytes(32))),
          data_key(protocol::make_data_key(random, server_sealing_key)), m_ids(clock, random), m_clock(clock)
    {
    }

    /// Gives the entry an id and seals it as the next of the chain.
    std::string seal(Entry& entry)
    {
        entry.id = m_ids.next();
        std::string record =
            protocol::seal_record(protocol::write_entry(entry), entry.id, id, next_link, data_key);
        ++next_link.seq;
        next_link.previous = protocol::record_digest(record);
        return record;
    }

    std::string batch(const std::vector<std::string>& records) const
    {
        protocol::BatchWriter writer(id, m_clock.now());
        writer.add_key(data_key.id, data_key.sealed);
        for (const auto& record : records)
            writer.add_record(record);
        return writer.finish(signing);
    }

    Uuid id;
    crypto::SigningKey signing;
    protocol::DataKey data_key;
    protocol::ChainLink next_link{1, std::string(32, '\0')};

private:
    UuidSource m_ids;
    const Clock& m_clock;
};

} // namespace tally::test
