"""Many pods at once, each with a shim of its own as containerd starts it: all answer and go, and nothing is left of them.

One round; ten with NACELLE_TEST_FULL=1.
"""

import json
import os
import pathlib
import signal
import time

from harness import equal, eventually, run, test, that
from harness.bundle import PATH, cgroups_named, default_config, make_rootfs
from harness.leaks import begin
from harness.processes import alive, memory
from harness.runner import defer, temp_dir
from harness.shim import SPEC
from harness.shim_program import SOCKETS, Pod, hide_run, socket_of
from harness.ttrpc import Client

PODS = 100
ROUNDS = 10 if os.environ.get("NACELLE_TEST_FULL") else 1
MOST = 1024  # KiB of a shim with one container
STATES = pathlib.Path("/run/containerd/nacelle/test")

begin()
hide_run()


class One:
    """A pod of one container: a shim, and a client of it."""

    def __init__(self, home, id, rootfs):
        self.id, self.bundle = id, home.bundle(id, log=False)
        config = default_config()
        config["process"]["args"] = ["sleep", "1000"]
        config["root"]["path"] = str(rootfs)
        (self.bundle / "config.json").write_text(json.dumps(config))
        self.client = Client(socket_of(home.started(id)))
        defer(self.client.close)
        self.pid = self.client.call("Create", id=id, bundle=str(self.bundle))["pid"]
        self.client.call("Start", id=id)
        self.shim = self.client.call("Connect", id=id)["shim_pid"]

    def ask(self, word):
        """An exec in it, whose output is the word."""
        said = self.bundle / "said"
        process = {"args": ["echo", word], "cwd": "/", "env": [PATH], "user": {"uid": 0, "gid": 0}}
        self.client.call("Exec", id=self.id, exec_id="e", stdout=f"file://{said}",
                         spec={"type_url": SPEC + "Process", "value": json.dumps(process).encode()})
        self.client.call("Start", id=self.id, exec_id="e")
        equal(self.client.call("Wait", id=self.id, exec_id="e")["exit_status"], 0)
        self.client.call("Delete", id=self.id, exec_id="e")
        equal(said.read_text(), f"{word}\n")

    def remove(self):
        """As the CRI does."""
        self.client.call("Kill", id=self.id, signal=signal.SIGKILL)
        equal(self.client.call("Wait", id=self.id)["exit_status"], 128 + signal.SIGKILL)
        self.client.call("Delete", id=self.id)
        self.client.call("Shutdown", id=self.id)
        self.client.close()


def round_of(home, name, rootfs):
    """All are up at once, are asked, and go. Gives the PSS of the largest shim, in KiB."""
    pods = [One(home, f"{name}-{number}", rootfs) for number in range(PODS)]
    equal(len({pod.shim for pod in pods}), PODS, "number of shims")
    for number, pod in enumerate(pods):
        pod.ask(f"word-{number}")
    largest = max(memory(pod.shim)["Pss"] for pod in pods)
    for pod in pods:
        pod.remove()
    eventually(lambda: equal([pid for pod in pods for pid in (pod.shim, pod.pid) if alive(pid)], [], "processes"))
    return largest


@test("a hundred pods at once, each with a shim: started, asked, removed, and not a trace of them is left", timeout=60 * ROUNDS + 60)
def many():
    home, rootfs = Pod(), temp_dir() / "root"
    make_rootfs(rootfs)
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    for number in range(ROUNDS):
        name = f"many-{os.getpid()}-{number}"
        start = time.monotonic()
        largest = round_of(home, name, rootfs)
        print(f"# round {number + 1}: {time.monotonic() - start:.1f} s, the largest shim had a PSS of {largest} KiB", flush=True)
        that(largest <= MOST, f"a shim takes {largest} KiB")
        equal((list(SOCKETS.glob("*")), list(STATES.glob(f"{name}*")), cgroups_named(name)), ([], [], []))
        equal(pathlib.Path("/proc/self/mountinfo").read_text(), mounts)


run()
