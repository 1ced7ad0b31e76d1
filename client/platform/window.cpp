#include "client/platform/window.h"

#include "client/platform/font_files.h"
#include "client/platform/png.h"
#include "client/platform/sdl_render.h"
#include "client/widgets/imgui_compat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <optional>

namespace tally::client::platform {
namespace {

using widgets::Key;

/// Frames after an event: one shows what was pressed, the next what became of it.
constexpr int settling_frames = 2;

std::optional<Key> key_of(SDL_Keycode code)
{
    switch (code) {
    case SDLK_TAB:
        return Key::Tab;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
        return Key::Enter;
    case SDLK_SPACE:
        return Key::Space;
    case SDLK_ESCAPE:
    case SDLK_AC_BACK:
        return Key::Escape;
    case SDLK_LEFT:
        return Key::Left;
    case SDLK_RIGHT:
        return Key::Right;
    case SDLK_UP:
        return Key::Up;
    case SDLK_DOWN:
        return Key::Down;
    case SDLK_HOME:
        return Key::Home;
    case SDLK_END:
        return Key::End;
    case SDLK_PAGEUP:
        return Key::PageUp;
    case SDLK_PAGEDOWN:
        return Key::PageDown;
    case SDLK_BACKSPACE:
        return Key::Backspace;
    case SDLK_DELETE:
        return Key::Delete;
    case SDLK_a:
        return Key::A;
    case SDLK_c:
        return Key::C;
    case SDLK_s:
        return Key::S;
    case SDLK_v:
        return Key::V;
    case SDLK_x:
        return Key::X;
    case SDLK_y:
        return Key::Y;
    case SDLK_z:
        return Key::Z;
    default:
        return std::nullopt;
    }
}

double seconds_now()
{
    return static_cast<double>(SDL_GetPerformanceCounter()) /
           static_cast<double>(SDL_GetPerformanceFrequency());
}

Error sdl_error(const char* code, const std::string& message)
{
    const std::string reason = SDL_GetError();
    return {code, message + (reason.empty() ? "" : " (" + reason + ")")};
}

/// The screen's own scale in steps of a quarter, so that text stays on the pixel grid.
float screen_scale(SDL_Window* window, float pixels_per_point)
{
    if (const char* named = std::getenv("TALLYBOOK_SCALE"); named != nullptr && *named != '\0')
        return std::clamp(std::strtof(named, nullptr), 0.5F, 4.0F);
    float dpi = 96;
    if (pixels_per_point > 1.1F ||
        SDL_GetDisplayDPI(std::max(0, SDL_GetWindowDisplayIndex(window)), nullptr, nullptr, &dpi) != 0)
        return std::max(1.0F, pixels_per_point);
    return std::clamp(std::round(dpi / 96 * 4) / 4, 1.0F, 3.0F);
}

} // namespace

struct Window::Parts
{
    SDL_Window* window = nullptr;
    SDL_Renderer* renderer = nullptr;
    SDL_Texture* font_texture = nullptr;
    std::array<SDL_Cursor*, 3> cursors{};
    Uint32 wake_event = 0;

    FontFiles font_files;
    float screen_scale = 1;
    float text_scale = 1;
    bool fonts_are_stale = false;
    std::optional<widgets::Context> ui;

    std::mutex mutex;
    std::vector<std::function<void()>> posted;

    FilePicker picker;
    std::function<void()> closing;
    std::filesystem::path screenshot_file;
    std::function<void(Result<void>)> screenshot_done;

    bool is_closed = false;
    bool is_touch = false;
    bool touch_ended = false;
    int frames_due = settling_frames;
    std::int64_t frames = 0;
    double last_frame_s = 0;

    ~Parts()
    {
        for (SDL_Cursor* cursor : cursors)
            SDL_FreeCursor(cursor);
        if (font_texture != nullptr)
            SDL_DestroyTexture(font_texture);
        if (ImGui::GetCurrentContext() != nullptr)
            ImGui::DestroyContext();
        if (renderer != nullptr)
            SDL_DestroyRenderer(renderer);
        if (window != nullptr)
            SDL_DestroyWindow(window);
        SDL_Quit();
    }

