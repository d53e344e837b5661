// Countries as lists name them, to ISO 3166-1.
#ifndef COMITY_STORAGE_LAW_COUNTRY_NAMES_H_
#define COMITY_STORAGE_LAW_COUNTRY_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

namespace comity {

// The alpha-2 code of a country's English name, whatever its case, articles, word order
// around a comma and accents; empty if it is none that is known. "Region: ..." and places
// within a country are none. Thread-safe.
std::string CountryCode(std::string_view name);

// Whether it is an alpha-2 code, in upper case.
bool IsCountryCode(std::string_view code);

// The name under which a country is shown, such as "Russia"; empty for no code.
std::string CountryTitle(std::string_view code);

// Its English names, folded; empty for no code.
std::vector<std::string> CountryNames(std::string_view code);

// All codes, ascending.
std::vector<std::string> CountryCodes();

// Lower case, letters and digits alone, without the small words that lists put anywhere:
// "Korea, Democratic People's Republic of" and "the ..." have one spelling.
std::string FoldCountryName(std::string_view name);

// The code, or the text as it is.
std::string CountryOr(std::string_view published);

}  // namespace comity

#endif  // COMITY_STORAGE_LAW_COUNTRY_NAMES_H_
