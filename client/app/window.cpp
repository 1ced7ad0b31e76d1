#include "client/app/window.h"

#include "client/app/app.h"
#include "shared/base/files.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tally::client {
namespace {

int report(const Error& error)
{
    std::fprintf(stderr, "tallybook: %s\n", error.message.c_str());
    return 1;
}

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

float text_scale_of(screens::TextSize size)
{
    return size == screens::TextSize::Largest ? 1.5F : size == screens::TextSize::Large ? 1.25F : 1;
}

/// For tests: a picture of a screen once the model is there, and then the end.
class Screenshot
{
public:
    Screenshot() : m_file(environment("TALLYBOOK_SCREENSHOT")) {}

    void after_frame(platform::Window& window, const App& app)
    {
        if (m_file.empty() || m_is_asked || app.model().is_loading || ++m_frames < 4) {
            if (!m_file.empty() && !m_is_asked)
                window.redraw();
            return;
        }
        m_is_asked = true;
        window.save_screenshot(m_file, [this, &window](const Result<void>& written) {
            if (!written)
                m_status = report(written.error());
            window.close();
        });
    }
    [[nodiscard]] int status() const { return m_status; }

private:
    std::string m_file;
    int m_frames = 0;
    bool m_is_asked = false;
    int m_status = 0;
};

} // namespace

int run_window(const std::filesystem::path& data)
{
    const std::filesystem::path folder = data.empty() ? default_data_dir("tallybook") : data;
    auto clock = clock_from_environment();
    if (!clock)
        return report(clock.error());
    auto translations = widgets::Translations::load(assets_dir() / "translations" / "en.json");
    if (!translations)
        return report(translations.error());
    auto services = Services::open(folder, **clock);
    if (!services)
        return report(services.error());

    const screens::SettingsModel settings = (*services)->settings();
    platform::WindowSettings window_settings;
    window_settings.title = "Tallybook";
    window_settings.appearance = settings.appearance;
    window_settings.text_scale = text_scale_of(settings.text_size);
    window_settings.full_screen = (*services)->is_kiosk();
    if (const std::string size = environment("TALLYBOOK_WINDOW"); !size.empty())
        std::sscanf(size.c_str(), "%dx%d", &window_settings.width, &window_settings.height);
    auto window = platform::Window::open(window_settings, std::move(*translations));
    if (!window)
        return report(window.error());

    App app(**window, std::move(*services), folder, **clock);
    if (const auto screen = screens::screen_named(environment("TALLYBOOK_SCREEN")))
        app.go_to({*screen});
    Screenshot screenshot;
    (*window)->run([&] {
        app.draw();
        screenshot.after_frame(**window, app);
    });
    if (const std::string file = environment("TALLYBOOK_LAST_PICTURE"); !file.empty()) {
        (*window)->save_screenshot(file, [](const Result<void>& written) {
            if (!written)
                report(written.error());
        });
        (*window)->draw_once([&] { app.draw(); });
        const auto described = write_file_durably(file + ".txt", (*window)->ui().tree().text());
        if (!described)
            return report(described.error());
    }
    if (!environment("TALLYBOOK_FRAMES").empty())
        std::fprintf(stderr, "frames %lld\n", static_cast<long long>((*window)->frame_count()));
    return screenshot.status();
}

} // namespace tally::client
