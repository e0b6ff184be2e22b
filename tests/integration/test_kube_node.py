"""What the node has, and who gets it: extended resources, LimitRanges, storage."""

import json
import os

from harness import contains, defer, equal, eventually, matches, run, sh, test, withstands
from harness.pods import SLEEP, Node, condition, host_folder, pod, shell

NAME = os.uname().nodename


def dongles(name, count):
    amount = {"example.com/dongle": count}
    return pod(name, shell(SLEEP, name=f"{name}-ctr", resources={"requests": amount, "limits": amount}))


def advertise(node, count):
    return node.kube("patch", "node", NAME, "--subresource", "status", "--type", "json", "--patch", json.dumps(
        [{"op": "add", "path": "/status/capacity/example.com~1dongle", "value": str(count)}]))


@test("page 8: a node that advertises four dongles has room for a pod that wants three, and not for two more")
def page_8():
    node = Node()
    equal(advertise(node, 4).ok().out, f"node/{NAME} patched\n")
    node.apply(dongles("extended-resource-demo", 3)).ok()
    node.ready("extended-resource-demo")
    matches(node.kube("describe", "pod", "extended-resource-demo").ok().out,
            r"    Limits:\n      example.com/dongle: +3\n    Requests:\n      example.com/dongle: +3\n")
    node.apply(dongles("extended-resource-demo-2", 2)).ok()

    def waits():
        text = node.kube("describe", "pod", "extended-resource-demo-2").ok().out
        matches(text, r"Conditions:\n  Type +Status\n  PodScheduled +False\n")
        contains(text, "0/1 nodes are available: 1 Insufficient example.com/dongle.")

    eventually(waits)
    matches(node.kube("get", "pod", "extended-resource-demo-2").ok().out, r"^extended-resource-demo-2 +0/1 +Pending +0 ")
    matches(node.kube("describe", "node", NAME).ok().out, r"^  example.com/dongle +3 +3$")
    advertise(node, 5).ok()
    eventually(lambda: equal(node.pod("extended-resource-demo-2")["status"]["phase"], "Running"))


@test("the node shows what the machine has, and what a manifest says over it")
def shown():
    node = Node(with_images=False)
    matches(node.kube("get", "nodes").ok().out, rf"^NAME +STATUS +ROLES +VERSION +AGE\n{NAME} +Ready +<none> +nacelle-\S+ ")
    status = json.loads(node.kube("get", "node", NAME, "-o", "json").ok().out)["status"]
    equal(status["capacity"]["cpu"], str(os.cpu_count()))
    equal(status["allocatable"], status["capacity"])
    manifest = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME}, "status": {"allocatable": {"memory": "1Gi"}}}
    equal(node.kube("apply", "-f", "-", stdin=json.dumps(manifest)).ok().out, f"node/{NAME} created\n")
    status = json.loads(node.kube("get", "node", NAME, "-o", "json").ok().out)["status"]
    equal(status["allocatable"]["memory"], "1Gi")
    node.kube("label", "node", NAME, "disk=ssd").ok()
    equal(node.kube("get", "nodes", "-l", "disk=ssd", "-o", "name").ok().out, f"node/{NAME}\n")
    equal(node.kube("get", "node", "other").exits(1).err, 'error: nodes "other" not found\n')
    equal(node.kube("delete", "node", NAME).ok().out, f'node "{NAME}" deleted\n')
    status = json.loads(node.kube("get", "node", NAME, "-o", "json").ok().out)["status"]
    equal(status["allocatable"], status["capacity"])


@test("of a node what is stored can be patched and replaced, and who waits for room hears of it")
def changed():
    node = Node()
    path = ["patch", "node", NAME, "-p"]
    equal(node.kube(*path, '{"status":{"conditions":[]}}', "--subresource=status").ok().out, f"node/{NAME} patched (no change)\n")
    equal(node.kube(*path, '{"status":{"capacity":{"example.com/dongle":"4"}}}').ok().out, f"node/{NAME} patched (no change)\n")
    contains(node.kube(*path, '{"metadata":{"name":"other"}}').exits(1).err, 'metadata.name: Invalid value: "other": field is immutable')
    ours = '{"metadata":{"creationTimestamp":"2020-01-01T00:00:00Z","deletionTimestamp":"2020-01-01T00:00:00Z","generation":7}}'
    equal(node.kube(*path, ours).ok().out, f"node/{NAME} patched (no change)\n")
    contains(node.kube(*path, '{"metadata":{"uid":"other"}}').exits(1).err, 'metadata.uid: Invalid value: "other": field is immutable')
    node.apply(dongles("waits", 3)).ok()
    eventually(lambda: contains(node.kube("describe", "pod", "waits").ok().out, "Insufficient example.com/dongle"))
    manifest = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME, "labels": {"disk": "ssd"}},
                "status": {"capacity": {"example.com/dongle": "4"}}}
    equal(node.kube("replace", "-f", "-", stdin=json.dumps(manifest)).ok().out, f"node/{NAME} replaced\n")
    eventually(lambda: equal(condition(node, "waits", "PodScheduled")["status"], "True"), timeout=3)
    eventually(lambda: equal(node.pod("waits")["status"]["phase"], "Running"))
    shown = json.loads(node.kube("get", "node", NAME, "-o", "json").ok().out)
    equal((shown["metadata"]["labels"], shown["status"]["capacity"]["cpu"]), ({"disk": "ssd"}, str(os.cpu_count())))
    equal(node.kube("replace", "-f", "-", stdin=json.dumps(shown)).ok().out, f"node/{NAME} replaced\n")


