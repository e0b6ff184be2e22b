"""Namespaces, new and joined; names and limits that live in them; id maps."""

import os
import pathlib

from harness import contains, equal, eventually, matches, run, sh, shows, test, that
from harness.bundle import NAMESPACES, Container, namespace_of, namespaces, process_status

SLEEP = "while :; do sleep 0.1; done"
KINDS = {"pid": "pid", "network": "net", "ipc": "ipc", "uts": "uts", "mount": "mnt", "cgroup": "cgroup", "user": "user"}
MAPS = {"uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
        "gidMappings": [{"containerID": 0, "hostID": 200000, "size": 65536}]}
INODES = "for n in pid net ipc uts mnt cgroup user; do readlink /proc/self/ns/$n; done"


def inodes(outcome):
    """kind -> inode, of the first lines of the output of INODES."""
    return dict(zip(KINDS, outcome.ok().lines()))


@shows("linux.namespaces[].type.{pid,network,mount,ipc,uts,cgroup}")
@test("every namespace that is listed is new, every other one is the caller's")
def new_namespaces():
    inside = inodes(Container(INODES).run())
    for kind, file in KINDS.items():
        own = namespace_of("self", file)
        if kind in NAMESPACES:
            that(inside[kind] != own, f"{kind} is the caller's")
        else:
            equal(inside[kind], own, kind)
    inside = inodes(Container(INODES, hostname=None, linux={"namespaces": namespaces("mount")}).run())
    for kind, file in KINDS.items():
        that((inside[kind] == namespace_of("self", file)) == (kind != "mount"), kind)


@shows("linux.namespaces[].path")
@test("namespaces with a path are joined: pid, network, ipc, uts, cgroup, and the mount namespace")
def joined_namespaces():
    first = Container(SLEEP)
    pid = first.up()
    paths = {kind: f"/proc/{pid}/ns/{KINDS[kind]}" for kind in ("pid", "network", "ipc", "uts", "cgroup")}
    second = Container(INODES + "; hostname; ps", hostname=None, linux={"namespaces": namespaces("mount", **paths)})
    outcome = second.run()
    inside = inodes(outcome)
    for kind in paths:
        equal(inside[kind], namespace_of(pid, KINDS[kind]), kind)
    that(inside["mount"] != namespace_of(pid, "mnt"), "the mount namespace")
    contains(outcome.out, "runc\n", "the hostname of the first")
    contains(outcome.out, "while :", "the processes of the first")


@test("a bind mount of a namespace is as good a path as /proc/PID/ns")
def bound_namespace():
    box = Container("readlink /proc/self/ns/net; ls /sys/class/net")
    file = box.folder / "netns"
    file.touch()
    sh("unshare", f"--net={file}", "true").ok()
    try:
        inode = f"net:[{os.stat(file).st_ino}]"
        box.config["linux"]["namespaces"] = namespaces("pid", "mount", "uts", "ipc", "cgroup", network=file)
        box.write()
        equal(box.run().ok().lines(), [inode, "lo"])
    finally:
        sh("umount", file).ok()


@test("a path of another kind of namespace, or of no namespace, is refused before anything is made")
def wrong_namespace():
    for path, words in (("/proc/self/ns/uts", "'/proc/self/ns/uts' is a uts namespace, not a network namespace"),
                        ("/etc/passwd", "'/etc/passwd' is not a namespace"),
                        ("/nonesuch", "'/nonesuch': No such file or directory")):
        box = Container(linux={"namespaces": namespaces("pid", "mount", "uts", network=path)})
        contains(box.create().exits(1).err, words)
        equal(box.cgroups(), [])


@shows("hostname", "domainname")
@test("hostname and domainname")
def names():
    box = Container("hostname; cat /proc/sys/kernel/domainname", hostname="web-0", domainname="example.org")
    equal(box.run().ok().lines(), ["web-0", "example.org"])
    that(pathlib.Path("/proc/sys/kernel/hostname").read_text().strip() != "web-0", "the host was renamed")


@test("a new network namespace has one interface, loopback, and it is up")
def loopback():
    box = Container("ls /sys/class/net; ip -o addr show lo; ping -c 1 -W 5 127.0.0.1 >/dev/null && echo answers",
                    process={"capabilities": {name: ["CAP_NET_RAW"] for name in ("bounding", "effective", "permitted")}})
    said = box.run().ok()
    equal(said.line(0), "lo")
    contains(said.out, "inet 127.0.0.1/8")
    contains(said.lines(), "answers")


@shows("linux.sysctl")
@test("sysctl: those of the container's own namespaces are set in the container and nowhere else")
def sysctl():
    before = pathlib.Path("/proc/sys/kernel/msgmax").read_text()
    box = Container("cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward /proc/sys/fs/mqueue/msg_max",
                    linux={"sysctl": {"kernel.msgmax": "4321", "net.ipv4.ip_forward": "1", "fs/mqueue/msg_max": "9"}})
    equal(box.run().ok().lines(), ["4321", "1", "9"])
    equal(pathlib.Path("/proc/sys/kernel/msgmax").read_text(), before)


