#include "runtime/kube/state/objects.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/kinds.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/record.h"

namespace kube {
namespace {

constexpr std::string_view kEnding = ".yaml";

// A name that could leave the folder, or name a file that is being written, is no object's.
bool is_file_name(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == name.npos;
}

template <class T>
Result<std::string> path_of(const Place& place, const std::string& ns, const std::string& name) {
  const bool is_named = is_file_name(name) && (!KindOf<T>::names.has_namespace || is_file_name(ns));
  if (!is_named) return fail(cat(KindOf<T>::names.singular, " \"", name, "\" not found"));
  return cat(objects_dir<T>(place, ns), "/", name, kEnding);
}

template <class T>
Result<T> parse_object(const std::string& path, std::string_view text) {
  auto documents = parse_yaml(text);
  if (!documents) return std::unexpected(place_error(path, documents.error()));
  if (documents->size() != 1) return fail(cat(path, ": expected one object"));
  T object;
  if (auto decoded = decode_value(documents->front(), "", object); !decoded)
    return std::unexpected(place_error(path, decoded.error()));
  return object;
}

// The objects of one folder.
template <class T>
Result<> append_objects(const Place& place, const std::string& ns, std::vector<T>& objects) {
  const std::string dir = objects_dir<T>(place, ns);
  for (const std::string& file : TRY(list_names(dir))) {
    if (!file.ends_with(kEnding)) continue;
    const std::string path = cat(dir, "/", file);
    const Result<std::string> text = read_file(path);
    if (!text && text.error().err == ENOENT) continue;  // removed just now
    if (!text) return std::unexpected(text.error());
    objects.push_back(TRY(parse_object<T>(path, *text)));
  }
  return {};
}

// A random UUID (RFC 4122, version 4).
std::string make_uid() {
  unsigned char bytes[16] = {};
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return "";
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (size_t i = 0; i < sizeof bytes; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

}  // namespace

template <class T>
std::string objects_dir(const Place& place, const std::string& ns) {
  const KindNames& names = KindOf<T>::names;
  return cat(place.objects, "/", names.plural, names.has_namespace && !ns.empty() ? "/" : "",
             names.has_namespace ? ns : "");
}

template <class T>
Result<T> read_object(const Place& place, const std::string& ns, const std::string& name) {
  const std::string path = TRY(path_of<T>(place, ns, name));
  const Result<std::string> text = read_file(path);
  if (!text && text.error().err == ENOENT) return fail(cat(KindOf<T>::names.singular, " \"", name, "\" not found"));
  if (!text) return std::unexpected(text.error());
  return parse_object<T>(path, *text);
}

template <class T>
Result<std::optional<T>> read_object_if(const Place& place, const std::string& ns, const std::string& name,
                                        bool optional) {
  Result<T> object = read_object<T>(place, ns, name);
  if (object) return *std::move(object);
  if (optional && is_not_found(object.error())) return std::nullopt;
  return std::unexpected(std::move(object).error());
}

template <class T>
Result<std::vector<T>> list_objects(const Place& place, const std::string& ns) {
  std::vector<T> objects;
  if (!ns.empty() || !KindOf<T>::names.has_namespace) {
    if (ns.empty() || !KindOf<T>::names.has_namespace || is_file_name(ns)) TRY(append_objects(place, ns, objects));
  } else {
    for (const std::string& one : TRY(list_names(objects_dir<T>(place, "")))) TRY(append_objects(place, one, objects));
  }
  // By name: the files are sorted with their endings.
  std::ranges::stable_sort(objects, {},
                           [](const T& object) { return std::tie(object.metadata.ns, object.metadata.name); });
  return objects;
}

template <class T>
Result<> write_object(const Place& place, const T& object) {
  const std::string path = TRY(path_of<T>(place, object.metadata.ns, object.metadata.name));
  TRY(make_directories(objects_dir<T>(place, object.metadata.ns), 0700));
  return replace_file(path, emit_yaml(encode(object)), 0600);
}

template <class T>
Result<> remove_object(const Place& place, const std::string& ns, const std::string& name) {
  const std::string path = TRY(path_of<T>(place, ns, name));
  if (unlink(path.c_str()) == 0) return {};
  if (errno == ENOENT) return fail(cat(KindOf<T>::names.singular, " \"", name, "\" not found"));
  return fail_errno(errno, cat("remove ", quoted(path)));
}

Result<Fd> lock_objects(const Place& place) {
  TRY(make_directories(place.objects, 0700));
  return lock_file(cat(place.objects, "/lock"));
}

void identify(ObjectMeta& metadata) {
  if (metadata.uid.empty()) metadata.uid = make_uid();
  metadata.creation_time = now();
}

// A type to name: it cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define INSTANTIATE(T)                                                                                             \
  template std::string objects_dir<T>(const Place&, const std::string&);                                           \
  template Result<T> read_object<T>(const Place&, const std::string&, const std::string&);                         \
  template Result<std::optional<T>> read_object_if<T>(const Place&, const std::string&, const std::string&, bool); \
  template Result<std::vector<T>> list_objects<T>(const Place&, const std::string&);                               \
  template Result<> write_object<T>(const Place&, const T&);                                                       \
  template Result<> remove_object<T>(const Place&, const std::string&, const std::string&);
// NOLINTEND(bugprone-macro-parentheses)
INSTANTIATE(ConfigMap)
INSTANTIATE(Secret)
INSTANTIATE(ServiceAccount)
INSTANTIATE(PersistentVolume)
INSTANTIATE(PersistentVolumeClaim)
INSTANTIATE(Namespace)
INSTANTIATE(LimitRange)
INSTANTIATE(NodeObject)
#undef INSTANTIATE

}  // namespace kube
