"""Mounts that a container gets and loses while it runs: nacelle mounts add, nacelle mounts remove."""

import json
import os
import pathlib

from harness import contains, equal, eventually, excludes, matches, run, sh, test, that, withstands
from harness.bundle import NAMESPACES, Container, bind, mount, mount_on_host, mounts_of, namespaces, outside, untouched
from harness.swap import Swapping

SLEEP = "while :; do sleep 0.1; done"
MAPS = [{"containerID": 0, "hostID": 100000, "size": 65536}]


def mounts_now(box):
    return mounts_of(pathlib.Path(f"/proc/{box.pid()}/mountinfo").read_text())


def file_of(box, *mounts, whole=False):
    """A file with these mounts: a list, or an object with one."""
    path = box.folder / "mounts.json"
    path.write_text(json.dumps({"mounts": mounts} if whole else mounts))
    return path


def folder_of(box, name="data"):
    folder = box.folder / name
    folder.mkdir()
    (folder / "file").write_text(name + "\n")
    return folder


@test("a bind and a tmpfs come and go while the container runs; a list and an object with one are the same")
def add_and_remove():
    for whole in False, True:
        box = Container(SLEEP, root={"readonly": False})
        data = folder_of(box)
        box.up()
        before = mounts_now(box)
        file = file_of(box, bind(data, "/data", "ro", "nosuid"), mount("/new/place", "tmpfs", "tmpfs", "size=1m"),
                       bind(data / "file", "/data-file"), whole=whole)
        box.call("mounts", "add", box.id, file).ok()
        seen = mounts_now(box)
        equal(set(seen) - set(before), {"/data", "/new/place", "/data-file"})
        equal(seen["/data"]["options"][:2], ["ro", "nosuid"])
        contains(seen["/new/place"]["super"], "size=1024k")
        equal(box.exec("cat /data/file /data-file; touch /data/x || echo ro; touch /new/place/x && echo rw").ok().lines(),
              ["data", "data", "ro", "rw"])
        excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(box.rootfs))
        box.call("mounts", "remove", box.id, file).ok()
        equal(set(mounts_now(box)), set(before))
        equal((data / "file").read_text(), "data\n")


@test("they can be added to a created and to a paused container; one that has ended is an error")
def states():
    box = Container("cat /data/file; " + SLEEP)
    (box.rootfs / "data").mkdir()
    file = file_of(box, bind(folder_of(box), "/data"))
    box.create(output=box.folder / "out").ok()
    box.call("mounts", "add", box.id, file).ok()
    box.start().ok()
    eventually(lambda: (box.folder / "out").read_text() == "data\n")
    box.call("pause", box.id).ok()
    box.call("mounts", "remove", box.id, file).ok()
    box.call("mounts", "add", box.id, file).ok()
    contains(mounts_now(box), "/data")
    box.call("resume", box.id).ok()
    box.kill("KILL").ok()
    sh("sh", "-c", f"while kill -0 {box.pid()} 2>&-; do sleep 0.05; done")
    for verb in "add", "remove":
        matches(box.call("mounts", verb, box.id, file).exits(1).err, r"^nacelle: (add mounts to|remove mounts from) '.*': container not running")


@test("in a user namespace: sources that its root cannot reach, new file systems, mapped ids")
def user_namespace():
    box = Container(SLEEP, linux={"namespaces": namespaces(*NAMESPACES, "user"), "uidMappings": MAPS, "gidMappings": MAPS})
    for name in "data", "mapped", "t":
        (box.rootfs / name).mkdir()
    box.up()
    data = folder_of(box)
    closed = box.folder / "closed"
    closed.mkdir(mode=0o700)
    data = data.rename(closed / "data")
    file = file_of(box, bind(data, "/data", "ro"), bind(data, "/mapped", "idmap"), mount("/t", "tmpfs", "tmpfs"))
    box.call("mounts", "add", box.id, file).ok()
    equal(box.exec("cat /data/file; stat -c %u /data/file /mapped/file; touch /t/x && stat -c %u /t/x").ok().lines(),
          ["data", "65534", "0", "0"])
    box.call("mounts", "remove", box.id, file).ok()
    equal(box.exec("ls /data /mapped /t").ok().out.count("file"), 0)


@test("file systems of the container's own namespaces: proc, mqueue, cgroup2")
def own_namespaces():
    box = Container(SLEEP, root={"readonly": False})
    box.up()
    box.call("mounts", "add", box.id, file_of(box, mount("/p", "proc", "proc"), mount("/q", "mqueue", "mqueue"),
                                              mount("/c", "cgroup", "cgroup", "ro"))).ok()
    said = box.exec("cat /p/1/cmdline | tr '\\0' ' '; echo; cat /c/cgroup.procs | head -n 1; ls /q | wc -l").ok().lines()
    contains(said[0], "sleep 0.1")
    equal(said[1:], ["1", "0"])


