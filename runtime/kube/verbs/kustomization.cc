#include "runtime/kube/verbs/kustomization.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/kustomization.h"
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/object_hash.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/verbs/sources.h"

namespace kube {
namespace {

constexpr int kDeepest = 20;  // folders that name each other

Result<std::string> find_file(const std::string& dir) {
  for (const char* name : {"kustomization.yaml", "kustomization.yml", "Kustomization"})
    if (std::string path = join_path(dir, name); path_exists(path)) return path;
  return fail(cat("unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '",
                  dir, "'"));
}

// Like kustomize: a folder that somebody else wrote must not put the machine's files into objects.
Result<std::string> path_below(const std::string& dir, const std::string& path) {
  const std::string root = TRY(real_path(dir));
  std::string real = TRY_IN(dir, real_path(join_path(dir, path)));
  if (real.starts_with(root == "/" ? root : root + "/")) return real;
  return fail(cat("security; file '", path, "' is not in or below '", root, "'"));
}

// "KEY=PATH" with the path below the folder. The key is the file's own name where none is given.
Result<std::string> file_below(const std::string& dir, const std::string& text) {
  const size_t sign = text.find('=');
  const std::string path = sign == text.npos ? text : text.substr(sign + 1);
  const std::string key = sign == text.npos ? path.substr(path.find_last_of('/') + 1) : text.substr(0, sign);
  return cat(key, "=", TRY(path_below(dir, path)));
}

// kustomize takes quotes around a literal's value away.
std::string without_quotes(const std::string& literal) {
  const size_t begin = literal.find('=') + 1, size = literal.size() - begin;
  const bool is_quoted =
      begin > 0 && size > 1 && (literal[begin] == '"' || literal[begin] == '\'') && literal.back() == literal[begin];
  return is_quoted ? literal.substr(0, begin) + literal.substr(begin + 1, size - 2) : literal;
}

Result<StringMap> read_values(const std::string& dir, const Generator& generator, std::string_view kind) {
  DataSources own, env{.inherits = false};
  for (const std::string& file : generator.files) own.files.push_back(TRY(file_below(dir, file)));
  for (const std::string& literal : generator.literals) own.literals.push_back(without_quotes(literal));
  for (const std::string& file : generator.envs) env.env_files.push_back(TRY(path_below(dir, file)));
  if (!generator.env.empty()) env.env_files.push_back(TRY(path_below(dir, generator.env)));
  StringMap values = TRY(read_sources(own, kind, generator.name));
  for (auto& [key, value] : TRY(read_sources(env, kind, generator.name)))
    if (!values.emplace(key, std::move(value)).second)
      return fail(cat("cannot add key \"", key, "\", another key by that name already exists"));
  return values;
}

// Labels, hash and the rest; `renamed` learns the name that references must get.
template <class T>
Result<Object> finish(T object, const Generator& generator, const Kustomization& of, StringMap& renamed) {
  const GeneratorOptions options = merge_options(of.options, generator.options);
  object.metadata.name = generator.name;
  object.metadata.ns = of.ns.empty() ? generator.ns : of.ns;
  object.metadata.labels = options.labels;
  object.metadata.annotations = options.annotations;
  object.immutable = options.immutable;
  if (!options.disable_name_suffix_hash) object.metadata.name = cat(generator.name, "-", hash_object(object));
  renamed[generator.name] = object.metadata.name;
  set_defaults(object);
  if (const auto problem = validate(object))
    return fail(cat(KindOf<T>::names.kind, " \"", generator.name, "\": ", problem->path, ": ", problem->message));
  return object;
}

Result<std::vector<Object>> generate(const std::string& dir, const Kustomization& read, ManifestOptions& options) {
  std::vector<Object> objects;
  for (const Generator& generator : read.config_maps) {
    if (!generator.type.empty()) return fail("configMapGenerator: type goes with secretGenerator only");
    ConfigMap map;
    put_data(map, TRY(read_values(dir, generator, "ConfigMap")));
    objects.push_back(TRY(finish(std::move(map), generator, read, options.config_maps)));
  }
  for (const Generator& generator : read.secrets) {
    Secret secret;
    secret.type = generator.type.empty() ? "Opaque" : generator.type;
    secret.data = TRY(read_values(dir, generator, "Secret"));
    objects.push_back(TRY(finish(std::move(secret), generator, read, options.secrets)));
  }
  return objects;
}

Result<std::vector<Object>> read_folder(const std::string& dir, ManifestOptions options, int depth) {
  if (depth > kDeepest) return fail(cat(quoted(dir), ": folders name each other too deeply"));
  const std::string file = TRY(find_file(dir));
  const Kustomization read = TRY(parse_kustomization(TRY(read_file(file, kTextLimit)), file));
  std::vector<Object> objects = TRY_IN(file, generate(dir, read, options));
  for (const std::string& resource : read.resources) {
    if (resource.find("://") != resource.npos)
      return fail(cat(file, ": resource ", quoted(resource), ": nothing is fetched over the network"));
    const std::string path = join_path(dir, resource);
    struct stat status;
    if (stat(path.c_str(), &status) < 0) return fail_errno(errno, cat(file, ": resource ", quoted(resource)));
    std::vector<Object> more;
    if (S_ISDIR(status.st_mode)) {
      more = TRY(read_folder(path, options, depth + 1));
    } else {
      options.file = path;
      more = TRY(read_objects(TRY(read_file(TRY(path_below(dir, resource)), kTextLimit)), options));
    }
    std::ranges::move(more, std::back_inserter(objects));
  }
  if (!read.ns.empty())
    for (Object& object : objects)
      if (kind_of(object).has_namespace) metadata_of(object).ns = read.ns;
  return objects;
}

using Identity = std::tuple<ptrdiff_t, std::string, std::string>;

Identity identity_of(const Object& object) {
  const ptrdiff_t order = std::ranges::find(kinds(), &kind_of(object)) - kinds().begin();
  return {order, metadata_of(object).ns, metadata_of(object).name};
}

}  // namespace

Result<std::vector<Object>> read_kustomization(const Call& call) {
  const std::string dir = call.arguments.value("kustomize");
  std::vector<Object> objects = TRY(read_folder(dir, {.node_name = read_node_name()}, 0));
  if (objects.empty()) return fail(cat("no objects in ", quoted(dir)));
  std::ranges::stable_sort(objects, {}, identity_of);
  std::set<Identity> seen;
  for (Object& object : objects) {
    if (!seen.insert(identity_of(object)).second)
      return fail(cat(kind_of(object).kind, " ", quoted(metadata_of(object).name), " is there twice"));
    if (!kind_of(object).has_namespace || call.asked_ns().empty()) continue;
    std::string& ns = metadata_of(object).ns;
    if (ns != "default" && ns != call.asked_ns())
      return fail(
          cat("the namespace \"", ns, "\" does not match the namespace \"", call.asked_ns(), "\" that was asked for"));
    ns = call.asked_ns();
  }
  return objects;
}

}  // namespace kube
