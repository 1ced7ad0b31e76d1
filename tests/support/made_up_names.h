#pragma once
/// Names of people who do not exist, as unlike each other as those of a town are: for benchmarks.

#include "shared/base/random.h"

#include <array>
#include <string>

namespace tally::test {

/// One of 96 given names, the common ones more often, and one of some 90,000 surnames.
inline std::string made_up_name(Random& random)
{
    constexpr std::array given = {
        "Ayesha",   "Thomas",    "Grace",   "Piotr",    "Nadia",   "Samuel", "Li Na",    "Olivia",
        "Imran",    "Hannah",    "Marek",   "Fatima",   "George",  "Ioana",  "Rahul",    "Charlotte",
        "Yusuf",    "Emily",     "Agata",   "Daniel",   "Zainab",  "Harry",  "Elena",    "Bilal",
        "Lucy",     "Krzysztof", "Amina",   "Jack",     "Sofia",   "Hassan", "Megan",    "Andrei",
        "Priya",    "Oscar",     "Beata",   "Omar",     "Isla",    "Victor", "Shabnam",  "Ruth",
        "Wei",      "Dominik",   "Khadija", "Edward",   "Monica",  "Tariq",  "Phoebe",   "Stefan",
        "Rukhsana", "Alfie",     "Mirela",  "Farhan",   "Janet",   "Lukasz", "Sumaiya",  "Peter",
        "Gabriela", "Anil",      "Heather", "Zbigniew", "Nasreen", "Rory",   "Cristina", "Jamal",
        "Frances",  "Tadeusz",   "Mehwish", "Keith",    "Bogdan",  "Asma",   "Douglas",  "Ewa",
        "Rafiq",    "Sheila",    "Mihai",   "Tahira",   "Colin",   "Kinga",  "Habib",    "Valerie",
        "Vasile",   "Sadia",     "Norman",  "Urszula",  "Qasim",   "Brenda", "Liviu",    "Uzma",
        "Desmond",  "Jolanta",   "Waqar",   "Pauline",  "Florin",  "Yasmin", "Trevor",   "Halina"};
    constexpr std::array first = {"Ash",  "Brad", "Carr",  "Dun",   "Ell",  "Fair", "Gold", "Hart",
                                  "Ing",  "Kers", "Lang",  "Mort",  "Nor",  "Old",  "Pick", "Quar",
                                  "Rams", "Stan", "Thorn", "Under", "Vick", "Whit", "Yarb", "Zeb",
                                  "Blen", "Crom", "Drax",  "Fos",   "Gled", "Holm"};
    constexpr std::array middle = {"",    "ing", "er",  "bur", "el",  "am",  "ov",  "is",  "ul",  "en",
                                   "at",  "or",  "ick", "eth", "ald", "aw",  "ens", "ush", "ibb", "ort",
                                   "unt", "elm", "arg", "ost", "irk", "enn", "app", "ord", "ulf", "esk"};
    constexpr std::array last = {"ton",   "ley",    "field", "ham",     "worth", "by",    "wick",   "shaw",
                                 "croft", "gate",   "well",  "stead",   "man",   "ford",  "smith",  "dale",
                                 "son",   "bridge", "wood",  "thwaite", "more",  "stone", "church", "bank",
                                 "law",   "house",  "way",   "moss",    "rigg",  "lund"};
    const auto one_of = [&](const auto& list) {
        return std::string(list[static_cast<std::size_t>(random.u64() % list.size())]);
    };
    // The first half of the list is met three times as often.
    const auto number = random.u64() % (given.size() * 2);
    const auto place = number < given.size() ? number / 2 : number % given.size();
    return std::string(given[static_cast<std::size_t>(place)]) + " " + one_of(first) + one_of(middle) +
           one_of(last);
}

} // namespace tally::test
