"""Roots and configurations made by an enemy: symlinks, false file systems and odd paths, as they lie there from the start.
Those that change while the container is made are in test_hostile_races.py."""

import os
import pathlib

from harness import contains, equal, excludes, matches, run, sh, test, that, withstands
from harness.bundle import NAMESPACES, Container, bind, cgroup_mount, mount, namespaces, outside, untouched
from harness.terminal import ConsoleSocket

SLEEP = "while :; do sleep 0.1; done"


def replace_by_link(path, target):
    if path.is_dir():
        path.rmdir()
    path.symlink_to(target)


@withstands("CVE-2023-27561", "CVE-2023-28642", "CVE-2026-41579", "CVE-2026-47766", "CVE-2025-54867")
@test("/proc, /sys or /dev as a symlink is refused, wherever it leads")
def system_folders():
    for name in "proc", "sys", "dev":
        for target in "../outside", "/tmp", "../../outside", "/":
            box = Container("true")
            folder = outside(box)
            replace_by_link(box.rootfs / name, target)
            refused = box.create().exits(1)
            matches(refused.err, rf"^nacelle: create '{box.id}': mounts\[\d\] '/{name}': openat2: Too many levels of symbolic")
            equal(box.cgroups(), [])
            untouched(folder)


@test("/dev/shm, /dev/pts or /sys/fs as a symlink in a bind-mounted /dev or /sys stays inside")
def below_system_folders():
    box = Container("true")
    folder = outside(box)
    fake = box.folder / "fake-dev"
    fake.mkdir()
    for name in "pts", "shm", "mqueue":
        (fake / name).symlink_to(folder)
    box.config["mounts"][1] = bind(fake, "/dev")
    box.write()
    matches(box.create().exits(1).err, r"mounts\[2\] '/dev/pts': openat2: Too many levels of symbolic links")
    untouched(folder)


@withstands("CVE-2019-18837")
@test("a mount's destination through symlinks, absolute or with '..', ends inside the root")
def destinations():
    box = Container("ls /data; grep -c '/outside/x \\|/inner/../x' /proc/self/mountinfo; ls -d /x")
    folder = outside(box)
    (box.rootfs / "inner").mkdir()
    (box.rootfs / str(folder)[1:]).mkdir(parents=True)  # where the links lead when they are followed inside
    for number, target in enumerate((str(folder), "../../../../.." + str(folder), "/inner/../../..", "/proc/1/root")):
        (box.rootfs / f"link{number}").symlink_to(target)
        box.config["mounts"].append(mount(f"/link{number}/x", "tmpfs", "tmpfs"))
    box.config["mounts"].pop()  # the one through /proc: below
    box.config["mounts"] += [bind(folder, "/../../../../data")]
    box.write()
    equal(box.run().ok().lines(), ["file", "2", "/x"])
    untouched(folder)
    box.config["mounts"].append(mount("/link3/x", "tmpfs", "tmpfs"))
    box.write()
    matches(box.create().exits(1).err, r"'/link3/x': ")
    untouched(folder)


@test("a device's or a masked path through a symlink ends inside the root")
def devices_through_links():
    box = Container("ls /made", root={"readonly": False}, linux={
        "devices": [{"path": "/out/null", "type": "c", "major": 1, "minor": 3, "fileMode": 0o666}],
        "maskedPaths": ["/mask"], "readonlyPaths": ["/keep"]})
    folder = outside(box)
    (box.rootfs / "out").symlink_to(folder)
    (box.rootfs / "mask").symlink_to(folder / "file")
    (box.rootfs / "keep").symlink_to(folder)
    box.run()
    untouched(folder)
    equal(os.stat(folder).st_dev, os.stat(box.folder).st_dev)


