#include "storage/canonical/strict.h"

#include <google/protobuf/descriptor.h>

#include <limits>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxDepth = 32;
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

absl::Status NotCanonical(std::string_view where, std::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::REASON_NOT_CANONICAL,
                   absl::StrCat(Absl(where), ": ", Absl(what)));
}

// Takes a minimal varint from the front of `bytes`.
absl::StatusOr<uint64_t> TakeVarint(std::string_view where, std::string_view& bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 10; ++i) {
    if (bytes.empty()) return NotCanonical(where, "a varint is cut off");
    const uint8_t byte = bytes.front();
    bytes.remove_prefix(1);
    if (i == 9 && byte > 1) return NotCanonical(where, "a varint is over 64 bits");
    value |= uint64_t{byte & 0x7fu} << (7 * i);
    if ((byte & 0x80) == 0) {
      if (i > 0 && byte == 0) return NotCanonical(where, "a varint is longer than it need be");
      return value;
    }
  }
  return NotCanonical(where, "a varint is over ten bytes");
}

absl::StatusOr<std::string_view> TakeLength(std::string_view where, std::string_view& bytes) {
  COMITY_ASSIGN_OR_RETURN(const uint64_t size, TakeVarint(where, bytes));
  if (size > bytes.size()) return NotCanonical(where, "its length goes past the end");
  const std::string_view content = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return content;
}

// One code point of well-formed UTF-8 (RFC 3629) from the front; 0 length if not.
size_t Utf8Length(std::string_view s) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const auto tail = [&](size_t i) { return i < s.size() && (at(i) & 0xc0) == 0x80; };
  const uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xe0 && at(1) < 0xa0) return 0;  // overlong
    if (lead == 0xed && at(1) > 0x9f) return 0;  // surrogate
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xf0 && at(1) < 0x90) return 0;  // overlong
    if (lead == 0xf4 && at(1) > 0x8f) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

absl::Status CheckText(std::string_view where, std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return NotCanonical(where, "the text is not valid UTF-8");
    const uint8_t lead = text.front();
    if (length == 1 && lead < 0x20 && lead != '\t' && lead != '\n') {
      return NotCanonical(where, "the text holds a control character other than TAB and LF");
    }
    text.remove_prefix(length);
  }
  return absl::OkStatus();
}

// Checks the value of a scalar that travels as a varint.
absl::Status CheckVarint(const FieldDescriptor& field, uint64_t value) {
  const std::string& where = field.full_name();
  const int64_t as_signed = static_cast<int64_t>(value);
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
      if (value > 1) return NotCanonical(where, "a bool is 0 or 1");
      return absl::OkStatus();
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_SINT32:
      if (value > std::numeric_limits<uint32_t>::max()) {
        return NotCanonical(where, "the number is over 32 bits");
      }
      return absl::OkStatus();
    case FieldDescriptor::TYPE_INT32:
      if (as_signed < std::numeric_limits<int32_t>::min() ||
          as_signed > std::numeric_limits<int32_t>::max()) {
        return NotCanonical(where, "the number is over 32 bits");
      }
      return absl::OkStatus();
    case FieldDescriptor::TYPE_ENUM:
      if (as_signed < std::numeric_limits<int32_t>::min() ||
          as_signed > std::numeric_limits<int32_t>::max() ||
          field.enum_type()->FindValueByNumber(static_cast<int>(as_signed)) == nullptr) {
        return NotCanonical(where, "unknown enum value");
      }
      return absl::OkStatus();
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_SINT64:
      return absl::OkStatus();
    default:
      return NotCanonical(where, "signed messages do not use this type");
  }
}

bool IsVarintType(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_ENUM:
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return true;
    default:
      return false;
  }
}

// One walk over a message's bytes.
class Walker {
 public:
  explicit Walker(bool pass_over_unknown) : pass_over_unknown_(pass_over_unknown) {}

