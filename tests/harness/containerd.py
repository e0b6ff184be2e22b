"""Containerds of the tests' own: of the machine's release and of later ones, with `ctr`, and with the CRI for pods."""

import dataclasses
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from .checks import eventually, that
from .command import sh
from .containerd_config import RUNTIMES, write_config
from .image import IMAGE, images_archive
from .processes import alive, command_lines
from .runner import defer, test
from .where import binary, in_vm, nacelle


@dataclasses.dataclass(frozen=True)
class Engine:
    """An installed containerd: the folder that usr/bin is in, and its version, such as (1, 7, 24)."""

    root: pathlib.Path
    version: tuple

    def __str__(self):
        return f"containerd {self.version[0]}.{self.version[1]}"

    def path(self):
        """$PATH with this release's programs first: its runc shim, runc and crun too."""
        return f"{self.root}/usr/bin:{self.root}/usr/sbin:{os.environ['PATH']}"


def engines():
    """The containerds of this machine, oldest first."""
    roots = [pathlib.Path("/"), *pathlib.Path("/opt/debian").glob("*")]
    found = [engine_at(root) for root in roots if (root / "usr/bin/containerd").exists()]
    return sorted(found, key=lambda engine: engine.version)


@functools.cache
def engine_at(root):
    """The containerd below a folder. Asking it for its version takes seconds in the test machine: once for all files."""
    known = pathlib.Path("/run") / f"version-of-containerd{str(root).replace('/', '-')}"
    if in_vm() and known.exists():
        said = known.read_text()
    else:
        said = sh(root / "usr/bin/containerd", "--version", timeout=60).ok().out
        if in_vm():
            known.write_text(said)
    return Engine(root, tuple(map(int, re.search(r" v?(\d+)\.(\d+)\.(\d+)", said).groups())))


def runtime_under_test():
    """nacelle, or what $NACELLE_TEST_RUNTIME says: a name of RUNTIMES, for how a peer fares in the same tests."""
    name = os.environ.get("NACELLE_TEST_RUNTIME", "nacelle")
    if name == "nacelle":
        binary("containerd-shim-nacelle-v2")
    return name


NEWEST = (2, 0)  # for each_engine(since=...): what does not depend on containerd's release is tried with one


def each_engine(sentence, since=(1, 6), timeout=60):
    """Declares a test for every containerd of the machine from one version on. It is called with one that runs, with CRI,
    and goes on for the tests after it."""

    def declare(function):
        for engine in engines():
            if engine.version >= since:
                test(f"{engine}: {sentence}", timeout)(functools.partial(_with_shared, function, engine))
        return function

    return declare


def _with_shared(function, engine):
    function(shared(engine))


_shared = {}


def shared(engine):
    """The machine's containerd of this release. It is started by the first test that wants it, in whatever file: a start takes
    seconds in the test machine, which ends it when it ends itself."""
    that(in_vm(), "only the test machine has containerds that outlive a test")
    if engine not in _shared:
        _shared[engine] = Containerd(engine, cri=True, folder=pathlib.Path(f"/tmp/{str(engine).replace(' ', '-')}"))
    _shared[engine].revive()
    return _shared[engine]


class Containerd:
    """A containerd with the images of the tests. Its root is on a tmpfs, as overlayfs needs it. It runs for the time of one test;
    with a folder, on and on: who names the folder next finds it there."""

    def __init__(self, engine=None, cri=False, folder=None):
        self.engine = engine or engine_at(pathlib.Path("/"))
        self.cri_wanted = cri
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="ctd-"))
        self.socket = self.folder / "containerd.sock"
        if not folder:
            defer(self._remove)
        if self.socket.exists():
            self.revive()
            self._wait()
            return
        self.folder.mkdir(exist_ok=True)
        write_config(self.folder, self.engine.version, cri)
        self.start()
        archive = images_archive()
        for namespace in ["default", *(["k8s.io"] if cri else [])]:
            self("image", "import", archive, namespace=namespace, timeout=60).ok()
        if cri:
            # The CRI learns of them by events, and labels what it knows.
            eventually(lambda: all("io.cri-containerd.image=managed" in line
                                   for line in self("image", "ls", namespace="k8s.io").ok().lines()[1:]), timeout=20)

    def words(self, *arguments, namespace="default"):
        """The words of a ctr command."""
        return [self.engine.root / "usr/bin/ctr", "--address", self.socket, "--namespace", namespace, *arguments]

    def __call__(self, *arguments, namespace="default", **how):
        """Runs ctr; gives the Outcome."""
        return sh(*self.words(*arguments, namespace=namespace), **how)

    def start(self):
        """Starts it, at first or after kill()."""
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen([self.engine.root / "usr/bin/containerd", "--config", self.folder / "config.toml"],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       env={**os.environ, "PATH": self.engine.path()})
        (self.folder / "pid").write_text(str(process.pid))
        self._wait()

    def revive(self):
        """Starts it if it has died: what one test did to it is not the fault of the next."""
        if not alive(int((self.folder / "pid").read_text())):
            self.socket.unlink(missing_ok=True)
            self.start()

    def kill(self):
        """Kills it by SIGKILL; what runs below its shims goes on."""
        pid = int((self.folder / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not alive(pid))
        self.socket.unlink(missing_ok=True)

    def _wait(self):
        eventually(lambda: self.socket.exists() or self._failed("has made no socket"), timeout=20)
        if self.cri_wanted:
            from .cri import Cri  # needs a package that only the test machine has
            self.cri = Cri(self.socket)
            eventually(self.cri.Version, timeout=20)
        else:
            eventually(lambda: self("version").code == 0, timeout=20)

    def _failed(self, what):
        raise AssertionError(f"{self.engine} {what}\n" + (self.folder / "log").read_text()[-2000:])

    def run(self, *arguments, runtime=None, **how):
        """`ctr run` through containerd's runc shim with nacelle (or another) as its binary; arguments are options, name
        and command."""
        return self(*_run_words(["--runc-binary", runtime or nacelle()], arguments), **{"timeout": 60, **how})

    def run_with(self, runtime, *arguments, **how):
        """`ctr run` with one of RUNTIMES; arguments are options, name and command."""
        return self(*self.run_words(runtime, *arguments), **{"timeout": 60, **how})

    def run_words(self, runtime, *arguments):
        """The words after `ctr` of run_with()."""
        kind, options = RUNTIMES[runtime]
        return _run_words(["--runtime", kind, *(["--runc-binary", options["BinaryName"]] if options else [])], arguments)

    def shims(self, word=""):
        """Process ids of its shims, of those with the word in their command lines."""
        return [pid for pid, line in command_lines().items()
                if "containerd-shim" in line.split()[0] and str(self.socket) in line and word in line]

    def bundle(self, id, namespace="k8s.io"):
        """The bundle that it makes for a task."""
        return self.folder / "state/io.containerd.runtime.v2.task" / namespace / id

    def states(self):
        """The containers that nacelle keeps a state of below the root that the shim gives it."""
        folder = pathlib.Path("/run/containerd/runc/default")
        return sorted({path.name for path in folder.glob("*")} - {".empty"})

    def _remove(self):
        for pid in [int((self.folder / "pid").read_text()), *self.shims()]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
                eventually(lambda pid=pid: not alive(pid))
        for line in reversed(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
            if line.split()[4].startswith(f"{self.folder}/"):
                sh("umount", "--lazy", line.split()[4]).ok()
        shutil.rmtree(self.folder)


def _run_words(before, arguments):
    options = [word for word in arguments if word.startswith("--")]
    name, *command = arguments[len(options):]
    return ["run", *before, *options, IMAGE, name, *command]
