// Publishes over the wire as an authority's officers do, without a process for each step.
#ifndef COMITY_TESTS_SUPPORT_PUBLISHER_H_
#define COMITY_TESTS_SUPPORT_PUBLISHER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/internal/connection.h"
#include "client/internal/context.h"
#include "comity/v1/entry.pb.h"
#include "storage/signing/ed25519.h"

namespace comity::testing {

// The officers of a lab's authority and a connection to its daemon. One thread at a time.
class Publisher {
 public:
  // The publisher's context file, with its officers' keys.
  static absl::StatusOr<std::unique_ptr<Publisher>> Open(const std::string& context_path);

  // Drafts entries of `list` (of items; opened if it is new), what is not mentioned staying as
  // it is, has two officers sign, and submits.
  absl::StatusOr<v1::SubmitResponse> Publish(const std::string& list,
                                             const std::vector<v1::Entry>& entries);
  // The same in two steps: what officers signed, ready to be submitted.
  absl::StatusOr<std::vector<std::string>> Sign(const std::string& list,
                                                const std::vector<v1::Entry>& entries);
  absl::StatusOr<v1::SubmitResponse> Submit(const std::vector<std::string>& envelopes) {
    return connection_.Submit(envelopes);
  }

 private:
  explicit Publisher(const Context& context) : connection_(context) {}

  Connection connection_;
  std::vector<NamedKey> officers_;
};

}  // namespace comity::testing

#endif  // COMITY_TESTS_SUPPORT_PUBLISHER_H_
