#include "tests/support/power_fs.h"

#include <rocksdb/env.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace comity::testing {
namespace {

using rocksdb::IOStatus;

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string Clean(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

class SequentialFile : public rocksdb::FSSequentialFile {
 public:
  explicit SequentialFile(std::string data) : data_(std::move(data)) {}
  IOStatus Read(size_t n, const rocksdb::IOOptions&, rocksdb::Slice* result, char* scratch,
                rocksdb::IODebugContext*) override {
    n = std::min(n, data_.size() - at_);
    std::memcpy(scratch, data_.data() + at_, n);
    *result = rocksdb::Slice(scratch, n);
    at_ += n;
    return IOStatus::OK();
  }
  IOStatus Skip(uint64_t n) override {
    at_ = std::min<size_t>(data_.size(), at_ + n);
    return IOStatus::OK();
  }

 private:
  const std::string data_;
  size_t at_ = 0;
};

class RandomFile : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomFile(std::string data) : data_(std::move(data)) {}
  IOStatus Read(uint64_t offset, size_t n, const rocksdb::IOOptions&, rocksdb::Slice* result,
                char* scratch, rocksdb::IODebugContext*) const override {
    if (offset >= data_.size()) {
      *result = rocksdb::Slice(scratch, 0);
      return IOStatus::OK();
    }
    n = std::min<size_t>(n, data_.size() - offset);
    std::memcpy(scratch, data_.data() + offset, n);
    *result = rocksdb::Slice(scratch, n);
    return IOStatus::OK();
  }

 private:
  const std::string data_;
};

class SilentLogger : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
  size_t GetLogFileSize() const override { return 0; }
};

class Lock : public rocksdb::FileLock {
 public:
  explicit Lock(std::string path) : path(std::move(path)) {}
  const std::string path;
};

}  // namespace

class PowerFile : public rocksdb::FSWritableFile {
 public:
  PowerFile(PowerFs* fs, PowerFs::FilePtr file) : fs_(fs), file_(std::move(file)) {}

  using FSWritableFile::Append;
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&,
                  rocksdb::IODebugContext*) override {
    return fs_->Write(file_, data);
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&,
                  const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext*) override {
    return fs_->Write(file_, data);
  }
  IOStatus Truncate(uint64_t size, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const std::lock_guard lock(fs_->mutex_);
    if (size >= file_->data.size()) return IOStatus::OK();
    IOStatus status = fs_->Record({DiskCall::Kind::kTruncate, file_->number, "", "", size});
    if (status.ok()) file_->data.resize(size);
    return status;
  }
  IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const std::lock_guard lock(fs_->mutex_);
    return fs_->Record({DiskCall::Kind::kSync, file_->number});
  }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const std::lock_guard lock(fs_->mutex_);
    return file_->data.size();
  }

 private:
  PowerFs* const fs_;
  const PowerFs::FilePtr file_;
};

class PowerDirectory : public rocksdb::FSDirectory {
 public:
  PowerDirectory(PowerFs* fs, std::string path) : fs_(fs), path_(std::move(path)) {}
  IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const std::lock_guard lock(fs_->mutex_);
    return fs_->Record({DiskCall::Kind::kDirSync, 0, path_});
  }

 private:
  PowerFs* const fs_;
  const std::string path_;
};

PowerFs::PowerFs(const Image& image) {
  for (const auto& [path, data] : image) {
    files_[path] = std::make_shared<File>(File{next_file_++, data});
    directories_.insert(FolderOf(path));
  }
}

void PowerFs::Mark(uint64_t number) {
  const std::lock_guard lock(mutex_);
  Keep({DiskCall::Kind::kMark, 0, "", "", number});
}

std::vector<DiskCall> PowerFs::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void PowerFs::FailWhen(std::function<IOStatus(uint64_t, const DiskCall&)> decide) {
  const std::lock_guard lock(mutex_);
  decide_ = std::move(decide);
}

uint64_t PowerFs::mutations() const {
  const std::lock_guard lock(mutex_);
  return mutations_;
}

IOStatus PowerFs::Record(DiskCall call) {
  if (decide_) {
    if (IOStatus status = decide_(mutations_, call); !status.ok()) {
      ++mutations_;
      return status;
    }
  }
  ++mutations_;
  Keep(std::move(call));
  return IOStatus::OK();
}

void PowerFs::Keep(DiskCall call) {
  if (journal_ >= 0) {
    std::string record;
    const auto put = [&](uint64_t number) {
      record.append(reinterpret_cast<const char*>(&number), sizeof(number));
    };
    put(static_cast<uint64_t>(call.kind));
    put(call.file);
    put(call.number);
    put(call.path.size());
    put(call.data.size());
    record += call.path + call.data;
    // One write for a call: whole or not at all, as far as a dying process goes.
    if (write(journal_, record.data(), record.size()) < 0) std::abort();
  }
  calls_.push_back(std::move(call));
}

