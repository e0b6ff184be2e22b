"""What `ctr` does with tasks: nacelle's shim, or the one that $NACELLE_TEST_RUNTIME names, below every containerd."""

import json
import os
import pty
import random
import subprocess

from harness import contains, equal, eventually, matches, run, skip, start, temp_dir, that
from harness.bundle import cgroups_named
from harness.containerd import NEWEST, each_engine, runtime_under_test
from harness.processes import alive, cgroup_of
from harness.runner import defer
from harness.terminal import Terminal


class Events:
    """What `ctr events` prints from here on."""

    def __init__(self, containerd):
        self.path = temp_dir() / "events"
        with open(self.path, "wb") as out:
            start(*containerd.words("events"), stdout=out)
        self.containerd = containerd
        eventually(self._heard, interval=1)

    def _heard(self):
        """Whether it listens: until it does, what happens is lost to it."""
        self.containerd("container", "create", "localhost/busybox-test:latest", "listening").ok()
        self.containerd("container", "delete", "listening").ok()
        return "listening" in self.path.read_text()

    def of(self, name):
        """(topic, content) of each event of this container's tasks."""
        words = [line.split(maxsplit=6) for line in self.path.read_text().splitlines()]
        found = [(line[5].removeprefix("/tasks/"), json.loads(line[6])) for line in words if line[5].startswith("/tasks/")]
        return [(topic, content) for topic, content in found if content.get("container_id") == name]


def state(containerd, name):
    """The pid and the status of a task."""
    found = matches(containerd("task", "ls").ok().out, rf"^{name} +(\d+) +(\w+)")
    return int(found[1]), found[2]


def task_in(containerd, name, *command, options=()):
    """A detached task, which is killed and deleted at the end if it is still there; gives its pid."""
    containerd.run_with(runtime_under_test(), "--detach", *options, name, *command).ok()

    def remove():
        containerd("task", "delete", "--force", name)
        containerd("container", "delete", name)

    defer(remove)
    return state(containerd, name)[0]


@each_engine("run gives the output and the exit code of a program, and says which one is not there")
def run_once(containerd):
    runtime = runtime_under_test()
    said = containerd.run_with(runtime, "--rm", "--env=COLOUR=red", "--read-only", "once", "sh", "-c",
                               "echo $COLOUR; echo lost >&2; touch /x 2>/dev/null || echo ro; exit 42").exits(42)
    equal((said.lines(), said.err), (["red", "ro"], "lost\n"))
    matches(containerd.run_with(runtime, "--rm", "bad", "nonesuch").fails().err, r"nonesuch.*(not found|no such file)|"
            r"(not found|no such file).*nonesuch")
    equal(containerd("task", "ls", "-q").ok().out, "")
    equal((containerd.shims("-id once"), containerd.shims("-id bad")), ([], []))


@each_engine("5 MB go through stdin and stdout unharmed, and closing the input ends the program", since=NEWEST)
def much(containerd):
    data = random.Random(5).randbytes(2_500_000).hex() + "\n"
    said = containerd.run_with(runtime_under_test(), "--rm", "much", "cat", stdin=data).ok()
    that(said.out == data, f"{len(said.out)} bytes came, not the {len(data)} that went")


