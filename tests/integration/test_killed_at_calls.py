"""SIGKILL at every system call of every command: whatever state the runtime dies in, `delete --force` leaves nothing.

By default each command dies at every fourth of its calls, so that this ends in a minute; NACELLE_ALL_CALLS=1 takes all.
"""

import json
import os
import pathlib
import signal
import time

from harness import binary, equal, eventually, matches, run, sh, temp_dir, test, that
from harness.bundle import Container, bind, mount, namespaces
from harness.leaks import assert_same, begin, orphans, picture

SLEEP = "sleep 1000; :"
NAMESPACES = ("pid", "network", "ipc", "uts", "mount", "cgroup")
NOTHING = [{"path": "/bin/true"}]
STRIDE = 1 if os.environ.get("NACELLE_ALL_CALLS") else 4


def rich_box(command=SLEEP, **linux):
    """A container that takes every kind of step: parents of a cgroup, hooks, seccomp, devices, sysctls, mounts, masks."""
    name = f"killed-{os.getpid()}-{time.monotonic_ns()}"
    box = Container(command, id=name, process={"oomScoreAdj": 500}, root={"readonly": False},
                    mounts=[mount("/run", "tmpfs", "tmpfs", "nosuid", "size=1m"), bind("/usr", "/var", "ro")],
                    hooks={kind: NOTHING for kind in ("prestart", "createRuntime", "createContainer", "startContainer",
                                                      "poststart", "poststop")},
                    linux={"cgroupsPath": f"/{name}/deep/{name}", "sysctl": {"kernel.msgmax": "4321"},
                           "devices": [{"path": "/dev/made", "type": "c", "major": 1, "minor": 5}],
                           "seccomp": {"defaultAction": "SCMP_ACT_ALLOW",
                                       "syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}]}, **linux})
    (box.rootfs / "bin/true").unlink()
    (box.rootfs / "bin/true").hardlink_to(box.rootfs / "bin/busybox")  # not the host's by the link's name
    return box


def mapped_box(command=SLEEP):
    """The same in a user namespace."""
    whole = {"containerID": 0, "hostID": 100000, "size": 65536}
    box = rich_box(command, namespaces=namespaces("user", *NAMESPACES), uidMappings=[whole], gidMappings=[whole])
    for field in "sysctl", "devices":  # those that only the host's root may set and make
        del box.config["linux"][field]
    box.write()
    os.chown(box.rootfs, 100000, 100000)
    return box


def names_of_calls():
    """The names of this machine's system calls by their numbers, where its headers are there."""
    header = pathlib.Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    words = [line.split() for line in header.read_text().splitlines()] if header.exists() else []
    return {parts[2]: parts[1].removeprefix("__NR_") for parts in words if len(parts) == 3 and parts[1].startswith("__NR_")}


def die_at(who, point, words, report):
    """Runs the command and kills it, or its child, at that call. Gives the call's name, or None when it ended before, and
    the Outcome."""
    outcome = sh(binary("kill-at"), who, point, report, *words, timeout=30)
    that(outcome.code != 125, outcome)
    how, number = report.read_text().split()
    return names_of_calls().get(number, number) if how == "killed" else None, outcome


def status_of(box):
    """The status that a container is seen in, or None when it is not seen."""
    outcome = box.call("state", box.id)
    that(outcome.code in (0, 1), outcome)
    return json.loads(outcome.out)["status"] if outcome.code == 0 else None


def waiting_inits():
    """Processes that a command has left and that are still ours: they have not become the container's program."""
    def is_ours(orphan):
        try:
            return "memfd:nacelle-init" in os.readlink(f"/proc/{orphan.split()[0]}/exe")
        except OSError:
            return False

    return [orphan for orphan in orphans() if is_ours(orphan)]


def die_at_every_call(name, box, prepare, verb, *arguments):
    """The command dies at each call in turn. Each time all must be as before, once the container is deleted by force."""
    box.create().ok()  # the first container makes what all share
    box.delete("--force").ok()
    box.pid_file.unlink()
    before = picture(box)
    report = temp_dir() / "report"
    point, died, survivors = 1, 0, 0
    while True:
        prepare(box)
        call, _ = die_at("self", point, box.words(verb, *arguments), report)
        moment = f"after {name} was killed at its call {point} ({call})"
        status = status_of(box)
        survivors += status in ("created", "running", "paused")
        # Only the init of a container that is made waits for start; all others must see that they are alone.
        waits = status == "created"
        eventually(lambda: equal(waiting_inits()[waits:], [], f"processes that wait {moment}"), interval=0.01)
        removed = box.delete("--force")
        equal((removed.code, removed.err), (0, ""), f"delete --force {moment}")
        box.pid_file.unlink(missing_ok=True)  # the caller's, who asked for it
        assert_same(before, lambda: picture(box), moment)
        if call is None:
            break
        died += 1
        point += STRIDE
    print(f"# {name}: killed at {died} points, every {STRIDE}. of {point - 1} calls; nothing was left; "
          f"{survivors} containers lived on until they were deleted")
    that(died * STRIDE > 30, f"{name} made hardly any calls: {died}")


def lose_child_at_every_call(name, box, prepare, verb, *arguments):
    """The process that the command makes dies at each of its calls in turn. The command must say so and leave nothing, or
    have succeeded before."""
    box.create().ok()  # the first container makes what all share
    box.delete("--force").ok()
    prepare(box)
    box.pid_file.unlink(missing_ok=True)
    before = picture(box)
    report = temp_dir() / "report"
    point, died = 1, 0
    while True:
        call, outcome = die_at("child", point, box.words(verb, *arguments), report)
        moment = f"after the child of {name} was killed at its call {point} ({call})"
        ended_by_signal = 128 + signal.SIGKILL  # exec's own exit code, when the program was about to run
        that(outcome.code in (0, 1, 255, ended_by_signal), f"{moment}: {outcome}")
        if outcome.code in (1, 255):
            matches(outcome.err, r"^nacelle: [^\n]+\n$", moment)
        elif prepare is nothing:
            box.delete("--force").ok()
        box.pid_file.unlink(missing_ok=True)
        assert_same(before, lambda: picture(box), moment)
        if call is None:
            break
        died += 1
        point += STRIDE
    print(f"# {name}: its child was killed at {died} points, every {STRIDE}. of {point - 1} calls; nothing was left")
    that(died * STRIDE > 30, f"the child made hardly any calls: {died}")


def nothing(_):
    pass


def created(box):
    box.create().ok()


def running(box):
    box.up()
    box.pid_file.unlink()


def create_arguments(box):
    return "--bundle", box.bundle, "--pid-file", box.pid_file, box.id


@test("create, killed at its system calls", timeout=600)
def create():
    box = rich_box()
    die_at_every_call("create", box, nothing, "create", *create_arguments(box))


@test("create with a user namespace, killed at its system calls", timeout=600)
def create_mapped():
    box = mapped_box()
    die_at_every_call("create with a user namespace", box, nothing, "create", *create_arguments(box))


@test("start, killed at its system calls", timeout=600)
def start():
    box = rich_box()
    die_at_every_call("start", box, created, "start", box.id)


@test("run, killed at its system calls", timeout=600)
def run_in_foreground():
    box = rich_box("true")
    die_at_every_call("run", box, nothing, "run", *create_arguments(box))


@test("exec, killed at its system calls", timeout=600)
def exec_into():
    box = rich_box()
    die_at_every_call("exec", box, running, "exec", "--detach", "--pid-file", box.pid_file, box.id, "sleep", "1000")


@test("delete --force of a running container, killed at its system calls", timeout=600)
def delete():
    box = rich_box()
    die_at_every_call("delete --force", box, running, "delete", "--force", box.id)


@test("delete of a container in a user namespace that is created, killed at its system calls", timeout=600)
def delete_mapped():
    box = mapped_box()
    die_at_every_call("delete", box, created, "delete", box.id)


@test("kill, killed at its system calls", timeout=600)
def kill():
    box = rich_box()
    die_at_every_call("kill", box, running, "kill", box.id, "KILL")


@test("update, killed at its system calls", timeout=600)
def update():
    box = rich_box()
    limits = box.folder / "limits.json"  # which this machine has whatever its controllers are
    limits.write_text('{"unified": {"cgroup.max.depth": "5", "cgroup.max.descendants": "7"}, "memory": {"swap": -1}}')
    die_at_every_call("update", box, running, "update", "--resources", limits, box.id)


@test("pause, killed at its system calls", timeout=600)
def pause():
    box = rich_box()
    die_at_every_call("pause", box, running, "pause", box.id)


@test("mounts add, killed at its system calls", timeout=600)
def add_mounts():
    box = rich_box()
    file = temp_dir() / "mounts.json"
    file.write_text(json.dumps([mount("/tmp/made", "tmpfs", "tmpfs", "size=1m"), bind("/usr", "/mnt", "ro")]))
    (box.rootfs / "mnt").mkdir()
    (box.rootfs / "tmp/made").mkdir()
    die_at_every_call("mounts add", box, running, "mounts", "add", box.id, file)


@test("create, whose child is killed at its system calls", timeout=600)
def create_loses_child():
    box = rich_box()
    lose_child_at_every_call("create", box, nothing, "create", *create_arguments(box))


@test("create with a user namespace, whose child is killed at its system calls", timeout=600)
def create_mapped_loses_child():
    box = mapped_box()
    lose_child_at_every_call("create with a user namespace", box, nothing, "create", *create_arguments(box))


@test("exec, whose child is killed at its system calls", timeout=600)
def exec_loses_child():
    box = rich_box()
    lose_child_at_every_call("exec", box, running, "exec", "--pid-file", box.pid_file, box.id, "true")


begin()
run()
