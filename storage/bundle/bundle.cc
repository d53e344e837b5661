#include "storage/bundle/bundle.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/canonical/encoder.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

constexpr std::string_view kMagic = "comity-bundle-v1\n";
constexpr size_t kLengthBytes = 4;
constexpr size_t kSealBytes = 8;

std::string Head(BundleKind kind, std::string_view payload) {
  Encoder encoder;
  encoder.U32(static_cast<uint32_t>(payload.size()));
  encoder.U8(static_cast<uint8_t>(kind));
  return encoder.Take();
}

Digest Advance(const Digest& running, std::string_view head, std::string_view payload) {
  return Sha256({ToBytes(running), head, payload});
}

bool IsKnown(uint8_t kind) {
  switch (static_cast<BundleKind>(kind)) {
    case BundleKind::kHeader:
    case BundleKind::kHead:
    case BundleKind::kRevisions:
    case BundleKind::kHeld:
    case BundleKind::kEvidence:
    case BundleKind::kEnd:
    case BundleKind::kStatus:
      return true;
  }
  return false;
}

}  // namespace

BundleWriter::BundleWriter() : running_(Sha256(kMagic)) {}

std::string BundleWriter::Begin() const { return std::string(kMagic); }

std::string BundleWriter::Record(BundleKind kind, std::string_view payload) {
  const std::string head = Head(kind, payload);
  running_ = Advance(running_, head, payload);
  return absl::StrCat(head, Absl(payload), ToBytes(running_).substr(0, kSealBytes));
}

BundleReader::BundleReader() : running_(Sha256(kMagic)) {}

absl::Status BundleReader::Fail(std::string_view what) {
  failure_ = absl::InvalidArgumentError(
      absl::StrCat("record ", records_, " (byte ", taken_, "): ", Absl(what)));
  return failure_;
}

absl::StatusOr<std::optional<BundleRecord>> BundleReader::Next() {
  for (;;) {
    if (!failure_.ok()) return failure_;
    if (!begun_) {
      if (buffer_.compare(0, kMagic.size(), kMagic, 0, std::min(buffer_.size(), kMagic.size())) !=
          0) {
        failure_ = absl::InvalidArgumentError("this is no bundle of `comity bundle export`");
        return failure_;
      }
      if (buffer_.size() < kMagic.size()) return std::nullopt;
      buffer_.erase(0, kMagic.size());
      taken_ = kMagic.size();
      begun_ = true;
    }
    if (buffer_.empty()) return std::nullopt;
    if (ended_) return Fail("there are bytes after the end");
    if (buffer_.size() < kLengthBytes + 1) return std::nullopt;
    Decoder decoder(buffer_);
    COMITY_ASSIGN_OR_RETURN(const uint32_t length, decoder.U32());
    COMITY_ASSIGN_OR_RETURN(const uint8_t kind, decoder.U8());
    if (length > kMaxBundleRecord) return Fail("a record of over 1 MiB: the file was altered");
    const size_t head = kLengthBytes + 1;
    if (buffer_.size() < head + length + kSealBytes) return std::nullopt;
    const std::string_view bytes = buffer_;
    const std::string_view payload = bytes.substr(head, length);
    running_ = Advance(running_, bytes.substr(0, head), payload);
    if (bytes.substr(head + length, kSealBytes) != ToBytes(running_).substr(0, kSealBytes)) {
      return Fail("it fails its hash: the file was altered or damaged");
    }
    BundleRecord record{static_cast<BundleKind>(kind), std::string(payload)};
    buffer_.erase(0, head + length + kSealBytes);
    taken_ += head + length + kSealBytes;
    ++records_;
    if (records_ == 1 && record.kind != BundleKind::kHeader) return Fail("it has no header");
    if (!IsKnown(kind)) {
      if (kind % 2 == 1) return Fail("it was made by a newer comity: upgrade this one");
      continue;
    }
    ended_ = record.kind == BundleKind::kEnd;
    return record;
  }
}

absl::Status BundleReader::CheckEnded() const {
  if (!failure_.ok()) return failure_;
  if (ended_ && buffer_.empty()) return absl::OkStatus();
  if (!begun_) return absl::InvalidArgumentError("this is no bundle of `comity bundle export`");
  return absl::InvalidArgumentError(
      absl::StrCat("the bundle is cut short after record ", records_, " (byte ", taken_,
                   "): what came before it stands, take the whole file"));
}

}  // namespace comity
