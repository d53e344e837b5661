#include "storage/lists/verify.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/base/errors.h"
#include "storage/lists/list_verifier.h"
#include "storage/lists/merged.h"

namespace comity {
namespace {

// Problems told in one error's text; the others are counted.
constexpr size_t kNamedProblems = 4;

// "us-bis/ccl, leaf 3, entry "5A001": WHAT", the first of them.
std::string TextOf(const std::string& list, const Faults& faults) {
  const Fault& first = faults.named.front();
  std::string text = list;
  if (first.leaf.has_value()) absl::StrAppend(&text, ", leaf ", first.leaf->value);
  if (!first.key.empty()) absl::StrAppend(&text, ", entry \"", first.key, "\"");
  absl::StrAppend(&text, text.empty() ? "" : ": ", first.what);
  if (faults.count() > 1) absl::StrAppend(&text, " (and ", faults.count() - 1, " more faults)");
  return text;
}

absl::Status AsStatus(std::vector<std::string> problems) {
  if (problems.empty()) return absl::OkStatus();
  const size_t damaged = problems.size();
  if (damaged > kNamedProblems) problems.resize(kNamedProblems);
  return absl::DataLossError(absl::StrCat(
      absl::StrJoin(problems, "; "),
      damaged > kNamedProblems ? absl::StrCat("; and ", damaged - kNamedProblems, " more") : ""));
}

absl::StatusOr<KnownAt> ParseKnownAt(const std::string& text) {
  KnownAt known;
  if (text.empty()) return known;
  if (text.compare(0, 3, "f1.") == 0) {
    COMITY_ASSIGN_OR_RETURN(known.token, Frontier::ParseToken(text));
  } else {
    COMITY_ASSIGN_OR_RETURN(known.instant, ParseInstant(text));
  }
  return known;
}

// What is known of each list, put together.
class View {
 public:
  View(const Roster& roster, const KnownAt& known) : roster_(roster), known_(known) {}

  void Take(const Origin& origin, const ListVerifier& list) {
    if (list.cannot_say()) {
      unsaid_ = origin.name.ToString();
      return;
    }
    if (!list.made().has_value()) return;
    lists_[origin] = {*list.made(), list.audience(), list.opens_at()};
  }

  absl::Status Make(StoreVerification* result) const {
    if (!unsaid_.empty()) {
      return MakeError(absl::StatusCode::kUnknown, v1::REASON_BACKFILLING,
                       absl::StrCat(unsaid_,
                                    ": the leaves of that known_at are not all held, so "
                                    "the view cannot be told"),
                       unsaid_);
    }
    Frontier frontier;
    for (const auto& [origin, list] : lists_) {
      frontier.heads[origin] = {list.head.size, list.head.root};
    }
    if (known_.token.has_value()) {
      // A token names the epochs that were current where it was made.
      for (const auto& [origin, head] : known_.token->heads) {
        const auto made = frontier.heads.find(origin);
        if (made != frontier.heads.end() && made->second == head) continue;
        return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_NOT_HELD,
                         absl::StrCat(origin.name.ToString(), ": the token names ", head.size.value,
                                      " leaves of a history that is not held here"),
                         origin.ToString());
      }
    } else {
      DropSupersededEpochs([this](const Origin& origin) { return lists_.at(origin).opens_at; },
                           &frontier);
    }
    std::map<Origin, Digest> state_roots;
    for (const auto& [origin, head] : frontier.heads) {
      state_roots[origin] = lists_.at(origin).head.state_root;
    }
    result->view_digests = DigestsByAudience(
        RuleSetOf(roster_), state_roots,
        [this](const Origin& origin) -> const Audience& { return lists_.at(origin).audience; });
    result->frontier = std::move(frontier);
    return absl::OkStatus();
  }

 private:
  struct One {
    MadeHead head;
    Audience audience;
    TreeSize opens_at;
  };
  const Roster& roster_;
  const KnownAt& known_;
  std::map<Origin, One> lists_;
  // A list of which it cannot be said.
  std::string unsaid_;
};

bool IsNamed(const Origin& origin, std::string_view list) {
  return list.empty() || origin.name.ToString() == list;
}

// A snapshot that is still coming: its parts are judged once all are here.
ListVerification Coming(const Origin& origin, const std::string& bytes) {
  ListVerification at;
  at.origin = origin;
  v1::Bootstrap record;
  if (!record.ParseFromString(bytes)) {
    at.faults.Add({std::nullopt, "", "what is remembered of its snapshot cannot be read"});
    at.problem = absl::DataLossError(TextOf(origin.name.ToString(), at.faults));
    return at;
  }
  at.size = at.not_held_to = TreeSize{record.size()};
  at.remarks.push_back("its snapshot is still coming: it is part of no view yet");
  return at;
}

}  // namespace

void Faults::Add(Fault fault) {
  if (named.size() < kMaxNamedFaults) {
    named.push_back(std::move(fault));
  } else {
    ++more;
  }
}

