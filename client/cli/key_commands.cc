// comity key: officers' keys, made and shown without network.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/app.h"
#include "comity/v1/report.pb.h"
#include "storage/base/errors.h"
#include "storage/log/origin.h"
#include "storage/signing/ed25519.h"
#include "storage/signing/note.h"
#include "storage/signing/threshold.h"
#include "storage/yaml/strict_yaml.h"

namespace comity::cli {
namespace {

Table KeyTable(const std::string& name, const std::string& public_key) {
  return {{"NAME", "PUBLIC KEY", "KEY ID"},
          {{name, ToHex(public_key), ToHex(KeyId(name, public_key))}},
          {},
          {}};
}

v1::PublicKey KeyMessage(const std::string& name, const std::string& public_key) {
  v1::PublicKey message;
  message.set_name(name);
  message.set_ed25519(public_key);
  return message;
}

absl::Status Generate(Globals& globals, const std::string& path, const std::string& name) {
  COMITY_ASSIGN_OR_RETURN(const PrivateKey key, PrivateKey::Generate());
  COMITY_RETURN_IF_ERROR(WriteKeyFile(path, name, key));
  globals.MakeOutput().Answer(KeyMessage(name, key.public_key()), KeyTable(name, key.public_key()));
  return absl::OkStatus();
}

// What verifies the checkpoint notes of a list, by the roster that the context pins. The
// roster knows authorities, not lists: whether there is such a list only a daemon knows.
absl::Status ShowListKey(Globals& globals, const ListName& name, uint32_t epoch) {
  COMITY_ASSIGN_OR_RETURN(const Context context, globals.OpenContext(AnyRole()));
  COMITY_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, LoadRoster(context));
  const v1::Authority* authority = roster->FindAuthority(name.authority);
  if (authority == nullptr) {
    std::vector<std::string> known;
    for (const v1::Authority& one : roster->message().authorities()) known.push_back(one.name());
    const std::string near = DidYouMean(name.authority, known);
    return MakeError(absl::StatusCode::kNotFound, v1::REASON_UNKNOWN_LIST,
                     absl::StrCat(name.ToString(), " is no file, and the roster has no authority ",
                                  name.authority,
                                  near.empty() ? "." : absl::StrCat("; did you mean ", near, "?"),
                                  " It has: ", absl::StrJoin(known, ", ")));
  }
  v1::ListKey key;
  key.set_list(name.ToString());
  key.set_origin(Origin{roster->federation(), name, epoch}.ToString());
  key.set_verifier_key(NoteVerifierKey(key.origin(), authority->log_key_ed25519()));
  const Output output = globals.MakeOutput();
  if (output.table()) {
    output.Line(key.verifier_key());
  } else {
    output.Answer(key, {{"LIST", "ORIGIN", "VERIFIER KEY"},
                        {{key.list(), key.origin(), key.verifier_key()}},
                        {},
                        {}});
  }
  return absl::OkStatus();
}

absl::Status Show(Globals& globals, const std::string& path, uint32_t epoch) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    const absl::StatusOr<ListName> name = ListName::Parse(path);
    if (name.ok()) return ShowListKey(globals, *name, epoch);
  }
  COMITY_ASSIGN_OR_RETURN(const NamedKey key, ReadKeyFile(path));
  globals.MakeOutput().Answer(KeyMessage(key.name, key.key.public_key()),
                              KeyTable(key.name, key.key.public_key()));
  return absl::OkStatus();
}

// Where in the roster a key of this name stands.
std::string PlaceInRoster(const std::string& name) {
  const size_t slash = name.rfind('/');
  const std::string owner = name.substr(0, slash);
  const std::string kind = slash == std::string::npos ? "" : name.substr(slash + 1);
  if (kind == "log") return absl::StrCat("as the log key of ", owner);
  if (kind == "held") return absl::StrCat("as the HELD key of ", owner);
  if (kind == "statement") return absl::StrCat("as the statement key of ", owner);
  if (kind.rfind("officer", 0) == 0) return absl::StrCat("among the officers of ", owner);
  if (kind.rfind("root", 0) == 0) return absl::StrCat("among the root keys of ", owner);
  return absl::StrCat("where ", name, " stands now");
}

absl::Status Rotate(Globals& globals, const std::string& path, const std::string& out) {
  COMITY_ASSIGN_OR_RETURN(const NamedKey old_key, ReadKeyFile(path));
  const std::string file = out.empty() ? path + ".next" : out;
  COMITY_ASSIGN_OR_RETURN(const PrivateKey new_key, PrivateKey::Generate());
  COMITY_RETURN_IF_ERROR(WriteKeyFile(file, old_key.name, new_key));
  v1::KeyRotation rotation;
  *rotation.mutable_old_key() = KeyMessage(old_key.name, old_key.key.public_key());
  *rotation.mutable_new_key() = KeyMessage(old_key.name, new_key.public_key());
  rotation.set_old_key_id(ToHex(KeyId(old_key.name, old_key.key.public_key())));
  rotation.set_new_key_id(ToHex(KeyId(old_key.name, new_key.public_key())));
  rotation.set_file(file);
  rotation.set_next(absl::StrCat(
      "Have the next version of the roster name the new public key ", PlaceInRoster(old_key.name),
      ", in place of the old one. Sign with ", path, " until that version is in force, then with ",
      file, "; destroy the old key after that."));
  const Output output = globals.MakeOutput();
  output.Answer(rotation, {{"", "PUBLIC KEY", "KEY ID"},
                           {{"old", ToHex(old_key.key.public_key()), rotation.old_key_id()},
                            {"new", ToHex(new_key.public_key()), rotation.new_key_id()}},
                           {},
                           {}});
  output.Line(rotation.next());
  return absl::OkStatus();
}

}  // namespace

void AddKeyCommands(CLI::App& app, Globals& globals) {
  CLI::App* key = app.add_subcommand("key", "Officers' and lists' keys; needs no network");
  key->fallthrough()->require_subcommand(0, 1);
  auto path = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  CLI::App* generate = key->add_subcommand("generate", "Make a key; never replaces a file");
  generate->add_option("FILE", *path, "Where to write it (mode 0400)")->required();
  generate->add_option("--name", *name, "The name it signs under, such as us-bis/officer-1")
      ->required();
  generate->fallthrough()->callback([&globals, path, name] {
    globals.action = [=](Globals& g) { return Generate(g, *path, *name); };
  });
  CLI::App* rotate = key->add_subcommand(
      "rotate", "Make a key's successor beside it, and say what the next roster is to name");
  auto out = std::make_shared<std::string>();
  rotate->add_option("FILE", *path, "The key's file; it stays as it is")->required();
  rotate->add_option("--out", *out, "Where to write the new one (default: FILE.next)");
  rotate->fallthrough()->callback([&globals, path, out] {
    globals.action = [=](Globals& g) { return Rotate(g, *path, *out); };
  });
  CLI::App* show = key->add_subcommand(
      "show", "A key file's public half, for the roster; or what verifies a list's checkpoints");
  auto epoch = std::make_shared<uint32_t>(1);
  show->add_option("FILE_OR_LIST", *path, "The key's file, or AUTHORITY/LIST such as us-bis/ccl")
      ->required();
  show->add_option("--epoch", *epoch, "The list's epoch (default: 1)")
      ->check(CLI::Range(1u, std::numeric_limits<uint32_t>::max(), "EPOCH"));
  show->fallthrough()->callback([&globals, path, epoch] {
    globals.action = [=](Globals& g) { return Show(g, *path, *epoch); };
  });
}

}  // namespace comity::cli
