#include "client/capture/capture.h"
#include "client/commands/commands.h"
#include "shared/base/files.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <iterator>

namespace tally::client {

namespace {

/// Enough for millions of entries.
constexpr std::uint64_t input_bytes_max = 4ULL * 1024 * 1024 * 1024;

struct CaptureArguments
{
    CommonArguments common;
    std::string file;
    std::vector<std::filesystem::path> photos;
};

Result<std::string> read_input(const std::string& file)
{
    if (file != "-")
        return read_file(file, input_bytes_max);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

int capture(const CaptureArguments& arguments)
{
    const auto clock = clock_from_environment();
    if (!clock)
        return refuse(clock.error());
    const auto input = read_input(arguments.file);
    if (!input)
        return refuse(input.error());
    std::vector<Picture> pictures;
    for (const auto& file : arguments.photos) {
        auto picture = prepare_photo_file(file);
        if (!picture) {
            Error error = picture.error();
            error.where = file.string();
            return refuse(error);
        }
        pictures.push_back(std::move(*picture));
    }

    auto store = Store::open(arguments.common.data);
    if (!store)
        return refuse(store.error());
    SystemRandom random;
    Vault vault(*store, random);
    Capture device(*store, vault, **clock, random);
    const auto result = device.save_text(*input, std::move(pictures));

    if (arguments.common.json) {
        nlohmann::json report = {{"ids", nlohmann::json::array()}, {"problems", nlohmann::json::array()}};
        for (const Uuid& id : result.saved)
            report["ids"].push_back(id.text());
        for (const Error& problem : result.problems)
            report["problems"].push_back(
                {{"code", problem.code}, {"message", problem.message}, {"where", problem.where}});
        print(report.dump() + "\n");
    } else {
        std::string lines;
        for (const Uuid& id : result.saved)
            lines += id.text() + "\n";
        print(lines);
    }
    for (const Error& problem : result.problems)
        refuse(problem);
    return result.problems.empty() ? 0 : 1;
}

} // namespace

void add_capture_commands(CLI::App& app, Command& chosen)
{
    auto* const capture_command =
        app.add_subcommand("capture", "Seal and save one JSON entry, or JSON lines; prints the entry ids");
    const auto arguments = std::make_shared<CaptureArguments>();
    add_common(*capture_command, arguments->common, Reports::Json);
    capture_command->add_option("FILE", arguments->file, "A file, or - for standard input")->required();
    capture_command
        ->add_option("--attach", arguments->photos, "A photo (JPEG or PNG) that belongs to the entry")
        ->type_name("PHOTO")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    capture_command->callback([arguments, &chosen] { chosen = [arguments] { return capture(*arguments); }; });

    auto* const schema_command = app.add_subcommand("schema", "JSON Schema of what capture reads");
    const auto kind = std::make_shared<std::string>();
    schema_command->add_option("KIND", *kind, "hours, story, feedback or delivery")
        ->required()
        ->check(CLI::IsMember({"hours", "story", "feedback", "delivery"}));
    schema_command->callback([kind, &chosen] {
        chosen = [kind] {
            print(input_schema(kind_named(*kind).value()));
            return 0;
        };
    });
}

} // namespace tally::client
