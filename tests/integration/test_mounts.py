"""Mounts: sources, options, propagation, the root and its switch."""

import os
import pathlib

from harness import contains, equal, eventually, excludes, matches, run, sh, shows, test, that
from harness.bundle import Container, bind, mount, mount_on_host, mounts_in

SLEEP = "while :; do sleep 0.1; done"


@shows("mounts[].destination", "mounts[].type", "mounts[].options")
@test("the default mounts, with their types, options and sizes")
def default_mounts():
    seen = mounts_in(Container())
    for point, kind, options, super_options in (
            ("/", None, ["ro"], []), ("/proc", "proc", ["rw"], []), ("/dev", "tmpfs", ["nosuid"], ["size=65536k", "mode=755"]),
            ("/dev/pts", "devpts", ["nosuid", "noexec"], ["gid=5", "mode=620", "ptmxmode=666"]),
            ("/dev/shm", "tmpfs", ["nosuid", "nodev", "noexec"], ["size=65536k"]),
            ("/dev/mqueue", "mqueue", ["nosuid", "nodev", "noexec"], []),
            ("/sys", "sysfs", ["ro", "nosuid", "nodev", "noexec"], []),
            ("/sys/fs/cgroup", "cgroup2", ["ro", "nosuid", "nodev", "noexec", "relatime"], [])):
        contains(seen, point)
        if kind:
            equal(seen[point]["type"], kind, point)
        for option in options:
            contains(seen[point]["options"], option, point)
        for option in super_options:
            contains(seen[point]["super"], option, point)
    excludes(seen["/dev"]["options"], "relatime", "strictatime of /dev")


@shows("mounts[].source", "mounts[].options.bind")
@test("bind mounts of a directory and of a file, with places that are made for them; changes are seen on both sides")
def binds():
    box = Container("cat /data/in /etc/motd /new/place/file; echo out >/data/out; [ -f /new/place/file ] && echo file")
    data = box.folder / "data"
    data.mkdir()
    (data / "in").write_text("from the host\n")
    motd = box.folder / "motd"
    motd.write_text("a file\n")
    box.config["mounts"] += [bind(data, "/data"), bind(motd, "/etc/motd"), bind(motd, "/new/place/file")]
    box.write()
    equal(box.run().ok().lines(), ["from the host", "a file", "a file", "file"])
    equal((data / "out").read_text(), "out\n")


@shows("mounts[].source", "mounts[].destination")
@test("a relative bind source is looked up in the bundle, a relative destination in the root")
def relative_paths():
    box = Container("cat /data/in")
    (box.bundle / "data").mkdir()
    (box.bundle / "data/in").write_text("in the bundle\n")
    box.config["mounts"].append({"destination": "data", "source": "data", "options": ["bind"]})
    box.write()
    equal(box.run().ok().out, "in the bundle\n")


@test("tmpfs with size, mode, uid, gid and nr_inodes")
def tmpfs_data():
    box = Container("df -k /t | tail -n 1; stat -c '%a %u %g' /t; touch /t/1 /t/2 && echo room; "
                    "for n in 3 4 5 6 7 8 9; do touch /t/$n; done 2>/dev/null || echo full")
    box.config["mounts"].append(mount("/t", "tmpfs", "tmpfs", "size=1m", "mode=1707", "uid=7", "gid=8", "nr_inodes=8"))
    box.write()
    said = box.run().ok()
    equal(said.line(0).split()[1], "1024")
    equal(said.lines()[1:], ["1707 7 8", "room", "full"])


@test("mounts happen in the order of the list: a later one covers an earlier one")
def order():
    box = Container("ls /a; ls /a/b")
    for name in "outer", "inner":
        (box.folder / name).mkdir()
        (box.folder / name / name).touch()
    (box.folder / "outer/b").mkdir()
    box.config["mounts"] += [bind(box.folder / "inner", "/a/b"), bind(box.folder / "outer", "/a"),
                             bind(box.folder / "inner", "/a/b")]
    box.write()
    equal(box.run().ok().lines(), ["b", "outer", "inner"])


@shows("mounts[].options.rslave", "linux.rootfsPropagation.slave")
@test("a mount that the host makes later is seen through rslave; one that the container makes is not seen by the host")
def slave_direction():
    box = Container(SLEEP, process={"capabilities": {name: ["CAP_SYS_ADMIN"] for name in
                                                     ("bounding", "effective", "permitted")}})
    host = box.folder / "host"
    host.mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", host)
    sh("mount", "--make-shared", host).ok()
    for name in "from-host", "from-container":
        (host / name).mkdir()
    box.config["mounts"].append(bind(host, "/m", "rslave"))
    box.write()
    box.up()
    mount_on_host("-t", "tmpfs", "tmpfs", host / "from-host")
    (host / "from-host/file").touch()
    equal(box.exec("ls /m/from-host; mount -t tmpfs tmpfs /m/from-container; touch /m/from-container/x").ok().out, "file\n")
    equal(list((host / "from-container").iterdir()), [])
    excludes(pathlib.Path("/proc/self/mountinfo").read_text(), f"{host}/from-container")


