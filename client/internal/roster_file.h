// Rosters as files: what people write, what they sign, what configurations name.
#ifndef COMITY_CLIENT_INTERNAL_ROSTER_FILE_H_
#define COMITY_CLIENT_INTERNAL_ROSTER_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "comity/v1/envelope.pb.h"
#include "comity/v1/roster.pb.h"
#include "comity/v1/roster_file.pb.h"

namespace comity {

// As people read it; `digest` is left empty.
v1::RosterFile ToRosterFile(const v1::Roster& roster);
// Back again, normalised. Paths in it are taken from the folder of `path`. INVALID_ARGUMENT
// names the field; what Roster::LoadNext checks is not checked here.
absl::StatusOr<v1::Roster> FromRosterFile(const v1::RosterFile& file, const std::string& path);
absl::StatusOr<v1::Participant> FromParticipantFile(const v1::ParticipantFile& file,
                                                    const std::string& path);
absl::StatusOr<v1::Authority> FromAuthorityFile(const v1::AuthorityFile& file,
                                                const std::string& path);
// As YAML that ReadYamlFile reads back.
std::string ToYaml(const google::protobuf::Message& message);

// Sorts all that must be sorted.
void Normalise(v1::Roster* roster);

// A participant's CA certificates, PEM.
inline constexpr size_t kMaxCaBundleBytes = 256 * 1024;

// A draft is the roster's Envelope with the signatures so far, which is what is submitted.
absl::StatusOr<v1::Envelope> ReadRosterDraft(const std::string& path, v1::Roster* roster);
absl::Status WriteRosterDraft(const std::string& path, const v1::Envelope& envelope);
v1::Envelope NewRosterDraft(const v1::Roster& roster);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_ROSTER_FILE_H_
