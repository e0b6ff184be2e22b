"""containerd's shim: what it tells without being asked, the order of it, and that nothing others do stops it."""

import os
import pathlib
import signal
import socket
import struct
import threading

from harness import contains, defer, equal, eventually, run, test, that
from harness import ttrpc
from harness.bundle import cgroups_named, namespaces
from harness.processes import alive, end
from harness.shim import Shim

SIGNALED = 2  # an ExitReason
SLEEP = "while :; do sleep 0.05; done"


def up(command=SLEEP, **how):
    """A shim with one container that runs."""
    shim = Shim()
    task = shim.task(command, **how)
    task.up()
    return shim, task


@test("the start of a process is told before its end, even of one that is dead at once", timeout=120)
def dead_at_once():
    shim, task = up()
    for number in range(50):
        exec_id = f"e{number}"
        task.exec(exec_id, "true", stdout="")
        equal(task.wait(exec_id)["exit_status"], 0)
        task.delete(exec_id)
    shim.events.wait_for("exit", id="e49")
    for number in range(50):
        ours = [topic for topic, event in shim.events.events if f"e{number}" in (event.get("exec_id"), event.get("id"))]
        equal(ours, ["exec-added", "exec-started", "exit"])
    for _ in range(10):
        brief = shim.task(["true"])
        brief.up(stdout="")
        brief.wait()
        brief.delete()
        shim.events.wait_for("delete", container_id=brief.id)
        equal(shim.events.topics(container_id=brief.id), ["create", "start", "exit", "delete"])


@test("the ends of execs are told before that of init, and each once; with a pid namespace of its own and without")
def ends_in_order():
    for kinds in ("pid", "network", "ipc", "uts", "mount", "cgroup"), ("network", "ipc", "uts", "mount", "cgroup"):
        shim, task = up(linux={"namespaces": namespaces(*kinds)})
        for exec_id in "abc":
            task.exec(exec_id, "sleep", "1000", stdout="")
        task.exec("d", "setsid sleep 1000 & sleep 1000", stdout="")
        waiting = [shim.client.send("Wait", id=task.id, exec_id=exec_id) for exec_id in ("", "a")]
        task.kill()
        for sent in waiting:
            equal(shim.client.result(sent)["exit_status"], 128 + signal.SIGKILL)
        shim.events.wait_for("exit", id=task.id)
        ends = [event["id"] for topic, event in shim.events.events if topic == "exit"]
        equal((sorted(ends[:-1]), ends[-1]), (list("abcd"), task.id))
        equal({event["exit_reason"] for topic, event in shim.events.events if topic == "exit"}, {SIGNALED})
        # Its init, until it is deleted: containerd takes a shim without processes for one that never had a task.
        only = [task.state()["pid"]]
        eventually(lambda: [entry["pid"] for entry in shim.call("Pids", id=task.id)["processes"]] == only)
        task.delete()


@test("clients that send garbage, half a message or too much, or do not read, stop nobody else; nor do ten thousand that wait",
      timeout=120)
def garbage():
    shim, task = up()
    path = str(shim.socket_path)

    def raw(data):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        sock.sendall(data)
        return sock

    open_ends = [raw(b"GET / HTTP/1.1\r\n\r\n"), raw(b"\0" * 9), raw(struct.pack(">IIBB", 100, 1, 1, 0) + b"half"),
                 raw(struct.pack(">IIBB", 0xFFFFFFFF, 1, 1, 0)), raw(struct.pack(">IIBB", (4 << 20) + 1, 1, 1, 0) + bytes(100_000)),
                 raw(os.urandom(5000))]
    for _ in range(20):
        raw(os.urandom(64)).close()
    equal(task.state()["status"], "running")
    waiter = shim.connect()
    sent = [waiter.send("Wait", id=task.id) for _ in range(10_000)]
    shim.connect().send("Wait", id=task.id)
    equal(task.exec("one", "true", stdout="") > 0, True)
    equal(task.wait("one")["exit_status"], 0)
    task.kill()
    for one in sent:
        equal(waiter.result(one)["exit_status"], 128 + signal.SIGKILL)
    task.delete()
    for sock in open_ends:
        sock.close()


class HangingHook:
    """A hook that does not end by itself. `entry` is what a config.json says of it."""

    def __init__(self, folder):
        script, self.noted = folder / "hook", folder / "hook-pids"
        script.write_text(f"#!/bin/sh\nsleep 1000 &\necho $$ $! >>{self.noted}\nwait\n")
        script.chmod(0o755)
        self.noted.touch()
        self.entry = {"path": str(script)}
        defer(lambda: [end(pid) for pid in self.pids()])

    def pids(self):
        """Those of its processes that are there."""
        return [pid for pid in map(int, self.noted.read_text().split()) if alive(pid)]

    def assert_ended(self):
        """It has begun, and nothing of it is left."""
        that(self.noted.read_text(), "it has not begun")
        eventually(lambda: equal(self.pids(), [], "processes of the hook"))


