#pragma once
/// People, their passwords and their sessions.
///
/// Thread-safe: one database session behind a mutex, because each call is a few indexed reads. Hashing
/// passwords, the slow part, happens outside it.

#include "server/accounts/rate_limiter.h"
#include "server/accounts/visitor.h"
#include "shared/base/random.h"
#include "shared/base/result.h"
#include "shared/base/uuid.h"
#include "shared/crypto/password.h"
#include "shared/storage/database.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::server {

inline constexpr std::int64_t session_idle_ms = 8LL * 60 * 60 * 1000;
inline constexpr std::int64_t session_life_ms = 24LL * 60 * 60 * 1000;
inline constexpr std::size_t password_length_min = 12; ///< code points
inline constexpr std::size_t password_length_max = 200;

struct NewUser
{
    std::string name;
    std::string email;
    Role role = Role::Reviewer;
    std::vector<std::string> contracts;
    std::string password;
};

struct SignedIn
{
    std::string token; ///< for the cookie; 32 random bytes in base64url
    User user;
};

class Accounts
{
public:
    /// `database` must have the tables of account_migrations(). Clock and random must outlive this.
    Accounts(storage::Database database, const Clock& clock, Random& random,
             crypto::PasswordCost cost = crypto::PasswordCost::Normal);

    /// Fails with `bad_name`, `bad_email`, `bad_password`, `bad_contracts` or `email_taken`.
    [[nodiscard]] Result<User> add(const NewUser& user);
    [[nodiscard]] std::vector<User> list();
    [[nodiscard]] std::optional<User> find(std::string_view id);
    [[nodiscard]] bool is_empty();

    /// Fails with `bad_sign_in` (also for an unknown person, after the same time and with the same words)
    /// or `too_many_requests` after five failures in 15 minutes for the account or 50 from the network.
    [[nodiscard]] Result<SignedIn> sign_in(std::string_view email, std::string_view password,
                                           std::string_view address);
    /// Who holds this token, if its session is alive; keeps it alive.
    [[nodiscard]] std::optional<Visitor> visitor(std::string_view token);
    void sign_out(const Visitor& visitor);

    /// Ends the person's other sessions. Fails with `bad_sign_in`, `bad_password` or `too_many_requests`.
    [[nodiscard]] Result<void> change_password(const Visitor& visitor, std::string_view old_password,
                                               std::string_view new_password);
    /// For an administrator. Ends all sessions of the person. Fails with `not_found` or `bad_password`.
    [[nodiscard]] Result<void> reset_password(std::string_view id, std::string_view new_password);
    /// A person who is not active cannot sign in, and is signed out at once. Fails with `not_found`.
    [[nodiscard]] Result<void> set_active(std::string_view id, bool active);

private:
    [[nodiscard]] std::vector<User> load(std::string_view where_sql, std::string_view value);
    [[nodiscard]] Result<void> store_password(std::string_view id, std::string_view password,
                                              std::string_view kept_session);
    void remember_use(const std::string& session, const std::string& user_id, Timestamp now);

    std::mutex m_mutex;
    storage::Database m_database;
    const Clock& m_clock;
    Random& m_random;
    UuidSource m_ids;
    crypto::PasswordCost m_cost;
    std::string m_decoy_hash; ///< checked for unknown people, so that they cost the same time
    RateLimiter m_account_failures{5, 15LL * 60 * 1000};
    RateLimiter m_address_failures{50, 15LL * 60 * 1000};
};

/// The session's secret for forms, hidden under a fresh random pad so that a compressed page never
/// repeats the same bytes: value of the hidden field `csrf`.
[[nodiscard]] std::string csrf_field(const Visitor& visitor, Random& random);
[[nodiscard]] bool is_csrf_field(const Visitor& visitor, std::string_view value);

} // namespace tally::server
