"""Pods and other objects that are changed while they are there: patch, label, annotate, apply, replace; and resizes as far
as they go without the kernel."""

import fcntl
import json
import os
import socket
import struct
import subprocess
import time

from harness import contains, equal, eventually, excludes, matches, run, temp_dir, test, that
from harness.pods import SLEEP, Node, condition, events, finish, lose, mounted, pod, shell, volume

FORBIDDEN = 'error: The Pod "web" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,'


def memory(amount):
    return {"resources": {"requests": {"memory": amount}}}


def resize(name, amount, container="c0"):
    return ["patch", "pod", name, "--subresource", "resize", "-p",
            json.dumps({"spec": {"containers": [{"name": container, **memory(amount)}]}})]


@test("labels and annotations are set, kept unless overwritten, and taken away")
def labels():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    equal(node.kube("label", "pod", "web", "app=web", "tier=front").ok().out, "pod/web labeled\n")
    equal(node.kube("label", "pods/web", "app=web").ok().out, "pod/web not labeled\n")
    equal(node.kube("label", "pod", "web", "app=api").exits(1).err,
          "error: 'app' already has a value (web), and --overwrite is false\n")
    equal(node.kube("label", "pod", "web", "app=api", "--overwrite").ok().out, "pod/web labeled\n")
    equal(node.kube("label", "pod", "-l", "app=api", "tier-").ok().out, "pod/web unlabeled\n")
    equal(node.kube("label", "pod", "web", "none-").ok().out, 'label "none" not found.\npod/web not labeled\n')
    equal(node.pod("web")["metadata"]["labels"], {"app": "api"})
    equal(node.kube("annotate", "pod", "--all", "who=me").ok().out, "pod/web annotated\n")
    equal(node.kube("annotate", "pod", "web", "who=you").exits(1).err,
          "error: --overwrite is false but found the following declared annotation(s): 'who' already has a value (me)\n")
    node.kube("annotate", "pod", "web", "who-").ok()
    excludes(node.pod("web")["metadata"]["annotations"], "who")
    contains(node.kube("label", "pod", "web", "a=not valid").exits(1).err, 'error: The Pod "web" is invalid: metadata.labels[a]: ')
    equal(node.pod("web")["metadata"]["generation"], 1)
    equal(node.status("web")["restartCount"], 0)


