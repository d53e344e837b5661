// Reads by words: items in force, and what correlations say of a term.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/lists/snapshot.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

constexpr size_t kMaxTextBytes = 256;
constexpr uint32_t kDefaultPage = 50;
constexpr uint32_t kMaxPage = 200;
constexpr size_t kMaxPageBytes = 3 << 20;
// Entries looked at for one page: what a scan of some tens of milliseconds reads.
constexpr uint32_t kMaxScanned = 20'000;
constexpr size_t kExcerptBytes = 200;

// An item's texts in the order in which a word is looked for.
struct ItemTexts {
  const char* name;
  std::string text;
};

std::array<ItemTexts, 3> TextsOf(const v1::ControlledItem& item) {
  std::string text = item.text();
  for (const v1::ItemLine& line : item.more_lines()) {
    absl::StrAppend(&text, "\n", line.heading(), "\n", line.text());
  }
  for (const v1::Paragraph& paragraph : item.paragraphs()) {
    absl::StrAppend(&text, "\n", paragraph.text());
  }
  return {{{"code", item.code()}, {"heading", item.heading()}, {"text", std::move(text)}}};
}

// Where all words are; unset if one of them is nowhere.
std::optional<v1::ItemHit> Find(const std::vector<std::string>& words,
                                const v1::ControlledItem& item) {
  std::array<ItemTexts, 3> texts = TextsOf(item);
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
    std::optional<v1::ItemHit> hit = Find(search.words, entry.item());
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

absl::StatusOr<std::vector<CorrelationInForce>> Snapshot::AllCorrelations(
    const ReadTimes& times) const {
  std::vector<CorrelationInForce> correlations;
  uint32_t scanned = 0;
  for (const auto& [origin, head] : times.known().heads) {
    const ListView& list = *lists_.at(origin);
    if (list.kind != v1::LIST_KIND_CORRELATIONS) continue;
    COMITY_ASSIGN_OR_RETURN(const CivilDay day, DayFor(list, times));
    const auto visit = [&](const StoredTimeline& stored) -> absl::Status {
      COMITY_ASSIGN_OR_RETURN(const Timeline timeline, Timeline::Decode(stored.timeline));
      const Version* version = timeline.InForce(day);
      if (version == nullptr) return absl::OkStatus();
      COMITY_ASSIGN_OR_RETURN(v1::Entry entry, ReadEntry(*version));
      COMITY_ASSIGN_OR_RETURN(const auto facts, FactsOf(origin, version->index));
      correlations.push_back({origin.name.ToString(), entry.key(), facts->citation,
                              std::move(*entry.mutable_correlation())});
      return absl::OkStatus();
    };
    absl::Status status = absl::OkStatus();
    COMITY_RETURN_IF_ERROR(
        store_->ScanTimelines(origin, head.size, "", [&](const StoredTimeline& stored) {
          status = visit(stored);
          return status.ok() && ++scanned < kMaxScanned;
        }));
    COMITY_RETURN_IF_ERROR(status);
  }
  return correlations;
}

absl::StatusOr<v1::SearchItemsResponse> Snapshot::SearchItems(
    const v1::SearchItemsRequest& request, const std::set<std::string>* participants) const {
  Search search;
  search.words = SearchWords(request.text());
  if (search.words.empty() || request.text().size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        "a search takes 1-256 bytes with a letter or digit in them, such as \"facial "
        "recognition\"");
  }
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(request.at()));
  search.times = &times;
  search.page = request.page_size() == 0 ? kDefaultPage : std::min(request.page_size(), kMaxPage);
  std::optional<PageToken> from;
  if (!request.page_token().empty()) {
    COMITY_ASSIGN_OR_RETURN(from, ParsePageToken(request.page_token()));
  } else {
    COMITY_ASSIGN_OR_RETURN(const std::vector<CorrelationInForce> all, AllCorrelations(times));
    for (v1::LinkedItem& link : LinkTerm(search.words, all)) {
      COMITY_RETURN_IF_ERROR(FillItems(times, &link));
      *search.response.add_linked() = std::move(link);
    }
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

absl::StatusOr<std::set<std::string>> Snapshot::ItemParticipants(const v1::ReadAt& at) const {
  COMITY_ASSIGN_OR_RETURN(const ReadTimes times, Resolve(at));
  std::set<std::string> participants;
  for (const auto& [origin, head] : times.known().heads) {
    if (lists_.at(origin)->kind == v1::LIST_KIND_ITEMS) {
      participants.insert(ParticipantOf(origin.name.authority));
    }
  }
  return participants;
}

}  // namespace comity
