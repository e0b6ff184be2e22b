"""Values made by an enemy, in configurations, arguments and environments: each class of hole that they have opened elsewhere."""

import json
import os
import pathlib
import stat

from harness import contains, equal, excludes, matches, run, sh, test, that, withstands
from harness.bundle import NAMESPACES, Container, cgroups_named, namespaces, process_status

SLEEP = "while :; do sleep 0.1; done"
WHOLE = {"containerID": 0, "hostID": 100000, "size": 65536}


def refused(box, pattern):
    """create fails with such an error, and nothing is made."""
    matches(box.create().exits(1).err, pattern)
    equal((box.cgroups(), box.states()), ([], []))


@withstands("CVE-2024-40635")
@test("ids that would wrap round to root, or to 'as it is', are refused wherever they stand")
def wrapping_ids():
    for field, spoiled in (("uid", {"uid": 4294967295}), ("uid", {"uid": 4294967296}), ("gid", {"gid": 4294967295}),
                           ("uid", {"uid": -1}), ("uid", {"uid": 18446744073709551616}), ("uid", {"uid": 1e3}),
                           ("additionalGids", {"additionalGids": [4294967295]}), ("uid", {"uid": "0"})):
        box = Container("id -u", process={"user": {"uid": 1000, "gid": 1000, **spoiled}})
        refused(box, rf"^nacelle: create '{box.id}': config\.json: process\.user\.{field}")
    for broken in {"containerID": 4294967295, "hostID": 0, "size": 2}, {"containerID": 0, "hostID": 4294967295, "size": 2}:
        box = Container("id -u", linux={"namespaces": namespaces("user", *NAMESPACES), "uidMappings": [broken],
                                        "gidMappings": [WHOLE]})
        refused(box, rf"^nacelle: create '{box.id}': .*linux\.uidMappings")


@withstands("CVE-2023-25173", "CVE-2022-2989")
@test("the groups are those of the configuration, all of them and no other: a group that is refused access stays refused")
def groups():
    show = "grep ^Groups: /proc/self/status; cat /refused /granted"
    box = Container(show, process={"user": {"uid": 1000, "gid": 1000, "additionalGids": [50, 60]}})
    for name, mode in ("refused", 0o707), ("granted", 0o070):
        (box.rootfs / name).write_text(f"{name}\n")
        os.chown(box.rootfs / name, 0, 50)
        (box.rootfs / name).chmod(mode)
    words = [str(word) for word in box.words("run", "--bundle", box.bundle, box.id)]
    said = sh("setpriv", "--groups", "4444,5555", *words)
    equal([line.split() for line in said.lines()], [["Groups:", "50", "60"], ["granted"]])
    contains(said.err, "/refused': Permission denied")
    plain = Container(show, process={"user": {"uid": 1000, "gid": 1000}})
    said = sh("setpriv", "--groups", "4444,5555", *plain.words("run", "--bundle", plain.bundle, plain.id))
    equal(said.line(0).split(), ["Groups:"])


@withstands("CVE-2022-29162", "CVE-2022-27650", "CVE-2022-27649", "CVE-2022-24769", "CVE-2025-27612")
@test("no process, of run or of exec, has an inheritable capability that the configuration does not name")
def inheritable():
    box = Container(SLEEP, process={"noNewPrivileges": False})
    pid = box.up()
    nothing = "0" * 16
    equal([process_status(pid)[name] for name in ("CapInh", "CapAmb")], [nothing, nothing])
    for flags in [], ["--user", "1000"], ["--cap", "CAP_SYS_ADMIN"], ["--user", "1000", "--cap", "CAP_KILL"]:
        said = box.exec("grep -E '^CapInh' /proc/self/status", flags=flags).ok().out.split()
        equal(said, ["CapInh:", nothing], f"exec {flags}")


@withstands("CVE-2022-0811")
@test("a sysctl's value goes to its own file as one value, whatever it holds; a key names a file of a namespace, and no other")
def sysctls():
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern")
    before = pattern.read_text()
    for value in "1+kernel.core_pattern=|/evil", "1'+'kernel.core_pattern=|/evil", "1\nkernel.core_pattern=|/evil", "1\0x":
        box = Container(linux={"sysctl": {"kernel.shm_rmid_forced": value}})
        refused(box, rf"^nacelle: create '{box.id}': .*linux\.sysctl")
    for key in ("kernel.shm_rmid_forced=1+kernel.core_pattern", "kernel.core_pattern", "net.ipv4.conf.../../kernel/core_pattern",
                "kernel/core_pattern", "fs.mqueue/../../kernel/core_pattern", "net..ipv4.ip_forward", "/proc/sys/kernel/core_pattern"):
        box = Container(linux={"sysctl": {key: "|/evil"}})
        refused(box, rf"^nacelle: create '{box.id}': .*linux\.sysctl")
    equal(pattern.read_text(), before)


