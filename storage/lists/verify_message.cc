#include "storage/lists/verify_message.h"

#include "storage/lists/snapshot.h"

namespace comity {

v1::VerifiedList ToMessage(const ListVerification& list) {
  v1::VerifiedList message;
  message.set_list(list.origin.name.ToString());
  message.set_origin(list.origin.ToString());
  message.set_verified(static_cast<uint32_t>(list.verified.value));
  message.set_size(static_cast<uint32_t>(list.size.value));
  message.set_number(static_cast<uint32_t>(list.number));
  message.set_of_lists(static_cast<uint32_t>(list.of));
  if (!list.done) return message;
  message.set_problem(std::string(list.problem.message()));
  AddFaults(list.faults, message.list(), message.mutable_faults());
  message.set_more_faults(static_cast<uint32_t>(list.faults.more));
  message.set_not_held_from(static_cast<uint32_t>(list.not_held_from.value));
  message.set_not_held_to(static_cast<uint32_t>(list.not_held_to.value));
  message.mutable_remarks()->Add(list.remarks.begin(), list.remarks.end());
  return message;
}

void AddFaults(const Faults& faults, const std::string& list,
               google::protobuf::RepeatedPtrField<v1::VerificationFault>* out) {
  for (const Fault& fault : faults.named) {
    v1::VerificationFault& one = *out->Add();
    one.set_list(list);
    if (fault.leaf.has_value()) one.set_leaf(static_cast<uint32_t>(fault.leaf->value));
    one.set_key(fault.key);
    one.set_what(fault.what);
  }
}

v1::VerifiedView ViewMessage(const StoreVerification& result, const Roster& roster) {
  v1::VerifiedView view;
  view.set_view_digest(ToHex(result.view_digests.at({})));
  AddRestrictedDigests(result.view_digests, view.mutable_restricted_digests());
  view.set_frontier_token(result.frontier->Token());
  view.set_roster_version(static_cast<uint32_t>(roster.version()));
  return view;
}

void SetResult(const StoreVerification& result, const Roster& roster,
               v1::VerifyStoreResponse* message) {
  AddFaults(result.loose, "", message->mutable_loose_faults());
  message->set_more_loose_faults(static_cast<uint32_t>(result.loose.more));
  if (result.frontier.has_value()) *message->mutable_view() = ViewMessage(result, roster);
}

}  // namespace comity
