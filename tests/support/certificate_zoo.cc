#include "tests/support/certificate_zoo.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace comity::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Cert = std::shared_ptr<X509>;

constexpr long kDay = 24 * 60 * 60;

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "certificate zoo: %s\n", what);
  std::abort();
}

Key OwnKey(EVP_PKEY* key) {
  if (key == nullptr) Die("no key");
  return {key, EVP_PKEY_free};
}
Key NewKey() { return OwnKey(EVP_EC_gen("P-256")); }
Cert OwnCert(X509* cert) { return {cert, X509_free}; }

std::string Drain(const std::function<void(BIO*)>& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}
std::string ToPem(X509* cert) {
  return Drain([&](BIO* bio) { PEM_write_bio_X509(bio, cert); });
}
std::string ToPem(EVP_PKEY* key) {
  return Drain([&](BIO* bio) {
    PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

struct Issuer {
  Key key;
  Cert cert;
};

std::string SerialHex(const X509* cert) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), nullptr);
  char* hex = BN_bn2hex(number);
  std::string text = absl::AsciiStrToLower(hex);
  OPENSSL_free(hex);
  BN_free(number);
  return text;
}

// All that a certificate of ours is made of, as it should be; each animal changes one thing.
struct Recipe {
  std::string name = "leaf";
  long from = -kDay;
  long to = 30 * kDay;
  Key key;
  const EVP_MD* hash = EVP_sha256();
  std::string basic = "critical,CA:FALSE";
  std::string usage = "critical,digitalSignature";
  std::string extended = "serverAuth,clientAuth";
  // As OpenSSL's configuration writes it; empty: none.
  std::string names;
  // A URI name that the configuration cannot write.
  std::string raw_uri;
  std::string constraints;
  std::string authority_key = "keyid";
  bool twice_names = false;
  bool unknown_critical = false;
  std::function<void(X509*)> before_signing;
};

class Maker {
 public:
  Maker(std::string federation, const std::string& node)
      : federation_(std::move(federation)),
        no_(Ca("no CA", nullptr)),
        us_(Ca("us CA", nullptr)),
        // There is no MD5 with elliptic curves.
        rsa_(Ca("no RSA CA", nullptr, [](Recipe& r) { r.key = OwnKey(EVP_RSA_gen(2048)); })),
        uri_(absl::StrCat("spiffe://no.", federation_, "/peer/", node)) {}

  Zoo Make() {
    zoo_.federation = federation_;
    zoo_.no_ca = {ToPem(no_.cert.get()) + ToPem(rsa_.cert.get()), ToPem(no_.key.get())};
    zoo_.us_ca = {ToPem(us_.cert.get()), ToPem(us_.key.get())};
    const Issuer below = Ca("no intermediate", &no_);
    Keep(&zoo_.good, "directly below the CA", Good(), no_, {});
    Keep(&zoo_.good, "below an intermediate", Good(), below, {below});
    Keep(&zoo_.good, "below the other CA", Good(), rsa_, {});
    Names();
    Times();
    Usages();
    Chains(below);
    Cryptography();
    Revoked();
    return std::move(zoo_);
  }

 private:
  Recipe Good() const {
    Recipe recipe;
    recipe.names = "URI:" + uri_;
    return recipe;
  }

