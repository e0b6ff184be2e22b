"""podman's verbs with nacelle and with crun under systemd, by root and by an ordinary user: the same comes out."""

import pathlib

from harness import equal, matches, run, test
from harness.machine_user import RUNTIME_DIR, UID, MachineUser
from harness.image import IMAGE
from harness.peers import same_as
from harness.podman import Podman, nothing_left
from harness.podman_verbs import life


def same(user=None):
    """Runs the verbs with both runtimes, and compares what every step gave."""
    ours = same_as("crun", lambda runtime: life(Podman(runtime, manager="systemd", user=user)))
    equal(ours["limits after update"], (0, "134217728\n0\n50000 100000\n50\n"))
    equal((ours["inspect after stop"], ours["wait"]), ((0, "exited 7\n"), (0, "137\n")))


@test("by root: create start exec stats pause update stop start kill rm, as with crun", timeout=600)
def by_root():
    same()
    nothing_left()


@test("by a user with a systemd of his own: the same, with limits that hold, in a scope of his", timeout=600)
def by_user():
    user = MachineUser()
    same(user)
    equal([path.name for path in (RUNTIME_DIR / "nacelle").iterdir()], [".empty"])
    podman = Podman("nacelle", manager="systemd", user=user)
    box = podman.background("--memory", "64m", IMAGE, "sleep", "1000")
    matches(pathlib.Path(f"/proc/{box.pid}/cgroup").read_text(), rf"^0::/user\.slice/user-{UID}\.slice/user@{UID}\.service/.*libpod-")
    equal((box.cgroup() / "memory.max").read_text(), "67108864\n")
    podman.run("--memory", "16m", "--memory-swap", "16m", IMAGE, "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1").exits(137)


run()
