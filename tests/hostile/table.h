#pragma once
/// The table of hostile requests: what is sent, and what must be answered.

#include "tests/hostile/world.h"

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tally::test {

struct Row
{
    std::string what;
    std::function<Reply(World&)> ask;
    int status = 0;
    std::string code;                   ///< of the problem document, or the outcomes of a receipt
    std::set<std::string> changes = {}; ///< tables that may look different afterwards; no others may
};

/// One request, whose bytes `make` gives.
inline void add_row(std::vector<Row>& rows, std::string what, std::function<std::string(World&)> make,
                    int status, std::string code, std::set<std::string> changes = {})
{
    rows.push_back({std::move(what),
                    [make = std::move(make)](World& world) { return world.ask(make(world)); }, status,
                    std::move(code), std::move(changes)});
}

/// What is wrong in the framing and the head of a request.
void add_head_rows(std::vector<Row>& rows);
/// What devices and those who pretend to be one send.
void add_device_rows(std::vector<Row>& rows);
/// What is asked of the server's keys and changes, and said of numbers in a device's chain. After the others:
/// what stays of it are numbers that nothing came under.
void add_chain_rows(std::vector<Row>& rows);
/// What browsers are made to send.
void add_console_rows(std::vector<Row>& rows);
/// The same with a file from a stick, and with what the server answers to one.
void add_bundle_rows(std::vector<Row>& rows);
/// What is said of the keys of devices. Before the others: the device has another key afterwards.
void add_key_rows(std::vector<Row>& rows);

/// Somebody who sends slowly, or not at all: begins, goes on with a little at a time until the server has
/// had enough, and reads what it says.
struct SlowRow
{
    std::string what;
    std::function<std::string(World&)> begin;
    std::string more; ///< again and again; nothing: silence
    int status = 0;   ///< 0: closed without a word
    std::string code;
    int senders = 1; ///< at once
};
[[nodiscard]] std::vector<SlowRow> slow_rows();

} // namespace tally::test
