// The keys and values of `create configmap` and `create secret`, and of kustomization's generators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/objects.h"

namespace kube {

// What somebody has read already: a key, or a file's name for errors, and the bytes.
using ReadSource = std::pair<std::string, std::string>;

struct DataSources {
  std::vector<std::string> files;  // "[KEY=]PATH"; a folder gives each of its regular files
  std::vector<std::string> env_files;
  std::vector<std::string> literals;         // "KEY=VALUE"
  std::vector<ReadSource> texts, env_texts;  // as of `files` and `env_files`
  bool inherits = true;                      // a line NAME alone has the value of our environment; else none
};

// All of them, as bytes. Errors in kubectl's words: a key that is none, one that is there already, a file that cannot
// be read. `kind` and `name` are whose they are.
Result<StringMap> read_sources(const DataSources& sources, std::string_view kind, const std::string& name);

// The lines "NAME=VALUE" of an env file: comments and empty lines are passed over, quotes are part of the value, and a
// NAME alone takes its value from our environment if it `inherits`.
Result<std::vector<std::pair<std::string, std::string>>> parse_env_file(std::string_view text, bool inherits);

// Into data what is text, and into binaryData what is not UTF-8.
void put_data(ConfigMap& map, StringMap values);

}  // namespace kube
