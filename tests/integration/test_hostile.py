"""Programs and arguments made by an enemy: each class of hole that runtimes have had, and that must stay shut. Paths are
in test_hostile_paths.py, paths that change meanwhile in test_hostile_races.py."""

import os

from harness import contains, equal, excludes, nacelle, run, sh, test, that, withstands
from harness.bundle import Container

SLEEP = "while :; do sleep 0.1; done"


@withstands("CVE-2019-5736")
@test("a program or interpreter /proc/self/exe reaches a sealed copy of the init at most, never the runtime")
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


@withstands("CVE-2026-47262", "CVE-2025-4437")
@test("/etc/passwd of the image: a symlink out, a device, a huge file do no harm when HOME is looked up")
def passwd():
    for spoil in (lambda path: path.symlink_to("/etc/../../../../etc/passwd"), lambda path: os.mkfifo(path),
                  lambda path: path.write_bytes(b"x" * 3_000_000), lambda path: path.symlink_to("/dev/zero"),
                  lambda path: path.write_bytes(b"\0\xff:::\n" * 1000), lambda path: path.mkdir()):
        box = Container("echo home=$HOME", process={"user": {"uid": 1000, "gid": 1000}})
        (box.rootfs / "etc/passwd").unlink()
        spoil(box.rootfs / "etc/passwd")
        equal(box.run().ok().out, "home=/\n")


@test("ids and names that are paths never leave the state's folder")
def ids():
    box = Container()
    for bad in "../escape", "/etc", "a/../../b", "..":
        for verb in "state", "start", "kill", "delete":
            contains(box.call(verb, bad).exits(1).err, "invalid container id")
        contains(box.call("delete", "--force", bad).exits(1).err, "invalid container id")
        contains(box.call("exec", bad, "true").exits(255).err, "invalid container id")


@test("a container that shares another's pid namespace does not see the runtime's memory or files through exec's process")
def exec_is_not_dumpable():
    box = Container("while :; do for p in /proc/[0-9]*; do cat $p/environ 2>/dev/null | tr '\\0' '\\n' | grep LEAKED; "
                    "ls -l $p/fd 2>/dev/null | grep memfd:nacelle; done; done >/shared/seen 2>/dev/null")
    shared = box.share()
    box.up()
    for _ in range(10):
        box.exec("true", env={"LEAKED": "secret of the caller"}).ok()
    equal((shared / "seen").read_text(), "")


run()
