#include "server/accounts/guard.h"
#include "server/api/device_check.h"
#include "server/api/failures.h"
#include "server/api/routes.h"
#include "server/commands/commands.h"
#include "server/commands/public_address.h"
#include "server/commands/services.h"
#include "server/console/console_bundles.h"
#include "server/console/console_erasure.h"
#include "server/demo/demo.h"
#include "server/demo/program.h"
#include "server/http/http_server.h"
#include "server/storage/missing_photos.h"
#include "shared/base/encoding.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

namespace tally::server {
namespace {

struct ServeArguments : CommonArguments
{
    std::string listen = "127.0.0.1:8080";
    std::string tls_cert;
    std::string tls_key;
    std::string public_url;
    std::string name = "Tallybook";
    bool behind_tls_proxy = false;
    bool without_missing_photos = false;
};

/// "host:port", "[::1]:port" or a port alone. Fails with `bad_listen`.
Result<void> parse_listen(const std::string& text, HttpOptions& options)
{
    const auto colon = text.rfind(':');
    const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
    if (colon != std::string::npos)
        options.host = text.substr(0, colon);
    if (options.host.starts_with('[') && options.host.ends_with(']'))
        options.host = options.host.substr(1, options.host.size() - 2);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), options.port);
    if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || options.port < 0 ||
        options.port > 65'535 || options.host.empty())
        return Error{"bad_listen", "Say where to listen as host and port, such as 127.0.0.1:8080.",
                     "--listen"};
    return {};
}

