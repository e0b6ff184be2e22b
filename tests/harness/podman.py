"""podman, run with a runtime of choice, for the tests in the test machine.

Each call costs seconds there: so a container tells what it sees through a shared folder, and podman's own files are read."""

import functools
import os
import pathlib
import time

from .bundle import cgroups_named
from .checks import equal, eventually
from .command import sh
from .image import PAUSE_IMAGE, images_archive
from .runner import defer, temp_dir
from .where import nacelle, repo

CGROUPS = pathlib.Path("/sys/fs/cgroup")
CONFIGURATION = pathlib.Path("/etc/containers/containers.conf.d/50-nacelle.conf")


class Podman:
    """podman with a runtime (ours, unless told otherwise) and a cgroup manager, run by root or by a machine's user."""

    def __init__(self, runtime=None, manager="cgroupfs", user=None):
        self.user = user
        install_configuration()
        load_images(user)
        self.options = ["--runtime", runtime or nacelle(), "--cgroup-manager", manager, "--events-backend", "file"]

    def words(self, *arguments):
        """The command line."""
        words = ["podman", *map(str, [*self.options, *arguments])]
        return self.user.words(*words) if self.user else words

    def __call__(self, *arguments, **how):
        """Runs podman; gives the Outcome."""
        return sh(*self.words(*arguments), **{"timeout": 60, **how})

    def run(self, *arguments, **how):
        """`podman run --rm` without a network; arguments are options, image and command."""
        return self("run", "--rm", "--network", "none", *arguments, **how)

    def background(self, *arguments, pod=None):
        """`podman run --detach`; gives a Running. It is removed when the test ends."""
        folder = temp_dir()
        folder.chmod(0o777)  # the user's runtime writes there
        place = ["--pod", pod] if pod else ["--network", "none"]
        name = f"test-{time.monotonic_ns()}"
        defer(lambda: self("rm", "--force", "--time", "0", name))
        self("run", "--detach", "--name", name, "--pidfile", folder / "pid", *place, *arguments).ok()
        return Running(name, int((folder / "pid").read_text()))


class Running:
    """A container that podman runs: its name, and the pid of its init."""

    def __init__(self, name, pid):
        self.name, self.pid = name, pid

    def cgroup(self):
        """The folder of its cgroup."""
        return CGROUPS / pathlib.Path(f"/proc/{self.pid}/cgroup").read_text().partition("::/")[2].strip()


@functools.cache
def load_images(user=None):
    """Gives podman the images of the tests, once for each user."""
    archive = images_archive()
    if user:
        os.chmod(archive.parent, 0o755)
    words = ["podman", "load", "--input", archive]
    sh(*(user.words(*words) if user else words), timeout=120).ok()


@functools.cache
def install_configuration():
    """Puts our snippet for podman where it belongs (the test machine is thrown away), with the built runtime, and with a pause
    program, which the machine's podman lacks."""
    snippet = (repo / "packaging/podman/50-nacelle.conf").read_text().replace("/usr/bin/nacelle", nacelle())
    pause = f'[engine]\ninfra_image = "{PAUSE_IMAGE}"\ninfra_command = "/pause"\n'
    CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
    CONFIGURATION.write_text(snippet.replace("[engine]\n", pause))


def nothing_left():
    """No container of podman's has a cgroup, and none of nacelle's a state."""
    eventually(lambda: equal([path for path in cgroups_named("libpod-") if "conmon" not in path], []))
    equal([path.name for path in pathlib.Path("/run/nacelle").glob("*") if path.name != ".empty"], [])
