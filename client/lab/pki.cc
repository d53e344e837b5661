#include "client/lab/pki.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

namespace comity {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* cert) const { X509_free(cert); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

constexpr long kDaySeconds = 24 * 60 * 60;
constexpr long kBackdateSeconds = 60 * 60;  // for clocks that are a little behind

absl::Status Failed() { return absl::InternalError("OpenSSL could not make a certificate"); }

std::string Drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::string ToPem(X509* cert) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), cert);
  return Drain(bio.get());
}

std::string ToPem(EVP_PKEY* key) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return Drain(bio.get());
}

bool AddExtension(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1;
}

// A certificate with everything but extensions and signature.
Owned<X509> Begin(EVP_PKEY* key, const std::string& common_name, X509* issuer, int days) {
  Owned<X509> cert(X509_new());
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -kBackdateSeconds);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), days * kDaySeconds);
  X509_NAME* name = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(cert.get(), issuer == nullptr ? name : X509_get_subject_name(issuer));
  X509_set_pubkey(cert.get(), key);
  return cert;
}

}  // namespace

struct CertificateAuthority::Impl {
  Owned<EVP_PKEY> key;
  Owned<X509> cert;
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<Impl> impl, Certified pem)
    : impl_(std::move(impl)), pem_(std::move(pem)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(const std::string& common_name,
                                                                  int days) {
  auto impl = std::make_unique<Impl>();
  impl->key.reset(EVP_EC_gen("P-256"));
  if (impl->key == nullptr) return Failed();
  impl->cert = Begin(impl->key.get(), common_name, nullptr, days);
  X509* cert = impl->cert.get();
  if (!AddExtension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(cert, cert, NID_subject_key_identifier, "hash") ||
      X509_sign(cert, impl->key.get(), EVP_sha256()) == 0) {
    return Failed();
  }
  Certified pem{ToPem(cert), ToPem(impl->key.get())};
  return CertificateAuthority(std::move(impl), std::move(pem));
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::FromPem(const Certified& pem) {
  auto impl = std::make_unique<Impl>();
  const Owned<BIO> cert(
      BIO_new_mem_buf(pem.certificate_pem.data(), static_cast<int>(pem.certificate_pem.size())));
  const Owned<BIO> key(BIO_new_mem_buf(pem.key_pem.data(), static_cast<int>(pem.key_pem.size())));
  impl->cert.reset(PEM_read_bio_X509(cert.get(), nullptr, nullptr, nullptr));
  impl->key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  if (impl->cert == nullptr || impl->key == nullptr) {
    return absl::InvalidArgumentError("not a CA certificate and its key");
  }
  return CertificateAuthority(std::move(impl), pem);
}

absl::StatusOr<Certified> CertificateAuthority::Issue(const std::string& uri, const std::string& ip,
                                                      int days) const {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed();
  X509* issuer = impl_->cert.get();
  const Owned<X509> cert = Begin(key.get(), uri.substr(uri.rfind('/') + 1), issuer, days);
  const std::string names = "URI:" + uri + ",IP:" + ip;
  if (!AddExtension(cert.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !AddExtension(cert.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
      !AddExtension(cert.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth") ||
      !AddExtension(cert.get(), issuer, NID_subject_alt_name, names.c_str()) ||
      !AddExtension(cert.get(), issuer, NID_authority_key_identifier, "keyid") ||
      X509_sign(cert.get(), impl_->key.get(), EVP_sha256()) == 0) {
    return Failed();
  }
  return Certified{ToPem(cert.get()), ToPem(key.get())};
}

}  // namespace comity
