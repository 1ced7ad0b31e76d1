#include "server/api/routes.h"

#include <nlohmann/json.hpp>

namespace tally::server {
namespace {

using json = nlohmann::ordered_json;

json answer(const char* description)
{
    return {{"description", description}};
}

json answer(const char* description, const char* type, json schema)
{
    return {{"description", description}, {"content", {{type, {{"schema", std::move(schema)}}}}}};
}

json refusal(const char* description)
{
    return answer(description, "application/problem+json", {{"$ref", "#/components/schemas/Problem"}});
}

json header(const char* name, const char* description)
{
    return {{"name", name},
            {"in", "header"},
            {"required", true},
            {"description", description},
            {"schema", {{"type", "string"}}}};
}

json optional_header(const char* name, const char* description)
{
    json document = header(name, description);
    document["required"] = false;
    return document;
}

json binary()
{
    return {{"type", "string"}, {"format", "binary"}};
}

json text_schema(const char* description)
{
    return {{"type", "string"}, {"description", description}};
}

const json device_security = json::array({{{"device", json::array()}}});

json schemas()
{
    return {
        {"Problem",
         {{"type", "object"},
          {"description", "RFC 9457 problem document; `code` is stable."},
          {"required", {"type", "title", "status", "detail", "code"}},
          {"properties",
           {{"type", {{"type", "string"}}},
            {"title", {{"type", "string"}}},
            {"status", {{"type", "integer"}}},
            {"detail", text_schema("A sentence: what is wrong and what to do.")},
            {"code", {{"type", "string"}}},
            {"where", text_schema("The field or place.")},
            {"server_time_ms", {{"type", "integer"}}}}}}},
        {"Enrolment",
         {{"type", "object"},
          {"required", {"code", "public_key", "proof"}},
          {"properties",
           {{"code", text_schema("12 characters.")},
            {"public_key", text_schema("Base64 of the device's Ed25519 key.")},
            {"proof", text_schema("Base64 of its signature over the code and the key.")}}}}},
        {"EnrolmentRecord",
         {{"type", "object"},
          {"required", {"device", "name", "mode", "author", "public_key", "record"}},
          {"properties",
           {{"device", text_schema("Its id, as in the answer to the enrolment; and so the others.")},
            {"name", text_schema("What the administrator called it then.")},
            {"mode", text_schema("worker or kiosk.")},
            {"author", text_schema("Person key; empty for a kiosk.")},
            {"public_key", text_schema("Base64 of the Ed25519 key with which it was enrolled.")},
            {"changes",
             {{"type", "array"},
              {"description", "How its keys followed one another since: statements in base64, oldest first."},
              {"items", {{"type", "string"}}}}},
            {"record", text_schema("Base64 of the server's signature over all that.")}}}}},
        {"Withdrawal",
         {{"type", "object"},
          {"required", {"sealed_code", "at_ms"}},
          {"properties",
           {{"sealed_code", text_schema("Base64 of the code, sealed to the server's X25519 key.")},
            {"at_ms",
             {{"type", "integer"}, {"description", "When it was typed, by the device's clock."}}}}}}},
        {"Server",
         {{"type", "object"},
          {"properties",
           {{"name", {{"type", "string"}}},
            {"signing_key", text_schema("Base64, Ed25519.")},
            {"sealing_key", text_schema("Base64, X25519.")},
            {"server_time_ms", {{"type", "integer"}}}}}}},
        {"Keys",
         {{"type", "object"},
          {"properties",
           {{"name", {{"type", "string"}}},
            {"signing_key", text_schema("Base64, Ed25519.")},
            {"sealing_key", text_schema("Base64, X25519.")},
            {"changes",
             {{"type", "array"},
              {"description", "Statements signed with an old and a new key, oldest first, in base64."},
              {"items", {{"type", "string"}}}}}}}}},
        {"Device",
         {{"type", "object"},
          {"properties",
           {{"device", {{"type", "string"}, {"format", "uuid"}}},
            {"name", {{"type", "string"}}},
            {"mode", {{"enum", {"worker", "kiosk"}}}},
            {"author", text_schema("Person key for its entries; empty for a kiosk.")},
            {"server", {{"$ref", "#/components/schemas/Server"}}},
            {"server_time_ms", {{"type", "integer"}}}}}}},
        {"InclusionProof",
         {{"type", "object"},
          {"description", "RFC 6962 section 2.1.1; hashes in base64, from the leaf upwards."},
          {"properties",
           {{"position", {{"type", "integer"}}},
            {"tree_size", {{"type", "integer"}}},
            {"leaf_hash", text_schema("SHA-256 of 0x00 and the leaf.")},
            {"hashes", {{"type", "array"}, {"items", {{"type", "string"}}}}},
            {"root", text_schema("Compare it with a checkpoint's; do not trust it by itself.")}}}}},
        {"ConsistencyProof",
         {{"type", "object"},
          {"description", "RFC 6962 section 2.1.2; hashes in base64."},
          {"properties",
           {{"from_size", {{"type", "integer"}}},
            {"to_size", {{"type", "integer"}}},
            {"from_root", {{"type", "string"}}},
            {"to_root", {{"type", "string"}}},
            {"hashes", {{"type", "array"}, {"items", {{"type", "string"}}}}}}}}},
        {"Changes",
         {{"type", "object"},
          {"properties",
           {{"cursor", text_schema("Opaque; hand it in next time.")},
            {"more", {{"type", "boolean"}}},
            {"server_time_ms", {{"type", "integer"}}},
            {"missing",
             {{"type", "array"},
              {"description", "Numbers of the device's chain that did not arrive, as ranges."},
              {"items",
               {{"type", "object"},
                {"properties", {{"first", {{"type", "integer"}}}, {"last", {{"type", "integer"}}}}}}}}},
            {"new_key_asked_at_ms",
             {{"type", "integer"},
              {"description", "An administrator wishes that the device changes its key."}}},
            {"items",
             {{"type", "array"},
              {"items",
               {{"type", "object"},
                {"properties",
                 {{"topic",
                   {{"enum", {"contract", "event", "place", "framework", "questionnaire", "entry"}}}},
                  {"key", {{"type", "string"}}},
                  {"value", {{"type", {"object", "null"}}}}}}}}}}}}}},
    };
}

json schema_of(const char* name)
{
    return {{"$ref", std::string("#/components/schemas/") + name}};
}

json batch_paths()
{
    return {
        {"post",
         {{"operationId", "sendBatch"},
          {"summary", "Send sealed entries, signed by the device"},
          {"requestBody",
           {{"required", true}, {"content", {{"application/vnd.tallybook.batch", {{"schema", binary()}}}}}}},
          {"responses",
           {{"200", answer("A signed receipt, one outcome for each entry",
                           "application/vnd.tallybook.receipt", binary())},
            {"400", refusal("Not a batch")},
            {"401", refusal("Unknown device or wrong signature")},
            {"403", refusal("The device was revoked")},
            {"413", refusal("Too large: send fewer entries")}}}}}};
}

json query_parameter(const char* name, const char* description)
{
    return {{"name", name},
            {"in", "query"},
            {"required", false},
            {"description", description},
            {"schema", {{"type", "string"}}}};
}

json chain_paths()
{
    return {
        {"post",
         {{"operationId", "reportNumbers"},
          {"summary", "Say of numbers of the device's chain that nothing will come under them, or not now"},
          {"requestBody",
           {{"required", true}, {"content", {{"application/vnd.tallybook.chain", {{"schema", binary()}}}}}}},
          {"responses",
           {{"204", answer("Noted")},
            {"400", refusal("Not a report")},
            {"401", refusal("Unknown device or wrong signature")},
            {"403", refusal("The device was revoked")}}}}}};
}

json device_key_paths()
{
    return {
        {"post",
         {{"operationId", "changeDeviceKey"},
          {"summary",
           "Show how the device's keys followed one another; what is known already changes nothing"},
          {"requestBody",
           {{"required", true},
            {"content", {{"application/vnd.tallybook.key-changes", {{"schema", binary()}}}}}}},
          {"responses",
           {{"204", answer("The last key is the device's from now on")},
            {"400", refusal("Not statements of one device that hang together")},
            {"401", refusal("Unknown device, or none of its keys")},
            {"403", refusal("The device was revoked")},
            {"409", refusal("Another key took the old one's place already, or the new one is in use")}}}}}};
}

json upload_paths()
{
    const json digest = {{"name", "digest"},
                         {"in", "path"},
                         {"required", true},
                         {"schema", {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}}};
    const json tus = header("Tus-Resumable", "1.0.0");
    return {
        {"/api/v1/attachments",
         {{"post",
           {{"operationId", "beginUpload"},
            {"summary",
             "Begin an upload (tus 1.0 creation), also with its first bytes (creation-with-upload)"},
            {"security", device_security},
            {"parameters",
             {tus, header("Upload-Length", "Bytes of the whole"),
              header("Upload-Metadata", "digest and the base64 of the hex SHA-256"),
              optional_header("Upload-Checksum", "sha1 or sha256, and the base64 of it, of these bytes")}},
            {"requestBody",
             {{"required", false},
              {"content", {{"application/offset+octet-stream", {{"schema", binary()}}}}}}},
            {"responses",
             {{"201", answer("Begun, or begun before: see Upload-Offset and Location")},
              {"200", answer("It is here already, whole")},
              {"404", refusal("No entry of this device names it")},
              {"413", refusal("More bytes than Upload-Length says")},
              {"423", refusal("Another connection is sending it")},
              {"460", refusal("The checksum does not fit, or at the last byte the digest")}}}}}}},
        {"/api/v1/attachments/{digest}",
         {{"head",
           {{"operationId", "uploadOffset"},
            {"summary", "How many bytes have come (tus 1.0)"},
            {"security", device_security},
            {"parameters", {digest}},
            {"responses",
             {{"200", answer("Upload-Offset and Upload-Length")},
              {"404", answer("Not begun")},
              {"410", answer("Begun too long ago: begin it again")}}}}},
          {"delete",
           {{"operationId", "endUpload"},
            {"summary", "End an unfinished upload (tus 1.0 termination)"},
            {"security", device_security},
            {"parameters", {digest, tus}},
            {"responses",
             {{"204", answer("Ended: what came of it is thrown away")},
              {"403", refusal("It is complete and belongs to the evidence")},
              {"404", refusal("Not begun")}}}}},
          {"patch",
           {{"operationId", "continueUpload"},
            {"summary", "Send the bytes from Upload-Offset on (tus 1.0)"},
            {"security", device_security},
            {"parameters",
             {digest, tus, header("Upload-Offset", "Where these bytes begin"),
              optional_header("Upload-Checksum", "sha1 or sha256, and the base64 of it, of these bytes")}},
            {"requestBody", {{"content", {{"application/offset+octet-stream", {{"schema", binary()}}}}}}},
            {"responses",
             {{"204", answer("Kept; Upload-Offset says how far it is")},
              {"409", refusal("Another offset is wanted")},
              {"410", refusal("Begun too long ago: begin it again")},
              {"423", refusal("Another connection is sending it")},
              {"460", refusal("The checksum does not fit: send the part again. Or the digest does not fit: "
                              "the upload starts again")}}}}}}},
    };
}

json number_parameter(const char* name, bool required, const char* description)
{
    return {{"name", name},
            {"in", "query"},
            {"required", required},
            {"description", description},
            {"schema", {{"type", "integer"}, {"minimum", 0}}}};
}

json proof_paths()
{
    const json tile_name = {{"name", "name"},
                            {"in", "path"},
                            {"required", true},
                            {"description", "LEVEL/INDEX or entries/INDEX as in C2SP tlog-tiles, such as "
                                            "0/x001/234, with .p/WIDTH for a partial tile"},
                            {"schema", {{"type", "string"}}}};
    return {
        {"/checkpoint",
         {{"get",
           {{"operationId", "tlogCheckpoint"},
            {"summary", "The latest checkpoint, where tools for C2SP tlog-tiles look for it"},
            {"responses",
             {{"200", answer("The note", "text/plain", {{"type", "string"}})},
              {"404", refusal("The ledger is empty")}}}}}}},
        {"/tile/{name}",
         {{"get",
           {{"operationId", "tile"},
            {"summary", "A tile of hashes or a bundle of leaves (C2SP tlog-tiles)"},
            {"parameters", json::array({tile_name})},
            {"responses",
             {{"200", answer("Hashes of 32 bytes, or leaves each after its length in two bytes",
                             "application/octet-stream", binary())},
              {"404", refusal("Not an address of a tile, or the log is not that long")}}}}}}},
        {"/api/v1/proof/inclusion",
         {{"get",
           {{"operationId", "inclusionProof"},
            {"summary", "That a row is in the log"},
            {"parameters", json::array({number_parameter("position", true, "Of the row, from 0"),
                                        number_parameter("size", false,
                                                         "Of the tree; left out: the latest checkpoint's")})},
            {"responses",
             {{"200", answer("The proof", "application/json", schema_of("InclusionProof"))},
              {"400", refusal("Not a number")},
              {"404", refusal("The log or the tree is not that long")}}}}}}},
        {"/api/v1/proof/consistency",
         {{"get",
           {{"operationId", "consistencyProof"},
            {"summary", "That the log only grew between two sizes"},
            {"parameters",
             json::array(
                 {number_parameter("from", true, "The earlier size, from 1"),
                  number_parameter("to", false, "The later size; left out: the latest checkpoint's")})},
            {"responses",
             {{"200", answer("The proof", "application/json", schema_of("ConsistencyProof"))},
              {"400", refusal("Not a number")},
              {"404", refusal("The log is not that long, or the sizes are the wrong way round")}}}}}}},
    };
}

} // namespace

std::string openapi_document()
{
    json paths = {
        {"/api/v1/batches", batch_paths()},
        {"/api/v1/chain", chain_paths()},
        {"/api/v1/device-keys", device_key_paths()},
        {"/api/v1/enrolments",
         {{"post",
           {{"operationId", "enrol"},
            {"summary", "Register a device's key with a one-time code"},
            {"requestBody", {{"content", {{"application/json", {{"schema", schema_of("Enrolment")}}}}}}},
            {"responses",
             {{"201", answer("Enrolled", "application/json", schema_of("Device"))},
              {"403", refusal("The code is unknown, used or too old")},
              {"429", refusal("Too many wrong codes from this address within 15 minutes")}}}}}}},
        {"/api/v1/enrolments/again",
         {{"post",
           {{"operationId", "enrolAgain"},
            {"summary", "Show an enrolment that a restored server does not know"},
            {"requestBody",
             {{"content", {{"application/json", {{"schema", schema_of("EnrolmentRecord")}}}}}}},
            {"responses",
             {{"204", answer("The device is let in as it was")},
              {"400", refusal("A field is missing")},
              {"403", refusal("This server never signed that")}}}}}}},
        {"/api/v1/changes",
         {{"get",
           {{"operationId", "changes"},
            {"summary", "What changed for this device since a cursor"},
            {"security", device_security},
            {"parameters",
             json::array({query_parameter("cursor", "Where to go on; leave it out at first"),
                          query_parameter("trees", "Sizes of the ledger to prove, with hyphens between"),
                          query_parameter("clock", "Server clock less device clock, and how sure that is, in "
                                                   "milliseconds, such as -180000.40")})},
            {"responses",
             {{"200", answer("Changes", "application/json", schema_of("Changes"))},
              {"400", refusal("A cursor that is not ours, or sizes or a clock that are none")}}}}}}},
        {"/api/v1/withdrawals",
         {{"post",
           {{"operationId", "withdraw"},
            {"summary", "Pass on a person's withdrawal code, sealed to this server"},
            {"security", device_security},
            {"requestBody", {{"content", {{"application/json", {{"schema", schema_of("Withdrawal")}}}}}}},
            {"responses",
             {{"202", answer("Taken, whether or not anything was given under that code")},
              {"400", refusal("There is no sealed code")},
              {"429", refusal("Too many codes within an hour")}}}}}}},
        {"/api/v1/server",
         {{"get",
           {{"operationId", "server"},
            {"summary", "Name, keys and time of this server"},
            {"responses", {{"200", answer("The server", "application/json", schema_of("Server"))}}}}}}},
        {"/api/v1/keys",
         {{"get",
           {{"operationId", "keys"},
            {"summary", "The server's keys, and how they came from earlier ones"},
            {"responses", {{"200", answer("The keys", "application/json", schema_of("Keys"))}}}}}}},
        {"/api/v1/checkpoint",
         {{"get",
           {{"operationId", "checkpoint"},
            {"summary", "The ledger's latest checkpoint, a C2SP signed note"},
            {"responses",
             {{"200", answer("The note", "text/plain", {{"type", "string"}})},
              {"404", refusal("The ledger is empty")}}}}}}},
        {"/healthz",
         {{"get",
           {{"operationId", "health"},
            {"summary", "Whether the server and its database answer"},
            {"responses", {{"200", answer("ok")}}}}}}},
    };
    paths.update(upload_paths());
    paths.update(proof_paths());
    const json document = {
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "Tallybook sync"},
          {"version", "1"},
          {"description",
           "How devices send sealed evidence and hear what became of it. The bytes of batches and "
           "receipts, and the device signature, are described in shared/protocol/PROTOCOL.md."}}},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", schemas()},
          {"securitySchemes",
           {{"device",
             {{"type", "apiKey"},
              {"in", "header"},
              {"name", "Authorization"},
              {"description", "Tallybook DEVICE.TIME.NONCE.SIGNATURE"}}}}}}},
    };
    return document.dump(1);
}

} // namespace tally::server
