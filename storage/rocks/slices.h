// Between RocksDB's types and ours, for the files of this folder.
#ifndef COMITY_STORAGE_ROCKS_SLICES_H_
#define COMITY_STORAGE_ROCKS_SLICES_H_

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "storage/log/origin.h"

namespace comity::rocks {

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view FromSlice(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// DATA_LOSS for damage, RESOURCE_EXHAUSTED for a full disk, else UNAVAILABLE; `doing` says what
// failed.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

// NOT_FOUND.
absl::Status NoLeaf(const Origin& origin, uint64_t index);

}  // namespace comity::rocks

#endif  // COMITY_STORAGE_ROCKS_SLICES_H_
