"""Containers in scopes of systemd's: the unit's properties and the files of the cgroup."""

import json

from .bundle import Container
from .cgroup import SLEEP, cgroup_files
from .command import sh

MAX = "max"


def scoped(resources, command=SLEEP):
    """A running container in a scope of its own; no later command says --systemd-cgroup."""
    box = Container(command, linux={"resources": resources})
    box.config["linux"]["cgroupsPath"] = f"test.slice:nacelle:{box.id}"
    box.write()
    box.call("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id, options=["--systemd-cgroup"]).ok()
    box.start().ok()
    return box


def update(box, resources):
    return box.call("update", "--resources", "-", box.id, stdin=json.dumps(resources))


def properties(box, *names):
    """Properties of the scope; what is unlimited is "max", as in the files."""
    shown = sh("systemctl", "show", f"nacelle-{box.id}.scope", *(f"--property={name}" for name in names)).ok().out
    values = dict(line.partition("=")[::2] for line in shown.splitlines())
    return {name: MAX if values[name] == "infinity" else values[name] for name in names}


def files(box, *names):
    return cgroup_files(box, names)
