#pragma once
/// Asks for files with the desktop's own dialog (zenity, in a process of its own), so that the frame
/// never waits.

#include "shared/base/result.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace tally::client::platform {

class FilePicker
{
public:
    /// Paths; empty when the person chose none. Fails with `no_picker` when zenity is not installed.
    using Answer = std::function<void(Result<std::vector<std::string>>)>;

    FilePicker() = default;
    /// Closes an open dialog and waits for it.
    ~FilePicker();
    FilePicker(const FilePicker&) = delete;
    FilePicker& operator=(const FilePicker&) = delete;

    /// `answer` is called once, on another thread. Does nothing while a dialog is open.
    void ask_for_photos(const std::string& title, Answer answer);
    void ask_for_folder(const std::string& title, Answer answer);
    void ask_for_file(const std::string& title, Answer answer);

private:
    void ask(const std::vector<std::string>& words, const std::string& title, Answer answer);

    std::thread m_thread;
    int m_child = -1;
    std::atomic<bool> m_is_open = false;
};

} // namespace tally::client::platform