    [[nodiscard]] float pixels_per_point() const
    {
        int width = 1;
        int pixels = 1;
        SDL_GetWindowSize(window, &width, nullptr);
        SDL_GetRendererOutputSize(renderer, &pixels, nullptr);
        return width > 0 ? static_cast<float>(pixels) / static_cast<float>(width) : 1;
    }
};

Window::Window(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}
Window::~Window() = default;

Result<std::unique_ptr<Window>> Window::open(const WindowSettings& settings,
                                             widgets::Translations translations)
{
    const auto fonts = find_fonts();
    if (!fonts)
        return fonts.error();

    // Touches arrive as presses of a mouse; the compositor is left alone so that others keep theirs.
    SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    if (SDL_Init(SDL_INIT_VIDEO) != 0)
        return sdl_error("no_display",
                         "There is no display to open a window on. Start Tallybook from a desktop, or "
                         "use its commands: see tallybook --help.");
    auto parts = std::make_unique<Parts>();
    parts->font_files = *fonts;
    Uint32 flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI;
    if (settings.full_screen)
        flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    parts->window = SDL_CreateWindow(settings.title.c_str(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                     settings.width, settings.height, flags);
    if (parts->window == nullptr)
        return sdl_error("no_display", "The window could not be opened.");
    SDL_SetWindowMinimumSize(parts->window, 480, 480);
    parts->renderer =
        SDL_CreateRenderer(parts->window, -1, SDL_RENDERER_ACCELERATED | SDL_RENDERER_PRESENTVSYNC);
    if (parts->renderer == nullptr)
        parts->renderer = SDL_CreateRenderer(parts->window, -1, SDL_RENDERER_SOFTWARE);
    if (parts->renderer == nullptr)
        return sdl_error("no_renderer", "Nothing can draw in the window.");
    parts->wake_event = SDL_RegisterEvents(1);
    parts->cursors = {SDL_CreateSystemCursor(SDL_SYSTEM_CURSOR_ARROW),
                      SDL_CreateSystemCursor(SDL_SYSTEM_CURSOR_HAND),
                      SDL_CreateSystemCursor(SDL_SYSTEM_CURSOR_IBEAM)};

    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.MouseDragThreshold = 8;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    parts->text_scale = settings.text_scale;
    parts->screen_scale = screen_scale(parts->window, parts->pixels_per_point());
    const float scale = parts->screen_scale * parts->text_scale;
    const auto loaded = load_fonts(parts->font_files, scale);
    if (!loaded)
        return loaded.error();
    parts->font_texture = make_font_texture(*parts->renderer);
    if (parts->font_texture == nullptr)
        return sdl_error("no_renderer", "There is no memory for the letters.");
    parts->ui.emplace(*loaded, scale, settings.appearance, std::move(translations));
    parts->ui->set_clipboard({.read =
                                  [] {
                                      char* text = SDL_GetClipboardText();
                                      std::string copy = text != nullptr ? text : "";
                                      SDL_free(text);
                                      return copy;
                                  },
                              .write = [](const std::string& text) { SDL_SetClipboardText(text.c_str()); }});
    SDL_EventState(SDL_DROPFILE, SDL_ENABLE);
    return std::unique_ptr<Window>(new Window(std::move(parts)));
}

widgets::Context& Window::ui()
{
    return *m_parts->ui;
}
FilePicker& Window::file_picker()
{
    return m_parts->picker;
}
std::int64_t Window::frame_count() const
{
    return m_parts->frames;
}
void Window::close()
{
    m_parts->is_closed = true;
}
void Window::on_close(std::function<void()> action)
{
    m_parts->closing = std::move(action);
}
void Window::redraw()
{
    m_parts->frames_due = settling_frames;
}

void Window::post(std::function<void()> task)
{
    {
        const std::lock_guard lock(m_parts->mutex);
        m_parts->posted.push_back(std::move(task));
    }
    SDL_Event event{};
    event.type = m_parts->wake_event;
    SDL_PushEvent(&event);
}

void Window::set_text_scale(float scale)
{
    if (std::fabs(m_parts->text_scale - scale) < 0.01F)
        return;
    m_parts->text_scale = scale;
    m_parts->fonts_are_stale = true; // the atlas is in use until the frame is drawn
    redraw();
}

void Window::load_fonts_again()
{
    m_parts->fonts_are_stale = false;
    ImGui::GetIO().Fonts->Clear();
    const float scale = m_parts->screen_scale * m_parts->text_scale;
    const auto fonts = load_fonts(m_parts->font_files, scale);
    TALLY_ASSERT(fonts.ok());
    SDL_DestroyTexture(m_parts->font_texture);
    m_parts->font_texture = make_font_texture(*m_parts->renderer);
    m_parts->ui->set_fonts(*fonts, scale);
}

widgets::Texture Window::make_texture(const std::vector<std::uint8_t>& rgba, int width, int height)
{
    SDL_Texture* texture =
        SDL_CreateTexture(m_parts->renderer, SDL_PIXELFORMAT_RGBA32, SDL_TEXTUREACCESS_STATIC, width, height);
    if (texture == nullptr)
        return {};
    SDL_UpdateTexture(texture, nullptr, rgba.data(), width * 4);
    SDL_SetTextureScaleMode(texture, SDL_ScaleModeLinear);
    return {texture, width, height};
}

void Window::drop_texture(const widgets::Texture& texture)
{
    if (texture.handle != nullptr)
        SDL_DestroyTexture(static_cast<SDL_Texture*>(texture.handle));
}

void Window::save_screenshot(std::filesystem::path file, std::function<void(Result<void>)> done)
{
    m_parts->screenshot_file = std::move(file);
    m_parts->screenshot_done = std::move(done);
    redraw();
}

bool Window::handle_events(double wait_s)
{
    Parts& parts = *m_parts;
    widgets::Context& context = *parts.ui;
    SDL_Event event{};
    bool has_event = false;
    if (wait_s < 0)
        has_event = SDL_WaitEvent(&event) == 1;
    else if (wait_s > 0)
        has_event =
            SDL_WaitEventTimeout(&event, std::max(1, static_cast<int>(std::lround(wait_s * 1000)))) == 1;
    else
        has_event = SDL_PollEvent(&event) == 1;
    const float ratio = parts.pixels_per_point();
    bool any = false;
    // What changes the focus or presses something ends the batch, so that a fast pair of events is
    // seen in two frames and in its order.
    for (bool is_edge = false; has_event; has_event = !is_edge && SDL_PollEvent(&event) == 1) {
        any = true;
        switch (event.type) {
        case SDL_QUIT:
            parts.is_closed = true;
            if (parts.closing)
                parts.closing();
            return true;
        case SDL_MOUSEMOTION:
            parts.is_touch = event.motion.which == SDL_TOUCH_MOUSEID;
            compat::mouse_position(static_cast<float>(event.motion.x) * ratio,
                                   static_cast<float>(event.motion.y) * ratio);
            break;
        case SDL_MOUSEBUTTONDOWN:
        case SDL_MOUSEBUTTONUP:
            parts.is_touch = event.button.which == SDL_TOUCH_MOUSEID;
            compat::mouse_position(static_cast<float>(event.button.x) * ratio,
                                   static_cast<float>(event.button.y) * ratio);
            if (event.button.button == SDL_BUTTON_LEFT)
                compat::mouse_button(0, event.type == SDL_MOUSEBUTTONDOWN);
            if (event.type == SDL_MOUSEBUTTONDOWN)
                SDL_CaptureMouse(SDL_TRUE);
            else
                SDL_CaptureMouse(SDL_FALSE);
            parts.touch_ended = parts.is_touch && event.type == SDL_MOUSEBUTTONUP;
            is_edge = true;
            break;
        case SDL_MOUSEWHEEL:
            compat::mouse_wheel(event.wheel.preciseX, event.wheel.preciseY);
            break;
        case SDL_KEYDOWN:
            if (const auto key = key_of(event.key.keysym.sym)) {
                const auto modifiers = event.key.keysym.mod;
                context.press(
                    {*key, (modifiers & KMOD_SHIFT) != 0, (modifiers & (KMOD_CTRL | KMOD_GUI)) != 0});
                is_edge = *key == Key::Tab || *key == Key::Enter || *key == Key::Escape || *key == Key::Space;
            }
            break;
        case SDL_TEXTINPUT:
            context.type(event.text.text);
            break;
        case SDL_DROPFILE:
            context.drop_file(event.drop.file);
            SDL_free(event.drop.file);
            break;
        case SDL_WINDOWEVENT:
            if (event.window.event == SDL_WINDOWEVENT_LEAVE)
                compat::mouse_gone();
            if (event.window.event == SDL_WINDOWEVENT_DISPLAY_CHANGED) {
                const float scale = screen_scale(parts.window, ratio);
                if (std::fabs(scale - parts.screen_scale) > 0.01F) {
                    parts.screen_scale = scale;
                    parts.fonts_are_stale = true;
                }
            }
            break;
        case SDL_RENDER_TARGETS_RESET:
        case SDL_RENDER_DEVICE_RESET:
            parts.fonts_are_stale = true;
            break;
        default:
            break;
        }
    }
    return any;
}

void Window::draw(const std::function<void()>& draw_frame)
{
    Parts& parts = *m_parts;
    if (parts.fonts_are_stale)
        load_fonts_again();
    int width = 0;
    int height = 0;
    SDL_GetRendererOutputSize(parts.renderer, &width, &height);
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = ImVec2(static_cast<float>(width), static_cast<float>(height));
    const double now = seconds_now();
    io.DeltaTime = static_cast<float>(std::clamp(now - parts.last_frame_s, 0.001, 1.0));
    parts.last_frame_s = now;

    ImGui::NewFrame();
    parts.ui->set_touch(parts.is_touch);
    parts.ui->begin_frame(now);
    draw_frame();
    const ImGuiMouseCursor wanted = ImGui::GetMouseCursor();
    parts.ui->end_frame();
    ImGui::Render();

    const ImU32 page = parts.ui->palette().page;
    SDL_SetRenderDrawColor(parts.renderer, (page >> IM_COL32_R_SHIFT) & 255, (page >> IM_COL32_G_SHIFT) & 255,
                           (page >> IM_COL32_B_SHIFT) & 255, 255);
    SDL_RenderClear(parts.renderer);
    render(*parts.renderer, *ImGui::GetDrawData());
    if (parts.screenshot_done && parts.frames_due <= 1 && !parts.fonts_are_stale) {
        std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                         4);
        const auto done = std::exchange(parts.screenshot_done, nullptr);
        if (SDL_RenderReadPixels(parts.renderer, nullptr, SDL_PIXELFORMAT_RGBA32, pixels.data(), width * 4) !=
            0)
            done(sdl_error("no_screenshot", "The picture of the window could not be taken."));
        else
            done(write_png(parts.screenshot_file, pixels, width, height));
    }
    SDL_RenderPresent(parts.renderer);
    ++parts.frames;

    SDL_SetCursor(parts.cursors[wanted == ImGuiMouseCursor_Hand        ? 1
                                : wanted == ImGuiMouseCursor_TextInput ? 2
                                                                       : 0]);
    if (parts.ui->wants_text() != (SDL_IsTextInputActive() == SDL_TRUE))
        parts.ui->wants_text() ? SDL_StartTextInput() : SDL_StopTextInput();
    if (parts.touch_ended) {
        parts.touch_ended = false;
        compat::mouse_gone(); // a finger that was lifted points at nothing
    }
}

void Window::draw_once(const std::function<void()>& draw_frame)
{
    m_parts->frames_due = 1;
    draw(draw_frame);
}

void Window::run(const std::function<void()>& draw_frame)
{
    Parts& parts = *m_parts;
    parts.last_frame_s = seconds_now();
    double due_s = 0;
    while (!parts.is_closed) {
        double wait_s = -1;
        if (parts.frames_due > 0)
            wait_s = 0;
        else if (due_s >= 0)
            wait_s = std::max(0.0, due_s - seconds_now());
        if (handle_events(wait_s))
            parts.frames_due = settling_frames;
        if (parts.is_closed)
            break;
        std::vector<std::function<void()>> tasks;
        {
            const std::lock_guard lock(parts.mutex);
            tasks.swap(parts.posted);
        }
        for (const auto& task : tasks)
            task();
        const bool is_due = due_s >= 0 && seconds_now() >= due_s;
        if (parts.frames_due == 0 && !is_due)
            continue;
        draw(draw_frame);
        parts.frames_due = std::max(0, parts.frames_due - 1);
        const auto next = parts.ui->next_frame_in_s();
        due_s = next ? seconds_now() + *next : -1;
    }
}

} // namespace tally::client::platform
