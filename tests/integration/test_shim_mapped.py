"""Roots whose ids are mapped, as containerd 2 describes them to the shim for a pod with a user namespace."""

import os
import pathlib
import shutil

from harness import contains, equal, excludes, run, sh, temp_dir, test
from harness import ttrpc
from harness.bundle import namespaces
from harness.runner import defer
from harness.shim import Shim

HOST_ROOT = 100000
MAP = f"0:{HOST_ROOT}:65536"
MAPPED = [f"uidmap={MAP}", f"gidmap={MAP}"]
IDS = [{"containerID": 0, "hostID": HOST_ROOT, "size": 65536}]


def mapped_task(command):
    """A task in a user namespace, whose root is still to be mounted; its shim, and a folder with the files of the image."""
    shim = Shim()
    kinds = namespaces("pid", "network", "ipc", "uts", "mount", "cgroup", "user")
    task = shim.task(command, linux={"namespaces": kinds, "uidMappings": IDS, "gidMappings": IDS}, root={"readonly": False})
    store = temp_dir()
    sh("mount", "-t", "tmpfs", "-o", "mode=0711", "store", store).ok()  # overlayfs knows no mapped layers of overlayfs
    defer(lambda: sh("umount", store).ok())
    shutil.copytree(task.box.rootfs, store / "base", symlinks=True)
    shutil.rmtree(task.box.rootfs)
    for folder in (task.box.folder, task.box.bundle):
        os.chmod(folder, 0o711)
    return shim, task, store


def assert_unmounted(task, store):
    """Neither the root nor a layer is mounted."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    excludes(mounts, str(task.box.bundle))
    excludes(mounts, f"{store}/")


def owner(path):
    """The uid and gid of a file as the host has them."""
    return path.stat().st_uid, path.stat().st_gid


@test("an overlay with uidmap and gidmap: root in the container owns the image's files, which on the disk keep their owners")
def overlay():
    shim, task, store = mapped_task("stat -c %u:%g /bin/sh /lower /of-bin /upper; echo new >/new; echo more >>/lower; cat /lower")
    for name in ("lower", "upper", "work"):
        (store / name).mkdir()
    (store / "lower/lower").write_text("text\n")
    (store / "lower/of-bin").touch()
    os.chown(store / "lower/of-bin", 2, 3)
    (store / "upper/upper").touch()
    for path in (store / "upper", store / "upper/upper", store / "work"):
        os.chown(path, HOST_ROOT, HOST_ROOT)  # as containerd's snapshotter leaves them
    task.up(rootfs=[{"type": "overlay", "source": "overlay", "options": [
        "index=off", f"workdir={store}/work", f"upperdir={store}/upper", f"lowerdir={store}/lower:{store}/base", *MAPPED]}])
    equal(task.wait()["exit_status"], 0)
    equal(task.text(), "0:0\n0:0\n2:3\n0:0\ntext\nmore\n")
    equal([owner(store / name) for name in ("upper/new", "upper/lower", "lower/lower", "lower/of-bin")],
          [(HOST_ROOT, HOST_ROOT)] * 2 + [(0, 0), (2, 3)])
    task.delete()
    assert_unmounted(task, store)
    equal(shim.said(), "")


@test("an overlay of a hundred layers that are mapped")
def many_layers():
    shim, task, store = mapped_task("ls / | grep -c layer; stat -c %u /layer99")
    names = [store / f"{number:03}-{'x' * 100}" for number in range(100)]
    for number, folder in enumerate(names):
        (folder / f"layer{number}").mkdir(parents=True)
    task.up(rootfs=[{"type": "overlay", "source": "overlay", "options": [
        "lowerdir=" + ":".join(map(str, [*names, store / "base"])), *MAPPED]}])
    equal(task.wait()["exit_status"], 0)
    equal(task.text(), "100\n0\n")
    task.delete()
    assert_unmounted(task, store)


@test("a bind with uidmap and gidmap, several ranges in each")
def bind():
    shim, task, store = mapped_task("stat -c %u /bin/sh /shifted")
    (store / "base/shifted").touch()
    os.chown(store / "base/shifted", 7, 7)
    ranges = f"0:{HOST_ROOT}:7,7:{HOST_ROOT + 1000}:1"
    task.up(rootfs=[{"type": "bind", "source": str(store / "base"), "options": [
        "rbind", "rw", f"uidmap={ranges}", f"gidmap={ranges}"]}])
    equal(task.wait()["exit_status"], 0)
    equal(task.text(), "0\n1000\n")
    task.delete()
    assert_unmounted(task, store)


@test("what is wrong with the maps is said in one line, and nothing is left mounted")
def refused():
    shim, task, store = mapped_task("true")
    layer = f"lowerdir={store}/base:{store}/base"
    for kind, options, text in (("overlay", [layer, MAPPED[0]], "one without the other"),
                                ("overlay", [layer, "uidmap=0:1", MAPPED[1]], "option 'uidmap': '0:1': not first id"),
                                ("overlay", [layer, "uidmap=0:1:0", MAPPED[1]], "'0:1:0'"),
                                ("overlay", [f"lowerdir={store}/nowhere", *MAPPED], "nowhere': No such file"),
                                ("tmpfs", MAPPED, "of overlays and binds alone"),
                                ("bind", ["rbind", "uidmap=0:0:1,0:0:1", MAPPED[1]], "uidMappings")):
        source = str(store / "base")
        try:
            task.create(stdout="", stderr="", rootfs=[{"type": kind, "source": source, "options": options}])
            raise AssertionError(f"{kind} {options} was mounted")
        except ttrpc.Refused as refusal:
            contains(refusal.message, text)
            contains(refusal.message, f"rootfs[0]: {kind} '{source}'")
        assert_unmounted(task, store)
    equal(shim.call("Connect", id="any")["shim_pid"], shim.process.pid)


run()