@withstands("CVE-2025-31133", "CVE-2025-62161")
@test("masked paths: a swapped /dev/null in the image is not what hides them")
def masks_by_null():
    box = Container("cat /proc/keys; ls /sys/firmware; cat /secret", linux={"maskedPaths": ["/proc/keys", "/sys/firmware", "/secret"]},
                    change=lambda config: config.update(mounts=[entry for entry in config["mounts"]
                                                                if entry["destination"].startswith(("/proc", "/sys"))]))
    (box.rootfs / "secret").write_text("secret\n")
    (box.rootfs / "dev/null").write_text("not the null device\n")
    outcome = box.run()
    excludes(outcome.out, "secret")
    excludes(outcome.out, "not the null device")


@withstands("CVE-2025-52565")
@test("/dev/console prepared as a symlink does not lead the terminal's mount outside")
def console_link():
    box = Container("true", process={"terminal": True})
    folder = outside(box)
    fake = box.folder / "fake-dev"
    (fake / "pts").mkdir(parents=True)
    (fake / "shm").mkdir()
    (fake / "mqueue").mkdir()
    (fake / "console").symlink_to(folder / "file")
    box.config["mounts"][1] = bind(fake, "/dev")
    box.write()
    console = ConsoleSocket()
    box.create("--console-socket", console.path)
    untouched(folder)


@withstands("CVE-2019-16884", "CVE-2019-19921", "CVE-2025-52881", "CVE-2025-62596")
@test("writes of labels and sysctls go to a true procfs, though the image brings a false one")
def false_procfs():
    for place in "/proc", "/proc/":
        box = Container("cat /proc/sys/kernel/msgmax; true", linux={"sysctl": {"kernel.msgmax": "4321"}})
        fake = box.folder / "fake-proc"
        (fake / "sys/kernel").mkdir(parents=True)
        (fake / "sys/kernel/msgmax").write_text("fake\n")
        box.config["mounts"][0] = bind(fake, place)
        box.write()
        outcome = box.run()
        if outcome.code == 0:
            equal(outcome.out, "fake\n", "what the container sees")
        equal((fake / "sys/kernel/msgmax").read_text(), "fake\n", "what the runtime wrote to")


@withstands("CVE-2024-21626")
@test("the working directory: a symlink that leads out is followed inside, /proc/self/fd/N is refused")
def working_directory():
    box = Container("pwd", process={"cwd": "/work/deep"}, root={"readonly": False})
    folder = outside(box)
    (box.rootfs / "work").symlink_to(folder)
    box.run()
    untouched(folder)
    leaked = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    os.set_inheritable(leaked, True)
    try:
        for number in (*range(3, 40), leaked):
            box = Container("cat etc/shadow ../etc/shadow; ls", process={"cwd": f"/proc/self/fd/{number}"})
            outcome = box.run(pass_fds=[leaked])
            that(outcome.code != 0, f"it ran in /proc/self/fd/{number}:\n{outcome}")
            matches(outcome.err, rf"^nacelle: create '{box.id}': process\.cwd '/proc/self/fd/{number}': ")
        up = Container(SLEEP)
        up.up()
        for number in range(3, 20):
            refused = up.exec("true", flags=["--cwd", f"/proc/self/fd/{number}"], pass_fds=[leaked])
            equal(refused.code, 255)
        refused = up.exec("true", flags=["--cwd", "/proc/1/fd/3"], pass_fds=[leaked])
        equal(refused.code, 255)
    finally:
        os.close(leaked)


@withstands("CVE-2026-41579", "CVE-2026-47766", "CVE-2025-54867")
@test("a root whose /dev is a symlink, and no mount on it: no device, link or console is made where it leads")
def dev_link_without_mount():
    for target in "../../outside", "/", "/tmp":
        for terminal in False, True:
            box = Container("true", process={"terminal": terminal}, root={"readonly": False},
                            change=lambda config: config.update(mounts=[mount("/proc", "proc", "proc")]))
            folder = outside(box)
            replace_by_link(box.rootfs / "dev", target)
            flags = ["--console-socket", ConsoleSocket().path] if terminal else []
            refused = box.create(*flags).exits(1)
            matches(refused.err, rf"^nacelle: create '{box.id}': linux\.devices '/dev/null': openat2: Too many levels of symbolic")
            untouched(folder)
            equal((sorted(os.listdir(box.rootfs / "tmp")), box.cgroups(), box.states()), ([], [], []))


