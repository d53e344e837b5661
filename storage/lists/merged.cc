#include "storage/lists/merged.h"

#include <algorithm>

namespace comity {

uint32_t RuleSetOf(const Roster& roster) {
  return std::max<uint32_t>(1, roster.message().policy().rule_set());
}

void DropSupersededEpochs(const std::function<TreeSize(const Origin&)>& opens_at,
                          Frontier* frontier) {
  // Epochs ascend: the last one that is open stands, or else the first.
  std::map<ListName, Origin> current;
  for (const auto& [origin, head] : frontier->heads) {
    const auto [known, fresh] = current.try_emplace(origin.name, origin);
    if (!fresh && head.size >= opens_at(origin)) known->second = origin;
  }
  std::erase_if(frontier->heads,
                [&](const auto& one) { return current.at(one.first.name) != one.first; });
}

std::map<Audience, Digest> DigestsByAudience(
    uint32_t rule_set, const std::map<Origin, Digest>& state_roots,
    const std::function<const Audience&(const Origin&)>& audience_of) {
  std::map<Audience, std::map<Origin, Digest>> by_audience = {{Audience(), {}}};
  for (const auto& [origin, root] : state_roots) by_audience[audience_of(origin)][origin] = root;
  std::map<Audience, Digest> digests;
  for (const auto& [audience, roots] : by_audience) {
    digests[audience] = ViewDigest(rule_set, roots);
  }
  return digests;
}

}  // namespace comity