void PowerFs::JournalTo(int fd) {
  const std::lock_guard lock(mutex_);
  journal_ = fd;
}

void PowerFs::RefuseOptionsFiles() {
  const std::lock_guard lock(mutex_);
  refuse_options_files_ = true;
}

std::vector<DiskCall> ReadJournal(const std::string& bytes) {
  constexpr size_t kHeader = 5 * sizeof(uint64_t);
  std::vector<DiskCall> calls;
  size_t at = 0;
  while (at + kHeader <= bytes.size()) {
    uint64_t header[5];
    std::memcpy(header, bytes.data() + at, kHeader);
    at += kHeader;
    if (at + header[3] + header[4] > bytes.size()) break;
    calls.push_back({static_cast<DiskCall::Kind>(header[0]), header[1], bytes.substr(at, header[3]),
                     bytes.substr(at + header[3], header[4]), header[2]});
    at += header[3] + header[4];
  }
  return calls;
}

IOStatus PowerFs::Write(const FilePtr& file, const rocksdb::Slice& data) {
  const std::lock_guard lock(mutex_);
  IOStatus status = Record({DiskCall::Kind::kAppend, file->number, "", data.ToString()});
  if (status.ok()) file->data.append(data.data(), data.size());
  return status;
}

IOStatus PowerFs::NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                    rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(Clean(path));
  if (it == files_.end()) return IOStatus::PathNotFound(path);
  *result = std::make_unique<SequentialFile>(it->second->data);
  return IOStatus::OK();
}

IOStatus PowerFs::NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                      rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(Clean(path));
  if (it == files_.end()) return IOStatus::PathNotFound(path);
  *result = std::make_unique<RandomFile>(it->second->data);
  return IOStatus::OK();
}

IOStatus PowerFs::NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                  std::unique_ptr<rocksdb::FSWritableFile>* result,
                                  rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (refuse_options_files_ && path.find("/OPTIONS-") != std::string::npos) {
    return IOStatus::IOError("refused", path);
  }
  const uint64_t number = next_file_++;
  IOStatus status = Record({DiskCall::Kind::kCreate, number, Clean(path)});
  if (!status.ok()) return status;
  FilePtr file = std::make_shared<File>(File{number, ""});
  files_[Clean(path)] = file;
  *result = std::make_unique<PowerFile>(this, std::move(file));
  return IOStatus::OK();
}

IOStatus PowerFs::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                     std::unique_ptr<rocksdb::FSWritableFile>* result,
                                     rocksdb::IODebugContext* debug) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = files_.find(Clean(path)); it != files_.end()) {
      *result = std::make_unique<PowerFile>(this, it->second);
      return IOStatus::OK();
    }
  }
  return NewWritableFile(path, options, result, debug);
}

IOStatus PowerFs::NewDirectory(const std::string& path, const rocksdb::IOOptions&,
                               std::unique_ptr<rocksdb::FSDirectory>* result,
                               rocksdb::IODebugContext*) {
  *result = std::make_unique<PowerDirectory>(this, Clean(path));
  return IOStatus::OK();
}

IOStatus PowerFs::FileExists(const std::string& path, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const bool known = files_.contains(Clean(path)) || directories_.contains(Clean(path));
  return known ? IOStatus::OK() : IOStatus::NotFound(path);
}

IOStatus PowerFs::GetChildren(const std::string& path, const rocksdb::IOOptions&,
                              std::vector<std::string>* result, rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const std::string folder = Clean(path);
  result->clear();
  if (!directories_.contains(folder)) return IOStatus::NotFound(path);
  for (const auto& [name, file] : files_) {
    if (FolderOf(name) == folder) result->push_back(name.substr(folder.size() + 1));
  }
  return IOStatus::OK();
}

IOStatus PowerFs::DeleteFile(const std::string& path, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (!files_.contains(Clean(path))) return IOStatus::NotFound(path);
  IOStatus status = Record({DiskCall::Kind::kDelete, 0, Clean(path)});
  if (status.ok()) files_.erase(Clean(path));
  return status;
}

IOStatus PowerFs::CreateDir(const std::string& path, const rocksdb::IOOptions&,
                            rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  directories_.insert(Clean(path));
  return IOStatus::OK();
}

IOStatus PowerFs::CreateDirIfMissing(const std::string& path, const rocksdb::IOOptions& options,
                                     rocksdb::IODebugContext* debug) {
  return CreateDir(path, options, debug);
}

IOStatus PowerFs::DeleteDir(const std::string& path, const rocksdb::IOOptions&,
                            rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  directories_.erase(Clean(path));
  return IOStatus::OK();
}

