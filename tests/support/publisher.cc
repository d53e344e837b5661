#include "tests/support/publisher.h"

#include <utility>

#include "client/internal/draft_file.h"
#include "storage/base/errors.h"

namespace comity::testing {
namespace {

constexpr int kOfficers = 2;

}  // namespace

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Open(const std::string& context_path) {
  COMITY_ASSIGN_OR_RETURN(const Context context, LoadContext(context_path));
  std::unique_ptr<Publisher> publisher(new Publisher(context));
  for (int i = 0; i < kOfficers; ++i) {
    COMITY_ASSIGN_OR_RETURN(NamedKey key, ReadKeyFile(context.message.officer_keys(i)));
    publisher->officers_.push_back(std::move(key));
  }
  return publisher;
}

absl::StatusOr<std::vector<std::string>> Publisher::Sign(const std::string& list,
                                                         const std::vector<v1::Entry>& entries) {
  v1::DraftHeader header;
  header.set_list(list);
  header.set_kind(v1::LIST_KIND_ITEMS);
  header.set_title(list);
  header.set_time_zone("UTC");
  header.add_authentic_languages("en");
  header.mutable_instrument()->set_citation("Act");
  header.set_effective_from("2020-01-01");
  header.set_mode(v1::REVISION_MODE_FULL);
  header.set_keep_missing(true);
  std::vector<std::string> serialized;
  serialized.reserve(entries.size());
  for (const v1::Entry& entry : entries) serialized.push_back(entry.SerializeAsString());
  COMITY_ASSIGN_OR_RETURN(v1::DraftFile draft, connection_.Draft(header, serialized));
  for (const NamedKey& officer : officers_) COMITY_RETURN_IF_ERROR(SignDraft(&draft, officer));
  return EnvelopesOf(draft);
}

absl::StatusOr<v1::SubmitResponse> Publisher::Publish(const std::string& list,
                                                      const std::vector<v1::Entry>& entries) {
  COMITY_ASSIGN_OR_RETURN(const std::vector<std::string> envelopes, Sign(list, entries));
  return Submit(envelopes);
}

}  // namespace comity::testing
