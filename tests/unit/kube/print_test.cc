#include "runtime/kube/api/print.h"

#include <doctest/doctest.h>

#include "base/file.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/api/schema.h"
#include "tests/unit/kube/pods.h"
#include "tests/unit/kube/sample.h"

using namespace kube;

namespace {

std::string yaml_of(std::string_view value) {
  Node node;
  node.kind = Node::Kind::string;
  node.text = value;
  Node list;
  list.kind = Node::Kind::sequence;
  list.items.push_back(node);
  return emit_yaml(list);
}

}  // namespace

TEST_CASE("print: YAML in kubectl's order and style") {
  CHECK(emit_yaml(encode(sample_pod())) == R"text(apiVersion: v1
kind: Pod
metadata:
  annotations:
    note: hello
  creationTimestamp: "2026-11-22T22:42:02Z"
  labels:
    app: demo
    tier: "1"
  name: demo
  namespace: default
  uid: 0d0fcc6b-1d0c-4a5b-9c55-6a5b2c1f9a10
spec:
  containers:
  - env:
    - name: GREETING
      value: hello
    - name: LINES
      value: |-
        a
        b
    image: nginx:1.27
    imagePullPolicy: IfNotPresent
    name: web
    ports:
    - containerPort: 80
      name: http
      protocol: TCP
    - containerPort: 443
      protocol: TCP
    resources: {}
    volumeMounts:
    - mountPath: /usr/share
      name: pages
      readOnly: true
    - mountPath: /cache
      name: cache
  - args:
    - --vm
    - "1"
    command:
    - stress
    image: stress
    name: worker
    resources:
      limits:
        cpu: "1"
        memory: 100Mi
      requests:
        cpu: 500m
        memory: 50Mi
  nodeName: node01
  priority: 0
  restartPolicy: Always
  volumes:
  - emptyDir: {}
    name: pages
  - emptyDir:
      medium: Memory
      sizeLimit: 64Mi
    name: cache
status:
  conditions:
  - lastProbeTime: null
    lastTransitionTime: "2026-11-22T22:42:03Z"
    status: "True"
    type: Initialized
  - lastProbeTime: null
    lastTransitionTime: "2026-11-22T22:48:02Z"
    message: 'containers with unready status: [worker]'
    reason: ContainersNotReady
    status: "False"
    type: Ready
  containerStatuses:
  - containerID: nacelle://web1
    image: nginx:1.27
    imageID: sha256:aa
    lastState: {}
    name: web
    ready: true
    restartCount: 0
    started: true
    state:
      running:
        startedAt: "2026-11-22T22:42:04Z"
  - containerID: nacelle://wrk2
    image: stress
    imageID: sha256:bb
    lastState:
      terminated:
        containerID: nacelle://wrk2
        exitCode: 137
        finishedAt: "2026-11-22T22:48:10Z"
        reason: OOMKilled
        startedAt: "2026-11-22T22:48:02Z"
    name: worker
    ready: false
    restartCount: 2
    started: false
    state:
      waiting:
        message: back-off 20s restarting failed container=worker
        reason: CrashLoopBackOff
  hostIP: 127.0.0.1
  phase: Running
  podIP: 10.0.0.2
  podIPs:
  - ip: 10.0.0.2
  qosClass: Burstable
  startTime: "2026-11-22T22:42:02Z"
)text");
}

TEST_CASE("print: JSON indented by four") {
  Pod pod;
  pod.metadata.name = "web";
  pod.spec.containers.push_back({.name = "a", .image = "b"});
  CHECK(emit_json(encode(pod)) == R"({
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web"
    },
    "spec": {
        "containers": [
            {
                "image": "b",
                "name": "a",
                "resources": {}
            }
        ]
    },
    "status": {}
}
)");
}

TEST_CASE("print: lists") {
  CHECK(emit_yaml(encode_list({})) == "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n");
  CHECK(emit_yaml(encode_list({sample_pod()})).find("items:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n") !=
        std::string::npos);
  CHECK(parse_json(emit_json(encode_list({sample_pod(), sample_pod()})))->find("items")->items.size() == 2);
}

TEST_CASE("print: strings that could be read as something else are quoted") {
  for (auto text : {"1", "0644", "1e3", "true", "no", "y", "null", "~", "", ".inf", "2026-11-22",
                    "2026-11-22T22:52:02Z", "1:30", "0x1F", "<<", "1_000"}) {
    CAPTURE(text);
    CHECK(yaml_of(text) == std::string("- \"") + text + "\"\n");
  }
  for (auto text : {"web", "--vm", "1Gi", "500m", "nginx:1.27", "/data/demo", "a b", "$(PORT)", "sha256:aa"}) {
    CAPTURE(text);
    CHECK(yaml_of(text) == std::string("- ") + text + "\n");
  }
  CHECK(yaml_of("a: b") == "- 'a: b'\n");
  CHECK(yaml_of("*x") == "- '*x'\n");
  CHECK(yaml_of("# no") == "- '# no'\n");
  CHECK(yaml_of("one\ntwo\n") == "- |\n  one\n  two\n");
  CHECK(yaml_of("one\ntwo") == "- |-\n  one\n  two\n");
  CHECK(yaml_of("tab\x1b") == "- \"tab\\e\"\n");
}