IOStatus PowerFs::GetFileSize(const std::string& path, const rocksdb::IOOptions&, uint64_t* size,
                              rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(Clean(path));
  if (it == files_.end()) return IOStatus::PathNotFound(path);
  *size = it->second->data.size();
  return IOStatus::OK();
}

IOStatus PowerFs::GetFileModificationTime(const std::string&, const rocksdb::IOOptions&,
                                          uint64_t* time, rocksdb::IODebugContext*) {
  *time = 0;
  return IOStatus::OK();
}

IOStatus PowerFs::RenameFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(Clean(from));
  if (it == files_.end()) return IOStatus::PathNotFound(from);
  IOStatus status = Record({DiskCall::Kind::kRename, 0, Clean(from), Clean(to)});
  if (!status.ok()) return status;
  FilePtr file = it->second;
  files_.erase(it);
  files_[Clean(to)] = std::move(file);
  return IOStatus::OK();
}

IOStatus PowerFs::LockFile(const std::string& path, const rocksdb::IOOptions&,
                           rocksdb::FileLock** lock, rocksdb::IODebugContext*) {
  const std::lock_guard guard(mutex_);
  if (!locks_.insert(Clean(path)).second) return IOStatus::IOError("lock held", path);
  *lock = new Lock(Clean(path));
  return IOStatus::OK();
}

IOStatus PowerFs::UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) {
  const std::lock_guard guard(mutex_);
  const std::unique_ptr<Lock> held(static_cast<Lock*>(lock));
  locks_.erase(held->path);
  return IOStatus::OK();
}

IOStatus PowerFs::NewLogger(const std::string&, const rocksdb::IOOptions&,
                            std::shared_ptr<rocksdb::Logger>* result, rocksdb::IODebugContext*) {
  *result = std::make_shared<SilentLogger>();
  return IOStatus::OK();
}

IOStatus PowerFs::GetTestDirectory(const rocksdb::IOOptions&, std::string* path,
                                   rocksdb::IODebugContext*) {
  *path = "/test";
  return IOStatus::OK();
}

IOStatus PowerFs::GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&,
                                  std::string* absolute, rocksdb::IODebugContext*) {
  *absolute = Clean(path);
  return IOStatus::OK();
}

IOStatus PowerFs::IsDirectory(const std::string& path, const rocksdb::IOOptions&, bool* is,
                              rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  *is = directories_.contains(Clean(path));
  return IOStatus::OK();
}

PowerCutter::PowerCutter(std::vector<DiskCall> calls, const Image& before)
    : calls_(std::move(calls)) {
  // Numbered as PowerFs numbers them.
  uint64_t number = 1;
  for (const auto& [path, data] : before) {
    files_[number] = {data, data.size()};
    names_[path] = durable_names_[path] = number;
    ++number;
  }
}

bool PowerCutter::Advance() {
  if (next_ == calls_.size()) return false;
  const DiskCall& call = calls_[next_++];
  switch (call.kind) {
    case DiskCall::Kind::kCreate:
      files_[call.file] = {};
      names_[call.path] = call.file;
      break;
    case DiskCall::Kind::kAppend:
      files_[call.file].data += call.data;
      break;
    case DiskCall::Kind::kTruncate: {
      File& file = files_[call.file];
      file.data.resize(call.number);
      file.synced = std::min<size_t>(file.synced, call.number);
      break;
    }
    case DiskCall::Kind::kSync:
      files_[call.file].synced = files_[call.file].data.size();
      break;
    case DiskCall::Kind::kRename:
      names_[call.data] = names_[call.path];
      names_.erase(call.path);
      break;
    case DiskCall::Kind::kDelete:
      names_.erase(call.path);
      break;
    case DiskCall::Kind::kDirSync: {
      std::erase_if(durable_names_,
                    [&](const auto& one) { return FolderOf(one.first) == call.path; });
      for (const auto& [path, file] : names_) {
        if (FolderOf(path) == call.path) durable_names_[path] = file;
      }
      break;
    }
    case DiskCall::Kind::kMark:
      mark_ = call.number;
  }
  return true;
}

Image PowerCutter::Cut(testing::Cut how, std::mt19937_64& random) const {
  Image image;
  const bool all_names = how == Cut::kNamesSurvive;
  for (const auto& [path, number] : all_names ? names_ : durable_names_) {
    const File& file = files_.at(number);
    std::string& data = image[path];
    data = file.data.substr(0, file.synced);
    const size_t loose = file.data.size() - file.synced;
    if (loose == 0 || how == Cut::kSyncedOnly || how == Cut::kNamesSurvive) continue;
    data += file.data.substr(file.synced, random() % (loose + 1));
    if (how == Cut::kTornWithGarbage) {
      for (size_t i = random() % 512; i > 0; --i) data.push_back(static_cast<char>(random()));
    }
  }
  return image;
}

}  // namespace comity::testing
