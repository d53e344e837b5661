#include "storage/canonical/encoder.h"

namespace comity {

absl::StatusOr<std::string_view> Decoder::Raw(size_t size) {
  if (rest_.size() < size) return absl::DataLossError("stored value: shorter than it should be");
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

absl::StatusOr<uint64_t> Decoder::Unsigned(size_t size) {
  const auto bytes = Raw(size);
  if (!bytes.ok()) return bytes.status();
  uint64_t value = 0;
  for (char c : *bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

absl::StatusOr<uint8_t> Decoder::U8() {
  const auto value = Unsigned(1);
  if (!value.ok()) return value.status();
  return static_cast<uint8_t>(*value);
}

absl::StatusOr<uint32_t> Decoder::U32() {
  const auto value = Unsigned(4);
  if (!value.ok()) return value.status();
  return static_cast<uint32_t>(*value);
}

absl::StatusOr<uint64_t> Decoder::U64() { return Unsigned(8); }

absl::StatusOr<int32_t> Decoder::I32() {
  const auto value = Unsigned(4);
  if (!value.ok()) return value.status();
  return static_cast<int32_t>(*value);
}

absl::StatusOr<int64_t> Decoder::I64() {
  const auto value = Unsigned(8);
  if (!value.ok()) return value.status();
  return static_cast<int64_t>(*value);
}

absl::StatusOr<std::string_view> Decoder::Bytes() {
  const auto size = U32();
  if (!size.ok()) return size.status();
  return Raw(*size);
}

absl::StatusOr<Digest> Decoder::Hash() {
  const auto bytes = Raw(32);
  if (!bytes.ok()) return bytes.status();
  return DigestFromBytes(*bytes);
}

}  // namespace comity
