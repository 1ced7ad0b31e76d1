#include "server/http/http_server.h"

#include "server/http/address_loads.h"
#include "server/http/chunked.h"
#include "server/http/connection.h"
#include "server/http/http_date.h"
#include "server/http/network.h"
#include "server/http/parking.h"
#include "server/http/problem.h"
#include "server/http/request_head.h"
#include "shared/base/encoding.h"

#include <httplib.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <semaphore>

namespace tally::server {
namespace {

using namespace std::chrono_literals;

constexpr int requests_per_turn = 64;
/// Answers up to this size are sent whoever else is slow: there are no more of them than connections. So much
/// of a body is held whatever others send: there are no more of them than threads.
constexpr std::size_t small_bytes = 64 * 1024;
/// Files that are open beside connections: of the database, photos, the log.
constexpr int other_files = 512;
/// So many are told that there are too many connections; more are closed without a word.
constexpr int refused_at_once_max = 64;

constexpr std::string_view content_security_policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

std::optional<Method> method_of(std::string_view name)
{
    if (name == "GET" || name == "HEAD")
        return Method::Get;
    for (const auto method : {Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options})
        if (name_of(method) == name)
            return method;
    return std::nullopt;
}

/// Where the body of a request ends; see RequestHead.
struct Framing
{
    bool has_body = false;
    std::optional<std::uint64_t> length;
};

/// The last address of X-Forwarded-For; the ones before it are hearsay. Empty when it is none.
std::string forwarded_address(const httplib::Request& http)
{
    const auto count = http.get_header_value_count("X-Forwarded-For");
    if (count == 0)
        return "";
    const std::string all = http.get_header_value("X-Forwarded-For", count - 1);
    const std::string last(trimmed(std::string_view(all).substr(all.rfind(',') + 1)));
    const bool is_address =
        last.size() <= 45 && last.find_first_not_of("0123456789abcdefABCDEF.:") == std::string::npos;
    return is_address ? last : "";
}

Request request_of(const httplib::Request& http, bool encrypted)
{
    Request request;
    request.method = method_of(http.method).value_or(Method::Get);
    request.is_head = http.method == "HEAD";
    request.address = http.remote_addr;
    request.encrypted = encrypted;
    for (const auto& [name, value] : http.headers)
        if (name != "REMOTE_ADDR" && name != "REMOTE_PORT" && name != "LOCAL_ADDR" && name != "LOCAL_PORT")
            request.headers.add(name, value);
    return request;
}

/// One of the handlers that run at once. It is given back while a body is waited for.
class Slot
{
public:
    /// Waits no longer than `time`; see is_taken.
    Slot(std::counting_semaphore<>& slots, std::chrono::milliseconds time)
        : m_slots(slots), m_is_taken(slots.try_acquire_for(time))
    {
    }
    ~Slot() { give_back(); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    [[nodiscard]] bool is_taken() const { return m_is_taken; }
    void take()
    {
        if (!std::exchange(m_is_taken, true))
            m_slots.acquire();
    }
    void give_back()
    {
        if (std::exchange(m_is_taken, false))
            m_slots.release();
    }

private:
    std::counting_semaphore<>& m_slots;
    bool m_is_taken;
};

AddressLoads::Limits limits_of(const HttpOptions& options)
{
    AddressLoads::Limits limits;
    const auto set = [&](AddressLoads::Kind kind, std::int64_t per_network, std::int64_t in_all) {
        limits[static_cast<std::size_t>(kind)] = {per_network, in_all};
    };
    // Behind a proxy all connections are its own.
    set(AddressLoads::Kind::Connections,
        options.behind_proxy ? options.connections : options.connections_per_address, options.connections);
    set(AddressLoads::Kind::Bodies, options.bodies_per_address, options.bodies);
    set(AddressLoads::Kind::BodyBytes, options.held_bytes_per_address, options.held_bytes);
    set(AddressLoads::Kind::AnswerBytes, options.answer_bytes_per_address, options.answer_bytes);
    return limits;
}

/// Lets this process open as many files as so many connections need, or as many as the system allows it.
void make_room_for_sockets(int connections)
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    const auto wanted = static_cast<rlim_t>(connections + other_files);
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        spdlog::warn(
            "this process may open {} files, and {} connections need {}: raise the limit (ulimit -n)",
            limit.rlim_cur, connections, wanted);
}

Error overloaded()
{
    return {"busy", "The server has more to do than it can right now. Nothing is lost: try again in a "
                    "moment."};
}

Response too_many_requests(std::chrono::seconds wait)
{
    return problem({"too_many_requests", "Too many requests have come from this network. Wait a moment."})
        .with("Retry-After", std::to_string(wait.count()));
}

/// The body of one request, whichever way it is read; knows whether any of it is left unread.
class HttpBody final : public BodyStream
{
public:
    HttpBody(const httplib::ContentReader* reader, Framing framing, Connection& connection,
             const HttpOptions& options)
        : m_reader(reader), m_framing(framing), m_connection(connection), m_options(options)
    {
    }

