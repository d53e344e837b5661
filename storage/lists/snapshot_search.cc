// Reads by words: items in force, and what correlations say of a term.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/page.h"
#include "storage/lists/snapshot.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

constexpr size_t kMaxTextBytes = 256;
constexpr uint32_t kDefaultResults = 50;
constexpr uint32_t kMaxResults = 200;
// Of it, what correlations say; with the entries that they point to.
constexpr size_t kMaxLinkedBytes = 2 << 20;
// Entries looked at for one page: what a scan of some tens of milliseconds reads.
constexpr uint32_t kMaxScanned = 20'000;
constexpr size_t kExcerptBytes = 200;

// An item's texts in the order in which a word is looked for.
struct ItemTexts {
  const char* name;
  std::string text;
};

std::array<ItemTexts, 3> TextsOf(const v1::Entry& entry) {
  const v1::ControlledItem& item = entry.item();
  std::string text = item.text();
  for (const v1::ItemLine& line : item.more_lines()) {
    absl::StrAppend(&text, "\n", line.heading(), "\n", line.text());
  }
  for (const v1::Paragraph& paragraph : item.paragraphs()) {
    absl::StrAppend(&text, "\n", paragraph.text());
  }
  for (const v1::Translation& translation : entry.translations()) {
    absl::StrAppend(&text, "\n", translation.heading(), "\n", translation.text());
  }
  return {{{"code", item.code()}, {"heading", item.heading()}, {"text", std::move(text)}}};
}

// Where all words are; unset if one of them is nowhere.
std::optional<v1::ItemHit> Find(const std::vector<std::string>& words, const v1::Entry& entry) {
  std::array<ItemTexts, 3> texts = TextsOf(entry);
  std::array<std::string, 3> folded;
  for (size_t i = 0; i < texts.size(); ++i) folded[i] = FoldCase(texts[i].text);
  for (const std::string& word : words) {
    const bool found = std::any_of(folded.begin(), folded.end(), [&](const std::string& text) {
      return FindWord(word, text).has_value();
    });
    if (!found) return std::nullopt;
  }
  v1::ItemHit hit;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::optional<size_t> at = FindWord(words[0], folded[i]);
    if (!at.has_value()) continue;
    hit.set_matched_in(texts[i].name);
    hit.set_excerpt(Excerpt(texts[i].text, *at, kExcerptBytes));
    break;
  }
  return hit;
}

// "LIST KEY", the key last looked at; keys have no space. None looked at: an empty key.
struct PageToken {
  ListName list;
  std::string key;
};

absl::StatusOr<PageToken> ParsePageToken(std::string_view token) {
  const size_t space = token.find(' ');
  const absl::StatusOr<ListName> list = ListName::Parse(token.substr(0, space));
  if (space == std::string_view::npos || !list.ok()) {
    return absl::InvalidArgumentError("page_token is not one that an answer gave");
  }
  return PageToken{*list, std::string(token.substr(space + 1))};
}

}  // namespace

struct Snapshot::Search {
  std::vector<std::string> words;
  const ReadTimes* times;
  uint32_t page;
  size_t bytes = 0;
  v1::SearchItemsResponse response;
  bool full = false;
};

absl::Status Snapshot::SearchList(const ListView& list, TreeSize size, std::string_view after_key,
                                  Search& search) const {
  COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, *search.times));
  v1::SearchItemsResponse& response = search.response;
  std::string last(after_key);
  const auto visit = [&](const StoredTimeline& stored) -> absl::Status {
    response.set_scanned(response.scanned() + 1);
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* version = timeline.InForce(day);
    if (version == nullptr) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(const v1::Entry entry, ReadEntry(*version));
    std::optional<v1::ItemHit> hit = Find(search.words, entry);
    if (!hit.has_value()) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(*hit->mutable_item(), MakeItem(list, *version, day));
    search.bytes += hit->ByteSizeLong();
    *response.add_hits() = *std::move(hit);
    return absl::OkStatus();
  };
  absl::Status status = absl::OkStatus();
  COMITY_RETURN_IF_ERROR(
      store_->ScanTimelines(list.origin, size, after_key, [&](const StoredTimeline& stored) {
        search.full = static_cast<uint32_t>(response.hits_size()) == search.page ||
                      search.bytes > kMaxPageBytes || response.scanned() == kMaxScanned;
        if (search.full) {
          response.set_next_page_token(absl::StrCat(list.origin.name.ToString(), " ", last));
          return false;
        }
        status = visit(stored);
        last = stored.key;
        return status.ok();
      }));
  return status;
}

