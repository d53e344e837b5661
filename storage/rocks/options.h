// The settings that durability rests on.
#ifndef COMITY_STORAGE_ROCKS_OPTIONS_H_
#define COMITY_STORAGE_ROCKS_OPTIONS_H_

#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <memory>

#include "absl/status/status.h"

namespace comity::rocks {

// Everything that RocksDB can check is checked, nothing is acknowledged before it
// is synced, and nothing is retried by itself after an error.
rocksdb::DBOptions DatabaseOptions(std::shared_ptr<rocksdb::EventListener> listener);
rocksdb::ColumnFamilyOptions FamilyOptions();
rocksdb::WriteOptions SyncedWrite();
rocksdb::ReadOptions CheckedRead();

// INTERNAL, naming the first setting that differs, unless `running`, what an open
// database says of itself and one family, has all that durability rests on. RocksDB
// changes what it is given where two settings do not go together, and says so only in
// its log.
absl::Status CheckSettings(const rocksdb::Options& running);

}  // namespace comity::rocks

#endif  // COMITY_STORAGE_ROCKS_OPTIONS_H_
