// What a column of a CSV file may be, by its name and by what its cells look like.
#ifndef COMITY_CLIENT_IMPORT_CSV_GUESS_H_
#define COMITY_CLIENT_IMPORT_CSV_GUESS_H_

#include <string>
#include <vector>

namespace comity {

// One column with cells that are not empty, from the start of the file.
struct CsvSample {
  std::string name;
  std::vector<std::string> cells;
};

struct CsvGuess {
  // A field's name, or "-".
  std::string field = "-";
  std::string date_format;
  std::string separator;
  // For a person to read: why, or what to look at. May be empty.
  std::string why;
};

// By the names in use in several languages, then by content: control codes, dates.
CsvGuess GuessColumn(const CsvSample& sample);

// Whether at least six cells of ten are control codes of any numbering but the Harmonized System's.
bool MostlyCodes(const std::vector<std::string>& cells);

// "Ctry. Code" -> "ctrycode": what names are compared by. Letters beyond ASCII are kept.
std::string FoldName(const std::string& name);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_CSV_GUESS_H_
