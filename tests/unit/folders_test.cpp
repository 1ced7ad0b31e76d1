#include "shared/base/folders.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace tally;
namespace fs = std::filesystem;

TEST_CASE("a folder is made with those above it, and one that is there already is no failure")
{
    const test::TemporaryFolder folder;
    const fs::path deep = folder.path() / "photos" / "5a" / "small";
    REQUIRE(make_folder_durably(deep).ok());
    CHECK(fs::is_directory(deep));
    std::ofstream(deep / "file") << "kept";
    CHECK(make_folder_durably(deep.string() + "/").ok());
    CHECK(make_folder_durably(deep / ".." / "small").ok());
    CHECK(fs::file_size(deep / "file") == 4);
    CHECK(make_folder_durably("/").ok());
}

TEST_CASE("a folder cannot stand where a file is")
{
    const test::TemporaryFolder folder;
    std::ofstream(folder.path() / "photos") << "a file";
    const auto inside = make_folder_durably(folder.path() / "photos" / "5a");
    REQUIRE_FALSE(inside.ok());
    CHECK(inside.error().code == "folder_unwritable");
    const auto same = make_folder_durably(folder.path() / "photos");
    REQUIRE_FALSE(same.ok());
    CHECK(same.error().code == "folder_unwritable");
}
