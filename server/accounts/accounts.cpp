#include "server/accounts/accounts.h"

#include "server/http/network.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"

namespace tally::server {
namespace {

constexpr std::int64_t note_use_every_ms = 60'000;
constexpr std::size_t csrf_bytes = 16;
constexpr std::size_t name_length_max = 120;

std::string lower_case(std::string_view text)
{
    std::string out(trimmed(text));
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_email(std::string_view text)
{
    const std::size_t at = text.find('@');
    return is_utf8(text) && text.size() <= 254 && at != std::string_view::npos && at > 0 &&
           at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
           text.find_first_of(" \t\r\n<>,;") == std::string_view::npos;
}

Result<void> check_password(std::string_view password)
{
    const bool readable = is_utf8(password);
    const std::size_t length = readable ? utf8_length(password) : 0;
    if (length < password_length_min)
        return Error{
            "bad_password",
            "The password is too short. Use at least 12 characters; four random words make a good one.",
            "password"};
    if (length > password_length_max)
        return Error{"bad_password", "The password is longer than 200 characters.", "password"};
    return {};
}

std::string hash_of(std::string_view token)
{
    return crypto::sha256_hex(token);
}

/// Known only to who holds the token: the database has just its hash.
std::string csrf_of(std::string_view token)
{
    return crypto::derive(crypto::sha256({"tallybook-csrf-v1", token}), {"form"}, csrf_bytes);
}

Error bad_sign_in()
{
    return {"bad_sign_in", "The email address or the password is not right. Check both and try again."};
}

Error too_many_failures()
{
    return {"too_many_requests",
            "Too many attempts to sign in have failed. Wait a quarter of an hour, then try again."};
}

} // namespace

Accounts::Accounts(storage::Database database, const Clock& clock, Random& random, crypto::PasswordCost cost)
    : m_database(std::move(database)), m_clock(clock), m_random(random), m_ids(clock, random), m_cost(cost),
      m_decoy_hash(crypto::decoy_hash(cost))
{
}

Result<User> Accounts::add(const NewUser& given)
{
    User user;
    user.name = trimmed(given.name);
    user.email = lower_case(given.email);
    user.role = given.role;
    user.contracts = given.contracts;
    if (user.name.empty() || !is_utf8(user.name) || utf8_length(user.name) > name_length_max)
        return Error{"bad_name", "Give the person's name, at most 120 characters.", "name"};
    if (!is_email(user.email))
        return Error{"bad_email",
                     "This is not an email address. It needs one @ between two parts, such as "
                     "asha@example.org.",
                     "email"};
    if (sees_all_contracts(user.role))
        user.contracts.clear();
    else if (user.contracts.empty())
        return Error{"bad_contracts",
                     "Choose at least one contract: somebody with this role sees nothing without.",
                     "contracts"};
    if (auto checked = check_password(given.password); !checked)
        return checked.error();
    const std::string hash = crypto::hash_password(given.password, m_cost);

    const std::lock_guard lock(m_mutex);
    user.id = m_ids.next().text();
    user.created_at = m_clock.now();
    storage::Transaction transaction(m_database);
    const auto added =
        m_database.run("INSERT INTO users (id, name, email, role, password_hash, active, created_at) "
                       "VALUES (:id, :name, :email, :role, :hash, 1, :created_at) "
                       "ON CONFLICT DO NOTHING",
                       user.id, user.name, user.email, name_of(user.role), hash, user.created_at.ms);
    if (added == 0)
        return Error{"email_taken", "Somebody with this email address is already in the list.", "email"};
    for (const auto& contract : user.contracts)
        m_database.run("INSERT INTO user_contracts (user_id, contract) VALUES (:user_id, :contract) "
                       "ON CONFLICT DO NOTHING",
                       user.id, contract);
    transaction.commit();
    return user;
}

std::vector<User> Accounts::load(std::string_view where_sql, std::string_view value)
{
    std::vector<User> users;
    m_database.for_each<std::string, std::string, std::string, std::string, bool, std::int64_t,
                        std::optional<std::int64_t>>(
        "SELECT id, name, email, role, active, created_at, last_seen_at FROM users WHERE " +
            std::string(where_sql) + " ORDER BY name, id",
        [&](std::string&& id, std::string&& name, std::string&& email, std::string&& role, bool active,
            std::int64_t created_at, std::optional<std::int64_t> last_seen_at) {
            User user{std::move(id),
                      std::move(name),
                      std::move(email),
                      Role::Supplier,
                      {},
                      active,
                      {created_at},
                      {}};
            // A role from a newer program is read as the one that may do least.
            user.role = role_named(role).value_or(Role::Supplier);
            if (last_seen_at)
                user.last_seen_at = Timestamp{*last_seen_at};
            users.push_back(std::move(user));
        },
        value);
    for (User& user : users)
        user.contracts = m_database.query<std::string>(
            "SELECT contract FROM user_contracts WHERE user_id = :id ORDER BY contract", user.id);
    return users;
}

std::vector<User> Accounts::list()
{
    const std::lock_guard lock(m_mutex);
    return load("id <> :none", "");
}

std::optional<User> Accounts::find(std::string_view id)
{
    const std::lock_guard lock(m_mutex);
    auto users = load("id = :id", id);
    return users.empty() ? std::nullopt : std::optional(std::move(users.front()));
}

bool Accounts::is_empty()
{
    const std::lock_guard lock(m_mutex);
    return m_database.query_one<std::int64_t>("SELECT COUNT(*) FROM users").value_or(0) == 0;
}

Result<SignedIn> Accounts::sign_in(std::string_view email, std::string_view password,
                                   std::string_view address)
{
    const std::string account = lower_case(email);
    const std::string from = network_of(address);
    const Timestamp now = m_clock.now();
    if (!m_account_failures.is_open(account, now) || !m_address_failures.is_open(from, now))
        return too_many_failures();

    std::string hash = m_decoy_hash;
    std::string id;
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_database.query_one<std::string, std::string>(
                "SELECT id, password_hash FROM users WHERE email = :email AND active = 1", account))
            std::tie(id, hash) = *found;
    }
    const bool right = password.size() <= 4 * password_length_max && crypto::is_password(password, hash);
    if (!right || id.empty()) {
        m_account_failures.note_failure(account, now);
        m_address_failures.note_failure(from, now);
        return bad_sign_in();
    }
    m_account_failures.forget(account);

