// The tables of the objects beside Pods: what the text says is what the struct holds, and back.
#include "runtime/kube/api/objects.h"

#include <doctest/doctest.h>

#include "runtime/kube/api/base64.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/kinds.h"
#include "runtime/kube/api/schema.h"

using namespace kube;

namespace {

template <class T>
Parsed<T> decode(std::string_view text) {
  std::vector<Node> documents = TRY_PARSED(parse_yaml(text));
  T object;
  TRY_PARSED(decode_value(documents.at(0), "", object));
  return object;
}

template <class T>
std::string problem_of(std::string_view text) {
  auto object = decode<T>(text);
  return object ? "none" : object.error().message;
}

template <class T>
std::string again(std::string_view text) {
  auto object = decode<T>(text);
  return object ? emit_yaml(encode(*object)) : object.error().message;
}

}  // namespace

TEST_CASE("base64: the vectors of RFC 4648, both ways") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(write_base64(bytes) == text);
    CHECK(parse_base64(text) == bytes);
  }
  std::string all;
  for (int i = 0; i < 256; i++) all += static_cast<char>(i);
  CHECK(parse_base64(write_base64(all)) == all);
  CHECK(parse_base64("Zm9v\nYmFy\n") == "foobar");
}

TEST_CASE("base64: what is not, is refused") {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm 9v", "Zm9v-", "Zm9_", "é"})
    CHECK_MESSAGE(!parse_base64(text), text);
}

TEST_CASE("objects: a ConfigMap holds texts and bytes") {
  const char* text =
      "apiVersion: v1\nbinaryData:\n  raw: AP8=\ndata:\n  a: |\n    one\n    two\n  b: \"1\"\n"
      "immutable: true\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: default\n";
  auto map = decode<ConfigMap>(text);
  REQUIRE(map);
  CHECK(map->data == StringMap{{"a", "one\ntwo\n"}, {"b", "1"}});
  CHECK(map->binary_data == StringMap{{"raw", std::string("\0\xff", 2)}});
  CHECK(map->immutable == true);
  CHECK(again<ConfigMap>(text) == text);
}

TEST_CASE("objects: any text comes back from YAML as it was") {
  ConfigMap map;
  map.metadata.name = "texts";
  const std::string texts[] = {"",
                               " ",
                               "\n",
                               "a\n\n",
                               " lead\n",
                               "trail \nnext",
                               "tab\there",
                               "cr\r\n",
                               "\x01\x7f",
                               std::string("nul\0end", 7),
                               "yes",
                               "1e3",
                               "# no comment",
                               "- a\n- b",
                               "é\u2028\ufeff",
                               "'\"\\"};
  for (size_t i = 0; i < std::size(texts); i++) map.data["k" + std::to_string(i)] = texts[i];
  auto back = decode<ConfigMap>(emit_yaml(encode(map)));
  REQUIRE(back);
  CHECK(back->data == map.data);
}

TEST_CASE("objects: stringData of a Secret goes into data and wins, wherever it stands") {
  for (const char* text :
       {"data: {a: b2xk, b: Yg==}\nstringData: {a: new}\n", "stringData: {a: new}\ndata: {a: b2xk, b: Yg==}\n"}) {
    auto secret = decode<Secret>(text);
    REQUIRE(secret);
    CHECK(secret->data == StringMap{{"a", "new"}, {"b", "b"}});
  }
  CHECK(problem_of<Secret>("data: {a: no-base64}") == "data[a]: Invalid value: not base64");
  CHECK(problem_of<Secret>("data: {a: 12}") == "data[a]: expected a string in base64, got the number 12");
  CHECK(problem_of<ConfigMap>("data: {a: 12}") == "data[a]: expected a string, got the number 12");
}

TEST_CASE("objects: volumes and claims") {
  const char* volume =
      "apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: pv\nspec:\n  accessModes:\n  - ReadWriteOnce\n"
      "  capacity:\n    storage: 10Gi\n  local:\n    path: /mnt\n  nodeAffinity:\n    required:\n"
      "      nodeSelectorTerms:\n      - matchExpressions:\n        - key: kubernetes.io/hostname\n          operator: "
      "In\n"
      "          values:\n          - one\n  persistentVolumeReclaimPolicy: Retain\n  storageClassName: manual\n"
      "status:\n  phase: Bound\n";
  CHECK(again<PersistentVolume>(volume) == volume);
  CHECK(problem_of<PersistentVolume>("spec: {nfs: {}}") ==
        "spec.nfs: not supported: there are no storage drivers: only hostPath and local volumes are served here");
  CHECK(problem_of<PersistentVolume>("spec: {csi: {}}").starts_with("spec.csi: not supported: there are no storage"));
  auto claim = decode<PersistentVolumeClaim>("spec: {storageClassName: '', resources: {requests: {storage: 3Gi}}}");
  REQUIRE(claim);
  CHECK(claim->spec.storage_class_name == "");  // given, which is not the same as missing
  CHECK(whole_value(claim->spec.resources.requests["storage"]) == 3LL << 30);
  CHECK(!decode<PersistentVolumeClaim>("spec: {}")->spec.storage_class_name);
}

TEST_CASE("objects: a service account") {
  const char* text =
      "apiVersion: v1\nautomountServiceAccountToken: false\nimagePullSecrets:\n- name: key\nkind: ServiceAccount\n"
      "metadata:\n  name: build-robot\n";
  CHECK(again<ServiceAccount>(text) == text);
}

TEST_CASE("kinds: by the name in a manifest and by the words of a command line") {
  CHECK(find_kind("ConfigMap") == &KindOf<ConfigMap>::names);
  CHECK(find_kind("configmap") == nullptr);
  for (const char* word : {"cm", "configmap", "configmaps", "ConfigMap"})
    CHECK(find_resource(word) == &KindOf<ConfigMap>::names);
  CHECK(find_resource("pvc") == &KindOf<PersistentVolumeClaim>::names);
  CHECK(find_resource("") == nullptr);
  CHECK(find_resource("services") == nullptr);
}
