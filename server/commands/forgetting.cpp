#include "server/accounts/accounts.h"
#include "server/commands/commands.h"
#include "server/commands/services.h"
#include "shared/base/encoding.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

struct EraseArguments : CommonArguments
{
    std::string what;
    std::string reason;
    std::string by;
    bool yes = false;
};

struct RetentionArguments : CommonArguments
{
    bool apply = false;
};

/// Nothing when the question cannot be asked or the answer is no.
bool is_confirmed(const std::string& question)
{
    if (::isatty(STDIN_FILENO) == 0) {
        std::fputs("tallybook-server: nobody is here to ask. Say --yes to erase.\n", stderr);
        return false;
    }
    std::fprintf(stderr, "%s Type yes: ", question.c_str());
    std::string answer;
    std::getline(std::cin, answer);
    return trimmed(answer) == "yes";
}

/// The account id for --by. Fails with `not_found`.
Result<std::string> account_of(Accounts& accounts, const std::string& email)
{
    if (email.empty())
        return std::string();
    for (const auto& user : accounts.list())
        if (user.email == email)
            return user.id;
    return Error{"not_found", "Nobody has the e-mail address " + email + ".", "--by"};
}

void report(const EraseArguments& arguments, const std::vector<Uuid>& entries, bool waits)
{
    if (arguments.json) {
        json list = json::array();
        for (const auto& id : entries)
            list.push_back(id.text());
        std::puts(json{{"erased", list}, {"waits", waits}}.dump().c_str());
    } else if (waits) {
        std::puts("Nothing is here under this code. It is kept, and a story that arrives with it is erased "
                  "at once. If you expected an entry, check the code and try again.");
    } else {
        std::printf("Erased %s. The ledger keeps quantities and codes; devices learn of it at their next "
                    "sync.\n",
                    counted(static_cast<std::int64_t>(entries.size()), "entry", "entries").c_str());
    }
}

int erase(const EraseArguments& arguments)
{
    const auto id = Uuid::parse(arguments.what);
    if (!id && withdrawal_code_key(arguments.what).empty())
        return refuse({"bad_entry", "Name an entry by its id, or give a withdrawal code."});
    if (!arguments.yes &&
        !is_confirmed("The words and photos of " +
                      std::string(id ? "this entry" : "everything given under this code") +
                      " go for good, with all revisions. The reason is kept: it must name nobody."))
        return 1;
    auto opened = open_server(arguments);
    if (!opened)
        return refuse(opened.error());
    ServerServices services(**opened);
    const auto by = account_of(services.accounts, arguments.by);
    if (!by)
        return refuse(by.error());
    services.erasure.catch_up();
    if (id) {
        const auto erased = services.erasure.erase(*id, *by, arguments.reason);
        if (!erased)
            return refuse(erased.error());
        report(arguments, *erased, false);
        return 0;
    }
    const auto withdrawn = services.erasure.withdraw(arguments.what, arguments.reason);
    if (!withdrawn)
        return refuse(withdrawn.error());
    report(arguments, withdrawn->entries, withdrawn->waits);
    return 0;
}

std::string months_in_words(const RetentionRule& rule)
{
    const auto span = rule.months % 12 == 0 ? counted(rule.months / 12, "year", "years")
                                            : counted(rule.months, "month", "months");
    return span + (rule.counted_from == CountedFrom::QuarterEnd ? " after the quarter of the work"
                                                                : " after the end of the contract");
}

json to_json(const RetentionDue& due)
{
    return {{"kind", name_of(due.rule.kind)}, {"counted_from", name_of(due.rule.counted_from)},
            {"months", due.rule.months},      {"active", due.rule.active},
            {"due", due.roots.size()},        {"waiting", due.waiting}};
}

int retention(const RetentionArguments& arguments)
{
    auto opened = open_server(arguments);
    if (!opened)
        return refuse(opened.error());
    ServerServices services(**opened);
    services.erasure.catch_up();
    json rules = json::array();
    for (const auto& due : services.erasure.due()) {
        rules.push_back(to_json(due));
        if (arguments.json)
            continue;
        std::printf("%-9s %s  %s: %s due", std::string(name_of(due.rule.kind)).c_str(),
                    due.rule.active ? "on " : "off", months_in_words(due.rule).c_str(),
                    counted(static_cast<std::int64_t>(due.roots.size()), "entry is", "entries are").c_str());
        if (due.waiting > 0)
            std::printf(", %lld of them without a decision", static_cast<long long>(due.waiting));
        std::putchar('\n');
    }
    const std::size_t erased = arguments.apply ? services.erasure.apply_retention() : 0;
    if (arguments.json)
        std::puts(json{{"rules", rules}, {"erased", erased}}.dump().c_str());
    else if (arguments.apply)
        std::printf("Erased %s, revisions and parts counted one by one.\n",
                    counted(static_cast<std::int64_t>(erased), "entry", "entries").c_str());
    else
        std::puts("Nothing was erased. --apply erases what is due under the rules that are on.");
    return 0;
}

} // namespace

void add_forgetting_commands(CLI::App& app, Command& chosen)
{
    {
        auto* command = app.add_subcommand("erase", "Destroy the words of an entry, or of a withdrawn story");
        auto arguments = std::make_shared<EraseArguments>();
        command->add_option("ENTRY", arguments->what, "Id of the entry, or a withdrawal code")->required();
        command
            ->add_option("--reason", arguments->reason,
                         "Why, in a few words. It is kept and shown: name nobody")
            ->required();
        command->add_option("--by", arguments->by, "E-mail address of the person who erases");
        command->add_flag("--yes", arguments->yes, "Do not ask");
        add_common(*command, *arguments, Reports::Json);
        command->callback([&chosen, arguments] { chosen = [arguments] { return erase(*arguments); }; });
    }
    {
        auto* command =
            app.add_subcommand("retention", "Show what is older than it may be kept, or erase it");
        auto arguments = std::make_shared<RetentionArguments>();
        command->add_flag("--apply", arguments->apply, "Erase what is due under the rules that are on");
        add_common(*command, *arguments, Reports::Json);
        command->callback([&chosen, arguments] { chosen = [arguments] { return retention(*arguments); }; });
    }
}

} // namespace tally::server
