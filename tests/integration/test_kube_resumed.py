"""A pod whose supervisor was killed is taken over by another one: it ends up as its manifest says, with nothing doubled."""

import fcntl
import os
import pathlib
import signal
import time

from harness import contains, equal, eventually, run, start, temp_dir, test, that
from harness.pods import SLEEP, Node, cgroups_of, lose, mounted, pod, shell, volume

WORK = [mounted("work", "/work")]


def kill_supervisor(node, name):
    """Kills it, unless it has ended."""
    try:
        os.kill(node.supervisor(name), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def workload(name="web", **spec):
    """A pod with a step, a sidecar and two containers that write down their starts."""
    note = "echo {} >>/work/starts; "
    step = shell(note.format("step"), name="step", image="busybox:1.28", volumeMounts=WORK)
    sidecar = shell(note.format("log") + SLEEP, name="log", image="busybox:1.28", volumeMounts=WORK, restartPolicy="Always")
    return pod(name, shell(note.format("a") + "echo said; " + SLEEP, volumeMounts=WORK), shell(SLEEP),
               initContainers=[step, sidecar], volumes=[volume("work", emptyDir={})], **spec)


def containers(node, name):
    """The cgroups of the pod's containers that have a process, and pause's."""
    uid = node.pod(name)["metadata"]["uid"]
    return [path.name for folder in cgroups_of(f"pod{uid}") for path in pathlib.Path(folder).iterdir()
            if path.is_dir() and (path / "cgroup.procs").read_text()]


@test("apply of a manifest that is there takes a lost pod over: the same pod, its past and its volumes stay")
def applied_again():
    node = Node()
    node.apply(workload()).ok()
    node.ready("web")
    before = node.pod("web")
    eventually(lambda: equal(node.kube("logs", "web", "-c", "c0").ok().out, "said\n"))
    lose(node, "web")
    contains(node.pod("web")["status"]["message"], "apply and watch start another one")
    equal(node.apply(workload()).ok().out, "pod/web unchanged\n")
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")
    after = node.pod("web")
    equal(after["metadata"]["uid"], before["metadata"]["uid"])
    equal(after["status"]["startTime"], before["status"]["startTime"])
    last = node.status("web")["lastState"]["terminated"]
    equal((last["exitCode"], last["reason"]), (137, "ContainerStatusUnknown"))
    equal(len(containers(node, "web")), 4)  # two containers, the sidecar, pause
    eventually(lambda: equal(sorted(node.kube("exec", "web", "--", "cat", "/work/starts").ok().out.split()),
                             ["a", "a", "log", "log", "step", "step"]))
    equal(node.kube("logs", "web", "-c", "c0", "-p").ok().out, "said\n")
    described = node.kube("describe", "pod", "web").ok().out
    contains(described, "Successfully assigned default/web")
    contains(described, "Pod sandbox changed, it will be killed and re-created.")


@test("who takes a lost pod over waits for somebody who is just changing it, but not for ever")
def changed_meanwhile():
    node, manifest = Node(), temp_dir() / "web.json"
    manifest.write_text(workload())
    node.apply(manifest).ok()
    node.ready("web")
    lose(node, "web")
    with open(node.folder / "pods/default_web/lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as `patch` does (reach.h)
        contains(node.apply(manifest).ok().err, "is made, taken over or removed by somebody who does not come to an end")
        apply = start(*node.words, "apply", "-f", manifest)
        time.sleep(1)
        equal(apply.poll(), None)
    equal(apply.wait(60), 0)
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")


@test("with restartPolicy Never a container whose end nobody saw has failed; one that has run to its end is not run again")
def never():
    node = Node()
    node.apply(pod("web", shell("exit 0"), shell(SLEEP), restartPolicy="Never")).ok()
    eventually(lambda: that("terminated" in node.status("web")["state"] and "running" in node.status("web", 1)["state"], "not yet"))
    lose(node, "web")
    node.apply(pod("web", shell("exit 0"), shell(SLEEP), restartPolicy="Never")).ok()
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Failed"))
    equal(node.status("web")["state"]["terminated"]["exitCode"], 0)
    equal(node.status("web", 1)["state"]["terminated"]["reason"], "ContainerStatusUnknown")
    equal(node.status("web")["restartCount"], 0)


@test("a pod whose supervisor was killed while it was being deleted goes")
def while_deleted():
    node = Node()
    node.apply(pod("web", shell("trap '' TERM; while true; do sleep 1; done"), terminationGracePeriodSeconds=100)).ok()
    node.ready("web")
    node.kube("delete", "pod", "web", "--wait=false").ok()
    eventually(lambda: that("deletionTimestamp" in node.pod("web")["metadata"], "not yet"))
    lose(node, "web")
    node.apply(pod("other", shell(SLEEP))).ok()
    eventually(lambda: equal(node.kube("get", "pods", "-o", "name").ok().out, "pod/other\n"))


@test("a watch takes over every pod as soon as its supervisor has died")
def watched():
    node = Node()
    node.apply(workload()).ok()
    node.ready("web")
    start(*node.words, "watch", temp_dir())
    for count in (1, 2):
        time.sleep(0.5)
        kill_supervisor(node, "web")
        eventually(lambda: equal(node.status("web")["restartCount"], count))
        node.ready("web")
    equal(len(containers(node, "web")), 4)


run()