/// Ends the server when the operator asks (SIGTERM, or Ctrl-C). Made before any other thread, so that
/// every thread leaves the signals to this one.
class StopSignals
{
public:
    StopSignals()
    {
        sigemptyset(&m_signals);
        sigaddset(&m_signals, SIGTERM);
        sigaddset(&m_signals, SIGINT);
        sigaddset(&m_signals, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &m_signals, nullptr);
    }
    void watch(HttpServer& server)
    {
        m_thread = std::thread([this, &server] {
            int number = 0;
            sigwait(&m_signals, &number);
            if (number != SIGUSR1)
                server.stop();
        });
    }
    ~StopSignals()
    {
        if (m_thread.joinable()) {
            pthread_kill(m_thread.native_handle(), SIGUSR1);
            m_thread.join();
        }
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

private:
    sigset_t m_signals{};
    std::thread m_thread;
};

/// Hands what devices pass on to the service that erases.
class DeviceWithdrawals final : public WithdrawalRequests
{
public:
    explicit DeviceWithdrawals(ErasureService& erasure) : m_erasure(erasure) {}
    void withdraw(std::string_view code) override
    {
        if (const auto done = m_erasure.withdraw(code); !done)
            spdlog::warn("a withdrawal was refused: {}", done.error().message);
    }

private:
    ErasureService& m_erasure;
};

/// Messages for the operator belong on standard error: standard output says the address.
void log_to_standard_error()
{
    spdlog::set_default_logger(spdlog::stderr_logger_mt("tallybook"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
}

/// Before the folder is made: a server that takes its empty place for the photos would have all of them sent
/// again, to where they do not belong. Fails with `photos_missing`.
Result<void> check_photos(ServerContext& context, bool without_missing)
{
    auto database = context.pool.lease();
    const auto photos = find_photos(*database, context.photos());
    std::error_code failure;
    const bool is_there = std::filesystem::is_directory(context.photos(), failure);
    if (!without_missing && ((photos.complete > 0 && !is_there) || photos.look_unmounted()))
        return Error{"photos_missing",
                     "All " + std::to_string(photos.complete) + " photos are missing in " +
                         context.photos().string() +
                         ". Is the disk there that holds them? If they are lost, say "
                         "--without-missing-photos: devices that still have them then send them again.",
                     "--without-missing-photos"};
    ask_for_missing_photos(*database, photos.missing, context.random, context.clock->now());
    if (!photos.missing.empty())
        spdlog::warn("{} No backup is made until then.", words_on_missing_photos(photos));
    return {};
}

int serve(const ServeArguments& arguments)
{
    HttpOptions http;
    if (const auto parsed = parse_listen(arguments.listen, http); !parsed)
        return refuse(parsed.error());
    if (arguments.tls_cert.empty() != arguments.tls_key.empty())
        return refuse({"bad_tls", "TLS needs both --tls-cert and --tls-key."});
    http.tls_cert = arguments.tls_cert;
    http.tls_key = arguments.tls_key;
    http.behind_proxy = arguments.behind_tls_proxy;
    PublicAddress address;
    if (!arguments.tls_cert.empty()) {
        const auto fingerprint = certificate_fingerprint(arguments.tls_cert);
        if (!fingerprint)
            return refuse(fingerprint.error());
        address.certificate_sha256 = *fingerprint;
    }

    StopSignals signals;
    log_to_standard_error();
    auto opened = open_server(arguments);
    if (!opened)
        return refuse(opened.error());
    ServerContext& context = **opened;
    if (const auto checked = check_photos(context, arguments.without_missing_photos); !checked)
        return refuse(checked.error());
    ServerServices services(context);
    // Before anybody is let in: a restored database may know words that were erased since.
    if (const auto done = services.erasure.catch_up(); done.erased > 0 || done.revoked > 0)
        spdlog::info("{} erased and {} revoked again: this database is older than the list of erasures",
                     counted(static_cast<std::int64_t>(done.erased), "entry", "entries"),
                     counted(static_cast<std::int64_t>(done.revoked), "device", "devices"));
    const bool secure = !http.tls_cert.empty() || arguments.behind_tls_proxy;

    console::ConsoleOptions console_options;
    console_options.secure_cookies = secure;
    console_options.public_url = arguments.public_url;
    console_options.certificate_sha256 = address.certificate_sha256;
    console_options.signing_public_key = context.keys.signing.public_key;
    console_options.sealing_public_key = context.keys.sealing.public_key;
    console_options.ledger_origin = context.keys.origin;
    console::Console console(services.accounts, services.review, services.erasure, context.pool,
                             *context.clock, context.random, console_options);
    ApiServices api{context.pool, services.ingest, services.attachments, services.vault,
                    context.keys, *context.clock,  context.random,       arguments.name};
    DeviceWithdrawals withdrawals(services.erasure);
    api.withdrawals = &withdrawals;
    SeenRequests seen(context.clock->now());
    Router router;
    router.set_explanation(explain_failure);
    const auto refusal = [&](const Request& request, const Error& error) {
        return router.refuse(request, error);
    };
    const GuardOptions guard_options{secure, "/sign-in"};
    router.set_admission(make_admission(services.accounts, guard_options, refusal));
    router.set_guard(make_guard(
        services.accounts,
        [&](Request& request) { return check_device(request, context.pool, seen, *context.clock); },
        guard_options, refusal));
    add_api_routes(router, api);
    console.register_routes(router);
    console::ErasurePages erasure_pages(console, services.erasure);
    erasure_pages.register_routes(router);
    console::BundlePages bundle_pages(console, services.ingest, services.attachments, context.keys);
    bundle_pages.register_routes(router);

    HttpServer server(router, http);
    if (const auto bound = server.bind(); !bound)
        return refuse(bound.error());
    address.url = arguments.public_url.empty() ? server.address() : arguments.public_url;
    note_public_address(context.data, address);
    signals.watch(server);
    services.erasure.keep_going();
    services.ingest.comparison().keep_going();

    std::printf("Tallybook server: %s\n", server.address().c_str());
    if (services.accounts.is_empty())
        std::printf("Nobody can sign in yet. Add the first person with:\n"
                    "  tallybook-server user add NAME --email E --role admin --password-stdin\n");
    std::fflush(stdout);
    server.run();
    spdlog::info("stopped");
    return 0;
}

struct DemoArguments : CommonArguments
{
    std::string listen = "127.0.0.1:8080";
};

int demo(const DemoArguments& arguments)
{
    if (!arguments.database.empty())
        return refuse(
            {"bad_database", "The demonstration lives in a data folder of its own: leave --database out."});
    log_to_standard_error();
    DemoOptions options;
    options.data = arguments.data.empty() ? default_data_dir("tallybook-demo") : arguments.data;
    options.listen = arguments.listen;
    options.server_program = programs_folder() / "tallybook-server";
    options.client_program = programs_folder() / "tallybook";
    CommonArguments common = arguments;
    common.data = options.data;
    const auto with_services = [&common](const std::function<void(ReviewService&, Accounts&)>& work) {
        auto opened = open_server(common);
        if (!opened)
            throw std::runtime_error(opened.error().text());
        ServerServices services(**opened);
        services.ingest.comparison().compare_all();
        services.ingest.comparison().compare_photos_left_over();
        work(services.review, services.accounts);
    };
    return run_demo(options, with_services, std::cout);
}

} // namespace

void add_serve_command(CLI::App& app, Command& chosen)
{
    auto* command = app.add_subcommand("serve", "Take in evidence and serve the review console");
    auto arguments = std::make_shared<ServeArguments>();
    command->add_option("--listen", arguments->listen, "Host and port; port 0 takes any free one")
        ->capture_default_str();
    command->add_option("--tls-cert", arguments->tls_cert, "Certificate for HTTPS (PEM)")->type_name("FILE");
    command->add_option("--tls-key", arguments->tls_key, "Private key of the certificate (PEM)")
        ->type_name("FILE");
    command->add_option("--public-url", arguments->public_url,
                        "Address at which devices and people reach this server");
    command->add_option("--name", arguments->name, "Name that devices show, such as the council's")
        ->capture_default_str();
    command->add_flag("--behind-tls-proxy", arguments->behind_tls_proxy,
                      "A proxy in front speaks HTTPS: mark cookies as secure");
    command->add_flag("--without-missing-photos", arguments->without_missing_photos,
                      "Start although the files of all photos are gone");
    add_common(*command, *arguments, Reports::Nothing);
    command->callback([&chosen, arguments] { chosen = [arguments] { return serve(*arguments); }; });
}

void add_demo_command(CLI::App& app, Command& chosen)
{
    auto* command = app.add_subcommand("demo", "Make contracts, people, devices and evidence to look at");
    auto arguments = std::make_shared<DemoArguments>();
    command
        ->add_option("--listen", arguments->listen,
                     "Where the server will listen: devices are enrolled for it")
        ->capture_default_str();
    add_common(*command, *arguments, Reports::Nothing);
    command->callback([&chosen, arguments] { chosen = [arguments] { return demo(*arguments); }; });
}

} // namespace tally::server