@test("a changed label reaches the files of a downwardAPI volume while they are there")
def downward():
    node = Node()
    node.apply(pod("web", shell(SLEEP, volumeMounts=[mounted("info", "/info")]),
                   volumes=[volume("info", downwardAPI={"items": [
                       {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                       {"path": "annotations", "fieldRef": {"fieldPath": "metadata.annotations"}}]})])).ok()
    node.ready("web")
    node.kube("label", "pod", "web", "color=blue").ok()
    node.kube("annotate", "pod", "web", "builder=john").ok()
    eventually(lambda: equal(node.kube("exec", "web", "--", "cat", "/info/labels").ok().out, 'color="blue"'))
    eventually(lambda: contains(node.kube("exec", "web", "--", "cat", "/info/annotations").ok().out, 'builder="john"'))


@test("patch takes the three types, says what changed, and refuses what must not")
def patches():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    equal(node.kube("patch", "pod", "web", "-p", '{"metadata":{"labels":{"a":"1"}}}').ok().out, "pod/web patched\n")
    equal(node.kube("patch", "pod", "web", "-p", '{"metadata":{"labels":{"a":"1"}}}').ok().out, "pod/web patched (no change)\n")
    equal(node.kube("patch", "pod", "web", "--type=merge", "-p", "metadata: {labels: {a: null, b: x}}", "-o",
                    "jsonpath={.metadata.labels}").ok().out, '{"b":"x"}')
    change = temp_dir() / "change.json"
    change.write_text('[{"op":"replace","path":"/metadata/labels/b","value":"y"}]')
    equal(node.kube("patch", "pod", "web", "--type", "json", "--patch-file", change).ok().out, "pod/web patched\n")
    equal(node.pod("web")["metadata"]["labels"], {"b": "y"})
    contains(node.kube("patch", "pod", "web", "-p", '{"spec":{"hostname":"x"}}').exits(1).err, FORBIDDEN)
    contains(node.kube("patch", "pod", "web", "--type=json", "-p", '[{"op":"remove","path":"/spec/none"}]').exits(1).err,
             "remove operation does not apply: doc is missing path: /spec/none: missing value")
    equal(node.kube("patch", "pod", "none", "-p", "{}").exits(1).err, 'error: pods "none" not found\n')
    equal(node.kube("patch", "pod", "web").exits(1).err, "error: must specify --patch or --patch-file\n")
    contains(node.kube("patch", "pod", "web", "--type=other", "-p", "{}").exits(1).err, "[strategic merge json]")


@test("the other kinds are patched, labeled and replaced, too; an immutable one is not")
def objects():
    node = Node(with_images=False)
    node.kube("create", "configmap", "conf", "--from-literal=a=1").ok()
    equal(node.kube("patch", "cm", "conf", "-p", '{"data":{"b":"2"}}').ok().out, "configmap/conf patched\n")
    equal(node.kube("label", "cm/conf", "app=web").ok().out, "configmap/conf labeled\n")
    shown = json.loads(node.kube("get", "cm", "conf", "-o", "json").ok().out)
    equal((shown["data"], shown["metadata"]["labels"]), ({"a": "1", "b": "2"}, {"app": "web"}))
    shown["data"] = {"c": "3"}
    equal(node.kube("replace", "-f", "-", stdin=json.dumps(shown)).ok().out, "configmap/conf replaced\n")
    equal(json.loads(node.kube("get", "cm", "conf", "-o", "json").ok().out)["data"], {"c": "3"})
    node.kube("patch", "cm", "conf", "-p", '{"immutable":true}').ok()
    contains(node.kube("patch", "cm", "conf", "-p", '{"data":{"c":"4"}}').exits(1).err, 'The ConfigMap "conf" is invalid: ')
    equal(node.kube("patch", "secret", "none", "-p", "{}").exits(1).err, 'error: secrets "none" not found\n')
    shown["metadata"]["name"] = "none"
    equal(node.kube("replace", "-f", "-", stdin=json.dumps(shown)).exits(1).err, 'error: configmaps "none" not found\n')


@test("apply changes what may change of a pod, and keeps what others have set")
def applied():
    node = Node()
    manifest = json.loads(pod("web", shell(SLEEP)))
    manifest["metadata"]["labels"] = {"app": "web", "old": "x"}
    equal(node.apply(json.dumps(manifest)).ok().out, "pod/web created\n")
    node.ready("web")
    node.kube("label", "pod", "web", "by=hand").ok()
    equal(node.apply(json.dumps(manifest)).ok().out, "pod/web unchanged\n")
    manifest["metadata"]["labels"] = {"app": "api"}
    equal(node.apply(json.dumps(manifest)).ok().out, "pod/web configured\n")
    equal(node.pod("web")["metadata"]["labels"], {"app": "api", "by": "hand"})
    # A manifest that says nothing of the policy does not change it, whatever tag its image has.
    for image in ("busybox", "busybox:1.28"):
        manifest["spec"]["containers"][0]["image"] = image
        equal(node.apply(json.dumps(manifest)).ok().out, "pod/web configured\n")
        equal(node.apply(json.dumps(manifest)).ok().out, "pod/web unchanged\n")
    equal(node.pod("web")["spec"]["containers"][0]["imagePullPolicy"], "IfNotPresent")
    manifest["spec"]["hostname"] = "other"
    contains(node.apply(json.dumps(manifest)).exits(1).err, FORBIDDEN)
    shown = node.pod("web")
    shown["metadata"]["labels"] = {"only": "this"}
    equal(node.kube("replace", "-f", "-", stdin=json.dumps(shown)).ok().out, "pod/web replaced\n")
    equal(node.pod("web")["metadata"]["labels"], {"only": "this"})


@test("another image starts that container anew, and no other")
def image():
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell(SLEEP))).ok()
    node.ready("web")
    before = [node.status("web", number)["containerID"] for number in range(2)]
    node.kube("patch", "pod", "web", "-p", '{"spec":{"containers":[{"name":"c0","image":"busybox:latest"}]}}').ok()

    def restarted():
        status = node.status("web")
        equal((status["restartCount"], status["ready"]), (1, True))
        that(status["containerID"] != before[0], "it is the same container")

    eventually(restarted)
    contains(events(node, "web"), "Container c0 definition changed, will be restarted")
    equal(node.pod("web")["metadata"]["generation"], 2)
    equal(node.pod("web")["spec"]["containers"][0]["image"], "busybox:latest")
    equal((node.status("web", 1)["restartCount"], node.status("web", 1)["containerID"]), (0, before[1]))