@test("sysctl of the host, or of a namespace that is shared with it, is refused")
def sysctl_of_host():
    for key, kinds in (("kernel.pid_max", NAMESPACES), ("vm.swappiness", NAMESPACES), ("kernel.hostname", NAMESPACES),
                       ("net.ipv4.ip_forward", ("pid", "mount", "uts")), ("kernel.msgmax", ("pid", "mount", "uts")),
                       ("kernel.../../vm/swappiness", NAMESPACES), ("net.ipv4/../../vm/swappiness", NAMESPACES)):
        box = Container(linux={"namespaces": namespaces(*kinds), "sysctl": {key: "1"}})
        refused = box.create().exits(1)
        matches(refused.err, r"^nacelle: create .*config\.json: linux\.sysctl")
        contains(refused.err, key)


@shows("linux.namespaces[].type.user")
@test("a user namespace: ids are mapped as asked, root inside is the mapped user outside")
def user_namespace():
    box = Container("cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g; " + SLEEP, linux={
        **MAPS, "namespaces": namespaces("user", *NAMESPACES)})
    output = box.folder / "out"
    os.chown(box.rootfs, 100000, 200000)
    pid = box.up(output=output)
    eventually(lambda: equal(len(output.read_text().splitlines()), 4))
    lines = output.read_text().splitlines()
    equal([line.split() for line in lines], [["0", "100000", "65536"], ["0", "200000", "65536"], ["0"], ["0"]])
    that(namespace_of(pid, "user") != namespace_of("self", "user"), "the user namespace is the caller's")
    equal(process_status(pid)["Uid"].split()[0], "100000")
    equal(process_status(pid)["Gid"].split()[0], "200000")
    said = box.exec("id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user").ok()
    equal([said.line(0), said.line(1).split(), said.line(2)], ["0", ["0", "100000", "65536"], namespace_of(pid, "user")])


@test("a user namespace with several ranges, and a user that is not root")
def user_ranges():
    maps = {"uidMappings": [{"containerID": 0, "hostID": 100000, "size": 1000},
                            {"containerID": 1000, "hostID": 5000, "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}]}
    box = Container("id -u; touch /shared/file; stat -c %u /shared/file", process={"user": {"uid": 1000, "gid": 1000}},
                    linux={**maps, "namespaces": namespaces("user", *NAMESPACES)})
    shared = box.share()
    equal(box.run().ok().lines(), ["1000", "1000"])
    equal(os.stat(shared / "file").st_uid, 5000)


@test("in a user namespace: proc, sys, dev, devices and masked paths are as elsewhere")
def user_namespace_mounts():
    box = Container("ls -d /proc/1; cat /proc/kcore | wc -c; head -c 4 /dev/zero | wc -c; echo x >/dev/null && echo null; "
                    "ls -l /dev/ptmx | wc -l; touch /dev/shm/a && echo shm; echo 1 >/proc/sys/kernel/msgmax || echo ro",
                    linux={**MAPS, "namespaces": namespaces("user", *NAMESPACES)})
    said = box.run().ok().out.splitlines()
    equal(said, ["/proc/1", "0", "4", "null", "1", "shm", "ro"])


@test("a joined user namespace")
def joined_user_namespace():
    first = Container(SLEEP, linux={**MAPS, "namespaces": namespaces("user", *NAMESPACES)})
    pid = first.up()
    second = Container("readlink /proc/self/ns/user; id -u", linux={
        **MAPS, "namespaces": namespaces("pid", "mount", "ipc", "uts", "network", user=f"/proc/{pid}/ns/user")})
    said = second.run().ok()
    equal(said.lines(), [namespace_of(pid, "user"), "0"])


@test("a user namespace without maps, and maps without a user namespace, are errors that name the field")
def map_errors():
    box = Container(linux={"namespaces": namespaces("user", *NAMESPACES)})
    matches(box.create().exits(1).err, r"^nacelle: create .*config\.json: linux\.uidMappings: ")
    box = Container(linux=MAPS)
    matches(box.create().exits(1).err, r"^nacelle: create .*config\.json: linux\.uidMappings: ")


@test("the container's view of the cgroups begins at its own")
def cgroup_namespace():
    box = Container("grep ^0: /proc/self/cgroup; grep ' - cgroup2 ' /proc/self/mountinfo; "
                    "cat /sys/fs/cgroup/cgroup.procs | wc -l; mkdir /sys/fs/cgroup/x || echo ro")
    said = box.run().ok()
    equal(said.line(0), "0::/")
    equal(said.line(1).split()[3:5], ["/", "/sys/fs/cgroup"])
    that(int(said.line(2)) >= 1, "no process in it")
    equal(said.line(3), "ro")


@test("without a cgroup namespace the cgroup mount shows the container's own cgroup alone")
def no_cgroup_namespace():
    box = Container("cat /sys/fs/cgroup/cgroup.procs | grep -c .; ls /sys/fs/cgroup/cgroup.type; ls -d /sys/fs/cgroup/*/ "
                    "| wc -l", linux={"namespaces": namespaces("pid", "network", "ipc", "uts", "mount")})
    said = box.run().ok()
    that(int(said.line(0)) >= 1, "no process in it")
    equal(said.lines()[1:], ["/sys/fs/cgroup/cgroup.type", "0"])


run()
