#include "client/platform/file_picker.h"

#include "client/platform/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace tally::client::platform {
namespace {

Error no_picker()
{
    return {
        "no_picker",
        "There is no dialog for choosing files on this machine. Install the package zenity; photos can also "
        "be dropped onto this window."};
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin)
            lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

} // namespace

FilePicker::~FilePicker()
{
    if (m_is_open && m_child > 0)
        ::kill(m_child, SIGTERM);
    if (m_thread.joinable())
        m_thread.join();
}

void FilePicker::ask_for_photos(const std::string& title, Answer answer)
{
    ask({"--multiple", "--separator=\n", "--file-filter=*.jpg *.jpeg *.png *.JPG *.JPEG *.PNG"}, title,
        std::move(answer));
}

void FilePicker::ask_for_folder(const std::string& title, Answer answer)
{
    ask({"--directory"}, title, std::move(answer));
}

void FilePicker::ask_for_file(const std::string& title, Answer answer)
{
    ask({}, title, std::move(answer));
}

void FilePicker::ask(const std::vector<std::string>& words, const std::string& title, Answer answer)
{
    if (m_is_open)
        return;
    if (m_thread.joinable())
        m_thread.join();
    std::vector<std::string> command = {"zenity", "--file-selection", "--title=" + title};
    command.insert(command.end(), words.begin(), words.end());
    const auto child = start_child(command);
    if (!child) {
        answer(no_picker());
        return;
    }
    m_child = child->process;
    m_is_open = true;
    m_thread = std::thread([this, child = *child, answer = std::move(answer)] {
        std::string chosen;
        const int status = finish_child(child, chosen);
        m_is_open = false;
        // A shell's way of saying that the program could not be started.
        if (status == 127)
            answer(no_picker());
        else
            answer(lines_of(chosen));
    });
}

} // namespace tally::client::platform
