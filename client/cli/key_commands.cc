// comity key: officers' keys, made and shown without network.
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "storage/base/errors.h"
#include "storage/signing/ed25519.h"
#include "storage/signing/threshold.h"

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

absl::Status Show(Globals& globals, const std::string& path) {
  COMITY_ASSIGN_OR_RETURN(const NamedKey key, ReadKeyFile(path));
  globals.MakeOutput().Answer(KeyMessage(key.name, key.key.public_key()),
                              KeyTable(key.name, key.key.public_key()));
  return absl::OkStatus();
}

}  // namespace

void AddKeyCommands(CLI::App& app, Globals& globals) {
  CLI::App* key = app.add_subcommand("key", "Officers' keys; needs no network");
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
  CLI::App* show = key->add_subcommand("show", "Its public half, for the roster");
  show->add_option("FILE", *path, "The key's file")->required();
  show->fallthrough()->callback(
      [&globals, path] { globals.action = [path](Globals& g) { return Show(g, *path); }; });
}

}  // namespace comity::cli
