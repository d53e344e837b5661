// What two texts may differ in without a difference in words.
#ifndef COMITY_STORAGE_MATCH_TYPOGRAPHY_H_
#define COMITY_STORAGE_MATCH_TYPOGRAPHY_H_

#include <string>
#include <string_view>

namespace comity {

// The text in one typography: lower case (ASCII and Latin-1), full-width letters as ASCII,
// quotation marks straight (double ones stay double, single ones single: lists tell their defined
// terms by them), dashes and hyphens as "-", every kind of space as one space, and nothing that has
// no width. For words and for texts; bytes that are not UTF-8 stay.
std::string FoldTypography(std::string_view text);

// What is left to compare two whole texts by: FoldTypography without spaces, line breaks, and
// punctuation (. , ; :) at the end of a line. Texts equal in it differ in typography alone.
// Decimal commas and points are kept apart: "1,5" of one country is "1500" elsewhere.
std::string TypographyFreeForm(std::string_view text);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_TYPOGRAPHY_H_
