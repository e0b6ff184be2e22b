"""containerd-shim-nacelle-v2 as containerd runs it: `start`, `delete`, and the daemons that start leaves.

    begin()
    hide_run()
    pod = Pod()
    pod.bundle("web")
    address = pod.started("web")
"""

import json
import os
import pathlib
import socket
import subprocess

from .checks import equal, eventually, that
from .command import sh
from .processes import end
from .runner import defer, temp_dir
from .ttrpc import encode
from .where import binary, time_scale

PROGRAM = "containerd-shim-nacelle-v2"
SOCKETS = pathlib.Path("/run/containerd/s")
RUNTIME_OPTIONS = {"config_path": (2, str), "config_body": (3, str)}


def hide_run():
    """Gives the tests of a file, which has called leaks.begin(), a /run of their own: nobody else's sockets are in it."""
    sh("mount", "-t", "tmpfs", "none", "/run").ok()


def shim(*words, stdin=b"", **how):
    """Runs the program, with pipes as containerd has them: whoever keeps one of their ends open keeps this from returning."""
    return subprocess.run([binary(PROGRAM), *map(str, words)], input=stdin, capture_output=True, timeout=60 * time_scale(),
                          check=False, **how)


def options(toml):
    """The options of containerd's configuration as it passes them to a runtime that is not its own."""
    return {"type_url": "runtimeoptions.v1.Options", "value": encode(RUNTIME_OPTIONS, {"config_body": toml})}


class Pod:
    """One containerd, as far as the program knows: an address, and bundles below a folder."""

    def __init__(self):
        self.folder = temp_dir(prefix="shim-")
        self.address = self.folder / "containerd.sock"
        defer(self._end)

    def bundle(self, id, log=True, **annotations):
        """A new bundle, with the fifo that containerd makes in it and reads."""
        path = self.folder / id
        path.mkdir()
        names = {"sandbox": "io.kubernetes.cri.sandbox-id", "group": "io.containerd.runc.v2.group"}
        named = {names[key]: value for key, value in annotations.items()}
        (path / "config.json").write_text(json.dumps({"annotations": named}))
        if log:
            os.mkfifo(path / "log")
            fd = os.open(path / "log", os.O_RDWR | os.O_NONBLOCK)
            defer(os.close, fd)
        return path

    def words(self, action, id, *more):
        """The command line."""
        return ["-namespace", "test", "-address", self.address, "-publish-binary", "/usr/bin/containerd", "-id", id, *more,
                action]

    def start(self, id, *more, stdin=b"", **how):
        """`start` as containerd before 2.3 runs it: in the bundle."""
        return shim(*self.words("start", id, *more), stdin=stdin, cwd=self.folder / id, **how)

    def started(self, id, *more, **how):
        """`start`, which succeeds. Gives its answer, and has seen that nothing else was printed."""
        outcome = self.start(id, *more, **how)
        equal((outcome.returncode, outcome.stderr), (0, b""))
        return outcome.stdout

    def refused(self, id, *more, **how):
        """`start`, which fails: leaves no daemon, no socket, no address. Gives the error."""
        outcome = self.start(id, *more, **how)
        equal((outcome.returncode, outcome.stdout), (1, b""))
        equal(self.daemons(), [])
        equal(list(SOCKETS.glob("*")), [])
        that(not (self.folder / id / "address").exists(), "an address is left")
        return outcome.stderr.decode()

    def daemons(self):
        """The pids of this containerd's shims."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(PROGRAM.encode()) and str(self.address).encode() in words:
                found.append(int(path.parent.name))
        return found

    def daemon(self):
        """The pid of its only shim."""
        equal(len(self.daemons()), 1, "shims")
        return self.daemons()[0]

    def log(self, id):
        """What is in the fifo by now."""
        fd = os.open(self.folder / id / "log", os.O_RDONLY | os.O_NONBLOCK)
        try:
            return os.read(fd, 65536).decode()
        except BlockingIOError:
            return ""
        finally:
            os.close(fd)

    def kill(self):
        """Kills the shims, which leaves their sockets."""
        for pid in self.daemons():
            end(pid)
        eventually(lambda: not self.daemons())

    def _end(self):
        self.kill()
        for path in SOCKETS.glob("*"):
            path.unlink()


def socket_of(address):
    """The path in an address."""
    that(address.startswith(b"unix:///"), f"{address!r} is no address")
    return pathlib.Path(address.removeprefix(b"unix://").decode())


def is_served(path):
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def environment(pid):
    """/proc/PID/environ as a dict."""
    words = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.split("=", 1) for word in words if word)
