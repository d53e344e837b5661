#include "daemon/service/alarms.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace comity {
namespace {

v1::Alarm MakeAlarm(const std::string& kind, const std::string& subject, const std::string& text) {
  v1::Alarm alarm;
  alarm.set_kind(kind);
  alarm.set_subject(subject);
  alarm.set_text(text);
  return alarm;
}

}  // namespace

std::vector<v1::Alarm> AlarmsOf(const Snapshot& held, const std::vector<PeerView>& peers) {
  std::vector<v1::Alarm> contested, old, lagging;
  for (const auto& [origin, head] : held.frontier().heads) {
    const ListView& view = *held.lists().at(origin);
    const std::string list = origin.name.ToString();
    if (view.contested) {
      contested.push_back(
          MakeAlarm("contested", list,
                    absl::StrCat(origin.name.authority,
                                 " signed two histories of it; this daemon keeps the "
                                 "one that it holds, at size ",
                                 view.size.value, ", until a new epoch: `comity evidence ls`")));
    }
    const v1::ListFreshness freshness = held.FreshnessOf(view);
    if (freshness.freshness() == "FRESH") continue;
    old.push_back(MakeAlarm(
        absl::AsciiStrToLower(freshness.freshness()), list,
        absl::StrCat(ParticipantOf(origin.name.authority), " has not confirmed for ",
                     freshness.age_s(), " s (since ", freshness.current_at(),
                     ") that what is held here is all; it stays in force: see `comity sync why ",
                     list, "`")));
  }
  for (const PeerView& peer : peers) {
    if (peer.state == "lagging") lagging.push_back(MakeAlarm("lagging", peer.name, peer.detail));
  }
  std::vector<v1::Alarm> all = std::move(contested);
  all.insert(all.end(), old.begin(), old.end());
  all.insert(all.end(), lagging.begin(), lagging.end());
  return all;
}

}  // namespace comity
