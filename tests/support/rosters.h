// Later versions of the test federation's roster.
#ifndef COMITY_TESTS_SUPPORT_ROSTERS_H_
#define COMITY_TESTS_SUPPORT_ROSTERS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/log/roster.h"
#include "tests/support/federation.h"

namespace comity::testing {

// Version 1, as a chain begins.
std::shared_ptr<const Roster> FirstRoster(const TestFederation& federation);

// The Envelope of the version after `before`, altered, signed by the keys of these names.
std::string NextEnvelope(const Roster& before, const std::function<void(v1::Roster&)>& alter,
                         const std::vector<std::string>& signers = {"root-1"});

// The same, verified; the test ends if it does not verify.
std::shared_ptr<const Roster> NextRoster(std::shared_ptr<const Roster> before,
                                         const std::function<void(v1::Roster&)>& alter,
                                         const std::vector<std::string>& signers = {"root-1"});

// A key's public half under its name, which is its seed.
v1::PublicKey PublicKeyOf(const std::string& name);
// In the order of their ids.
v1::KeySet KeySetOf(const std::vector<std::string>& names, uint32_t threshold);

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_ROSTERS_H_
