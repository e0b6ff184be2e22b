#include "runtime/kube/sandbox/sub_paths.h"

#include <fcntl.h>

#include <cerrno>
#include <set>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/expand.h"
#include "runtime/kube/api/validate_volumes.h"
#include "runtime/kube/api/volume_source.h"
#include "sandbox/volumes/bind.h"
#include "sandbox/volumes/sub_path.h"

namespace kube {
namespace {

// As the kubelet has it, a variable that is not there or empty is an error here: "logs/$(POD)" must not become "logs/".
Result<std::string> expand_all(const std::string& text, const std::vector<EnvVar>& env) {
  StringMap known;
  for (const EnvVar& variable : env)
    if (!variable.value.empty()) known[variable.name] = variable.value;
  std::set<std::string> missing;
  std::string_view rest = text;
  for (size_t at = rest.find('$'); at != rest.npos && at + 1 < rest.size(); at = rest.find('$')) {
    const size_t end = rest[at + 1] == '(' ? rest.find(')', at) : at + 1;
    if (end == rest.npos) break;
    if (rest[at + 1] == '(') {
      const std::string name(rest.substr(at + 2, end - at - 2));
      if (!known.contains(name)) missing.insert(name);
    }
    rest.remove_prefix(rest[at + 1] == '(' || rest[at + 1] == '$' ? end + 1 : at + 1);
  }
  if (!missing.empty()) return fail(cat("missing value for ", join({missing.begin(), missing.end()}, ", ")));
  return expand(text, known);
}

Result<> make_sub_path(const ContainerContext& context, const VolumeMount& mount, const std::string& path,
                       const std::string& place) {
  const std::string volume = cat(context.pod->data_dir, "/volumes/", mount.name);
  const Fd root(open(volume.c_str(), O_PATH | O_CLOEXEC));
  if (!root.is_open()) return fail_errno(errno, cat("open ", quoted(volume)));
  const Volume* source = find_volume(context.pod->pod->spec, mount.name);
  const bool is_image = source && source->image;
  const Fd found = TRY(is_image ? volumes::open_sub_path(root.get(), path) : volumes::make_sub_path(root.get(), path));
  return volumes::bind_to(found.get(), place);
}

}  // namespace

bool has_sub_path(const VolumeMount& mount) {
  return !mount.sub_path.empty() || !mount.sub_path_expr.empty();
}

Result<std::string> sub_path_of(const VolumeMount& mount, const std::vector<EnvVar>& env) {
  std::string path = mount.sub_path;
  if (path.empty()) path = TRY(expand_all(mount.sub_path_expr, env));
  if (path.starts_with('/')) return fail(cat("error SubPath `", path, "` must not be an absolute path"));
  if (const std::string wrong = check_descending_path(path); !wrong.empty())
    return fail(cat("unable to provision SubPath `", path, "`: ", wrong));
  return path;
}

std::string sub_path_place(const ContainerContext& context, size_t index) {
  return cat(context.dir, "/sub-paths/", index);
}

SubPaths::~SubPaths() {
  for (const std::string& place : places_) volumes::unbind(place);
}

Result<SubPaths> make_sub_paths(const ContainerContext& context) {
  SubPaths paths;
  const Container& container = *context.container;
  TRY(remove_tree(cat(context.dir, "/sub-paths")));
  for (size_t i = 0; i < container.volume_mounts.size(); i++) {
    const VolumeMount& mount = container.volume_mounts[i];
    if (!has_sub_path(mount)) continue;
    const std::string path = TRY(sub_path_of(mount, context.env)), place = sub_path_place(context, i);
    TRY(make_directories(cat(context.dir, "/sub-paths"), 0700));
    paths.add(place);
    TRY_IN(cat("failed to prepare subPath for volumeMount \"", mount.name, "\" of container \"", container.name, "\""),
           make_sub_path(context, mount, path, place));
  }
  return paths;
}

}  // namespace kube
