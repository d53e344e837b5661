#include "storage/lists/change_feed.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/lists/timeline.h"

namespace comity {
namespace {

// A code without its dots and spaces, in capitals: enough to compare beginnings.
std::string Squeezed(std::string_view code) {
  std::string squeezed;
  for (const char c : code) {
    if (c != '.' && c != ' ') squeezed += static_cast<char>(std::toupper(c));
  }
  return squeezed;
}

class ChangeReader {
 public:
  ChangeReader(const Snapshot& snapshot, const Store& store, const FeedPosition& position,
               const Frontier& to, const ChangeFilter& filter, size_t max_bytes, size_t max_leaves)
      : snapshot_(snapshot),
        store_(store),
        to_(to),
        filter_(filter),
        prefix_(Squeezed(filter.code_prefix)),
        max_bytes_(max_bytes),
        max_leaves_(max_leaves) {
    page_.next = position;
  }

  absl::StatusOr<ChangePage> Read() {
    COMITY_RETURN_IF_ERROR(Begin());
    size_t leaves = 0;
    while (!heads_.empty()) {
      if (leaves++ == max_leaves_ || Full()) return Cut();
      const auto next = std::min_element(heads_.begin(), heads_.end(), [](auto& a, auto& b) {
        return std::pair(a.second.leaf.published_at.micros, a.first) <
               std::pair(b.second.leaf.published_at.micros, b.first);
      });
      const Origin origin = next->first;
      COMITY_ASSIGN_OR_RETURN(const bool whole, TellLeaf(origin, next->second));
      if (!whole) return Cut();
      page_.next.after.heads[origin] = {TreeSize{next->second.index + 1},
                                        next->second.leaf.root_after};
      COMITY_RETURN_IF_ERROR(Advance(origin, next->second.index + 1));
    }
    // What the filter left out was passed over too.
    for (const auto& [origin, head] : to_.heads) page_.next.after.heads[origin] = head;
    page_.complete = true;
    return Cut();
  }

 private:
  struct Head {
    uint64_t index;
    StoredLeaf leaf;
  };

  bool Full() const { return bytes_ >= max_bytes_; }

  absl::StatusOr<ChangePage> Cut() {
    if (!page_.next.within.has_value()) page_.message.set_token(page_.next.after.Token());
    return std::move(page_);
  }

