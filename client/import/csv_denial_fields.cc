// Columns of denials.
#include <string>
#include <utility>

#include "client/import/csv_fields.h"

namespace comity {

void AddDenialFields(std::map<std::string, CsvField>& fields) {
  using Setter = void (*)(v1::Denial&, const std::string&);
  const auto add = [&](const char* name, Setter set) {
    fields[name] = {v1::LIST_KIND_DENIALS, false, [set](const CsvCell& c) -> std::string {
                      set(*c.entry->mutable_denial(), c.value);
                      return "";
                    }};
  };
  add("reference", [](v1::Denial& d, const std::string& v) { d.set_reference(v); });
  add("regime_reference", [](v1::Denial& d, const std::string& v) { d.set_regime_reference(v); });
  add("party_name", [](v1::Denial& d, const std::string& v) { d.set_party_name(v); });
  add("address", [](v1::Denial& d, const std::string& v) { d.set_address(v); });
  add("notifying_government",
      [](v1::Denial& d, const std::string& v) { d.set_notifying_government(v); });
  add("destination_country",
      [](v1::Denial& d, const std::string& v) { d.set_destination_country(v); });
  add("description", [](v1::Denial& d, const std::string& v) { d.set_description(v); });
  add("end_use", [](v1::Denial& d, const std::string& v) { d.set_end_use(v); });
  add("reason_for_refusal",
      [](v1::Denial& d, const std::string& v) { d.set_reason_for_refusal(v); });
  add("denied_on", [](v1::Denial& d, const std::string& v) { d.set_denied_on(v); });
  fields["control_codes"] = {v1::LIST_KIND_DENIALS, true, [](const CsvCell& c) -> std::string {
                               for (std::string& code : c.Values()) {
                                 c.entry->mutable_denial()->add_control_codes(std::move(code));
                               }
                               return "";
                             }};
}

}  // namespace comity