@withstands("CVE-2026-41579", "CVE-2023-27561")
@test("other spellings of /proc, /sys and /dev are held to the same rules")
def other_spellings():
    for name, spelling in (("proc", "//proc"), ("proc", "/./proc/."), ("sys", "/tmp/../sys"), ("dev", "/dev//"), ("dev", "dev")):
        box = Container("true")
        folder = outside(box)
        replace_by_link(box.rootfs / name, "../../outside")
        for entry in box.config["mounts"]:
            if entry["destination"] == "/" + name:
                entry["destination"] = spelling
        box.write()
        matches(box.create().exits(1).err, r": openat2: Too many levels of symbolic links")
        untouched(folder)


@withstands("CVE-2019-16884", "CVE-2019-19921", "CVE-2025-52881", "CVE-2025-62596")
@test("a tmpfs or a symlink farm in the place of /proc: sysctls reach the kernel, not what the links point at")
def proc_replaced():
    for fake_kind in "tmpfs", "farm":
        box = Container(SLEEP, linux={"sysctl": {"kernel.msgmax": "4321"}, "maskedPaths": [], "readonlyPaths": []})
        folder = outside(box)
        farm = box.folder / "farm"
        for target in "self", "thread-self", "1":
            (farm / target / "attr").mkdir(parents=True)
            (farm / target / "attr/exec").symlink_to(folder / "file")
        (farm / "sys/kernel").mkdir(parents=True)
        (farm / "sys/kernel/msgmax").symlink_to(folder / "file")
        box.config["mounts"][0] = mount("/proc", "tmpfs", "tmpfs") if fake_kind == "tmpfs" else bind(farm, "/proc")
        box.write()
        pid = box.up()
        untouched(folder)
        equal(sh("nsenter", "--ipc", "--target", pid, "cat", "/proc/sys/kernel/msgmax").ok().out, "4321\n")


@withstands("CVE-2025-52881", "CVE-2025-62596")
@test("what confines a container cannot be covered: a mount below its /proc is refused by whatever way it gets there")
def below_proc():
    for place, link in (("/proc/sys", None), ("/proc/self/attr", None), ("/proc/./sys", None), ("/tmp/../proc/sys/kernel", None),
                        ("/way/sys", "/proc"), ("/way", "/proc/sys"), ("/way/attr", "../proc/1")):
        box = Container(mounts=[mount(place, "tmpfs", "tmpfs")])
        if link:
            (box.rootfs / "way").symlink_to(link)
        matches(box.create().exits(1).err, rf"mounts\[7\] '{place}': (lies on a procfs: .*\(hint: only a procfs itself|openat2: Too many levels of symb)")


@withstands("CVE-2025-31133", "CVE-2025-62161")
@test("masked files are the true null device, though the container's /dev/null is a link to what it wants to write to")
def null_is_a_link():
    box = Container("stat -L -c '%F %t,%T' /proc/keys /secret; cat /proc/keys /secret; echo x >/secret; cat /target",
                    root={"readonly": False}, linux={"maskedPaths": ["/proc/keys", "/secret"]})
    fake = box.folder / "fake-dev"
    for name in "pts", "shm", "mqueue":
        (fake / name).mkdir(parents=True)
    for target in "/proc/sysrq-trigger", "/target", "/proc/sys/kernel/core_pattern":
        (fake / "null").unlink(missing_ok=True)
        (fake / "null").symlink_to(target)
        box.config["mounts"][1] = bind(fake, "/dev")
        (box.rootfs / "secret").write_text("secret\n")
        (box.rootfs / "target").write_text("target\n")
        equal(box.run().ok().lines(), ["character special file 1,3", "character special file 1,3", "target"])
        equal((box.rootfs / "secret").read_text(), "secret\n")


