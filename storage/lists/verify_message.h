// What a verification found, as messages.
#ifndef COMITY_STORAGE_LISTS_VERIFY_MESSAGE_H_
#define COMITY_STORAGE_LISTS_VERIFY_MESSAGE_H_

#include <string>

#include "comity/v1/status_service.pb.h"
#include "storage/lists/verify.h"

namespace comity {

v1::VerifiedList ToMessage(const ListVerification& list);

// The faults as those of `list`, which may be empty.
void AddFaults(const Faults& faults, const std::string& list,
               google::protobuf::RepeatedPtrField<v1::VerificationFault>* out);

// The view, which must be there.
v1::VerifiedView ViewMessage(const StoreVerification& result, const Roster& roster);

// What was found beside the lists, in the last message.
void SetResult(const StoreVerification& result, const Roster& roster,
               v1::VerifyStoreResponse* message);

}  // namespace comity

#endif  // COMITY_STORAGE_LISTS_VERIFY_MESSAGE_H_
