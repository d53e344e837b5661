#include "storage/identity/spiffe.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/base/errors.h"
#include "storage/base/types.h"

namespace comity {
namespace {

constexpr size_t kMaxIdBytes = 512;
constexpr std::string_view kScheme = "spiffe://";

constexpr std::string_view kDomainBytes = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
constexpr std::string_view kNameBytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

bool IsOf(std::string_view text, std::string_view bytes) {
  return !text.empty() && text.find_first_not_of(bytes) == std::string_view::npos;
}

v1::Role RoleOf(std::string_view name) {
  for (int role = v1::Role_MIN; role <= v1::Role_MAX; ++role) {
    if (role != v1::ROLE_UNSPECIFIED && RoleName(static_cast<v1::Role>(role)) == name) {
      return static_cast<v1::Role>(role);
    }
  }
  return v1::ROLE_UNSPECIFIED;
}

}  // namespace

std::string RoleName(v1::Role role) {
  switch (role) {
    case v1::ROLE_PEER:
      return "peer";
    case v1::ROLE_PUBLISHER:
      return "publisher";
    case v1::ROLE_SCREENER:
      return "screener";
    case v1::ROLE_OPERATOR:
      return "operator";
    case v1::ROLE_ADMIN:
      return "admin";
    default:
      return "";
  }
}

absl::StatusOr<SpiffeId> SpiffeId::Parse(std::string_view uri) {
  const auto bad = [&](std::string_view what) {
    return absl::UnauthenticatedError(
        absl::StrCat("\"", absl::CHexEscape(Absl(uri.substr(0, 128))),
                     "\" is not spiffe://PARTICIPANT.FEDERATION/ROLE/NAME: ", Absl(what)));
  };
  if (uri.size() > kMaxIdBytes) return bad("it is longer than 512 bytes");
  if (uri.substr(0, kScheme.size()) != kScheme) return bad("it does not begin with spiffe://");
  const std::vector<std::string> parts = absl::StrSplit(Absl(uri.substr(kScheme.size())), '/');
  if (parts.size() != 3) return bad("it has not exactly two parts behind the trust domain");
  // SPIFFE-ID section 2.1: no user, port, query, fragment or percent encoding.
  if (!IsOf(parts[0], kDomainBytes)) return bad("the trust domain has bytes other than a-z0-9.-_");
  const size_t dot = parts[0].find('.');
  if (dot == std::string::npos) return bad("the trust domain names no federation");
  SpiffeId id{parts[0].substr(0, dot), parts[0].substr(dot + 1), RoleOf(parts[1]), parts[2]};
  if (id.participant.empty()) return bad("it names no participant");
  if (id.federation.empty() || id.federation.front() == '.' || id.federation.back() == '.') {
    return bad("it names no federation");
  }
  if (id.role == v1::ROLE_UNSPECIFIED) {
    return bad("its role is none of peer, publisher, screener, operator, admin");
  }
  if (!IsOf(id.name, kNameBytes)) return bad("its name has bytes other than a-zA-Z0-9.-_");
  if (id.name == "." || id.name == "..") return bad("its name is a path segment");
  return id;
}

std::string SpiffeId::ToString() const {
  return absl::StrCat(Absl(kScheme), participant, ".", federation, "/", RoleName(role), "/", name);
}

}  // namespace comity
