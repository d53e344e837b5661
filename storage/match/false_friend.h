// Codes that two families of lists use for different things.
#ifndef COMITY_STORAGE_MATCH_FALSE_FRIEND_H_
#define COMITY_STORAGE_MATCH_FALSE_FRIEND_H_

#include <string_view>

namespace comity {

// Whether `canonical` (of the shared numbering), or what it lies below, is known to stand for
// different things in the US list and in the lists of the EU family. Found by reading the
// Commerce Control List of 2022 beside Norway's List II of 2022 (= Annex I of Regulation (EU)
// 2021/821 as it then was); each is named with its two meanings in false_friend.cc.
bool IsFalseFriend(std::string_view canonical);

}  // namespace comity

#endif  // COMITY_STORAGE_MATCH_FALSE_FRIEND_H_
