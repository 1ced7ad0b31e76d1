#include "server/verify/mapped_file.h"
#include "server/verify/report.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace {

using namespace tally;

int refuse(const Error& error)
{
    std::fprintf(stderr, "tallybook-verify: %s\n", error.text().c_str());
    return 1;
}

struct Arguments
{
    std::string ledger;
    std::string receipt;
    std::string checkpoint;
    std::string key;
    bool json = false;
};

/// Fails as read_file does.
Result<std::optional<std::string>> read_if_given(const std::string& path)
{
    constexpr std::uint64_t evidence_bytes_max = 16ULL * 1024 * 1024;
    if (path.empty())
        return std::optional<std::string>();
    auto bytes = read_file(path, evidence_bytes_max);
    if (!bytes)
        return bytes.error();
    return std::optional(std::move(*bytes));
}

int run(const Arguments& arguments)
{
    verify::Evidence evidence;
    auto receipt = read_if_given(arguments.receipt);
    auto checkpoint = read_if_given(arguments.checkpoint);
    if (!receipt)
        return refuse(receipt.error());
    if (!checkpoint)
        return refuse(checkpoint.error());
    evidence.receipt = std::move(*receipt);
    evidence.checkpoint = std::move(*checkpoint);
    if (!arguments.key.empty())
        evidence.key = arguments.key;
    const auto file = verify::MappedFile::open(arguments.ledger);
    if (!file)
        return refuse(file.error());

    const auto report = verify::verify_file(file->bytes(), evidence);
    for (const auto& finding : report.findings)
        std::fprintf(stderr, "tallybook-verify: %s\n", finding.text().c_str());
    if (!report.ok())
        std::fputs(
            "tallybook-verify: this is NOT the ledger that was signed, or what was held against it does "
            "not belong to it.\n",
            stderr);
    const std::string out =
        arguments.json ? verify::report_as_json(report) + "\n" : verify::report_as_text(report);
    std::fputs(out.c_str(), stdout);
    return report.ok() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Checks an exported ledger: every row, hash, signature and rule, without the server");
    Arguments arguments;
    app.add_option("LEDGER-FILE", arguments.ledger, "What tallybook-server ledger export wrote")->required();
    app.add_option("--receipt", arguments.receipt,
                   "A receipt that a device got: are its entries in the log?");
    app.add_option("--checkpoint", arguments.checkpoint,
                   "A checkpoint that somebody kept: does the log still begin with what it signed?");
    app.add_option("--key", arguments.key, "The council's verifier key: was the log signed with it?");
    app.add_flag("--json", arguments.json, "Print one JSON document");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        return refuse({"failed", error.what()});
    }
}
