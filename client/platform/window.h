#pragma once
/// The window: input, drawing, and a loop that sleeps while nothing happens. All of it belongs to the
/// thread that opened it, except post().

#include "client/platform/file_picker.h"
#include "client/widgets/context.h"
#include "client/widgets/pictures.h"
#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tally::client::platform {

struct WindowSettings
{
    std::string title;
    int width = 1280;
    int height = 800;
    bool full_screen = false;
    float text_scale = 1; ///< the person's setting, on top of the screen's own
    widgets::Appearance appearance = widgets::Appearance::Light;
};

class Window
{
public:
    /// Fails with `no_display`, `no_renderer` or `fonts_missing`.
    [[nodiscard]] static Result<std::unique_ptr<Window>> open(const WindowSettings& settings,
                                                              widgets::Translations translations);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    /// Draws a frame whenever there is a reason to, until close() or until the person closes it.
    void run(const std::function<void()>& draw_frame);
    /// Draws one frame now, also after the window was closed by the person.
    void draw_once(const std::function<void()>& draw_frame);
    void close();
    /// Called when the person closes the window, before run() returns.
    void on_close(std::function<void()> action);

    /// Runs `task` on the window's thread before the next frame. From any thread.
    void post(std::function<void()> task);
    /// Draws again soon although nothing happened.
    void redraw();

    [[nodiscard]] widgets::Context& ui();
    void set_text_scale(float scale);
    [[nodiscard]] FilePicker& file_picker();

    /// Null handle when there is no memory for it.
    [[nodiscard]] widgets::Texture make_texture(const std::vector<std::uint8_t>& rgba, int width, int height);
    void drop_texture(const widgets::Texture& texture);

    /// Writes the next frame that is drawn as PNG, then calls `done`.
    void save_screenshot(std::filesystem::path file, std::function<void(Result<void>)> done);
    /// Frames drawn so far, to show that an idle window draws none.
    [[nodiscard]] std::int64_t frame_count() const;

private:
    struct Parts;
    explicit Window(std::unique_ptr<Parts> parts);

    void draw(const std::function<void()>& draw_frame);
    bool handle_events(double wait_s);
    void load_fonts_again();

    std::unique_ptr<Parts> m_parts;
};

} // namespace tally::client::platform