  absl::Status Walk(const Descriptor& type, std::string_view bytes, int depth) {
    if (depth > kMaxDepth) return NotCanonical(type.full_name(), "nested deeper than 32");
    uint32_t last_number = 0;
    std::set<int> oneofs;
    while (!bytes.empty()) {
      COMITY_ASSIGN_OR_RETURN(const uint64_t tag, TakeVarint(type.full_name(), bytes));
      const uint64_t number = tag >> 3;
      const int wire_type = static_cast<int>(tag & 7);
      if (number == 0 || number > FieldDescriptor::kMaxNumber) {
        return NotCanonical(type.full_name(), "a field number out of range");
      }
      if (number < last_number) {
        return NotCanonical(type.full_name(), absl::StrCat("field ", number, " follows field ",
                                                           last_number, ": fields must ascend"));
      }
      const FieldDescriptor* field = type.FindFieldByNumber(static_cast<int>(number));
      if (field == nullptr) {
        if (!pass_over_unknown_) {
          return NotCanonical(type.full_name(), absl::StrCat("unknown field ", number));
        }
        COMITY_RETURN_IF_ERROR(PassOver(type, wire_type, bytes));
        last_number = static_cast<uint32_t>(number);
        continue;
      }
      const bool again = number == last_number;
      last_number = static_cast<uint32_t>(number);
      if (again && (!field->is_repeated() || field->is_packed())) {
        return NotCanonical(field->full_name(), "the field is there twice");
      }
      if (const auto* oneof = field->real_containing_oneof();
          oneof != nullptr && !oneofs.insert(oneof->index()).second) {
        return NotCanonical(field->full_name(), "two members of one oneof");
      }
      COMITY_RETURN_IF_ERROR(WalkField(*field, wire_type, bytes, depth));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status WalkField(const FieldDescriptor& field, int wire_type, std::string_view& bytes,
                         int depth) {
    const std::string& where = field.full_name();
    // Implicit presence: the default must be left out.
    const bool default_is_absence = !field.has_presence() && !field.is_repeated();
    if (field.is_map()) return NotCanonical(where, "signed messages do not use maps");
    if (IsVarintType(field)) {
      if (field.is_packed()) {
        if (wire_type != kBytes) return NotCanonical(where, "the field must be packed");
        COMITY_ASSIGN_OR_RETURN(std::string_view packed, TakeLength(where, bytes));
        if (packed.empty()) return NotCanonical(where, "an empty packed field");
        while (!packed.empty()) {
          COMITY_ASSIGN_OR_RETURN(const uint64_t value, TakeVarint(where, packed));
          COMITY_RETURN_IF_ERROR(CheckVarint(field, value));
        }
        return absl::OkStatus();
      }
      if (wire_type != kVarint) return NotCanonical(where, "wrong wire type");
      COMITY_ASSIGN_OR_RETURN(const uint64_t value, TakeVarint(where, bytes));
      if (default_is_absence && value == 0) return NotCanonical(where, "holds its default");
      return CheckVarint(field, value);
    }
    const bool is_text = field.type() == FieldDescriptor::TYPE_STRING;
    const bool is_message = field.type() == FieldDescriptor::TYPE_MESSAGE;
    if (!is_text && !is_message && field.type() != FieldDescriptor::TYPE_BYTES) {
      return NotCanonical(where, "signed messages do not use this type");
    }
    if (wire_type != kBytes) return NotCanonical(where, "wrong wire type");
    COMITY_ASSIGN_OR_RETURN(const std::string_view content, TakeLength(where, bytes));
    if (is_message) return Walk(*field.message_type(), content, depth + 1);
    if (default_is_absence && content.empty()) return NotCanonical(where, "holds its default");
    return is_text ? CheckText(where, content) : absl::OkStatus();
  }

  absl::Status PassOver(const Descriptor& type, int wire_type, std::string_view& bytes) {
    switch (wire_type) {
      case kVarint:
        return TakeVarint(type.full_name(), bytes).status();
      case kBytes:
        return TakeLength(type.full_name(), bytes).status();
      case kFixed64:
      case kFixed32: {
        const size_t size = wire_type == kFixed64 ? 8 : 4;
        if (bytes.size() < size) return NotCanonical(type.full_name(), "a field is cut off");
        bytes.remove_prefix(size);
        return absl::OkStatus();
      }
      default:
        return NotCanonical(type.full_name(), "groups are not used");
    }
  }

  const bool pass_over_unknown_;
};

absl::Status Parse(std::string_view bytes, bool pass_over_unknown, google::protobuf::Message* out) {
  if (bytes.size() > std::numeric_limits<int32_t>::max()) {
    return NotCanonical(out->GetDescriptor()->full_name(), "over 2 GiB");
  }
  COMITY_RETURN_IF_ERROR(Walker(pass_over_unknown).Walk(*out->GetDescriptor(), bytes, 1));
  if (!out->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return NotCanonical(out->GetDescriptor()->full_name(), "it cannot be read");
  }
  return absl::OkStatus();
}

// The value of field `number` if it stands at the front of `bytes`, which moves on.
absl::StatusOr<uint64_t> TakeLevel(std::string_view where, uint64_t number,
                                   std::string_view& bytes) {
  if (bytes.empty() || static_cast<uint8_t>(bytes.front()) != (number << 3 | kVarint)) return 0;
  bytes.remove_prefix(1);
  return TakeVarint(where, bytes);
}

}  // namespace

absl::Status ParseStrict(std::string_view bytes, google::protobuf::Message* out) {
  return Parse(bytes, false, out);
}

absl::Status ParseStrictLevel(std::string_view bytes, uint32_t supported,
                              google::protobuf::Message* out) {
  const std::string& where = out->GetDescriptor()->full_name();
  std::string_view front = bytes;
  COMITY_ASSIGN_OR_RETURN(const uint64_t schema_level, TakeLevel(where, 1, front));
  COMITY_ASSIGN_OR_RETURN(const uint64_t critical_level, TakeLevel(where, 2, front));
  if (schema_level == 0) return NotCanonical(where, "schema_level is missing");
  if (critical_level > supported) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::REASON_UNSUPPORTED_LEVEL,
                     absl::StrCat(where, ": needs level ", critical_level, ", this program knows ",
                                  supported, ": upgrade it"));
  }
  return Parse(bytes, schema_level > supported, out);
}

}  // namespace comity
