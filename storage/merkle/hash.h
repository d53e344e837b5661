// SHA-256 and the node hashes of RFC 6962 section 2.1.
#ifndef COMITY_STORAGE_MERKLE_HASH_H_
#define COMITY_STORAGE_MERKLE_HASH_H_

#include <initializer_list>
#include <string_view>

#include "storage/base/types.h"

namespace comity {

// Thread-safe, as is everything here.
Digest Sha256(std::string_view data);
// Of the parts one after the other.
Digest Sha256(std::initializer_list<std::string_view> parts);

// SHA-256(0x00 || data).
Digest LeafHash(std::string_view data);
// SHA-256(0x01 || left || right).
Digest NodeHash(const Digest& left, const Digest& right);
// The root of the empty tree: SHA-256 of nothing.
Digest EmptyRoot();

}  // namespace comity

#endif  // COMITY_STORAGE_MERKLE_HASH_H_
