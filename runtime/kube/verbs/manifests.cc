#include "runtime/kube/verbs/manifests.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/state/folder.h"

namespace kube {
namespace {

bool is_manifest(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

Result<std::vector<std::string>> files_of(const std::string& path) {
  struct stat status;
  if (path == "-") return std::vector{path};
  if (path.starts_with("https://") || path.starts_with("http://"))
    return fail(cat("manifest ", quoted(path), ": nothing is fetched over the network"), "download it first");
  if (stat(path.c_str(), &status) < 0) return fail_errno(errno, cat("manifest ", quoted(path)));
  if (!S_ISDIR(status.st_mode)) return std::vector{path};
  std::vector<std::string> files;
  for (const std::string& name : TRY(list_names(path)))
    if (is_manifest(name)) files.push_back(join_path(path, name));
  if (files.empty()) return fail(cat("no manifest in ", quoted(path)), "*.yaml, *.yml and *.json are read");
  return files;
}

Result<std::string> read_text(const std::string& file) {
  if (file == "-") return TRY_IN("stdin", read_all(STDIN_FILENO, kTextLimit));
  return TRY_IN(cat("manifest ", quoted(file)), read_file(file, kTextLimit));
}

}  // namespace

Result<std::vector<Object>> read_manifests(const Call& call) {
  std::vector<Object> objects;
  for (const std::string& given : call.arguments.values("filename"))
    for (const std::string& file : TRY(files_of(given))) {
      const ManifestOptions options{.file = file, .ns = call.asked_ns(), .node_name = read_node_name()};
      for (Object& object : TRY(read_objects(TRY(read_text(file)), options))) objects.push_back(std::move(object));
    }
  return objects;
}

}  // namespace kube
