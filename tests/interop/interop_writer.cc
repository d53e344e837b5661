// Prints notes and proofs of logs of 1 to 1,000 leaves as JSON lines, in the form in which
// `comity proof` prints them, for tools that are not ours (verify/main.go).
#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "comity/v1/proof_service.pb.h"
#include "storage/canonical/pae.h"
#include "storage/log/cosigned.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"
#include "storage/signing/note.h"
#include "tests/support/federation.h"

namespace comity {
namespace {

constexpr uint64_t kLargest = 1000;
constexpr char kOrigin[] = "test.example/us-bis/ccl/1";

// Sizes of which every index and every older size is proven: all small ones, and those
// around powers of two and around tiles, where trees change their shape.
bool IsWhole(uint64_t size) {
  static const std::set<uint64_t> kWhole = {63,  64,  65,  127, 128, 129, 255, 256,
                                            257, 511, 512, 513, 768, 999, 1000};
  return size <= 40 || kWhole.contains(size);
}

class MapTiles : public TileReader {
 public:
  absl::StatusOr<std::string> ReadTile(TileId id) const override {
    const auto it = tiles_.find(id);
    if (it == tiles_.end()) return absl::NotFoundError("no tile");
    return it->second;
  }
  void Take(TreeAppender& tree) {
    for (Tile& tile : tree.TakeDirtyTiles()) tiles_[tile.id] = std::move(tile.hashes);
  }

 private:
  std::map<TileId, std::string> tiles_;
};

class Writer {
 public:
  void Write() {
    const PrivateKey key = testing::SeededKey("us-bis/log");
    Print({{"verifierKey", Quoted(NoteVerifierKey(kOrigin, key.public_key()))}});
    for (uint64_t size = 1; size <= kLargest; ++size) {
      // What a leaf holds in truth: the encoding that officers sign, of any payload.
      const std::string leaf = Pae(kRevisionType, std::string(random_() % 400, 'a' + size % 26));
      Print({{"leaf", Quoted(absl::Base64Escape(leaf))}});
      leaves_.push_back(LeafHash(leaf));
      tree_.Append(leaves_.back());
      tiles_.Take(tree_);
      roots_.push_back(tree_.Root());
      WriteNote(*SignNote(CheckpointBody({kOrigin, size, tree_.Root()}), kOrigin, key), size);
      WriteProofs(size);
    }
    Print({{"end", absl::StrCat("{\"notes\":", notes_, ",\"inclusion\":", inclusion_,
                                ",\"consistency\":", consistency_, "}")}});
  }

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  static void Print(const Fields& fields) {
    std::string line;
    for (const auto& [name, json] : fields) {
      absl::StrAppend(&line, line.empty() ? "{" : ",", "\"", name, "\":", json);
    }
    std::printf("%s}\n", line.c_str());
  }
  static std::string Quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '\n') {
        quoted += "\\n";
      } else {
        quoted += c;
      }
    }
    return quoted + "\"";
  }
  // As Output::Json of the command line does, on one line.
  static std::string Json(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    std::string json;
    google::protobuf::util::MessageToJsonString(message, &json, options);
    return json;
  }

  // Alone, and with the cosignatures that the daemon joins to it.
  void WriteNote(const std::string& note, uint64_t size) {
    Print({{"note", Quoted(note)}, {"cosignatures", "0"}});
    HeldBy held;
    const std::vector<std::string> participants = {"jp", "no", "us"};
    for (uint64_t i = 0; i < size % 4; ++i) {
      held[participants[i]] =
          *SignHeld(note, participants[i], testing::SeededKey(participants[i] + "/held"),
                    federation_.roster(), testing::kNow);
    }
    cosigned_ = *WithCosignatures(note, held);
    Print({{"note", Quoted(cosigned_)}, {"cosignatures", absl::StrCat(held.size())}});
    notes_ += 2;
  }

  void WriteProofs(uint64_t size) {
    std::set<uint64_t> indices = {0, size / 2, size - 1, random_() % size, random_() % size};
    if (IsWhole(size)) {
      for (uint64_t index = 0; index < size; ++index) indices.insert(index);
    }
    for (const uint64_t index : indices) {
      WriteInclusion(index, size);
      // Older sizes are indices plus one: from 1 to the size itself.
      WriteConsistency(index + 1, size);
    }
  }

  void WriteInclusion(uint64_t index, uint64_t size) {
    v1::GetInclusionProofResponse response;
    response.set_list("us-bis/ccl");
    response.set_origin(kOrigin);
    response.set_index(static_cast<uint32_t>(index));
    response.set_size(static_cast<uint32_t>(size));
    response.set_leaf_hash(ToBytes(leaves_[index]));
    response.set_root(ToBytes(roots_[size - 1]));
    const std::vector<Digest> proof = *InclusionProof(tiles_, index, size);
    for (const Digest& hash : proof) response.add_hashes(ToBytes(hash));
    response.set_checkpoint(cosigned_);
    Print({{"inclusion", Json(response)}});
    ++inclusion_;
  }

  void WriteConsistency(uint64_t old_size, uint64_t new_size) {
    v1::GetConsistencyProofResponse response;
    response.set_old_size(static_cast<uint32_t>(old_size));
    response.set_new_size(static_cast<uint32_t>(new_size));
    response.set_old_root(ToBytes(roots_[old_size - 1]));
    response.set_new_root(ToBytes(roots_[new_size - 1]));
    const std::vector<Digest> proof = *ConsistencyProof(tiles_, old_size, new_size);
    for (const Digest& hash : proof) response.add_hashes(ToBytes(hash));
    Print({{"consistency", Json(response)}});
    ++consistency_;
  }

  testing::TestFederation federation_;
  std::mt19937_64 random_{20};
  MapTiles tiles_;
  TreeAppender tree_;
  std::vector<Digest> leaves_;
  std::vector<Digest> roots_;
  std::string cosigned_;
  int notes_ = 0;
  int inclusion_ = 0;
  int consistency_ = 0;
};

}  // namespace
}  // namespace comity

int main() {
  comity::Writer().Write();
  return 0;
}
