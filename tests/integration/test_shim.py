"""containerd's shim: the task service, called as containerd calls it. The shim's daemon runs alone here; containerd itself
is in tests/vm."""

import os
import pathlib
import signal
import time

from harness import contains, equal, eventually, excludes, matches, run, test, that
from harness import ttrpc
from harness.bundle import cgroups_named, namespaces
from harness.shim import Shim

SLEEP = "while :; do sleep 0.05; done"
TRAP = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"


def up(command=SLEEP, **how):
    """A shim with one container that runs."""
    shim = Shim()
    task = shim.task(command, **how)
    task.up()
    return shim, task


def is_mounted(path):
    """Whether something is mounted there."""
    return f" {path} " in pathlib.Path("/proc/self/mountinfo").read_text()


@test("a task is created, started, waited for and deleted; its output arrives, and nothing is left")
def life():
    shim = Shim()
    task = shim.task("echo out; echo err >&2; exit 7")
    task.create()
    equal((task.state()["status"], task.state()["pid"], task.state()["bundle"]),
          ("created", task.pid, str(task.box.bundle)))
    equal((task.box.bundle / "runtime-root").read_text(), str(shim.state_root / shim.ns))
    equal(task.start(), task.pid)
    ended = task.wait()
    equal(ended["exit_status"], 7)
    that(abs(ended["exited_at"]["seconds"] - time.time()) < 60, f"a strange time: {ended}")
    equal((task.state()["status"], task.state()["exit_status"]), ("stopped", 7))
    equal(task.wait(), ended, "asked again")
    deleted = task.delete()
    equal(deleted, {"pid": task.pid, **ended})
    equal((task.text("out"), task.text("err")), ("out\n", "err\n"))
    equal(shim.refused("State", id=task.id), ttrpc.NOT_FOUND)
    equal(task.box.states(), [])
    equal(cgroups_named(task.id), [])
    shim.call("Shutdown", id=task.id)
    equal(shim.wait_end(), 0)
    that(not shim.socket_path.exists(), "the socket is still there")
    equal(shim.events.topics(), ["create", "start", "exit", "delete"])
    equal(shim.said(), "")


@test("both names of the service do the same; unknown services, methods and malformed requests have their own codes")
def names():
    shim, task = up()
    old = shim.connect(service=ttrpc.TASK_V2)
    equal(old.call("State", id=task.id), shim.call("State", id=task.id))
    connected = old.call("Connect", id=task.id)
    equal((connected["shim_pid"], connected["task_pid"]), (shim.process.pid, task.pid))
    equal(shim.refused("State", service="containerd.task.v4.Task", id=task.id), ttrpc.UNIMPLEMENTED)
    ttrpc.TASK["Fly"] = ({}, {})
    equal(shim.refused("Fly"), ttrpc.UNIMPLEMENTED)
    equal(shim.refused("State", payload=b"\x0a\xff"), ttrpc.INVALID_ARGUMENT)


@test("unknown ids, double ids and wrong moments are refused with the codes that containerd acts on")
def refusals():
    shim, task = up()
    for method in ("State", "Start", "Delete", "Wait", "Pids", "Pause", "Resume", "Stats", "Kill", "Update"):
        equal(shim.refused(method, id="nonesuch"), ttrpc.NOT_FOUND, method)
        if method in ("State", "Start", "Delete", "Wait", "Kill"):
            equal(shim.refused(method, id=task.id, exec_id="nonesuch"), ttrpc.NOT_FOUND, method)
    equal(shim.refused("Create", id=task.id, bundle=str(task.box.bundle)), ttrpc.ALREADY_EXISTS)
    equal(shim.refused("Create", id="../x", bundle=str(task.box.bundle)), ttrpc.INVALID_ARGUMENT)
    equal(shim.refused("Start", id=task.id), ttrpc.FAILED_PRECONDITION)
    equal(shim.refused("Delete", id=task.id), ttrpc.FAILED_PRECONDITION)
    equal(shim.refused("Resume", id=task.id), ttrpc.FAILED_PRECONDITION)
    equal(shim.refused("ResizePty", id=task.id, width=80, height=24), ttrpc.FAILED_PRECONDITION)
    equal(shim.refused("Kill", id=task.id, signal=99), ttrpc.INVALID_ARGUMENT)
    task.exec("one", "sleep", "1000")
    spec = {"type_url": "types.containerd.io/opencontainers/runtime-spec/1/Process", "value": b"{}"}
    equal(shim.refused("Exec", id=task.id, exec_id="one", spec=spec), ttrpc.ALREADY_EXISTS)
    equal(shim.refused("Exec", id=task.id, exec_id="two", spec={**spec, "type_url": "x"}), ttrpc.INVALID_ARGUMENT)
    equal(shim.refused("Delete", id=task.id, exec_id="one"), ttrpc.FAILED_PRECONDITION)
    task.kill()
    task.wait()
    equal(shim.refused("Kill", id=task.id, signal=15), ttrpc.NOT_FOUND)
    equal(shim.refused("Exec", id=task.id, exec_id="two", spec=spec), ttrpc.FAILED_PRECONDITION)
    equal(shim.refused("Start", id=task.id), ttrpc.FAILED_PRECONDITION)


