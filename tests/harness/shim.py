"""A shim of the test's own: its daemon on a socket, a client of it, and what it says to containerd.

    shim = Shim()
    task = shim.task("echo hello")
    task.create()
    task.start()
    equal(task.wait()["exit_status"], 0)
    equal(task.output(), "hello\\n")
"""

import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import threading

from . import ttrpc
from .bundle import Container, PATH
from .checks import eventually
from .processes import end
from .runner import defer, temp_dir
from .where import binary, time_scale

SPEC = "types.containerd.io/opencontainers/runtime-spec/1/"


class Reader:
    """Reads a fifo to its end, as containerd does: from before the process starts."""

    def __init__(self, path):
        self.data, self.path = b"", path
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        # Before the first writer has come there is nothing to select, not even an end.
        while select.select([self.fd], [], []):
            part = os.read(self.fd, 65536)
            if not part:
                break
            self.data += part
        os.close(self.fd)

    def text(self):
        """All of it, once the last writer has closed it."""
        self.thread.join(60 * time_scale())
        if self.thread.is_alive():
            raise AssertionError(f"{self.path} is still open; so far it gave {self.data!r}")
        return self.data.decode()


class Shim:
    """Runs for the time of one test."""

    def __init__(self, ns="test", events=True, id="shim"):
        self.ns, self.id = ns, id
        self.folder = temp_dir(prefix="shim-")
        self.state_root = self.folder / "root"
        self.socket_path = self.folder / "s"
        self.events = ttrpc.EventsService(self.folder / "events") if events else None
        if events:
            defer(self.events.close)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.socket_path))
        listening.listen(64)
        self.log = open(self.folder / "log", "wb")

        def become_third():
            os.dup2(listening.fileno(), 3)
            os.set_inheritable(3, True)  # dup2 leaves it alone when it was 3 already

        self.process = subprocess.Popen(
            [binary("containerd-shim-nacelle-v2"), "-namespace", ns, "-id", self.id, "-address", "/nowhere"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, close_fds=False,
            preexec_fn=become_third, cwd=self.folder, start_new_session=True,
            env={**os.environ, "TTRPC_ADDRESS": str(self.folder / "events") if events else ""})
        listening.close()
        defer(self._stop)
        self.client = self.connect()

    def connect(self, **how):
        """A connection more."""
        client = ttrpc.Client(self.socket_path, **how)
        defer(client.close)
        return client

    def call(self, method, **request):
        """A request and its answer."""
        return self.client.call(method, **request)

    def refused(self, method, **request):
        """The code of a request that is refused."""
        try:
            answer = self.client.call(method, **request)
        except ttrpc.Refused as refusal:
            return refusal.code
        raise AssertionError(f"{method} should have been refused, but answered {answer}")

    def task(self, command="true", **how):
        """A container that this shim is to run; arguments are those of Container."""
        return Task(self, Container(command, state_root=self.state_root / self.ns, **how))

    def said(self):
        """The shim's log."""
        return (self.folder / "log").read_text()

    def status(self, field):
        """A number of /proc/PID/status."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise KeyError(field)

    def rss(self):
        """KiB that it holds alone, without the pages of its program."""
        return self.status("RssAnon")

    def descriptors(self):
        """How many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def children(self):
        """The pids of its children."""
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def wait_end(self):
        """Its exit code, once it has ended."""
        return self.process.wait(60 * time_scale())

    def _stop(self):
        if self.process.poll() is None:
            for pid in self.children():
                end(pid)
            self.process.kill()
            self.process.wait()


class Task:
    """One container in a shim."""

    def __init__(self, shim, box):
        self.shim, self.box, self.id = shim, box, box.id
        self.streams = {}
        self.pid = 0

    def reader(self, name):
        """The path of a fifo that is read from now on."""
        path = self.box.folder / name
        self.streams[name] = Reader(path)
        return str(path)

    def writer(self, name):
        """The path of a fifo to write into: with write()."""
        path = self.box.folder / name
        os.mkfifo(path)
        return str(path)

    def options(self, **more):
        """An Any of containerd.runc.v1.Options with our own root."""
        table = {"root": (7, str), "systemd_cgroup": (9, int)}
        value = ttrpc.encode(table, {"root": str(self.shim.state_root), **more})
        return {"type_url": "containerd.runc.v1.Options", "value": value}

    def create(self, **request):
        """Create, with its outputs to fifos unless the request says otherwise. Gives the pid."""
        if "stdout" not in request:
            request["stdout"] = self.reader("out")
            if not request.get("terminal"):
                request["stderr"] = self.reader("err")
        asked = {"id": self.id, "bundle": str(self.box.bundle), "options": self.options(), **request}
        self.pid = self.shim.call("Create", **asked)["pid"]
        return self.pid

    def start(self, exec_id=""):
        """Start. Gives the pid."""
        return self.shim.call("Start", id=self.id, exec_id=exec_id)["pid"]

    def up(self, **request):
        """Create and Start."""
        self.create(**request)
        return self.start()

    def add(self, exec_id, *words, terminal=False, spec=None, **request):
        """Exec; the output of the process is text(exec_id + "-out")."""
        words = ["sh", "-c", words[0]] if len(words) == 1 and " " in words[0] else list(words)
        process = {"args": words, "cwd": "/", "env": [PATH], "user": {"uid": 0, "gid": 0}, **(spec or {})}
        if "stdout" not in request:
            request["stdout"] = self.reader(f"{exec_id}-out")
        value = json.dumps(process).encode()
        self.shim.call("Exec", id=self.id, exec_id=exec_id, terminal=terminal,
                       spec={"type_url": SPEC + "Process", "value": value}, **request)

    def exec(self, exec_id, *words, **request):
        """Exec and Start. Gives the pid."""
        self.add(exec_id, *words, **request)
        return self.start(exec_id)

    def wait(self, exec_id=""):
        """Wait."""
        return self.shim.call("Wait", id=self.id, exec_id=exec_id)

    def kill(self, signal_number=signal.SIGKILL, exec_id="", **request):
        """Kill."""
        return self.shim.call("Kill", id=self.id, exec_id=exec_id, signal=signal_number, **request)

    def delete(self, exec_id=""):
        """Delete."""
        return self.shim.call("Delete", id=self.id, exec_id=exec_id)

    def state(self, exec_id=""):
        """State, with the name of the status."""
        answer = self.shim.call("State", id=self.id, exec_id=exec_id)
        names = ("unknown", "created", "running", "stopped", "paused", "pausing")
        return {**answer, "status": names[answer["status"]]}

    def text(self, name="out"):
        """All that came out of a fifo."""
        return self.streams[name].text()

    def so_far(self, name, part):
        """Waits until this text has come out of a fifo."""
        eventually(lambda: part in self.streams[name].data.decode())

    def stats(self):
        """Stats, decoded."""
        answer = self.shim.call("Stats", id=self.id)["stats"]
        assert answer["type_url"] == "io.containerd.cgroups.v2.Metrics", answer["type_url"]
        return ttrpc.decode(ttrpc.METRICS, answer["value"])
