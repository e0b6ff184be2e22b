"""containerd with our own shim, as runtime io.containerd.nacelle.v2."""

import os
import pathlib
import signal

from harness import contains, equal, eventually, run, sh, start, test, that
from harness.containerd import Containerd
from harness.image import IMAGE

RUNTIME = ("--runtime", "io.containerd.nacelle.v2")
STATES = pathlib.Path("/run/containerd/nacelle/default")


def shims():
    """The pids of the shims that run."""
    return [int(pid) for pid in sh("pgrep", "-f", "containerd-shim-nacelle").out.split()]


def shim_run(containerd, *arguments, **how):
    """`ctr run` by our shim; arguments are options, name and command."""
    options = [word for word in arguments if word.startswith("--")]
    name, *command = arguments[len(options):]
    return containerd("run", *RUNTIME, *options, IMAGE, name, *command, **{"timeout": 60, **how})


def nothing_is_left():
    """No shim, state, root, cgroup or socket."""
    eventually(lambda: not shims(), timeout=20)
    equal([path.name for path in STATES.glob("*") if path.name != ".empty"], [])
    equal(sh("grep -c io.containerd.runtime.v2.task /proc/mounts").out, "0\n")
    equal(list(pathlib.Path("/sys/fs/cgroup/default").glob("*/")), [])
    equal(list(pathlib.Path("/run/containerd/s").glob("*")), [])


@test("ctr run gives output and exit code, and leaves nothing", timeout=120)
def ctr_run():
    containerd = Containerd()
    outcome = shim_run(containerd, "--rm", "one", "sh", "-c", "echo out; echo err >&2; exit 5").exits(5)
    equal((outcome.out, outcome.err), ("out\n", "err\n"))
    outcome = shim_run(containerd, "--rm", "two", "/nonesuch").fails()
    contains(outcome.err, "executable file not found: '/nonesuch'")
    nothing_is_left()


@test("a task is looked at, executed in, paused, resumed, killed and removed", timeout=180)
def verbs():
    containerd = Containerd()
    shim_run(containerd, "--detach", "web", "sleep", "1000").ok()
    equal(len(shims()), 1)
    contains(containerd("task", "ls").ok().out, "RUNNING")
    equal(containerd("task", "exec", "--exec-id", "e", "web", "sh", "-c", "echo in; exit 4").exits(4).out, "in\n")
    contains(containerd("task", "ps", "web").ok().out, "PID")
    contains(containerd("task", "metrics", "web").ok().out, "pids.current          1")
    containerd("task", "pause", "web").ok()
    contains(containerd("task", "ls").ok().out, "PAUSED")
    containerd("task", "resume", "web").ok()
    containerd("task", "kill", "-s", "KILL", "web").ok()
    eventually(lambda: "STOPPED" in containerd("task", "ls").ok().out)
    containerd("task", "rm", "web")
    containerd("container", "rm", "web").ok()
    nothing_is_left()


@test("when the shim is killed, containerd has what is left taken away", timeout=120)
def killed_shim():
    containerd = Containerd()
    shim_run(containerd, "--detach", "web", "sleep", "1000").ok()
    (shim,) = shims()
    os.kill(shim, signal.SIGKILL)
    eventually(lambda: "web" not in containerd("task", "ls").ok().out, timeout=20)
    containerd("container", "rm", "web").ok()
    nothing_is_left()


@test("a container that is killed for want of memory: the kill is told before the end", timeout=120)
def oom():
    containerd = Containerd()
    log = open(containerd.folder / "events", "w+")
    start("ctr", "--address", containerd.folder / "containerd.sock", "events", stdout=log)

    def listens():
        containerd("namespace", "label", "default", "test=listens").ok()
        contains((containerd.folder / "events").read_text(), "/namespaces/update")

    eventually(listens)
    shim_run(containerd, "--rm", "--memory-limit=16777216", "hog", "sh", "-c", "tail /dev/zero").exits(137)
    eventually(lambda: "/tasks/delete" in (containerd.folder / "events").read_text())
    topics = [word for word in (containerd.folder / "events").read_text().split() if word.startswith("/tasks/")]
    equal([topic for topic in topics if topic != "/tasks/oom"],
          ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"])
    that(topics.index("/tasks/oom") < topics.index("/tasks/exit"), f"the order is {topics}")


run()
