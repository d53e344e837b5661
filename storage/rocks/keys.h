// The one place that builds the keys and values of the database. FORMAT.md says
// what they are; golden bytes in the tests hold them still.
#ifndef COMITY_STORAGE_ROCKS_KEYS_H_
#define COMITY_STORAGE_ROCKS_KEYS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/base/types.h"
#include "storage/lists/store.h"
#include "storage/merkle/tiles.h"

namespace comity::rocks {

// The column families, in the order of their handles. "state" and "code" hold nothing yet.
inline constexpr std::array<const char*, 11> kFamilies = {
    "default", "log", "tree", "note", "entry", "state", "body", "code", "roster", "audit", "meta"};
enum Family { kDefault, kLog, kTree, kNote, kEntry, kState, kBody, kCode, kRoster, kAudit, kMeta };

// Stored under "format" in meta; a database of another format is not opened.
inline constexpr std::string_view kFormat = "comity-rocks-2";

// The short name of an origin within this database: counts from 1 in the order of
// arrival, never hashed, never sent.
struct OriginId {
  uint32_t value = 0;
};

// log: origin, index.
std::string LogKey(OriginId origin, LeafIndex index);
// tree: origin, level, index.
std::string TileKey(OriginId origin, TileId tile);
// note: origin, 'c' for the newest checkpoint, 'd' and a participant for its HELD
// statement, 'h' for the head.
std::string BootstrapKey(OriginId origin);
std::string CheckpointKey(OriginId origin);
std::string HeldKey(OriginId origin, std::string_view participant);
std::string HeadKey(OriginId origin);
// note: origin 0, which no origin has, 'e' or 's', a name: evidence by its digest, a
// participant's status by its name and audience.
std::string StatementKey(StatementKind kind, std::string_view name);
// entry: origin, entry key, NUL, index inverted: the first key at or after
// EntrySeek(.., size - 1) is the timeline as known at that size. An entry key has
// no NUL, so that no key is a prefix of another.
std::string EntryKey(OriginId origin, std::string_view key, LeafIndex index);
std::string EntryPrefix(OriginId origin, std::string_view key);
std::string OriginPrefix(OriginId origin);
// body: SHA-256.
std::string BodyKey(const Digest& hash);
// audit: index.
std::string AuditKey(uint64_t index);
// DATA_LOSS if it is not one.
absl::StatusOr<uint64_t> ParseAuditKey(std::string_view bytes);
// What a key of the families log, tree, entry and note names; `origin` is 0 for statements that
// belong to no log. Unset if the family has no such key. Borrows the bytes.
struct NamedRow {
  OriginId origin;
  StoredRow row;
};
std::optional<NamedRow> ParseRowKey(Family family, std::string_view bytes);
// roster: version.
std::string RosterKey(uint64_t version);
// DATA_LOSS if it is not a RosterKey.
absl::StatusOr<uint64_t> ParseRosterKey(std::string_view bytes);
// meta: 'o' and the origin's text -> its id; 'm' and a name -> a value.
std::string OriginKey(std::string_view origin);
std::string MetaKey(std::string_view name);
inline constexpr std::string_view kFormatKey = "format";

struct ParsedEntryKey {
  std::string_view key;
  LeafIndex index;
};
// DATA_LOSS if it is not an EntryKey. Borrows the bytes.
absl::StatusOr<ParsedEntryKey> ParseEntryKey(std::string_view bytes);

// Values. Each ends in the first 8 bytes of SHA-256 over (key, value), so that a
// value that strayed to another key, or rotted, is DATA_LOSS and never an answer.
std::string Seal(std::string_view key, std::string value);
absl::StatusOr<std::string_view> Unseal(std::string_view key, std::string_view sealed);

std::string EncodeLeaf(const StoredLeaf& leaf);
absl::StatusOr<StoredLeaf> DecodeLeaf(std::string_view value);
// The head without its note.
std::string EncodeHead(const StoredHead& head);
absl::StatusOr<StoredHead> DecodeHead(std::string_view value);
std::string EncodeCheckpoint(TreeSize size, std::string_view note);
absl::Status DecodeCheckpoint(std::string_view value, StoredHead* head);

}  // namespace comity::rocks

#endif  // COMITY_STORAGE_ROCKS_KEYS_H_
