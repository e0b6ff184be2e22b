"""An ordinary user of the test machine, which is thrown away: here he is in /etc/passwd for good.

With systemd as init he has a systemd of his own, and what he runs is in a scope of it, as in a session."""

import functools
import os
import pathlib

from .checks import eventually
from .command import sh
from .where import init_of_vm

NAME, UID, FIRST_SUBID = "tester", 4711, 3000000
HOME = pathlib.Path("/tmp/home")
RUNTIME_DIR = pathlib.Path(f"/run/user/{UID}")


class MachineUser:
    """The words of commands that he runs."""

    def __init__(self):
        _add_user()
        self.has_systemd = init_of_vm() == "systemd"
        if self.has_systemd:
            _start_systemd()

    def words(self, *command):
        """The command line that runs a command as him."""
        environment = ["env", "--chdir", HOME, f"HOME={HOME}", f"USER={NAME}", f"XDG_RUNTIME_DIR={RUNTIME_DIR}",
                       f"DBUS_SESSION_BUS_ADDRESS=unix:path={RUNTIME_DIR}/bus"]
        scope = ["systemd-run", "--user", "--scope", "--quiet"] if self.has_systemd else []
        return list(map(str, ["setpriv", "--reuid", UID, "--regid", UID, "--clear-groups", "--inh-caps=-all", *environment,
                              *scope, *command]))


@functools.cache
def _add_user():
    if HOME.exists():  # another suite has added him
        return
    for file, line in (("passwd", f"{NAME}:x:{UID}:{UID}::{HOME}:/bin/sh"), ("group", f"{NAME}:x:{UID}:"),
                       ("shadow", f"{NAME}:*:20000:0:99999:7:::"),
                       ("subuid", f"{NAME}:{FIRST_SUBID}:65536"), ("subgid", f"{NAME}:{FIRST_SUBID}:65536")):
        with open(f"/etc/{file}", "a") as opened:
            opened.write(line + "\n")
    for folder in (HOME, *([] if init_of_vm() == "systemd" else [RUNTIME_DIR])):
        folder.mkdir(parents=True, mode=0o700)
        os.chown(folder, UID, UID)


@functools.cache
def _start_systemd():
    sh("systemctl", "start", f"user@{UID}.service", timeout=60).ok()
    eventually((RUNTIME_DIR / "bus").exists, timeout=20)