@test("when one of the list fails, those before it go again, and the error names it")
def all_or_nothing():
    box = Container(SLEEP, root={"readonly": False})
    data = folder_of(box)
    box.up()
    before = mounts_now(box)
    good = [bind(data, "/one"), mount("/one/file", "bind", "/dev/null", "bind"), mount("/two", "tmpfs", "tmpfs")]
    for bad, reason in ((bind(box.folder / "nonesuch", "/x"), r"open_tree .*: No such file or directory"),
                        (mount("/x", "tmpfs", "tmpfs", "siez=1m"), r"option 'siez=1m': tmpfs: Unknown parameter 'siez'"),
                        (bind(data, "/etc/passwd"), r"move_mount: Invalid argument \(hint: a directory is mounted on a file"),
                        (mount("/proc/sys", "tmpfs", "tmpfs"), r"lies on a procfs: Operation not permitted"),
                        (mount("/x", "", "", "remount", "ro"), r"option 'remount': a mount can only be added, or removed")):
        refused = box.call("mounts", "add", box.id, file_of(box, *good, bad)).exits(1)
        matches(refused.err, rf"^nacelle: add mounts to '{box.id}': mounts\[3\] '{bad['destination']}': {reason}")
        equal(mounts_now(box), before)


@test("what is not mounted, not a mount, or no command is an error; the root is never removed")
def errors():
    box = Container(SLEEP)
    box.up()
    before = mounts_now(box)
    for place, reason in (("/etc", r"mount '/etc': umount: Invalid argument \(hint: nothing is mounted there\)"),
                          ("/nonesuch/x", r"mount '/nonesuch/x': openat2: No such file"),
                          ("/", r"mount '/': the root cannot be removed"), ("/..", r"mount '/\.\.': the root cannot be removed")):
        refused = box.call("mounts", "remove", box.id, file_of(box, mount(place, "", ""))).exits(1)
        matches(refused.err, rf"^nacelle: remove mounts from '{box.id}': {reason}")
    equal(mounts_now(box), before)
    file = file_of(box)
    matches(box.call("mounts", "ad", box.id, file).exits(1).err, r"mounts: 'ad' is neither add nor remove")
    matches(box.call("mounts", "add", "nonesuch", file).exits(1).err, r"^nacelle: container does not exist: 'nonesuch'")
    file.write_text('[{"destination": ""}]')
    matches(box.call("mounts", "add", box.id, file).exits(1).err, r"mounts\.json: \[0\]\.destination: empty")
    file.write_text('{"mount": []}')
    matches(box.call("mounts", "add", box.id, file).exits(1).err, r"mounts\.json: mounts: missing")


@test("later mounts of the host are seen through, none of the container's show on the host")
def propagation():
    box = Container(SLEEP, root={"readonly": False},
                    process={"capabilities": {name: ["CAP_SYS_ADMIN"] for name in ("bounding", "effective", "permitted")}})
    host = box.folder / "host"
    host.mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", host)
    sh("mount", "--make-shared", host).ok()
    for name in "later", "inside":
        (host / name).mkdir()
    box.up()
    box.call("mounts", "add", box.id, file_of(box, bind(host, "/m"))).ok()
    mount_on_host("-t", "tmpfs", "tmpfs", host / "later")
    box.exec("mount -t tmpfs tmpfs /m/inside").ok()
    contains(mounts_now(box), "/m/later")
    excludes(pathlib.Path("/proc/self/mountinfo").read_text(), f"{host}/inside")


@withstands("CVE-2021-30465", "CVE-2024-45310")
@test("a place that the container exchanges for a symlink out of it: the mount is inside, or not at all", timeout=300)
def raced():
    box = Container(SLEEP, root={"readonly": False})
    folder = outside(box)
    box.up()
    (box.rootfs / "place").mkdir()
    (box.rootfs / "link").symlink_to(folder)
    (box.rootfs / "dev-link").symlink_to("/etc")
    file = file_of(box, mount("/place/deep/er", "tmpfs", "tmpfs"))
    met = set()
    for _ in range(800):
        if len(met) == 2:
            break
        with Swapping(box.rootfs / "place", box.rootfs / "link"):
            outcome = box.call("mounts", "add", box.id, file)
        untouched(folder)
        if outcome.code != 0:
            matches(outcome.err, r": mounts\[0\] '/place/deep/er': ")
            continue
        places = [place for place in mounts_now(box) if place.endswith("/deep/er")]
        equal(len(places), 1)
        met.add("link" if places[0].startswith(str(folder)) else "place")
        sh("nsenter", "--mount", "--target", box.pid(), "--root", "umount", places[0]).ok()
        sh("rm", "-rf", *(path / "deep" for path in (box.rootfs / "place", box.rootfs / "link", box.rootfs / str(folder)[1:])
                          if not path.is_symlink()))
    equal(met, {"link", "place"}, "the faces of the path that were met")
    that(os.path.isdir(folder), "the folder of the host is gone")


run()
