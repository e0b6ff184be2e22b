"""Supervisor and sandbox of a pod killed at random moments of its life, again and again: the pod ends up as its manifest says,
with nothing doubled and nothing lost.

NACELLE_KILLS rounds (200 for the real thing), from the random numbers that NACELLE_SEED begins; a failure says which.
"""

import collections
import os
import pathlib
import random
import time

from harness import contains, equal, eventually, excludes, run, test, that
from harness.pods import cgroups_of, pod, row, shell, volume
from harness.struck_pod import EMPTY, MOUNTS, NOTE, PROC, StruckPod, firsts_of, names_of

ROUNDS = int(os.environ.get("NACELLE_KILLS", "12"))
SEED = int(os.environ.get("NACELLE_SEED", time.time_ns() // 1000 % 1000000))


# ---- what a round begins with: gives for how long after it something may happen ----

def creating(web):
    web.node.kube("delete", "pod", "web", "--ignore-not-found", "--force").ok()
    web.node.nothing_left()
    (web.folder / "starts").write_text("")
    web.uid = ""
    web.begin("apply", "-f", "-", stdin=web.manifest())
    eventually(lambda: that(web.begun[0].poll() is not None or web.supervisors(), "nobody looks after it"), interval=0.001)
    return 0.5


def running(_):
    return 0.05


def losing_pause(web):
    web.kill("pause")
    return 0.5


def resuming(web):
    web.kill("supervisor")
    web.begin("apply", "-f", "-", stdin=EMPTY)
    return 0.5


def changing(web):
    """A container gets another image, for which it is restarted."""
    web.image = "busybox" if web.image != "busybox" else "busybox:1.28"
    web.begin("apply", "-f", "-", stdin=web.manifest())
    return 0.5


def resizing(web):
    """One container is resized in place, the other one is restarted for it."""
    web.memory = "48Mi" if web.memory == "32Mi" else "32Mi"
    web.begin("apply", "-f", "-", stdin=web.manifest())
    return 0.5


def losing_container(web):
    """A container is killed, and starts again."""
    web.kill_all(pid for pid, _ in names_of(web.node.cgroup("web", 0)))
    return 0.3


def deleting(web):
    web.begin("delete", "pod", "web", "--wait=false")
    return 0.2


PHASES = (creating, running, losing_pause, resuming, changing, resizing, losing_container, deleting)
VICTIMS = (("supervisor",), ("pause",), ("pause", "supervisor"), ("supervisor", "pause"), ("supervisor", "supervisor"))


def strike(web, window):
    """Kills within so many seconds. A second victim may be whoever just takes over from the first."""
    time.sleep(web.chance.random() * window)
    for number, victim in enumerate(web.chance.choice(VICTIMS)):
        if number:
            if web.chance.random() < 0.5:
                web.begin("apply", "-f", "-", stdin=EMPTY)
            time.sleep(web.chance.random() * 0.15)
        web.find_uid()
        web.kill(victim)


# ---- what each round ends with ----

def settle(web, is_deleted):
    """Somebody applies something: the pod that is to go goes, and the other gets well again."""
    web.wait()
    eventually(web.buried)
    web.node.kube("apply", "-f", "-", stdin=EMPTY).ok()
    if is_deleted and all("deletionTimestamp" in one["metadata"] for one in web.node.pods()):
        eventually(lambda: equal(web.node.pods(), []))
        eventually(lambda: equal([one for one in web.node.leftovers() if not is_shell(one)], []))
        (web.folder / "starts").write_text("")
    eventually(lambda: equal(web.node.apply(web.manifest()).ok().out, "pod/web unchanged\n"))
    web.find_uid()
    # Its supervisor answers between two turns of its loop: in the first it hears that pause has died, in the next one how the
    # containers end for that, and it is not written down before a turn is over.
    for _ in range(3):
        time.sleep(0.05)
        web.node.kube("label", "pod", "web", "asked=yes", "--overwrite").ok()
    eventually(lambda: check_rest(web), timeout=120)


def is_shell(leftover):
    """A folder that has lost its record, and only then whoever was removing it: the next pod of that name takes it."""
    return os.path.isdir(leftover) and os.listdir(leftover) == ["lock"]


def check_rest(web):
    """It is well, and its record has not changed for a while."""
    written = (web.node.folder / "pods/default_web/pod.json").stat().st_mtime
    equal(len(web.pauses()), 1)
    equal(row(web.node, "web")[:2], ["3/3", "Running"])
    that(time.time() - written > 0.2, "something has just happened to the pod")


def check(web, kept):
    """Nothing is there twice, and nothing is missing."""
    node = web.node
    equal(web.supervisors(), [node.supervisor("web")], "supervisors")
    one = node.pod("web")
    equal(one["status"]["phase"], "Running")
    excludes([condition["type"] for condition in one["status"]["conditions"]], "PodResizeInProgress")
    statuses = {status["name"]: status for part in ("initContainerStatuses", "containerStatuses") for status in one["status"][part]}
    equal([statuses[name]["allocatedResources"] for name in "ab"], 2 * [{"memory": web.memory}])
    equal(statuses["a"]["image"], web.image)
    ids = {name: statuses[name]["containerID"].removeprefix("nacelle://") for name in ("log", "a", "b")}
    (top,) = cgroups_of(f"pod{web.uid}")
    cgroups = {path.name: firsts_of(path) for path in pathlib.Path(top).iterdir() if path.is_dir()}
    for name, identity in ids.items():
        equal(cgroups.pop(identity), ["sh"], f"processes of {name}")
    equal(list(cgroups.values()), [["pause"]], "what else has a cgroup")
    equal({path.name for path in (node.folder / "pods/default_web/oci").glob("[0-9a-f]*")}, {*ids.values(), *cgroups}, "states")
    equal(len(list((node.folder / "data").iterdir())), 1, "data folders")
    equal(len(list((node.folder / "logs").iterdir())), 1, "log folders")
    check_mounts(web)
    check_starts(web, statuses)
    if kept == web.uid:
        that((node.folder / f"data/default_web_{kept}/volumes/own/token").exists(), "the volume has lost a file")
    elif kept:
        equal([path for path in (node.folder / "data").iterdir() if kept in path.name], [], "what is left of the pod before")
    eventually(lambda: equal(node.kube("exec", "web", "-c", "a", "--", "ls", "/own/kept").code, 0))


def check_mounts(web):
    """Who sees mounts of the node's: its supervisor, each of them once, and what is in the pod's cgroup."""
    known = {web.node.supervisor("web"), *(pid for pid, _ in web.processes())}
    for process in PROC.glob("[0-9]*"):
        try:
            lines = [line for line in (process / "mountinfo").read_text().splitlines() if str(web.node.folder) in line.split()[4]]
        except OSError:
            continue
        pid = int(process.name)
        that(not lines or pid in known or pid in {one for one, _ in web.processes()}, f"process {pid} holds {lines}")
        if pid == web.node.supervisor("web"):
            doubled = [target for target, count in collections.Counter(line.split()[4] for line in lines).items() if count > 1]
            equal(doubled, [], "mounted twice")


def check_starts(web, statuses):
    """Who has started is counted as started: a start that the record does not know of has been doubled."""
    eventually(lambda: contains((web.folder / "starts").read_text().split(), "a"))
    starts = collections.Counter((web.folder / "starts").read_text().split())
    for name in ("step", "log", "a"):
        counted = statuses[name]["restartCount"] + 1
        that(1 <= starts[name] <= counted, f"{name} has started {starts[name]} times, and is counted {counted} times")


@test(f"supervisor and pause killed at random moments, the pod is as its manifest says in the end: {ROUNDS} times", timeout=120 + 10 * ROUNDS)
def random_moments():
    web = StruckPod(random.Random(SEED))
    web.node.apply(web.manifest()).ok()
    web.node.ready("web")
    for number in range(ROUNDS):
        web.find_uid()
        kept = web.uid
        (web.node.folder / f"data/default_web_{kept}/volumes/own/token").touch()
        phase = PHASES[number % len(PHASES)]
        try:
            strike(web, phase(web))
            settle(web, phase is deleting)
            check(web, kept if phase is not creating else "")
        except AssertionError as error:
            raise AssertionError(f"seed {SEED}, round {number}, {phase.__name__}: {error}") from error
    web.node.kube("delete", "pod", "web").ok()
    web.node.nothing_left()


def wait_for_end(web):
    """Until the pod has run to its end, whoever has to look after it once more."""
    def ended():
        web.node.kube("apply", "-f", "-", stdin=EMPTY).ok()
        phase = web.node.pod("web")["status"]["phase"]
        return phase if phase in ("Succeeded", "Failed") else ""

    return eventually(ended)


@test(f"with restartPolicy Never no container is started twice, at whichever moment the supervisor is killed: {ROUNDS} times",
      timeout=120 + 10 * ROUNDS)
def never():
    web = StruckPod(random.Random(SEED))
    step = shell(NOTE.format("step"), name="step", image="busybox:1.28", volumeMounts=MOUNTS[:1])
    for number in range(ROUNDS):
        has_step = number % 2 == 0
        once = pod("web", *(shell(NOTE.format(name), name=name, volumeMounts=MOUNTS[:1]) for name in "ab"), restartPolicy="Never",
                   initContainers=[step] if has_step else [], volumes=[volume("host", hostPath={"path": str(web.folder)})])
        web.begin("apply", "-f", "-", stdin=once)
        eventually(lambda: that(web.begun[0].poll() is not None or web.supervisors(), "nobody looks after it"), interval=0.001)
        time.sleep(web.chance.random() * 0.25)
        web.kill("supervisor")
        web.wait()
        eventually(web.buried)
        web.node.apply(once).ok()
        phase = wait_for_end(web)
        starts = collections.Counter((web.folder / "starts").read_text().split())
        # Steps of the initialization are for a sandbox, and run again in a new one.
        steps = starts.pop("step", 0)
        that(max(starts.values(), default=0) <= 1, f"seed {SEED}, round {number}: started {starts}")
        if phase == "Succeeded":
            equal((starts, steps > 0), ({"a": 1, "b": 1}, has_step), f"seed {SEED}, round {number}")
        web.node.kube("delete", "pod", "web").ok()
        web.node.nothing_left()
        (web.folder / "starts").write_text("")


run()