    SignedIn signed_in;
    const std::lock_guard lock(m_mutex);
    signed_in.token = to_base64url(m_random.bytes(32));
    storage::Transaction transaction(m_database);
    m_database.run("DELETE FROM sessions WHERE created_at < :born OR last_used_at < :used",
                   now.ms - session_life_ms, now.ms - session_idle_ms);
    m_database.run("INSERT INTO sessions (token_hash, user_id, created_at, last_used_at) "
                   "VALUES (:hash, :user_id, :created_at, :used_at)",
                   hash_of(signed_in.token), id, now.ms, now.ms);
    m_database.run("UPDATE users SET last_seen_at = :now WHERE id = :id", now.ms, id);
    signed_in.user = load("id = :id", id).at(0);
    transaction.commit();
    return signed_in;
}

std::optional<Visitor> Accounts::visitor(std::string_view token)
{
    if (token.size() != 43)
        return std::nullopt;
    const std::string session = hash_of(token);
    const Timestamp now = m_clock.now();
    const std::lock_guard lock(m_mutex);
    const auto found = m_database.query_one<std::string, std::int64_t, std::int64_t>(
        "SELECT user_id, created_at, last_used_at FROM sessions WHERE token_hash = :hash", session);
    if (!found)
        return std::nullopt;
    const auto& [user_id, created_at, last_used_at] = *found;
    if (now.ms - created_at >= session_life_ms || now.ms - last_used_at >= session_idle_ms)
        return std::nullopt;
    auto users = load("id = :id", user_id);
    if (users.empty() || !users.front().active)
        return std::nullopt;
    if (now.ms - last_used_at >= note_use_every_ms)
        remember_use(session, user_id, now);
    return Visitor{std::move(users.front()), session, csrf_of(token)};
}

