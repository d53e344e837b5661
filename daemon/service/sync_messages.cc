#include "daemon/service/sync_messages.h"

#include <algorithm>
#include <utility>

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

namespace {

// Hands `add` the chunks of one leaf.
template <typename Add>
void AddChunks(uint64_t index, const std::string& envelope, const Add& add) {
  for (size_t at = 0; at < envelope.size(); at += kChunkBytes) {
    v1::LeafChunk& chunk = add();
    chunk.set_index(index);
    chunk.set_data(envelope.substr(at, kChunkBytes));
    chunk.set_last(at + kChunkBytes >= envelope.size());
  }
}

}  // namespace

std::vector<v1::FetchSnapshotResponse> ToMessages(SnapshotPage page, TreeSize size) {
  std::vector<v1::FetchSnapshotResponse> messages;
  if (page.header.has_value()) {
    const auto add = [&]() -> v1::LeafChunk& { return *messages.emplace_back().mutable_leaf(); };
    *messages.emplace_back().mutable_header() = *std::move(page.header);
    AddChunks(0, page.genesis, add);
    AddChunks(size.value - 1, page.last, add);
  }
  // A message for each row would cost more than the row.
  size_t room = 0;
  const auto rows = [&](size_t bytes) -> v1::SnapshotRows& {
    if (room < bytes) {
      messages.emplace_back();
      room = std::max(bytes, kChunkBytes);
    }
    room -= bytes;
    return *messages.back().mutable_rows();
  };
  for (SnapshotEntry& entry : page.entries) {
    v1::SnapshotEntry& message =
        *rows(entry.key.size() + entry.timeline.size()).add_entries();
    message.set_part(entry.part);
    message.set_key(std::move(entry.key));
    message.set_timeline(std::move(entry.timeline));
  }
  for (Body& body : page.bodies) rows(body.bytes.size()).add_bodies(std::move(body.bytes));
  messages.emplace_back().mutable_end()->set_next_part(page.next_part);
  return messages;
}

std::vector<v1::FetchRevisionsResponse> ToMessages(uint64_t begin, const Replica::Range& range) {
  std::vector<v1::FetchRevisionsResponse> messages;
  messages.emplace_back().mutable_header()->set_begin(begin);
  uint64_t index = begin;
  for (const std::string& envelope : range.envelopes) {
    AddChunks(index, envelope,
              [&]() -> v1::LeafChunk& { return *messages.emplace_back().mutable_chunk(); });
    ++index;
  }
  v1::FetchProof& proof = *messages.emplace_back().mutable_proof();
  proof.set_end(range.end);
  for (const Digest& hash : range.consistency) proof.add_consistency(ToBytes(hash));
  return messages;
}

}  // namespace comity