@withstands("CVE-2026-57231")
@test("nothing of the caller's environment is in the container's, whatever the names in the configuration look like")
def environment():
    secret = {"SECRET": "of the caller", "PATH": os.environ["PATH"]}
    names = ["SECRET", "SEC*", "*", "", "=", "=SECRET", "$SECRET", "${SECRET}", "A=$SECRET", "PATH=/bin"]
    box = Container("cat /proc/self/environ | tr '\\0' '\\n'", process={"env": names})
    outcome = box.run(env=secret)
    excludes(outcome.out + outcome.err, "of the caller")
    box = Container(SLEEP)
    box.up(env=secret)
    for name in names:
        outcome = box.exec("/bin/busybox env; tr '\\0' '\\n' </proc/self/environ", flags=["--env", name], env=secret)
        excludes(outcome.out, "of the caller", f"--env '{name}'")
    file = box.folder / "process.json"
    file.write_text(json.dumps({"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/env"], "env": ["SECRET", "SEC*"]}))
    excludes(box.call("exec", "--process", file, box.id, env=secret).out, "of the caller")


@withstands("CVE-2021-43784")
@test("names and lists longer than 65535 bytes reach the container whole, or are errors; none is cut short or wraps round")
def long_values():
    for path in "/proc/self/ns/net" + "/." * 40000, "/" + "a" * 65536 + "/proc/self/ns/net":
        box = Container(linux={"namespaces": namespaces(*(kind for kind in NAMESPACES if kind != "network"), network=path)})
        refused(box, rf"^nacelle: create '{box.id}': .*namespaces")
    maps = [{"containerID": number, "hostID": 100000 + number, "size": 1} for number in range(20000)]
    box = Container(linux={"namespaces": namespaces("user", *NAMESPACES), "uidMappings": maps, "gidMappings": [WHOLE]})
    refused(box, r"linux\.uidMappings")
    words = [f"{number:070000d}" for number in range(3)]
    box = Container(["sh", "-c", "echo ${#A} ${#1} ${#2} $1 | cut -c 1-40; echo $1 | tail -c 3", *words],
                    process={"env": ["PATH=/bin", "A=" + "x" * 66000]})
    equal(box.run().ok().out.split(), ["66000", "70000", "70000", "0" * 22, "01"])


@withstands("CVE-2021-41103", "CVE-2024-25621")
@test("whatever the caller's umask, others cannot enter a container's state, write to its root, or write a hook")
def modes():
    box = Container(SLEEP)
    sh("sh", "-c", 'umask 0; exec "$@"', "sh", *box.words("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id)).ok()
    equal(stat.S_IMODE((box.state_root / box.id).stat().st_mode), 0o700)
    for path in filter(pathlib.Path.is_file, (box.state_root / box.id).iterdir()):
        equal(stat.S_IMODE(path.lstat().st_mode) & 0o022, 0, path.name)
    equal(stat.S_IMODE(box.state_root.stat().st_mode) & 0o026, 0, "the root of all states")
    equal(stat.S_IMODE(box.pid_file.stat().st_mode) & 0o022, 0, "the pid file")
    nobody = sh("setpriv", "--reuid", "65534", "--clear-groups", "cat", box.state_root / box.id / "state.json")
    contains(nobody.fails().err, "Permission denied")


@withstands("CVE-2025-47291")
@test("a container with a user namespace is in its cgroup from its first instruction, and so is what it forks")
def cgroup_from_the_start():
    box = Container("cat /proc/self/cgroup", linux={"namespaces": namespaces(
        "user", *(kind for kind in NAMESPACES if kind != "cgroup")), "uidMappings": [WHOLE], "gidMappings": [WHOLE]})
    os.chown(box.rootfs, 100000, 100000)
    contains(box.run().ok().out, box.id)
    box.config["process"]["args"] = ["sh", "-c", "sleep 1000 & sleep 1000; :"]
    box.write()
    pid = box.up()
    contains(pathlib.Path(f"/proc/{pid}/cgroup").read_text(), box.id)
    members = pathlib.Path(cgroups_named(box.id)[0], "cgroup.procs").read_text().split()
    contains(members, str(pid))


@withstands("CVE-2022-1227")
@test("ps and exec of the runtime never run a program of the container's with the runtime's rights")
def no_program_of_the_container():
    box = Container(SLEEP, root={"readonly": False})
    shared = box.share()
    for name in "ps", "nsenter", "newuidmap":
        (box.rootfs / "bin" / name).unlink(missing_ok=True)
        (box.rootfs / "bin" / name).write_text("#!/bin/sh\ntouch /shared/ran\n")
        (box.rootfs / "bin" / name).chmod(0o755)
    pid = box.up()
    contains(box.call("ps", box.id).ok().out, str(pid))
    equal(pid in json.loads(box.call("ps", "--format", "json", box.id).ok().out), True)
    that(not (shared / "ran").exists(), "a program of the container ran")


@withstands("CVE-2024-3154")
@test("a cgroupsPath for systemd is three plain names: nothing in it becomes a property, a path or another unit")
def systemd_names():
    for path in ("system.slice:a:b\nExecStart=/evil", "system.slice:a:../../x", "../x.slice:a:b", "x.service:a:b", "system.slice:a/b:c",
                 "system.slice:a:b\0c", "a.slice:b:c:d", "system.slice::", "/abs/path", "-.slice.d/x:a:b"):
        box = Container(linux={"cgroupsPath": path})
        outcome = box.call("create", "--bundle", box.bundle, box.id, options=["--systemd-cgroup"])
        matches(outcome.exits(1).err, r"cgroupsPath")
        equal((box.cgroups(), box.states()), ([], []))


run()
