// Objects beside Pods: from a manifest to what is valid, and what may change of them.
#include "runtime/kube/api/validate_objects.h"

#include <doctest/doctest.h>

#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/kustomization.h"
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/merge.h"
#include "runtime/kube/api/object_hash.h"
#include "runtime/kube/api/object_table.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/selector.h"

using namespace kube;

namespace {

Result<std::vector<Object>> read(std::string_view text, std::string ns = "") {
  return read_objects(text, {.file = "f", .ns = std::move(ns)});
}

std::string problem_in(std::string_view kind, std::string_view rest) {
  const auto objects =
      read(std::string("apiVersion: v1\nkind: ").append(kind).append("\nmetadata: {name: x}\n").append(rest));
  return objects ? "none" : objects.error().text();
}

template <class T>
T object_in(std::string_view text) {
  return std::get<T>(read(text).value().at(0));
}

ConfigMap map_with(StringMap data, std::optional<bool> immutable = {}) {
  ConfigMap map;
  map.metadata.name = "x";
  map.data = std::move(data);
  map.immutable = immutable;
  return map;
}

Node json(std::string_view text) {
  return parse_json(text).value();
}

}  // namespace

TEST_CASE("manifests: any mix of kinds, in documents and lists") {
  const auto objects = read(R"(
apiVersion: v1
kind: Namespace
metadata: {name: one}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: b}}
- {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m, uid: given, creationTimestamp: 2020-01-01T00:00:00Z}
)");
  REQUIRE(objects);
  std::string kinds;
  for (const Object& object : *objects) kinds += std::string(kind_of(object).kind) + " ";
  CHECK(kinds == "Namespace Secret Pod ConfigMap ");
  CHECK(std::get<Secret>(objects->at(1)).type == "Opaque");
  CHECK(metadata_of(objects->at(0)).ns.empty());
  CHECK(metadata_of(objects->at(3)).ns == "default");
  CHECK(metadata_of(objects->at(3)).uid.empty());
}

TEST_CASE("manifests: -n names the namespace of what has one, and no other") {
  const auto object = read("{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}", "one");
  CHECK(metadata_of(object->at(0)).ns == "one");
  CHECK(read("{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: two}}", "one").error().text() ==
        "f:1:66: metadata.namespace: the namespace \"two\" does not match the namespace \"one\" that was asked for");
  CHECK(metadata_of(read("{apiVersion: v1, kind: Namespace, metadata: {name: x}}", "one")->at(0)).ns.empty());
  CHECK(problem_in("PersistentVolume", "spec: {}").starts_with("f:4:"));
}

TEST_CASE("manifests: what is wrong is named with line and column") {
  CHECK(problem_in("ConfigMap", "dta: {}\n") ==
        "f:4:1: strict decoding error: unknown field \"dta\" (hint: did you mean \"data\"?)");
  CHECK(problem_in("ConfigMap", "data:\n  port: 80\n") ==
        "f:5:9: data[port]: expected a string, got the number 80 (hint: put it in quotes)");
  CHECK(problem_in("ConfigMap", "data:\n  a b: x\n")
            .starts_with("f:5:8: data[a b]: Invalid value: \"a b\": a valid config key"));
  CHECK(problem_in("ConfigMap", "data: {..x: z}\n").find("must not start with '..'") != std::string::npos);
  CHECK(problem_in("ConfigMap", "data: {x: z}\nbinaryData: {x: eQ==}\n").find("duplicate of key") != std::string::npos);
  CHECK(problem_in("Secret", "data: {a: no-base64}\n").find("data[a]") != std::string::npos);
  CHECK(read("{apiVersion: v1, kind: Secret, metadata: {name: A_b}}")
            .error()
            .text()
            .starts_with("f:1:49: metadata.name: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain"));
}

TEST_CASE("manifests: a megabyte of data is the limit") {
  const auto of = [](size_t size) { return "data:\n  big: " + std::string(size, 'x') + "\n"; };
  CHECK(problem_in("ConfigMap", of(kDataLimit)) == "none");
  CHECK(problem_in("ConfigMap", of(kDataLimit + 1)) == "f:4:1: data: Too long: may not be more than 1048576 bytes");
  CHECK(problem_in("Secret", "stringData:\n  big: " + std::string(kDataLimit + 1, 'x'))
            .ends_with("data: Too long: may not be more than 1048576 bytes"));
}

TEST_CASE("secrets: each type has the keys that it needs; messages hide what is in them") {
  CHECK(problem_in("Secret", "type: kubernetes.io/tls\nstringData: {tls.crt: x}")
            .ends_with("data[tls.key]: Required value"));
  CHECK(problem_in("Secret", "type: kubernetes.io/ssh-auth").ends_with("data[ssh-privatekey]: Required value"));
  CHECK(problem_in("Secret", "type: kubernetes.io/basic-auth\nstringData: {password: x}") == "none");
  CHECK(problem_in("Secret", "type: kubernetes.io/basic-auth").ends_with("data[username]: Required value"));
  CHECK(problem_in("Secret", "type: kubernetes.io/service-account-token")
            .ends_with("service-account.name]: Required value"));
  const std::string text =
      problem_in("Secret", "type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: hush}");
  CHECK(text.find("<secret contents redacted>") != std::string::npos);
  CHECK(text.find("hush") == std::string::npos);
}

