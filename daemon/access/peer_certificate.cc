#include "daemon/access/peer_certificate.h"

#include <vector>

namespace comity {
namespace {

constexpr char kLeaf[] = "x509_pem_cert";
constexpr char kChain[] = "x509_pem_cert_chain";

std::string OnlyValue(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  if (values.size() != 1) return "";
  return {values[0].data(), values[0].size()};
}

}  // namespace

std::string CertificateOf(const grpc::AuthContext& context) {
  const std::string leaf = OnlyValue(context, kLeaf);
  const std::string chain = OnlyValue(context, kChain);
  // A server sees the chain without the leaf, a client with it.
  if (leaf.empty() || chain.rfind(leaf, 0) == 0) return leaf.empty() ? leaf : chain;
  return leaf + chain;
}

}  // namespace comity