  Cert Build(const Recipe& recipe, EVP_PKEY* key, const Issuer* issuer) {
    Cert cert = OwnCert(X509_new());
    X509* const x = cert.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(x), recipe.from);
    X509_gmtime_adj(X509_getm_notAfter(x), recipe.to);
    X509_NAME* const name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(recipe.name.c_str()), -1, -1,
                               0);
    X509* const above = issuer == nullptr ? x : issuer->cert.get();
    X509_set_issuer_name(x, issuer == nullptr ? name : X509_get_subject_name(above));
    X509_set_pubkey(x, key);
    const auto add = [&](int nid, const std::string& value) {
      if (value.empty()) return;
      X509V3_CTX context;
      X509V3_set_ctx(&context, above, x, nullptr, nullptr, 0);
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
      if (extension == nullptr) Die(value.c_str());
      X509_add_ext(x, extension, -1);
      X509_EXTENSION_free(extension);
    };
    add(NID_basic_constraints, recipe.basic);
    add(NID_key_usage, recipe.usage);
    add(NID_ext_key_usage, recipe.extended);
    add(NID_subject_alt_name, recipe.names);
    if (recipe.twice_names) add(NID_subject_alt_name, recipe.names);
    if (!recipe.raw_uri.empty()) AddRawUri(x, recipe.raw_uri);
    add(NID_name_constraints, recipe.constraints);
    add(NID_subject_key_identifier, "hash");
    if (issuer != nullptr) add(NID_authority_key_identifier, recipe.authority_key);
    if (recipe.unknown_critical) AddUnknown(x);
    if (recipe.before_signing) recipe.before_signing(x);
    if (X509_sign(x, issuer == nullptr ? key : issuer->key.get(), recipe.hash) == 0) Die("sign");
    return cert;
  }

  static void AddRawUri(X509* cert, const std::string& uri) {
    GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, uri.data(), static_cast<int>(uri.size()));
    GENERAL_NAME_set0_value(name, GEN_URI, text);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
    GENERAL_NAMES_free(names);
  }

  static void AddUnknown(X509* cert) {
    ASN1_OBJECT* const object = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>("\x05\x00"), 2);
    X509_EXTENSION* extension = X509_EXTENSION_create_by_OBJ(nullptr, object, 1, value);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
  }

  Issuer Ca(const std::string& name, const Issuer* above,
            const std::function<void(Recipe&)>& change = nullptr) {
    Recipe recipe;
    recipe.name = name;
    recipe.basic = "critical,CA:TRUE";
    recipe.usage = "critical,keyCertSign,cRLSign";
    recipe.extended = "";
    if (change) change(recipe);
    Issuer made{recipe.key ? recipe.key : NewKey(), nullptr};
    made.cert = Build(recipe, made.key.get(), above);
    return made;
  }

  void Keep(std::vector<Zoo::Animal>* where, const std::string& kind, const Recipe& recipe,
            const Issuer& issuer, const std::vector<Issuer>& with, bool weak = false) {
    const Key key = recipe.key ? recipe.key : NewKey();
    const Cert cert = Build(recipe, key.get(), &issuer);
    KeepCert(where, kind, cert.get(), key.get(), with, weak);
  }
  void KeepCert(std::vector<Zoo::Animal>* where, const std::string& kind, X509* cert, EVP_PKEY* key,
                const std::vector<Issuer>& with, bool weak = false) {
    Zoo::Animal animal{kind, {ToPem(cert), ToPem(key)}, "", weak};
    for (const Issuer& one : with) animal.certificate.certificate_pem += ToPem(one.cert.get());
    animal.serial = SerialHex(cert);
    where->push_back(std::move(animal));
  }
  void Bad(const std::string& kind, const std::function<void(Recipe&)>& change) {
    Recipe recipe = Good();
    change(recipe);
    Keep(&zoo_.animals, kind, recipe, no_, {});
  }
  void BadName(const std::string& kind, const std::string& uri) {
    Bad(kind, [&](Recipe& r) {
      r.names = "";
      r.raw_uri = uri;
    });
  }

  void Names() {
    const std::string host = "no." + federation_;
    Bad("no name at all", [](Recipe& r) { r.names = ""; });
    Bad("two URI names", [&](Recipe& r) { r.names += ",URI:" + uri_ + "x"; });
    Bad("the same URI name twice", [&](Recipe& r) { r.names += ",URI:" + uri_; });
    Bad("the names' extension twice", [](Recipe& r) { r.twice_names = true; });
    Bad("a DNS name instead of a URI", [&](Recipe& r) { r.names = "DNS:" + host; });
    Bad("a mail address instead of a URI", [&](Recipe& r) { r.names = "email:peer@" + host; });
    Bad("an IP address instead of a URI", [](Recipe& r) { r.names = "IP:127.0.0.1"; });
    Bad("the id as common name alone", [&](Recipe& r) {
      r.names = "";
      r.name = "spiffe-id";
    });
    BadName("another federation", "spiffe://no.other.example/peer/no-1");
    BadName("a federation that only begins alike", "spiffe://" + host + ".evil/peer/no-1");
    BadName("another country by this one's CA", "spiffe://us." + federation_ + "/peer/us-1");
    BadName("an unknown participant", "spiffe://xx." + federation_ + "/peer/xx-1");
    BadName("a node that the roster does not have", "spiffe://" + host + "/peer/no-99");
    BadName("an unknown role", "spiffe://" + host + "/superuser/no-1");
    BadName("a role in capitals", "spiffe://" + host + "/PEER/no-1");
    BadName("no role", "spiffe://" + host + "//no-1");
    BadName("no name behind the role", "spiffe://" + host + "/peer/");
    BadName("a role alone", "spiffe://" + host + "/peer");
    BadName("a trust domain alone", "spiffe://" + host);
    BadName("one part too many", uri_ + "/more");
    BadName("a slash at the end", uri_ + "/");
    BadName("a dot segment", "spiffe://" + host + "/peer/..");
    BadName("a query", uri_ + "?role=admin");
    BadName("a fragment", uri_ + "#admin");
    BadName("a port", "spiffe://" + host + ":443/peer/no-1");
    BadName("a user", "spiffe://root@" + host + "/peer/no-1");
    BadName("percent encoding", "spiffe://" + host + "/peer/no%2d1");
    BadName("a web address", "https://" + host + "/peer/no-1");
    BadName("the scheme in capitals", "SPIFFE://" + host + "/peer/no-1");
    BadName("no scheme", host + "/peer/no-1");
    BadName("a trust domain in capitals", "spiffe://NO." + federation_ + "/peer/no-1");
    BadName("a trust domain without federation", "spiffe://no/peer/no-1");
    BadName("a trust domain without participant", "spiffe://." + federation_ + "/peer/no-1");
    BadName("a trust domain that ends in a dot", "spiffe://" + host + "./peer/no-1");
    BadName("a name of 600 bytes", "spiffe://" + host + "/peer/" + std::string(600, 'n'));
    BadName("a NUL behind a good id", uri_ + std::string("\0evil", 5));
    BadName("a line feed", uri_ + "\nadmin");
    BadName("a space", "spiffe://" + host + "/peer/no 1");
    BadName("bytes beyond ASCII", "spiffe://" + host + "/peer/n\xc3\xb8-1");
    BadName("an empty URI", std::string(1, '\0'));
  }

  void Times() {
    Bad("expired", [](Recipe& r) { r.to = -60; });
    Bad("expired long ago", [](Recipe& r) {
      r.from = -900 * kDay;
      r.to = -400 * kDay;
    });
    Bad("not yet valid", [](Recipe& r) { r.from = kDay; });
    Bad("an end before its beginning", [](Recipe& r) {
      r.from = 2 * kDay;
      r.to = -2 * kDay;
    });
  }

  void Usages() {
    Bad("for servers only", [](Recipe& r) { r.extended = "serverAuth"; });
    Bad("no extended key usage", [](Recipe& r) { r.extended = ""; });
    Bad("for code signing", [](Recipe& r) { r.extended = "codeSigning"; });
    Bad("for any purpose", [](Recipe& r) { r.extended = "anyExtendedKeyUsage"; });
    Bad("no key usage", [](Recipe& r) { r.usage = ""; });
    Bad("key usage without digitalSignature", [](Recipe& r) { r.usage = "keyAgreement"; });
    Bad("a leaf that may sign certificates",
        [](Recipe& r) { r.usage = "critical,digitalSignature,keyCertSign"; });
    Bad("a leaf that may sign revocation lists",
        [](Recipe& r) { r.usage = "critical,digitalSignature,cRLSign"; });
    Bad("a CA's own certificate", [](Recipe& r) { r.basic = "critical,CA:TRUE"; });
    Bad("an unknown critical extension", [](Recipe& r) { r.unknown_critical = true; });
  }

  void Chains(const Issuer& below) {
    const Recipe good = Good();
    {
      const Key key = NewKey();
      const Cert cert = Build(good, key.get(), nullptr);
      KeepCert(&zoo_.animals, "self-signed", cert.get(), key.get(), {});
    }
    Keep(&zoo_.animals, "a stranger's CA of the same name", good, Ca("no CA", nullptr), {});
    {
      const Issuer stranger = Ca("no CA", nullptr);
      Keep(&zoo_.animals, "a stranger's CA, sent along", good, stranger, {stranger});
    }
    Keep(&zoo_.animals, "another country's CA for this name", good, us_, {});
    {
      const Issuer theirs = Ca("us intermediate", &us_);
      Keep(&zoo_.animals, "another country's intermediate for this name", good, theirs, {theirs});
    }
    Keep(&zoo_.animals, "a missing intermediate", good, below, {});
    const auto through = [&](const std::string& kind, const std::function<void(Recipe&)>& change) {
      const Issuer middle = Ca("no bad intermediate", &no_, change);
      Keep(&zoo_.animals, kind, good, middle, {middle});
    };
    through("an expired intermediate", [](Recipe& r) { r.to = -60; });
    through("an intermediate that is no CA", [](Recipe& r) { r.basic = "critical,CA:FALSE"; });
    through("an intermediate that may not sign", [](Recipe& r) { r.usage = "critical,cRLSign"; });
    through("an intermediate for servers only", [](Recipe& r) { r.extended = "serverAuth"; });
    through("a name that its CA may not give",
            [&](Recipe& r) { r.constraints = "critical,permitted;URI:us." + federation_; });
    through("a name that its CA is forbidden",
            [&](Recipe& r) { r.constraints = "critical,excluded;URI:no." + federation_; });
    {
      const Issuer first =
          Ca("no first", &no_, [](Recipe& r) { r.basic = "critical,CA:TRUE,pathlen:0"; });
      const Issuer second = Ca("no second", &first);
      Keep(&zoo_.animals, "a longer chain than its CA allows", good, second, {second, first});
    }
    {
      std::vector<Issuer> chain;
      const Issuer* above = &no_;
      for (int i = 0; i < 6; ++i) {
        chain.insert(chain.begin(), Ca(absl::StrCat("no ", i), above));
        above = &chain.front();
      }
      Keep(&zoo_.animals, "six intermediates", good, chain.front(), chain);
    }
    {
      Issuer leaf{NewKey(), nullptr};
      leaf.cert = Build(good, leaf.key.get(), &no_);
      Keep(&zoo_.animals, "issued by a leaf", good, leaf, {leaf});
    }
    Altered("an altered signature", [](std::string& der) { der.back() ^= 1; });
    Altered("an altered serial number", [](std::string& der) {
      // Version and length stand before it: the serial's last byte.
      const size_t at = der.find(std::string("\xa0\x03\x02\x01\x02\x02", 6));
      der[at + 6 + static_cast<unsigned char>(der[at + 6])] ^= 1;
    });
  }

  void Altered(const std::string& kind, const std::function<void(std::string&)>& change) {
    const Key key = NewKey();
    const Cert cert = Build(Good(), key.get(), &no_);
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(cert.get(), &bytes);
    std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    change(der);
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const Cert altered = OwnCert(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (altered == nullptr) Die("an altered certificate cannot be read");
    KeepCert(&zoo_.animals, kind, altered.get(), key.get(), {});
  }

  void Cryptography() {
    const auto weak = [&](const std::string& kind, const std::function<void(Recipe&)>& change) {
      Recipe recipe = Good();
      change(recipe);
      Keep(&zoo_.animals, kind, recipe, rsa_, {}, true);
    };
    weak("an RSA key of 1,024 bits", [](Recipe& r) { r.key = OwnKey(EVP_RSA_gen(1024)); });
    weak("a curve of 192 bits", [](Recipe& r) { r.key = OwnKey(EVP_EC_gen("prime192v1")); });
    weak("signed over SHA-1", [](Recipe& r) { r.hash = EVP_sha1(); });
    weak("signed over MD5", [](Recipe& r) { r.hash = EVP_md5(); });
  }

  void Revoked() {
    const Issuer taken_back = Ca("no intermediate taken back", &no_);
    Keep(&zoo_.animals, "revoked", Good(), no_, {});
    Keep(&zoo_.animals, "below a revoked intermediate", Good(), taken_back, {taken_back});
    zoo_.no_crl_pem = MakeCrl(zoo_.no_ca, {zoo_.animals[zoo_.animals.size() - 2].serial,
                                           SerialHex(taken_back.cert.get())});
  }

  const std::string federation_;
  uint64_t serial_ = 0x7000;
  const Issuer no_;
  const Issuer us_;
  const Issuer rsa_;
  const std::string uri_;
  Zoo zoo_;
};

}  // namespace