@test("a bad config.json and a program that is not there are errors in one line, and leave nothing")
def failures():
    shim = Shim()
    broken = shim.task(process={"cwd": 5})
    try:
        broken.create()
        that(False, "it was created")
    except ttrpc.Refused as refusal:
        contains(refusal.message, "process.cwd: not a string")
    equal(shim.refused("State", id=broken.id), ttrpc.NOT_FOUND)
    equal(cgroups_named(broken.id), [])
    missing = shim.task(["/script"])
    (missing.box.rootfs / "script").write_text("#!/nonesuch\n")
    (missing.box.rootfs / "script").chmod(0o755)
    missing.create()
    try:
        missing.start()
        that(False, "it was started")
    except ttrpc.Refused as refusal:
        contains(refusal.message, "exec '/script': No such file or directory")
    missing.wait()
    missing.delete()
    shim.events.wait_for("delete", container_id=missing.id)
    equal(shim.events.topics(container_id=missing.id), ["create", "exit", "delete"])
    equal(shim.events.topics(container_id=broken.id), [])
    other = shim.task(process={"terminal": True})
    try:
        other.create()
        that(False, "it was created")
    except ttrpc.Refused as refusal:
        contains(refusal.message, "process.terminal")


@test("exec runs processes with their own exit codes and output; Pids names them")
def execs():
    shim, task = up()
    pid = task.exec("one", "echo hello; sleep 1000")
    task.so_far("one-out", "hello")
    infos = {entry["pid"]: entry.get("info") for entry in shim.call("Pids", id=task.id)["processes"]}
    equal(infos[task.pid], None)
    equal(infos[pid], {"type_url": "containerd.runc.v1.ProcessDetails", "value": b"\x0a\x03one"})
    task.kill(signal.SIGTERM, "one")
    equal(task.wait("one")["exit_status"], 128 + signal.SIGTERM)
    equal(task.delete("one")["pid"], pid)
    equal(task.text("one-out"), "hello\n")
    equal(shim.refused("State", id=task.id, exec_id="one"), ttrpc.NOT_FOUND)
    task.add("missing", "/nonesuch")
    try:
        task.start("missing")
        that(False, "it was started")
    except ttrpc.Refused as refusal:
        contains(refusal.message, "executable file not found: '/nonesuch'")
    equal(task.state("missing")["status"], "stopped")
    task.delete("missing")
    task.add("never", "true")
    equal(shim.refused("Kill", id=task.id, exec_id="never", signal=9), ttrpc.FAILED_PRECONDITION)
    task.delete("never")
    shim.events.wait_for("exec-added", exec_id="never")
    equal(shim.events.topics(exec_id="never"), ["exec-added"])
    equal(shim.events.topics(id="missing"), [])


@test("what Exec leaves out of a process, the container's own has")
def exec_defaults():
    _, task = up(process={"rlimits": [{"type": "RLIMIT_NOFILE", "hard": 321, "soft": 123}]})
    task.exec("one", "ulimit -n; grep CapEff /proc/self/status")
    equal(task.wait("one")["exit_status"], 0)
    task.delete("one")
    limit, capabilities = task.text("one-out").splitlines()
    equal(limit, "123")
    equal(capabilities.split()[1], "0000000020000420")


