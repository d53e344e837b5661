// The write-ahead logs follow each other without a hole.
#ifndef COMITY_STORAGE_ROCKS_WAL_CHECK_H_
#define COMITY_STORAGE_ROCKS_WAL_CHECK_H_

#include <rocksdb/env.h>

#include <string>

#include "absl/status/status.h"

namespace comity::rocks {

// RocksDB takes a damaged end of any of its logs for a torn write, passes over zeros inside
// one, and replays what follows: the middle is lost and nothing says so, and once the
// database is open the logs are gone. Each batch in a log has the number of its first
// change and how many there are, so a hole shows before that.
//
// DATA_LOSS, naming the file, if a batch does not begin where the one before it ended; OK
// also where there is no log. Checksums are left to RocksDB. Reads every log once; call it
// while nobody writes.
absl::Status CheckWals(rocksdb::Env* env, const std::string& directory);

}  // namespace comity::rocks

#endif  // COMITY_STORAGE_ROCKS_WAL_CHECK_H_
