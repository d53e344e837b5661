// A lab whose daemons each stand in a network namespace of their own.
#ifndef COMITY_TESTS_INTEGRATION_NET_NET_LAB_H_
#define COMITY_TESTS_INTEGRATION_NET_NET_LAB_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/internal/connection.h"
#include "tests/integration/harness.h"
#include "tests/support/wire.h"

namespace comity::integration {

// The hosts of this program: made once, by main; daemons on the first, this process on the
// last.
inline constexpr int kHosts = 8;
inline constexpr int kObserver = kHosts - 1;
extern testing::Wire* g_wire;
// A test that said NOT RUN, and why: the program ends with 77 then.
extern bool g_not_run;

class NetLab : public LabTest {
 protected:
  // Participants of `authorities` get the hosts 0, 1, ... in their order; those of
  // `elsewhere` are given an address each and no daemon.
  void UpOnHosts(const std::vector<std::string>& authorities,
                 const std::map<std::string, std::string>& elsewhere = {});
  void TearDown() override;

  static std::string ParticipantOf(const std::string& authority) { return authority.substr(0, 2); }
  int HostOf(const std::string& participant) const { return hosts_.at(participant); }
  // Every link between daemons; this process reaches all, always.
  void SetAll(const testing::Link& link);

  // Over a connection that is kept: what `comity status` shows. Empty if there is no answer.
  std::string DigestOf(const std::string& participant);
  uint32_t SizeAt(const std::string& participant, const std::string& list);
  // Seconds until these participants show the same view; fails the test after two minutes.
  double SecondsUntilEqual(const std::vector<std::string>& participants);
  // Publishes an edition of "AUTHORITY/list" with one item of this text.
  // Until each daemon heard from its peers what it had signed: before any link is cut.
  void AwaitSigning();
  void PublishText(const std::string& authority, const std::string& text);

  std::vector<std::string> participants_;

 private:
  Connection& ConnectionTo(const std::string& participant);

  std::map<std::string, int> hosts_;
  std::map<std::string, std::string> authority_of_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
};

}  // namespace comity::integration

#endif  // COMITY_TESTS_INTEGRATION_NET_NET_LAB_H_
