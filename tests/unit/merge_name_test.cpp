#include "server/merge/person_name.h"
#include "server/merge/spelling.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <utility>

using namespace tally::server;

namespace {

NameLikeness likeness(const char* a, const char* b)
{
    const auto one = parse_person_name(a);
    const auto other = parse_person_name(b);
    const NameLikeness found = compare_names(one, other);
    CHECK(compare_names(other, one).per_mille == found.per_mille);
    return found;
}

using Pairs = std::initializer_list<std::pair<const char*, const char*>>;

} // namespace

TEST_CASE("each way of writing a name is known for what it is")
{
    CHECK(likeness("Łukasz Nowak", "NOWAK, Lukasz").match == NameMatch::Same);
    CHECK(likeness("Dr. Robert Hall", "Bob Hall").match == NameMatch::Form);
    CHECK(likeness("Piotr Zieliński", "Peter Zielinski").match == NameMatch::Form);
    CHECK(likeness("John Openhsaw", "John Openshaw").match == NameMatch::Slip);
    CHECK(likeness("জাকির হোসেন", "Zakir Hossain").match == NameMatch::Script);
    CHECK(likeness("B. Hall", "Bob Hall").match == NameMatch::Initial);
    CHECK(likeness("R. Hall", "Bob Hall").match == NameMatch::Initial);
    CHECK(likeness("Anna Maria Sikora", "Anna Sikora").match == NameMatch::Extra);
    CHECK(likeness("Nur Jahan", "Nurjahan").match == NameMatch::SingleWord);
    CHECK(likeness("Anna Sikora", "Adam Sikora").match == NameMatch::None);
    CHECK(likeness("", "Anna Sikora").match == NameMatch::None);
    CHECK(likeness("- . -", "...").match == NameMatch::None);
}

TEST_CASE("names put together, taken apart and read from other scripts are one")
{
    for (const auto& [a, b] : Pairs{{"Rita D'Costa", "Rita D Costa"},
                                    {"Rita Da Costa", "Rita DaCosta"},
                                    {"Asaduzzaman Noor", "Asad uz Zaman Noor"},
                                    {"Nizam Uddin Dar", "Nizamuddin Dar"},
                                    {"Habib-ur-Rehman Khan", "Habibur Rahman Khan"},
                                    {"عبدالرحمن الشامي", "Abdul Rahman Al Shami"},
                                    {"عبد الله النجار", "Abdullah Al-Najjar"},
                                    {"نور الدين صالح", "Nour Eddine Saleh"},
                                    {"ریحانہ کوثر", "Rehana Kausar"},
                                    {"رضوان صدیقی", "Rizwan Siddiqui"},
                                    {"ইয়াসমিন আক্তার", "Yasmin Akter"},
                                    {"মোঃ আলমগীর হোসেন", "Md Alamgir Hossain"},
                                    {"ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "Gurpreet Singh"},
                                    {"ગીતા પટેલ", "Gita Patel"},
                                    {"曾国强", "Guoqiang Zeng"},
                                    {"Наталья Кузнецова", "Natalia Kuznetsova"},
                                    {"Rameshbhai Chauhan", "Ramesh Chauhan"},
                                    {"Crina Mîndru", "Crina Mandru"},
                                    {"Wiesława Czarnecka", "Wieslawa Czarnecki"},
                                    {"Wissam Obeid", "Wisam Ubaid"},
                                    {"C. J. Ashton", "Christopher John Ashton"},
                                    {"Robert (Bob) Tickle", "Robert Tickle"}}) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(likeness(a, b).per_mille >= 600);
    }
}

TEST_CASE("particles, clans, articles and notes beside a name do not make it another")
{
    for (const auto& [a, b] : Pairs{{"Pieter van der Merwe", "Pieter Vandermerwe"},
                                    {"Iain MacIntosh", "Iain McIntosh"},
                                    {"J P Wadsworth", "JP Wadsworth"},
                                    {"Olga Kelsall (team leader)", "Olga Kelsall"},
                                    {"Samir El-Masry", "Samir Elmasry"},
                                    {"Huda Abdel Latif", "Huda Abdullatif"},
                                    {"Qurat ul Ain Jatoi", "Quratulain Jatoi"},
                                    {"Piotr Rąbkowski", "Piotr Rombkowski"},
                                    {"Edyta Kędzior", "Edyta Kedzior"},
                                    {"Geoff Lomas", "Geoffrye Lomas"},
                                    {"Hadia Methra", "Hadia Mesra"},
                                    {"Jakira Lomas", "Zakira Lomas"},
                                    {"আব্দুর রহিম", "Abdur Rahim"}}) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(likeness(a, b).per_mille >= 650);
    }
}

