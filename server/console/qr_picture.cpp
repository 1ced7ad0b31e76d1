#include "server/console/qr_picture.h"

#include <qrencode.h>

#include <memory>

namespace tally::server::console {
namespace {

constexpr int quiet_zone = 4;

} // namespace

std::string qr_svg(const std::string& text, std::string_view label)
{
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
    if (code == nullptr)
        return "";
    const int width = code->width;
    const std::string side = std::to_string(width + 2 * quiet_zone);
    std::string svg = "<svg viewBox=\"0 0 " + side + " " + side + "\" role=\"img\" aria-label=\"" +
                      std::string(label) + "\" shape-rendering=\"crispEdges\"><rect width=\"" + side +
                      "\" height=\"" + side + "\" fill=\"#ffffff\"/><path fill=\"#000000\" d=\"";
    for (int y = 0; y < width; ++y)
        for (int x = 0; x < width; ++x)
            if ((code->data[y * width + x] & 1) != 0)
                svg +=
                    "M" + std::to_string(x + quiet_zone) + " " + std::to_string(y + quiet_zone) + "h1v1h-1z";
    return svg + "\"/></svg>";
}

} // namespace tally::server::console
