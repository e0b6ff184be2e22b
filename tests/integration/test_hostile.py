"""Roots and arguments made by an enemy: each class of hole that runtimes have had, and that must stay shut."""

import os
import pathlib

from harness import contains, equal, excludes, matches, nacelle, run, sh, test, that
from harness.bundle import Container, bind, mount
from harness.terminal import ConsoleSocket

SLEEP = "while :; do sleep 0.1; done"


def outside(box):
    """A folder of the host beside the bundle, which no container may touch."""
    folder = box.folder / "outside"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "file").write_text("host\n")
    return folder


def untouched(folder):
    equal(sorted(path.name for path in folder.iterdir()), ["file"])
    equal((folder / "file").read_text(), "host\n")
    excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(folder))


def replace_by_link(path, target):
    if path.is_dir():
        path.rmdir()
    path.symlink_to(target)


@test("/proc, /sys or /dev as a symlink is refused, wherever it leads (CVE-2023-27561, CVE-2023-28642, CVE-2026-41579)")
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


@test("the working directory: a symlink that leads out is followed inside, /proc/self/fd/N is refused (CVE-2024-21626)")
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


@test("a program or interpreter /proc/self/exe reaches a sealed copy of the init at most, never the runtime (CVE-2019-5736)")
def own_program():
    digest = sh("sha256sum", nacelle()).ok().out
    box = Container(["/entry"])
    (box.rootfs / "entry").write_text("#!/proc/self/exe\n")
    (box.rootfs / "entry").chmod(0o755)
    outcome = box.run()
    that(outcome.code != 0 and "COMMAND" not in outcome.out, f"it ran the runtime: {outcome}")
    link = Container(["/entry", "--version"])
    (link.rootfs / "entry").symlink_to("/proc/self/exe")
    outcome = link.run()
    excludes(outcome.out, "nacelle version")
    # From inside an exec: the program of the process that enters, seen through /proc, opened for writing.
    box = Container("while :; do for p in /proc/[0-9]*; do [ $(readlink $p/exe) != /bin/busybox ] && "
                    "(echo x >$p/exe) 2>/dev/null && echo written >/shared/written; done; done",
                    process={"noNewPrivileges": False, "capabilities": {name: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"] for name in
                                                                        ("bounding", "effective", "permitted")}})
    shared = box.share()
    box.up()
    for _ in range(20):
        box.exec("true").ok()
    that(not (shared / "written").exists(), "a program was opened for writing")
    equal(sh("sha256sum", nacelle()).ok().out, digest)


@test("masked paths: a swapped /dev/null in the image is not what hides them (CVE-2025-31133)")
def masks_by_null():
    box = Container("cat /proc/keys; ls /sys/firmware; cat /secret", linux={"maskedPaths": ["/proc/keys", "/sys/firmware", "/secret"]},
                    change=lambda config: config.update(mounts=[entry for entry in config["mounts"]
                                                                if entry["destination"].startswith(("/proc", "/sys"))]))
    (box.rootfs / "secret").write_text("secret\n")
    (box.rootfs / "dev/null").write_text("not the null device\n")
    outcome = box.run()
    excludes(outcome.out, "secret")
    excludes(outcome.out, "not the null device")


@test("/dev/console prepared as a symlink does not lead the terminal's mount outside (CVE-2025-52565)")
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


@test("writes of labels and sysctls go to a true procfs, though the image brings a false one (CVE-2019-16884, CVE-2019-19921)")
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


@test("/etc/passwd of the image: a symlink out, a device, a huge file do no harm when HOME is looked up (CVE-2026-47262)")
def passwd():
    for spoil in (lambda path: path.symlink_to("/etc/../../../../etc/passwd"), lambda path: os.mkfifo(path),
                  lambda path: path.write_bytes(b"x" * 3_000_000), lambda path: path.symlink_to("/dev/zero"),
                  lambda path: path.write_bytes(b"\0\xff:::\n" * 1000), lambda path: path.mkdir()):
        box = Container("echo home=$HOME", process={"user": {"uid": 1000, "gid": 1000}})
        (box.rootfs / "etc/passwd").unlink()
        spoil(box.rootfs / "etc/passwd")
        equal(box.run(timeout=10).ok().out, "home=/\n")


@test("ids and names that are paths never leave the state's folder")
def ids():
    box = Container()
    for bad in "../escape", "/etc", "a/../../b", "..":
        for verb in "state", "start", "kill", "delete":
            contains(box.call(verb, bad).exits(1).err, "invalid container id")
        contains(box.call("delete", "--force", bad).exits(1).err, "invalid container id")
        contains(box.call("exec", bad, "true").exits(255).err, "invalid container id")


@test("the state's folder can be read by root alone")
def state_is_private():
    box = Container(SLEEP)
    box.up()
    equal((box.state_root / box.id).stat().st_mode & 0o777, 0o700)
    equal(box.state_root.stat().st_mode & 0o022, 0, "written by others")


@test("a container that shares another's pid namespace does not see the runtime's memory or files through exec's process")
def exec_is_not_dumpable():
    box = Container("while :; do for p in /proc/[0-9]*; do cat $p/environ 2>/dev/null | tr '\\0' '\\n' | grep LEAKED; "
                    "ls -l $p/fd 2>/dev/null | grep memfd:nacelle; done; done >/shared/seen 2>/dev/null")
    shared = box.share()
    box.up()
    for _ in range(10):
        box.exec("true", env={"LEAKED": "secret of the caller"}).ok()
    equal((shared / "seen").read_text(), "")


@test("whoever is in the container cannot end up with more groups or inheritable capabilities than asked (CVE-2022-29162)")
def inheritable():
    box = Container(SLEEP, process={"noNewPrivileges": False})
    box.up()
    said = box.exec("grep -E '^(CapInh|CapAmb|Groups)' /proc/self/status", flags=["--cap", "CAP_SYS_ADMIN"]).ok().out
    equal([line.split(":")[1].strip() for line in said.splitlines() if "Cap" in line], ["0" * 16, "0" * 16])
    that(said.splitlines()[0].split(":")[1].split() in ([], ["0"]), said)


run()
