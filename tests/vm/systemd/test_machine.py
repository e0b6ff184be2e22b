"""The systemd test machine is what the other tests take it for."""

import pathlib

from harness import equal, run, sh, test


@test("systemd is PID 1, has come up, and answers on its bus")
def systemd():
    equal(pathlib.Path("/proc/1/comm").read_text(), "systemd\n")
    equal(sh("systemctl", "is-system-running", "--wait", timeout=60).out, "running\n")
    sh("busctl", "get-property", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
       "org.freedesktop.systemd1.Manager", "Version").ok()


run()
