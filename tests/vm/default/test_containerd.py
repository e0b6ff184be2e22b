"""Debian's containerd, whose runc shim runs nacelle in the place of runc."""

import os
import pathlib

from harness import contains, equal, eventually, matches, nacelle, run, test, that
from harness.bundle import cgroups_named, process_status
from harness.containerd import Containerd
from harness.runner import defer


def nothing_left(containerd, name):
    equal(containerd.states(), [])
    eventually(lambda: equal(cgroups_named(name), []))


@test("ctr run --rm, then run -d with limits, exec, kill, delete; then a program that is not there", timeout=300)
def whole_life():
    containerd = Containerd()
    outcome = containerd.run("--rm", "--env=COLOUR=red", "--read-only", "once", "sh", "-c",
                             "echo $COLOUR; touch /x 2>/dev/null || echo ro; grep -c . /proc/self/mountinfo; exit 42").exits(42)
    equal(outcome.lines()[:2], ["red", "ro"])
    nothing_left(containerd, "once")

    containerd.run("--detach", "--memory-limit=67108864", "--cpus=0.5", "long", "sh", "-c",
                   "trap 'exit 3' USR1; while :; do sleep 0.1; done").ok()
    defer(lambda: containerd("task", "kill", "--signal", "KILL", "long"))
    tasks = containerd("task", "ls").ok()
    pid = int(matches(tasks.out, r"^long +(\d+) +RUNNING")[1])
    cgroup = pathlib.Path("/sys/fs/cgroup" + pathlib.Path(f"/proc/{pid}/cgroup").read_text().partition("::")[2].strip())
    equal((cgroup / "memory.max").read_text(), "67108864\n")
    equal((cgroup / "cpu.max").read_text(), "50000 100000\n")
    equal(process_status(pid)["NSpid"].split()[-1], "1")
    said = containerd("task", "exec", "--exec-id", "one", "--user", "1000:50", "--cwd", "/tmp", "long", "sh", "-c",
                      "id -u; id -g; pwd; readlink /proc/self/ns/pid; exit 5").exits(5)
    equal(said.lines(), ["1000", "50", "/tmp", os.readlink(f"/proc/{pid}/ns/pid")])
    contains(containerd("task", "exec", "--exec-id", "two", "long", "nonesuch").fails().err, "nonesuch")
    containerd("task", "kill", "--signal", "USR1", "long").ok()
    eventually(lambda: matches(containerd("task", "ls").ok().out, r"^long +\d+ +STOPPED"))
    contains(containerd("task", "delete", "long").ok().err, "exit code 3")
    containerd("container", "delete", "long").ok()
    nothing_left(containerd, "long")

    missing = containerd.run("--rm", "bad", "nonesuch").fails()
    matches(missing.err, r"OCI runtime create failed.*executable file not found in \$PATH: 'nonesuch'")
    nothing_left(containerd, "bad")
    that(str(nacelle()) not in pathlib.Path("/proc/self/mountinfo").read_text(), "a mount is left")


run()