TEST_CASE("Chinese characters are read as Mandarin and as Hong Kong says them")
{
    CHECK(likeness("陳志明", "Chan Chi Ming").per_mille >= 900);
    CHECK(likeness("陳志明", "Chen Zhiming").per_mille >= 900);
    CHECK(likeness("诸葛明亮", "Zhuge Mingliang").per_mille >= 900);
    CHECK(likeness("陳志明", "Chan Chi Keung").per_mille == 0);
}

TEST_CASE("names that only look alike are two")
{
    for (const auto& [a, b] : Pairs{{"Li Wei", "Li Wei Ming"},
                                    {"Salma Lomas", "Salima Lomas"},
                                    {"Simon Kelsall", "Simone Kelsall"},
                                    {"Van Lomas", "Der Lomas"},
                                    {"Wang Xiao", "Wang Xiao Hong"},
                                    {"Shahriar Dastgir", "Shahriara Dastgir"},
                                    {"John Smith Jr", "John Smith Sr"},
                                    {"John A. Smith", "John B. Smith"},
                                    {"Tom Roberts", "Tom Robertson"},
                                    {"George Balan", "Georgeta Balan"},
                                    {"Volunteer 1", "Volunteer 2"},
                                    {"حسن شاہ", "Hussain Shah"},
                                    {"Amna Shah", "Amina Shah"},
                                    {"Darek Wilk", "Jarek Wilk"},
                                    {"Harriet Lunt", "Harry Lunt"}}) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(likeness(a, b).per_mille == 0);
    }
}

TEST_CASE("two spellings of a name have one identity, two names have two")
{
    const auto identity = [](const char* name) { return parse_person_name(name).identity(); };
    CHECK(identity("Robert Hall") == identity("Hall, Bob"));
    CHECK(identity("Md Rahim Uddin Miah") == identity("Rahim Miah"));
    CHECK(identity("Robert Hall") != identity("Roberta Hall"));
    CHECK(identity("Robert Hall Jr") != identity("Robert Hall"));
    CHECK(identity("Robert").empty());
}

TEST_CASE("the measures agree with published examples")
{
    // Winkler 1990: MARTHA / MARHTA 0.961, DWAYNE / DUANE 0.840, DIXON / DICKSONX 0.813.
    CHECK(jaro_winkler_per_mille("martha", "marhta") == doctest::Approx(961).epsilon(0.002));
    CHECK(jaro_winkler_per_mille("dwayne", "duane") == doctest::Approx(840).epsilon(0.002));
    CHECK(jaro_winkler_per_mille("dixon", "dicksonx") == doctest::Approx(813).epsilon(0.002));
    CHECK(slips_between("khan", "kahn") == 1);
    CHECK(slips_between("nowak", "nowaczyk") == 3);
    CHECK(slips_between("", "abc") == 3);
}

TEST_CASE("a slip is one letter where people slip, and no other name")
{
    CHECK(is_slip("hesketh", "heskeht", SlipDoubt::NeitherIsKnown));
    CHECK(is_slip("wolstencroft", "wolstencrft", SlipDoubt::NeitherIsKnown));
    CHECK(is_slip("kowalczyk", "kowalcyk", SlipDoubt::OneIsKnown));
    CHECK_FALSE(is_slip("shahriar", "shahriara", SlipDoubt::NeitherIsKnown));
    CHECK_FALSE(is_slip("mario", "maria", SlipDoubt::OneIsKnown));
    CHECK_FALSE(is_slip("nadila", "ladina", SlipDoubt::NeitherIsKnown));
    CHECK_FALSE(is_slip("wen", "wei", SlipDoubt::OneIsKnown));
}

TEST_CASE("names of any bytes are read without harm")
{
    for (const std::string& name :
         {std::string("\xff\xfe\x80"), std::string(5'000, 'a'), std::string("\xd9"),
          std::string("a b c d e f g h i j k l m n o p"), std::string("\0\0x y", 5)}) {
        const auto parsed = parse_person_name(name);
        CHECK(parsed.words.size() <= 8);
        (void)compare_names(parsed, parse_person_name("Anna Maria Nowak Sikora"));
        (void)compare_names(parsed, parsed);
    }
}
