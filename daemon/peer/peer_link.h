// The calls to one peer: each ends in exactly one event for the sync engine.
#ifndef COMITY_DAEMON_PEER_PEER_LINK_H_
#define COMITY_DAEMON_PEER_PEER_LINK_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/transport/channel.h"
#include "comity/v1/sync_service.grpc.pb.h"
#include "daemon/sync/events.h"
#include "daemon/threads/serial_worker.h"
#include "storage/base/mutex.h"
#include "storage/lists/replica.h"

namespace comity {

// Thread-safe. Control (Hello, Heads), the watch and bulk (FetchRevisions) each have a
// thread, and bulk a connection of its own, so that none waits for another.
class PeerLink {
 public:
  using Deliver = std::function<void(sync::Event)>;
  // Verifies newer rosters and keeps them.
  using AdoptRosters = std::function<absl::Status(const std::vector<std::string>&)>;

  // `deliver` may be called on any of the link's threads until Stop returns. Borrows
  // the replica, which checks the heads and learns what the peer holds of its own.
  PeerLink(sync::PeerName name, std::string address, const ChannelIdentity& identity,
           Replica* replica, Deliver deliver, AdoptRosters adopt_rosters);
  ~PeerLink() { Stop(); }

  void Hello(const Digest& heads_digest);
  void Heads();
  void Held();
  // Asks for what the peer has of evidence, or of statuses, and takes it in.
  void Statements(StatementKind kind);
  // Asks what the peer's log of `target` was at `size`, and takes the answer in.
  void Consistency(const LogHead& target, TreeSize size);
  void Rosters();
  void Watch();
  // Ends the watch that is open, if one is.
  void CloseWatch();
  void Fetch(const sync::FetchRevisions& fetch);

  // Asks at once, on the caller's thread; Stop cancels these too.
  absl::StatusOr<std::vector<LogHead>> AskHeads();
  absl::StatusOr<v1::StateNodesResponse> AskStateNodes(const v1::StateNodesRequest& request);

  // Connects anew with it for every call from now on; those under way go on, but for the
  // watch, if other certificates are revoked.
  void SetIdentity(const ChannelIdentity& identity);
  // Cancels what is under way and joins. May be called twice.
  void Stop();

 private:
  std::shared_ptr<v1::SyncService::Stub> Control();
  std::shared_ptr<v1::SyncService::Stub> Bulk();
  // The next call connects at once, however often it failed before.
  void ForgetBackoff();
  // A call's context, cancelled by Stop for as long as it lives.
  class Call;

  absl::Status CallHello(const Digest& heads_digest, sync::HelloAnswered* answer);
  absl::Status CallHeads(std::vector<LogHead>* heads);
  absl::Status CallHeld();
  absl::Status CallEvidence();
  absl::Status CallStatuses();
  absl::Status CallConsistency(const LogHead& target, TreeSize size);
  absl::Status TakeHeld(const google::protobuf::RepeatedPtrField<v1::HeldStatement>& statements);
  absl::Status CallFetch(const sync::FetchRevisions& fetch, sync::Batch* batch);
  absl::Status CallSnapshot(const sync::FetchRevisions& fetch, SnapshotPage* page);
  absl::Status CallRosters();
  absl::Status RunWatch();
  // Reads a head, verifies its checkpoint and holds it against what is held here.
  absl::StatusOr<LogHead> CheckedHead(const v1::Head& message) const;

  const sync::PeerName name_;
  const std::string address_;
  Replica* const replica_;
  const Deliver deliver_;
  const AdoptRosters adopt_rosters_;
  struct Connection {
    std::shared_ptr<grpc::Channel> channel;
    std::shared_ptr<v1::SyncService::Stub> stub;
  };
  Mutex mutex_;
  ConditionVariable stop_;
  Connection control_connection_ ABSL_GUARDED_BY(mutex_);
  Connection bulk_connection_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> contexts_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* watch_context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  RevokedCertificates revoked_ ABSL_GUARDED_BY(mutex_);

  SerialWorker control_;
  SerialWorker watch_;
  SerialWorker bulk_;
};

}  // namespace comity

#endif  // COMITY_DAEMON_PEER_PEER_LINK_H_