TEST_CASE("volumes: a size, access modes and one source") {
  const char* rest = "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /mnt}}";
  const auto volume = object_in<PersistentVolume>(
      std::string("{apiVersion: v1, kind: PersistentVolume, metadata: {name: x}, ") + rest + "}");
  CHECK(volume.spec.reclaim_policy == "Retain");
  CHECK(volume.status.phase == "Available");
  CHECK(problem_in("PersistentVolume", "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce]}")
            .ends_with("spec: Required value: must specify a volume type"));
  CHECK(problem_in("PersistentVolume", "spec: {capacity: {storage: 1Gi}, accessModes: [RWO], hostPath: {path: /mnt}}")
            .find("Unsupported value: \"RWO\"") != std::string::npos);
  CHECK(problem_in("PersistentVolume",
                   "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], local: {path: /mnt}}")
            .ends_with("spec.nodeAffinity: Required value: Local volume requires node affinity"));
  CHECK(problem_in("PersistentVolume",
                   "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /a/../b}}")
            .ends_with("must not contain '..'"));
  CHECK(problem_in("PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOnce]}")
            .ends_with("[storage]: Required value"));
}

TEST_CASE("changes: an immutable object stays as it is") {
  const ConfigMap before = map_with({{"a", "b"}}, true);
  CHECK(!validate_change(before, before));
  CHECK(validate_change(before, map_with({{"a", "c"}}, true))->message ==
        "Forbidden: field is immutable when `immutable` is set");
  CHECK(validate_change(before, map_with({{"a", "c"}}, true))->path == "data");
  CHECK(validate_change(before, map_with({{"a", "b"}}))->path == "immutable");
  CHECK(!validate_change(map_with({{"a", "b"}}), map_with({{"a", "c"}}, true)));
  Secret opaque, other;
  opaque.type = "Opaque";
  other.type = "x/y";
  CHECK(validate_change(opaque, other)->message == "Invalid value: \"x/y\": field is immutable");
}

TEST_CASE("changes: a claim takes its volume, and nothing else changes but the size") {
  PersistentVolumeClaim before, after;
  before.spec.access_modes = after.spec.access_modes = {"ReadWriteOnce"};
  after.spec.volume_name = "pv";
  after.spec.resources.requests["storage"] = whole_quantity(5);
  CHECK(!validate_change(before, after));
  CHECK(validate_change(after, before));  // its volume is taken away
  after.spec.access_modes = {"ReadWriteMany"};
  CHECK(validate_change(before, after)->path == "spec");
}

TEST_CASE("merge: what was applied and is no more goes, what others set stays") {
  const auto merge = [](const char* present, const char* last, const char* wanted) {
    return emit_compact_json(merge_applied(json(present), json(last), json(wanted)));
  };
  CHECK(merge(R"({"a":1,"b":2,"c":3})", R"({"a":1,"b":2})", R"({"a":5})") == R"({"a":5,"c":3})");
  CHECK(merge(R"({"m":{"x":1,"y":2}})", R"({"m":{"x":1}})", R"({"m":{"z":3}})") == R"({"m":{"y":2,"z":3}})");
  CHECK(merge(R"({"l":[1,2]})", R"({"l":[1,2]})", R"({"l":[3]})") == R"({"l":[3]})");
  CHECK(merge(R"({"a":1})", "{}", "{}") == R"({"a":1})");
}

TEST_CASE("selectors: of equality and of sets") {
  const StringMap labels = {{"app", "web"}, {"env", "a"}};
  for (const char* text : {"", "app=web", "app==web", "app!=db", "tier!=db", "env in (a,b)", "env notin (b, c)", "app",
                           "!tier", "app=web,env in (a),!x", "x notin (a)", " app = web "})
    CHECK_MESSAGE(is_selected(parse_selector(text).value(), labels), text);
  for (const char* text :
       {"app=db", "app!=web", "tier=x", "env in (b)", "env notin (a)", "!app", "tier", "app=web,env=b"})
    CHECK_MESSAGE(!is_selected(parse_selector(text).value(), labels), text);
  for (const char* text : {"=web", "app in web", "a b", "app=web,", "app = a b", "x within (a)", "(a)"})
    CHECK_MESSAGE(!parse_selector(text), text);
}