    void set_bytes_max(std::uint64_t bytes) { m_bytes_max = bytes; }
    /// Counts the wait for the body as this share.
    void count_as(AddressLoads::Share place) { m_place = std::move(place); }
    /// Counts what is held of the body in memory as this share, as long as this is there.
    void hold_as(AddressLoads::Share memory) { m_memory = std::move(memory); }
    /// To be asked for each part that is kept. False when there is no room for it: reading must end then.
    [[nodiscard]] bool hold(std::size_t bytes)
    {
        m_held_bytes += bytes;
        m_has_room = m_held_bytes <= small_bytes || m_memory.grow(static_cast<std::int64_t>(bytes));
        return m_has_room;
    }
    /// All of it is here, or there is none.
    [[nodiscard]] bool has_arrived() const
    {
        return is_finished() || (m_framing.length && *m_framing.length <= m_connection.buffered());
    }
    /// The handler's own slot, which others may have while the body is waited for.
    void lend(Slot* slot) { m_slot = slot; }
    [[nodiscard]] bool is_finished() const override { return m_finished || !m_framing.has_body; }

    Result<void> read(const std::function<bool(std::string_view)>& sink) override
    {
        if (is_finished())
            return {};
        return while_waiting([&] { return m_framing.length ? read_plain(sink) : read_chunks(sink); });
    }

    /// Reads multipart/form-data into fields. Fails as read, and with `length_required`, `too_many_fields` or
    /// `bad_request` when the parts are not well formed.
    Result<void> read_multipart(Fields& form)
    {
        if (is_finished())
            return {};
        if (!m_framing.length)
            return Error{"length_required", "An upload must say how long it is (Content-Length)."};
        return while_waiting([&] { return read_parts(form); });
    }

    [[nodiscard]] std::optional<std::uint64_t> length() const override { return m_framing.length; }

private:
    static constexpr std::size_t upload_parts_max = 20;

    /// Begins the one reading of this body.
    template <typename Read>
    Result<void> while_waiting(Read&& read_body)
    {
        if (m_started || m_reader == nullptr)
            return Error{"body_incomplete", "The body of this request has been read before."};
        if (m_framing.length.value_or(0) > m_bytes_max)
            return too_large();
        m_started = true;
        // Chunks of one byte cost six times as much: they get what they need, but not for ever.
        m_connection.allow_body(m_framing.length.value_or(m_bytes_max * 8 + 64 * 1024), m_options.body_pace);
        if (has_arrived())
            return read_body();
        if (!m_place.grow(1))
            return Error{"busy",
                         "Many requests are being read that come slowly. Nothing is lost: try again in "
                         "a moment."};
        // A sink may throw.
        struct Waiting
        {
            explicit Waiting(HttpBody& given) : body(given)
            {
                if (body.m_slot != nullptr)
                    body.m_slot->give_back();
            }
            ~Waiting()
            {
                body.m_place.give_back();
                if (body.m_slot != nullptr)
                    body.m_slot->take();
            }
            HttpBody& body;
        } const waiting(*this);
        return read_body();
    }

    Result<void> read_plain(const std::function<bool(std::string_view)>& sink)
    {
        for (std::uint64_t left = *m_framing.length; left > 0;) {
            const auto part = m_connection.peek();
            if (part.empty())
                return incomplete();
            const bool goes_on = sink(part);
            left -= part.size();
            m_connection.take(part.size());
            if (!m_has_room)
                return overloaded();
            if (!goes_on)
                return Error{"body_refused", "Reading the body was stopped."};
        }
        m_finished = true;
        return {};
    }

