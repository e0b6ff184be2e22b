"""containerd's shim without containerd, where there are limits: what needs the memory controller."""

import json
import signal

from harness import contains, equal, run, test, that
from harness import ttrpc
from harness.processes import cgroup_of
from harness.shim import SPEC, Shim

LIMIT = 16 << 20
HOG = "tail /dev/zero"
OOM_KILLED = 1  # an ExitReason


def update(shim, task, **resources):
    """Update with linux.resources."""
    value = json.dumps(resources).encode()
    shim.call("Update", id=task.id, resources={"type_url": SPEC + "LinuxResources", "value": value})


@test("a kill for want of memory is told before the end it causes, and Stats counts it until Delete", timeout=120)
def oom():
    shim = Shim()
    task = shim.task(HOG, linux={"resources": {"memory": {"limit": LIMIT, "swap": LIMIT}}})
    task.up()
    equal(task.wait()["exit_status"], 128 + signal.SIGKILL)
    equal(task.stats()["memory_events"]["oom_kill"], 1)
    equal(task.stats()["memory"]["usage_limit"], LIMIT)
    task.delete()
    shim.events.wait_for("delete")
    equal(shim.events.topics(), ["create", "start", "oom", "exit", "delete"])
    equal(shim.events.wait_for("exit", id=task.id)["exit_reason"], OOM_KILLED)


@test("a kill for want of memory of an exec is told before its end, and the task runs on", timeout=120)
def exec_oom():
    shim = Shim()
    task = shim.task("while :; do sleep 0.1; done", linux={"resources": {"memory": {"limit": LIMIT, "swap": LIMIT}}})
    task.up()
    task.exec("hog", HOG)
    equal(task.wait("hog")["exit_status"], 128 + signal.SIGKILL)
    equal(shim.events.wait_for("exit", id="hog")["exit_reason"], OOM_KILLED)
    equal(shim.events.topics(), ["create", "start", "exec-added", "exec-started", "oom", "exit"])
    equal(task.state()["status"], "running")


@test("Stats counts huge pages though no limit of them was asked for, and RDMA objects can be counted", timeout=120)
def huge_pages():
    shim = Shim()
    task = shim.task("while :; do sleep 0.1; done")
    task.up()
    contains([entry["pagesize"] for entry in task.stats()["hugetlb"]], "2MB")
    that((cgroup_of(task.pid) / "rdma.current").exists(), "the cgroup has no RDMA controller")


@test("Update changes the limits of a task that runs; what it cannot change is refused", timeout=120)
def updates():
    shim = Shim()
    task = shim.task("while :; do sleep 0.1; done")
    task.up()
    update(shim, task, memory={"limit": 64 << 20}, cpu={"quota": 50000, "period": 100000}, pids={"limit": 77})
    stats = task.stats()
    equal((stats["memory"]["usage_limit"], stats["pids"]["limit"]), (64 << 20, 77))
    equal((cgroup_of(task.pid) / "cpu.max").read_text(), "50000 100000\n")
    that(stats["memory"]["usage"] > 0, "no memory is used")
    bad = {"type_url": SPEC + "LinuxResources", "value": b'{"memory": {"limit": "much"}}'}
    equal(shim.refused("Update", id=task.id, resources=bad), 2)
    equal(shim.refused("Update", id=task.id), ttrpc.INVALID_ARGUMENT)


run()
