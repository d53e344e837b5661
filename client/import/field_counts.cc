#include "client/import/field_counts.h"

#include <google/protobuf/message.h>

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace comity {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Values by path, of one entry.
using Values = std::map<std::string, uint32_t>;

// PARTY_KIND_PERSON of PartyKind -> PERSON.
std::string ShortName(const EnumValueDescriptor& value) {
  std::string prefix;
  for (char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  prefix += '_';
  const std::string& name = value.name();
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

void Count(const Message& message, const std::string& above, Values* values) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto& reflection = *message.GetReflection();
    const std::string path =
        above.empty() ? field->name() : absl::StrCat(above, ".", field->name());
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ++(*values)[path];
        Count(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                   : reflection.GetMessage(message, field),
              path, values);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const EnumValueDescriptor* value = field->is_repeated()
                                               ? reflection.GetRepeatedEnum(message, field, i)
                                               : reflection.GetEnum(message, field);
        ++(*values)[absl::StrCat(path, "=", ShortName(*value))];
      } else {
        ++(*values)[path];
      }
    }
  }
}

}  // namespace

std::vector<v1::FieldCount> CountFields(const Edition& edition) {
  std::map<std::string, v1::FieldCount> counts;
  for (const v1::Entry& entry : edition.entries) {
    Values values;
    std::vector<const FieldDescriptor*> fields;
    entry.GetReflection()->ListFields(entry, &fields);
    for (const FieldDescriptor* field : fields) {
      // The body alone: every entry has a key and a language.
      if (field->containing_oneof() != nullptr) {
        Count(entry.GetReflection()->GetMessage(entry, field), "", &values);
      }
    }
    for (const auto& [path, number] : values) {
      v1::FieldCount& count = counts[path];
      count.set_field(path);
      count.set_entries(count.entries() + 1);
      count.set_values(count.values() + number);
    }
  }
  std::vector<v1::FieldCount> list;
  for (auto& [path, count] : counts) list.push_back(std::move(count));
  return list;
}

}  // namespace comity
