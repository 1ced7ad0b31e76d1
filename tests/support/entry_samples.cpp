// Writes realistic entries, invented by a seed: training samples for the dictionary that entries are
// compressed with, and input for benchmarks.
//
//   tally_entry_samples COUNT SEED entries FOLDER   one file for each entry's JSON, all four kinds
//   tally_entry_samples COUNT SEED hours            input for `tallybook capture` as JSON lines

#include "server/demo/demo_evidence.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"
#include "shared/protocol/entry_json.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

using namespace tally;

namespace {

const std::vector<server::DemoContract>& contracts()
{
    static const std::vector<server::DemoContract> made = {
        {"LCC-2025-014",
         "avenham-park",
         {"NT86", "NT8", "NT29", "NT85"},
         {"NT1", "NT10", "NT18", "NT31", "NT28"}},
        {"LCC-2025-031",
         "fleetwood-market",
         {"NT17", "NT29"},
         {"NT1", "NT9", "NT14", "NT18", "NT20", "NT88"}},
        {"PRE/2026/7",
         "morecambe-library",
         {"NT17", "NT15", "NT11"},
         {"NT4", "NT10a", "NT12", "NT26", "NT32"}},
    };
    return made;
}

class Samples
{
public:
    explicit Samples(std::uint64_t seed) : Samples(seed, *read_file(assets_dir() / "demo" / "words.json")) {}

    Samples(std::uint64_t seed, const std::string& vocabulary)
        : m_evidence(nlohmann::json::parse(vocabulary), seed), m_random(~seed), m_words(words_of(vocabulary))
    {
        for (const char* name : {"community-event", "public-place"})
            m_questionnaires.push_back(
                *load_questionnaire(assets_dir() / "questionnaires" / (std::string(name) + ".json"))
                     .questionnaire);
    }

    Entry hours(Date first, Date last) { return reworded(m_evidence.hours(contract(), first, last)); }

