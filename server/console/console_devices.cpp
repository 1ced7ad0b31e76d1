#include "server/console/console.h"
#include "server/console/device_view.h"
#include "server/console/qr_picture.h"
#include "server/console/words.h"
#include "server/http/problem.h"
#include "server/storage/device_keys.h"
#include "shared/protocol/enrolment.h"

namespace tally::server::console {
namespace {

constexpr std::size_t rows_max = 200;

std::optional<Device> device_of(DatabasePool& pool, const Request& request)
{
    const auto id = Uuid::parse(request.params.get("id"));
    if (!id)
        return std::nullopt;
    auto lease = pool.lease();
    return find_device(*lease, *id);
}

} // namespace

Response Console::devices_page(Request& request)
{
    std::vector<Device> devices;
    {
        auto lease = m_pool.lease();
        devices = list_devices(*lease);
    }
    const bool may_manage = request.visitor->may(Permission::ManageDevices);
    View view = object();
    ViewList rows;
    for (const Device& device : devices) {
        const auto person = device.author.empty() ? std::nullopt : m_accounts.find(device.author);
        View row = object();
        row.set("name", device.name);
        row.set("page", "/devices/" + device.id.text());
        row.set("mode", device.mode == DeviceMode::Kiosk ? "Kiosk" : "Worker’s device");
        set_text(row, "person", person ? person->name : "");
        row.set("enrolled", time_since(device.enrolled_at, m_clock));
        row.set("seen", device.last_seen_at ? time_since(*device.last_seen_at, m_clock) : "not yet");
        const std::string clock_text = clock_words(device);
        set_text(row, "clock", clock_text.empty() ? "" : "clock " + clock_text);
        row.set("received", std::to_string(device.received));
        row.set("outstanding", std::to_string(device.outstanding()));
        row.set("state", device_state(device));
        set_text(row, "revoke",
                 may_manage && !device.revoked_at ? "/devices/" + device.id.text() + "/revoke" : "");
        rows.push_back(std::move(row));
    }
    set_list(view, "devices", std::move(rows));
    view.set("may_manage", may_manage);
    if (request.query.get("done") == "revoked")
        view.set("notice", notice("accepted", "The device was revoked. Nothing more is taken from it."));
    else
        view.set("notice", false);
    return page(request, "devices", "Devices", "devices", std::move(view));
}

Response Console::device_page(Request& request)
{
    DevicePageInput input;
    {
        const auto id = Uuid::parse(request.params.get("id"));
        auto lease = m_pool.lease();
        auto device = id ? find_device(*lease, *id) : std::nullopt;
        if (!device)
            return not_found(request, "This device");
        input.device = std::move(*device);
        input.gaps = chain_gaps(*lease, *id, rows_max);
        input.notes = chain_notes(*lease, *id, rows_max);
        input.refused = refused_records(*lease, *id, rows_max);
        input.tried = refused_batch(*lease, *id);
    }
    if (const auto person = m_accounts.find(input.device.author))
        input.person = person->name;
    input.may_manage = request.visitor->may(Permission::ManageDevices);
    View view = device_view(input, m_clock);
    const auto done = request.query.get("done");
    if (done == "rest-accepted")
        view.set("notice", notice("accepted", "What the device still holds is taken in from now on."));
    else if (done == "rest-refused")
        view.set("notice", notice("accepted", "Nothing more is taken from the device."));
    else if (done == "new-key")
        view.set("notice", notice("accepted", "The device is asked for a new key with its next sync."));
    else
        view.set("notice", false);
    return page(request, "device", input.device.name, "devices", std::move(view));
}

Response Console::new_device_page(Request& request)
{
    return show_new_device(request, std::nullopt);
}

Response Console::show_new_device(const Request& request, const std::optional<Error>& refusal)
{
    View view = object();
    const bool name_is_wrong = refusal && (refusal->code == "bad_name" || refusal->code == "name_taken");
    view.set("name", std::string(request.form.get("name")));
    view.set("is_kiosk", request.form.get("mode") == "kiosk");
    set_text(view, "name_error", name_is_wrong ? refusal->message : "");
    set_refusal(view, refusal, name_is_wrong ? "name" : "");
    ViewList people;
    for (const User& user : m_accounts.list()) {
        if (!user.active)
            continue;
        View option = object();
        option.set("id", user.id);
        option.set("name", user.name);
        option.set("chosen", user.id == request.form.get("person"));
        people.push_back(std::move(option));
    }
    set_list(view, "people", std::move(people));
    return page(request, "device-new", refusal ? "Error: Enrol a device" : "Enrol a device", "devices",
                std::move(view), refusal ? 422 : 200);
}

Response Console::make_code(Request& request)
{
    const auto mode = device_mode_named(request.form.get("mode"));
    if (!mode)
        return show_new_device(request, Error{"bad_request", "Choose what the device is for."});
    // A kiosk has no author: nobody captures there but residents.
    const bool has_author =
        *mode == DeviceMode::Worker && m_accounts.find(request.form.get("person")).has_value();
    const std::string_view author = has_author ? request.form.get("person") : std::string_view();
    const std::string_view name = request.form.get("name");
    auto lease = m_pool.lease();
    const auto made = make_device_code(*lease, m_random, m_clock.now(), name, *mode, author);
    if (!made)
        return show_new_device(request, made.error());

    const protocol::EnrolmentInvitation invitation{public_url(request), made->code,
                                                   m_options.signing_public_key, m_options.sealing_public_key,
                                                   m_options.certificate_sha256};
    const std::string link = protocol::format_invitation(invitation);
    const std::string code = protocol::format_enrolment_code(made->code);
    View view = object();
    view.set("name", std::string(name));
    view.set("code", code);
    view.set("typed", code + "@" + invitation.server);
    view.set("link", link);
    view.set("expires", moment(made->expires_at, m_clock));
    view.set("qr", qr_svg(link, "QR code with the enrolment link"));
    return page(request, "device-code", "Code for a device", "devices", std::move(view));
}

Response Console::revoke_page(Request& request)
{
    const auto device = device_of(m_pool, request);
    if (!device)
        return not_found(request, "This device");
    View view = object();
    view.set("name", device->name);
    set_text(view, "outstanding",
             device->outstanding() > 0 ? counted(device->outstanding(), "entry", "entries") : "");
    view.set("action", "/devices/" + device->id.text() + "/revoke");
    return page(request, "device-revoke", "Revoke " + device->name, "devices", std::move(view));
}

Response Console::set_rest(Request& request)
{
    const auto device = device_of(m_pool, request);
    if (!device)
        return not_found(request, "This device");
    const bool is_accepted = request.form.get("rest") == "accepted";
    auto lease = m_pool.lease();
    const auto done =
        set_rest_of_device(*lease, device->name, is_accepted ? Rest::Accepted : Rest::Refused, m_clock.now());
    if (!done)
        return refusal_page(request, done.error(), status_of(done.error()));
    return redirect_to("/devices/" + device->id.text() +
                       (is_accepted ? "?done=rest-accepted" : "?done=rest-refused"));
}

Response Console::ask_new_key(Request& request)
{
    const auto device = device_of(m_pool, request);
    if (!device)
        return not_found(request, "This device");
    auto lease = m_pool.lease();
    const auto asked = ask_for_new_key(*lease, device->name, m_clock.now());
    if (!asked)
        return refusal_page(request, asked.error(), status_of(asked.error()));
    return redirect_to("/devices/" + device->id.text() + "?done=new-key");
}

Response Console::revoke(Request& request)
{
    const auto device = device_of(m_pool, request);
    if (!device)
        return not_found(request, "This device");
    auto lease = m_pool.lease();
    const auto revoked = revoke_device(*lease, device->name, m_clock.now());
    if (!revoked)
        return refusal_page(request, revoked.error(), status_of(revoked.error()));
    m_erasure.note_revocations();
    return redirect_to("/devices?done=revoked");
}

} // namespace tally::server::console