absl::Status VerifyStore(const Store& store, const Roster& roster, const VerifyOptions& options,
                         const VerifyStep& step, const FileStep& file_step,
                         StoreVerification* result) {
  *result = StoreVerification();
  COMITY_ASSIGN_OR_RETURN(const KnownAt known, ParseKnownAt(options.known_at));
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> all, store.Heads());
  COMITY_ASSIGN_OR_RETURN(auto bootstraps, store.Bootstraps());
  std::vector<StoredHead> heads;
  for (const StoredHead& head : all) {
    if (IsNamed(head.origin, options.list)) heads.push_back(head);
  }
  std::vector<ListVerification> coming;
  for (const auto& [origin, bytes] : bootstraps) {
    const auto has_head = [&](const StoredHead& head) { return head.origin == origin; };
    if (std::any_of(all.begin(), all.end(), has_head)) continue;
    if (IsNamed(origin, options.list)) coming.push_back(Coming(origin, bytes));
  }
  if (heads.empty() && coming.empty() && !options.list.empty()) {
    return MakeError(absl::StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
                     absl::StrCat("list ", options.list, " is not held here"), options.list);
  }

  std::vector<std::string> problems;
  // A wrong file may hold several lists: the walk below says which, where it can.
  if (const absl::Status files = store.VerifyFiles(file_step); !files.ok()) {
    if (absl::IsCancelled(files)) return files;
    problems.emplace_back(files.message());
  }
  MadeRows bodies;
  // Whether every body that may be there was accounted for.
  bool bodies_known = coming.empty() && options.list.empty();
  View view(roster, known);
  size_t number = 0;
  const size_t of = heads.size() + coming.size();
  for (const StoredHead& head : heads) {
    ListVerification at;
    at.origin = head.origin;
    at.size = head.size;
    at.number = ++number;
    at.of = of;
    const auto begun = bootstraps.find(head.origin);
    ListVerifier verifier(store, roster, head, known, &bodies, &at);
    const absl::Status run = verifier.Run(begun == bootstraps.end() ? nullptr : &begun->second,
                                          [&] { return step(at); });
    if (absl::IsCancelled(run)) return run;
    if (!run.ok()) at.faults.Add({std::nullopt, "", std::string(run.message())});
    bodies_known = bodies_known && run.ok() && verifier.walked() && !verifier.bodies_open();
    if (!at.faults.empty()) {
      problems.push_back(TextOf(head.origin.name.ToString(), at.faults));
      at.problem = absl::DataLossError(problems.back());
    }
    view.Take(head.origin, verifier);
    at.done = true;
    if (!step(at)) return absl::CancelledError("verification was stopped");
  }
  for (ListVerification& at : coming) {
    at.number = ++number;
    at.of = of;
    at.done = true;
    if (!at.problem.ok()) problems.emplace_back(at.problem.message());
    if (!step(at)) return absl::CancelledError("verification was stopped");
  }
  if (!options.list.empty()) return AsStatus(std::move(problems));

  bodies.Sort();
  Faults loose;
  Faults lost_bodies;
  const absl::Status scanned = store.ScanLooseRows([&](const StoredRow& row) {
    if (row.kind == StoredRow::Kind::kForeign) {
      loose.Add(
          {std::nullopt, "", absl::StrCat("a row that the format does not have: ", Absl(row.key))});
    } else if (bodies_known && !bodies.HasBody(row.body)) {
      lost_bodies.Add({std::nullopt, "",
                       absl::StrCat("an entry body that no revision brings: ", ToHex(row.body))});
    }
    return true;
  });
  if (!scanned.ok()) problems.emplace_back(scanned.message());
  // Whoever appended meanwhile brought bodies too.
  COMITY_ASSIGN_OR_RETURN(const std::vector<StoredHead> now, store.Heads());
  COMITY_ASSIGN_OR_RETURN(const auto begun_now, store.Bootstraps());
  const auto same = [](const StoredHead& a, const StoredHead& b) {
    return a.origin == b.origin && a.size == b.size;
  };
  if (std::equal(now.begin(), now.end(), all.begin(), all.end(), same) &&
      begun_now.size() == bootstraps.size()) {
    for (Fault& fault : lost_bodies.named) loose.Add(std::move(fault));
    loose.more += lost_bodies.more;
  }
  if (!loose.empty()) problems.push_back(TextOf("", loose));
  result->loose = std::move(loose);
  if (!problems.empty()) return AsStatus(std::move(problems));
  return view.Make(result);
}

absl::Status VerifyStore(const Store& store, const Roster& roster, std::string_view list,
                         const VerifyStep& step, const FileStep& file_step) {
  StoreVerification ignored;
  VerifyOptions options;
  options.list = std::string(list);
  return VerifyStore(store, roster, options, step, file_step, &ignored);
}

absl::Status VerifyList(const Store& store, const Roster& roster, const StoredHead& head,
                        const std::function<bool(LeafIndex)>& leaf_done) {
  COMITY_ASSIGN_OR_RETURN(const auto bootstraps, store.Bootstraps());
  const auto begun = bootstraps.find(head.origin);
  MadeRows bodies;
  ListVerification at;
  at.origin = head.origin;
  at.size = head.size;
  const KnownAt everything;  // borrowed, as all of it
  ListVerifier verifier(store, roster, head, everything, &bodies, &at);
  COMITY_RETURN_IF_ERROR(verifier.Run(begun == bootstraps.end() ? nullptr : &begun->second,
                                      [&] { return leaf_done(LeafIndex{at.verified.value - 1}); }));
  if (at.faults.empty()) return absl::OkStatus();
  return absl::DataLossError(TextOf(head.origin.name.ToString(), at.faults));
}

absl::Status CheckNothingMissing(const Store& store, std::string_view list) {
  COMITY_ASSIGN_OR_RETURN(const Frontier missing, store.Missing());
  for (const auto& [origin, head] : missing.heads) {
    if (!list.empty() && origin.name.ToString() != list) continue;
    return absl::DataLossError(absl::StrCat(
        origin.name.ToString(), ": ", head.size.value,
        " leaves were acknowledged and are not all there: the daemon fetches them from its "
        "peers, see `comity status` for who can be reached"));
  }
  return absl::OkStatus();
}

}  // namespace comity
