"""An ordinary user of the tests' own, and containers that he runs.

    user = User()
    box = user.container("id -u")
    equal(box.run().ok().out, "0\n")

He is known to nobody else: /etc/passwd, /etc/subuid and /etc/subgid are covered in a mount namespace that the test's process
makes for itself."""

import ctypes
import functools
import os
import pathlib
import shutil

from .bundle import NAMESPACES, Container, namespaces
from .command import sh
from .runner import defer, temp_dir
from .where import nacelle

NAME, UID, FIRST_SUBID = "nacelle-tester", 4711, 3000000

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000


class User:
    """Someone without any privilege. `subids`: how many further ids /etc/subuid and /etc/subgid give him."""

    def __init__(self, subids=65536):
        _leave_the_hosts_mounts()
        self.folder = temp_dir()
        self.runtime_dir = self.folder / "run"
        self.runtime_dir.mkdir()
        ranges = f"{NAME}:{FIRST_SUBID}:{subids}\n" if subids else ""
        line = f"{NAME}:x:{UID}:{UID}::{self.folder}:/bin/sh\n"
        for file, text in (("passwd", pathlib.Path("/etc/passwd").read_text() + line), ("subuid", ranges), ("subgid", ranges)):
            self._cover(file, text)
        # The build folder may lie where he cannot go.
        self.nacelle = self.folder / "nacelle"
        shutil.copy(nacelle(), self.nacelle)
        self.give(self.folder)

    def _cover(self, file, text):
        path = self.folder / file
        path.write_text(text)
        if not os.path.exists(f"/etc/{file}"):
            pathlib.Path(f"/etc/{file}").touch()
            defer(os.unlink, f"/etc/{file}")
        _mount(str(path), f"/etc/{file}", MS_BIND)
        defer(lambda: sh("umount", f"/etc/{file}").ok())

    def give(self, folder):
        """Makes him the owner of a folder and all in it, as a runtime that he runs needs it."""
        folder.chmod(0o755)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, UID, UID, follow_symlinks=False)

    def words(self, *command, environment=()):
        """The command line that runs a command as him."""
        return ["setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups", "--inh-caps=-all", "env",
                f"XDG_RUNTIME_DIR={self.runtime_dir}", *environment, *map(str, command)]

    def sh(self, *command, environment=(), **how):
        """Runs a command as him; gives the Outcome."""
        return sh(*self.words(*command, environment=environment), **how)

    def container(self, command="true", maps=None, **more):
        """A container whose runtime he runs, in a new user namespace: root inside is he, unless `maps` says otherwise."""
        linux = {"namespaces": namespaces("user", *NAMESPACES), **(maps or own_id()), **more.pop("linux", {})}
        return UsersContainer(self, command, linux=linux, **more)


class UsersContainer(Container):
    """A container of a user's."""

    def __init__(self, user, command, **more):
        self.user = user
        super().__init__(command, **more)
        tty_group = self.config["mounts"][2]["options"]
        if "gid=5" in tty_group and more["linux"]["gidMappings"][0]["size"] == 1:
            tty_group.remove("gid=5")
            self.write()
        user.give(self.folder)

    def words(self, verb, *arguments, options=()):
        words = super().words(verb, *arguments, options=options)
        return self.user.words(self.user.nacelle, *words[1:])


def own_id():
    """Maps that need no help: root inside is the user."""
    one = [{"containerID": 0, "hostID": UID, "size": 1}]
    return {"uidMappings": one, "gidMappings": one}


def many_ids(size=65536):
    """Maps as podman makes them: root inside is the user, the others are his subordinate ids."""
    both = [{"containerID": 0, "hostID": UID, "size": 1}, {"containerID": 1, "hostID": FIRST_SUBID, "size": size}]
    return {"uidMappings": both, "gidMappings": both}


@functools.cache
def _leave_the_hosts_mounts():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    _mount("none", "/", MS_REC | MS_PRIVATE)


def _mount(source, target, flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), None, flags, None):
        raise OSError(ctypes.get_errno(), f"mount on {target}")