@test("a pod that has run to its end can still be labeled")
def finished():
    node = Node()
    finish(node, "done")
    equal(node.kube("label", "pod", "done", "seen=yes").ok().out, "pod/done labeled\n")
    equal(node.pod("done")["metadata"]["labels"], {"seen": "yes"})


def ask_successor(node, name, answer, *words):
    """Runs a verb while the lost pod is taken over by a supervisor, whose part the test plays. Gives request and output."""
    folder = node.folder / "pods" / f"default_{name}"
    with open(folder / "lock") as lock, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first thing that it does
        verb = subprocess.Popen([*node.words, *words], stdout=subprocess.PIPE)
        time.sleep(0.2)
        # Its name is on disk; for a while nobody listens.
        start = open("/proc/self/stat").read().rpartition(")")[2].split()[19]
        (folder / "supervisor").write_text(f"{os.getpid()} {start}\n")
        time.sleep(0.2)
        (folder / "control").unlink()
        directory = os.open(folder, os.O_PATH)
        control.bind(f"/proc/self/fd/{directory}/control")
        os.close(directory)
        control.listen()
        control.settimeout(60)
        client = control.accept()[0]
        size, = struct.unpack("=Q", client.recv(8))
        request = client.recv(1000)
        equal(len(request), size)
        client.send(answer)
        client.close()
        output = verb.communicate(timeout=60)[0]
        (folder / "supervisor").write_text("1 1\n")
    return request, output


@test("who changes or deletes a pod that is just being taken over asks its next supervisor, and does not wait for its lock")
def taken_over():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    lose(node, "web")
    equal(ask_successor(node, "web", b"changed", "label", "pod", "web", "a=b"),
          (b'patch merge\n{"metadata":{"labels":{"a":"b"}}}', b"pod/web labeled\n"))
    equal(ask_successor(node, "web", b"heard", "delete", "pod", "web", "--wait=false"),
          (b"delete 1", b'pod "web" deleted\n'))
    equal(node.apply(pod("web", shell(SLEEP))).ok().out, "pod/web unchanged\n")
    node.ready("web")


@test("a pod that has lost its supervisor is changed by the same rules")
def lost():
    node = Node()
    limits = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "mem"},
              "spec": {"limits": [{"type": "Container", "max": {"memory": "128Mi"}}]}}
    node.apply(pod("web", shell(SLEEP, resources={"requests": {"memory": "64Mi"}}))).ok()
    node.ready("web")
    node.apply(json.dumps(limits)).ok()
    lose(node, "web")
    contains(node.kube(*resize("web", "96Mi")).exits(1).err,
             'pods "web" is forbidden: maximum memory usage per Container is 128Mi.  No limit is specified')
    node.kube("delete", "limits", "mem").ok()
    equal(node.kube(*resize("web", "96Mi")).ok().out, "pod/web patched\n")
    equal(node.pod("web")["metadata"]["generation"], 2)
    node.kube("label", "pod", "web", "a=b").ok()
    equal(node.apply(pod("web", shell(SLEEP, resources={"requests": {"memory": "96Mi"}})), "--dry-run=client").ok().out,
          "pod/web configured (dry run)\n")
    equal(node.pod("web")["status"]["phase"], "Unknown")  # a dry run does not take it over either