std::string MakeCrl(const Certified& ca, const std::vector<std::string>& serials) {
  const auto read = [](const std::string& pem) {
    return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  };
  BIO* cert_bio = read(ca.certificate_pem);
  BIO* key_bio = read(ca.key_pem);
  const Cert cert = OwnCert(PEM_read_bio_X509(cert_bio, nullptr, nullptr, nullptr));
  const Key key = OwnKey(PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr));
  BIO_free(cert_bio);
  BIO_free(key_bio);
  X509_CRL* const crl = X509_CRL_new();
  X509_CRL_set_version(crl, 1);
  X509_CRL_set_issuer_name(crl, X509_get_subject_name(cert.get()));
  ASN1_TIME* const time = X509_gmtime_adj(nullptr, -kDay);
  X509_CRL_set1_lastUpdate(crl, time);
  X509_gmtime_adj(time, kDay);
  X509_CRL_set1_nextUpdate(crl, time);
  for (const std::string& serial : serials) {
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, serial.c_str());
    ASN1_INTEGER* const integer = BN_to_ASN1_INTEGER(number, nullptr);
    X509_REVOKED* const revoked = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(revoked, integer);
    X509_REVOKED_set_revocationDate(revoked, time);
    X509_CRL_add0_revoked(crl, revoked);
    ASN1_INTEGER_free(integer);
    BN_free(number);
  }
  X509_CRL_sort(crl);
  X509_CRL_sign(crl, key.get(), EVP_sha256());
  std::string pem = Drain([&](BIO* bio) { PEM_write_bio_X509_CRL(bio, crl); });
  ASN1_TIME_free(time);
  X509_CRL_free(crl);
  return pem;
}

std::string ServerCertificate(const std::string& address) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  static const unsigned char kH2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context, kH2, sizeof(kH2));
  BIO* const bio = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(bio, address.c_str());
  std::string serial;
  // TLS 1.3 shows the server's certificate before ours is judged.
  if (BIO_do_connect(bio) == 1) {
    SSL* ssl = nullptr;
    BIO_get_ssl(bio, &ssl);
    X509* const cert = SSL_get1_peer_certificate(ssl);
    if (cert != nullptr) serial = SerialHex(cert);
    X509_free(cert);
  }
  BIO_free_all(bio);
  SSL_CTX_free(context);
  return serial;
}

Zoo MakeZoo(const std::string& federation, const std::string& node) {
  return Maker(federation, node).Make();
}

}  // namespace comity::testing
