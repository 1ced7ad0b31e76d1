#pragma once
/// A folder that is removed with everything in it at the end of a test.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace tally::test {

class TemporaryFolder
{
public:
    explicit TemporaryFolder(const std::filesystem::path& inside = std::filesystem::temp_directory_path())
    {
        std::string name = (inside / "tally-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("mkdtemp failed");
        m_path = name;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

} // namespace tally::test
