#include "storage/rocks/keys.h"

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/merkle/hash.h"

namespace comity::rocks {
namespace {

constexpr size_t kSealBytes = 8;
constexpr size_t kOriginBytes = 4;
constexpr size_t kIndexBytes = 8;

Encoder Begin(OriginId origin) {
  Encoder encoder;
  encoder.U32(origin.value);
  return encoder;
}

std::string SealOf(std::string_view key, std::string_view value) {
  Encoder length;
  length.U32(static_cast<uint32_t>(key.size()));
  return ToBytes(Sha256({length.Take(), key, value})).substr(0, kSealBytes);
}

}  // namespace

std::string OriginPrefix(OriginId origin) { return Begin(origin).Take(); }

std::string LogKey(OriginId origin, LeafIndex index) {
  Encoder encoder = Begin(origin);
  encoder.U64(index.value);
  return encoder.Take();
}

std::string TileKey(OriginId origin, TileId tile) {
  Encoder encoder = Begin(origin);
  encoder.U8(tile.level);
  encoder.U64(tile.index);
  return encoder.Take();
}

std::string BootstrapKey(OriginId origin) { return OriginPrefix(origin) + "b"; }
std::string CheckpointKey(OriginId origin) { return OriginPrefix(origin) + "c"; }
std::string HeldKey(OriginId origin, std::string_view participant) {
  return OriginPrefix(origin) + "d" + std::string(participant);
}
std::string HeadKey(OriginId origin) { return OriginPrefix(origin) + "h"; }
std::string StatementKey(StatementKind kind, std::string_view name) {
  return OriginPrefix(OriginId{0}) + static_cast<char>(kind) + std::string(name);
}

std::string EntryPrefix(OriginId origin, std::string_view key) {
  Encoder encoder = Begin(origin);
  encoder.Raw(key);
  encoder.U8(0);
  return encoder.Take();
}

std::string EntryKey(OriginId origin, std::string_view key, LeafIndex index) {
  Encoder encoder;
  encoder.Raw(EntryPrefix(origin, key));
  encoder.U64(~index.value);
  return encoder.Take();
}

absl::StatusOr<ParsedEntryKey> ParseEntryKey(std::string_view bytes) {
  const absl::Status bad = absl::DataLossError("a stored entry key is malformed");
  if (bytes.size() < kOriginBytes + 1 + kIndexBytes) return bad;
  const std::string_view key =
      bytes.substr(kOriginBytes, bytes.size() - kOriginBytes - 1 - kIndexBytes);
  if (bytes[kOriginBytes + key.size()] != '\0') return bad;
  Decoder decoder(bytes.substr(bytes.size() - kIndexBytes));
  COMITY_ASSIGN_OR_RETURN(const uint64_t inverted, decoder.U64());
  return ParsedEntryKey{key, LeafIndex{~inverted}};
}

std::optional<NamedRow> ParseRowKey(Family family, std::string_view bytes) {
  Decoder decoder(bytes);
  const absl::StatusOr<uint32_t> origin = decoder.U32();
  if (!origin.ok()) return std::nullopt;
  NamedRow named{OriginId{*origin}, {}};
  const std::string_view rest = bytes.substr(kOriginBytes);
  switch (family) {
    case kLog: {
      const absl::StatusOr<uint64_t> index = decoder.U64();
      if (!index.ok() || !decoder.done()) return std::nullopt;
      named.row.kind = StoredRow::Kind::kLeaf;
      named.row.index = LeafIndex{*index};
      return named;
    }
    case kTree: {
      const absl::StatusOr<uint8_t> level = decoder.U8();
      const absl::StatusOr<uint64_t> index = decoder.U64();
      if (!level.ok() || !index.ok() || !decoder.done()) return std::nullopt;
      named.row.kind = StoredRow::Kind::kTile;
      named.row.tile = {*level, *index};
      return named;
    }
    case kEntry: {
      const absl::StatusOr<ParsedEntryKey> parsed = ParseEntryKey(bytes);
      if (!parsed.ok()) return std::nullopt;
      named.row.kind = StoredRow::Kind::kTimeline;
      named.row.index = parsed->index;
      named.row.key = parsed->key;
      return named;
    }
    case kNote: {
      const bool known = *origin == 0 ? rest.size() > 1 && (rest[0] == 'e' || rest[0] == 's')
                                      : rest == "b" || rest == "c" || rest == "h" ||
                                            (rest.size() > 1 && rest[0] == 'd');
      if (!known) return std::nullopt;
      return named;
    }
    default:
      return std::nullopt;
  }
}

std::string BodyKey(const Digest& hash) { return ToBytes(hash); }

std::string AuditKey(uint64_t index) {
  Encoder encoder;
  encoder.U64(index);
  return encoder.Take();
}

absl::StatusOr<uint64_t> ParseAuditKey(std::string_view bytes) {
  Decoder decoder(bytes);
  if (bytes.size() != kIndexBytes) return absl::DataLossError("a stored audit key is malformed");
  return decoder.U64();
}

std::string RosterKey(uint64_t version) {
  Encoder encoder;
  encoder.U64(version);
  return encoder.Take();
}

absl::StatusOr<uint64_t> ParseRosterKey(std::string_view bytes) {
  Decoder decoder(bytes);
  const absl::StatusOr<uint64_t> version = decoder.U64();
  if (!version.ok() || bytes.size() != 8) return absl::DataLossError("a roster's key is damaged");
  return *version;
}

std::string OriginKey(std::string_view origin) { return "o" + std::string(origin); }
std::string MetaKey(std::string_view name) { return "m" + std::string(name); }

std::string Seal(std::string_view key, std::string value) {
  value += SealOf(key, value);
  return value;
}

absl::StatusOr<std::string_view> Unseal(std::string_view key, std::string_view sealed) {
  if (sealed.size() >= kSealBytes) {
    const std::string_view value = sealed.substr(0, sealed.size() - kSealBytes);
    if (sealed.substr(value.size()) == SealOf(key, value)) return value;
  }
  return absl::DataLossError(
      absl::StrCat("the stored value of key ", ToHex(key),
                   " fails its checksum: the disk or its contents are damaged"));
}

std::string EncodeLeaf(const StoredLeaf& leaf) {
  Encoder encoder;
  encoder.Hash(leaf.leaf_hash);
  encoder.Hash(leaf.root_after);
  encoder.Hash(leaf.state_root_after);
  encoder.I64(leaf.published_at.micros);
  encoder.U8(leaf.opaque ? 1 : 0);
  encoder.Raw(leaf.envelope);
  return encoder.Take();
}

absl::StatusOr<StoredLeaf> DecodeLeaf(std::string_view value) {
  constexpr size_t kFixed = 3 * 32 + 8 + 1;
  StoredLeaf leaf;
  Decoder decoder(value);
  COMITY_ASSIGN_OR_RETURN(leaf.leaf_hash, decoder.Hash());
  COMITY_ASSIGN_OR_RETURN(leaf.root_after, decoder.Hash());
  COMITY_ASSIGN_OR_RETURN(leaf.state_root_after, decoder.Hash());
  COMITY_ASSIGN_OR_RETURN(leaf.published_at.micros, decoder.I64());
  COMITY_ASSIGN_OR_RETURN(const uint8_t opaque, decoder.U8());
  leaf.opaque = opaque != 0;
  leaf.envelope = std::string(value.substr(kFixed));
  return leaf;
}

std::string EncodeHead(const StoredHead& head) {
  Encoder encoder;
  encoder.Bytes(head.origin.ToString());
  encoder.U64(head.size.value);
  encoder.Hash(head.root);
  encoder.Hash(head.state_root);
  encoder.I64(head.published_at.micros);
  return encoder.Take();
}

absl::StatusOr<StoredHead> DecodeHead(std::string_view value) {
  StoredHead head;
  Decoder decoder(value);
  COMITY_ASSIGN_OR_RETURN(const std::string_view origin, decoder.Bytes());
  COMITY_ASSIGN_OR_RETURN(head.origin, Origin::Parse(origin));
  COMITY_ASSIGN_OR_RETURN(head.size.value, decoder.U64());
  COMITY_ASSIGN_OR_RETURN(head.root, decoder.Hash());
  COMITY_ASSIGN_OR_RETURN(head.state_root, decoder.Hash());
  COMITY_ASSIGN_OR_RETURN(head.published_at.micros, decoder.I64());
  if (!decoder.done()) return absl::DataLossError("a stored head has bytes after its end");
  return head;
}

std::string EncodeCheckpoint(TreeSize size, std::string_view note) {
  Encoder encoder;
  encoder.U64(size.value);
  encoder.Raw(note);
  return encoder.Take();
}

absl::Status DecodeCheckpoint(std::string_view value, StoredHead* head) {
  Decoder decoder(value);
  COMITY_ASSIGN_OR_RETURN(head->checkpoint_size.value, decoder.U64());
  head->checkpoint = std::string(value.substr(8));
  return absl::OkStatus();
}

}  // namespace comity::rocks
