#pragma once
/// The review console: pages for people with a browser. Every page works without JavaScript.
///
/// It holds no SQL: evidence and ledger come from the services of their folders.

#include "server/accounts/accounts.h"
#include "server/console/balance_view.h"
#include "server/console/contract_view.h"
#include "server/console/static_files.h"
#include "server/console/templates.h"
#include "server/console/terms_view.h"
#include "server/erasure/erasure_service.h"
#include "server/http/router.h"
#include "server/reference/reference.h"
#include "server/review/review.h"
#include "server/storage/database_pool.h"
#include "shared/base/random.h"
#include "shared/base/time.h"
#include "shared/framework/consent_wording.h"

#include <filesystem>
#include <string>
#include <vector>

namespace tally::server::console {

struct ConsoleOptions
{
    bool secure_cookies = false;    ///< as GuardOptions::secure_cookies
    std::string public_url;         ///< address that devices use; empty: as the browser was asked for it
    std::string certificate_sha256; ///< lower-case hex, of our own TLS certificate; may be empty
    std::string signing_public_key; ///< 32 bytes, for codes and the ledger page
    std::string sealing_public_key; ///< 32 bytes
    std::string ledger_origin;      ///< name of the ledger in its checkpoints
    std::filesystem::path folder = console_dir();
};

class Console
{
public:
    /// All must outlive the console. Throws std::runtime_error when templates or static files are missing.
    Console(Accounts& accounts, ReviewService& review, ErasureService& erasure, DatabasePool& pool,
            const Clock& clock, Random& random, ConsoleOptions options);

    /// Adds the routes of all pages, and the page for refusals. The console must outlive the router.
    void register_routes(Router& router);

private:
    friend class BundlePages;
    friend class ErasurePages;

    // Signing in and the own account: console_account.cpp
    Response home(Request& request);
    Response sign_in_page(Request& request);
    Response sign_in(Request& request);
    Response sign_out(Request& request);
    Response account_page(Request& request);
    Response change_password(Request& request);
    Response show_sign_in(const Request& request, const std::string& email, std::string_view next,
                          const std::optional<Error>& refusal);
    Response show_account(const Request& request, const std::optional<Error>& refusal);

    // Queue and entries: console_review.cpp
    Response queue_page(Request& request);
    Response entry_page(Request& request);
    Response decide(Request& request);
    Response photo(Request& request);
    Response thumbnail(Request& request);
    Response show_photo(const Request& request, Result<ReviewService::Photo> photo);
    Response show_entry(const Request& request, const Uuid& id, const std::string& back,
                        const std::string& note, const std::optional<Error>& refusal);

    // What merge flagged: console_flags.cpp
    Response flags_page(Request& request);
    Response case_page(Request& request);
    Response settle(Request& request);
    Response reopen(Request& request);
    Response show_case(const Request& request, std::int64_t position, const std::optional<Error>& refusal);
    [[nodiscard]] std::vector<std::string> people_who_settle(const std::vector<std::string>& contracts);

    // Dividing an entry: console_split.cpp
    Response split_page(Request& request);
    Response split(Request& request);
    Response show_split(const Request& request, const Fields& form, const std::string& back,
                        const std::optional<Error>& refusal);

    // Held values: console_held.cpp
    Response held_page(Request& request);
    Response held_entries_page(Request& request);
    Response set_held(Request& request);
    Response show_held(const Request& request, const std::string& contract, const std::string& measure,
                       const std::optional<Error>& refusal);

    // Quarters: console_quarters.cpp
    Response quarters_page(Request& request);
    Response quarter_page(Request& request);
    Response close_page(Request& request);
    Response close_quarter(Request& request);
    Response show_close(const Request& request, const std::optional<Error>& refusal);

    // Totals of the ledger: console_balances.cpp
    Response balances_page(Request& request);
    Response balances_file(Request& request);
    [[nodiscard]] BalancesPage balances_input(const Request& request);

    // Contracts and ledger: console_contracts.cpp, console_ledger.cpp
    Response contracts_page(Request& request);
    Response contract_page(Request& request);
    void set_years(ContractPage& input, const Viewer& viewer);