@test("Kill signals one process, or with `all` every one of the container")
def kills():
    shim, task = up(TRAP.replace("exit 7", "echo heard"))
    task.so_far("out", "ready")
    task.exec("one", TRAP)
    task.so_far("one-out", "ready")
    task.kill(signal.SIGTERM, "one")
    equal(task.wait("one")["exit_status"], 7)
    equal(task.state()["status"], "running")
    task.exec("two", TRAP)
    task.so_far("two-out", "ready")
    task.kill(signal.SIGTERM, all=True)
    equal(task.wait("two")["exit_status"], 7)
    task.so_far("out", "heard")
    task.kill(all=True)
    equal(task.wait()["exit_status"], 128 + signal.SIGKILL)
    equal(shim.call("State", id=task.id)["status"], 3)


@test("a created task can be killed, or deleted without having been started")
def created():
    shim = Shim()
    first, second = shim.task(), shim.task()
    first.create()
    first.kill()
    equal(first.wait()["exit_status"], 128 + signal.SIGKILL)
    first.delete()
    second.create()
    equal(second.delete()["exit_status"], 128 + signal.SIGKILL)
    for task in first, second:
        shim.events.wait_for("delete", container_id=task.id)
        equal(shim.events.topics(container_id=task.id), ["create", "exit", "delete"])
        equal(cgroups_named(task.id), [])


@test("standard input arrives until CloseIO, and then ends")
def stdin():
    shim = Shim()
    task = shim.task("cat; echo end")
    path = task.writer("in")
    task.up(stdin=path)
    with open(path, "wb") as writer:
        writer.write(b"one\n")
    task.so_far("out", "one\n")
    with open(path, "wb") as writer:
        writer.write(b"two\n")
    task.so_far("out", "one\ntwo\n")
    excludes(task.streams["out"].data, b"end")
    shim.call("CloseIO", id=task.id, stdin=True)
    equal(task.wait()["exit_status"], 0)
    equal(task.text(), "one\ntwo\nend\n")
    task.delete()


@test("a terminal works: input, output, size; for execs too")
def terminal():
    shim = Shim()
    task = shim.task("read line; stty size; echo got $line; exit 3", process={"terminal": True})
    path = task.writer("in")
    task.create(terminal=True, stdin=path)
    task.start()
    shim.call("ResizePty", id=task.id, width=91, height=17)
    with open(path, "wb") as writer:
        writer.write(b"words\n")
    equal(task.wait()["exit_status"], 3)
    task.delete()
    contains(task.text().replace("\r", ""), "17 91\ngot words\n")
    shim2, other = up()
    other.exec("tty", "tty; sleep 1000", terminal=True)
    other.so_far("tty-out", "/dev/pts/")
    shim2.call("ResizePty", id=other.id, exec_id="tty", width=9, height=8)
    other.kill(exec_id="tty")
    other.wait("tty")
    other.delete("tty")


@test("pause stops all processes and resume lets them go on; both are told")
def pause():
    shim, task = up("n=0; while :; do n=$((n+1)); echo $n; sleep 0.02; done")
    task.so_far("out", "3\n")
    shim.call("Pause", id=task.id)
    equal(task.state()["status"], "paused")

    def still():  # once what it had written before has come
        count = len(task.streams["out"].data)
        time.sleep(0.3)
        equal(len(task.streams["out"].data), count)
        return count

    before = eventually(still)
    equal(shim.refused("Pause", id=task.id), ttrpc.FAILED_PRECONDITION)
    equal(task.state()["status"], "paused")
    shim.call("Resume", id=task.id)
    equal(task.state()["status"], "running")
    eventually(lambda: len(task.streams["out"].data) > before)
    shim.call("Pause", id=task.id)
    task.kill()
    equal(task.wait()["exit_status"], 128 + signal.SIGKILL)
    equal(task.state()["status"], "stopped")
    shim.events.wait_for("exit")
    equal(shim.events.topics(), ["create", "start", "paused", "resumed", "paused", "exit"])


@test("Stats counts, and still does after the end of the task, until it is deleted")
def stats():
    shim, task = up("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 1")
    task.wait()
    that(task.stats()["cpu"]["usage_usec"] > 0, "no CPU time was counted")
    task.delete()
    equal(shim.refused("Stats", id=task.id), ttrpc.NOT_FOUND)


