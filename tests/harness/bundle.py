"""Containers for the tests: a root of busybox, and the configuration that `runc spec` writes, changed where a test says so.

    box = Container("id -u; id -g", process={"user": {"uid": 1000, "gid": 3000}})
    equal(box.run().ok().lines(), ["1000", "3000"])

What is given for `process`, `linux` and `root` replaces fields of those sections; `mounts` are added to the default ones;
anything else goes to the top of config.json as it is (None takes a field away). `change` is called with the whole
configuration, for the rest.
"""

import functools
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess

from .checks import equal, excludes
from .command import sh, start
from .runner import defer, temp_dir
from .where import nacelle

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
NAMESPACES = ("pid", "network", "ipc", "uts", "mount", "cgroup")

_numbers = itertools.count(1)


def mount(destination, kind, source, *options):
    """One entry of `mounts`."""
    return {"destination": destination, "type": kind, "source": source, "options": list(options)}


def bind(source, destination, *options):
    """A bind mount with its submounts, read-write unless the options say otherwise."""
    return mount(destination, "bind", str(source), "rbind", *options)


def namespaces(*new, **joined):
    """Entries of `linux.namespaces`: new ones by their names, joined ones as name=path."""
    return [{"type": kind} for kind in new] + [{"type": kind, "path": str(path)} for kind, path in joined.items()]


