#pragma once
/// What the preloaded library (preload.cpp) writes down of every change that a program makes to the files in
/// its data folder, and Machine (machine.h) reads when the power fails. Written by one, read by the other,
/// never kept: so it is the memory of one machine.

#include <cstdint>

namespace tally::powercut {

/// Environment of a program whose files are watched: the data folder, and the folder for what follows.
inline constexpr const char* data_variable = "TALLY_POWERCUT_DATA";
inline constexpr const char* journal_variable = "TALLY_POWERCUT_JOURNAL";
/// Files in the second: the records, the control block, and copies of removed files (`removed-NUMBER`).
inline constexpr const char* records_name = "records";
inline constexpr const char* control_name = "control";
inline constexpr const char* removed_prefix = "removed-";

enum class RecordKind : std::uint32_t
{
    Write = 1, ///< bytes in front of the write, from the begin of its first sector to the end of its last one
    Resize,    ///< bytes that it cuts off
    Sync,      ///< of a file: what was written to it is on the disk
    SyncFolder, ///< which names are in it is on the disk
    Create,     ///< about to make a file
    Created,    ///< with this inode
    Remove,     ///< about to remove it; its bytes were copied to `removed-NUMBER`
    Rename,     ///< about to; what stood at the target was copied, unless the number is 0
    MakeFolder,
};

/// Followed by the path, the second path (of a rename) and the bytes.
struct RecordHeader
{
    std::uint32_t magic = 0;
    RecordKind kind = {};
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;   ///< where the write begins, or how long the file will be
    std::uint64_t size = 0;     ///< of the write
    std::uint64_t size_old = 0; ///< of the file
    std::uint64_t number = 0;   ///< of the copy
    std::uint32_t path_bytes = 0;
    std::uint32_t path2_bytes = 0;
    std::uint64_t data_bytes = 0;
};

inline constexpr std::uint32_t record_magic = 0x54435057;
inline constexpr std::uint64_t sector_bytes = 512;

/// Which syncs of a lying disk do nothing, for the tests that show that the checks can fail.
enum class Lie : std::uint32_t
{
    None,
    Database, ///< syncs of files named *.db*
    Others,   ///< syncs of all other files
    Folders,
    All,
};

/// Where in its last operation the program ends.
enum class Moment : std::uint32_t
{
    Before,
    Half, ///< of a write its first half is done, anything else is done
    After,
};

/// Shared with the running program.
struct Control
{
    std::int64_t operations = 0; ///< counted so far
    std::int64_t left = 0;       ///< the power fails in the one that makes it 0; negative: it does not
    std::uint64_t removed = 0;   ///< copies made
    Moment moment = Moment::Before;
    Lie lie = Lie::None;
};

} // namespace tally::powercut