void Accounts::remember_use(const std::string& session, const std::string& user_id, Timestamp now)
{
    storage::Transaction transaction(m_database);
    m_database.run("UPDATE sessions SET last_used_at = :now WHERE token_hash = :hash", now.ms, session);
    m_database.run("UPDATE users SET last_seen_at = :now WHERE id = :id", now.ms, user_id);
    transaction.commit();
}

void Accounts::sign_out(const Visitor& visitor)
{
    const std::lock_guard lock(m_mutex);
    m_database.run("DELETE FROM sessions WHERE token_hash = :hash", visitor.session);
}

Result<void> Accounts::change_password(const Visitor& visitor, std::string_view old_password,
                                       std::string_view new_password)
{
    const Timestamp now = m_clock.now();
    if (!m_account_failures.is_open(visitor.user.email, now))
        return too_many_failures();
    std::string hash = m_decoy_hash;
    {
        const std::lock_guard lock(m_mutex);
        if (auto found = m_database.query_one<std::string>("SELECT password_hash FROM users WHERE id = :id",
                                                           visitor.user.id))
            hash = *std::move(found);
    }
    if (old_password.size() > 4 * password_length_max || !crypto::is_password(old_password, hash)) {
        m_account_failures.note_failure(visitor.user.email, now);
        return Error{"bad_sign_in", "This is not your present password.", "old_password"};
    }
    if (auto checked = check_password(new_password); !checked)
        return checked;
    return store_password(visitor.user.id, new_password, visitor.session);
}

Result<void> Accounts::reset_password(std::string_view id, std::string_view new_password)
{
    if (auto checked = check_password(new_password); !checked)
        return checked;
    return store_password(id, new_password, "");
}

Result<void> Accounts::store_password(std::string_view id, std::string_view password,
                                      std::string_view kept_session)
{
    const std::string hash = crypto::hash_password(password, m_cost);
    const std::lock_guard lock(m_mutex);
    storage::Transaction transaction(m_database);
    if (m_database.run("UPDATE users SET password_hash = :hash WHERE id = :id", hash, id) == 0)
        return Error{"not_found", "There is no such person."};
    m_database.run("DELETE FROM sessions WHERE user_id = :id AND token_hash <> :kept", id, kept_session);
    transaction.commit();
    return {};
}

Result<void> Accounts::set_active(std::string_view id, bool active)
{
    const std::lock_guard lock(m_mutex);
    storage::Transaction transaction(m_database);
    if (m_database.run("UPDATE users SET active = :active WHERE id = :id", active ? 1 : 0, id) == 0)
        return Error{"not_found", "There is no such person."};
    if (!active)
        m_database.run("DELETE FROM sessions WHERE user_id = :id", id);
    transaction.commit();
    return {};
}

std::string csrf_field(const Visitor& visitor, Random& random)
{
    std::string field = random.bytes(csrf_bytes);
    for (std::size_t i = 0; i < csrf_bytes; ++i)
        field.push_back(static_cast<char>(field[i] ^ visitor.csrf[i]));
    return to_base64url(field);
}

bool is_csrf_field(const Visitor& visitor, std::string_view value)
{
    const auto field = from_base64url(value);
    if (!field || field->size() != 2 * csrf_bytes || visitor.csrf.size() != csrf_bytes)
        return false;
    std::string secret;
    for (std::size_t i = 0; i < csrf_bytes; ++i)
        secret.push_back(static_cast<char>((*field)[i] ^ (*field)[csrf_bytes + i]));
    return crypto::equal_in_constant_time(secret, visitor.csrf);
}

} // namespace tally::server
