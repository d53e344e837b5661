#include "storage/merkle/hash.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace comity {
namespace {

// Fetched once: a fetch per hash costs more than the hash (OpenSSL 3).
const EVP_MD* Sha256Method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

std::string_view View(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

Digest Sha256(std::initializer_list<std::string_view> parts) {
  struct Free {
    void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> ctx(EVP_MD_CTX_new());
  Digest digest;
  unsigned int size = 0;
  bool ok = ctx != nullptr && EVP_DigestInit_ex2(ctx.get(), Sha256Method(), nullptr) == 1;
  for (std::string_view part : parts) {
    ok = ok && EVP_DigestUpdate(ctx.get(), part.data(), part.size()) == 1;
  }
  ok = ok && EVP_DigestFinal_ex(ctx.get(), digest.data(), &size) == 1;
  // Only a broken OpenSSL gets here; a wrong hash must never leave this function.
  if (!ok || size != digest.size()) std::abort();
  return digest;
}

Digest Sha256(std::string_view data) { return Sha256({data}); }

Digest LeafHash(std::string_view data) { return Sha256({std::string_view("\x00", 1), data}); }

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256({std::string_view("\x01", 1), View(left), View(right)});
}

Digest EmptyRoot() { return Sha256(std::string_view()); }

}  // namespace comity