@test("a LimitRange gives defaults to pods of its namespace, and refuses what is outside of it")
def limit_range():
    node = Node()
    document = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "mem", "namespace": "small"},
                "spec": {"limits": [{"type": "Container", "defaultRequest": {"memory": "64Mi"}, "min": {"memory": "32Mi"}}]}}
    equal(node.kube("apply", "-f", "-", stdin=json.dumps(document)).ok().out, "limitrange/mem created\n")
    matches(node.kube("describe", "limits", "mem", "-n", "small").ok().out,
            r"^Container +memory +32Mi +- +64Mi +- +-$")
    node.apply(pod("web", shell(SLEEP)), "-n", "small").ok()
    equal(node.pod("web", "small")["spec"]["containers"][0]["resources"], {"requests": {"memory": "64Mi"}})
    outcome = node.apply(pod("tiny", shell(SLEEP, resources={"requests": {"memory": "1Mi"}})), "-n", "small").exits(1)
    contains(outcome.err, 'pods "tiny" is forbidden: minimum memory usage per Container is 32Mi, but request is 1Mi')
    node.ready("web", "small")
    change = json.dumps({"spec": {"containers": [{"name": "c0", "resources": {"requests": {"memory": "16Mi"}}}]}})
    contains(node.kube("patch", "pod", "web", "-n", "small", "--subresource", "resize", "-p", change).exits(1).err,
             'pods "web" is forbidden: minimum memory usage per Container is 32Mi, but request is 16Mi')
    document["spec"]["limits"][0]["default"] = {"memory": "100Mi"}
    node.kube("apply", "-f", "-", stdin=json.dumps(document)).ok()
    outcome = node.apply(pod("more", shell(SLEEP, resources={"requests": {"memory": "128Mi"}})), "-n", "small").exits(1)
    contains(outcome.err, 'The Pod "more" is invalid: spec.containers[0].resources.requests: Invalid value: "128Mi": '
                          "must be less than or equal to memory limit of 100Mi")
    node.apply(pod("free", shell(SLEEP))).ok()
    equal(node.pod("free")["spec"]["containers"][0]["resources"], {})


@withstands("CVE-2020-8557")
@test("a container that writes more than its ephemeral-storage limit, be it to its /etc/hosts, has its pod evicted")
def storage():
    node = Node()
    limit = {"limits": {"ephemeral-storage": "1Mi"}}
    node.apply(pod("etc", shell("dd if=/dev/zero of=/etc/hosts bs=1M count=3; " + SLEEP, resources=limit))).ok()
    node.apply(pod("word", shell("dd if=/dev/zero of=/dev/termination-log bs=1M count=3; " + SLEEP, resources=limit),
                   shell(SLEEP, resources={"limits": {"ephemeral-storage": "50Mi"}}))).ok()
    node.apply(pod("one", shell("dd if=/dev/zero of=/data bs=1M count=3; " + SLEEP, resources=limit),
                   shell(SLEEP, resources={"limits": {"ephemeral-storage": "50Mi"}}))).ok()
    node.apply(pod("all", shell("dd if=/dev/zero of=/v/data bs=1M count=3; " + SLEEP, resources=limit,
                                volumeMounts=[{"name": "v", "mountPath": "/v"}]), volumes=[{"name": "v", "emptyDir": {}}])).ok()
    container = 'Container c0 exceeded its local ephemeral storage limit "1Mi". '
    whole = "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "
    for name, message in (("one", container), ("all", whole), ("etc", whole), ("word", container)):
        eventually(lambda: equal(node.pod(name)["status"].get("reason"), "Evicted"))
        equal(node.pod(name)["status"]["message"], message)
        eventually(lambda: equal(node.pod(name)["status"]["phase"], "Failed"))


@test("where a container's root is a copy, since no overlay can be there, what it writes counts and its image does not")
def copied():
    base = host_folder()
    for name in ("low", "high", "work", "on"):
        (base / name).mkdir()
    sh("mount", "-t", "overlay", "none", "-o", f"lowerdir={base}/low,upperdir={base}/high,workdir={base}/work", base / "on").ok()
    defer(sh, "umount", base / "on")
    node = Node()
    node.words += ["--data-root", base / "on"]
    limit = {"limits": {"ephemeral-storage": "1Mi"}}
    node.apply(pod("idle", shell(SLEEP, resources=limit))).ok()
    node.apply(pod("busy", shell("dd if=/dev/zero of=/data bs=1M count=3; " + SLEEP, resources=limit))).ok()
    eventually(lambda: equal(node.pod("busy")["status"].get("reason"), "Evicted"))
    contains(node.pod("busy")["status"]["message"], "exceed")
    equal(node.pod("idle")["status"]["phase"], "Running")


run()
