// RocksStore: the names of everything that it keeps.
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/rocks/rocks_store.h"

namespace comity {
namespace {

// Of the key of a row that belongs to nothing.
constexpr size_t kMaxShownKeyBytes = 48;

}  // namespace

absl::Status RocksStore::ScanRows(const Origin& origin, const RowVisit& visit) const {
  const std::optional<rocks::OriginId> id = FindId(origin);
  if (!id.has_value()) return absl::OkStatus();
  bool more = true;
  for (const rocks::Family family : {rocks::kLog, rocks::kTree, rocks::kEntry}) {
    if (!more) break;
    COMITY_RETURN_IF_ERROR(ScanKeys(family, rocks::OriginPrefix(*id), [&](std::string_view key) {
      // Keys that are none are told by ScanLooseRows.
      const std::optional<rocks::NamedRow> named = rocks::ParseRowKey(family, key);
      more = !named.has_value() || visit(named->row);
      return more;
    }));
  }
  return absl::OkStatus();
}

absl::Status RocksStore::ScanLooseRows(const RowVisit& visit) const {
  std::set<uint32_t> logs;
  {
    MutexLock lock(ids_mutex_);
    for (const auto& [origin, id] : ids_) logs.insert(id.value);
  }
  bool more = true;
  const auto foreign = [&](rocks::Family family, std::string_view key) {
    const std::string where = absl::StrCat("family ", rocks::kFamilies[family], ", key ",
                                           ToHex(key.substr(0, kMaxShownKeyBytes)));
    return visit({StoredRow::Kind::kForeign, {}, {}, where, {}});
  };
  for (int i = 0; i < static_cast<int>(rocks::kFamilies.size()) && more; ++i) {
    const auto family = static_cast<rocks::Family>(i);
    COMITY_RETURN_IF_ERROR(ScanKeys(family, "", [&](std::string_view key) {
      switch (family) {
        case rocks::kBody:
          if (const auto hash = DigestFromBytes(key); hash.ok()) {
            more = visit({StoredRow::Kind::kBody, {}, {}, "", *hash});
          } else {
            more = foreign(family, key);
          }
          break;
        case rocks::kLog:
        case rocks::kTree:
        case rocks::kEntry:
        case rocks::kNote: {
          const std::optional<rocks::NamedRow> named = rocks::ParseRowKey(family, key);
          const bool known =
              named.has_value() && (family == rocks::kNote && named->origin.value == 0
                                        ? true
                                        : logs.contains(named->origin.value));
          if (!known) more = foreign(family, key);
          break;
        }
        case rocks::kRoster:
        case rocks::kAudit:
          // Read as a chain each, by those who verify it.
          break;
        case rocks::kMeta:
          if (key != rocks::kFormatKey && key.substr(0, 1) != "o" && key.substr(0, 1) != "m") {
            more = foreign(family, key);
          }
          break;
        case rocks::kDefault:
        case rocks::kState:
        case rocks::kCode:
          more = foreign(family, key);
          break;
      }
      return more;
    }));
  }
  return absl::OkStatus();
}

}  // namespace comity