    Result<void> read_chunks(const std::function<bool(std::string_view)>& sink)
    {
        ChunkedReader chunks;
        std::uint64_t received = 0;
        const auto counting = [&](std::string_view part) {
            received += part.size();
            return received <= m_bytes_max && sink(part);
        };
        while (!chunks.is_done()) {
            const auto bytes = m_connection.peek();
            if (bytes.empty())
                return incomplete();
            const auto taken = chunks.take(bytes, counting);
            if (received > m_bytes_max)
                return too_large();
            if (!m_has_room)
                return overloaded();
            if (!taken)
                return taken.error();
            m_connection.take(*taken);
        }
        m_finished = true;
        return {};
    }

    Result<void> read_parts(Fields& form)
    {
        std::uint64_t received = 0;
        std::vector<std::pair<std::string, std::string>> parts;
        bool too_many = false;
        // Generic, because the type of a part changed its name between releases of httplib.
        const auto begin_part = [&](const auto& part) {
            too_many = too_many || parts.size() >= upload_parts_max;
            parts.emplace_back(part.name, std::string());
            if (!part.filename.empty())
                form.add(part.name + ".name", part.filename);
            return !too_many;
        };
        const auto add_bytes = [&](const char* data, std::size_t size) {
            received += size;
            if (received > m_bytes_max || parts.empty() || !hold(size))
                return false;
            parts.back().second.append(data, size);
            return true;
        };
        const bool complete = (*m_reader)(begin_part, add_bytes);
        if (received > m_bytes_max)
            return too_large();
        if (!m_has_room)
            return overloaded();
        if (too_many)
            return Error{"too_many_fields", "The form has too many fields."};
        if (!complete)
            return incomplete();
        m_finished = true;
        for (auto& [name, value] : parts)
            form.add(std::move(name), std::move(value));
        return {};
    }

    [[nodiscard]] Error too_large() const
    {
        return {"body_too_large",
                "The body is larger than the " + std::to_string(m_bytes_max / 1024) + " KiB allowed here."};
    }
    [[nodiscard]] Error incomplete() const
    {
        if (m_connection.was_too_slow())
            return {"request_timeout",
                    "The body came too slowly. Send the request again, or less at a time."};
        return {"body_incomplete", "The body ended early or is not well formed. Send the request again."};
    }

    const httplib::ContentReader* m_reader;
    Framing m_framing;
    Connection& m_connection;
    const HttpOptions& m_options;
    AddressLoads::Share m_place;
    AddressLoads::Share m_memory;
    std::size_t m_held_bytes = 0;
    bool m_has_room = true;
    Slot* m_slot = nullptr;
    std::uint64_t m_bytes_max = 0;
    bool m_started = false;
    bool m_finished = false;
};

Result<void> read_whole(const Route& route, const HttpOptions& options, HttpBody& body, bool is_multipart,
                        Request& request)
{
    body.set_bytes_max(std::min(route.body_bytes_max, options.body_bytes_max));
    if (is_multipart) {
        if (route.body != Body::Upload)
            return Error{"unsupported_media_type", "Multipart bodies are not read here."};
        return body.read_multipart(request.form);
    }
    request.body.reserve(std::min<std::uint64_t>(body.length().value_or(0), options.body_bytes_max));
    if (auto read = body.read([&](std::string_view part) {
            if (!body.hold(part.size()))
                return false;
            request.body += part;
            return true;
        });
        !read)
        return read;
    if (request.headers.get("Content-Type").starts_with("application/x-www-form-urlencoded")) {
        auto form = parse_form(request.body);
        if (!form)
            return form.error();
        request.form = *std::move(form);
    }
    return {};
}

/// Joins httplib's parser to our connections.
class Bridge final : public httplib::Stream
{
public:
    explicit Bridge(Connection& connection) : m_connection(connection) {}

