#include "server/ledger/leaf.h"
#include "server/verify/leaf_form.h"
#include "server/verify/verify_file.h"
#include "shared/base/encoding.h"
#include "shared/crypto/hash.h"
#include "shared/protocol/checkpoint.h"
#include "shared/protocol/key_change.h"
#include "shared/protocol/ledger_file.h"
#include "shared/protocol/merkle.h"
#include "shared/protocol/merkle_proof.h"
#include "tests/fuzz/fuzz.h"

namespace tally::fuzz {
namespace {

using namespace tally::protocol;
using std::string;
using std::string_view;

const crypto::SigningKey& key()
{
    static const auto made = crypto::signing_key_from_seed(string(32, 'k'));
    return made;
}

const string origin = "tallybook/0123456789abcdef";

std::vector<string> leaf_seeds()
{
    using namespace tally::server;
    const Timestamp at{1'772'443'800'000};
    const auto id = Uuid::parse("019f4d41-0000-7000-8000-000000000001").value();
    const string digest(64, 'a');
    EntryFacts facts;
    facts.id = id;
    facts.digest = digest;
    facts.device = Uuid::parse("019f4d41-0000-7000-8000-0000000000d1").value();
    std::vector<string> seeds;
    for (const Leaf& leaf : std::vector<Leaf>{
             ReceivedLeaf{at, facts}, DecisionLeaf{at, DecisionKind::Accept, id, "u-1", digest},
             SplitLeaf{at, id, 2, "u-1", digest}, FlaggedLeaf{at, "same_person", {id}, 30, 900},
             ResolvedLeaf{at, 4, Resolution::Same, id, "u-1", digest}, ReopenedLeaf{at, 4, "u-1", digest},
             ErasedLeaf{at, id, ErasureReason::Staff, "u-1", digest},
             ClosedLeaf{at, {2026, 1}, "u-1", digest}})
        seeds.push_back(write_leaf(leaf));
    return seeds;
}

void check_leaf(string_view text)
{
    (void)verify::read_leaf(text);
    const auto leaf = server::parse_leaf(text);
    if (!leaf)
        return;
    must(server::write_leaf(*leaf) == text, "a leaf is written as it was read");
}

void check_checkpoint(string_view note)
{
    if (const auto body = read_checkpoint(note, key().public_key))
        must(read_checkpoint(sign_checkpoint(*body, key()), key().public_key).ok(),
             "a checkpoint is written as it was read");
    // As if the server had signed it: the text without its last line.
    const string signature = sign_checkpoint({origin, 1, string(32, 'r')}, key());
    const auto line = signature.rfind("\n\xe2\x80\x94 ");
    (void)read_checkpoint(string(note) + signature.substr(line), key().public_key);
    // Any origin and size that can be written can be read.
    ByteReader reader(note);
    const auto size = reader.u64() >> 1;
    const auto name = reader.bytes(std::min<std::size_t>(reader.remaining(), 40));
    if (reader.failed() || name.empty() || !is_utf8(name) ||
        name.find_first_of(string_view("\0\n\r\t +", 6)) != string_view::npos)
        return;
    const auto read =
        read_checkpoint(sign_checkpoint({string(name), size, crypto::sha256(name)}, key()), key().public_key);
    if (read)
        must(read->origin == name && read->tree_size == size && read->root == crypto::sha256(name),
             "a checkpoint is read as it was written");
}

std::vector<string> checkpoint_seeds()
{
    return {sign_checkpoint({origin, 3, string(32, 'r')}, key()),
            sign_checkpoint({"a", 0, merkle_empty_root()}, key()), string(7, '\0') + "\x04tallybook"};
}

/// Two sizes, a position, and hashes.
void check_proof(string_view bytes)
{
    ByteReader reader(bytes);
    const auto position = reader.u64();
    const auto from = reader.u64();
    const auto to = reader.u64();
    const string root(reader.bytes(32));
    const string from_root(reader.bytes(32));
    const string leaf(reader.bytes(32));
    ProofHashes hashes;
    while (reader.remaining() > 0 && hashes.size() < 80)
        hashes.emplace_back(reader.bytes(std::min<std::size_t>(32, reader.remaining())));
    (void)check_inclusion(leaf, position, to, hashes, root);
    (void)check_consistency(from, from_root, to, root, hashes);
    const auto edge = bytes.substr(std::min<std::size_t>(24, bytes.size()));
    if (const auto tree = MerkleFrontier::restore(to, edge))
        must(tree->bytes() == edge && tree->size() == to, "a tree's edge is written as it was read");
}

std::vector<string> proof_seeds()
{
    const string one = merkle_leaf_hash("1");
    const string two = merkle_leaf_hash("2");
    string seed;
    append_u64(seed, 0);
    append_u64(seed, 1);
    append_u64(seed, 2);
    return {seed + merkle_node_hash(one, two) + one + one + two, seed + one};
}

/// Signed with the first key up to `changed_at` rows and with the next one from there on.
string ledger_file(std::size_t rows, std::size_t changed_at = SIZE_MAX)
{
    const auto next = crypto::signing_key_from_seed(string(32, 'n'));
    string out = ledger_file_start(key().public_key, origin);
    MerkleFrontier tree;
    const auto leaves = leaf_seeds();
    for (std::size_t i = 0; i < rows; ++i) {
        const auto hash = merkle_leaf_hash(leaves[i]);
        out += ledger_file_row(i, hash, leaves[i]);
        tree.append(hash);
        if (i + 1 == changed_at) {
            out += ledger_file_checkpoint(sign_checkpoint({origin, i + 1, tree.root()}, key()));
            out += ledger_file_key_change(write_key_change(
                {{}, Timestamp{1'772'443'800'000}, i + 1, {}, {}, string(32, 'e')}, key(), next));
        }
    }
    if (rows > 0)
        out += ledger_file_checkpoint(
            sign_checkpoint({origin, rows, tree.root()}, changed_at < rows ? next : key()));
    return out;
}

void check_ledger_file(string_view bytes)
{
    (void)verify::verify_file(bytes);
    // With the right end: no fuzzer finds a SHA-256 by itself.
    const string whole = string(bytes) + ledger_file_end(crypto::sha256(bytes));
    const auto report = verify::verify_file(whole);
    (void)report.ok();
    LedgerFileReader reader(whole);
    string written;
    while (true) {
        const auto part = reader.next();
        if (!part)
            return;
        if (!*part)
            break;
        switch ((*part)->kind) {
        case LedgerPartKind::Key:
            written += ledger_file_start((*part)->public_key, (*part)->origin);
            break;
        case LedgerPartKind::Row:
            written += ledger_file_row((*part)->position, (*part)->leaf_hash, (*part)->leaf);
            break;
        case LedgerPartKind::KeyChange:
            written += ledger_file_key_change((*part)->key_change);
            break;
        case LedgerPartKind::Checkpoint:
            written += ledger_file_checkpoint((*part)->note);
            break;
        case LedgerPartKind::End:
            written += ledger_file_end((*part)->digest);
            break;
        }
    }
    must(written == whole, "a ledger's file is written as it was read");
}

std::vector<string> ledger_file_seeds()
{
    return {ledger_file(0), ledger_file(1), ledger_file(8), ledger_file(8, 3)};
}

} // namespace

std::vector<Target> ledger_targets()
{
    return {{"leaf", check_leaf, leaf_seeds},
            {"checkpoint", check_checkpoint, checkpoint_seeds},
            {"proof", check_proof, proof_seeds},
            {"ledger-file", check_ledger_file, ledger_file_seeds}};
}

} // namespace tally::fuzz