    /// Any kind, with what a device fills.
    Entry any()
    {
        Entry entry = some_kind();
        entry.id = uuid();
        entry.captured_at.ms = 1'743'000'000'000 + m_evidence.below(55'000'000'000);
        entry.utc_offset_min = m_evidence.chance(50) ? 0 : 60;
        if (m_evidence.chance(80))
            entry.clock_offset_ms = m_evidence.below(6000) - 3000;
        if (entry.kind != EvidenceKind::Feedback)
            entry.author = uuid().text();
        if (m_evidence.chance(6))
            entry.about.event = "event-" + std::to_string(m_evidence.below(40));
        if (m_evidence.chance(5)) {
            entry.action = EntryAction::Amend;
            entry.amends = uuid();
            entry.reason = "The date was wrong";
        }
        return entry;
    }

private:
    static std::vector<std::string> words_of(const std::string& text)
    {
        std::vector<std::string> found(1);
        for (const char c : text) {
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
            if (letter)
                found.back() += c;
            else if (!found.back().empty())
                found.emplace_back();
        }
        std::erase_if(found, [](const std::string& word) { return word.empty(); });
        return found;
    }

    /// As many words as before, drawn at random: a dictionary or a benchmark that knew the demo's
    /// sentences by heart would promise too much.
    void reword(std::string& text)
    {
        if (text.empty())
            return;
        const auto count = 1 + std::count(text.begin(), text.end(), ' ');
        text.clear();
        for (auto i = count; i > 0; --i)
            text += m_words.at(static_cast<std::size_t>(m_evidence.below(std::ssize(m_words)))) +
                    (i > 1 ? " " : "");
    }

    void reword(EntryBody& body)
    {
        if (auto* hours = std::get_if<HoursBody>(&body)) {
            for (std::string* text :
                 {&hours->host, &hours->activity, &hours->people.name, &hours->confirmed_by})
                reword(*text);
        } else if (auto* delivery = std::get_if<DeliveryBody>(&body)) {
            reword(delivery->description);
        } else if (auto* feedback = std::get_if<FeedbackBody>(&body)) {
            for (Answer& answer : feedback->answers) {
                if (auto* text = std::get_if<std::string>(&answer.value))
                    reword(*text);
            }
        } else if (auto* story = std::get_if<StoryBody>(&body)) {
            for (std::string* text : {&story->title, &story->what, &story->how, &story->who, &story->where,
                                      &story->changed, &story->known_by, &story->otherwise})
                reword(*text);
            for (Quote& quote : story->quotes)
                reword(quote.text);
        }
    }

    Entry reworded(Entry entry)
    {
        reword(entry.body);
        return entry;
    }

    const server::DemoContract& contract()
    {
        return contracts().at(static_cast<std::size_t>(m_evidence.below(std::ssize(contracts()))));
    }

    Uuid uuid()
    {
        Uuid made = Uuid::from_bytes(m_random.bytes(16));
        made.bytes[6] = static_cast<std::uint8_t>((made.bytes[6] & 0x0f) | 0x70);
        made.bytes[8] = static_cast<std::uint8_t>((made.bytes[8] & 0x3f) | 0x80);
        return made;
    }

    Entry some_kind()
    {
        const std::int64_t kind = m_evidence.below(100);
        if (kind < 50)
            return hours(Date{2025, 4, 1}, Date{2026, 12, 31});
        if (kind < 70) {
            const server::DemoContract& about = contract();
            const auto& measures = about.delivery_measures;
            const std::string& measure =
                measures.at(static_cast<std::size_t>(m_evidence.below(std::ssize(measures))));
            return reworded(m_evidence.delivery(about, measure, Date{2026, 1, 1}, Date{2026, 3, 31}));
        }
        if (kind < 92)
            return m_evidence.feedback(contract(),
                                       m_questionnaires.at(static_cast<std::size_t>(m_evidence.below(2))));
        return story_with_photos();
    }

    Entry story_with_photos()
    {
        Entry entry = reworded(m_evidence.story(contract()));
        for (std::int64_t i = m_evidence.below(3); i > 0; --i) {
            Attachment photo;
            photo.digest = to_hex(m_random.bytes(32));
            photo.sealed_digest = to_hex(m_random.bytes(32));
            photo.key = m_random.bytes(32);
            photo.bytes = 90'000 + m_evidence.below(700'000);
            photo.media_type = "image/jpeg";
            photo.width = 2048;
            photo.height = 1536;
            photo.caption = m_evidence.photo_caption();
            entry.attachments.push_back(std::move(photo));
        }
        return entry;
    }

    server::DemoEvidence m_evidence;
    SeededRandom m_random;
    std::vector<std::string> m_words;
    std::vector<Questionnaire> m_questionnaires;
};

int usage()
{
    std::cerr << "usage: tally_entry_samples COUNT SEED entries FOLDER\n"
                 "       tally_entry_samples COUNT SEED hours\n";
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() < 3)
        return usage();
    const long count = std::atol(words[0].c_str());
    Samples samples(std::strtoull(words[1].c_str(), nullptr, 10));
    if (words[2] == "hours") {
        // Days that have passed, so that a device accepts them today.
        const std::int64_t today = days_from_date(local_date(SystemClock().now(), 0));
        for (long i = 0; i < count; ++i)
            std::cout << server::capture_input(
                             samples.hours(date_from_days(today - 366), date_from_days(today)))
                      << '\n';
    } else if (words[2] == "entries" && words.size() == 4) {
        std::filesystem::create_directories(words[3]);
        for (long i = 0; i < count; ++i)
            std::ofstream(std::filesystem::path(words[3]) / (std::to_string(i) + ".json"), std::ios::binary)
                << protocol::write_entry(samples.any());
    } else {
        return usage();
    }
    std::cout.flush();
    return std::cout.good() ? 0 : 1;
}
