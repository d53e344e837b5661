#include "client/internal/draft_file.h"

#include "absl/strings/str_cat.h"
#include "client/internal/whole_file.h"
#include "comity/v1/envelope.pb.h"
#include "storage/base/errors.h"
#include "storage/canonical/envelope.h"
#include "storage/canonical/pae.h"
#include "storage/canonical/strict.h"
#include "storage/signing/threshold.h"
#include "storage/yaml/strict_yaml.h"

namespace comity {
namespace {

constexpr std::string_view kMagic = "comity-draft-v1\n";
constexpr size_t kMaxDraftBytes = 3 * kMaxEnvelopeBytes;
constexpr uint32_t kSchemaLevel = 1;

v1::Envelope EnvelopeOf(const v1::DraftLeaf& leaf) {
  v1::Envelope envelope;
  envelope.set_payload_type(leaf.payload_type());
  envelope.set_payload(leaf.payload());
  for (const v1::DraftSignature& signature : leaf.signatures()) {
    v1::Signature& added = *envelope.add_signatures();
    added.set_key_id(signature.key_id());
    added.set_signature(signature.signature());
  }
  return envelope;
}

}  // namespace

absl::Status WriteDraftFile(const std::string& path, const v1::DraftFile& file) {
  return WriteWholeFile(path, absl::StrCat(Absl(kMagic), file.SerializeAsString()));
}

absl::StatusOr<v1::DraftFile> ReadDraftFile(const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path, kMaxDraftBytes));
  v1::DraftFile file;
  if (bytes.compare(0, kMagic.size(), kMagic) != 0 ||
      !file.ParseFromArray(bytes.data() + kMagic.size(),
                           static_cast<int>(bytes.size() - kMagic.size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a draft: `comity revision draft` makes one"));
  }
  for (const v1::DraftLeaf& leaf : file.leaves()) {
    COMITY_RETURN_IF_ERROR(Annotate(ReadLeaf(leaf).status(), path));
  }
  return file;
}

absl::StatusOr<DraftedLeaf> ReadLeaf(const v1::DraftLeaf& leaf) {
  DraftedLeaf read;
  read.leaf_hash = EnvelopeLeafHash(leaf.payload_type(), leaf.payload());
  if (OpensLog(leaf.payload_type())) {
    read.is_genesis = true;
    COMITY_RETURN_IF_ERROR(ParseStrictLevel(leaf.payload(), kSchemaLevel, &read.genesis));
    return read;
  }
  if (leaf.payload_type() != kRevisionType) {
    return absl::InvalidArgumentError(absl::StrCat("a leaf of type \"", leaf.payload_type(),
                                                   "\" is neither genesis nor revision"));
  }
  COMITY_RETURN_IF_ERROR(ParseStrictLevel(leaf.payload(), kSchemaLevel, &read.revision));
  return read;
}

absl::Status SignDraftLeaf(v1::DraftLeaf* leaf, const NamedKey& key) {
  v1::Envelope envelope = EnvelopeOf(*leaf);
  COMITY_RETURN_IF_ERROR(AddSignature(&envelope, key.name, key.key));
  const v1::Signature& added = envelope.signatures(envelope.signatures_size() - 1);
  for (const v1::DraftSignature& before : leaf->signatures()) {
    if (before.key_id() == added.key_id()) {
      return absl::AlreadyExistsError(absl::StrCat(key.name, " signed this draft already"));
    }
  }
  v1::DraftSignature& signature = *leaf->add_signatures();
  signature.set_key_id(added.key_id());
  signature.set_signature(added.signature());
  return absl::OkStatus();
}

absl::Status SignDraft(v1::DraftFile* file, const NamedKey& key) {
  for (v1::DraftLeaf& leaf : *file->mutable_leaves()) {
    COMITY_RETURN_IF_ERROR(SignDraftLeaf(&leaf, key));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> EnvelopesOf(const v1::DraftFile& file) {
  if (file.leaves().empty()) {
    return absl::FailedPreconditionError(absl::StrCat(file.list(), ": the draft changes nothing"));
  }
  std::vector<std::string> envelopes;
  for (const v1::DraftLeaf& leaf : file.leaves()) {
    envelopes.push_back(SerializeEnvelope(EnvelopeOf(leaf)));
  }
  return envelopes;
}

}  // namespace comity
