// Countries as lists name them, to ISO 3166-1.
#ifndef COMITY_CLIENT_IMPORT_COUNTRY_NAMES_H_
#define COMITY_CLIENT_IMPORT_COUNTRY_NAMES_H_

#include <string>
#include <string_view>

namespace comity {

// The alpha-2 code of a country's English name, whatever its case, articles, word order
// around a comma and accents; empty if it is none that is known. "Region: ..." and places
// within a country are none. Thread-safe.
std::string CountryCode(std::string_view name);

// Whether it is an alpha-2 code, in upper case.
bool IsCountryCode(std::string_view code);

// The code, or the text as it is.
std::string CountryOr(std::string_view published);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_COUNTRY_NAMES_H_
