#include "daemon/service/sync_messages.h"

#include "client/transport/channel.h"

namespace comity {

v1::Head ToMessage(const LogHead& head) {
  v1::Head message;
  message.set_origin(head.origin.ToString());
  message.set_size(head.size.value);
  message.set_root(ToBytes(head.root));
  message.set_checkpoint(head.checkpoint);
  return message;
}

v1::HeldStatement ToMessage(const HeldStatement& statement) {
  v1::HeldStatement message;
  message.set_participant(statement.participant);
  message.set_note(statement.note);
  return message;
}

std::vector<v1::FetchRevisionsResponse> ToMessages(uint64_t begin, const Replica::Range& range) {
  std::vector<v1::FetchRevisionsResponse> messages;
  messages.emplace_back().mutable_header()->set_begin(begin);
  uint64_t index = begin;
  for (const std::string& envelope : range.envelopes) {
    for (size_t at = 0; at < envelope.size(); at += kChunkBytes) {
      v1::LeafChunk& chunk = *messages.emplace_back().mutable_chunk();
      chunk.set_index(index);
      chunk.set_data(envelope.substr(at, kChunkBytes));
      chunk.set_last(at + kChunkBytes >= envelope.size());
    }
    ++index;
  }
  v1::FetchProof& proof = *messages.emplace_back().mutable_proof();
  proof.set_end(range.end);
  for (const Digest& hash : range.consistency) proof.add_consistency(ToBytes(hash));
  return messages;
}

}  // namespace comity