@each_engine("a program on a terminal: its size, what is typed, its exit code", since=NEWEST)
def terminal(containerd):
    master, slave = pty.openpty()
    console = Terminal(master)
    subprocess.run(["stty", "rows", "33", "cols", "101"], stdin=slave, check=True)
    words = containerd.words(*containerd.run_words(runtime_under_test(), "--rm", "--tty", "onterm", "sh", "-c",
                                                   "read x; until stty size | grep .; do sleep 0.2; done; echo got $x; tty; exit 3"))
    process = start(*words, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    eventually(lambda: state(containerd, "onterm"), timeout=30, interval=0.5)
    console.type("word\n")
    said = console.expect("/dev/pts/0", timeout=30)
    contains(said, "33 101")
    contains(said, "got word")
    equal(process.wait(60), 3)


@each_engine("a detached task: exec, attach, pause, resume, metrics, kill, delete; and its events in their order", timeout=120)
def whole_life(containerd):
    events = Events(containerd)
    pid = task_in(containerd, "long", "sh", "-c", "trap 'exit 3' USR1; while read x; do echo got $x; done",
                  options=["--memory-limit=67108864", "--cpus=0.5"])
    cgroup = cgroup_of(pid)
    equal([(cgroup / name).read_text() for name in ("memory.max", "cpu.max")], ["67108864\n", "50000 100000\n"])
    shim, = containerd.shims("-id long")

    said = containerd("task", "exec", "--exec-id", "one", "--user", "1000:50", "--cwd", "/tmp", "long", "sh", "-c",
                      "id -u; id -g; pwd; readlink /proc/self/ns/pid; exit 5").exits(5)
    equal(said.lines(), ["1000", "50", "/tmp", os.readlink(f"/proc/{pid}/ns/pid")])
    matches(containerd("task", "exec", "--exec-id", "two", "long", "nonesuch").fails().err, "nonesuch")

    out = temp_dir() / "attached"
    with open(out, "wb") as output:
        attached = start(*containerd.words("task", "attach", "long"), stdin=subprocess.PIPE, stdout=output)
    attached.stdin.write(b"hello\n")
    attached.stdin.flush()
    eventually(lambda: equal(out.read_text(), "got hello\n"), interval=0.2)

    containerd("task", "pause", "long").ok()
    equal((state(containerd, "long"), (cgroup / "cgroup.freeze").read_text()), ((pid, "PAUSED"), "1\n"))
    containerd("task", "resume", "long").ok()
    equal(state(containerd, "long"), (pid, "RUNNING"))
    matches(containerd("task", "ps", "long").ok().out, rf"^{pid}\b")
    metrics = containerd("task", "metrics", "--format", "json", "long").ok().out
    matches(metrics, r'"usage_limit": ?67108864')
    matches(metrics, r'"usage_usec": ?[1-9]')

    matches(containerd("task", "delete", "long").err, "(?i)must be stopped|not stopped|running")
    containerd("task", "kill", "--signal", "USR1", "long").ok()
    equal(attached.wait(60), 3)  # which deletes the task at its end
    eventually(lambda: equal(containerd("task", "ls", "-q").ok().out, ""), interval=0.3)
    containerd("container", "delete", "long").ok()
    eventually(lambda: that(not alive(shim), "the shim is left"))
    equal((cgroups_named("long"), containerd.shims("-id long")), ([], []))

    eventually(lambda: contains([topic for topic, _ in events.of("long")], "delete"))
    seen = [(topic, content.get("exec_id") or content.get("id") or "long") for topic, content in events.of("long")]
    equal([topic for topic, about in seen if about == "one"], ["exec-added", "exec-started", "exit"])
    equal([topic for topic, about in seen if about == "long"], ["create", "start", "paused", "resumed", "exit", "delete"])
    exits = {content["id"]: content.get("exit_status") for topic, content in events.of("long") if topic == "exit"}
    equal((exits["one"], exits["long"]), (5, 3))


@each_engine("a task that is killed by SIGKILL ends with 137, and so does an exec in it; a second delete finds nothing", since=NEWEST)
def killed(containerd):
    pid = task_in(containerd, "victim", "sleep", "1000")
    beside = start(*containerd.words("task", "exec", "--exec-id", "beside", "victim", "sleep", "1000"))
    eventually(lambda: equal(len((cgroup_of(pid) / "cgroup.procs").read_text().split()), 2), timeout=20, interval=0.2)
    containerd("task", "kill", "--signal", "KILL", "victim").ok()
    equal(beside.wait(60), 137)
    eventually(lambda: that(state(containerd, "victim")[1] == "STOPPED", "still runs"), interval=0.3)
    contains(containerd("task", "delete", "victim").ok().err, "exit code 137")
    contains(containerd("task", "delete", "victim").fails().err, "not found")
    equal(cgroups_named("victim"), [])


@each_engine("a checkpoint of a running task is an image, and the task goes on", since=NEWEST)
def checkpoint(containerd):
    pid = task_in(containerd, "frozen", "sleep", "1000")
    made = containerd("task", "checkpoint", "frozen", timeout=60)
    if "criu" in made.err.lower() and "not found" in made.err:
        skip(made.err)
    image = made.ok().out.strip()
    defer(lambda: containerd("image", "delete", image).ok())
    equal(state(containerd, "frozen"), (pid, "RUNNING"))


run()
