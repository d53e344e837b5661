#include "storage/lists/evidence_board.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/merkle/hash.h"

namespace comity {

absl::StatusOr<std::unique_ptr<EvidenceBoard>> EvidenceBoard::Open(Store* store,
                                                                   const Roster& roster) {
  auto board = std::unique_ptr<EvidenceBoard>(new EvidenceBoard(store));
  COMITY_ASSIGN_OR_RETURN(const auto stored, store->ReadStatements(StatementKind::kEvidence));
  if (Planted(Bug::kContestedForgotten)) return board;
  MutexLock lock(board->mutex_);
  for (const auto& [name, bytes] : stored) {
    absl::StatusOr<VerifiedEvidence> evidence = VerifyEvidence(bytes, roster);
    if (evidence.ok()) board->by_origin_[evidence->origin][evidence->digest] = *evidence;
  }
  return board;
}

absl::StatusOr<bool> EvidenceBoard::Add(const VerifiedEvidence& evidence) {
  MutexLock lock(mutex_);
  if (!by_origin_.contains(evidence.origin) && by_origin_.size() >= kMaxOrigins) return false;
  std::map<Digest, VerifiedEvidence>& kept = by_origin_[evidence.origin];
  if (kept.contains(evidence.digest)) return false;
  if (kept.size() >= kMaxPerOrigin) {
    const auto last = std::prev(kept.end());
    if (evidence.digest > last->first) return false;
    COMITY_RETURN_IF_ERROR(store_->DropStatement(StatementKind::kEvidence, ToHex(last->first)));
    kept.erase(last);
  }
  kept.emplace(evidence.digest, evidence);
  COMITY_RETURN_IF_ERROR(
      store_->PutStatement(StatementKind::kEvidence, ToHex(evidence.digest), evidence.bytes));
  return true;
}

bool EvidenceBoard::Contested(const Origin& origin) const {
  MutexLock lock(mutex_);
  return by_origin_.contains(origin);
}

std::vector<VerifiedEvidence> EvidenceBoard::All(const Visible& visible) const {
  std::vector<VerifiedEvidence> all;
  {
    MutexLock lock(mutex_);
    for (const auto& [origin, kept] : by_origin_) {
      if (!visible(origin)) continue;
      for (const auto& [digest, evidence] : kept) all.push_back(evidence);
    }
  }
  std::ranges::sort(all, {}, &VerifiedEvidence::digest);
  return all;
}

Digest EvidenceBoard::DigestOf(const Visible& visible) const {
  std::string digests = "comity evidence set v1\n";
  for (const VerifiedEvidence& evidence : All(visible)) digests += ToBytes(evidence.digest);
  return Sha256(digests);
}

}  // namespace comity
