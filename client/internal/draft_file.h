// Drafts as files: what travels between the daemon and the officers' machines.
#ifndef COMITY_CLIENT_INTERNAL_DRAFT_FILE_H_
#define COMITY_CLIENT_INTERNAL_DRAFT_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "comity/v1/publish_service.pb.h"
#include "comity/v1/revision.pb.h"
#include "storage/base/types.h"
#include "storage/signing/ed25519.h"

namespace comity {

// "comity-draft-v1", LF, then a serialised DraftFile.
absl::Status WriteDraftFile(const std::string& path, const v1::DraftFile& file);
// INVALID_ARGUMENT if it is not a draft, or a payload in it is not canonical.
absl::StatusOr<v1::DraftFile> ReadDraftFile(const std::string& path);

// One leaf, read strictly: what is shown is what is signed.
struct DraftedLeaf {
  Digest leaf_hash{};
  bool is_genesis = false;
  v1::Genesis genesis;
  v1::Revision revision;
};
absl::StatusOr<DraftedLeaf> ReadLeaf(const v1::DraftLeaf& leaf);

// Adds the key's signature to every leaf; needs no network. ALREADY_EXISTS if it
// signed before.
absl::Status SignDraft(v1::DraftFile* file, const NamedKey& key);
// To one leaf alone.
absl::Status SignDraftLeaf(v1::DraftLeaf* leaf, const NamedKey& key);

// The serialised envelopes to submit: the daemon judges the signatures.
// FAILED_PRECONDITION if the draft changes nothing.
absl::StatusOr<std::vector<std::string>> EnvelopesOf(const v1::DraftFile& file);

}  // namespace comity

#endif  // COMITY_CLIENT_INTERNAL_DRAFT_FILE_H_
