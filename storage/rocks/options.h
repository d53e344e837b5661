// The settings that durability rests on.
#ifndef COMITY_STORAGE_ROCKS_OPTIONS_H_
#define COMITY_STORAGE_ROCKS_OPTIONS_H_

#include <rocksdb/listener.h>
#include <rocksdb/options.h>

#include <memory>

namespace comity::rocks {

// Everything that RocksDB can check is checked, nothing is acknowledged before it
// is synced, and nothing is retried by itself after an error.
rocksdb::DBOptions DatabaseOptions(std::shared_ptr<rocksdb::EventListener> listener);
rocksdb::ColumnFamilyOptions FamilyOptions();
rocksdb::WriteOptions SyncedWrite();
rocksdb::ReadOptions CheckedRead();

}  // namespace comity::rocks

#endif  // COMITY_STORAGE_ROCKS_OPTIONS_H_