absl::Status Snapshot::LinkTerms(const ListView& list, TreeSize size, CivilDay day,
                                 const std::vector<std::string>& words, const KeepGoing& keep_going,
                                 std::vector<v1::LinkedItem>* links) const {
  const auto table = CorrelationsOf(list, size, day, keep_going);
  if (table.ok()) {
    *links = LinkTerm(words, **table);
    return absl::OkStatus();
  }
  if (!absl::IsResourceExhausted(table.status())) return table.status();
  // Too many to be kept in memory: one after the other.
  return ScanWhole(list, size, keep_going, [&](const StoredTimeline& stored) -> absl::Status {
    COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
    const Version* version = timeline.InForce(day);
    if (version == nullptr) return absl::OkStatus();
    COMITY_ASSIGN_OR_RETURN(v1::Entry entry, ReadEntry(*version));
    std::vector<v1::LinkedItem> found = LinkTerm(
        words,
        {{list.origin.name.ToString(), entry.key(), "", std::move(*entry.mutable_correlation())}});
    std::move(found.begin(), found.end(), std::back_inserter(*links));
    return absl::OkStatus();
  });
}

absl::Status Snapshot::AddLinkedTerms(const ReadTimes& times, const KeepGoing& keep_going,
                                      Search& search) const {
  for (const auto& [origin, head] : times.known().heads) {
    const ListView& list = *lists_.at(origin);
    if (list.kind != v1::LIST_KIND_CORRELATIONS) continue;
    COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, times));
    std::vector<v1::LinkedItem> links;
    COMITY_RETURN_IF_ERROR(LinkTerms(list, head.size, day, search.words, keep_going, &links));
    for (v1::LinkedItem& link : links) {
      COMITY_ASSIGN_OR_RETURN(const auto stored,
                              store_->ReadTimeline(origin, link.key(), head.size));
      if (stored.has_value()) {
        COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored->timeline));
        if (const Version* version = timeline.InForce(day); version != nullptr) {
          COMITY_ASSIGN_OR_RETURN(const auto facts, FactsIfHeld(origin, version->index));
          if (facts != nullptr) link.set_citation(facts->citation);
        }
      }
      COMITY_RETURN_IF_ERROR(FillItems(times, &link));
      search.bytes += link.ByteSizeLong();
      if (search.bytes > kMaxLinkedBytes) {
        return absl::ResourceExhaustedError(
            "correlations say more of this term than one answer has room for: search for more "
            "words of it");
      }
      *search.response.add_linked() = std::move(link);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::SearchItemsResponse> Snapshot::SearchItems(
    const v1::SearchItemsRequest& request, const std::set<std::string>* participants,
    const KeepGoing& keep_going) const {
  Search search;
  search.words = SearchWords(request.text());
  if (search.words.empty() || request.text().size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        "a search takes 1-256 bytes with a letter or digit in them, such as \"facial "
        "recognition\"");
  }
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  search.times = &times;
  search.page =
      request.page_size() == 0 ? kDefaultResults : std::min(request.page_size(), kMaxResults);
  std::optional<PageToken> from;
  if (!request.page_token().empty()) {
    COMITY_ASSIGN_OR_RETURN(from, ParsePageToken(request.page_token()));
  } else {
    COMITY_RETURN_IF_ERROR(AddLinkedTerms(times, keep_going, search));
  }
  for (const auto& [origin, head] : times.known().heads) {
    const ListView& list = *lists_.at(origin);
    if (list.kind != v1::LIST_KIND_ITEMS) continue;
    if (from.has_value() && origin.name < from->list) continue;
    if (participants != nullptr && !participants->contains(ParticipantOf(origin.name.authority))) {
      continue;
    }
    const bool goes_on = from.has_value() && origin.name == from->list;
    COMITY_RETURN_IF_ERROR(SearchList(list, head.size, goes_on ? from->key : "", search));
    if (search.full) break;
  }
  *search.response.mutable_basis() = Basis(times);
  return std::move(search.response);
}

}  // namespace comity
