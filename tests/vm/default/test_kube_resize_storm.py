"""A storm of resizes, valid and not, on busy pods: after each the kernel has what the status says, nobody is killed, and at every
write of a limit a pod has at least as much as its containers together, as strace sees the writes."""

import dataclasses
import json
import os
import random
import re

from harness import equal, eventually, matches, run, start, temp_dir, test, that
from harness.pods import Node, pod, shell

ROUNDS = int(os.environ.get("NACELLE_RESIZES", "8"))  # 1000 for the real storm
SEED = int(os.environ.get("NACELLE_SEED", "7"))
BUSY = "while true; do dd if=/dev/zero of=/tmp/x bs=1M count=4 2>/dev/null; sleep 1; done"
WRITE = re.compile(r'write\(\d+<([^>]*)/(memory\.max|cpu\.max)>, "([^"\\]*)(?:\\n)?", \d+\) += (\d+|-1)')


class Trace:
    """The writes of a supervisor to the limits of a pod's cgroup and of its containers'."""

    def __init__(self, supervisor, top, containers):
        self.file = temp_dir() / "trace"
        self.top = str(top)
        self.limits = {(str(cgroup), name): value(cgroup, name) for cgroup in (top, *containers)
                       for name in ("memory.max", "cpu.max")}
        self.place = self.writes = 0
        start("strace", "-qq", "-y", "-e", "trace=write", "-e", "signal=none", "-o", self.file, "-p", supervisor)
        eventually(lambda: that("TracerPid:\t0" not in open(f"/proc/{supervisor}/status").read(), "nobody traces it"))

    def check(self, holds):
        """Goes through the writes since the last time; after each `holds` gets the pod's limit and those of the containers."""
        with open(self.file, encoding="utf-8") as trace:
            trace.seek(self.place)
            text = trace.read()
        end = text.rfind("\n") + 1
        self.place += end
        for cgroup, name, text, result in WRITE.findall(text[:end]):
            if (cgroup, name) not in self.limits or result == "-1":
                continue
            self.limits[cgroup, name] = text
            self.writes += 1
            holds(f"{name} of {cgroup} set to {text}", amount(self.limits[self.top, name]),
                  [amount(limit) for (place, of), limit in self.limits.items() if of == name and place != self.top])

    def matches_kernel(self):
        """Fails if a limit is another one than the last that was seen to be written: then not all was seen."""
        for (cgroup, name), limit in self.limits.items():
            with open(f"{cgroup}/{name}", encoding="utf-8") as file:
                equal(amount(file.read().strip()), amount(limit), f"{name} of {cgroup}")


def value(cgroup, file):
    return (cgroup / file).read_text().strip()


def amount(limit):
    """The first word of a limit's file, or of what is written there, as a number."""
    first = limit.split()[0]
    return float("inf") if first in ("max", "-1") else int(first)


def amounts(cpu, memory):
    given = {"cpu": f"{cpu}m", "memory": f"{memory}Mi"}
    return {"limits": given, "requests": given}


def expected(resources):
    """What the kernel has for such limits."""
    milli, size = (int(resources["limits"][name][:-len(unit)]) for name, unit in (("cpu", "m"), ("memory", "Mi")))
    return f"{milli * 100} 100000", str(size << 20)


