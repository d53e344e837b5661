// Changes to a roster, as one gives them on the command line.
#ifndef COMITY_CLIENT_INTERNAL_ROSTER_EDITS_H_
#define COMITY_CLIENT_INTERNAL_ROSTER_EDITS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/roster.pb.h"

namespace comity {

// Each of a list, applied in the order in which the fields stand here. A SLOT is where keys
// stand: "root" (of the federation), "root:AUTHORITY", "officer:AUTHORITY", "log:AUTHORITY",
// "held:PARTICIPANT", "statement:PARTICIPANT". A KEY is a key's file, of which only the public
// half is read, or NAME:HEX.
struct RosterEdits {
  // YAML files of a ParticipantFile or AuthorityFile: added, or put in place of the one of that
  // name.
  std::vector<std::string> participants;
  std::vector<std::string> authorities;
  // Codes, with all authorities of theirs; names.
  std::vector<std::string> remove_participants;
  std::vector<std::string> remove_authorities;
  // "SLOT=KEY": the one key of a log, HELD or statement slot.
  std::vector<std::string> set_keys;
  // "SLOT=KEY" and "SLOT=NAME" of root and officer slots.
  std::vector<std::string> add_keys;
  std::vector<std::string> remove_keys;
  // "SLOT=N", and "AUTHORITY=N".
  std::vector<std::string> thresholds;
  std::vector<std::string> guard_thresholds;
  // "PARTICIPANT=FILE" (PEM) and "PARTICIPANT=NAME@HOST:PORT".
  std::vector<std::string> ca_bundles;
  std::vector<std::string> nodes;
  // "KEY@AUTHORITY/LIST:INDEX", "KEY@ORIGIN:INDEX" or "KEY@*:INDEX" (all other logs). A KEY is as
  // above, or the name of one that stands in the roster; it is taken out of there.
  std::vector<std::string> revocations;
  // "FIELD=N" of v1::Policy.
  std::vector<std::string> policy;
  // RFC 3339; empty: as they are.
  std::string valid_from;
  std::string valid_to;

  bool empty() const;
};

// INVALID_ARGUMENT or NOT_FOUND names the edit that cannot be made.
absl::Status ApplyEdits(const RosterEdits& edits, v1::Roster* roster);

// What is different, a sentence each, in the order of the roster's fields.
std::vector<std::string> DifferencesOf(const v1::Roster& before, const v1::Roster& after);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_ROSTER_EDITS_H_
