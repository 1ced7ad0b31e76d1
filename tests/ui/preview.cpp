/// Draws one screen with sample data in a real window and saves its picture, for whoever designs screens:
///     tally_ui_preview SCREEN FILE.png [--dark] [--size 800x1280] [--text 1.25] [--press NAME]... [--type
///     TEXT]
/// --id first is the newest entry; --case is one of those in sample_model.h. --press and --type happen in the
/// order given.

#include "client/platform/window.h"
#include "client/screens/screens.h"
#include "shared/base/files.h"
#include "tests/ui/sample_model.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

using namespace tally;
using namespace tally::client;

namespace {

struct Step
{
    bool is_press = false;
    std::string text;
};

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::fprintf(
            stderr,
            "usage: tally_ui_preview SCREEN FILE.png [--dark] [--size WxH] [--text SCALE] [--press NAME]\n");
        return 2;
    }
    platform::WindowSettings settings;
    settings.title = "Tallybook";
    std::vector<Step> steps;
    bool is_kiosk = false;
    bool is_fresh = false;
    std::string id;
    std::string sample_case;
    for (int index = 3; index < argc; ++index) {
        const std::string option = argv[index];
        const auto value = [&] { return std::string(index + 1 < argc ? argv[++index] : ""); };
        if (option == "--dark")
            settings.appearance = widgets::Appearance::Dark;
        else if (option == "--size")
            std::sscanf(value().c_str(), "%dx%d", &settings.width, &settings.height);
        else if (option == "--text")
            settings.text_scale = std::strtof(value().c_str(), nullptr);
        else if (option == "--press")
            steps.push_back({true, value()});
        else if (option == "--type")
            steps.push_back({false, value()});
        else if (option == "--kiosk")
            is_kiosk = true;
        else if (option == "--fresh")
            is_fresh = true;
        else if (option == "--id")
            id = value();
        else if (option == "--case")
            sample_case = value();
    }
    auto translations = widgets::Translations::load(assets_dir() / "translations" / "en.json");
    if (!translations) {
        std::fprintf(stderr, "%s\n", translations.error().message.c_str());
        return 1;
    }
    auto window = platform::Window::open(settings, std::move(*translations));
    if (!window) {
        std::fprintf(stderr, "%s\n", window.error().message.c_str());
        return 1;
    }
    screens::AppModel model = is_fresh ? test::fresh_model() : test::sample_model();
    const auto screen = screens::screen_named(argv[1]);
    if (!screen) {
        std::fprintf(stderr, "There is no screen %s.\n", argv[1]);
        return 2;
    }
    if (!sample_case.empty() && !test::apply_case(model, sample_case)) {
        std::fprintf(stderr, "There is no case %s.\n", sample_case.c_str());
        return 2;
    }
    if (id == "first")
        id = model.entries.front().id.text();
    model.route = {*screen, id};
    model.settings.appearance = settings.appearance;
    model.device.is_kiosk = is_kiosk;
    if (is_kiosk) {
        model.settings.feedback_place = "place/harris";
        model.settings.feedback_questionnaire = "public-place";
    }
    if (*screen == screens::ScreenName::SignIn)
        test::open_sample_sheet(model);
    screens::Screens all;
    screens::CommandQueue commands;
    std::size_t step = 0;
    int frame = 0;
    bool is_asked = false;
    int status = 0;
    platform::Window& shown = **window;
    shown.run([&] {
        all.draw(model, commands);
        for (const screens::Command& command : commands.take()) {
            if (const auto* go = std::get_if<screens::Go>(&command))
                model.route = go->route;
            if (const auto* sync = std::get_if<screens::ShowSync>(&command))
                model.sync.is_shown = sync->yes;
        }
        if (is_asked)
            return;
        shown.redraw();
        if (++frame % 4 != 0)
            return;
        if (step < steps.size()) {
            const Step& next = steps[step++];
            if (!next.is_press) {
                shown.post([&] { shown.ui().type(next.text); });
                return;
            }
            for (const auto& node : shown.ui().tree().nodes())
                if (node.name == next.text && node.id != 0) {
                    shown.post([&shown, pressed = node.id] {
                        shown.ui().focus(pressed);
                        shown.ui().activate(pressed);
                    });
                    return;
                }
            std::fprintf(stderr, "Nothing is called %s:\n%s", next.text.c_str(),
                         shown.ui().tree().text().c_str());
            return;
        }
        is_asked = true;
        shown.save_screenshot(argv[2], [&](const Result<void>& result) {
            if (!result) {
                std::fprintf(stderr, "%s\n", result.error().message.c_str());
                status = 1;
            }
            shown.close();
        });
    });
    return status;
}
