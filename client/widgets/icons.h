#pragma once
/// Icons as vector paths on a 24-unit grid, so that they are sharp at any size and need no files.

#include <imgui.h>

namespace tally::client::widgets {

enum class Icon
{
    None,
    Back,
    Left,
    Forward,
    Down,
    Up,
    Check,
    Cross,
    Plus,
    Minus,
    Clock,
    People,
    Person,
    Pen,
    Speech,
    Camera,
    Search,
    Settings,
    Sync,
    Offline,
    Warning,
    Question,
    Info,
    Calendar,
    Place,
    Box,
    List,
    Lock,
    Undo,
    Trash,
    Link,
    Home,
    Ledger,
    Sun,
    Signature,
    Flag,
    Heart,
    Copies, ///< the same thing twice
    Fork,   ///< one line becomes two
    Stick,  ///< for USB
};

/// `size_px` is the side of the square whose top left is `at`.
void draw_icon(Icon icon, ImVec2 at, float size_px, ImU32 colour);

/// A face from 0 (very sad) to 4 (very happy) within the square.
void draw_smiley(int mood, ImVec2 at, float size_px, ImU32 line, ImU32 fill);

/// The mark of the program: a tally of five.
void draw_mark(ImVec2 at, float size_px, ImU32 colour);

} // namespace tally::client::widgets