  // The first leaf to tell of each list that is wanted.
  absl::Status Begin() {
    for (const auto& [origin, head] : to_.heads) {
      if (!filter_.Wants(origin.name)) continue;
      const auto after = page_.next.after.heads.find(origin);
      uint64_t begin = 0;
      if (after != page_.next.after.heads.end()) {
        begin = after->second.size.value;
        if (begin > head.size.value) begin = head.size.value;
        COMITY_ASSIGN_OR_RETURN(const bool ours, IsOurs(origin, TreeSize{begin}, after->second));
        if (!ours) {
          Reset(origin, begin, head.size.value, "its history is another than the one told before");
          continue;
        }
      }
      COMITY_RETURN_IF_ERROR(Advance(origin, begin));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> IsOurs(const Origin& origin, TreeSize size, const FrontierHead& told) {
    if (size != told.size) return false;
    if (size.value == 0) return true;
    const auto leaf = store_.ReadLeaf(origin, LeafIndex{size.value - 1});
    // Not here yet, or never: Advance says so.
    if (absl::IsNotFound(leaf.status())) return true;
    if (!leaf.ok()) return leaf.status();
    return leaf->root_after == told.root;
  }

  void Reset(const Origin& origin, uint64_t from, uint64_t to, std::string_view why) {
    v1::ViewReset& reset = *page_.message.add_resets();
    reset.set_list(origin.name.ToString());
    reset.set_from_size(static_cast<uint32_t>(from));
    reset.set_to_size(static_cast<uint32_t>(to));
    reset.set_why(std::string(why));
    if (page_.next.within == origin) page_.next.within.reset();
  }

  // Makes the list's leaf at `index` the next one.
  absl::Status Advance(const Origin& origin, uint64_t index) {
    heads_.erase(origin);
    const uint64_t end = to_.heads.at(origin).size.value;
    if (index >= end) return absl::OkStatus();
    absl::StatusOr<StoredLeaf> leaf = store_.ReadLeaf(origin, LeafIndex{index});
    if (absl::IsNotFound(leaf.status())) {
      // It began from a snapshot, whose own leaf is here.
      const auto view = snapshot_.lists().find(origin);
      const uint64_t since = view == snapshot_.lists().end() ? 0 : view->second->since.value;
      if (since == 0 || since > end) return leaf.status();
      Reset(origin, index, since, "its history is still being fetched");
      return Advance(origin, since);
    }
    if (!leaf.ok()) return leaf.status();
    heads_[origin] = {index, *std::move(leaf)};
    return absl::OkStatus();
  }

  // Adds the changes of one leaf; false if the page ended within it.
  absl::StatusOr<bool> TellLeaf(const Origin& origin, const Head& head) {
    COMITY_ASSIGN_OR_RETURN(const v1::Envelope envelope, ParseEnvelope(head.leaf.envelope));
    v1::ViewChange change;
    change.set_list(origin.name.ToString());
    change.set_index(static_cast<uint32_t>(head.index));
    change.set_published_at(FormatInstant(head.leaf.published_at));
    if (envelope.payload_type() != kRevisionType) {
      change.set_operation("OPEN");
      if (prefix_.empty()) Add(std::move(change));
      return true;
    }
    v1::Revision revision;
    if (!revision.ParseFromString(envelope.payload())) {
      return absl::DataLossError(
          absl::StrCat(origin.ToString(), ": leaf ", head.index, " cannot be read"));
    }
    change.set_citation(revision.instrument().citation());
    change.set_citation_url(revision.instrument().url());
    int first = 0;
    if (page_.next.within == origin) first = static_cast<int>(page_.next.changes_told);
    page_.next.within.reset();
    for (int i = first; i < revision.changes_size(); ++i) {
      if (Full()) {
        page_.next.within = origin;
        page_.next.changes_told = static_cast<size_t>(i);
        return false;
      }
      COMITY_RETURN_IF_ERROR(TellChange(origin, head.index, revision.changes(i), change));
    }
    return true;
  }

  absl::Status TellChange(const Origin& origin, uint64_t index, const v1::Change& from,
                          v1::ViewChange change) {
    v1::Entry entry;
    if (!from.entry().empty()) {
      entry.ParseFromString(from.entry());
    } else if (!prefix_.empty() || filter_.with_entries) {
      COMITY_ASSIGN_OR_RETURN(entry, EntryMeant(origin, index, from.key()));
    }
    change.set_code(entry.item().code());
    // An entry of another kind is found by its key.
    const std::string_view named = change.code().empty() ? from.key() : change.code();
    if (!prefix_.empty() && Squeezed(named).substr(0, prefix_.size()) != prefix_) {
      return absl::OkStatus();
    }
    change.set_key(from.key());
    change.set_operation(v1::Operation_Name(from.operation()).substr(sizeof("OPERATION_") - 1));
    change.set_effective_from(FormatCivilDay({from.effective_from()}));
    if (from.has_effective_to()) change.set_effective_to(FormatCivilDay({from.effective_to()}));
    if (from.has_compliance_from()) {
      change.set_compliance_from(FormatCivilDay({from.compliance_from()}));
    }
    if (filter_.with_entries) *change.mutable_entry() = std::move(entry);
    Add(std::move(change));
    return absl::OkStatus();
  }

  // The entry that a change without one is about: the newest that the key had after it.
  absl::StatusOr<v1::Entry> EntryMeant(const Origin& origin, uint64_t index,
                                       const std::string& key) {
    v1::Entry entry;
    COMITY_ASSIGN_OR_RETURN(const auto stored,
                            store_.ReadTimeline(origin, key, TreeSize{index + 1}));
    if (!stored.has_value()) return entry;
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored->timeline));
    for (auto version = timeline.versions().rbegin(); version != timeline.versions().rend();
         ++version) {
      if (!version->entry_hash.has_value()) continue;
      COMITY_ASSIGN_OR_RETURN(const std::string body, store_.ReadBody(*version->entry_hash));
      entry.ParseFromString(body);
      break;
    }
    return entry;
  }

  void Add(v1::ViewChange change) {
    bytes_ += change.ByteSizeLong();
    *page_.message.add_changes() = std::move(change);
  }

  const Snapshot& snapshot_;
  const Store& store_;
  const Frontier& to_;
  const ChangeFilter& filter_;
  const std::string prefix_;
  const size_t max_bytes_;
  const size_t max_leaves_;
  // The next leaf of each list that has more.
  std::map<Origin, Head> heads_;
  ChangePage page_;
  size_t bytes_ = 0;
};

}  // namespace

bool ChangeFilter::Wants(const ListName& name) const {
  if (!list.empty() && name.ToString() != list) return false;
  if (!authority.empty() && name.authority != authority) return false;
  return !participants.has_value() ||
         participants->contains(std::string(ParticipantOf(name.authority)));
}

absl::StatusOr<ChangePage> ReadChanges(const Snapshot& snapshot, const Store& store,
                                       const FeedPosition& position, const Frontier& to,
                                       const ChangeFilter& filter, size_t max_bytes,
                                       size_t max_leaves) {
  return ChangeReader(snapshot, store, position, to, filter, max_bytes, max_leaves).Read();
}

}  // namespace comity
