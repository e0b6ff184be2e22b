"""Resizing pods in place, with a kernel that has the controllers: the page of the Kubernetes documentation, what is in use, what is
killed. A storm of them is in test_kube_resize_storm.py."""

import json
import os
import signal

from harness import contains, equal, eventually, excludes, matches, run, test, that
from harness.pods import SLEEP, Node, condition, pod, shell, value


def amounts(cpu=None, memory=None, request=None):
    given = {name: text for name, text in (("cpu", cpu), ("memory", memory)) if text}
    return {"limits": given, "requests": {**given, **(request or {})}}


def patch(node, name, resources, namespace="default", container="c0"):
    change = json.dumps({"spec": {"containers": [{"name": container, "resources": resources}]}})
    return node.kube("patch", "pod", name, "-n", namespace, "--subresource", "resize", "--patch", change)


@test("page 3: cpu from 700m to 800m, and the container is the same one")
def page_3():
    node = Node()
    equal(node.kube("create", "namespace", "qos-example").ok().out, "namespace/qos-example created\n")
    manifest = pod("qos-demo-5", shell(SLEEP, name="qos-demo-ctr-5", resources={
        "limits": {"memory": "200Mi", "cpu": "700m"}, "requests": {"memory": "200Mi", "cpu": "700m"}}))
    node.kube("create", "-f", "-", "--namespace=qos-example", stdin=manifest).ok()
    node.uids |= {one["metadata"]["uid"] for one in node.pods()}
    node.ready("qos-demo-5", "qos-example")
    text = node.kube("get", "pod", "qos-demo-5", "--output=yaml", "--namespace=qos-example").ok().out
    matches(text, r"resizePolicy:\n +- resourceName: cpu\n +restartPolicy: NotRequired\n"
                  r" +- resourceName: memory\n +restartPolicy: NotRequired\n")
    matches(text, r" +- allocatedResources:\n +cpu: 700m\n +memory: 200Mi\n")
    contains(text, "qosClass: Guaranteed")
    cgroup = node.cgroup("qos-demo-5", namespace="qos-example")
    equal(value(cgroup, "cpu.max"), "70000 100000")
    equal(node.kube("-n", "qos-example", "patch", "pod", "qos-demo-5", "--patch",
                    '{"spec":{"containers":[{"name":"qos-demo-ctr-5", "resources":{"requests":{"cpu":"800m"}, '
                    '"limits":{"cpu":"800m"}}}]}}').ok().out, "pod/qos-demo-5 patched\n")
    wanted = {"cpu": "800m", "memory": "200Mi"}
    eventually(lambda: equal(node.status("qos-demo-5", namespace="qos-example")["resources"]["limits"], wanted))
    status = node.status("qos-demo-5", namespace="qos-example")
    equal(status["allocatedResources"], wanted)
    equal(status["resources"], {"limits": wanted, "requests": wanted})
    equal((status["restartCount"], status["started"]), (0, True))
    equal(node.cgroup("qos-demo-5", namespace="qos-example"), cgroup)
    equal(value(cgroup, "cpu.max"), "80000 100000")
    equal(value(cgroup.parent, "cpu.max"), "80000 100000")
    equal(value(cgroup, "memory.max"), str(200 << 20))
    equal(value(cgroup.parent, "cpu.weight"), str(1 + (819 - 2) * 9999 // 262142))
    equal(node.kube("delete", "namespace", "qos-example").ok().lines()[-1], 'namespace "qos-example" deleted')
    node.nothing_left()


@test("memory with RestartContainer: that container is restarted once, with its new limit; cpu is changed in place")
def restart_container():
    node = Node()
    policy = [{"resourceName": "cpu", "restartPolicy": "NotRequired"},
              {"resourceName": "memory", "restartPolicy": "RestartContainer"}]
    node.apply(pod("web", shell(SLEEP, resizePolicy=policy, resources=amounts("500m", "64Mi")),
                   shell(SLEEP, resources=amounts("100m", "32Mi")))).ok()
    node.ready("web")
    patch(node, "web", amounts("600m")).ok()
    equal((node.status("web")["restartCount"], value(node.cgroup("web"), "cpu.max")), (0, "60000 100000"))
    patch(node, "web", amounts(memory="48Mi")).ok()

    def restarted():
        status = node.status("web")
        equal((status["restartCount"], "running" in status["state"]), (1, True))
        equal(status["resources"]["limits"], {"cpu": "600m", "memory": "48Mi"})

    eventually(restarted)
    equal(value(node.cgroup("web"), "memory.max"), str(48 << 20))
    eventually(lambda: equal(value(node.cgroup("web").parent, "memory.max"), str(80 << 20)))
    equal(node.status("web", 1)["restartCount"], 0)
    eventually(lambda: equal(condition(node, "web", "PodResizeInProgress"), None))
    described = node.kube("describe", "pod", "web").ok().out
    contains(described, "Container c0 resize requires restart")
    matches(described, r"ResizeCompleted .*\"memory\":\"48Mi\"")


@test("a memory limit below what is in use is an error that goes on until the memory is free, and kills nobody")
def shrink_below_usage():
    node = Node()
    # 40 MiB in a volume in memory cannot be reclaimed without swap.
    node.apply(pod("full", shell("dd if=/dev/zero of=/fill/data bs=1M count=40; " + SLEEP,
                                 volumeMounts=[{"name": "fill", "mountPath": "/fill"}], resources=amounts("500m", "96Mi")),
                   volumes=[{"name": "fill", "emptyDir": {"medium": "Memory"}}])).ok()
    node.ready("full")
    eventually(lambda: equal(node.kube("exec", "full", "--", "stat", "-c", "%s", "/fill/data").ok().out, f"{40 << 20}\n"))
    patch(node, "full", amounts(memory="20Mi")).ok()
    failing = eventually(lambda: condition(node, "full", "PodResizeInProgress") or False)
    equal((failing["status"], failing["reason"]), ("True", "Error"))
    matches(failing["message"], r"^cannot decrease memory limits: \[attempting to set pod memory limit \(20971520\) below "
                                r"current usage \(\d+\), attempting to set container \"c0\" memory limit \(20971520\) below "
                                r"current usage \(\d+\)\]$")
    equal(node.pod("full")["status"]["resize"], "InProgress")
    cgroup = node.cgroup("full")
    equal(value(cgroup, "memory.max"), str(96 << 20))
    equal(value(cgroup, "memory.high"), "max")
    status = node.status("full")
    equal((status["allocatedResources"]["memory"], status["resources"]["limits"]["memory"]), ("20Mi", "96Mi"))
    node.kube("exec", "full", "--", "rm", "/fill/data").ok()
    # It is tried again after 1, 2, 4 … seconds, 30 at most.
    eventually(lambda: equal(value(cgroup, "memory.max"), str(20 << 20)))
    eventually(lambda: equal(condition(node, "full", "PodResizeInProgress"), None))
    equal(node.status("full")["restartCount"], 0)
    matches(value(cgroup, "memory.events"), r"^oom_kill 0$")


@test("what does not run when it is resized: the pod's own cgroup has the new limits at once, the container from its next start", timeout=180)
def not_running():
    node = Node()
    node.apply(pod("web", shell(SLEEP, resources=amounts("100m", "32Mi")),
                   shell("exit 1", resources=amounts("100m", "64Mi")))).ok()

    def waits_long():
        status = node.status("web", 1)
        equal(status["state"]["waiting"]["reason"], "CrashLoopBackOff")
        that(status["restartCount"] >= 2, "it starts again too soon")

    eventually(waits_long)
    cgroup = node.cgroup("web").parent
    equal(value(cgroup, "memory.max"), str(96 << 20))
    patch(node, "web", amounts("200m", "128Mi"), container="c1").ok()
    eventually(lambda: equal((value(cgroup, "memory.max"), value(cgroup, "cpu.max")), (str(160 << 20), "30000 100000")), timeout=2)
    waits_long()
    status = node.status("web", 1)
    equal(status["resources"]["limits"], {"cpu": "200m", "memory": "128Mi"})
    contains(node.kube("describe", "pod", "web").ok().out, "ResizeCompleted")
    patch(node, "web", amounts("50m", "16Mi"), container="c1").ok()
    eventually(lambda: equal((value(cgroup, "memory.max"), value(cgroup, "cpu.max")), (str(48 << 20), "15000 100000")), timeout=2)


@test("a supervisor that is killed in the middle of a resize: the next one starts the containers with it, and nothing is in progress")
def resumed():
    node = Node()
    manifest = pod("web", shell("trap '' TERM; while true; do sleep 1; done", resources=amounts("200m", "64Mi"),
                                resizePolicy=[{"resourceName": "memory", "restartPolicy": "RestartContainer"}]),
                   terminationGracePeriodSeconds=600)
    node.apply(manifest).ok()
    node.ready("web")
    patch(node, "web", amounts(memory="80Mi")).ok()
    equal(condition(node, "web", "PodResizeInProgress")["status"], "True")
    equal(node.pod("web")["status"]["resize"], "InProgress")
    os.kill(node.supervisor("web"), signal.SIGKILL)
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Unknown"))
    node.apply(pod("other", shell(SLEEP))).ok()
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")
    equal(value(node.cgroup("web"), "memory.max"), str(80 << 20))
    equal(condition(node, "web", "PodResizeInProgress"), None)
    excludes(node.pod("web")["status"], "resize")


@test("a supervisor that is killed: what it had promised is on disk, and the next one keeps it")
def checkpoint():
    node = Node()
    node.apply(pod("web", shell(SLEEP, resources=amounts("200m", "64Mi")))).ok()
    node.ready("web")
    patch(node, "web", amounts("300m", "80Mi")).ok()
    os.kill(node.supervisor("web"), signal.SIGKILL)
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Unknown"))
    kept = json.loads((node.folder / "pods/default_web/allocation").read_text())["containers"]
    equal(kept, [{"name": "c0", "allocated": amounts("300m", "80Mi"), "actuated": amounts("300m", "80Mi")}])
    # Whoever applies something has another supervisor look after the pod.
    node.apply(pod("other", shell("true"), restartPolicy="Never")).ok()
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")
    equal(node.status("web")["allocatedResources"], {"cpu": "300m", "memory": "80Mi"})
    equal((value(node.cgroup("web"), "cpu.max"), value(node.cgroup("web"), "memory.max")), ("30000 100000", str(80 << 20)))


run()
