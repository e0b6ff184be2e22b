"""Pods that are disturbed: killed supervisors and sandboxes, boots, machines without room. Nothing is left of them."""

import os
import re
import signal
import time

from harness import contains, equal, eventually, matches, run, sh, test, that
from harness.pods import SLEEP, Node, hierarchy, pause_pid, pod, shell


@test("what a boot has left of pods is removed by the next apply, but not what belongs to another place")
def orphans():
    node = Node()
    for key, owner in (("default_old_1", node.folder), ("default_strange_2", "/elsewhere")):
        (node.folder / "data" / key / "volumes/v").mkdir(parents=True)
        (node.folder / "data" / key / "owner").write_text(str(owner))
        (node.folder / "logs" / key).mkdir(parents=True)
    node.apply(pod("web", shell("true"), restartPolicy="Never")).ok()
    names = [path.name for part in ("data", "logs") for path in (node.folder / part).iterdir() if "web" not in path.name]
    equal(names, ["default_strange_2", "default_strange_2"])
    sh("rm", "-r", node.folder / "data/default_strange_2", node.folder / "logs/default_strange_2").ok()


@test("a limit on a machine whose cgroup v2 lacks the controller is an error that names both, and nothing is made")
def missing_controller():
    node = Node()
    if "memory" in (hierarchy() / "cgroup.controllers").read_text().split():
        node.apply(pod("web", shell("true", resources={"limits": {"memory": "64Mi"}}))).ok()
        return
    refused = node.apply(pod("web", shell("true", resources={"limits": {"memory": "64Mi"}}))).exits(1)
    contains(refused.err, "spec.containers[0].resources.limits[memory]: the memory controller is not in the cgroup v2")
    equal(node.leftovers(), [])


@test("a request beyond the machine: Pending, FailedScheduling")
def scheduling():
    node = Node()
    node.apply(pod("big", shell("true", resources={"requests": {"memory": "1000Gi"}}))).ok()
    eventually(lambda: contains(node.kube("describe", "pod", "big").ok().out,
                                "0/1 nodes are available: 1 Insufficient memory."))
    matches(node.kube("get", "pods").ok().out, r"^big +0/1 +Pending +0 ")


@test("a pod whose supervisor was killed is shown as lost, and delete removes all of it")
def killed_supervisor():
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell(SLEEP))).ok()
    node.ready("web")
    os.kill(node.supervisor("web"), signal.SIGKILL)
    eventually(lambda: matches(node.kube("get", "pods").ok().out, r"^web +0/2 +SupervisorLost "))
    equal(node.pod("web")["status"]["phase"], "Unknown")
    node.kube("delete", "pod", "web").ok()
    node.nothing_left()


@test("killed at any moment of a start or of an end, a pod can be deleted and leaves nothing")
def killed_at_any_moment():
    node = Node()
    for number in range(12):
        node.apply(pod("web", shell(SLEEP), shell("exit 1"))).ok()
        time.sleep(number * 0.006)
        if number % 2:
            node.kube("delete", "pod", "web", "--wait=false")
            time.sleep(number * 0.002)
        try:
            os.kill(node.supervisor("web"), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it was faster
        node.kube("delete", "pod", "web", "--ignore-not-found", "--force").ok()
        node.nothing_left()


@test("a sandbox that dies is made anew: volumes stay, the containers start again")
def lost_sandbox():
    node = Node()
    mounts = [{"name": "disk", "mountPath": "/disk"}]
    node.apply(pod("web", shell("echo run >>/disk/runs; " + SLEEP, volumeMounts=mounts),
                   volumes=[{"name": "disk", "emptyDir": {}}])).ok()
    node.ready("web")
    os.kill(pause_pid(node, "web"), signal.SIGKILL)
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")
    eventually(lambda: equal(node.kube("exec", "web", "--", "cat", "/disk/runs").ok().lines(), ["run", "run"]))
    contains(node.kube("events").ok().out, "Pod sandbox changed, it will be killed and re-created.")


@test("an idle supervisor and its pause need less than a megabyte together, and again when the pod has been changed")
def memory():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")

    def proportional():
        pids = [node.supervisor("web"), *open(f"/proc/{node.supervisor('web')}/task/{node.supervisor('web')}/children").read().split()]
        used = {}
        for pid in pids:
            name = open(f"/proc/{pid}/comm").read().strip()
            if name in ("nacelle-kube", "pause"):
                used[name] = int(re.search(r"^Pss: +(\d+) kB", open(f"/proc/{pid}/smaps_rollup").read(), re.M).group(1))
        equal(sorted(used), ["nacelle-kube", "pause"])
        that(sum(used.values()) < 1000, f"kB: {used}")

    eventually(proportional)
    node.kube("label", "pod", "web", "tier=front").ok()
    time.sleep(0.1)
    eventually(proportional)


run()
