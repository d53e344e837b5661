#include "storage/log/evidence.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/canonical/strict.h"
#include "storage/log/held.h"
#include "storage/log/signers.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proof.h"

namespace comity {
namespace {

absl::Status BadEvidence(std::string_view origin, std::string_view what) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, v1::REASON_BAD_EVIDENCE,
      absl::StrCat("evidence", origin.empty() ? "" : " against ", Absl(origin), ": ", Absl(what)),
      origin);
}

// The note with its log's signature and, if `held_by` is set, that participant's cosignature,
// and no other line. Others may have added lines under the same names: the one that verifies
// counts.
absl::StatusOr<std::string> Reduced(std::string_view note, const Roster& roster,
                                    const std::string& held_by) {
  COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(note));
  const std::string& name = parsed.checkpoint.origin;
  COMITY_ASSIGN_OR_RETURN(const Origin origin, Origin::Parse(name));
  std::string reduced;
  for (const NoteSignature& line : parsed.signatures) {
    std::string one = WriteNote({parsed.body, parsed.checkpoint, {line}});
    if (!VerifyLogNote(one, origin, roster).ok()) continue;
    reduced = std::move(one);
    break;
  }
  if (reduced.empty()) return BadEvidence(name, "its log key did not sign a note");
  if (held_by.empty()) return reduced;
  for (const NoteSignature& line : parsed.signatures) {
    std::string one = absl::StrCat(reduced, SignatureLine(line.name, line.blob));
    if (line.name != name && VerifyHeld(one, held_by, roster).ok()) return one;
  }
  return BadEvidence(name, absl::StrCat("\"", held_by, "\" did not cosign a note"));
}

