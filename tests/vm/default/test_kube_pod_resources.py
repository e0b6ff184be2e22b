"""Resources of a pod as a whole (KEP-2837), as a kernel with the controllers has them."""

import json

from harness import contains, equal, eventually, matches, run, test
from harness.pods import SLEEP, Node, pod, shell, value


@test("the pod's cgroup has the pod's limits, and a container without limits has them, too")
def limits():
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell(SLEEP, resources={"limits": {"cpu": "250m", "memory": "100Mi"}}),
                   resources={"limits": {"cpu": "1", "memory": "200Mi"}, "requests": {"cpu": "512m", "memory": "150Mi"}})).ok()
    node.ready("web")
    first, second = node.cgroup("web"), node.cgroup("web", 1)
    equal(first.parent, second.parent)
    equal([value(cgroup, "cpu.max") for cgroup in (first.parent, first, second)],
          ["100000 100000", "100000 100000", "25000 100000"])
    equal([value(cgroup, "memory.max") for cgroup in (first.parent, first, second)],
          [str(200 << 20), str(200 << 20), str(100 << 20)])
    equal(value(first.parent, "cpu.weight"), "20")
    equal(node.pod("web")["status"]["qosClass"], "Burstable")
    contains(str(first), "/kubepods/burstable/")
    described = node.kube("describe", "pod", "web").ok().out
    contains(described, "Resources:\n  Limits:\n    cpu:     1\n    memory:  200Mi\n  Requests:\n    cpu:     512m\n    memory:  150Mi\n")
    matches(node.kube("describe", "node").ok().out, r"default +web +512m \(\d+%\) +1 \(\d+%\) +150Mi \(\d+%\) +200Mi \(\d+%\)")
    # 100Mi are the second's own, and of the 50Mi that are left over each has a half.
    memory = int(next(line for line in open("/proc/meminfo")).split()[1]) << 10
    for name, own in (("c0", 0), ("c1", 100 << 20)):
        equal(int(node.kube("exec", "web", "-c", name, "--", "cat", "/proc/1/oom_score_adj").ok().out),
              1000 - 1000 * (own + (25 << 20)) // memory)


@test("limits alone are the requests, too: such a pod is Guaranteed, and its containers share what it has")
def guaranteed():
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell("head -c 80m /dev/zero | tail | sleep 1000"), restartPolicy="Never",
                   resources={"limits": {"cpu": "500m", "memory": "64Mi"}})).ok()
    equal(node.pod("web")["spec"]["resources"]["requests"], {"cpu": "500m", "memory": "64Mi"})
    equal(node.pod("web")["status"]["qosClass"], "Guaranteed")
    eventually(lambda: equal(node.status("web", 1)["state"].get("terminated", {}).get("reason"), "OOMKilled"), timeout=60)
    equal(node.kube("exec", "web", "-c", "c0", "--", "cat", "/proc/1/oom_score_adj").ok().out, "-997\n")


@test("a pod that asks for more as a whole than the node has waits, whatever its containers ask for")
def no_room():
    node = Node()
    node.apply(pod("web", shell(SLEEP, resources={"requests": {"cpu": "1m"}}),
                   resources={"requests": {"cpu": "1000", "memory": "1Mi"}})).ok()
    eventually(lambda: contains(node.kube("describe", "pod", "web").ok().out, "FailedScheduling"), timeout=30)
    contains(node.kube("describe", "pod", "web").ok().out, "Insufficient cpu")


@test("they cannot be changed while the pod runs, and a container cannot be resized beyond them")
def resize():
    node = Node()
    node.apply(pod("web", shell(SLEEP, resources={"limits": {"cpu": "250m", "memory": "50Mi"}}),
                   resources={"limits": {"cpu": "500m", "memory": "64Mi"}})).ok()
    node.ready("web")

    def patch(change):
        return node.kube("patch", "pod", "web", "--subresource", "resize", "--patch", json.dumps({"spec": change}))

    contains(patch({"resources": {"limits": {"cpu": "400m"}}}).exits(1).err, "only cpu and memory resources are mutable")
    grown = {"limits": {"cpu": "600m"}, "requests": {"cpu": "250m"}}
    contains(patch({"containers": [{"name": "c0", "resources": grown}]}).exits(1).err,
             "must be less than or equal to pod limits of 500m")
    grown["limits"]["cpu"] = "400m"
    patch({"containers": [{"name": "c0", "resources": grown}]}).ok()
    eventually(lambda: equal(value(node.cgroup("web"), "cpu.max"), "40000 100000"))
    equal(value(node.cgroup("web").parent, "cpu.max"), "50000 100000")


run()