class Storm:
    """A busy pod of two containers, and what they are to have."""

    def __init__(self, present, **spec):
        self.chance, self.node, self.present = random.Random(SEED), Node(), present
        self.node.apply(pod("busy", *(shell(BUSY, resources=one) for one in present), **spec)).ok()
        self.node.ready("busy")
        self.cgroups = [self.node.cgroup("busy", number) for number in range(2)]
        self.top = self.cgroups[0].parent
        self.trace = Trace(self.node.supervisor("busy"), self.top, self.cgroups)

    def patch(self, number, resources):
        change = json.dumps({"spec": {"containers": [{"name": f"c{number}", "resources": resources}]}})
        return self.node.kube("patch", "pod", "busy", "--subresource", "resize", "--patch", change)

    def status(self):
        """The pod's status as it is on disk, where `get` finds it: asking for it takes longer than the resize."""
        return json.loads((self.node.folder / "pods/default_busy/pod.json").read_text())["status"]

    def conditions(self):
        """Of the pod, those that speak of resizes."""
        return [(one["type"], one.get("reason")) for one in self.status()["conditions"] if one["type"].startswith("PodResize")]

    def resize(self, choices):
        """One resize of any kind."""
        number, kind = self.chance.randrange(2), self.chance.randrange(5)
        if kind == 0:
            # Not valid: another class (which limits of the pod decide alone), a limit taken away, a request above the limit.
            other_class = [] if choices.is_class_the_pods else [{"requests": {"cpu": "1m"}}]
            bad = self.chance.choice([*other_class, {"limits": {"memory": None}}, {"requests": {"memory": "9Gi"}}])
            self.patch(number, bad).exits(1)
        elif kind == 1 and choices.infeasible:
            self.patch(number, choices.infeasible).ok()
            equal(self.conditions(), [("PodResizePending", "Infeasible")])
            self.patch(number, self.present[number]).ok()
        else:
            wanted = amounts(self.chance.randrange(*choices.cpu) * 10, self.chance.randrange(*choices.memory))
            self.patch(number, wanted).ok()
            self.present[number] = wanted

    def check(self, holds):
        """The kernel has what was asked for last, and the status says so."""
        def is_done():
            equal(self.conditions(), [])
            containers = self.status()["containerStatuses"]
            equal([(one["resources"], one["restartCount"]) for one in containers], [(present, 0) for present in self.present])

        eventually(is_done)
        for cgroup, present in zip(self.cgroups, self.present):
            equal((value(cgroup, "cpu.max"), value(cgroup, "memory.max")), expected(present))
        self.trace.check(holds)

    def end(self, rounds):
        equal(self.node.pod("busy")["status"], self.status())
        self.trace.matches_kernel()
        that(self.trace.writes > rounds / 3, f"only {self.trace.writes} writes were seen")
        for cgroup in (self.top, *self.cgroups):
            matches(value(cgroup, "memory.events"), r"^oom_kill 0$")


@dataclasses.dataclass
class Choices:
    """From what a resize chooses: ranges of tens of milli-CPUs and of MiB, and what the node has not got."""

    cpu: tuple
    memory: tuple
    infeasible: dict
    is_class_the_pods: bool = False


def holds_together(what, whole, parts):
    that(whole >= sum(parts), f"{what}: the pod has {whole}, its containers {parts}")


@test("a storm of resizes: after each the kernel has what the status says, at each write the pod has what its containers have together, "
      "and nobody is killed", timeout=180 + 30 * ROUNDS)
def storm():
    one = Storm([amounts(200, 64), amounts(100, 32)])
    choices = Choices(cpu=(5, 45), memory=(24, 128), infeasible=amounts(300000, 64))  # of a machine of one processor
    for _ in range(ROUNDS):
        one.resize(choices)
        one.check(holds_together)
        equal(value(one.top, "memory.max"), str(sum(int(value(cgroup, "memory.max")) for cgroup in one.cgroups)))
    one.end(ROUNDS)


@test("a storm on a pod that has limits as a whole: they stay as they are, and no container is ever given more",
      timeout=180 + 30 * (ROUNDS // 4))
def storm_below_limits():
    whole = amounts(500, 160)
    one = Storm([amounts(200, 64), amounts(100, 32)], resources=whole)
    choices = Choices(cpu=(5, 25), memory=(24, 80), infeasible={}, is_class_the_pods=True)

    def holds(what, limit, parts):
        that(limit in (50000, 160 << 20) and max(parts) <= limit, f"{what}: the pod has {limit}, its containers {parts}")

    for _ in range(ROUNDS // 4):
        one.resize(choices)
        one.check(holds)
        equal((value(one.top, "cpu.max"), value(one.top, "memory.max")), expected(whole))
    one.end(ROUNDS // 4)


run()