@withstands("CVE-2026-55686")
@test("a working directory that is made through symlinks is made inside, whatever they say, and owned by nobody of the host")
def made_working_directory():
    name = f"new-{os.getpid()}"  # nobody else's
    for link in "outside", "../../../../../..", "/":
        box = Container("pwd -P", process={"cwd": f"/work/{name}/deep", "user": {"uid": 1000, "gid": 1000}}, root={"readonly": False})
        folder = outside(box)
        (box.rootfs / "work").symlink_to(folder if link == "outside" else link)
        said = box.run().ok().out.strip()
        that((box.rootfs / said[1:]).is_dir(), f"{said} is not in the root")
        untouched(folder)
        that(not pathlib.Path(f"/{name}").exists(), f"/{name} was made on the host")


@withstands("CVE-2024-45310")
@test("folders on the way to a mount through symlinks without a target are made inside the root, and in a circle not at all")
def made_destinations():
    box = Container("ls -d /run/deep/er /made/there", root={"readonly": False})
    folder = outside(box)
    (box.rootfs / "run").rmdir()
    (box.rootfs / "var/run").symlink_to("../../../../../run")  # as images have it: /run is not there yet
    (box.rootfs / "far").symlink_to("/made")
    box.config["mounts"] += [mount("/var/run/deep/er", "tmpfs", "tmpfs"), mount("/far/there", "tmpfs", "tmpfs")]
    box.write()
    equal(box.run().ok().lines(), ["/made/there", "/run/deep/er"])
    (box.rootfs / "out").symlink_to(folder / "new")
    (box.rootfs / "circle").symlink_to("/circle")
    for place, reason in (("/out/x", None), ("/circle/x", r"mounts\[9\] '/circle/x': .*Too many levels of symbolic links")):
        box.config["mounts"][9:] = [mount(place, "tmpfs", "tmpfs")]
        box.write()
        outcome = box.run()
        if reason:
            matches(outcome.exits(1).err, reason)
        untouched(folder)


@withstands("CVE-2023-25809")
@test("without a cgroup namespace, or with the host's /sys, no cgroup of the host can be written")
def host_cgroups():
    top = cgroup_mount() / f"nacelle-owned-{os.getpid()}"
    top.mkdir()
    try:
        os.chown(top, 100000, 100000)  # as a user's delegated cgroup is
        maps = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        without = tuple(kind for kind in NAMESPACES if kind not in ("cgroup", "network"))
        box = Container(f"cat /proc/self/mountinfo; mkdir {top}/x || echo refused",
                        linux={"namespaces": namespaces(*without, "user"), "uidMappings": maps, "gidMappings": maps})
        box.config["mounts"] = [entry for entry in box.config["mounts"] if entry["destination"] != "/sys/fs/cgroup"]
        for options in ["ro"], []:
            box.config["mounts"][5] = mount("/sys", "sysfs", "sysfs", *options)
            box.write()
            said = box.run().ok()
            equal(said.lines()[-1], "refused")
            below = [line.split() for line in said.lines()[:-1] if line.split()[4].startswith("/sys")]
            contains([line[4] for line in below], str(cgroup_mount()), "the attack needs the host's cgroups to be there")
            equal({line[5].split(",")[0] for line in below}, {"ro"}, "all of /sys")
        # A cgroup mount without a namespace shows the container's own subtree alone.
        box = Container("ls -d /sys/fs/cgroup/*/ 2>/dev/null; cat /sys/fs/cgroup/cgroup.procs | wc -l",
                        linux={"namespaces": namespaces(*(kind for kind in NAMESPACES if kind != "cgroup"))})
        equal(box.run().ok().lines()[:-1], [])
    finally:
        top.rmdir()


run()
