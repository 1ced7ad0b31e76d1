#pragma once
/// What a route asks of its caller. Which role holds which permission: server/accounts/roles.h.

namespace tally::server {

enum class Permission
{
    Public,          ///< anybody
    Device,          ///< an enrolled device that signed its request
    SignedIn,        ///< any person with a session
    SeeContracts,    ///< totals of the contracts in the caller's scope
    SeeEvidence,     ///< entries, their words and photos, within the caller's scope
    Decide,          ///< accept, query, decline and reverse, within the caller's scope
    SeeDevices,      ///< the list of devices
    ManageDevices,   ///< enrol and revoke devices
    SeePeople,       ///< the list of people and their roles
    ManagePeople,    ///< add people and change what they may do
    CloseQuarters,   ///< end a quarter
    ManageContracts, ///< agree contracts in the caller's scope and change their terms, with a reason
    ReopenContracts, ///< unlock a contract that was agreed by mistake, with a reason
    ImportReference, ///< load contracts, frameworks and local measures
    EraseWords,      ///< destroy the words of entries in the caller's scope
    SetRetention,    ///< say for how long evidence is kept
};

} // namespace tally::server
