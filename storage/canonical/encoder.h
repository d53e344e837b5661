// The hand-written binary form of what is computed rather than received: digests'
// inputs and stored values. Fixed widths, big-endian; bytes carry a 4-byte length.
#ifndef COMITY_STORAGE_CANONICAL_ENCODER_H_
#define COMITY_STORAGE_CANONICAL_ENCODER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/base/types.h"

namespace comity {

class Encoder {
 public:
  void U8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U32(uint32_t value) { Unsigned(value, 4); }
  void U64(uint64_t value) { Unsigned(value, 8); }
  // Two's complement.
  void I32(int32_t value) { Unsigned(static_cast<uint32_t>(value), 4); }
  void I64(int64_t value) { Unsigned(static_cast<uint64_t>(value), 8); }
  // Length, then bytes; at most 4 GiB.
  void Bytes(std::string_view bytes) {
    U32(static_cast<uint32_t>(bytes.size()));
    Raw(bytes);
  }
  void Raw(std::string_view bytes) { out_.append(bytes); }
  void Hash(const Digest& digest) { out_.append(digest.begin(), digest.end()); }

  std::string Take() { return std::move(out_); }

 private:
  void Unsigned(uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) U8((value >> shift) & 0xff);
  }
  std::string out_;
};

// Reads what Encoder wrote. Each read is DATA_LOSS if the input is too short.
// Borrows the bytes.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  absl::StatusOr<uint8_t> U8();
  absl::StatusOr<uint32_t> U32();
  absl::StatusOr<uint64_t> U64();
  absl::StatusOr<int32_t> I32();
  absl::StatusOr<int64_t> I64();
  absl::StatusOr<std::string_view> Bytes();
  absl::StatusOr<std::string_view> Raw(size_t size);
  absl::StatusOr<Digest> Hash();

  bool done() const { return rest_.empty(); }

 private:
  absl::StatusOr<uint64_t> Unsigned(size_t bytes);
  std::string_view rest_;
};

}  // namespace comity

#endif  // COMITY_STORAGE_CANONICAL_ENCODER_H_
