// The encodings that spreadsheets and older systems export, as UTF-8.
#ifndef COMITY_CLIENT_IMPORT_TEXT_ENCODING_H_
#define COMITY_CLIENT_IMPORT_TEXT_ENCODING_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace comity {

// What the bytes are most likely in: by a byte order mark "utf-8" or "utf-16"; "utf-16le" or
// "utf-16be" where every other byte of the start is mostly zero; "utf-8" where all of them
// are; else "windows-1252", which nearly anything can be read as.
std::string GuessEncoding(std::string_view bytes);

// The text without a byte order mark. `encoding` is a name that iconv knows, in any case;
// empty: UTF-16 by its byte order mark, else taken as UTF-8 unchecked (whoever takes a field
// checks it, and refuses its record alone). INVALID_ARGUMENT with the line of the first byte
// that is not of the encoding; nothing is replaced or left out.
absl::StatusOr<std::string> ToUtf8(std::string_view bytes, std::string_view encoding);

}  // namespace comity

#endif  // COMITY_CLIENT_IMPORT_TEXT_ENCODING_H_
