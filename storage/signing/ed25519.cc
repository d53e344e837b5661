#include "storage/signing/ed25519.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/base/errors.h"
#include "storage/base/planted.h"
#include "storage/base/types.h"
#include "storage/merkle/hash.h"

namespace comity {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, FreeContext>;

constexpr size_t kMaxKeyFileBytes = 16 * 1024;
constexpr char kNamePrefix[] = "# name: ";

const unsigned char* Bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

// The y coordinates (little-endian, sign bit cleared) of the eight points whose
// order divides the cofactor, RFC 7748's curve in Edwards form.
const std::set<std::string>& SmallOrderY() {
  static const auto* const set = [] {
    auto* points = new std::set<std::string>;
    for (const char* hex : {
             "0000000000000000000000000000000000000000000000000000000000000000",
             "0100000000000000000000000000000000000000000000000000000000000000",
             "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
             "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
         }) {
      points->insert(*FromHex(hex));
    }
    return points;
  }();
  return *set;
}

// Whether y, with its sign bit cleared, is below p = 2^255 - 19.
bool IsCanonicalY(const std::string& y) {
  static const std::string p =
      *FromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  return std::lexicographical_compare(
      y.rbegin(), y.rend(), p.rbegin(), p.rend(),
      [](char a, char b) { return static_cast<uint8_t>(a) < static_cast<uint8_t>(b); });
}

absl::Status CheckPoint(std::string_view point, std::string_view what) {
  if (point.size() != 32) {
    return absl::InvalidArgumentError(
        absl::StrCat(Absl(what), " has ", point.size(), " bytes, not 32"));
  }
  std::string y(point);
  y[31] = static_cast<char>(y[31] & 0x7f);
  if (!IsCanonicalY(y))
    return absl::InvalidArgumentError(absl::StrCat(Absl(what), " is not canonical"));
  if (SmallOrderY().contains(y)) {
    return absl::InvalidArgumentError(absl::StrCat(Absl(what), " is a point of small order"));
  }
  return absl::OkStatus();
}

// What stands for a signature in the simulator: anyone could make it, but only one who
// means to does.
std::string FakeSignature(std::string_view public_key, std::string_view message) {
  const std::string half = ToBytes(Sha256({"fake", public_key, message}));
  return half + half;
}

}  // namespace

struct PrivateKey::Impl {
  KeyPtr key;
};

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl, std::string public_key)
    : impl_(std::move(impl)), public_key_(std::move(public_key)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

namespace {

absl::StatusOr<std::string> PublicOf(EVP_PKEY* key) {
  std::string public_key(32, '\0');
  size_t size = public_key.size();
  if (key == nullptr || EVP_PKEY_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(public_key.data()),
                                  &size) != 1 ||
      size != 32) {
    return absl::InvalidArgumentError("not an Ed25519 private key");
  }
  return public_key;
}

}  // namespace

absl::StatusOr<PrivateKey> PrivateKey::Generate() {
  KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  COMITY_ASSIGN_OR_RETURN(std::string public_key, PublicOf(key.get()));
  return PrivateKey(std::make_unique<Impl>(Impl{std::move(key)}), std::move(public_key));
}

absl::StatusOr<PrivateKey> PrivateKey::FromSeed(std::string_view seed) {
  KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()));
  COMITY_ASSIGN_OR_RETURN(std::string public_key, PublicOf(key.get()));
  return PrivateKey(std::make_unique<Impl>(Impl{std::move(key)}), std::move(public_key));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty password rather than a prompt on the terminal.
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  COMITY_ASSIGN_OR_RETURN(std::string public_key, PublicOf(key.get()));
  return PrivateKey(std::make_unique<Impl>(Impl{std::move(key)}), std::move(public_key));
}

absl::StatusOr<std::string> PrivateKey::ToPem() const {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr || PEM_write_bio_PKCS8PrivateKey(bio.get(), impl_->key.get(), nullptr, nullptr,
                                                      0, nullptr, nullptr) != 1) {
    return absl::InternalError("OpenSSL could not write the key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<std::string> PrivateKey::Sign(std::string_view message) const {
  if (FakeSignatures()) return FakeSignature(public_key_, message);
  const ContextPtr ctx(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  size_t size = signature.size();
  if (ctx == nullptr ||
      EVP_DigestSignInit(ctx.get(), nullptr, nullptr, nullptr, impl_->key.get()) != 1 ||
      EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(message), message.size()) != 1 ||
      size != 64) {
    return absl::InternalError("OpenSSL could not sign");
  }
  return signature;
}

absl::Status CheckPublicKey(std::string_view public_key) {
  return CheckPoint(public_key, "the public key");
}

absl::Status VerifyEd25519(std::string_view public_key, std::string_view message,
                           std::string_view signature) {
  const auto bad = [](std::string_view what) {
    return MakeError(absl::StatusCode::kPermissionDenied, v1::REASON_BAD_SIGNATURE, what);
  };
  if (FakeSignatures()) {
    if (signature == FakeSignature(public_key, message)) return absl::OkStatus();
    return bad("the signature is not this key's over these bytes");
  }
  if (const absl::Status key = CheckPublicKey(public_key); !key.ok())
    return bad(Std(key.message()));
  if (signature.size() != 64) return bad("a signature has 64 bytes");
  if (!CheckPoint(signature.substr(0, 32), "R").ok()) return bad("the signature's point is bad");
  const KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), 32));
  const ContextPtr ctx(EVP_MD_CTX_new());
  if (key == nullptr || ctx == nullptr ||
      EVP_DigestVerifyInit(ctx.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestVerify(ctx.get(), Bytes(signature), signature.size(), Bytes(message),
                       message.size()) != 1) {
    return bad("the signature is not this key's over these bytes");
  }
  return absl::OkStatus();
}

absl::StatusOr<NamedKey> ReadKeyFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return absl::NotFoundError(absl::StrCat("key file ", path, ": ", std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode) || static_cast<size_t>(info.st_size) > kMaxKeyFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("key file ", path, ": not a small regular file"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("key file ", path, ": others may read it: run `chmod 0400 ", path, "`"));
  }
  std::ifstream file;
  // No buffer that would keep the key's bytes.
  file.rdbuf()->pubsetbuf(nullptr, 0);
  file.open(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string name;
  if (text.rfind(kNamePrefix, 0) == 0) {
    const size_t begin = sizeof(kNamePrefix) - 1;
    name = text.substr(begin, text.find('\n') - begin);
  }
  absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(text);
  OPENSSL_cleanse(text.data(), text.size());
  if (!key.ok()) return Annotate(key.status(), absl::StrCat("key file ", path));
  return NamedKey{std::move(name), *std::move(key)};
}

absl::Status WriteKeyFile(const std::string& path, std::string_view name, const PrivateKey& key) {
  COMITY_ASSIGN_OR_RETURN(std::string pem, key.ToPem());
  std::string text = absl::StrCat(kNamePrefix, Absl(name), "\n", pem);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (fd < 0) {
    const std::string what = absl::StrCat("key file ", path, ": ", std::strerror(errno));
    return errno == EEXIST ? absl::AlreadyExistsError(what) : absl::UnavailableError(what);
  }
  const ssize_t written = write(fd, text.data(), text.size());
  const bool ok = written == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  OPENSSL_cleanse(text.data(), text.size());
  OPENSSL_cleanse(pem.data(), pem.size());
  if (close(fd) != 0 || !ok)
    return absl::UnavailableError(absl::StrCat("key file ", path, ": cannot write"));
  return absl::OkStatus();
}

}  // namespace comity