@test("events are looked at alone: nothing is done to the pod of an event's name")
def looked_at_alone():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    alone = "error: events are looked at alone, and never changed (hint: nacelle kube events)\n"
    for words in (("label", "event/web", "a=b"), ("annotate", "ev", "web", "a=b"), ("label", "events", "--all", "a=b"),
                  ("patch", "event", "web", "-p", '{"metadata":{"labels":{"a":"b"}}}'), ("delete", "event", "web"),
                  ("describe", "event", "web"), ("get", "events,pods", "web")):
        contains(node.kube(*words).exits(1).err, alone)
    excludes(node.pod("web")["metadata"], "labels")


@test("a deadline that is set of a running pod ends it, and one that is lowered ends it earlier")
def deadline():
    node = Node()
    node.apply(pod("web", shell(SLEEP), terminationGracePeriodSeconds=1)).ok()
    node.ready("web")
    contains(node.kube("patch", "pod", "web", "-p", '{"spec":{"activeDeadlineSeconds":600}}').ok().out, "patched")
    contains(node.kube("patch", "pod", "web", "-p", '{"spec":{"activeDeadlineSeconds":601}}').exits(1).err,
             "must be less than or equal to previous value")
    equal(node.pod("web")["status"]["phase"], "Running")
    node.kube("patch", "pod", "web", "-p", '{"spec":{"activeDeadlineSeconds":1}}').ok()
    eventually(lambda: equal(node.pod("web")["status"].get("reason"), "DeadlineExceeded"))


@test("as many annotations as an API server takes are taken of a running pod, and applied again")
def long_annotations():
    node = Node()
    manifest = json.loads(pod("web", shell(SLEEP)))
    node.apply(json.dumps(manifest)).ok()
    node.ready("web")
    manifest["metadata"]["annotations"] = {"long": '"' * (60 << 10)}
    equal(node.apply(json.dumps(manifest)).ok().out, "pod/web configured\n")
    equal(node.kube("annotate", "pod", "web", "more=" + "x" * (120 << 10)).exits(1).err,
          'error: The Pod "web" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes\n')
    equal(len(node.pod("web")["metadata"]["annotations"]["long"]), 60 << 10)


@test("a resize is done in place: allocated and shown, with events, and no container is restarted")
def in_place():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **memory("64Mi")))).ok()
    node.ready("web")
    equal(node.status("web")["allocatedResources"], {"memory": "64Mi"})
    equal(node.pod("web")["spec"]["containers"][0]["resizePolicy"],
          [{"resourceName": "cpu", "restartPolicy": "NotRequired"}, {"resourceName": "memory", "restartPolicy": "NotRequired"}])
    equal(node.kube(*resize("web", "96Mi")).ok().out, "pod/web patched\n")

    def resized():
        status = node.status("web")
        equal((status["allocatedResources"], status["resources"]), ({"memory": "96Mi"}, {"requests": {"memory": "96Mi"}}))

    eventually(resized)
    equal(node.status("web")["restartCount"], 0)
    shown = node.pod("web")
    equal((shown["metadata"]["generation"], shown["status"]["observedGeneration"]), (2, 2))
    excludes(shown["status"], "resize")
    given = '{"containers":[{"name":"c0","resources":{"requests":{"memory":"96Mi"}}}],"generation":2}'
    described = node.kube("describe", "pod", "web").ok().out
    contains(described, f"Pod resize started: {given}")
    contains(described, f"Pod resize completed: {given}")