@test("a hook that hangs holds up its own task alone; a worker that is killed costs its call, and leaves nothing, not even its hook")
def lost_worker():
    shim, task = up()
    hook = HangingHook(task.box.folder)
    stuck = shim.task(hooks={"createRuntime": [hook.entry]})
    other = shim.connect()
    sent = other.send("Create", id=stuck.id, bundle=str(stuck.box.bundle), options=stuck.options())
    worker = eventually_new_child(shim, [task.pid])
    eventually(hook.pids)
    equal(task.state()["status"], "running")
    task.exec("one", "true", stdout="")
    equal(task.wait("one")["exit_status"], 0)
    equal(shim.refused("State", id=stuck.id), ttrpc.NOT_FOUND)
    shim.call("Shutdown", id=task.id)
    os.kill(worker, signal.SIGKILL)
    lost(other, sent)
    eventually(lambda: not cgroups_named(stuck.id) and stuck.id not in stuck.box.states())
    hook.assert_ended()
    del stuck.box.config["hooks"]
    stuck.box.write()
    stuck.up()
    equal(stuck.wait()["exit_status"], 0)
    stuck.delete()


def lost(client, sent):
    """Fails unless the answer is that the worker was killed."""
    try:
        client.result(sent)
    except ttrpc.Refused as refusal:
        return contains(refusal.message, "the worker was killed by signal 9")
    raise AssertionError("it was made")


@test("Delete of a task whose Create hangs ends that, and SIGKILL a Start that hangs")
def given_up():
    shim = Shim()
    hook = HangingHook(shim.folder)
    stuck = shim.task(hooks={"createRuntime": [hook.entry]})
    other = shim.connect()
    sent = other.send("Create", id=stuck.id, bundle=str(stuck.box.bundle), options=stuck.options())
    eventually(hook.pids)
    equal(shim.refused("Delete", id=stuck.id), ttrpc.NOT_FOUND)
    lost(other, sent)
    equal((cgroups_named(stuck.id), stuck.box.states()), ([], []))
    hook.assert_ended()
    late = shim.task("sleep 1000", hooks={"poststart": [hook.entry]})
    late.create()
    sent = other.send("Start", id=late.id)
    eventually(lambda: "sleep" in pathlib.Path(f"/proc/{late.pid}/comm").read_text() and hook.pids())
    late.kill()
    lost(other, sent)
    hook.assert_ended()
    equal(late.wait()["exit_status"], 128 + signal.SIGKILL)
    late.delete()
    shim.call("Shutdown", id=late.id)
    equal(shim.wait_end(), 0)


def eventually_new_child(shim, known):
    """The pid of a child that was not there before."""
    found = []

    def look():
        found[:] = [pid for pid in shim.children() if pid not in known]
        return bool(found)

    eventually(look)
    return found[0]


@test("tasks are served while nobody takes the events, and those of a containerd that comes back arrive")
def events_later():
    shim = Shim(events=False)
    task = shim.task("exit 4")
    task.up()
    equal(task.wait()["exit_status"], 4)
    task.delete()
    second = Shim()
    second.events.close()
    late = second.task("exit 5")
    late.up()
    equal(late.wait()["exit_status"], 5)
    again = ttrpc.EventsService(second.folder / "events")
    second.events = again
    again.wait_for("exit", exit_status=5)
    equal(again.topics(), ["create", "start", "exit"])


@test("orphans of a container that has no pid namespace of its own end up with the shim, which reaps them")
def orphans():
    shim, task = up("(setsid sh -c 'sleep 1' &) ; (setsid true &); sleep 1000",
                    linux={"namespaces": namespaces("network", "ipc", "uts", "mount", "cgroup")})
    eventually(lambda: that(len(shim.children()) > 1, "no orphan has come"))
    eventually(lambda: equal(shim.children(), [task.pid]))
    equal(task.state()["status"], "running")


def state_of(pid):
    """The letter of a process's state; empty when it has gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@test("a shim that is killed takes its workers along, and its container is still there for `delete`")
def killed_shim():
    shim, task = up()
    hook = HangingHook(task.box.folder)
    stuck = shim.task(hooks={"createRuntime": [hook.entry]})
    shim.connect().send("Create", id=stuck.id, bundle=str(stuck.box.bundle), options=stuck.options())
    worker = eventually_new_child(shim, [task.pid])
    eventually(lambda: stuck.id in stuck.box.states())
    shim.process.kill()
    shim.wait_end()
    eventually(lambda: state_of(worker) in ("", "Z"))
    that(state_of(task.pid) != "", "the container went with the shim")
    for one in task, stuck:
        equal(one.box.delete("--force").code, 0)


@test("many tasks at once", timeout=120)
def many_at_once():
    shim = Shim()
    tasks = [shim.task(f"exit {number}") for number in range(10)]
    failures = []

    def live(task, number):
        try:
            client = shim.connect()
            client.call("Create", id=task.id, bundle=str(task.box.bundle), options=task.options())
            client.call("Start", id=task.id)
            equal(client.call("Wait", id=task.id)["exit_status"], number)
            client.call("Delete", id=task.id)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=live, args=entry) for entry in zip(tasks, range(10))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])
    for task in tasks:
        shim.events.wait_for("delete", container_id=task.id)
        equal(shim.events.topics(container_id=task.id), ["create", "start", "exit", "delete"])


run()
