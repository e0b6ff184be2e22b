// Bad input: each manifest with its exact error line.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runtime/kube/api/manifest.h"
#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

struct Case {
  std::string text, error;
};

const std::string kHead = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n";
const std::string kPod = kHead + "    image: busybox\n";  // eight lines

const char* kLabelRule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character";
const char* kSubdomainRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character";
const char* kQuantityRule =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' "
    "(hint: as in 500m, 0.5, 128974848, 129M, 1.5Gi)";

void check_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.text);
    auto pods = read_manifest(c.text, {.file = "pod.yaml"});
    REQUIRE(!pods);
    CHECK(pods.error().text() == "pod.yaml:" + c.error);
  }
}

}  // namespace

TEST_CASE("malformed: text that is no YAML or JSON") {
  check_all({
      {"apiVersion: v1\nkind: Pod\nmetadata: {name: web\n",
       "4:1: while parsing a flow mapping: did not find expected ',' or '}'"},
      {"apiVersion: v1\nkind: \"Pod\nmetadata:\n",
       "4:1: while scanning a quoted scalar: found unexpected end of stream"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n\x09"
       "name: web\n",
       "4:1: while scanning for the next token: found character that cannot start any token (hint: indent with spaces, "
       "not with tabs)"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n labels: {}\n",
       "5:2: while parsing a block mapping: did not find expected key"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: w\xff"
       "b\n",
       "4:10: invalid UTF-8"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: w\x01"
       "b\n",
       "4:10: invalid text: control characters are not allowed"},
      {"apiVersion: v1\nkind: Pod\nkind: Pod\n", "3:1: key 'kind' already set at line 2"},
      {kPod + "    image: nginx\n", "9:5: key 'image' already set at line 8"},
      {"apiVersion: v1\nkind: Pod\nmetadata: *meta\n", "3:11: unknown anchor 'meta'"},
      {"apiVersion: v1\nkind: !pod Pod\n", "2:7: unknown tag !pod"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: !!int web\n", "4:9: cannot read 'web' as !!int"},
      {"apiVersion: v1\nkind: Pod\n<<: text\n", "3:5: the merge key '<<' takes an object or a list of objects"},
      {"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: "
       "&d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: "
       "[*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
       "6:5: aliases expand to more than 200000 values"},
      {std::string("apiVersion: v1\nkind: ") + std::string(5000, '[') + "\n",
       "2:107: nested more than 100 levels deep"},
      {"apiVersion: v1\n? [a, b]\n: c\n", "2:3: a key must be a string"},
      {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":", "1:52: unexpected end of JSON"},
      {"{\"apiVersion\":\"v1\",\n \"kind\":\"Pod\",\n \"kind\":\"Pod\"}", "3:2: key 'kind' already set"},
  });
}

TEST_CASE("malformed: documents that are no Pod") {
  check_all({
      {"", "1:1: no objects in it"},
      {"# nothing\n---\n...\n", "1:1: no objects in it"},
      {"just text\n", "1:1: expected an object, got a string"},
      {"- a\n", "1:1: expected an object, got a list"},
      {"apiVersion: v1\nmetadata:\n  name: web\n", "1:1: kind: Required value"},
      {"kind: Pod\n", "1:1: apiVersion: Required value"},
      {"apiVersion: apps/v1\nkind: Deployment\n",
       "2:7: kind: \"Deployment\" in version \"apps/v1\" is not supported yet by this version (hint: of version "
       "v1: Node, Namespace, LimitRange, ServiceAccount, ConfigMap, Secret, PersistentVolume, PersistentVolumeClaim, "
       "Pod, and List of "
       "them)"},
      {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n",
       "5:9: items[0].kind: \"Service\" in version \"v1\" is not supported yet by this version (hint: of version "
       "v1: Node, Namespace, LimitRange, ServiceAccount, ConfigMap, Secret, PersistentVolume, PersistentVolumeClaim, "
       "Pod, and List of "
       "them)"},
      {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\n \"metadata\":{\"nam\":\"x\"}}",
       "2:14: strict decoding error: unknown field \"metadata.nam\" (hint: did you mean \"name\"?)"},
  });
}

TEST_CASE("malformed: fields that are unknown or not covered") {
  check_all({
      {kHead + "    imge: busybox\n",
       "8:5: strict decoding error: unknown field \"spec.containers[0].imge\" (hint: did you mean \"image\"?)"},
      {kPod + "    xyzzy: 1\n", "9:5: strict decoding error: unknown field \"spec.containers[0].xyzzy\""},
      {kHead + "    Image: busybox\n",
       "8:5: strict decoding error: unknown field \"spec.containers[0].Image\" (hint: did you mean \"image\"?)"},
      {kPod + "    volumeDevices:\n    - name: v\n",
       "9:5: spec.containers[0].volumeDevices: not supported: volumes are file systems here"},
      {kPod + "  volumes:\n  - name: v\n    nfs: {path: /}\n",
       "11:5: spec.volumes[0].nfs: not supported: there are no storage drivers: hostPath shows what the host has "
       "mounted"},
      {kPod + "  schedulerName: mine\n",
       "9:18: spec.schedulerName: value \"mine\" is not supported: there is no scheduler"},
      {kPod + "    env:\n    - name: A\n      valueFrom: {fileKeyRef: {key: a}}\n",
       "11:19: spec.containers[0].env[0].valueFrom.fileKeyRef: not supported yet by this version"},
      {kPod + "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    imag: "
              "busybox\n",
       "17:5: strict decoding error: unknown field \"spec.containers[0].imag\" (hint: did you mean \"image\"?)"},
  });
}

TEST_CASE("malformed: values of the wrong type") {
  check_all({
      {kHead + "    image: 1.28\n",
       "8:12: spec.containers[0].image: expected a string, got the number 1.28 (hint: put it in quotes)"},
      {kPod + "    env:\n    - name: A\n      value: yes\n",
       "11:14: spec.containers[0].env[0].value: expected a string, got the boolean yes (hint: put it in quotes)"},
      {kPod + "    command: sh -c true\n",
       "9:14: spec.containers[0].command: expected a list, got a string (hint: begin each item with '- ')"},
      {kPod + "    resources: 5\n", "9:16: spec.containers[0].resources: expected an object, got the number 5"},
      {kPod + "  terminationGracePeriodSeconds: soon\n",
       "9:34: spec.terminationGracePeriodSeconds: expected an integer, got a string"},
      {kPod + "  terminationGracePeriodSeconds: 1.5\n",
       "9:34: spec.terminationGracePeriodSeconds: expected an integer, got the number 1.5"},
      {kPod + "  terminationGracePeriodSeconds: 99999999999999999999999\n",
       "9:34: spec.terminationGracePeriodSeconds: the number 99999999999999999999999 is too large for an integer of 64 "
       "bits"},
      {kPod + "  terminationGracePeriodSeconds: 9223372036854775808\n",
       "9:34: spec.terminationGracePeriodSeconds: the number 9223372036854775808 is too large for an integer of 64 "
       "bits"},
      {kPod + "  restartPolicy: Sometimes\n",
       "9:18: spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", "
       "\"OnFailure\""},
      {kPod + "    resources:\n      limits:\n        memory: 12MB\n",
       std::string("11:17: spec.containers[0].resources.limits[memory]: Invalid value: \"12MB\": ") + kQuantityRule},
      {kPod + "    resources:\n      limits:\n        memory: ''\n",
       "11:17: spec.containers[0].resources.limits[memory]: Invalid value: \"\": quantities must not be empty (hint: "
       "as in 500m, 0.5, 128974848, 129M, 1.5Gi)"},
      {kPod + "    resources:\n      limits:\n        cpu: .inf\n",
       std::string("11:14: spec.containers[0].resources.limits[cpu]: Invalid value: \".inf\": ") + kQuantityRule},
      {kPod + "    command: [\"a\\0b\"]\n", "9:15: spec.containers[0].command[0]: must not contain a NUL byte"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    tier: 1\nspec:\n  containers:\n  - name: a\n "
       "   image: busybox\n",
       "6:11: metadata.labels[tier]: expected a string, got the number 1 (hint: put it in quotes)"},
  });
}

TEST_CASE("malformed: values that the API refuses") {
  check_all({
      {kPod + "    securityContext:\n      runAsUser: 4294967296\n",
       "10:18: spec.containers[0].securityContext.runAsUser: Invalid value: 4294967296: must be between 0 and "
       "2147483647, inclusive"},
      {kPod + "    securityContext:\n      runAsUser: -1\n",
       "10:18: spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, "
       "inclusive"},
      {kPod + "    resources:\n      limits:\n        cpu: 100u\n",
       "11:14: spec.containers[0].resources.limits[cpu]: Invalid value: \"100u\": must not be finer than 1m"},
      {kPod + "    resources:\n      requests:\n        memory: -1Mi\n",
       "11:17: spec.containers[0].resources.requests[memory]: Invalid value: \"-1Mi\": must be greater than or equal "
       "to 0"},
      {kPod + "    resources:\n      limits:\n        cpu: 1\n      requests:\n        cpu: 2\n",
       "12:7: spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of "
       "1"},
      {kPod + "    resources:\n      limits:\n        mem: 1Gi\n",
       "11:14: spec.containers[0].resources.limits[mem]: Invalid value: \"mem\": must be a standard resource type or "
       "fully qualified"},
      {kPod + "    resources:\n      limits:\n        example.com/dongle: 1500m\n",
       "11:29: spec.containers[0].resources.limits[example.com/dongle]: Invalid value: \"1500m\": must be an integer"},
      {kHead, "7:5: spec.containers[0].image: Required value"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec: {}\n", "5:1: spec.containers: Required value"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n", "1:1: spec.containers: Required value"},
      {"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: b\n",
       "1:1: metadata.name: Required value"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: Web_1\nspec:\n  containers:\n  - name: a\n    image: busybox\n",
       std::string("4:9: metadata.name: Invalid value: \"Web_1\": ") + kSubdomainRule},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: ../../etc\nspec:\n  containers:\n  - name: a\n    image: "
       "busybox\n",
       std::string("4:9: metadata.name: Invalid value: \"../../etc\": ") + kSubdomainRule},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: a/b\nspec:\n  containers:\n  - name: a\n    "
       "image: busybox\n",
       std::string("5:14: metadata.namespace: Invalid value: \"a/b\": ") + kLabelRule},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a.b\n    image: busybox\n",
       std::string("7:11: spec.containers[0].name: Invalid value: \"a.b\": ") + kLabelRule},
      {std::string("apiVersion: v1\nkind: Pod\nmetadata:\n  name: ") + std::string(254, 'w') +
           "\nspec:\n  containers:\n  - name: a\n    image: busybox\n",
       std::string("4:9: metadata.name: Invalid value: \"") + std::string(254, 'w') +
           "\": must be no more than 253 characters"},
      {kPod + "  - name: a\n    image: b\n", "9:11: spec.containers[1].name: Duplicate value: \"a\""},
      {kPod + "  volumes:\n  - name: v\n    emptyDir: {}\n  - name: v\n",
       "12:11: spec.volumes[1].name: Duplicate value: \"v\""},
      {kPod + "    volumeMounts:\n    - name: v\n      mountPath: /x\n",
       "10:13: spec.containers[0].volumeMounts[0].name: Not found: \"v\""},
      {kPod + "    volumeMounts:\n    - name: v\n      mountPath: /x\n    - name: v\n      mountPath: /x\n  volumes:\n "
              " - name: v\n",
       "13:18: spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/x\": must be unique"},
      {kPod + "    env:\n    - name: A=B\n",
       "10:13: spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist "
       "only of printable ASCII characters other than '='"},
      {kPod + "    ports:\n    - containerPort: 70000\n",
       "10:22: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, "
       "inclusive"},
      {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    a/b/c: x\nspec:\n  containers:\n  - name: "
       "a\n    image: busybox\n",
       "6:12: metadata.labels[a/b/c]: Invalid value: \"a/b/c\": name part must consist of alphanumeric characters, "
       "'-', '_' or '.', and must start and end with an alphanumeric character"},
      {kPod + "  hostname: a.b\n", std::string("9:13: spec.hostname: Invalid value: \"a.b\": ") + kLabelRule},
      {kPod + "    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        add: "
              "[SYS_ADMIN]\n",
       "9:5: spec.containers[0].securityContext: Invalid value: cannot set `allowPrivilegeEscalation` to false and "
       "`capabilities.Add` CAP_SYS_ADMIN"},
  });
}
