#include "server/verify/report.h"

#include "shared/base/encoding.h"
#include "shared/base/time.h"
#include "shared/protocol/json_writer.h"

namespace tally::verify {
namespace {

using protocol::JsonWriter;

/// Numbers as exact text: no program reads them as floating point.
void write_sum(JsonWriter& json, std::string_view name, const Sum& sum)
{
    json.key(name).begin_object();
    json.field("entries", sum.entries);
    json.field("quantity", format_quantity(sum.quantity));
    json.field("value_gbp", format_exact(sum.value));
    json.field("quantity_parts", sum.quantity.parts);
    json.field("value_parts", sum.value.parts);
    json.end_object();
}

void write_totals(JsonWriter& json, const std::map<TotalKey, Total>& totals)
{
    json.key("totals").begin_array();
    for (const auto& [key, total] : totals) {
        json.begin_object();
        json.field("contract", key.contract);
        json.field("framework", key.framework);
        json.field("version", key.version);
        json.field("measure", key.measure);
        json.field("class", key.value_class);
        write_sum(json, "claimed", total.claimed);
        write_sum(json, "confirmed", total.confirmed);
        write_sum(json, "held_claimed", total.held_claimed);
        write_sum(json, "held_confirmed", total.held_confirmed);
        json.end_object();
    }
    json.end_array();
}

void write_receipt(JsonWriter& json, const ReceiptReport& receipt)
{
    json.key("receipt").begin_object();
    json.field("device", receipt.device);
    json.field("received_at", format_utc(Timestamp{receipt.received_at_ms}));
    json.field("tree_size", static_cast<std::int64_t>(receipt.tree_size));
    json.field("in_log", static_cast<std::int64_t>(receipt.in_log));
    json.field("refused", static_cast<std::int64_t>(receipt.refused));
    json.key("covers_exact_bytes").boolean(receipt.covers_exact_bytes);
    json.end_object();
}

std::string sum_in_words(const Sum& sum)
{
    return std::to_string(sum.entries) + (sum.entries == 1 ? " entry, " : " entries, ") +
           format_quantity_for_people(sum.quantity) + ", " + format_pounds(sum.value);
}

void add_total(std::string& out, const TotalKey& key, const Total& total)
{
    const auto or_none = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
    out += "contract " + or_none(key.contract) + ", measure " + or_none(key.measure);
    if (!key.framework.empty())
        out += " (" + key.framework + " " + key.version + ")";
    out += ", class " + key.value_class + "\n";
    out += "  claimed    " + sum_in_words(total.claimed) + "\n";
    out += "  confirmed  " + sum_in_words(total.confirmed) + "\n";
    if (total.held_claimed.entries + total.held_confirmed.entries > 0)
        out += "  held, in no total: claimed " + sum_in_words(total.held_claimed) + "; confirmed " +
               sum_in_words(total.held_confirmed) + "\n";
}

std::string receipt_in_words(const ReceiptReport& receipt)
{
    std::string out = "The receipt of " + format_utc(Timestamp{receipt.received_at_ms}) + " for device " +
                      receipt.device + " fits: " + std::to_string(receipt.in_log) +
                      (receipt.in_log == 1 ? " entry is" : " entries are") + " in the log where it says";
    if (receipt.refused > 0)
        out += ", " + counted(receipt.refused, "was", "were") + " refused then";
    else if (receipt.covers_exact_bytes)
        out += ", byte for byte what the device sent";
    return out + ".\n";
}

} // namespace

std::string report_as_json(const FileReport& report)
{
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.key("ok").boolean(report.ok());
    json.field("origin", report.origin);
    json.field("key", report.verifier_key);
    json.field("rows", static_cast<std::int64_t>(report.rows));
    json.field("entries", static_cast<std::int64_t>(report.entries));
    json.field("decisions", static_cast<std::int64_t>(report.counts.decisions));
    json.field("flags", static_cast<std::int64_t>(report.counts.flags));
    json.field("open_flags", static_cast<std::int64_t>(report.counts.open_flags));
    json.field("erasures", static_cast<std::int64_t>(report.counts.erasures));
    json.field("closings", static_cast<std::int64_t>(report.counts.closings));
    json.field_if("closed_through", report.closed_through);
    json.field("checkpoints", static_cast<std::int64_t>(report.checkpoints));
    json.field("root", to_base64(report.root));
    write_totals(json, report.totals);
    if (report.receipt)
        write_receipt(json, *report.receipt);
    if (report.kept_checkpoint)
        json.field("kept_checkpoint", static_cast<std::int64_t>(*report.kept_checkpoint));
    json.key("findings").begin_array();
    for (const auto& finding : report.findings) {
        json.begin_object();
        json.field("code", finding.code);
        json.field("message", finding.message);
        json.field("where", finding.where);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    return out;
}

std::string report_as_text(const FileReport& report)
{
    if (!report.ok())
        return {};
    std::string out;
    for (const auto& [key, total] : report.totals)
        add_total(out, key, total);
    if (report.receipt)
        out += receipt_in_words(*report.receipt);
    if (report.kept_checkpoint)
        out += "The checkpoint that was kept fits: the first " + std::to_string(*report.kept_checkpoint) +
               " rows are those that were signed then.\n";
    out += "The ledger is whole: " + std::to_string(report.rows) + " rows, " +
           std::to_string(report.entries) + " entries, " + std::to_string(report.counts.decisions) +
           " decisions, " + std::to_string(report.checkpoints) + " signed checkpoints.\n";
    out += "Merge flagged " + std::to_string(report.counts.flags) + " times, " +
           std::to_string(report.counts.open_flags) + " still open. " +
           std::to_string(report.counts.erasures) + " erasures. ";
    out += report.closed_through.empty() ? "No quarter is closed.\n"
                                         : "Closed up to " + report.closed_through + ", in " +
                                               std::to_string(report.counts.closings) + " closings.\n";
    out += "It was signed with this key; compare it with the one that the council publishes:\n  " +
           report.verifier_key + "\n";
    return out;
}

} // namespace tally::verify