@test("more than the node has is infeasible: the wish stays, and what the pod has stays too")
def infeasible():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **memory("64Mi")))).ok()
    node.ready("web")
    node.kube(*resize("web", "1000Gi")).ok()
    pending = eventually(lambda: condition(node, "web", "PodResizePending") or False)
    equal((pending["status"], pending["reason"], pending["observedGeneration"]), ("True", "Infeasible", 2))
    matches(pending["message"], r"^Node didn't have enough capacity: memory, requested: 1073741824000, capacity: \d+$")
    shown = node.pod("web")
    equal(shown["status"]["resize"], "Infeasible")
    equal(shown["spec"]["containers"][0]["resources"]["requests"], {"memory": "1000Gi"})
    equal(node.status("web")["allocatedResources"], {"memory": "64Mi"})
    contains(node.kube("describe", "pod", "web").ok().out, "Pod resize Infeasible: {")
    node.kube(*resize("web", "64Mi")).ok()
    eventually(lambda: equal(condition(node, "web", "PodResizePending"), None))
    excludes(node.pod("web")["status"], "resize")


def half_of_node():
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{pages * 6 // 10 >> 20}Mi"


@test("what does not fit now is deferred, and granted when another pod leaves")
def deferred():
    node = Node()
    node.apply(pod("large", shell(SLEEP, **memory(half_of_node())))).ok()
    node.apply(pod("web", shell(SLEEP, **memory("64Mi")))).ok()
    node.ready("web")
    node.ready("large")
    node.kube(*resize("web", half_of_node())).ok()
    pending = eventually(lambda: condition(node, "web", "PodResizePending") or False)
    equal(pending["reason"], "Deferred")
    matches(pending["message"], r"^Node didn't have enough resource: memory, requested: \d+, used: \d+, capacity: \d+$")
    equal(node.pod("web")["status"]["resize"], "Deferred")
    node.kube("delete", "pod", "large", "--now").ok()
    eventually(lambda: equal(node.status("web")["allocatedResources"], {"memory": half_of_node()}))
    eventually(lambda: equal(condition(node, "web", "PodResizePending"), None))
    equal(node.status("web")["restartCount"], 0)


@test("a pod that waits for room starts when another gets smaller")
def room():
    node = Node()
    node.apply(pod("large", shell(SLEEP, **memory(half_of_node())))).ok()
    node.ready("large")
    node.apply(pod("next", shell(SLEEP, **memory(half_of_node())))).ok()
    eventually(lambda: contains(node.kube("describe", "pod", "next").ok().out,
                                "0/1 nodes are available: 1 Insufficient memory."))
    equal(node.pod("next")["status"]["phase"], "Pending")
    node.kube(*resize("large", "64Mi")).ok()
    eventually(lambda: equal(node.pod("next")["status"]["phase"], "Running"))


@test("of pods that come at once none is given what another has taken")
def at_once():
    node = Node()
    documents = [json.loads(pod(f"p{number}", shell(SLEEP, **memory(half_of_node())))) for number in range(4)]
    node.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})).ok()
    eventually(lambda: equal(sorted(one["status"]["phase"] for one in node.pods()), ["Pending"] * 3 + ["Running"]))


@test("a resize that is invalid changes nothing")
def invalid():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **memory("64Mi")), shell(SLEEP))).ok()
    node.ready("web")
    before = node.pod("web")["spec"]

    def refused(change, message):
        outcome = node.kube("patch", "pod", "web", "--subresource=resize", "-p", json.dumps({"spec": change})).exits(1)
        contains(outcome.err, f'error: The Pod "web" is invalid: {message}')

    refused({"containers": [{"name": "c0", "resources": {"requests": {"memory": None}}}]},
            "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing")
    refused({"containers": [{"name": "c0", "image": "other"}]}, "spec: Forbidden: only cpu and memory resources are mutable")
    refused({"containers": [{"name": "new", "image": "other"}]},
            "spec.containers: Forbidden: containers may not be added or removed on resize")
    equal(node.pod("web")["spec"], before)


run()
