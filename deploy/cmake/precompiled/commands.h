// Beside messages and services: what the commands are made with.
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
