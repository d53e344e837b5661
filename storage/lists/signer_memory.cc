#include "storage/lists/signer_memory.h"

#include <algorithm>

#include "storage/base/planted.h"
#include "storage/log/held.h"

namespace comity {

void SignerMemory::Hear(const std::string& participant) { heard_.insert(participant); }

std::vector<std::string> SignerMemory::Others(const std::vector<std::string>& audience) const {
  std::vector<std::string> others;
  for (const v1::Participant& one : roster_->message().participants()) {
    if (one.code() == participant_ || one.nodes().empty()) continue;
    if (!audience.empty() && std::ranges::find(audience, one.code()) == audience.end()) continue;
    others.push_back(one.code());
  }
  return others;
}

std::vector<std::string> SignerMemory::Voters(const std::vector<std::string>& audience) const {
  std::vector<std::string> voters = Others(audience);
  std::erase_if(voters, [this](const std::string& one) {
    return std::ranges::find(peers_, one) == peers_.end();
  });
  return voters;
}

size_t SignerMemory::Needed(const std::vector<std::string>& audience) const {
  if (Planted(Bug::kHearOneOnly)) return std::min<size_t>(1, Voters(audience).size());
  const size_t all = Others(audience).size() + 1;
  return std::min(all - QuorumOf(*roster_, all) + 1, Voters(audience).size());
}

std::vector<std::string> SignerMemory::Awaited(const std::vector<std::string>& audience) const {
  std::vector<std::string> awaited = Voters(audience);
  std::erase_if(awaited, [this](const std::string& one) { return heard_.contains(one); });
  return awaited;
}

bool SignerMemory::Settled(const std::vector<std::string>& audience) const {
  if (released_ || Planted(Bug::kSignBeforeHeard)) return true;
  const size_t heard = Voters(audience).size() - Awaited(audience).size();
  return heard >= Needed(audience);
}

}  // namespace comity
