#include "runtime/kube/verbs/object_write.h"

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/identity.h"
#include "runtime/kube/api/merge.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/state/limit_ranges.h"
#include "runtime/kube/state/namespaces.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"
#include "runtime/kube/storage/claims.h"
#include "runtime/kube/tokens/service_account.h"
#include "runtime/kube/tokens/token_secret.h"
#include "runtime/kube/verbs/last_applied.h"

namespace kube {
namespace {

// The object that a changed tree says, in which what is not the user's stays: the status too, but of a node.
template <class T>
Result<T> decode_changed(const T& present, const Node& node) {
  T changed;
  if (auto decoded = decode_value(node, "", changed); !decoded) return fail(visible(decoded.error().message));
  keep_what_is_ours(present.metadata, changed.metadata);
  if constexpr (requires { changed.status; } && !std::is_same_v<T, NodeObject>) changed.status = present.status;
  return changed;
}

// What the node adds to an object.
template <class T>
Result<> complete(const Place& place, T& object) {
  if constexpr (std::is_same_v<T, Secret>)
    TRY_IN(cat("the Secret ", quoted(object.metadata.name)), fill_token_secret(place, object));
  return {};
}

// Writes what the namespace has room for.
template <class T>
Result<> admit(const Place& place, const T& object) {
  if constexpr (std::is_same_v<T, PersistentVolumeClaim>) TRY(check_limit_ranges(place, object));
  return write_object(place, object);
}

template <class T>
Result<Change> write_new(const Place& place, T object) {
  identify(object.metadata);
  TRY(complete(place, object));
  TRY(admit(place, object));
  return Change::created;
}

template <class T>
Result<Change> write_changed(const Place& place, const T& present, T changed) {
  const std::string_view kind = KindOf<T>::names.kind;
  const std::string& name = present.metadata.name;
  TRY(refuse_invalid(kind, name, validate_identity(present, changed)));
  TRY(complete(place, changed));
  TRY(refuse_invalid(kind, name, validate_change(present, changed)));
  TRY(refuse_invalid(kind, name, validate(changed)));
  if (is_same(present, changed)) return Change::unchanged;
  TRY(admit(place, changed));
  return Change::configured;
}

template <class T>
Result<Change> apply_one(const Place& place, const T& given) {
  const T wanted = std::get<T>(with_last_applied(given));
  const Result<T> present = read_object<T>(place, wanted.metadata.ns, wanted.metadata.name);
  if (!present) {
    if (!is_not_found(present.error())) return std::unexpected(present.error());
    return write_new(place, wanted);
  }
  const Node merged = merge_applied(encode(*present), last_applied(present->metadata), encode_wanted(wanted));
  return write_changed(place, *present, TRY(decode_changed(*present, merged)));
}

// An object as it is changed by whatever makes one tree of another.
template <class T, class MakeTree>
Result<Change> change_one(const Place& place, const std::string& ns, const std::string& name,
                          const MakeTree& make_tree) {
  const Result<T> present = read_object<T>(place, ns, name);
  if (!present && is_not_found(present.error())) return fail(cat(KindOf<T>::names.plural, " \"", name, "\" not found"));
  if (!present) return std::unexpected(present.error());
  T changed = TRY(decode_changed(*present, TRY(make_tree(encode(*present)))));
  set_defaults(changed);
  return write_changed(place, *present, changed);
}

template <class T>
Result<Change> create_one(const Place& place, T object) {
  const Result<T> present = read_object<T>(place, object.metadata.ns, object.metadata.name);
  if (present) return fail(cat(KindOf<T>::names.plural, " \"", object.metadata.name, "\" already exists"));
  if (!is_not_found(present.error())) return std::unexpected(present.error());
  return write_new(place, std::move(object));
}

// What must be there before the object is: its namespace, and the certificate that a token comes with.
Result<> prepare(const Place& place, const Object& object) {
  if (kind_of(object).has_namespace) TRY(ensure_namespace(place, metadata_of(object).ns));
  if (const Secret* secret = std::get_if<Secret>(&object); secret && is_token_secret(*secret))
    TRY(make_root_ca(place, secret->metadata.ns));
  return {};
}

// The same for one that may be there and is to be changed.
Result<> prepare_present(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name) {
  if (&kind != &KindOf<Secret>::names) return {};
  const auto secret = read_object<Secret>(place, ns, name);
  return secret ? prepare(place, *secret) : Result<>();
}

// Has `write` change an object's file under the lock. Volumes and claims find each other at once, and pods that wait
// for room look again.
template <class Write>
Result<Change> write_locked(const Place& place, const KindNames& kind, const Write& write) {
  Fd lock = TRY(lock_objects(place));
  const Change change = TRY(with_kind(kind, [&]<class T>(const T&) -> Result<Change> {
    if constexpr (std::is_same_v<T, Pod>)
      return fail("a pod is no file");
    else
      return write.template operator()<T>();
  }));
  lock.reset();
  if (is_storage(kind)) TRY(sync_storage(place));
  if (&kind == &KindOf<NodeObject>::names) announce_room(place);
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
  TRY(prepare(place, wanted));
  return write_locked(place, kind_of(wanted), [&]<class T>() { return apply_one(place, std::get<T>(wanted)); });
}

Result<Change> patch_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                            const Patch& patch) {
  TRY(prepare_present(place, kind, ns, name));
  const auto make_tree = [&](const Node& present) { return apply_patch(patch, present); };
  return write_locked(place, kind, [&]<class T>() { return change_one<T>(place, ns, name, make_tree); });
}

Result<Change> replace_object(const Place& place, const Object& wanted) {
  const ObjectMeta& metadata = metadata_of(wanted);
  TRY(prepare_present(place, kind_of(wanted), metadata.ns, metadata.name));
  const auto make_tree = [&](const Node&) -> Result<Node> { return encode_object(wanted); };
  return write_locked(place, kind_of(wanted),
                      [&]<class T>() { return change_one<T>(place, metadata.ns, metadata.name, make_tree); });
}

Result<> create_object(const Place& place, const Object& object) {
  TRY(prepare(place, object));
  TRY(write_locked(place, kind_of(object), [&]<class T>() { return create_one(place, std::get<T>(object)); }));
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
      TRY(named_in_plural(kind, name, remove_object<T>(place, ns, name)));
      if constexpr (std::is_same_v<T, ServiceAccount>) TRY(remove_token_secrets(place, ns, name));
      if constexpr (std::is_same_v<T, NodeObject>) announce_room(place);
      return {};
    }
  });
}

}  // namespace kube
