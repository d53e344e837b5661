#include "daemon/peer/comparison.h"

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/state_descent.h"
#include "storage/lists/state_wire.h"
#include "storage/lists/verify.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

// A descent of eight levels a time ends long before; a peer that shows new nodes for ever
// does not.
constexpr uint32_t kMaxRoundTrips = 200;
// More than the subtrees of all those answers can have leaves worth naming.
constexpr size_t kMaxKeys = 100'000;

class Comparison {
 public:
  Comparison(const Origin& origin, StateIndexCache& here, const AskStateNodes& ask)
      : origin_(origin), cache_(here), ask_(ask) {
    result_.list = origin.name.ToString();
  }

  ListComparison Run() && {
    absl::StatusOr<std::shared_ptr<const StateIndex>> here = cache_.Get(origin_);
    if (absl::IsDataLoss(here.status())) {
      return End("damaged-here", absl::StrCat("what is stored here is damaged (",
                                              here.status().message(), "): ", kAfterDamage));
    }
    v1::StateNodesRequest request;
    request.set_origin(origin_.ToString());
    const absl::StatusOr<v1::StateNodesResponse> there = Ask(request);
    if (absl::IsNotFound(here.status()) && there.ok()) {
      return End("behind", absl::StrCat("nothing of it is held here yet, ", there->size(),
                                        " leaves there: `comity sync why` says what it waits for"));
    }
    if (absl::IsNotFound(there.status()) && here.ok()) {
      return End("ahead", absl::StrCat("nothing of it is held there yet, ", (*here)->size.value,
                                       " leaves here: it fetches them by itself"));
    }
    if (!here.ok()) return NotCompared(here.status());
    if (absl::IsDataLoss(there.status())) {
      return End("damaged-there", absl::StrCat("what the peer has stored is damaged (",
                                               there.status().message(), "): tell its operator"));
    }
    if (!there.ok()) return NotCompared(there.status());
    if (there->root().size() != 32 || there->state_root().size() != 32) {
      return NotCompared(absl::InvalidArgumentError("its answer is malformed"));
    }
    return CompareHeads(**here, *there);
  }

 private:
  ListComparison End(const char* result, std::string detail) {
    result_.result = result;
    result_.detail = std::move(detail);
    return std::move(result_);
  }
  ListComparison NotCompared(const absl::Status& why) {
    return End("not-compared", absl::StrCat("could not be compared: ", why.message(),
                                            "; this says nothing about whether they are equal"));
  }

  absl::StatusOr<v1::StateNodesResponse> Ask(const v1::StateNodesRequest& request) {
    ++result_.round_trips;
    absl::StatusOr<v1::StateNodesResponse> response = ask_(request);
    result_.bytes += request.ByteSizeLong();
    if (response.ok()) result_.bytes += response->ByteSizeLong();
    return response;
  }

  ListComparison CompareHeads(const StateIndex& here, const v1::StateNodesResponse& there) {
    const uint64_t size = here.size.value;
    if (there.size() != size) {
      const bool ahead = there.size() < size;
      return End(ahead ? "ahead" : "behind",
                 absl::StrCat(size, " leaves here, ", there.size(),
                              " there: compare again once they are the same; `comity sync why ",
                              result_.list, "` says what is under way"));
    }
    if (there.root() != ToBytes(here.root)) {
      return End("contested", absl::StrCat("two histories of size ", size, ", roots ",
                                           ToHex(here.root), " here and ", ToHex(there.root()),
                                           " there: the authority must say which is its own"));
    }
    const bool sound_here = here.state_root == here.signed_state_root;
    const bool sound_there = there.state_root() == ToBytes(here.signed_state_root);
    if (sound_here && sound_there) return End("equal", "");
    if (const absl::Status found = Descend(here, there); !found.ok()) return NotCompared(found);
    if (!sound_here) {
      return End("damaged-here",
                 absl::StrCat("what is stored here is not what was signed: ", kAfterDamage));
    }
    return End("damaged-there",
               "what the peer has stored is not what was signed: tell its operator");
  }

  absl::Status Descend(const StateIndex& here, const v1::StateNodesResponse& head) {
    COMITY_ASSIGN_OR_RETURN(const Digest root_there, DigestFromBytes(head.state_root()));
    StateDescent descent(here.tree, root_there);
    std::map<Digest, std::string> keys;
    for (auto refs = descent.Next(); !refs.empty(); refs = descent.Next()) {
      if (result_.round_trips >= kMaxRoundTrips) {
        return absl::ResourceExhaustedError("its answers do not come to an end");
      }
      v1::StateNodesRequest request;
      request.set_origin(origin_.ToString());
      for (const StateRef& ref : refs) {
        v1::StateNodeRef& node = *request.add_nodes();
        node.set_bit(static_cast<uint32_t>(ref.bit));
        node.set_path(ToBytes(ref.path));
      }
      COMITY_ASSIGN_OR_RETURN(const v1::StateNodesResponse response, Ask(request));
      std::vector<std::vector<StateNode>> answers;
      for (const std::string& subtree : response.subtrees()) {
        COMITY_ASSIGN_OR_RETURN(answers.emplace_back(), DecodeStateNodes(subtree));
      }
      COMITY_RETURN_IF_ERROR(descent.Take(answers));
      if (keys.size() + static_cast<size_t>(response.keys_size()) > kMaxKeys) {
        return absl::ResourceExhaustedError("it names more keys than can differ");
      }
      for (const std::string& key : response.keys()) keys[Sha256(key)] = key;
    }
    for (const StateDifference& one : descent.differences()) {
      const auto mine = here.keys.find(one.path);
      const auto theirs = keys.find(one.path);
      const std::string key = mine != here.keys.end() ? mine->second
                              : theirs != keys.end()  ? theirs->second
                                                      : "SHA-256 " + ToHex(one.path);
      const char* kind = one.kind == StateDifference::Kind::kHereOnly    ? "here-only"
                         : one.kind == StateDifference::Kind::kThereOnly ? "there-only"
                                                                         : "other";
      result_.differences.push_back({key, kind});
    }
    result_.truncated = descent.truncated();
    return absl::OkStatus();
  }

  const Origin& origin_;
  StateIndexCache& cache_;
  const AskStateNodes& ask_;
  ListComparison result_;
};

}  // namespace

ListComparison CompareList(const Origin& origin, StateIndexCache& here, const AskStateNodes& ask) {
  return Comparison(origin, here, ask).Run();
}

}  // namespace comity
