// Beside the messages: the services, and what makes them.
#include <grpcpp/grpcpp.h>

#include "comity/v1/admin_service.grpc.pb.h"
#include "comity/v1/audit_service.grpc.pb.h"
#include "comity/v1/bundle_service.grpc.pb.h"
#include "comity/v1/feed_service.grpc.pb.h"
#include "comity/v1/proof_service.grpc.pb.h"
#include "comity/v1/publish_service.grpc.pb.h"
#include "comity/v1/query_service.grpc.pb.h"
#include "comity/v1/status_service.grpc.pb.h"
#include "comity/v1/sync_service.grpc.pb.h"
