#include "server/api/uploads.h"

#include "server/api/upload_headers.h"
#include "server/http/http_date.h"
#include "server/http/problem.h"
#include "shared/base/encoding.h"

#include <algorithm>
#include <array>

namespace tally::server {
namespace {

constexpr std::string_view bytes_type = "application/offset+octet-stream";

Response as_tus(Response response)
{
    return std::move(response)
        .with("Tus-Resumable", std::string(tus_version))
        .with("Cache-Control", "no-store");
}

Response with_upload(Response response, const UploadProgress& progress)
{
    response.with("Upload-Offset", std::to_string(progress.offset));
    if (progress.expires_at)
        response.with("Upload-Expires", http_date(*progress.expires_at));
    return as_tus(std::move(response));
}

int status_of_upload(const Error& error)
{
    struct CodeStatus
    {
        std::string_view code;
        int status;
    };
    constexpr std::array statuses = {
        CodeStatus{"bad_upload", 400},           CodeStatus{"bad_digest", 400},
        CodeStatus{"bad_length", 400},           CodeStatus{"upload_complete", 403},
        CodeStatus{"attachment_unknown", 404},   CodeStatus{"upload_expired", 410},
        CodeStatus{"attachment_too_large", 413}, CodeStatus{"too_many_bytes", 413},
        CodeStatus{"upload_busy", 423},          CodeStatus{"checksum_mismatch", 460},
    };
    for (const auto& known : statuses)
        if (known.code == error.code)
            return known.status;
    return status_of(error);
}

Response upload_problem(const Error& error)
{
    return as_tus(problem(error, status_of_upload(error)));
}

std::optional<std::int64_t> number_header(const Request& request, std::string_view name)
{
    return upload_number(request.headers.get(name));
}

std::optional<Response> wrong_tus_version(const Request& request)
{
    if (request.headers.get("Tus-Resumable") == tus_version)
        return std::nullopt;
    return upload_problem({"tus_version", "Uploads speak tus 1.0.0: send the header Tus-Resumable: 1.0.0."})
        .with("Tus-Version", std::string(tus_version));
}

Error wrong_type()
{
    return {"unsupported_media_type", "The bytes of an upload are of the type " + std::string(bytes_type) + "."};
}

/// Those that come with the creation. A client whose connection broke begins again with the first byte: what is
/// here already is passed over, as nothing but the photo with this digest can become of it.
Result<UploadProgress> take_first_bytes(Request& request, const Uuid& device, const std::string& digest,
                                        UploadProgress begun, const std::optional<ChunkCheck>& check,
                                        ApiServices& services)
{
    if (begun.complete) {
        // Read all the same: a client that is still sending might not hear an answer before.
        const auto passed_over = request.stream->read([](std::string_view) { return true; });
        return passed_over ? Result<UploadProgress>(begun) : passed_over.error();
    }
    if (check && begun.offset > 0) {
        // The checksum is of all these bytes, also of those that are here.
        if (const auto ended = services.attachments.terminate(digest); !ended)
            return ended.error();
        const auto again = services.attachments.begin(device, digest, begun.length, services.clock.now());
        if (!again)
            return again;
        begun = *again;
    }
    auto passes_over = static_cast<std::size_t>(begun.offset);
    return services.attachments.append(
        digest, begun.offset,
        [&](const AttachmentStore::Sink& sink) {
            return request.stream->read([&](std::string_view part) {
                const std::size_t known = std::min(passes_over, part.size());
                passes_over -= known;
                part.remove_prefix(known);
                return part.empty() || sink(part);
            });
        },
        services.clock.now(), check);
}

Response upload_offset(const std::string& digest, ApiServices& services)
{
    const auto progress = services.attachments.resume(digest);
    if (!progress)
        return upload_problem(progress.error());
    if (progress->arrived)
        services.ingest.comparison().photo_arrived(digest);
    if (progress->has_expired(services.clock.now()))
        return upload_problem({"upload_expired", "This upload was begun too long ago. Begin it again."});
    return with_upload(no_content(200), *progress)
        .with("Upload-Length", std::to_string(progress->length))
        .with("Upload-Metadata", upload_metadata(digest));
}

Response continue_upload(Request& request, const std::string& digest, ApiServices& services)
{
    if (request.stream == nullptr)
        return upload_problem(bad_upload("Send the bytes with PATCH, or with POST."));
    if (request.headers.get("Content-Type") != bytes_type)
        return upload_problem(wrong_type());
    const auto offset = number_header(request, "Upload-Offset");
    if (!offset)
        return upload_problem(bad_upload("Say in the header Upload-Offset where these bytes begin."));
    const auto check = upload_check(request.headers.find("Upload-Checksum"));
    if (!check)
        return upload_problem(check.error());
    const auto progress = services.attachments.append(
        digest, *offset, [&](const AttachmentStore::Sink& sink) { return request.stream->read(sink); },
        services.clock.now(), *check);
    if (!progress)
        return upload_problem(progress.error());
    if (progress->arrived)
        services.ingest.comparison().photo_arrived(digest);
    return with_upload(no_content(204), *progress);
}

Response end_upload(const std::string& digest, ApiServices& services)
{
    const auto ended = services.attachments.terminate(digest);
    return ended ? as_tus(no_content(204)) : upload_problem(ended.error());
}

} // namespace

Response begin_upload(Request& request, ApiServices& services)
{
    if (auto refused = wrong_tus_version(request))
        return *refused;
    const auto length = number_header(request, "Upload-Length");
    const auto digest = upload_digest(request.headers.get("Upload-Metadata"));
    const auto device = Uuid::parse(request.device_id);
    if (!length)
        return upload_problem(bad_upload("Say in the header Upload-Length how many bytes the photo has."));
    if (!digest || !device)
        return upload_problem(digest ? device.error() : digest.error());
    const bool has_bytes = request.stream != nullptr && !request.stream->is_finished();
    const auto check = upload_check(request.headers.find("Upload-Checksum"));
    if (has_bytes) {
        if (request.headers.get("Content-Type") != bytes_type)
            return upload_problem(wrong_type());
        if (!check)
            return upload_problem(check.error());
        if (request.stream->length().value_or(0) > static_cast<std::uint64_t>(*length))
            return upload_problem({"too_many_bytes", "There are more bytes than Upload-Length says."});
    }
    const auto begun = services.attachments.begin(*device, *digest, *length, services.clock.now());
    const auto progress =
        begun && has_bytes ? take_first_bytes(request, *device, *digest, *begun, *check, services) : begun;
    if (!progress)
        return upload_problem(progress.error());
    if (progress->arrived)
        services.ingest.comparison().photo_arrived(*digest);
    const bool was_here = begun->complete && !begun->arrived;
    return with_upload(no_content(was_here ? 200 : 201), *progress)
        .with("Location", std::string(uploads_path) + "/" + *digest);
}

Response one_upload(Request& request, ApiServices& services)
{
    if (auto refused = wrong_tus_version(request))
        return *refused;
    const std::string digest(request.params.get("digest"));
    const auto device = Uuid::parse(request.device_id);
    // What another device sends is as unknown here as what nobody does.
    if (!device || !services.attachments.is_named_by(*device, digest))
        return upload_problem({"not_found", "No entry of this device names this photo."});
    // For clients whose proxy or library lets no PATCH through.
    const std::string_view override = request.headers.get("X-HTTP-Method-Override");
    const std::string_view method = !override.empty() ? override
                                    : request.is_head ? "HEAD"
                                                      : name_of(request.method);
    if (method == "HEAD" || method == "GET")
        return upload_offset(digest, services);
    if (method == "PATCH")
        return continue_upload(request, digest, services);
    if (method == "DELETE")
        return end_upload(digest, services);
    return upload_problem({"method_not_allowed", "An upload answers to HEAD, PATCH and DELETE."})
        .with("Allow", "HEAD, PATCH, DELETE, OPTIONS");
}

Response upload_options(Request&, ApiServices&)
{
    return no_content(204)
        .with("Tus-Resumable", std::string(tus_version))
        .with("Tus-Version", std::string(tus_version))
        .with("Tus-Extension", "creation,creation-with-upload,checksum,expiration,termination")
        .with("Tus-Checksum-Algorithm", "sha1,sha256")
        .with("Tus-Max-Size", std::to_string(limits::attachment_bytes_max));
}

} // namespace tally::server
