// Ed25519 (RFC 8032) keys and signatures, with the stricter rules that make every
// verifier agree: S below the group order, no point of small order, no
// non-canonical point.
#ifndef COMITY_STORAGE_SIGNING_ED25519_H_
#define COMITY_STORAGE_SIGNING_ED25519_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace comity {

// A private key. Move-only; its memory is cleansed. Signing is thread-safe.
class PrivateKey {
 public:
  static absl::StatusOr<PrivateKey> Generate();
  // From RFC 8032's 32-byte seed.
  static absl::StatusOr<PrivateKey> FromSeed(std::string_view seed);
  // From PKCS #8 PEM, which may follow lines that begin with '#'.
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  absl::StatusOr<std::string> ToPem() const;
  // 32 bytes.
  const std::string& public_key() const { return public_key_; }
  // 64 bytes.
  absl::StatusOr<std::string> Sign(std::string_view message) const;

 private:
  struct Impl;
  explicit PrivateKey(std::unique_ptr<Impl> impl, std::string public_key);

  std::unique_ptr<Impl> impl_;
  std::string public_key_;
};

// INVALID_ARGUMENT unless the 32 bytes are the canonical encoding of a point that
// is not of small order.
absl::Status CheckPublicKey(std::string_view public_key);

// PERMISSION_DENIED with REASON_BAD_SIGNATURE unless `signature` (64 bytes) is the
// key's over `message`.
absl::Status VerifyEd25519(std::string_view public_key, std::string_view message,
                           std::string_view signature);

// A key in a file, and the name it signs under.
struct NamedKey {
  std::string name;
  PrivateKey key;
};

// Reads a key file: an optional line "# name: NAME", then PKCS #8 PEM. NOT_FOUND,
// or FAILED_PRECONDITION if others than the owner may read it.
absl::StatusOr<NamedKey> ReadKeyFile(const std::string& path);

// Writes it with mode 0400; ALREADY_EXISTS rather than replace anything.
absl::Status WriteKeyFile(const std::string& path, std::string_view name, const PrivateKey& key);

}  // namespace comity

#endif  // COMITY_STORAGE_SIGNING_ED25519_H_