    bool is_readable() const { return true; }
    bool is_writable() const { return true; }
    bool wait_readable() const { return true; }
    bool wait_writable() const { return true; }
    bool is_peer_alive() const { return true; }
    ssize_t read(char* out, std::size_t size) { return m_connection.read(out, size); }
    ssize_t write(const char* bytes, std::size_t size)
    {
        return m_connection.write({bytes, size}) ? static_cast<ssize_t>(size) : -1;
    }
    void get_remote_ip_and_port(std::string& ip, int& port) const
    {
        ip = m_connection.address;
        port = m_connection.port;
    }
    void get_local_ip_and_port(std::string& ip, int& port) const
    {
        ip.clear();
        port = 0;
    }
    // httplib refuses sockets that select cannot watch; ours are watched with poll.
    socket_t socket() const { return INVALID_SOCKET; }
    time_t duration() const { return 0; }

private:
    Connection& m_connection;
};

/// What the request that runs on this thread knows of its connection.
struct Current
{
    Connection* connection = nullptr;
    Framing framing;
    bool answered = false; ///< a handler of ours was asked
    bool close = false;    ///< nothing more can be read from this connection
};
thread_local Current* t_current = nullptr;

std::pair<std::string, int> peer_of(int socket)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    char host[NI_MAXHOST] = "";
    char service[NI_MAXSERV] = "";
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0 ||
        ::getnameinfo(reinterpret_cast<const sockaddr*>(&storage), size, host, sizeof host, service,
                      sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return {"", 0};
    return {host, std::atoi(service)};
}

/// An answer as it is sent, for a request that no handler of httplib's saw. Closes.
std::string written_out(const Response& response)
{
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " +
                      std::string(reason_of(response.status)) + "\r\n";
    for (const auto& [name, value] : response.headers.items())
        out.append(name).append(": ").append(value).append("\r\n");
    out += "Content-Type: " + response.content_type + "\r\n";
    out += "Content-Length: " + std::to_string(response.body.size()) + "\r\nConnection: close\r\n\r\n";
    return out + response.body;
}

} // namespace

void add_security_headers(Response& response, bool encrypted)
{
    const auto add = [&response](std::string_view name, std::string_view value) {
        if (!response.headers.has(name))
            response.headers.add(std::string(name), std::string(value));
    };
    add("Content-Security-Policy", content_security_policy);
    add("X-Content-Type-Options", "nosniff");
    // With "no-referrer" browsers would also hide the origin of our own forms.
    add("Referrer-Policy", "same-origin");
    add("Cross-Origin-Opener-Policy", "same-origin");
    add("Cross-Origin-Resource-Policy", "same-origin");
    add("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()");
    add("X-Frame-Options", "DENY");
    add("Cache-Control", "no-store");
    if (encrypted)
        add("Strict-Transport-Security", "max-age=31536000");
}

struct HttpServer::Impl final : httplib::Server
{
    Impl(const Router& given_router, HttpOptions given_options)
        : router(given_router), options(std::move(given_options)), slots(options.threads),
          loads(limits_of(options)), rates(options.requests_per_address)
    {
        make_room_for_sockets(options.connections + refused_at_once_max);
        if (!options.tls_cert.empty() || !options.tls_key.empty())
            tls = std::make_unique<TlsContext>(options.tls_cert, options.tls_key);
        set_payload_max_length(std::max(options.stream_bytes_max, options.body_bytes_max));
        set_tcp_nodelay(true);
        // Only for what httplib tells clients: our own connections keep these limits.
        set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(options.idle_time).count());
        set_keep_alive_max_count(options.requests_per_connection);
        // Not SO_REUSEPORT, httplib's default: with it a second server would quietly share the port.
        set_socket_options([](socket_t socket) {
            const int yes = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        new_task_queue = [this] { return new Workers(*this); };
        add_handlers();
    }

    /// httplib's pool, which lets go of waiting connections before it joins its threads.
    struct Workers final : httplib::TaskQueue
    {
        explicit Workers(Impl& given)
            : impl(given),
              pool(static_cast<std::size_t>(given.options.threads + given.options.waiting_threads))
        {
            impl.workers = this;
            impl.parking = std::make_unique<Parking>(
                ParkingTimes{impl.options.idle_time, impl.options.header_time, impl.options.write_time,
                             impl.options.write_bytes_min, impl.options.linger_time},
                impl.options.header_bytes_max,
                [this](std::unique_ptr<Connection> connection) { queue(std::move(connection)); });
        }
        // The return type changed from void to bool between releases of httplib.
        using Accepted = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::function<void()>()));
        /// Of a connection that httplib has accepted. Counted at once, on the thread that accepts: those that
        /// wait for a thread are open too.
        Accepted enqueue(std::function<void()> task) override
        {
            task();
            return Accepted(1);
        }
        void shutdown() override
        {
            impl.parking->let_go();
            pool.shutdown();
            impl.parking->stop();
        }
        void queue(std::unique_ptr<Connection> connection)
        {
            connection->queued_at = std::chrono::steady_clock::now();
            // std::function wants a callable that can be copied.
            auto shared = std::make_shared<std::unique_ptr<Connection>>(std::move(connection));
            pool.enqueue([this, shared] { impl.serve(std::move(*shared)); });
        }

