// One immutable state of everything that is held, and the reads upon it.
#ifndef COMITY_STORAGE_LISTS_SNAPSHOT_H_
#define COMITY_STORAGE_LISTS_SNAPSHOT_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/proof_service.pb.h"
#include "comity/v1/query_service.pb.h"
#include "storage/base/clock.h"
#include "storage/base/mutex.h"
#include "storage/base/types.h"
#include "storage/law/rule_set.h"
#include "storage/lists/code_index.h"
#include "storage/lists/code_links.h"
#include "storage/lists/compared_item.h"
#include "storage/lists/correlations.h"
#include "storage/lists/divergence.h"
#include "storage/lists/frontier.h"
#include "storage/lists/keep_going.h"
#include "storage/lists/read_cache.h"
#include "storage/lists/status_board.h"
#include "storage/lists/store.h"
#include "storage/lists/timeline.h"
#include "storage/log/held.h"

namespace comity {

// One list at one size. Immutable.
struct ListView {
  Origin origin;
  v1::ListKind kind = v1::LIST_KIND_UNSPECIFIED;
  std::string title;
  std::string time_zone;
  // Participants that may hold the list; empty: the federation.
  Audience audience;
  TreeSize size;
  Digest root{};
  Digest state_root{};
  Instant published_at;
  // Leaves held: more than `size` where a leaf that needs a newer program stops the view;
  // `stopped` says so then.
  TreeSize log_size;
  std::string stopped;
  // While the list has its entries from a snapshot (bootstrap.h): the snapshot's size, and how
  // many of the leaves before it are here. Of what was known in between nothing can be said.
  TreeSize since;
  TreeSize backfilled;
  // The newest checkpoint note held and its size, at most `log_size`.
  std::string checkpoint;
  TreeSize checkpoint_size;
  // Citation of the last revision; empty after genesis alone.
  std::string citation;
  // Who states that it holds how much, and the prefix that a quorum of the audience does:
  // COMMON, at most `size`.
  HeldBy held;
  TreeSize common;
  // Its authority signed two histories, of which this is one: nothing more of it is taken.
  bool contested = false;
  std::vector<std::string> authentic_languages;
  // From which size on the epoch takes the place of the one before it.
  TreeSize opens_at;
};

// What was known at one time. Immutable.
struct KnownLists {
  // Lists at the sizes known then; those not known then are absent.
  Frontier frontier;
  // What answers say of them whenever they are read: tier, tokens, digests, lists that stopped,
  // are backfilling or contested.
  v1::ReadBasis basis;
};

// The two times of a read, resolved. Cheap to copy.
struct ReadTimes {
  // Unset: today in each list's time zone.
  std::optional<CivilDay> as_of;
  // Never null in what Resolve gives.
  std::shared_ptr<const KnownLists> at;
  const Frontier& known() const { return at->frontier; }
  // What today is told by, in place of the clock; for answers that go on from earlier ones.
  std::optional<Instant> now;
};

// Items lists and correlation lists on their days.
struct ComparedLists {
  // By origin.
  std::vector<std::shared_ptr<const ComparedList>> lists;
  std::vector<std::shared_ptr<const CorrelationTable>> correlations;
  // Items lists without a control code among what they have in force; sorted.
  std::vector<std::string> left_out;
  uint32_t scanned = 0;
};

// Immutable; safe to share between threads. Borrows the store and clock, which
// must outlive it.
class Snapshot {
 public:
  Snapshot(const Store* store, const Clock* clock, uint32_t rule_set,
           std::map<Origin, std::shared_ptr<const ListView>> lists,
           std::shared_ptr<const CodeIndex> codes, std::shared_ptr<ReadCache> cache,
           std::shared_ptr<const std::atomic<int64_t>> last_exchange,
           std::shared_ptr<const StatusBoard> statuses);

  // Until when the roster is valid: answers after that say so. Before it is shared.
  void SetRosterEnd(uint64_t version, Instant valid_to) {
    roster_version_ = version;
    roster_valid_to_ = valid_to;
  }

  const std::map<Origin, std::shared_ptr<const ListView>>& lists() const { return lists_; }
  // The current epoch's view of "AUTHORITY/LIST", or the view of an origin. NOT_FOUND with
  // REASON_UNKNOWN_LIST (which names the lists there are).
  absl::StatusOr<std::shared_ptr<const ListView>> FindList(std::string_view name) const;

