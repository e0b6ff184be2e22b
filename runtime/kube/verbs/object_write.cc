#include "runtime/kube/verbs/object_write.h"

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/merge.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/state/namespaces.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/storage/claims.h"

namespace kube {
namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr size_t kAnnotationLimit = 200 << 10;  // the API has 256 KiB for all annotations together

// What a manifest says: the status is others' to set.
template <class T>
Node encode_wanted(const T& object) {
  Node node = encode(object);
  std::erase_if(node.entries, [](const Entry& entry) { return entry.key.text == "status"; });
  return node;
}

// Without an annotation from before, as a whole. One that would be too large is left out: then nothing that a later
// manifest lacks is taken away.
template <class T>
T with_last_applied(T object) {
  object.metadata.annotations.erase(kLastApplied);
  const std::string text = emit_go_json(encode_wanted(object)) + "\n";
  if (text.size() <= kAnnotationLimit) object.metadata.annotations[kLastApplied] = text;
  return object;
}

template <class T>
Node last_applied(const T& present) {
  const auto found = present.metadata.annotations.find(kLastApplied);
  if (found == present.metadata.annotations.end()) return {};
  auto node = parse_json(found->second);
  return node ? *std::move(node) : Node();
}

template <class T>
Result<T> merge(const T& present, const T& wanted) {
  const Node node = merge_applied(encode(present), last_applied(present), encode_wanted(wanted));
  T merged;
  if (auto decoded = decode_value(node, "", merged); !decoded) return fail(decoded.error().message);
  merged.metadata.uid = present.metadata.uid;
  merged.metadata.creation_time = present.metadata.creation_time;
  return merged;
}

template <class T>
Result<Change> apply_one(const Place& place, const T& given) {
  const T wanted = with_last_applied(given);
  const Result<T> present = read_object<T>(place, wanted.metadata.ns, wanted.metadata.name);
  if (!present) {
    if (!is_not_found(present.error())) return std::unexpected(present.error());
    T made = wanted;
    identify(made.metadata);
    TRY(write_object(place, made));
    return Change::created;
  }
  const T merged = TRY(merge(*present, wanted));
  TRY(refuse_invalid(KindOf<T>::names.kind, merged.metadata.name, validate_change(*present, merged)));
  TRY(refuse_invalid(KindOf<T>::names.kind, merged.metadata.name, validate(merged)));
  if (is_same(*present, merged)) return Change::unchanged;
  TRY(write_object(place, merged));
  return Change::configured;
}

template <class T>
Result<Change> create_one(const Place& place, T object) {
  const Result<T> present = read_object<T>(place, object.metadata.ns, object.metadata.name);
  if (present) return fail(cat(KindOf<T>::names.plural, " \"", object.metadata.name, "\" already exists"));
  if (!is_not_found(present.error())) return std::unexpected(present.error());
  identify(object.metadata);
  TRY(write_object(place, object));
  return Change::created;
}

// Has `write` change the object's file under the lock. What it is put into must be there; volumes and claims find each
// other at once.
template <class Write>
Result<Change> write_locked(const Place& place, const Object& object, const Write& write) {
  if (kind_of(object).has_namespace) TRY(ensure_namespace(place, metadata_of(object).ns));
  Fd lock = TRY(lock_objects(place));
  const Change change = TRY(std::visit(
      [&]<class T>(const T& one) -> Result<Change> {
        if constexpr (std::is_same_v<T, Pod>)
          return fail("a pod is no file");
        else
          return write(one);
      },
      object));
  lock.reset();
  if (is_storage(kind_of(object))) TRY(sync_storage(place));
  return change;
}

// What is not there, as kubectl calls it.
Result<> named_in_plural(const KindNames& kind, const std::string& name, Result<> removed) {
  if (removed || !is_not_found(removed.error())) return removed;
  return fail(cat(kind.plural, " \"", name, "\" not found"));
}

}  // namespace

bool is_storage(const KindNames& kind) {
  return &kind == &KindOf<PersistentVolume>::names || &kind == &KindOf<PersistentVolumeClaim>::names;
}

Result<Change> apply_object(const Place& place, const Object& wanted) {
  return write_locked(place, wanted, [&](const auto& one) { return apply_one(place, one); });
}

Result<> create_object(const Place& place, const Object& object) {
  TRY(write_locked(place, object, [&](const auto& one) { return create_one(place, one); }));
  return {};
}

Result<> delete_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name) {
  if (&kind == &KindOf<PersistentVolumeClaim>::names) return named_in_plural(kind, name, delete_claim(place, ns, name));
  if (&kind == &KindOf<PersistentVolume>::names) return named_in_plural(kind, name, delete_volume(place, name));
  const Fd lock = TRY(lock_objects(place));
  return with_kind(kind, [&]<class T>(const T&) -> Result<> {
    if constexpr (std::is_same_v<T, Pod>) {
      return fail("a pod is no file");
    } else {
      return named_in_plural(kind, name, remove_object<T>(place, ns, name));
    }
  });
}

}  // namespace kube