@shows("mounts[].options.rshared", "linux.rootfsPropagation.shared")
@test("with rshared and a shared root a mount of the container is seen by the host")
def shared_direction():
    box = Container("mount -t tmpfs tmpfs /m/x && touch /m/x/file; " + SLEEP,
                    process={"capabilities": {name: ["CAP_SYS_ADMIN"] for name in ("bounding", "effective", "permitted")}},
                    linux={"rootfsPropagation": "shared"})
    host = box.folder / "host"
    host.mkdir()
    mount_on_host("-t", "tmpfs", "tmpfs", host)
    sh("mount", "--make-shared", host).ok()
    (host / "x").mkdir()
    box.config["mounts"].append(bind(host, "/m", "rshared"))
    box.write()
    box.up()
    eventually(lambda: (host / "x/file").exists())


@test("nothing of the container's mounts shows on the host, and the host's propagation stays as it was")
def host_untouched():
    before = pathlib.Path("/proc/self/mountinfo").read_text()
    box = Container(SLEEP)
    box.up()
    during = pathlib.Path("/proc/self/mountinfo").read_text()
    excludes(during, str(box.folder))
    own = [line for line in before.splitlines() if line in during.splitlines()]
    equal(len(own), len(before.splitlines()), "mounts of the host that are as they were")


@shows("linux.rootfsPropagation.{private,shared,unbindable}")
@test("rootfsPropagation: the root in the container is private, slave, shared or unbindable as asked")
def rootfs_propagation():
    for asked, tag in ("private", []), ("shared", ["shared"]), ("unbindable", ["unbindable"]):
        seen = mounts_in(Container(linux={"rootfsPropagation": asked}))
        equal([name.split(":")[0] for name in seen["/"]["tags"]], tag, asked)
    refused = Container(linux={"rootfsPropagation": "sideways"}).create().exits(1)
    matches(refused.err, r"linux\.rootfsPropagation: .*'sideways'")


@shows("root.readonly", "root.path")
@test("root.readonly: nothing can be written in the root, but in writable mounts; without it all can")
def readonly_root():
    text = "touch /file 2>/dev/null && echo root; touch /dev/shm/file && echo shm"
    equal(Container(text).run().ok().out, "shm\n")
    box = Container(text, root={"readonly": False})
    equal(box.run().ok().out, "root\nshm\n")
    that((box.rootfs / "file").exists(), "the file is not in the bundle")


@test("the host's root is out of reach: '..', chroot and the old root lead nowhere")
def pivoted():
    text = ("cd /; cd ../../..; ls -d bin; awk '{print $5}' /proc/self/mountinfo; "
            "mkdir -p /tmp/c; chroot /tmp/c /bin/true 2>/dev/null; ls -di / /.. | awk '{print $1}' | uniq | wc -l")
    for flags in (), ("--no-pivot",):
        said = Container(text, root={"readonly": False}).run(*flags).ok()
        equal(said.line(0), "bin")
        equal(said.lines()[-1], "1")
        if not flags:
            excludes(said.out, "/tmp/nacelle-test")


@test("--no-pivot works on a root that cannot be pivoted from")
def no_pivot():
    box = Container("ls /etc/passwd; mount | wc -l")
    said = box.run("--no-pivot").ok()
    equal(said.line(0), "/etc/passwd")


@test("a mount over /proc files that engines cover is allowed, any other below /proc is refused")
def over_proc():
    # CVE-2019-16884, CVE-2025-52881: a faked procfs would swallow the writes that confine the container.
    box = Container("cat /proc/meminfo")
    fake = box.folder / "fake"
    fake.write_text("MemTotal: 1 kB\n")
    box.config["mounts"].append(bind(fake, "/proc/meminfo"))
    box.write()
    equal(box.run().ok().out, "MemTotal: 1 kB\n")
    for place in "/proc/self/attr/exec", "/proc/sys/kernel/hostname", "/proc/1/status":
        box = Container(mounts=[bind(fake, place)])
        refused = box.create().exits(1)
        matches(refused.err, rf"^nacelle: create '{box.id}': mounts\[7\] '{place}': ")


@shows("mounts[].options.tmpcopyup")
@test("tmpcopyup: a tmpfs starts with what it covers; a tmpfs without a mode takes that of the directory below")
def copy_up():
    box = Container("cat /full/file /full/below/deep; stat -c '%a %u %g' /full /full/file /full/below /other /new; readlink /full/link; "
                    "touch /full/x || echo ro; echo mine >/other/file",
                    root={"readonly": False},
                    mounts=[{"destination": "/full", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "ro"]},
                            {"destination": "/other", "type": "tmpfs", "source": "tmpfs"},
                            {"destination": "/new", "type": "tmpfs", "source": "tmpfs"}])
    full, other = box.rootfs / "full", box.rootfs / "other"
    for folder in full, other, full / "below":
        folder.mkdir()
    (full / "file").write_text("file\n")
    (full / "below/deep").write_text("deep\n")
    (full / "link").symlink_to("/etc/passwd")
    os.chown(full / "file", 5, 6)
    for path, mode in (full, 0o750), (full / "file", 0o4755), (full / "below", 0o700), (other, 0o711):
        path.chmod(mode)
    equal(box.run().ok().lines(), ["file", "deep", "750 0 0", "4755 5 6", "700 0 0", "711 0 0", "1777 0 0", "/etc/passwd", "ro"])
    equal(sorted(os.listdir(other)), [])


run()