TEST_CASE("kustomization: references follow the names that generators make, and only they") {
  Node pod = json(
      R"({"metadata":{"name":"a"},"spec":{"imagePullSecrets":[{"name":"a"}],"containers":[{"name":"a","env":[)"
      R"({"valueFrom":{"configMapKeyRef":{"name":"a","key":"a"}}},{"valueFrom":{"secretKeyRef":{"name":"b"}}}],)"
      R"("envFrom":[{"configMapRef":{"name":"a"}},{"secretRef":{"name":"a"}}]}],"volumes":[{"name":"a",)"
      R"("configMap":{"name":"a"}},{"secret":{"secretName":"a"}},{"projected":{"sources":[{"secret":{"name":"a"}}]}}]}})");
  rename_references(pod, {{"a", "a-1"}}, {{"a", "a-2"}, {"a-2", "no"}});
  CHECK(
      emit_compact_json(pod) ==
      R"({"metadata":{"name":"a"},"spec":{"imagePullSecrets":[{"name":"a-2"}],"containers":[{"name":"a","env":[)"
      R"({"valueFrom":{"configMapKeyRef":{"name":"a-1","key":"a"}}},{"valueFrom":{"secretKeyRef":{"name":"b"}}}],)"
      R"("envFrom":[{"configMapRef":{"name":"a-1"}},{"secretRef":{"name":"a-2"}}]}],"volumes":[{"name":"a",)"
      R"("configMap":{"name":"a-1"}},{"secret":{"secretName":"a-2"}},{"projected":{"sources":[{"secret":{"name":"a-2"}}]}}]}})");
}

TEST_CASE("hashes: those of the Kubernetes pages, and of kubectl create --append-hash") {
  const std::string game =
      "enemies=aliens\nlives=3\nenemies.cheat=true\nenemies.cheat.level=noGoodRotten\nsecret.code.passphrase="
      "UUDDLRLRBABAS\nsecret.code.allowed=true\nsecret.code.lives=30";
  const auto hash = [](const char* name, StringMap data) {
    ConfigMap map = map_with(std::move(data));
    map.metadata.name = name;
    return hash_object(map);
  };
  CHECK(hash("game-config-4", {{"game.properties", game}}) == "m9dm2f92bt");
  CHECK(hash("game-config-5", {{"game-special-key", game}}) == "m67dt67794");
  CHECK(hash("special-config-2", {{"special.how", "very"}, {"special.type", "charm"}}) == "c92b5mmcf2");
  CHECK(hash("x", {{"a", "b"}}) == "64686gkt6c");
  Secret secret;
  secret.metadata.name = "s";
  secret.data = {{"a", "b"}};
  CHECK(hash_object(secret) == "7fd2tm89d8");
}

TEST_CASE("tables: kubectl's columns of each kind") {
  const Time at{1'000'000};
  ConfigMap map = map_with({{"a", "b"}});
  map.binary_data = {{"c", "d"}};
  map.metadata.ns = "one";
  map.metadata.creation_time = {at.seconds - 37};
  CHECK(print_object_table({map}, at, {}, false) == "NAME   DATA   AGE\nx      2      37s\n");
  CHECK(print_object_table({map}, at, {.namespaces = true}, true) ==
        "NAMESPACE   NAME          DATA   AGE\none         configmap/x   2      37s\n");
  CHECK(print_object_table({map}, at, {.headers = false}, false) == "x     2     37s\n");
  PersistentVolume volume;
  volume.metadata = {.name = "task-pv-volume", .creation_time = {at.seconds - 120}};
  volume.spec.capacity["storage"] = *parse_quantity("10Gi");
  volume.spec.access_modes = {"ReadWriteMany", "ReadWriteOnce"};
  volume.spec.reclaim_policy = "Retain";
  volume.spec.storage_class_name = "manual";
  volume.spec.claim_ref = ObjectReference{.ns = "default", .name = "task-pv-claim"};
  volume.status.phase = "Bound";
  CHECK(print_object_table({volume}, at, {}, false) ==
        "NAME             CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS   CLAIM                   STORAGECLASS   "
        "VOLUMEATTRIBUTESCLASS   REASON   AGE\n"
        "task-pv-volume   10Gi       RWO,RWX        Retain           Bound    default/task-pv-claim   manual         "
        "<unset>                          2m\n");
}

TEST_CASE("describe: a Secret by sizes, a ConfigMap without what drives a terminal") {
  Secret secret;
  secret.metadata = {.name = "s", .ns = "default"};
  secret.type = "Opaque";
  secret.data = {{"password.txt", "1f2d1e2e67df"}, {"user", "x"}};
  CHECK(describe_object(secret, {}) ==
        "Name:         s\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\nType:  Opaque\n\n"
        "Data\n====\npassword.txt:  12 bytes\nuser:          1 bytes\n");
  const std::string text = describe_object(map_with({{"a", "\x1b]0;x\x07\n"}}), {});
  CHECK(text.find("a:\n----\n^[]0;x^G\nEvents:  <none>\n") != std::string::npos);
}
