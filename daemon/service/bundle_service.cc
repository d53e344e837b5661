#include "daemon/service/bundle_service.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/access/gate.h"
#include "daemon/service/bundle_export.h"
#include "daemon/service/bundle_import.h"
#include "daemon/service/reactors.h"
#include "storage/base/errors.h"

namespace comity {
namespace {

constexpr char kImportPath[] = "/comity.v1.BundleService/ImportBundle";

// Each chunk is worked on before the next one is read: that is what bounds the memory.
class ImportReactor final : public grpc::ServerReadReactor<v1::ImportBundleRequest> {
 public:
  ImportReactor(grpc::CallbackServerContext* context, v1::ImportBundleResponse* response,
                Replica* replica, std::atomic<bool>* importing, WorkerPool* pool)
      : context_(context),
        response_(response),
        importer_(replica, ActorOf(*context, kImportPath)),
        importing_(importing),
        pool_(pool) {
    mine_ = !importing_->exchange(true);
    if (!mine_) {
      Finish(EndWith(context_, absl::ResourceExhaustedError(
                                   "another bundle is being imported here: wait for its end")));
      return;
    }
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    const bool accepted = pool_->Run([this, ok] {
      if (!ok) return End();
      if (const absl::Status status = importer_.Feed(request_.chunk()); !status.ok()) {
        Finish(EndWith(context_, status));
      } else {
        StartRead(&request_);
      }
    });
    if (!accepted) Finish(EndWith(context_, TooBusy()));
  }
  void OnDone() override {
    if (mine_) importing_->store(false);
    delete this;
  }

 private:
  void End() {
    absl::StatusOr<v1::ImportBundleResponse> answer = importer_.Finish();
    if (answer.ok()) {
      spdlog::info("bundle made by {} at {} imported: {} lists, {} HELD statements",
                   answer->made_by(), answer->made_at(), answer->lists_size(), answer->held());
      *response_ = *std::move(answer);
      Finish(grpc::Status::OK);
    } else {
      Finish(EndWith(context_, answer.status()));
    }
  }

  grpc::CallbackServerContext* const context_;
  v1::ImportBundleResponse* const response_;
  BundleImporter importer_;
  std::atomic<bool>* const importing_;
  WorkerPool* const pool_;
  bool mine_ = false;
  v1::ImportBundleRequest request_;
};

}  // namespace

grpc::ServerWriteReactor<v1::ExportBundleResponse>* BundleServiceImpl::ExportBundle(
    grpc::CallbackServerContext* context, const v1::ExportBundleRequest* request) {
  using Writer = LiveWriter<v1::ExportBundleResponse>;
  return Writer::Start(
      context, pool_,
      [this, made_for = request->made_for(), since = request->since()](Writer& writer) {
        std::string pending;
        const auto push = [&](size_t bytes) {
          v1::ExportBundleResponse message;
          message.set_chunk(pending.substr(0, bytes));
          pending.erase(0, bytes);
          return writer.Push(std::move(message));
        };
        COMITY_RETURN_IF_ERROR(
            comity::ExportBundle(*replica_, participant_, made_for, since, [&](std::string bytes) {
              pending += bytes;
              while (pending.size() >= kChunkBytes) {
                if (!push(kChunkBytes)) return false;
              }
              return true;
            }));
        push(pending.size());
        return absl::OkStatus();
      });
}

grpc::ServerReadReactor<v1::ImportBundleRequest>* BundleServiceImpl::ImportBundle(
    grpc::CallbackServerContext* context, v1::ImportBundleResponse* response) {
  return new ImportReactor(context, response, replica_, &importing_, &pool_);
}

}  // namespace comity