// What an honest log never does.
absl::Status CheckContradiction(const v1::Evidence& evidence, VerifiedEvidence& out) {
  const std::string name = out.origin.ToString();
  const auto order = [](const Checkpoint& one) { return std::pair(one.size, one.root); };
  if (order(out.first) >= order(out.second)) {
    return BadEvidence(name, "its two notes do not ascend by size and root");
  }
  if (out.first.size == out.second.size) {
    if (!evidence.root_before().empty() || !evidence.consistency().empty()) {
      return BadEvidence(name, "notes of one size need no proof");
    }
    return absl::OkStatus();
  }
  if (out.first.size == 0) return BadEvidence(name, "an empty log contradicts nothing");
  const auto before = DigestFromBytes(evidence.root_before());
  if (!before.ok()) return BadEvidence(name, "it lacks the root before, which has 32 bytes");
  out.root_before = *before;
  if (out.root_before == out.first.root && !Planted(Bug::kAccuseWithoutCause)) {
    return BadEvidence(name, "the larger log begins with the smaller one: both may be true");
  }
  std::vector<Digest> consistency;
  for (const std::string& hash : evidence.consistency()) {
    const auto digest = DigestFromBytes(hash);
    if (!digest.ok()) return BadEvidence(name, "a hash of its proof has not 32 bytes");
    consistency.push_back(*digest);
  }
  if (Planted(Bug::kAccuseWithoutProof)) return absl::OkStatus();
  const absl::Status proven = VerifyConsistency(out.first.size, out.root_before, out.second.size,
                                                out.second.root, consistency);
  if (!proven.ok()) return BadEvidence(name, Std(proven.message()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> MakeEvidence(std::string_view note, std::string_view other,
                                         const Digest& root_before,
                                         const std::vector<Digest>& consistency,
                                         const Roster& roster, const std::string& held_by) {
  COMITY_ASSIGN_OR_RETURN(std::string first, Reduced(note, roster, held_by));
  COMITY_ASSIGN_OR_RETURN(std::string second, Reduced(other, roster, held_by));
  COMITY_ASSIGN_OR_RETURN(const ParsedNote a, ParseNote(first));
  COMITY_ASSIGN_OR_RETURN(const ParsedNote b, ParseNote(second));
  v1::Evidence evidence;
  if (a.checkpoint.size != b.checkpoint.size) {
    evidence.set_root_before(ToBytes(root_before));
    for (const Digest& hash : consistency) evidence.add_consistency(ToBytes(hash));
  }
  if (std::pair(b.checkpoint.size, b.checkpoint.root) <
      std::pair(a.checkpoint.size, a.checkpoint.root)) {
    std::swap(first, second);
  }
  evidence.set_first(std::move(first));
  evidence.set_second(std::move(second));
  evidence.set_held_by(held_by);
  return evidence.SerializeAsString();
}

absl::StatusOr<VerifiedEvidence> VerifyEvidence(std::string_view bytes, const Roster& roster) {
  if (bytes.size() > kMaxEvidenceBytes) return BadEvidence("", "it is over 64 KiB");
  v1::Evidence evidence;
  COMITY_RETURN_IF_ERROR(Annotate(ParseStrict(bytes, &evidence), "evidence"));
  VerifiedEvidence out;
  std::optional<std::string> name;
  for (const auto& [note, checkpoint] :
       {std::pair(&evidence.first(), &out.first), std::pair(&evidence.second(), &out.second)}) {
    COMITY_ASSIGN_OR_RETURN(const ParsedNote parsed, ParseNote(*note));
    const std::string& origin = parsed.checkpoint.origin;
    if (name.value_or(origin) != origin) return BadEvidence(*name, "its notes are of two logs");
    name = origin;
    COMITY_ASSIGN_OR_RETURN(out.origin, Origin::Parse(origin));
    // One form, so that one contradiction has one name for each pair of signatures.
    const size_t lines = evidence.held_by().empty() ? 1 : 2;
    if (!HasOneForm(parsed, *note, lines)) {
      return BadEvidence(origin, "a note has other lines than its signers', or in another form");
    }
    // A key that was replaced still proves what it signed; from where it is revoked, nothing.
    absl::StatusOr<Checkpoint> verified = VerifyLogNote(*note, out.origin, roster);
    if (!verified.ok()) return Annotate(verified.status(), "evidence");
    *checkpoint = *std::move(verified);
    if (!evidence.held_by().empty()) {
      COMITY_RETURN_IF_ERROR(VerifyHeld(*note, evidence.held_by(), roster).status());
    }
  }
  COMITY_RETURN_IF_ERROR(CheckContradiction(evidence, out));
  out.held_by = evidence.held_by();
  out.bytes = std::string(bytes);
  out.digest = Sha256(bytes);
  return out;
}

namespace {
constexpr std::string_view kMagic = "comity-evidence-v1\n";
}  // namespace

std::string MakeEvidenceFile(std::string_view evidence, const Roster& roster) {
  v1::EvidenceFile file;
  file.set_evidence(std::string(evidence));
  *file.mutable_rosters() = std::move(*RosterChainOf(roster).mutable_rosters());
  return absl::StrCat(Absl(kMagic), file.SerializeAsString());
}

absl::StatusOr<v1::EvidenceFile> ParseEvidenceFile(std::string_view bytes) {
  v1::EvidenceFile file;
  if (bytes.size() > kMaxEvidenceFileBytes || bytes.substr(0, kMagic.size()) != kMagic) {
    return absl::InvalidArgumentError(
        "it is not a file of evidence: `comity evidence export` writes them");
  }
  COMITY_RETURN_IF_ERROR(
      Annotate(ParseStrict(bytes.substr(kMagic.size()), &file), "a file of evidence"));
  if (file.rosters().empty()) {
    return absl::InvalidArgumentError("a file of evidence carries the roster");
  }
  return file;
}

absl::StatusOr<VerifiedEvidence> VerifyEvidenceFile(const v1::EvidenceFile& file,
                                                    const Digest& roster_digest) {
  v1::RosterChain chain;
  *chain.mutable_rosters() = file.rosters();
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster,
                          LoadRosterChain(chain, roster_digest));
  return VerifyEvidence(file.evidence(), *roster);
}

}  // namespace comity
