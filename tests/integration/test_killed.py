"""A runtime that is killed after any time of create leaves nothing that `delete --force` does not remove."""

import os
import pathlib
import signal
import subprocess
import time

from harness import equal, eventually, matches, run, start, test, that
from harness.bundle import Container, cgroups_named

def create_words(box):
    return [str(word) for word in box.words("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id)]


def box_with_everything():
    """A container whose creation goes through every kind of step: parents of a cgroup, hooks, seccomp, a tmpfs."""
    name = f"killed-{os.getpid()}-{time.monotonic_ns()}"
    return Container("sleep 100; :", id=name, hooks={"createRuntime": [{"path": "/bin/true"}]},
                     linux={"cgroupsPath": f"/{name}/deep/{name}",
                            "seccomp": {"defaultAction": "SCMP_ACT_ALLOW",
                                        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}})


def processes_of(box):
    """Processes that have the container's bundle or state as an argument, or are in its cgroups, or have its root."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            texts = [(entry / "cgroup").read_text(), os.readlink(entry / "root"), (entry / "mountinfo").read_text()]
        except OSError:
            continue
        if any(box.id in text or str(box.folder) in text for text in texts):
            found.append(entry.name)
    return found


def assert_removed(box, moment):
    """`delete --force` takes away what is there, a second one finds nothing, and the name can be used again."""
    box.delete("--force").ok()
    equal(box.states(), [], f"state, {moment}")
    eventually(lambda: equal(processes_of(box), [], f"processes, {moment}"))
    equal(cgroups_named(box.id), [], f"cgroups, {moment}")
    that(str(box.folder) not in pathlib.Path("/proc/self/mountinfo").read_text(), f"mounts, {moment}")
    equal(box.call("list", "-q").ok().out, "", f"list, {moment}")
    box.create().ok()
    box.start().ok()
    box.delete("--force").ok()
    equal(cgroups_named(box.id), [], f"cgroups, {moment}, after it was used again")


@test("killed after a time, from the first microseconds to the end", timeout=300)
def killed_after_time():
    whole = min(time_of_a_create() for _ in range(3))
    died = 0
    for step in range(20):
        box = box_with_everything()
        process = subprocess.Popen(create_words(box), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(whole * step / 20)
        process.kill()
        died += process.wait() == -signal.SIGKILL
        assert_removed(box, f"killed after {step}/20 of the usual time")
    # How many depends on what else the machine does; test_killed_at_calls.py counts the moments.
    that(died >= 1, "it never died")


def time_of_a_create():
    box = box_with_everything()
    began = time.monotonic()
    subprocess.run(create_words(box), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    taken = time.monotonic() - began
    box.delete("--force").ok()
    return taken


@test("a create that was killed does not go on by itself: the container's init ends with the runtime")
def init_ends():
    box = Container("sleep 100; :", hooks={"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "100"]}]})
    process = start(*create_words(box))
    eventually(lambda: len(cgroups_named(box.id)) == 1 and (pathlib.Path(cgroups_named(box.id)[0]) / "cgroup.procs").read_text() != "")
    process.send_signal(signal.SIGKILL)
    process.wait()
    eventually(lambda: equal((pathlib.Path(cgroups_named(box.id)[0]) / "cgroup.procs").read_text(), ""))
    matches(box.start().exits(1).err, f"^nacelle: start '{box.id}': ")
    box.delete("--force").ok()
    equal(cgroups_named(box.id), [])


@test("a foreground run that is killed leaves a container that can be seen, killed and deleted")
def run_killed():
    box = Container("sleep 100; :")
    process = box.background()
    eventually(lambda: box.states() == [box.id] and box.status() == "running")
    process.send_signal(signal.SIGKILL)
    process.wait()
    equal(box.status(), "running")
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()
    equal(box.cgroups(), [])


@test("two deletes at once: one of them removes the container, neither crashes, nothing is left")
def two_deletes():
    box = Container("sleep 100; :")
    box.up()
    words = [str(word) for word in box.words("delete", "--force", box.id)]
    both = [subprocess.Popen(words, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, error = process.communicate(timeout=30)
        equal((process.returncode, error), (0, b""))
    equal(box.states(), [])
    equal(box.cgroups(), [])


run()
