"""A container's cgroup, as the kernel shows it."""

import os
import pathlib

from .bundle import Container
from .command import sh
from .runner import defer, temp_dir

SLEEP = "while :; do sleep 1; done"


def limited(resources, command=SLEEP, **more):
    """A container with these linux.resources."""
    return Container(command, linux={"resources": resources, **more})


def cgroup_of(box):
    """The folder of a container's cgroup."""
    name = pathlib.Path(f"/proc/{box.pid()}/cgroup").read_text().partition("::")[2].strip()
    return pathlib.Path("/sys/fs/cgroup" + name)


def cgroup_files(box, names):
    """file name -> text, of the container's cgroup."""
    return {name: (cgroup_of(box) / name).read_text().strip() for name in names}


def make_disk(mebibytes=48):
    """A disk in memory, for the test: its number ("7:0"), and the path of its node."""
    sh("modprobe", "loop").ok()
    image = temp_dir() / "disk"
    with image.open("wb") as file:
        file.write(os.urandom(1 << 20) * mebibytes)
    node = sh("losetup", "--find", "--show", image).ok().out.strip()
    defer(lambda: sh("losetup", "--detach", node).ok())
    return pathlib.Path(f"/sys/block/{pathlib.Path(node).name}/dev").read_text().strip(), node