  // Of the merged view: of each list its current epoch.
  const Frontier& frontier() const { return whole().frontier; }
  bool IsCurrent(const Origin& origin) const { return frontier().heads.contains(origin); }
  // Of the lists that the whole federation may hold.
  const Digest& view_digest() const { return view_digests().at({}); }
  // One for each audience of lists held, and that of the federation.
  const std::map<Audience, Digest>& view_digests() const { return whole().digests; }

  // Reads `at`: as_of a date or empty; known_at a token, an instant or empty.
  // INVALID_ARGUMENT if malformed, or of a tier that there is not; FAILED_PRECONDITION with
  // REASON_NOT_HELD if the token is ahead of this daemon or of another history.
  absl::StatusOr<ReadTimes> Resolve(const v1::ReadAt& at) const;
  // What an answer at `times` was read from.
  v1::ReadBasis Basis(const ReadTimes& times) const;

  // How long ago the list's participant said that it is what is held here.
  v1::ListFreshness FreshnessOf(const ListView& list) const;

  // Each fills the API's answer; NOT_FOUND where there is nothing of that name
  // at all, an empty answer where nothing is in force.
  // With the legal effect for a destination if the request names one; INVALID_ARGUMENT for a
  // destination that is not known. Whether an authority lists the code is then judged among those
  // of `participants`; null: all.
  absl::StatusOr<v1::GetItemResponse> GetItem(const v1::GetItemRequest& request,
                                              const std::set<std::string>* participants = nullptr,
                                              const KeepGoing& keep_going = GoOn) const;
  // Items by their words, a page at a time, of `participants` only unless it is null.
  absl::StatusOr<v1::SearchItemsResponse> SearchItems(const v1::SearchItemsRequest& request,
                                                      const std::set<std::string>* participants,
                                                      const KeepGoing& keep_going = GoOn) const;
  absl::StatusOr<v1::GetEntryResponse> GetEntry(const v1::GetEntryRequest& request) const;
  absl::StatusOr<v1::ListListsResponse> ListLists(const v1::ListListsRequest& request) const;
  absl::StatusOr<v1::GetListResponse> GetList(const v1::GetListRequest& request) const;
  absl::StatusOr<v1::GetListLogResponse> GetListLog(const v1::GetListLogRequest& request) const;
  absl::StatusOr<v1::DiffListResponse> DiffList(const v1::DiffListRequest& request) const;
  absl::StatusOr<v1::ListEntriesResponse> ListEntries(const v1::ListEntriesRequest& request) const;
  // Whether each of `names` (participants, or authorities) lists the code, judged as divergences
  // are (divergence.h) among these alone. Of one that is not there nothing can be said: there are
  // more entries than are compared.
  absl::StatusOr<std::map<std::string, Hold>> HoldsOf(std::string_view code, const ReadTimes& times,
                                                      const std::set<std::string>& names,
                                                      const KeepGoing& keep_going) const;
  // The items lists of `participants`, and all correlation lists, made ready for comparison; read
  // once and then remembered. RESOURCE_EXHAUSTED beyond 200,000 entries of either.
  absl::StatusOr<ComparedLists> ReadCompared(const ReadTimes& times,
                                             const std::set<std::string>& participants,
                                             const KeepGoing& keep_going) const;
  // The entry of a compared item, and the item as answers show it.
  absl::StatusOr<v1::Entry> ReadCompared(const ComparedItem& item) const;
  absl::StatusOr<v1::AuthorityItem> ShowCompared(const ComparedList& list,
                                                 const ComparedItem& item) const;
  // The serialised Envelope of one leaf.
  absl::StatusOr<std::string> GetLeaf(const v1::GetLeafRequest& request) const;

