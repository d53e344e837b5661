// A disk in memory that remembers every call, so that the power can be cut between
// any two of them.
#ifndef COMITY_TESTS_SUPPORT_POWER_FS_H_
#define COMITY_TESTS_SUPPORT_POWER_FS_H_

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace comity::testing {

// What is on the disk: by path.
using Image = std::map<std::string, std::string>;

// One mutating call. Files are named by numbers, since names change.
struct DiskCall {
  enum class Kind { kCreate, kAppend, kTruncate, kSync, kRename, kDelete, kDirSync, kMark };
  Kind kind;
  uint64_t file = 0;
  std::string path;
  // kAppend: the bytes; kRename: the new path.
  std::string data;
  // kTruncate: the size; kMark: what the caller says.
  uint64_t number = 0;
};

// Thread-safe. A file is durable up to its last sync, a name once its directory was
// synced (reliability of ext4 and xfs without their kindness).
class PowerFs : public rocksdb::FileSystem {
 public:
  PowerFs() = default;
  // Starts from what a cut left behind.
  explicit PowerFs(const Image& image);

  // Puts a mark between the calls: "everything acknowledged up to here".
  void Mark(uint64_t number);
  std::vector<DiskCall> calls() const;

  // Decides on each mutating call, by its number from 0, whether it fails.
  void FailWhen(std::function<rocksdb::IOStatus(uint64_t, const DiskCall&)> decide);
  // Also writes each call to a file at once, so that it outlives this process.
  void JournalTo(int fd);
  // From now on no OPTIONS file can be made. RocksDB writes one at each open and each new
  // column family, checks it by parsing it, and goes on without if it cannot: nothing
  // rests on it, and it takes nine tenths of the time of an open.
  void RefuseOptionsFiles();
  uint64_t mutations() const;

  const char* Name() const override { return "PowerFs"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext*) override;
  rocksdb::IOStatus FileExists(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetChildren(const std::string& path, const rocksdb::IOOptions&,
                                std::vector<std::string>* result,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDir(const std::string& path, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions&,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteDir(const std::string& path, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions&, uint64_t* size,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string& path, const rocksdb::IOOptions&,
                                            uint64_t* time, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions&,
                             rocksdb::FileLock** lock, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  // RocksDB's own log is not written: nothing rests on it.
  rocksdb::IOStatus NewLogger(const std::string&, const rocksdb::IOOptions&,
                              std::shared_ptr<rocksdb::Logger>* result,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetTestDirectory(const rocksdb::IOOptions&, std::string* path,
                                     rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&,
                                    std::string* absolute, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus IsDirectory(const std::string& path, const rocksdb::IOOptions&, bool* is,
                                rocksdb::IODebugContext*) override;

 private:
  friend class PowerFile;
  friend class PowerDirectory;
  struct File {
    uint64_t number;
    std::string data;
  };
  using FilePtr = std::shared_ptr<File>;

  // Records the call, unless it is to fail. Call with the mutex held.
  rocksdb::IOStatus Record(DiskCall call);
  void Keep(DiskCall call);
  rocksdb::IOStatus Write(const FilePtr& file, const rocksdb::Slice& data);

  mutable std::mutex mutex_;
  std::map<std::string, FilePtr> files_;
  std::set<std::string> directories_;
  std::set<std::string> locks_;
  std::vector<DiskCall> calls_;
  uint64_t next_file_ = 1;
  uint64_t mutations_ = 0;
  std::function<rocksdb::IOStatus(uint64_t, const DiskCall&)> decide_;
  int journal_ = -1;
  bool refuse_options_files_ = false;
};

// The calls that JournalTo wrote; a last one that was cut short is left out.
std::vector<DiskCall> ReadJournal(const std::string& bytes);

// How the power goes.
enum class Cut {
  kSyncedOnly,       // only what was synced, under names that were synced
  kTorn,             // some of what was not synced came through as well
  kTornWithGarbage,  // and a sector of noise behind it
  kNamesSurvive,     // all names, but of the bytes only what was synced
};

// Walks a recording once and gives the disk after any prefix of it.
class PowerCutter {
 public:
  // `before` is the disk that the PowerFs started from.
  explicit PowerCutter(std::vector<DiskCall> calls, const Image& before = {});

  // Takes the next call in; false at the end.
  bool Advance();
  // The disk if the power went now.
  Image Cut(testing::Cut how, std::mt19937_64& random) const;
  // The last mark that was passed; 0 if none.
  uint64_t mark() const { return mark_; }

 private:
  struct File {
    std::string data;
    size_t synced = 0;
  };
  std::vector<DiskCall> calls_;
  size_t next_ = 0;
  std::map<uint64_t, File> files_;
  std::map<std::string, uint64_t> names_;
  std::map<std::string, uint64_t> durable_names_;
  uint64_t mark_ = 0;
};

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_POWER_FS_H_
