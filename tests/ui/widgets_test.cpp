#include "client/widgets/fields.h"
#include "client/widgets/text_editor.h"
#include "client/widgets/translations.h"
#include "shared/base/files.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <set>

using namespace tally;
using namespace tally::client::widgets;

TEST_CASE("times of day are understood as people type them")
{
    CHECK(read_time("9") == 540);
    CHECK(read_time("930") == 570);
    CHECK(read_time("0930") == 570);
    CHECK(read_time("9:30") == 570);
    CHECK(read_time("9.30") == 570);
    CHECK(read_time(" 21:05 ") == 1265);
    CHECK(read_time("00:00") == 0);
    for (const char* wrong : {"", "25", "24:00", "9:60", "9:5", "abc", "12345", "-1", "9:30pm"}) {
        CAPTURE(wrong);
        CHECK_FALSE(read_time(wrong).has_value());
    }
}

TEST_CASE("durations are whole minutes, however they are written")
{
    CHECK(read_duration("3") == 180);
    CHECK(read_duration("3:30") == 210);
    CHECK(read_duration("3h30") == 210);
    CHECK(read_duration("3.5") == 210);
    CHECK(read_duration("0.25") == 15);
    CHECK(read_duration(":45") == 45);
    for (const char* wrong : {"", "x", "3:75", "0.33", "99", "1.2.3"}) {
        CAPTURE(wrong);
        CHECK_FALSE(read_duration(wrong).has_value());
    }
}

TEST_CASE("editing keeps to whole letters")
{
    TextEditor editor;
    std::string text;
    CHECK(editor.insert(text, "Ll\u0177n", 100));
    editor.left(text, Selecting::No);
    CHECK(editor.erase_left(text));
    CHECK(text == "Lln");
    CHECK(editor.undo(text));
    CHECK(text == "Ll\u0177n");
    editor.select_all(text);
    CHECK(editor.selected(text) == text);
    CHECK(editor.insert(text, "x", 100));
    CHECK(text == "x");
    CHECK(editor.undo(text));
    CHECK(editor.redo(text));
    CHECK(text == "x");
}

TEST_CASE("a field takes no more letters than it may hold")
{
    TextEditor editor;
    std::string text;
    CHECK(editor.insert(text, "\u00e9\u00e9\u00e9\u00e9", 3));
    CHECK(text == "\u00e9\u00e9\u00e9");
    CHECK_FALSE(editor.insert(text, "a", 3));
    editor.select_all(text);
    CHECK(editor.insert(text, "abcd", 3));
    CHECK(text == "abc");
}

TEST_CASE("every text that the client asks for is in the catalogue, and every text there is asked for")
{
    const auto translations = Translations::load(assets_dir() / "translations" / "en.json");
    REQUIRE(translations.ok());
    const std::regex key(R"re("([a-z_]+\.[a-z0-9_]+)")re");
    const auto catalogue = read_file(assets_dir() / "translations" / "en.json");
    REQUIRE(catalogue.ok());
    std::set<std::string> known;
    for (std::sregex_iterator found(catalogue->begin(), catalogue->end(), key), end; found != end; ++found)
        known.insert((*found)[1]);

    // Names of other things with a full stop: places in an entry, files, settings.
    const std::set<std::string> other_families = {"about", "body", "window", "en", "nmcli"};
    std::set<std::string> asked;
    for (const char* folder : {"client/screens", "client/widgets", "client/app"})
        for (const auto& file :
             std::filesystem::directory_iterator(std::filesystem::path(TALLY_SOURCE_DIR) / folder)) {
            const auto source = read_file(file.path());
            REQUIRE(source.ok());
            for (std::sregex_iterator found(source->begin(), source->end(), key), end; found != end; ++found)
                asked.insert((*found)[1]);
        }
    for (const std::string& name : asked) {
        const std::string family = name.substr(0, name.find('.'));
        if (other_families.contains(family) || name == "sync.metered" || name == "sync.metered_photos" ||
            name == "sync.save_battery")
            continue;
        CAPTURE(name);
        CHECK(translations->has(name));
    }
    for (const std::string& name : known) {
        CAPTURE(name);
        CHECK(asked.contains(name));
    }
}
