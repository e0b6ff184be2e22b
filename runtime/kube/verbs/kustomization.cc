#include "runtime/kube/verbs/kustomization.h"

#include <fcntl.h>

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

// A folder that is read, held open: what is checked is what is read, whatever its path leads to meanwhile.
struct Folder {
  std::string path;
  Fd fd;
};

// Like kustomize: a folder that somebody else wrote must not put the machine's files into objects.
Result<std::string> read_below(const Folder& folder, const std::string& path, size_t limit) {
  const Result<Fd> file = open_within(folder.fd.get(), path, O_RDONLY);
  if (file) return TRY_IN(join_path(folder.path, path), read_all(file->get(), limit));
  if (file.error().err == EXDEV) return fail(cat("security; file '", path, "' is not in or below '", folder.path, "'"));
  return std::unexpected(within(folder.path, file.error()));
}

struct Text {
  std::string file, text;
};

Result<Text> find_kustomization(const Folder& folder) {
  for (const char* name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    Result<std::string> text = read_below(folder, name, kTextLimit);
    if (text) return Text{join_path(folder.path, name), *std::move(text)};
    if (text.error().err != ENOENT) return std::unexpected(std::move(text).error());
  }
  return fail(cat("unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '",
                  folder.path, "'"));
}

// "[KEY=]PATH" with the path below the folder. The key is the file's own name where none is given.
Result<ReadSource> read_source(const Folder& folder, const std::string& text) {
  const size_t sign = text.find('=');
  const std::string path = sign == text.npos ? text : text.substr(sign + 1);
  const std::string key = sign == text.npos ? path.substr(path.find_last_of('/') + 1) : text.substr(0, sign);
  return ReadSource{key, TRY(read_below(folder, path, kDataLimit))};
}

// kustomize takes quotes around a literal's value away.
std::string without_quotes(const std::string& literal) {
  const size_t begin = literal.find('=') + 1, size = literal.size() - begin;
  const bool is_quoted =
      begin > 0 && size > 1 && (literal[begin] == '"' || literal[begin] == '\'') && literal.back() == literal[begin];
  return is_quoted ? literal.substr(0, begin) + literal.substr(begin + 1, size - 2) : literal;
}

Result<StringMap> read_values(const Folder& folder, const Generator& generator, std::string_view kind) {
  DataSources own, env{.inherits = false};
  for (const std::string& file : generator.files) own.texts.push_back(TRY(read_source(folder, file)));
  for (const std::string& literal : generator.literals) own.literals.push_back(without_quotes(literal));
  std::vector<std::string> files = generator.envs;
  if (!generator.env.empty()) files.push_back(generator.env);
  for (const std::string& file : files) {
    std::string text = TRY(read_below(folder, file, kDataLimit));
    env.env_texts.emplace_back(join_path(folder.path, file), std::move(text));
  }
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

Result<std::vector<Object>> generate(const Folder& folder, const Kustomization& read, ManifestOptions& options) {
  std::vector<Object> objects;
  for (const Generator& generator : read.config_maps) {
    if (!generator.type.empty()) return fail("configMapGenerator: type goes with secretGenerator only");
    ConfigMap map;
    put_data(map, TRY(read_values(folder, generator, "ConfigMap")));
    objects.push_back(TRY(finish(std::move(map), generator, read, options.config_maps)));
  }
  for (const Generator& generator : read.secrets) {
    Secret secret;
    secret.type = generator.type.empty() ? "Opaque" : generator.type;
    secret.data = TRY(read_values(folder, generator, "Secret"));
    objects.push_back(TRY(finish(std::move(secret), generator, read, options.secrets)));
  }
  return objects;
}

Result<std::vector<Object>> read_folder(const Folder& folder, ManifestOptions options, int depth);

// A folder may be anywhere, and is then one with rules of its own; a file is below this one.
Result<std::vector<Object>> read_resource(const Folder& folder, const std::string& resource, ManifestOptions& options,
                                          int depth) {
  if (resource.find("://") != resource.npos)
    return fail(cat("resource ", quoted(resource), ": nothing is fetched over the network"));
  Folder inner{join_path(folder.path, resource)};
  inner.fd.reset(openat(folder.fd.get(), resource.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (inner.fd.is_open()) return read_folder(inner, options, depth + 1);
  if (errno != ENOTDIR) return fail_errno(errno, cat("resource ", quoted(inner.path)));
  options.file = inner.path;
  return read_objects(TRY(read_below(folder, resource, kTextLimit)), options);
}

Result<std::vector<Object>> read_folder(const Folder& folder, ManifestOptions options, int depth) {
  if (depth > kDeepest) return fail(cat(quoted(folder.path), ": folders name each other too deeply"));
  const auto [file, text] = TRY(find_kustomization(folder));
  const Kustomization read = TRY(parse_kustomization(text, file));
  std::vector<Object> objects = TRY_IN(file, generate(folder, read, options));
  for (const std::string& resource : read.resources)
    std::ranges::move(TRY(read_resource(folder, resource, options, depth)), std::back_inserter(objects));
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
  const Folder folder{dir, Fd(open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))};
  if (!folder.fd.is_open()) return fail_errno(errno, cat("open ", quoted(dir)));
  std::vector<Object> objects = TRY(read_folder(folder, {.node_name = read_node_name()}, 0));
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