def default_config():
    """What `runc spec` writes, but without a terminal."""
    quiet = ["nosuid", "noexec", "nodev"]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": ["true"],
            "env": [PATH, "TERM=xterm"],
            "cwd": "/",
            "capabilities": {"bounding": CAPABILITIES, "effective": CAPABILITIES, "permitted": CAPABILITIES},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "runc",
        "mounts": [
            mount("/proc", "proc", "proc"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
                  "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", *quiet, "mode=1777", "size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", *quiet),
            mount("/sys", "sysfs", "sysfs", *quiet, "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", *quiet, "relatime", "ro"),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": namespaces(*NAMESPACES),
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
                            "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


@functools.cache
def _applets():
    return subprocess.run([_busybox(), "--list"], capture_output=True, check=True, text=True).stdout.split()


def _busybox():
    return shutil.which("busybox") or "/bin/busybox"


def make_rootfs(path):
    """Fills a folder with a root: busybox under all its names, /etc/passwd and /etc/group, and folders to mount on."""
    for folder in ("bin", "dev", "etc", "home/user", "proc", "root", "run", "sys", "tmp", "var"):
        (path / folder).mkdir(parents=True)
    (path / "tmp").chmod(0o1777)
    shutil.copy(_busybox(), path / "bin/busybox")
    for applet in _applets():
        if applet != "busybox":
            (path / "bin" / applet).symlink_to("busybox")
    (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
    (path / "etc/group").write_text("root:x:0:\nuser:x:1000:\nstaff:x:50:user\n")


class Container:
    """A bundle and a name for it. Nothing runs until a method says so; what is left of it goes when the test ends."""

    def __init__(self, command="true", *, id=None, state_root=None, process=None, linux=None, root=None, mounts=(),
                 change=None, **top):
        self.id = id or f"test-{os.getpid()}-{next(_numbers)}"
        self.folder = temp_dir()
        self.folder.chmod(0o755)  # a user namespace's root has to get in
        self.bundle = self.folder / "bundle"
        self.rootfs = self.bundle / "rootfs"
        self.state_root = pathlib.Path(state_root or self.folder / "state")
        self.pid_file = self.folder / "pid"
        self.rootfs.mkdir(parents=True)
        make_rootfs(self.rootfs)
        self.config = default_config()
        self.config["process"]["args"] = ["sh", "-c", command] if isinstance(command, str) else list(command)
        for section, fields in (("process", process), ("linux", linux), ("root", root)):
            self.config[section].update(fields or {})
        self.config["mounts"] += mounts
        self.config.update(top)
        for name in [name for name, value in top.items() if value is None]:
            del self.config[name]
        if change:
            change(self.config)
        self.write()
        defer(self._clean_up)

    def write(self):
        """Writes config.json again, after a change of .config."""
        (self.bundle / "config.json").write_text(json.dumps(self.config, indent=2))

    def share(self):
        """A folder of the host that is /shared in the container."""
        folder = self.folder / "shared"
        folder.mkdir()
        folder.chmod(0o777)
        (self.rootfs / "shared").mkdir()
        self.config["mounts"].append(bind(folder, "/shared"))
        self.write()
        return folder

    def words(self, verb, *arguments, options=()):
        """The command line for a verb: options of the runtime itself, then the verb and its arguments."""
        return [nacelle(), "--root", self.state_root, *options, verb, *arguments]

    def call(self, verb, *arguments, options=(), **how):
        """Runs `nacelle VERB ARGUMENT...`; gives the Outcome. `how` is for sh()."""
        return sh(*self.words(verb, *arguments, options=options), **how)

    def run(self, *flags, **how):
        """Runs it in the foreground (unless the flags say otherwise)."""
        return self.call("run", "--bundle", self.bundle, *flags, self.id, **how)

    def create(self, *flags, output=None, **how):
        """Creates it, with a pid file; its output goes to the file `output`, if that is given."""
        words = self.words("create", "--bundle", self.bundle, "--pid-file", self.pid_file, *flags, self.id)
        return sh(*(["sh", "-c", 'exec "$@" >"$0"', output, *words] if output else words), **how)

    def start(self):
        """Starts what was created."""
        return self.call("start", self.id)

    def up(self, *flags, **how):
        """Creates and starts it. Gives the pid."""
        self.create(*flags, **how).ok()
        self.start().ok()
        return self.pid()

    def exec(self, *arguments, flags=(), **how):
        """Runs a program more in it; one word with blanks is a line of shell."""
        words = ["sh", "-c", arguments[0]] if len(arguments) == 1 and " " in arguments[0] else arguments
        return self.call("exec", *flags, self.id, *words, **how)

    def kill(self, *arguments):
        """Sends it a signal."""
        return self.call("kill", self.id, *arguments)

    def delete(self, *flags):
        """Removes it."""
        return self.call("delete", *flags, self.id)

    def pid(self):
        """Its first process, as the pid file has it."""
        return int(self.pid_file.read_text())

    def state(self):
        """What `state` prints, as a dict."""
        return json.loads(self.call("state", self.id).ok().out)

    def status(self):
        """created, running or stopped."""
        return self.state()["status"]

    def states(self):
        """The names of the containers that have a state on disk. (The folder `.empty` is shared by all and stays.)"""
        return sorted({path.name for path in self.state_root.glob("*")} - {".empty"})

    def cgroups(self):
        """The cgroups of the v2 hierarchy that have its name."""
        return cgroups_named(self.id)

    def background(self, *flags, **how):
        """Runs it in the foreground of a process beside the test; gives the Popen object."""
        return start(*self.words("run", "--bundle", self.bundle, "--pid-file", self.pid_file, *flags, self.id), **how)

    def _clean_up(self):
        if (self.state_root / self.id).exists():
            self.delete("--force")
        for path in reversed(self.cgroups()):  # what a broken runtime leaves must not disturb the next test
            for pid in pathlib.Path(path, "cgroup.procs").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["sh", "-c", f"for i in 1 2 3 4 5; do rmdir '{path}' 2>&- && break; sleep .1; done"])


def cgroup_mount():
    """Where the cgroup v2 hierarchy is mounted."""
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        if line.split(" - ")[1].startswith("cgroup2 "):
            return pathlib.Path(line.split()[4])
    raise AssertionError("no cgroup v2 hierarchy is mounted")


def cgroups_named(part):
    """Paths of the cgroups of the v2 hierarchy whose names have this text in them."""
    # Not rglob: others' cgroups come and go meanwhile.
    return sorted(os.path.join(folder, name) for folder, names, _ in os.walk(cgroup_mount())
                  for name in names if part in name)


def status_fields(text):
    """The lines of a /proc/PID/status as a dict."""
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def process_status(pid):
    """/proc/PID/status as a dict."""
    return status_fields(pathlib.Path(f"/proc/{pid}/status").read_text())


def namespace_of(pid, kind):
    """The inode number of a process's namespace: `net`, `pid` … as in /proc/PID/ns."""
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def mounts_of(text):
    """mount point -> what a mountinfo says of it: root, options, tags (optional fields), type, source, super options. Of
    several mounts on one point the last, which is the visible one, counts."""
    found = {}
    for line in text.splitlines():
        before, after = line.split(" - ")
        fields, tail = before.split(), after.split()
        found[fields[4]] = {"root": fields[3], "options": fields[5].split(","), "tags": fields[6:], "type": tail[0],
                            "source": tail[1], "super": tail[2].split(",")}
    return found


def mounts_in(box):
    """What the container sees in its mountinfo."""
    box.config["process"]["args"] = ["cat", "/proc/self/mountinfo"]
    box.write()
    return mounts_of(box.run().ok().out)


def mount_on_host(*arguments):
    """Mounts on the host for the time of the test; the last argument is the place."""
    sh("mount", *arguments).ok()
    defer(lambda: sh("umount", "-R", arguments[-1]).ok())


def outside(box):
    """A folder of the host beside the bundle with one file in it, which no container may touch: see untouched()."""
    folder = box.folder / "outside"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "file").write_text("host\n")
    return folder


def untouched(folder):
    """Whether such a folder is as it was, and no mount on it shows on the host."""
    equal(sorted(path.name for path in folder.iterdir()), ["file"])
    equal((folder / "file").read_text(), "host\n")
    excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(folder))