TEST_CASE("print: every string survives YAML and JSON") {
  for (std::string text :
       {std::string("plain"), std::string(" lead"), std::string("trail "), std::string("\n"), std::string("\nx"),
        std::string("x\n\n"), std::string("  x\n y\n"), std::string("a\tb"), std::string("\t\n"), std::string("\"'\\"),
        std::string("沙箱 \U0001F433"), std::string("\x01\x1f\x7f"), std::string("- a"), std::string("a #b"),
        std::string("---"), std::string("a\r\nb"), std::string("\u2028\u0085"), std::string("{a"), std::string("[")}) {
    CAPTURE(text);
    auto yaml = parse_yaml(yaml_of(text));
    REQUIRE(yaml);
    CHECK(yaml->at(0).items.at(0).text == text);
    CHECK(yaml->at(0).items[0].kind == Node::Kind::string);
    Node node;
    node.kind = Node::Kind::string;
    node.text = text;
    CHECK(parse_json(emit_compact_json(node))->text == text);
  }
}

TEST_CASE("print: a pod goes to disk and comes back whole") {
  Pod pod = sample_pod();
  std::string text = write_pod_json(pod);
  CHECK(text.find('\n') == std::string::npos);
  auto back = read_pod_json(text);
  REQUIRE(back);
  CHECK(write_pod_json(*back) == text);
  CHECK(back->metadata.uid == pod.metadata.uid);
  CHECK(back->metadata.creation_time == pod.metadata.creation_time);
  CHECK(back->status.container_statuses[1].last_state.terminated->exit_code == 137);
  CHECK(back->status.container_statuses[1].restart_count == 2);
  CHECK(back->status.container_statuses[0].started == true);
  CHECK(back->spec.containers[1].resources.limits.at("memory") == *parse_quantity("100Mi"));
  CHECK(back->spec.volumes[1].empty_dir->medium == "Memory");
  CHECK(back->spec.containers[0].env[1].value == "a\nb");
  CHECK(read_pod_json("{").error().text() == "pod:1:2: unexpected end of JSON");
  CHECK(read_pod_json("{\"specs\":{}}").error().text() ==
        "pod:1:2: strict decoding error: unknown field \"specs\" (hint: did you mean \"spec\"?)");
}

TEST_CASE("print: what is printed can be applied again") {
  for (auto name : {"pod.yaml", "memory-request-limit.yaml", "cpu-request-limit.yaml", "security-context.yaml",
                    "share-process-namespace.yaml"}) {
    CAPTURE(name);
    auto pods = read_manifest(*read_file(std::string(EXAMPLES "/") + name), {});
    REQUIRE(pods);
    std::string yaml = emit_yaml(encode(pods->at(0)));
    auto again = read_manifest(yaml, {});
    REQUIRE(again);
    CHECK(emit_yaml(encode(again->at(0))) == yaml);
    auto from_json = read_manifest(emit_json(encode_list({pods->begin(), pods->end()})), {});
    REQUIRE(from_json);
    CHECK(emit_yaml(encode(from_json->at(0))) == yaml);
  }
}

TEST_CASE("print: events") {
  Event event = sample_events()[1];
  auto back = read_event_json(write_event_json(event));
  REQUIRE(back);
  CHECK(back->type == event.type);
  CHECK(back->reason == event.reason);
  CHECK(back->message == event.message);
  CHECK(back->from == event.from);
  CHECK(back->object == event.object);
  CHECK(back->count == 3);
  CHECK(back->first == event.first);
  CHECK(back->last == event.last);
  CHECK(print_event_line(event, sample_pod().metadata) ==
        R"({"apiVersion":"v1","count":3,"firstTimestamp":"2026-11-22T22:48:02Z","involvedObject":{"apiVersion":"v1",)"
        R"("fieldPath":"spec.containers{worker}","kind":"Pod","name":"demo","namespace":"default",)"
        R"("uid":"0d0fcc6b-1d0c-4a5b-9c55-6a5b2c1f9a10"},"kind":"Event","lastTimestamp":"2026-11-22T22:51:52Z",)"
        R"("message":"Back-off restarting failed container worker in pod demo_default\n",)"
        R"("metadata":{"name":"demo.1795387682","namespace":"default"},"reason":"BackOff",)"
        R"("source":{"component":"nacelle"},"type":"Warning"})");
}
