#include "daemon/service/range_source.h"

#include <algorithm>
#include <utility>

#include "client/transport/channel.h"
#include "storage/base/errors.h"

namespace comity {

RangeSource::RangeSource(const Replica& replica, Origin origin, uint64_t begin, uint64_t end,
                         uint64_t tree_size, uint64_t max_bytes)
    : replica_(&replica),
      origin_(std::move(origin)),
      next_(begin),
      end_(end),
      tree_size_(tree_size),
      bytes_left_(max_bytes) {}

absl::StatusOr<RangeSource> RangeSource::Open(const Replica& replica, const Origin& origin,
                                              uint64_t begin, uint64_t end, uint64_t tree_size,
                                              uint64_t max_bytes) {
  COMITY_RETURN_IF_ERROR(replica.CheckServable(origin, begin, end, tree_size));
  RangeSource source(replica, origin, begin, end, tree_size, max_bytes);
  // So that an error comes before any message.
  COMITY_RETURN_IF_ERROR(source.ReadLeaf());
  return source;
}

absl::Status RangeSource::ReadLeaf() {
  COMITY_ASSIGN_OR_RETURN(leaf_, replica_->ReadEnvelope(origin_, LeafIndex{next_}));
  sent_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<v1::FetchRevisionsResponse>> RangeSource::Next() {
  v1::FetchRevisionsResponse message;
  switch (stage_) {
    case Stage::kHeader:
      message.mutable_header()->set_begin(next_);
      stage_ = Stage::kLeaves;
      return message;
    case Stage::kLeaves: {
      if (sent_ == leaf_.size()) COMITY_RETURN_IF_ERROR(ReadLeaf());
      v1::LeafChunk& chunk = *message.mutable_chunk();
      chunk.set_index(next_);
      chunk.set_data(leaf_.substr(sent_, kChunkBytes));
      sent_ += chunk.data().size();
      chunk.set_last(sent_ == leaf_.size());
      if (!chunk.last()) return message;
      ++next_;
      bytes_left_ -= std::min<uint64_t>(bytes_left_, leaf_.size());
      if (next_ == end_ || bytes_left_ == 0) {
        stage_ = Stage::kProof;
        leaf_ = std::string();
      }
      return message;
    }
    case Stage::kProof: {
      COMITY_ASSIGN_OR_RETURN(const std::vector<Digest> consistency,
                              replica_->ReadConsistency(origin_, next_, tree_size_));
      v1::FetchProof& proof = *message.mutable_proof();
      proof.set_end(next_);
      for (const Digest& hash : consistency) proof.add_consistency(ToBytes(hash));
      stage_ = Stage::kEnd;
      return message;
    }
    case Stage::kEnd:
      break;
  }
  return std::nullopt;
}

}  // namespace comity
