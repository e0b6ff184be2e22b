"""What containers may leave behind, to be compared before and after: mounts, cgroups, processes, keys and files.

    begin()  # once in the file, before run()

    box = Container(…)
    before = picture(box)
    …
    assert_same(before, lambda: picture(box), "after it was deleted")

After begin(), orphans stay below a process of the test's own, and so do the mounts: nothing that others do on the machine
meanwhile is in the picture.
"""

import ctypes
import os
import pathlib
import sys

from .bundle import cgroups_named
from .checks import equal, eventually

_CLONE_NEWNS = 0x20000
_MS_REC_PRIVATE = 0x4000 | 1 << 18
_PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def begin():
    """From here on the file runs in a child process. The parent adopts the orphans that the tests make, and reaps them, as
    the first process of a machine does; the mount namespace is their own."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _check(_libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None), "make the mounts private")
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) % 256)


def picture(box, word=None):
    """All that a container could leave, as sorted lists under names. `word` is in the names of all its cgroups and keys
    (the container's id, if it is not given)."""
    word = word or box.id
    return {"mounts": pathlib.Path("/proc/self/mountinfo").read_text().splitlines(),
            "cgroups": cgroups_named(word),
            "processes": orphans(),
            "keys": keys_named(word),
            "files": files_below(box.folder)}


def orphans():
    """Processes that the tests' commands have left running, as "PID COMMAND"."""
    parent = os.getppid()
    pids = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [f"{pid} {_command(pid)}" for pid in pids if int(pid) != os.getpid()]


def keys_named(word):
    """Keys and keyrings with this text in their names, as "SERIAL NAME"."""
    fields = [line.split(maxsplit=8) for line in pathlib.Path("/proc/keys").read_text().splitlines() if word in line]
    return [f"{serial} {name}" for serial, *_, name in fields]


def files_below(folder):
    """The paths of all files and folders below a folder; those of folders end in a slash."""
    return sorted(f"{os.path.join(place, name)}{'/' if name in folders else ''}"
                  for place, folders, files in os.walk(folder) for name in folders + files)


def assert_same(before, take, when, timeout=60):
    """Fails unless what take() gives is what it was before; for a while it may be more, since the kernel cleans up late."""

    def check():
        now = take()
        for kind, things in before.items():
            equal([thing for thing in now[kind] if thing not in things], [], f"{kind} that are left {when}")
            if kind in ("mounts", "files"):  # of the others, what was still there before was on its way out
                equal([thing for thing in things if thing not in now[kind]], [], f"{kind} that are missing {when}")

    eventually(check, timeout=timeout, interval=0.005)


def _command(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="backslashreplace").strip()
    except OSError:
        return "(gone)"


def _check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)