@test("the root that containerd describes by mounts is mounted for the task, and unmounted by Delete and by a failure")
def rootfs():
    shim = Shim()
    task = shim.task("cat /lower /upper; echo written >/new")
    task.box.config["root"]["readonly"] = False
    task.box.write()
    base = task.box.folder
    task.box.rootfs.rename(base / "base")
    for name in ("lower", "upper", "work"):
        (base / name).mkdir()
    (base / "lower/lower").write_text("from below\n")
    (base / "upper/upper").write_text("from above\n")
    layers = f"lowerdir={base}/lower:{base}/base"
    overlay = {"type": "overlay", "source": "overlay",
               "options": [layers, f"upperdir={base}/upper", f"workdir={base}/work"]}
    task.up(rootfs=[overlay])
    equal(task.wait()["exit_status"], 0)
    that(is_mounted(task.box.rootfs), "the root is not mounted")
    task.delete()
    equal(task.text(), "from below\nfrom above\n")
    equal((base / "upper/new").read_text(), "written\n")
    that(not is_mounted(task.box.rootfs), "the root is still mounted")

    equal(shim.refused("Create", id="x", bundle=str(task.box.bundle), rootfs=[
        {"type": "bind", "source": str(base / "base"), "options": ["rbind", "ro"]},
        {"type": "ext4", "source": "/dev/null", "options": ["loop"]}]), 2)
    that(not is_mounted(task.box.rootfs), "a root that failed is still mounted")


@test("a root may be bound, with the options of a mount and of its propagation")
def bound_root():
    shim = Shim()
    task = shim.task("touch /new || echo read-only; while read _ _ _ _ place options shared _; do"
                     " if [ $place = / ]; then echo $options $shared; fi; done </proc/self/mountinfo")
    task.box.rootfs.rename(task.box.folder / "base")
    task.box.config["root"]["readonly"] = False
    task.box.config["linux"]["rootfsPropagation"] = "rshared"
    task.box.write()
    task.up(rootfs=[{"type": "bind", "source": str(task.box.folder / "base"), "options": ["rbind", "ro", "nodev", "rshared"]}])
    equal(task.wait()["exit_status"], 0)
    matches(task.text(), r"^read-only\nro,nodev\S* shared:\d+\n$")
    task.delete()
    that(not is_mounted(task.box.rootfs), "the root is still mounted")


@test("a root of a hundred layers whose names do not fit into a page is mounted")
def many_layers():
    shim = Shim()
    task = shim.task("ls / | grep -c layer")
    base = task.box.folder
    task.box.rootfs.rename(base / "base")
    names = [base / f"{number:03}-{'x' * 100}" for number in range(100)]
    for number, folder in enumerate(names):
        (folder / f"layer{number}").mkdir(parents=True)
    lower = ":".join(map(str, [*names, base / "base"]))
    that(len(lower) > 4096, "that would fit")
    task.up(rootfs=[{"type": "overlay", "source": "overlay", "options": ["lowerdir=" + lower]}])
    equal(task.wait()["exit_status"], 0)
    equal(task.text(), "100\n")
    task.delete()


@test("Shutdown ends the shim only when no task is left, or at once with `now`; SIGTERM ends it too")
def shutdown():
    shim, task = up()
    shim.call("Shutdown", id=task.id)
    equal(task.state()["status"], "running")
    shim.call("Shutdown", id=task.id, now=True)
    equal(shim.wait_end(), 0)
    os.kill(task.pid, signal.SIGKILL)
    other = Shim()
    other.call("Connect", id="any")  # it has begun to serve
    other.process.send_signal(signal.SIGTERM)
    equal(other.wait_end(), 0)
    that(not other.socket_path.exists(), "the socket is still there")


@test("two tasks in one shim share their namespaces and end apart")
def pod():
    shim, sandbox = up()
    joined = {kind: f"/proc/{sandbox.pid}/ns/{kind}" for kind in ("net", "ipc", "uts")}
    task = shim.task("readlink /proc/self/ns/net", linux={
        "namespaces": namespaces("mount", "cgroup", "pid", network=joined["net"], ipc=joined["ipc"], uts=joined["uts"])},
        hostname=None)
    task.up()
    equal(task.wait()["exit_status"], 0)
    task.delete()
    equal(task.text().strip(), os.readlink(joined["net"]))
    equal(sandbox.state()["status"], "running")


run()