        Impl& impl;
        httplib::ThreadPool pool;
    };

    void add_handlers()
    {
        const std::string any = R"([\s\S]*)";
        const auto without_body = [this](const httplib::Request& http, httplib::Response& answer_to) {
            answer(http, answer_to, nullptr);
        };
        const auto with_body = [this](const httplib::Request& http, httplib::Response& answer_to,
                                      const httplib::ContentReader& reader) {
            answer(http, answer_to, &reader);
        };
        Get(any, without_body);
        Options(any, without_body);
        Delete(any, without_body);
        Post(any, with_body);
        Put(any, with_body);
        Patch(any, with_body);
        Delete(any, with_body);
        // Refusals that httplib makes by itself have no words yet.
        set_error_handler([this](const httplib::Request&, httplib::Response& response) {
            if (!response.body.empty() || t_current->answered)
                return;
            t_current->close = true;
            write(problem({"bad_request", "The request cannot be read."}, 400), response);
        });
    }

    void answer(const httplib::Request& http, httplib::Response& response,
                const httplib::ContentReader* reader)
    {
        const auto begin = std::chrono::steady_clock::now();
        Request request = request_of(http, tls != nullptr);
        if (options.behind_proxy)
            if (auto address = forwarded_address(http); !address.empty())
                request.address = std::move(address);
        t_current->answered = true;
        HttpBody body(reader, t_current->framing, *t_current->connection, options);
        const std::string network = network_of(request.address);
        body.count_as({loads, AddressLoads::Kind::Bodies, network});
        body.hold_as({loads, AddressLoads::Kind::BodyBytes, network});
        const Route* route = nullptr;
        const auto wait = rates.refuse(network, begin);
        Response ours = wait ? too_many_requests(*wait) : respond(http, request, body, route);
        if (!has_room_for(ours, network))
            ours = router.refuse(request, overloaded());
        router.finish(request, ours);
        if (!body.is_finished())
            t_current->close = true;
        const int status = ours.status;
        const std::size_t size = ours.body.size();
        write(std::move(ours), response);
        if (options.access_log) {
            const auto took = std::chrono::steady_clock::now() - begin;
            spdlog::info("{} {} {} {} B {} us", http.method, route != nullptr ? route->pattern : "-", status,
                         size, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
        }
    }

    /// Reserves memory for an answer, until it is sent: whoever asks for much and does not read takes it all.
    bool has_room_for(const Response& response, const std::string& network)
    {
        if (response.body.size() <= small_bytes)
            return true;
        t_current->connection->answer = AddressLoads::Share(loads, AddressLoads::Kind::AnswerBytes, network);
        return t_current->connection->answer.grow(static_cast<std::int64_t>(response.body.size()));
    }

    Response respond(const httplib::Request& http, Request& request, HttpBody& body, const Route*& route)
    {
        if (http.target == "*")
            return no_content(204).with("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        const std::string_view target = origin_form(http.target);
        if (const auto authority = authority_of(http.target))
            request.headers.set("Host", std::string(*authority));
        if (const auto read = read_target(target, request); !read)
            return problem(read.error());
        route = router.find(request);
        if (route == nullptr) {
            const Slot slot(slots, options.turn_time);
            return slot.is_taken() ? router.no_route(request) : problem(overloaded());
        }
        const bool is_multipart = http.is_multipart_form_data();
        if (route->body == Body::Streamed) {
            // httplib takes a multipart body apart, so there is no stream of its bytes.
            if (is_multipart)
                return problem({"unsupported_media_type", "Multipart bodies are not read here."});
            body.set_bytes_max(std::min(route->body_bytes_max, options.stream_bytes_max));
            request.stream = &body;
            Slot slot(slots, options.turn_time);
            if (!slot.is_taken())
                return router.refuse(request, overloaded());
            body.lend(&slot);
            auto response = router.run(*route, request);
            body.lend(nullptr);
            return response;
        }
        // Nobody fills the memory who may not do this anyway.
        if (!body.has_arrived()) {
            const Slot slot(slots, options.turn_time);
            if (!slot.is_taken())
                return router.refuse(request, overloaded());
            if (auto refusal = router.admit(*route, request))
                return *std::move(refusal);
        }
        if (const auto read = read_whole(*route, options, body, is_multipart, request); !read)
            return router.refuse(request, read.error());
        const Slot slot(slots, options.turn_time);
        return slot.is_taken() ? router.run(*route, request) : router.refuse(request, overloaded());
    }

    void write(Response ours, httplib::Response& response) const
    {
        add_general_headers(ours);
        if (t_current->close)
            ours.headers.set("Connection", "close");
        response.status = ours.status;
        for (const auto& [name, value] : ours.headers.items())
            response.set_header(name, value);
        if (!ours.content_type.empty()) {
            response.set_header("Content-Type", ours.content_type);
            response.body = std::move(ours.body);
        }
    }

    void add_general_headers(Response& response) const
    {
        add_security_headers(response, tls != nullptr);
        const auto add = [&response](std::string_view name, std::string value) {
            if (!response.headers.has(name))
                response.headers.add(std::string(name), std::move(value));
        };
        add("Date", http_date(SystemClock().now()));
        if (response.status == 429 || response.status == 503)
            add("Retry-After", response.status == 429 ? "60" : "5");
        // People have a session, which is no scheme that browsers know.
        if (response.status == 401)
            add("WWW-Authenticate", "Session");
    }

    bool process_and_close_socket(socket_t socket) override
    {
        auto connection = std::make_unique<Connection>(socket, tls.get());
        std::tie(connection->address, connection->port) = peer_of(socket);
        const int open = ++open_count;
        connection->on_close = [this] { --open_count; };
        if (open > options.connections + refused_at_once_max)
            return false;
        connection->place =
            AddressLoads::Share(loads, AddressLoads::Kind::Connections, network_of(connection->address));
        if (open > options.connections || !connection->place.grow(1)) {
            if (!tls)
                refuse(std::move(connection),
                       {"too_many_connections", "Too many connections are open. Try again in a moment."});
            return false;
        }
        workers->queue(std::move(connection));
        return true;
    }

    /// Answers a request that was not read, and closes.
    void refuse(std::unique_ptr<Connection> connection, const Error& error)
    {
        Response response = problem(error);
        if (error.code == "unsupported_media_type")
            response.headers.add("Accept-Encoding", "identity");
        add_general_headers(response);
        const std::string bytes = written_out(response);
        (void)connection->write(bytes);
        end(std::move(connection));
        if (options.access_log)
            spdlog::info("- - {} {} B 0 us", response.status, response.body.size());
    }

    /// Sends what is left to send, and closes.
    void end(std::unique_ptr<Connection> connection)
    {
        connection->closes_when_sent = true;
        if (connection->has_rest())
            parking->send_rest(std::move(connection));
        else
            parking->linger(std::move(connection));
    }

    /// Answers what has arrived on a connection, then parks it until more does.
    void serve(std::unique_ptr<Connection> connection)
    {
        using Head = Connection::Head;
        const auto queued_at = std::exchange(connection->queued_at, std::nullopt);
        const bool waited_too_long =
            queued_at && std::chrono::steady_clock::now() - *queued_at > options.turn_time;
        int turn = 0;
        while (!stopping && connection->requests_served < options.requests_per_connection) {
            if (connection->head_timed_out)
                return refuse(std::move(connection),
                              {"request_timeout", "The request came too slowly. Send it again."});
            Head head = connection->advance(options.header_bytes_max);
            // A short wait, because the next request of a busy client is usually already on its way.
            if (head == Head::Waiting && connection->wait_for_peer(1ms))
                head = connection->advance(options.header_bytes_max);
            if (head == Head::Closed)
                return;
            if (head == Head::Waiting)
                return parking->park(std::move(connection));
            if (head == Head::TooLarge)
                return refuse(std::move(connection),
                              {"headers_too_large", "The head of the request is too large."});
            if (waited_too_long)
                return refuse(std::move(connection), overloaded());
            // A client that never pauses gets its turn like the others.
            if (++turn > requests_per_turn)
                return workers->queue(std::move(connection));
            const auto parsed =
                parse_request_head(connection->head(), {.header_count_max = options.header_count_max,
                                                        .target_bytes_max = options.target_bytes_max});
            if (!parsed)
                return refuse(std::move(connection), parsed.error());
            Current current{connection.get(), {parsed->has_body, parsed->length}, false, false};
            // Answers are always whole, whatever range is asked for; httplib refuses those it does not know.
            for (const auto& [name, value] : parsed->headers)
                if (same_name(name, "range"))
                    connection->hide(name);
            t_current = &current;
            connection->allow_head();
            Bridge bridge(*connection);
            bool closed = false;
            const bool last = ++connection->requests_served == options.requests_per_connection;
            const bool answered = process(bridge, last, closed);
            t_current = nullptr;
            if (!answered || closed || current.close || !current.answered)
                return end(std::move(connection));
            // Whoever reads slowly holds no thread.
            if (connection->has_rest())
                return parking->send_rest(std::move(connection));
            connection->answer.give_back();
        }
    }

    template <typename Stream>
    bool process(Stream& stream, bool last, bool& closed)
    {
        const auto prepare = [](httplib::Request& http) {
            // httplib would prefer brotli at its slowest level, which costs more time than it saves.
            const bool takes_gzip =
                http.get_header_value("Accept-Encoding").find("gzip") != std::string::npos;
            http.headers.erase("Accept-Encoding");
            if (takes_gzip)
                http.set_header("Accept-Encoding", "gzip");
        };
        std::string address;
        int port = 0;
        stream.get_remote_ip_and_port(address, port);
        // Later releases of httplib take the addresses as arguments.
        if constexpr (requires {
                          this->process_request(stream, address, port, address, port, last, closed, prepare);
                      })
            return this->process_request(stream, address, port, address, port, last, closed, prepare);
        else
            return this->process_request(stream, last, closed, prepare);
    }

    const Router& router;
    HttpOptions options;
    std::unique_ptr<TlsContext> tls;
    Workers* workers = nullptr;      ///< owned by httplib while it listens
    std::counting_semaphore<> slots; ///< handlers that may still begin
    AddressLoads loads;
    RequestRates rates;               ///< of networks
    std::unique_ptr<Parking> parking; ///< its connections count in the loads
    std::atomic<int> open_count = 0;
    int bound_port = 0;
    std::atomic<bool> stopping = false;
    std::atomic<bool> running = false;

    [[nodiscard]] Result<void> take_port()
    {
        const bool any = options.port == 0;
        bound_port = any ? bind_to_any_port(options.host) : options.port;
        const bool bound = any ? bound_port > 0 : bind_to_port(options.host, options.port);
        if (!bound)
            return Error{"port_taken", "The address " + options.host + ":" + std::to_string(options.port) +
                                           " cannot be listened on. Another program may use it; give another "
                                           "address with --listen."};
        // The library is built with a queue of five, which a school's worth of tablets overruns.
        ::listen(svr_sock_, 256);
        return {};
    }
};

HttpServer::HttpServer(const Router& router, HttpOptions options)
    : m_impl(std::make_unique<Impl>(router, std::move(options)))
{
}

HttpServer::~HttpServer() = default;

Result<void> HttpServer::bind()
{
    return m_impl->take_port();
}

int HttpServer::port() const
{
    return m_impl->bound_port;
}

std::string HttpServer::address() const
{
    const bool is_v6 = m_impl->options.host.find(':') != std::string::npos;
    return std::string(m_impl->tls ? "https://" : "http://") + (is_v6 ? "[" : "") + m_impl->options.host +
           (is_v6 ? "]" : "") + ":" + std::to_string(m_impl->bound_port);
}

void HttpServer::run()
{
    m_impl->running = true;
    if (!m_impl->stopping)
        m_impl->listen_after_bind();
    m_impl->running = false;
}

void HttpServer::stop()
{
    m_impl->stopping = true;
    // httplib forgets a stop that comes before it has begun to listen.
    while (m_impl->running && !m_impl->is_running())
        std::this_thread::sleep_for(1ms);
    m_impl->httplib::Server::stop();
}

} // namespace tally::server
