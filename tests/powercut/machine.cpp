#include "tests/powercut/machine.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace tally::powercut {

namespace {

namespace fs = std::filesystem;

struct Record
{
    RecordHeader header;
    std::string path;
    std::string path2;
    std::string data;
};

/// One change of one sector that is not on the disk yet: what it was before.
struct Version
{
    std::uint64_t time = 0; ///< number of the record
    std::string before;
};

/// What is not on the disk yet of a file.
struct Unsynced
{
    std::map<std::uint64_t, std::vector<Version>> sectors;
    std::optional<std::uint64_t> size; ///< on the disk; none when it did not change
};

/// A name that was made, changed or removed and is not on the disk yet.
struct NameChange
{
    Record record;
    Unsynced removed; ///< what was unsynced of the file that went
};

std::string read_whole(const fs::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// All whole records; `used` is where the last one ends.
std::vector<Record> read_records(const std::string& bytes, std::size_t& used)
{
    std::vector<Record> records;
    used = 0;
    while (bytes.size() - used >= sizeof(RecordHeader)) {
        Record record;
        std::memcpy(&record.header, bytes.data() + used, sizeof record.header);
        if (record.header.magic != record_magic)
            throw std::logic_error("the journal is not one");
        const std::uint64_t rest =
            record.header.path_bytes + record.header.path2_bytes + record.header.data_bytes;
        if (bytes.size() - used - sizeof(RecordHeader) < rest)
            break;
        std::size_t at = used + sizeof(RecordHeader);
        const auto take = [&](std::string& to, std::uint64_t size) {
            to = bytes.substr(at, size);
            at += size;
        };
        take(record.path, record.header.path_bytes);
        take(record.path2, record.header.path2_bytes);
        take(record.data, record.header.data_bytes);
        used = at;
        records.push_back(std::move(record));
    }
    return records;
}

std::uint64_t inode_at(const fs::path& path)
{
    struct stat status = {};
    return lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

/// What the machine knows and its disk does not.
class Memory
{
public:
    explicit Memory(const std::vector<Record>& records)
    {
        for (const Record& record : records) {
            ++m_time;
            take(record);
        }
        if (!records.empty())
            forget_what_was_not_done(records.back());
    }

    std::map<std::uint64_t, Unsynced> files;                 ///< by inode
    std::vector<std::pair<std::uint64_t, NameChange>> names; ///< by time

    [[nodiscard]] std::uint64_t time() const { return m_time; }

private:
    void take(const Record& record)
    {
        const RecordHeader& header = record.header;
        switch (header.kind) {
        case RecordKind::Write:
            add_versions(files[header.inode], record, header.offset / sector_bytes,
                         (header.offset + header.size + sector_bytes - 1) / sector_bytes);
            break;
        case RecordKind::Resize:
            add_versions(files[header.inode], record, header.offset / sector_bytes,
                         (header.size_old + sector_bytes - 1) / sector_bytes);
            break;
        case RecordKind::Sync:
            files.erase(header.inode);
            break;
        case RecordKind::SyncFolder:
            std::erase_if(names, [&](const auto& change) {
                return fs::path(change.second.record.path).parent_path() == fs::path(record.path);
            });
            break;
        case RecordKind::Created:
            // The number may have been that of a file that is no more.
            files.erase(header.inode);
            files[header.inode].size = 0;
            break;
        case RecordKind::Create:
        case RecordKind::MakeFolder:
            names.emplace_back(m_time, NameChange{record, {}});
            break;
        case RecordKind::Remove:
            names.emplace_back(m_time, NameChange{record, unsynced_of(header.inode)});
            break;
        case RecordKind::Rename:
            names.emplace_back(m_time, NameChange{record, unsynced_of(header.offset)});
            break;
        }
    }

    Unsynced unsynced_of(std::uint64_t inode)
    {
        const auto found = files.find(inode);
        if (found == files.end())
            return {};
        Unsynced taken = std::move(found->second);
        files.erase(found);
        return taken;
    }

    void add_versions(Unsynced& file, const Record& record, std::uint64_t first, std::uint64_t end)
    {
        if (!file.size)
            file.size = record.header.size_old;
        for (std::uint64_t sector = first; sector < end; ++sector) {
            const std::uint64_t at = (sector - first) * sector_bytes;
            file.sectors[sector].push_back(
                {m_time, at < record.data.size() ? record.data.substr(at, sector_bytes) : std::string()});
        }
    }

    /// A program that was killed between the note and the deed did only one of them.
    void forget_what_was_not_done(const Record& last)
    {
        const bool stands = inode_at(last.path) != 0;
        const bool undone =
            last.header.kind == RecordKind::Create || last.header.kind == RecordKind::MakeFolder ? !stands
            : last.header.kind == RecordKind::Remove || last.header.kind == RecordKind::Rename   ? stands
                                                                                                 : false;
        if (undone) {
            if (NameChange& change = names.back().second; last.header.kind == RecordKind::Remove)
                files[last.header.inode] = std::move(change.removed);
            else if (last.header.kind == RecordKind::Rename && last.header.number != 0)
                files[last.header.offset] = std::move(change.removed);
            names.pop_back();
        } else if (last.header.kind == RecordKind::Create) {
            files.erase(inode_at(last.path));
            files[inode_at(last.path)].size = 0;
        }
    }

    std::uint64_t m_time = 0;
};

/// Decides what of the unsynced reached the disk in one power cut.
class Fates
{
public:
    Fates(Random& random, Machine::Fate fate, std::uint64_t records) : m_random(random)
    {
        // Some disks write in order and are cut off somewhere; others keep much or little of what they have.
        const std::uint64_t kind = fate == Machine::Fate::AllLost ? 0 : 1 + draw(8);
        m_lost_of_8 = kind <= 1 ? 8 : kind == 2 ? 1 : kind == 3 ? 6 : 3;
        m_torn = kind > 1;
        if (kind >= 7)
            m_end = draw(records + 1);
        m_names_lost = kind <= 1;
    }

    [[nodiscard]] std::uint64_t draw(std::uint64_t choices) { return m_random.u64() % choices; }

    /// How many of a sector's versions are done; `torn` when the next one is, in part.
    std::size_t versions_kept(const std::vector<Version>& versions, bool& torn)
    {
        torn = false;
        if (m_end) {
            const auto kept = std::find_if(versions.begin(), versions.end(),
                                           [&](const Version& version) { return version.time > *m_end; });
            torn = kept != versions.end() && kept->time == *m_end + 1 && draw(2) == 0;
            return static_cast<std::size_t>(kept - versions.begin());
        }
        if (draw(8) < m_lost_of_8)
            return 0;
        torn = m_torn && draw(5) == 0;
        if (torn || draw(4) == 0)
            return draw(versions.size());
        return versions.size();
    }
    /// File systems write the changes of a folder in their order: how many of them are done.
    std::size_t names_kept(const std::vector<std::uint64_t>& times)
    {
        if (m_names_lost)
            return 0;
        if (m_end)
            return static_cast<std::size_t>(std::count_if(
                times.begin(), times.end(), [&](std::uint64_t time) { return time <= *m_end; }));
        return draw(3) == 0 ? times.size() : draw(times.size() + 1);
    }
    [[nodiscard]] bool loses_all() const { return m_lost_of_8 == 8; }
    bool keeps_length() { return !loses_all() && draw(2) == 0; }

private:
    Random& m_random;
    std::uint64_t m_lost_of_8 = 8;
    bool m_torn = false;
    bool m_names_lost = false;
    std::optional<std::uint64_t> m_end;
};

void put(const fs::path& file, const std::string& bytes)
{
    // In place: the inode is the file's name in the journal.
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
    if (!out.flush())
        throw std::runtime_error("cannot write " + file.string());
}

void lose_bytes(const fs::path& path, const Unsynced& file, Fates& fates, CutCounts& counts)
{
    std::string bytes = read_whole(path);
    const std::uint64_t size_now = bytes.size();
    const std::uint64_t size_disk = file.size.value_or(size_now);
    std::uint64_t size = size_now;
    if (size_now != size_disk && !fates.keeps_length()) {
        ++counts.lengths_lost;
        const std::uint64_t longer = size_now > size_disk ? size_now - size_disk : 0;
        // A file that grew may have grown in part, by whole sectors.
        size = longer > sector_bytes && !fates.loses_all() && fates.draw(2) == 0
                   ? (size_disk + fates.draw(longer)) / sector_bytes * sector_bytes
                   : size_disk;
        size = std::max(size, std::min(size_disk, size_now));
    }
    bytes.resize(std::max(size, size_now), '\0');
    for (const auto& [sector, versions] : file.sectors) {
        bool torn = false;
        const std::size_t kept = fates.versions_kept(versions, torn);
        const std::uint64_t begin = sector * sector_bytes;
        if (begin >= bytes.size())
            continue;
        const std::uint64_t length = std::min<std::uint64_t>(sector_bytes, bytes.size() - begin);
        const auto version = [&](std::size_t number) {
            std::string content =
                number < versions.size() ? versions[number].before : bytes.substr(begin, length);
            content.resize(length, '\0');
            return content;
        };
        std::string content = version(kept);
        if (torn && kept < versions.size()) {
            const std::uint64_t done = fates.draw(length);
            content = version(kept + 1).substr(0, done) + content.substr(done);
            ++counts.sectors_torn;
        } else {
            ++(kept == versions.size() ? counts.sectors_kept
               : kept == 0             ? counts.sectors_lost
                                       : counts.sectors_older);
        }
        bytes.replace(begin, length, content);
    }
    bytes.resize(size, '\0');
    put(path, bytes);
}

std::string words_of(const Record& record)
{
    const std::string name = fs::path(record.path).filename();
    std::string file = "photo";
    if (name.ends_with(".db-wal"))
        file = "write-ahead log";
    else if (name.ends_with(".db"))
        file = "database";
    else if (name.ends_with(".db-journal"))
        file = "rollback journal";
    else if (record.path.find("photos") == std::string::npos)
        file = "other file";
    switch (record.header.kind) {
    case RecordKind::Write:
        return "write to the " + file;
    case RecordKind::Resize:
        return "resize of the " + file;
    case RecordKind::Sync:
        return "sync of the " + file;
    case RecordKind::SyncFolder:
        return "sync of a folder";
    case RecordKind::Create:
    case RecordKind::Created:
        return "creation of the " + file;
    case RecordKind::Remove:
        return "removal of the " + file;
    case RecordKind::Rename:
        return "renaming of the " + file;
    case RecordKind::MakeFolder:
        return "making of a folder";
    }
    return {};
}

} // namespace

CutCounts& CutCounts::operator+=(const CutCounts& other)
{
    cuts += other.cuts;
    sectors_kept += other.sectors_kept;
    sectors_lost += other.sectors_lost;
    sectors_torn += other.sectors_torn;
    sectors_older += other.sectors_older;
    lengths_lost += other.lengths_lost;
    names_kept += other.names_kept;
    names_lost += other.names_lost;
    return *this;
}

Machine::Machine(fs::path data, fs::path preload) : m_data(std::move(data)), m_preload(std::move(preload))
{
    std::ofstream(m_journal.path() / records_name).flush();
    const int file = ::open((m_journal.path() / control_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(Control)) != 0)
        throw std::runtime_error("the control block cannot be made");
    void* const mapped = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (mapped == MAP_FAILED)
        throw std::runtime_error("the control block cannot be mapped");
    m_control = static_cast<Control*>(mapped);
    *m_control = Control{};
    never_end();
}

Machine::~Machine()
{
    ::munmap(m_control, sizeof(Control));
}

std::vector<std::pair<std::string, std::string>> Machine::environment() const
{
    return {{"LD_PRELOAD", m_preload}, {data_variable, m_data}, {journal_variable, m_journal.path()}};
}

void Machine::end_after(std::int64_t operations, Moment moment)
{
    m_control->moment = moment;
    m_control->left = operations;
}

bool Machine::never_end()
{
    // Whoever is inside an operation holds this lock, and dies with it.
    const int records = ::open((m_journal.path() / records_name).c_str(), O_RDONLY | O_CLOEXEC);
    ::flock(records, LOCK_EX);
    const bool has_come = m_control->left == 0;
    m_control->left = -1;
    ::close(records);
    return has_come;
}

std::string Machine::last_operation() const
{
    std::size_t used = 0;
    const auto records = read_records(read_whole(m_journal.path() / records_name), used);
    return records.empty() ? "before the first" : words_of(records.back());
}

void Machine::program_ended() const
{
    const fs::path file = m_journal.path() / records_name;
    std::size_t used = 0;
    const auto records = read_records(read_whole(file), used);
    fs::resize_file(file, used);
    if (records.empty())
        return;
    // The note of a deed that was not done must not be taken for one later on.
    const Record& last = records.back();
    const bool stands = inode_at(last.path) != 0;
    const auto kind = last.header.kind;
    const bool makes = kind == RecordKind::Create || kind == RecordKind::MakeFolder;
    const bool takes = kind == RecordKind::Remove || kind == RecordKind::Rename;
    if ((makes && !stands) || (takes && stands))
        fs::resize_file(file, used - sizeof(RecordHeader) - last.path.size() - last.path2.size() -
                                  last.data.size());
}

CutCounts Machine::fail_power(Random& random, Fate fate)
{
    CutCounts counts;
    counts.cuts = 1;
    never_end();
    program_ended();
    std::size_t used = 0;
    Memory memory(read_records(read_whole(m_journal.path() / records_name), used));
    Fates fates(random, fate, memory.time());

    // Names first: for each folder the first few changes are on the disk, the others are taken back.
    std::map<fs::path, std::vector<std::uint64_t>> by_folder;
    for (const auto& [time, change] : memory.names)
        by_folder[fs::path(change.record.path).parent_path()].push_back(time);
    std::set<std::uint64_t> lost;
    for (const auto& [folder, times] : by_folder) {
        const std::size_t kept = fates.names_kept(times);
        counts.names_kept += static_cast<std::int64_t>(kept);
        counts.names_lost += static_cast<std::int64_t>(times.size() - kept);
        lost.insert(times.begin() + static_cast<std::ptrdiff_t>(kept), times.end());
    }
    const auto bring_back = [&](const std::string& path, NameChange& change) {
        const fs::path copy =
            m_journal.path() / (removed_prefix + std::to_string(change.record.header.number));
        fs::copy_file(copy, path, fs::copy_options::overwrite_existing);
        memory.files[inode_at(path)] = std::move(change.removed);
    };
    for (auto change = memory.names.rbegin(); change != memory.names.rend(); ++change) {
        if (!lost.contains(change->first))
            continue;
        NameChange& name = change->second;
        switch (name.record.header.kind) {
        case RecordKind::Create:
        case RecordKind::MakeFolder:
            fs::remove_all(name.record.path);
            break;
        case RecordKind::Remove:
            // Unless its folder is lost as well.
            if (fs::exists(fs::path(name.record.path).parent_path()))
                bring_back(name.record.path, name);
            break;
        case RecordKind::Rename:
            if (!fs::exists(name.record.path2))
                break;
            fs::rename(name.record.path2, name.record.path);
            if (name.record.header.number != 0)
                bring_back(name.record.path2, name);
            break;
        default:
            break;
        }
    }

    std::vector<fs::path> indexes;
    for (const auto& entry : fs::recursive_directory_iterator(m_data)) {
        if (!entry.is_regular_file())
            continue;
        if (entry.path().string().ends_with("-shm"))
            indexes.push_back(entry.path());
        else if (const auto found = memory.files.find(inode_at(entry.path())); found != memory.files.end())
            lose_bytes(entry.path(), found->second, fates, counts);
    }
    for (const fs::path& index : indexes) {
        if (fates.draw(2) == 0)
            fs::remove(index);
    }

    // From here on this is what is on the disk.
    fs::resize_file(m_journal.path() / records_name, 0);
    for (const auto& entry : fs::directory_iterator(m_journal.path())) {
        if (entry.path().filename().string().starts_with(removed_prefix))
            fs::remove(entry.path());
    }
    return counts;
}

} // namespace tally::powercut
