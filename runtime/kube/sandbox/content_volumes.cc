#include "runtime/kube/sandbox/content_volumes.h"

#include <sys/mount.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/sandbox/environment.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/tokens/pod_tokens.h"
#include "sandbox/volumes/content.h"

namespace kube {
namespace {

const StringMap& binary_data(const ConfigMap& map) {
  return map.binary_data;
}
const StringMap& binary_data(const Secret&) {
  static const StringMap kNone;
  return kNone;
}

constexpr const char* missing_key(const ConfigMap*) {
  return "configmap references non-existent config key: ";
}
constexpr const char* missing_key(const Secret*) {
  return "references non-existent secret key: ";
}

// As the kubelet has it: the uid of the pod's containers when all have the same.
std::optional<uid_t> common_user(const PodSpec& spec) {
  std::optional<int64_t> common;
  for (const Container* container : all_containers(spec)) {
    const std::optional<int64_t> user = effective_security(spec, *container).user;
    if (!user || (common && *common != *user)) return {};
    common = user;
  }
  return common ? std::optional(static_cast<uid_t>(*common)) : std::nullopt;
}

// Collects the files; of two with one path the later wins.
class Files {
 public:
  Files(const PodContext& context, const Volume& volume, mode_t mode)
      : context_(context), volume_(volume), mode_(mode) {}

  template <class T>
  Result<> add_object(const std::string& name, const std::vector<KeyToPath>& items, bool optional) {
    const std::optional<T> object = TRY(read_object_if<T>(*context_.place, context_.pod->metadata.ns, name, optional));
    if (!object) return {};
    if (!items.empty()) return add_items(*object, items, optional);
    for (const StringMap* map : {&object->data, &binary_data(*object)})
      for (const auto& [key, bytes] : *map) add(key, bytes, {});
    return {};
  }

  Result<> add_downward(const std::vector<DownwardFile>& items) {
    for (const DownwardFile& item : items)
      add(item.path,
          item.field ? field_value(*context_.pod, *item.field)
                     : TRY(resource_value(context_.pod->spec, *item.resource, allocatable(context_))),
          item.mode);
    return {};
  }

  // Readable for the one user that all containers are, or the group; else as the volume says.
  Result<> add_token(const TokenProjection& token) {
    const std::string text = TRY_IN("failed to fetch token", context_.tokens->read(context_, volume_.name, token));
    add(token.path, text, {});
    volumes::ContentFile& file = files_[token.path];
    file.owner = common_user(context_.pod->spec);
    if (file.owner || group()) file.mode = 0600;
    return {};
  }

  Result<> add_part(const Projection& part) {
    if (part.secret)
      return add_object<Secret>(part.secret->name, part.secret->items, part.secret->optional.value_or(false));
    if (part.config_map)
      return add_object<ConfigMap>(part.config_map->name, part.config_map->items,
                                   part.config_map->optional.value_or(false));
    return part.downward ? add_downward(part.downward->items) : add_token(*part.token);
  }

  std::optional<gid_t> group() const {
    const auto& security = context_.pod->spec.security_context;
    if (!security || !security->fs_group) return {};
    return static_cast<gid_t>(*security->fs_group);
  }

  volumes::Content content() && {
    volumes::Content content{.group = group()};
    for (auto& [path, file] : files_) content.files.push_back(std::move(file));
    return content;
  }

 private:
  template <class T>
  Result<> add_items(const T& object, const std::vector<KeyToPath>& items, bool optional) {
    for (const KeyToPath& item : items) {
      const std::string* bytes = nullptr;
      for (const StringMap* map : {&object.data, &binary_data(object)})
        if (const auto found = map->find(item.key); found != map->end()) bytes = &found->second;
      if (bytes)
        add(item.path, *bytes, item.mode);
      else if (!optional)
        return fail(cat(missing_key(&object), item.key));
    }
    return {};
  }

  void add(const std::string& path, std::string bytes, std::optional<int64_t> mode) {
    files_[path] = {path, std::move(bytes), mode ? static_cast<mode_t>(*mode) : mode_, {}};
  }

  const PodContext& context_;
  const Volume& volume_;
  mode_t mode_;
  std::map<std::string, volumes::ContentFile> files_;
};

mode_t default_mode(const Volume& volume) {
  std::optional<int64_t> mode;
  if (volume.config_map) mode = volume.config_map->default_mode;
  if (volume.secret) mode = volume.secret->default_mode;
  if (volume.downward) mode = volume.downward->default_mode;
  if (volume.projected) mode = volume.projected->default_mode;
  return static_cast<mode_t>(mode.value_or(0644));
}

// As the kubelet, all that is wrong at once: "[a, b]".
Result<> add_projected(Files& files, const ProjectedSource& source) {
  std::vector<std::string> wrong;
  for (const Projection& part : source.sources)
    if (const Result<> added = files.add_part(part); !added) wrong.push_back(added.error().text());
  if (wrong.empty()) return {};
  return fail(wrong.size() == 1 ? wrong[0] : cat("[", join(wrong, ", "), "]"));
}

Result<volumes::Content> read_content(const PodContext& context, const Volume& volume) {
  Files files(context, volume, default_mode(volume));
  if (const auto& source = volume.config_map)
    TRY(files.add_object<ConfigMap>(source->name, source->items, source->optional.value_or(false)));
  if (const auto& source = volume.secret)
    TRY(files.add_object<Secret>(source->secret_name, source->items, source->optional.value_or(false)));
  if (volume.downward) TRY(files.add_downward(volume.downward->items));
  if (volume.projected) TRY(add_projected(files, *volume.projected));
  return std::move(files).content();
}

Result<> write_files(const std::string& path, const volumes::Content& content) {
  const Fd folder = TRY(open_directory(path));
  TRY(volumes::write_content(folder.get(), content));
  return {};
}

}  // namespace

bool is_content_volume(const Volume& volume) {
  return volume.config_map || volume.secret || volume.downward || volume.projected;
}

Result<> make_content_volume(const PodContext& context, const Volume& volume, const std::string& path) {
  const volumes::Content content = TRY(read_content(context, volume));
  TRY(make_directory(path, 0777));
  // noswap: of Linux 6.4.
  if (!volume.config_map && !mount_tmpfs(path, MS_NOSUID | MS_NODEV, "mode=0777,noswap"))
    TRY(mount_tmpfs(path, MS_NOSUID | MS_NODEV, "mode=0777"));
  return write_files(path, content);
}

Result<> update_content_volume(const PodContext& context, const Volume& volume, const std::string& path) {
  return write_files(path, TRY(read_content(context, volume)));
}

}  // namespace kube
