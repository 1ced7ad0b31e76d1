#pragma once
/// Requests and responses as handlers see them. Nothing here knows which HTTP library carries them.

#include "shared/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::server {

struct Visitor; // who is signed in: server/accounts/visitor.h

enum class Method
{
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Options
};

[[nodiscard]] std::string_view name_of(Method method);

/// Names and values in the order they came.
class Fields
{
public:
    void add(std::string name, std::string value) { m_items.emplace_back(std::move(name), std::move(value)); }
    /// The first value, or nothing. Names are compared exactly.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    /// The first value, or an empty text.
    [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(""); }
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& items() const { return m_items; }

private:
    std::vector<std::pair<std::string, std::string>> m_items;
};

/// As Fields; names are compared without regard to case.
class Headers
{
public:
    void add(std::string name, std::string value) { m_items.emplace_back(std::move(name), std::move(value)); }
    /// Replaces every earlier value of that name.
    void set(std::string_view name, std::string value);
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(""); }
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& items() const { return m_items; }

private:
    std::vector<std::pair<std::string, std::string>> m_items;
};

/// A request's body that is read as it arrives. Only a route with Body::Streamed gets one.
class BodyStream
{
public:
    virtual ~BodyStream() = default;
    /// Gives the body to `sink` part by part until its end, or until `sink` gives false. Fails with
    /// `body_too_large`, `body_incomplete` (the connection broke or was too slow) or `body_refused` (the
    /// sink stopped it); what came before the failure has been given to the sink.
    [[nodiscard]] virtual Result<void> read(const std::function<bool(std::string_view part)>& sink) = 0;
    /// Content-Length, when the client gave one.
    [[nodiscard]] virtual std::optional<std::uint64_t> length() const = 0;
    /// Nothing is left to read, or there was nothing from the start.
    [[nodiscard]] virtual bool is_finished() const = 0;
};

struct Request
{
    Method method = Method::Get; ///< HEAD is routed as Get
    bool is_head = false;        ///< the method was HEAD: the body of the answer is not sent
    std::string target; ///< path and query exactly as they stood in the request line (signatures cover this)
    std::string path;   ///< percent-decoded, without the query
    Fields query;
    Fields params; ///< what the route's {names} matched
    Headers headers;
    std::string body;             ///< empty for a streamed route
    Fields form;                  ///< of an application/x-www-form-urlencoded body, or of an upload; the
                                  ///< name of an uploaded file stands under its field's name and ".name"
    BodyStream* stream = nullptr; ///< set for a streamed route, valid while the handler runs
    std::string address;          ///< of the peer, without port
    bool encrypted = false;       ///< came over TLS

    // Filled by the guard before the handler runs.
    std::shared_ptr<const Visitor> visitor; ///< for a person with a session
    std::string device_id;                  ///< for a device that signed its request

    [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const;
    /// Whether this is the browser of a person, who is answered with pages, and not a program.
    [[nodiscard]] bool wants_html() const;
};

struct Response
{
    int status = 200;
    std::string content_type; ///< empty: no content
    std::string body;
    Headers headers;

    Response& with(std::string_view name, std::string value) &;
    Response&& with(std::string_view name, std::string value) &&;
};

[[nodiscard]] Response html_page(std::string body, int status = 200);
[[nodiscard]] Response json_document(std::string body, int status = 200);
[[nodiscard]] Response plain_text(std::string body, int status = 200);
[[nodiscard]] Response no_content(int status = 204);
/// 303 See Other: the browser gets `location` next, whatever the method was.
[[nodiscard]] Response redirect_to(std::string location);

/// Percent-decoding. With Plus::IsSpace a + is a space, as in forms. Fails with `bad_encoding`.
enum class Plus
{
    IsPlus,
    IsSpace
};
[[nodiscard]] Result<std::string> percent_decoded(std::string_view text, Plus plus);
/// Percent-encodes everything but unreserved characters.
[[nodiscard]] std::string percent_encoded(std::string_view text);
/// "a=1&b=2". At most 200 fields. Fails with `bad_encoding` or `too_many_fields`; values are UTF-8.
[[nodiscard]] Result<Fields> parse_form(std::string_view text);
/// Splits a request target into decoded path and query of `request`. Fails with `bad_target`.
[[nodiscard]] Result<void> read_target(std::string_view target, Request& request);

} // namespace tally::server
