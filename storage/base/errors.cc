#include "storage/base/errors.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/base/types.h"

namespace comity {
namespace {
constexpr char kDetailUrl[] = "type.googleapis.com/comity.v1.ErrorDetail";

// Names may come from a peer's bytes: what is no ASCII text is told in hex.
std::string Escaped(std::string_view name) {
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= 32 && c < 127; });
  return plain ? std::string(name) : absl::CHexEscape(Absl(name));
}

// A line of a log stays one line, whoever's words it repeats.
std::string OneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
  }
  return line;
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, v1::Reason reason, std::string_view message,
                       std::string_view subject, std::string_view winner) {
  absl::Status status(code, OneLine(message));
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_subject(Escaped(subject));
  detail.set_winner(Escaped(winner));
  status.SetPayload(kDetailUrl, absl::Cord(detail.SerializeAsString()));
  return status;
}

std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kDetailUrl);
  v1::ErrorDetail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

v1::Reason ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason() : v1::REASON_UNSPECIFIED;
}

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(Absl(context), ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

}  // namespace comity
