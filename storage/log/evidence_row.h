// Evidence as people are shown it.
#ifndef COMITY_STORAGE_LOG_EVIDENCE_ROW_H_
#define COMITY_STORAGE_LOG_EVIDENCE_ROW_H_

#include <string>

#include "comity/v1/status_service.pb.h"
#include "storage/log/evidence.h"

namespace comity {

v1::EvidenceRow EvidenceRowOf(const VerifiedEvidence& evidence);

// One sentence: who signed what, and why it cannot both be true.
std::string SentenceOf(const VerifiedEvidence& evidence);

}  // namespace comity

#endif  // COMITY_STORAGE_LOG_EVIDENCE_ROW_H_
