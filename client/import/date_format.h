// Dates as agencies write them, as ISO 8601.
#ifndef COMITY_CLIENT_IMPORT_DATE_FORMAT_H_
#define COMITY_CLIENT_IMPORT_DATE_FORMAT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace comity {

// The date in ISO 8601; a year or a month stands alone where day, or day and month, are
// written as zeros ("00/00/1980"). In a format "yyyy" is the year, "mm" the month and "dd"
// the day, of one or two digits where something parts them; "mmm" is an English month's
// name, whole or its first three letters; all else stands for itself. Unset if the text does
// not fit, or is no day of the calendar.
std::optional<std::string> ReadDate(std::string_view text, std::string_view format);

// Whether the format names a year, a month and a day, each once.
bool IsDateFormat(std::string_view format);

// The first of the usual formats that fits all texts; empty if none does. `also` is another
// that fits too, with another meaning (3/4/2020): a person must decide.
std::string GuessDateFormat(const std::vector<std::string>& texts, std::string* also);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_DATE_FORMAT_H_