    // Terms of a contract: console_terms.cpp
    Response agree(Request& request);
    Response reopen_page(Request& request);
    Response reopen_agreement(Request& request);
    Response show_reopen(const Request& request, const TermsPage& terms, const std::optional<Error>& refusal);
    Response targets_page(Request& request);
    Response change_target(Request& request);
    Response facts_page(Request& request);
    Response change_facts(Request& request);
    Response plan_page(Request& request);
    Response change_plan(Request& request);
    [[nodiscard]] std::optional<TermsPage> terms_page(const Request& request);
    [[nodiscard]] ChangeAuthor author_of(const Request& request) const;
    [[nodiscard]] std::string person_name(std::string_view id);
    Response show_target(const Request& request, const TermsPage& terms, const TargetForm& form,
                         const std::optional<Error>& refusal);
    Response show_facts(const Request& request, const TermsPage& terms, const ContractFacts& facts,
                        const std::optional<Error>& refusal);
    Response show_plan(const Request& request, const TermsPage& terms, const Plan& plan,
                       const std::optional<Error>& refusal);

    // Frameworks, and files that are loaded: console_frameworks.cpp, console_imports.cpp
    Response frameworks_page(Request& request);
    Response framework_page(Request& request);
    Response contract_import_page(Request& request);
    Response import_contract_file(Request& request);
    Response framework_import_page(Request& request);
    Response import_framework_file(Request& request);
    Response show_import(const Request& request, std::string_view kind,
                         const std::optional<ImportReport>& report, const std::optional<Error>& refusal);
    Response import_file(Request& request, std::string_view kind);
    Response ledger_page(Request& request);
    Response ledger_row_page(Request& request);

    // Devices: console_devices.cpp
    Response devices_page(Request& request);
    Response device_page(Request& request);
    Response set_rest(Request& request);
    Response new_device_page(Request& request);
    Response make_code(Request& request);
    Response revoke_page(Request& request);
    Response revoke(Request& request);
    Response ask_new_key(Request& request);
    Response show_new_device(const Request& request, const std::optional<Error>& refusal);

    // People: console_people.cpp
    Response people_page(Request& request);
    Response new_person_page(Request& request);
    Response add_person(Request& request);
    Response person_page(Request& request);
    Response set_person_password(Request& request);
    Response set_person_active(Request& request);
    Response show_new_person(const Request& request, const std::optional<Error>& refusal);
    Response show_person(const Request& request, const User& user, const std::optional<Error>& refusal);

    [[nodiscard]] Response page(const Request& request, std::string_view name, std::string_view title,
                                std::string_view section, View content, int status = 200);
    [[nodiscard]] Response not_found(const Request& request, std::string_view what);
    [[nodiscard]] Response refusal_page(const Request& request, const Error& error, int status);
    [[nodiscard]] std::vector<Contract> visible_contracts(const Visitor& visitor);
    [[nodiscard]] std::string public_url(const Request& request) const;

    Accounts& m_accounts;
    ReviewService& m_review;
    ErasureService& m_erasure;
    DatabasePool& m_pool;
    const Clock& m_clock;
    Random& m_random;
    ConsoleOptions m_options;
    StaticFiles m_static_files;
    Templates m_templates;
    std::vector<ConsentWording> m_wordings;
};

/// How the review service sees a person.
[[nodiscard]] Viewer viewer_of(const Visitor& visitor);

/// A line above the page that says what was just done.
[[nodiscard]] View notice(std::string_view icon_name, std::string_view text, std::string_view link = {},
                          std::string_view link_text = {});

/// Sets `errors` for the summary at the top of a form. The field is the id of the input, or empty.
void set_refusal(View& view, const std::optional<Error>& refusal, std::string_view field);

/// `path` when it is an address of this server's own pages, else `otherwise`: a link that somebody was
/// sent must not lead from our sign-in page to another site.
[[nodiscard]] std::string own_path(std::string_view path, std::string_view otherwise);

} // namespace tally::server::console
