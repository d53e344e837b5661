// The version of this build, as --version and status say it.
#ifndef COMITY_STORAGE_BASE_VERSION_H_
#define COMITY_STORAGE_BASE_VERSION_H_

namespace comity {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace comity

#endif  // COMITY_STORAGE_BASE_VERSION_H_