  // Proofs against the newest checkpoint. OUT_OF_RANGE names the size there is,
  // INVALID_ARGUMENT what can never be proven; FAILED_PRECONDITION before the first
  // checkpoint.
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest& request) const;
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      const v1::GetInclusionProofRequest& request) const;
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request) const;
  // A serialised EntryProof that carries `rosters`, oldest first. Reads the timelines of the whole
  // list: the state tree at the checkpoint's size is made anew.
  absl::StatusOr<std::string> GetEntryProof(const v1::GetEntryProofRequest& request,
                                            const std::vector<std::string>& rosters) const;

  // Entries in force on `day` in one list at `size`. Counted by a scan and then
  // remembered.
  absl::StatusOr<uint32_t> CountInForce(const ListView& list, TreeSize size, CivilDay day) const;

  Instant Now() const { return clock_->Now(); }
  // Today in the list's time zone by the clock, or `times.as_of`.
  absl::StatusOr<CivilDay> DayFor(const ListView& list, const ReadTimes& times) const;

 private:
  // --- snapshot_trust.cc ---
  // Leaves of each list the newest epoch that is open, or else the oldest that there is.
  void DropSuperseded(Frontier* frontier) const;
  // Which lists of `known` are not FRESH now.
  void AddFreshness(const Frontier& known, v1::ReadBasis& basis) const;
  // Lists of the merged view that are not FRESH, and since when; remembered until one turns.
  struct Aged {
    Origin origin;
    Instant current_at;
    Freshness freshness = Freshness::kFresh;
  };
  std::shared_ptr<const std::vector<Aged>> NotFresh(Instant now) const;

  // UNKNOWN with REASON_BACKFILLING where nothing can be said yet of what was known at `size`.
  static absl::Status CheckKnown(const ListView& list, TreeSize size);
  // The facts of the leaf that gave a version; null while it is not here yet.
  absl::StatusOr<std::shared_ptr<const LeafFacts>> FactsIfHeld(const Origin& origin,
                                                               LeafIndex index) const;
  // The list and its size at `times`; NOT_FOUND if it was not known then.
  struct ListAt {
    std::shared_ptr<const ListView> view;
    TreeSize size;
  };
  absl::StatusOr<ListAt> FindListAt(std::string_view name, const ReadTimes& times) const;
  // As FindList; FAILED_PRECONDITION if no checkpoint of it is held.
  absl::StatusOr<std::shared_ptr<const ListView>> FindSigned(std::string_view name) const;
  // NOT_FOUND that says where the keys are.
  static absl::Status NoEntry(const ListView& list, std::string_view key);
  // By audience, that of the federation always.
  std::map<Audience, Digest> DigestsOf(const std::map<Origin, Digest>& state_roots) const;
  // The token of what is for the federation; empty if that is all of `frontier`.
  std::string PublicToken(const Frontier& frontier) const;
  // Resolve without what was remembered.
  absl::StatusOr<std::shared_ptr<const KnownLists>> ResolveKnown(const std::string& known_at,
                                                                 bool common) const;
  absl::StatusOr<Frontier> ResolveToken(std::string_view token) const;
  // No list further than a quorum of its audience holds it.
  absl::Status CutToCommon(Frontier* known) const;
  absl::StatusOr<Frontier> ResolveInstant(Instant instant) const;
  absl::StatusOr<std::shared_ptr<const LeafFacts>> FactsOf(const Origin& origin,
                                                           LeafIndex index) const;
  absl::StatusOr<v1::ListSummary> Summarise(const ListView& list, TreeSize size,
                                            const ReadTimes& times) const;
  absl::StatusOr<v1::Entry> ReadEntry(const Version& version) const;
  absl::StatusOr<v1::AuthorityItem> MakeItem(const ListView& list, const Version& version,
                                             CivilDay as_of) const;
  // The version of a key in force, if it was known by then at all.
  absl::StatusOr<std::optional<v1::AuthorityItem>> InForceAt(const Posting& posting,
                                                             const ReadTimes& times) const;
  // The items in force under a code, by origin, then key.
  absl::StatusOr<std::vector<v1::AuthorityItem>> ItemsUnder(std::string_view code,
                                                            const ReadTimes& times) const;
  // The correlations in force that name a code.
  absl::StatusOr<std::vector<CorrelationInForce>> CorrelationsOf(std::string_view code,
                                                                 const ReadTimes& times) const;
  // --- snapshot_divergence.cc ---
  absl::StatusOr<std::shared_ptr<const ComparedList>> ComparedOf(const ListView& list,
                                                                 TreeSize size, CivilDay day,
                                                                 const KeepGoing& keep_going) const;
  absl::StatusOr<std::shared_ptr<const CorrelationTable>> CorrelationsOf(
      const ListView& list, TreeSize size, CivilDay day, const KeepGoing& keep_going) const;
  // Made of these lists, or the one that was made of them before.
  std::shared_ptr<const Divergences> JudgeOf(const std::set<std::string>& names,
                                             const ComparedLists& lists) const;
  // Gives `visit` the timelines of a list; ends with its error, or that of `keep_going`.
  absl::Status ScanWhole(const ListView& list, TreeSize size, const KeepGoing& keep_going,
                         const std::function<absl::Status(const StoredTimeline&)>& visit) const;
  // --- snapshot_search.cc ---
  // What one correlation list says of the words; without citations.
  absl::Status LinkTerms(const ListView& list, TreeSize size, CivilDay day,
                         const std::vector<std::string>& words, const KeepGoing& keep_going,
                         std::vector<v1::LinkedItem>* links) const;
  // --- snapshot_law.cc ---
  // The rules of a list in force, from the cache or read now.
  absl::StatusOr<std::shared_ptr<const RuleSet>> RulesOf(const ListView& list, TreeSize size,
                                                         const ReadTimes& times) const;
  // Answers for the request's destination; the rest of the answer must be there.
  absl::Status AddLegalEffect(const v1::GetItemRequest& request, const ReadTimes& times,
                              const std::set<std::string>* participants,
                              const KeepGoing& keep_going, v1::GetItemResponse* response) const;
  // Looks up what each link points to.
  absl::Status FillItems(const ReadTimes& times, v1::LinkedItem* link) const;
  // Scans one list for SearchItems from `after_key`.
  struct Search;
  // What all correlation lists say of the words.
  absl::Status AddLinkedTerms(const ReadTimes& times, const KeepGoing& keep_going,
                              Search& search) const;
  absl::Status SearchList(const ListView& list, TreeSize size, std::string_view after_key,
                          Search& search) const;
  // Unset if the key did not change, or came and went, between the sizes.
  absl::StatusOr<std::optional<v1::DiffRow>> DiffKey(const ListView& list,
                                                     const StoredTimeline& after,
                                                     TreeSize from) const;

  const Store* store_;
  const Clock* clock_;
  uint32_t rule_set_;
  std::map<Origin, std::shared_ptr<const ListView>> lists_;
  std::shared_ptr<const CodeIndex> codes_;
  std::shared_ptr<ReadCache> cache_;
  // Microseconds UTC of the last complete exchange with any peer; 0: none.
  std::shared_ptr<const std::atomic<int64_t>> last_exchange_;

  // Of all lists; made when it is first asked for, as a writer passes through many snapshots
  // that nobody reads.
  struct Whole {
    // All that is held, and what of it makes the merged view.
    Frontier all;
    Frontier frontier;
    std::map<Audience, Digest> digests;
    // The current epoch of each list.
    std::map<ListName, Origin> current;
  };
  struct Tokens {
    std::string whole;
    // Of the lists for the federation alone; empty if there are no others.
    std::string shown;
  };
  const Whole& whole() const;
  const Frontier& all() const { return whole().all; }
  const Tokens& tokens() const;
  mutable std::once_flag whole_once_;
  mutable Whole whole_;
  mutable std::once_flag tokens_once_;
  mutable Tokens tokens_;

  // By known_at and whether it is cut down to COMMON. A query costs by what it asks, not by how
  // many lists are held; begun anew when it is full.
  static constexpr size_t kMaxResolved = 32;
  mutable Mutex resolved_mutex_;
  mutable std::map<std::pair<std::string, bool>, std::shared_ptr<const KnownLists>> resolved_
      ABSL_GUARDED_BY(resolved_mutex_);

  const std::shared_ptr<const StatusBoard> statuses_;
  mutable Mutex aged_mutex_;
  mutable std::shared_ptr<const std::vector<Aged>> aged_ ABSL_GUARDED_BY(aged_mutex_);
  mutable uint64_t aged_generation_ ABSL_GUARDED_BY(aged_mutex_) = 0;
  // Of what span it was said.
  mutable Instant aged_from_ ABSL_GUARDED_BY(aged_mutex_);
  mutable Instant aged_until_ ABSL_GUARDED_BY(aged_mutex_);
  uint64_t roster_version_ = 0;
  // Zero: not known.
  Instant roster_valid_to_;
};

// The digests of the restricted audiences among `digests`, as answers give them.
void AddRestrictedDigests(const std::map<Audience, Digest>& digests,
                          google::protobuf::RepeatedPtrField<v1::AudienceDigest>* out);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_SNAPSHOT_H_
