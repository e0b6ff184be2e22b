"""containerd's shim with systemd as the cgroup manager."""

import pathlib
import signal

from harness import equal, eventually, run, test
from harness.shim import Shim


def task_in(shim, command, **linux):
    """A container that systemd is to make a scope for."""
    task = shim.task(command, linux={"cgroupsPath": f"system.slice:nacelle:{shim.folder.name}", **linux})
    task.create(options=task.options(systemd_cgroup=True))
    return task


@test("a task runs in its scope; Stats has its counters after its end, though the scope has gone", timeout=120)
def stats():
    shim = Shim()
    limits = {"memory": {"limit": 16 << 20, "swap": 16 << 20}}
    task = task_in(shim, "tail /dev/zero", resources=limits)
    scope = f"/system.slice/nacelle-{shim.folder.name}.scope"
    equal(pathlib.Path(f"/proc/{task.pid}/cgroup").read_text(), f"0::{scope}\n")
    task.start()
    equal(task.wait()["exit_status"], 128 + signal.SIGKILL)
    eventually(lambda: not pathlib.Path(f"/sys/fs/cgroup{scope}").exists())
    equal(task.stats()["memory_events"]["oom_kill"], 1)
    task.delete()
    shim.events.wait_for("delete")
    equal(shim.events.topics(), ["create", "start", "oom", "exit", "delete"])


run()
