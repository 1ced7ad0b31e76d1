#pragma once
/// The key with which this device signs, and how another one takes its place. The new key is on the disk
/// before anybody hears of it, and the device goes on with the old one until the server has taken the
/// statement that both signed (shared/protocol/key_change.h); a bundle carries the statement with it and is
/// signed with the new key already. What was taken is kept for ever: a server that was restored from before
/// is shown it again.

#include "client/store/store.h"
#include "shared/protocol/key_change.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally::client {

class OwnKey
{
public:
    /// The store must outlive it.
    OwnKey(Store& store, const Identity& identity);

    /// Makes a key that waits to take the present one's place; one that waits already is that key. Durable
    /// when it returns. Fails with `too_many_keys`.
    [[nodiscard]] Result<void> make_next(Timestamp now);
    /// The same because the server wishes for it, once for each wish. True when there is something to send.
    [[nodiscard]] bool meet_wish(Timestamp asked_at, Timestamp now);
    /// A key waits for the server, also one that it refused: the refusal may not have been the server's.
    [[nodiscard]] bool is_waiting();
    /// How the key of the enrolment became the one that waits, or else the present one: what is shown. Empty
    /// when it still is that of the enrolment.
    [[nodiscard]] std::string statements();
    /// The server has taken just these: the newest of them is the present key from now on.
    void taken(std::string_view statements);
    /// The server will not take the key that waits, because another has the present one's place already.
    void refused();

    /// With which a bundle is signed, and how that came: the key that waits unless it was refused, or else
    /// the present one.
    struct Newest
    {
        crypto::SigningKey key;
        std::string statements;
    };
    [[nodiscard]] Newest newest();
    /// Of the enrolment; the server's record of it names this one.
    [[nodiscard]] std::string first_public_key();
    /// By this device's clock; none when it is the key of the enrolment.
    [[nodiscard]] std::optional<Timestamp> changed_at();

private:
    [[nodiscard]] crypto::SigningKey present();

    storage::Database& m_database;
    std::int64_t m_identity;
    Uuid m_device;
};

/// Brings the tables up to date. Fails with `database_newer`.
[[nodiscard]] Result<void> migrate_own_keys(storage::Database& database);

} // namespace tally::client
