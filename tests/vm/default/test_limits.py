"""linux.resources on cgroup v2 with all controllers: what the kernel is told, and that it holds."""

import os
import pathlib

from harness import contains, equal, eventually, matches, run, sh, test, that
from harness.bundle import NAMESPACES, Container, namespaces

SLEEP = "while :; do sleep 1; done"
ROOT_CAPABILITIES = {"capabilities": {name: ["CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"] for name in
                                      ("bounding", "effective", "permitted")}}


def limited(resources, command=SLEEP, **more):
    return Container(command, linux={"resources": resources, **more})


def cgroup_files(box, names):
    """file name -> text, of the container's cgroup."""
    folder = pathlib.Path("/sys/fs/cgroup" + pathlib.Path(f"/proc/{box.pid()}/cgroup").read_text().partition("::")[2].strip())
    return {name: (folder / name).read_text().strip() for name in names}


@test("memory, cpu, cpuset, pids, io, hugetlb: every field ends up in its file")
def every_field():
    disk = sh("cat /sys/block/*/dev | head -n 1").ok().out.strip()  # a loop or ram disk is as good as any
    expected = {"memory.max": "67108864", "memory.low": "33554432", "memory.swap.max": "33554432", "cpu.max": "25000 50000",
                "cpu.weight": "100", "cpuset.cpus": "0-1", "cpuset.mems": "0", "pids.max": "77",
                "hugetlb.2MB.max": "4194304"}
    resources = {"memory": {"limit": 64 << 20, "reservation": 32 << 20, "swap": 96 << 20},
                 "cpu": {"shares": 1024, "quota": 25000, "period": 50000, "cpus": "0-1", "mems": "0"}, "pids": {"limit": 77},
                 "hugepageLimits": [{"pageSize": "2MB", "limit": 4 << 20}]}
    if disk:
        major, minor = map(int, disk.split(":"))
        resources["blockIO"] = {"throttleReadBpsDevice": [{"major": major, "minor": minor, "rate": 1 << 20}],
                                "throttleWriteIOPSDevice": [{"major": major, "minor": minor, "rate": 30}]}
        expected["io.max"] = f"{disk} rbps=1048576 wbps=max riops=max wiops=30"
    box = limited(resources)
    box.up()
    equal(cgroup_files(box, expected), expected)


@test("-1 is no limit; what is not given is not limited; pids 0 is a limit of none")
def no_limits():
    box = limited({"memory": {"limit": -1, "swap": -1}, "cpu": {"quota": -1, "period": 100000}, "pids": {"limit": -1}})
    box.up()
    equal(cgroup_files(box, ("memory.max", "memory.swap.max", "cpu.max", "pids.max")),
          {"memory.max": "max", "memory.swap.max": "max", "cpu.max": "max 100000", "pids.max": "max"})
    plain = limited({})
    plain.up()
    equal(cgroup_files(plain, ("memory.max", "cpu.max", "pids.max", "cpu.weight")),
          {"memory.max": "max", "cpu.max": "max 100000", "pids.max": "max", "cpu.weight": "100"})


@test("cpu.idle, cpu.max.burst and any other file of the kernel's through `unified`, which comes last")
def unified():
    box = limited({"memory": {"limit": 64 << 20}, "cpu": {"quota": 50000, "period": 100000, "burst": 20000},
                   "unified": {"memory.high": "50331648", "memory.max": "100663296", "memory.oom.group": "1"}})
    box.up()
    equal(cgroup_files(box, ("memory.high", "memory.max", "memory.oom.group", "cpu.max.burst")),
          {"memory.high": "50331648", "memory.max": "100663296", "memory.oom.group": "1", "cpu.max.burst": "20000"})
    idle = limited({"cpu": {"idle": 1}})
    idle.up()
    equal(cgroup_files(idle, ("cpu.idle",)), {"cpu.idle": "1"})


@test("the pids limit holds; the memory limit holds, and the kill shows as 137 with oom_kill counted")
def limits_hold():
    said = limited({"pids": {"limit": 8}}, "for i in $(seq 20); do sleep 3 & done; wait").run(timeout=60)
    matches(said.err, "can't fork")
    box = limited({"memory": {"limit": 16 << 20, "swap": 16 << 20}},
                  "dd if=/dev/zero of=/dev/null bs=64M count=1; echo code $?; cat /sys/fs/cgroup/memory.events")
    said = box.run(timeout=60).ok()
    contains(said.lines(), "code 137")
    contains(said.lines(), "oom_kill 1")


@test("nacelle's own start fits into a memory limit of 1 MiB")
def small_memory():
    box = Container(["true"], linux={"resources": {"memory": {"limit": 1 << 20, "swap": 1 << 20}}})
    for _ in range(3):
        box.run().ok()


@test("devices: a denied one cannot be opened, but any can be made, as with all runtimes; allowed ones can be read or written as "
      "the rule says; null always works", timeout=120)
def devices():
    rules = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "w"},
             {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]
    text = ("echo x >/dev/null && head -c 1 /dev/zero | wc -c; cd /tmp; "
            "for d in 'hwrng 10 183' 'fuse 10 229' 'kmsg 1 11' 'tty5 4 5'; do set -- $d; "
            "mknod $1 c $2 $3 2>/dev/null && made=made || made=not-made; "
            "(exec 3<$1) 2>/dev/null && r=r || r=-; (exec 3>$1) 2>/dev/null && w=w || w=-; echo $1 $made $r$w; done")
    box = Container(text, root={"readonly": False}, process=ROOT_CAPABILITIES,
                    linux={"resources": {"devices": rules}})
    said = box.run().ok()
    equal(said.lines(), ["1", "hwrng made --", "fuse made rw", "kmsg made -w", "tty5 made --"])


@test("devices: the last rule that matches counts; without any rule nothing is forbidden")
def device_order():
    text = "cd /tmp; mknod r c 10 183; mknod s c 10 183 && (exec 3<s) && echo opened; true"

    def said(rules):
        return Container(text, root={"readonly": False}, process=ROOT_CAPABILITIES,
                         linux={"resources": {"devices": rules}}).run().ok().out

    deny, allow = {"allow": False, "access": "rwm"}, {"allow": True, "access": "rwm"}
    one = {"type": "c", "major": 10, "minor": 183, "access": "rwm"}
    equal(said([deny, {"allow": True, **one}]), "opened\n")
    equal(said([deny, {"allow": True, **one}, {"allow": False, **one}]), "")
    equal(said([allow]), "opened\n")
    equal(said([allow, {"allow": False, **one}]), "")
    equal(said([]), "opened\n")


@test("exec runs in the container's cgroup, under its limits")
def exec_is_limited():
    box = limited({"pids": {"limit": 5}})
    box.up()
    matches(box.exec("for i in $(seq 9); do sleep 2 & done; wait", timeout=60).err, "can't fork")


@test("the cgroup's parents get the controllers that the limits need; they go with the last container")
def parents():
    path = f"/test-{os.getpid()}/a/b"
    box = limited({"memory": {"limit": 64 << 20}}, cgroupsPath=path)
    box.up()
    equal(pathlib.Path(f"/sys/fs/cgroup{path}/memory.max").read_text(), "67108864\n")
    contains(pathlib.Path(f"/sys/fs/cgroup/test-{os.getpid()}/cgroup.subtree_control").read_text().split(), "memory")
    box.delete("--force").ok()
    that(not pathlib.Path(f"/sys/fs/cgroup/test-{os.getpid()}").exists(), "the parents are left")


@test("a cgroup that holds processes already is refused")
def occupied():
    folder = pathlib.Path(f"/sys/fs/cgroup/occupied-{os.getpid()}")
    folder.mkdir()
    sleeper = sh(f"sleep 100 >/dev/null & echo $! >{folder}/cgroup.procs; echo $!").ok().out.strip()
    try:
        box = limited({}, cgroupsPath=f"/{folder.name}")
        matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': .*{folder.name}")
        contains((folder / "cgroup.procs").read_text().split(), sleeper, "the stranger's process")
    finally:
        os.kill(int(sleeper), 9)
        eventually(lambda: equal((folder / "cgroup.procs").read_text(), ""))
        folder.rmdir()


@test("a value that the kernel refuses is an error that names the field, and leaves nothing")
def refused_values():
    for resources, words in (({"cpu": {"quota": 10}}, r"linux\.resources\.cpu\.quota"),
                             ({"cpu": {"cpus": "99"}}, r"linux\.resources\.cpu\.cpus"),
                             ({"hugepageLimits": [{"pageSize": "3MB", "limit": 1}]}, r"linux\.resources\.hugepageLimits"),
                             ({"unified": {"memory.nonesuch": "1"}}, r"linux\.resources\.unified.*memory\.nonesuch"),
                             ({"unified": {"../x": "1"}}, r"linux\.resources\.unified")):
        box = limited(resources)
        matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': .*{words}")
        equal(box.cgroups(), [])


@test("a writable cgroup mount in a cgroup namespace of a user namespace belongs to the container's root (delegation)")
def delegation():
    box = Container("mkdir /sys/fs/cgroup/sub && echo $$ >/sys/fs/cgroup/sub/cgroup.procs && cat /proc/self/cgroup",
                    linux={"namespaces": namespaces("user", *NAMESPACES),
                           "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
                           "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}]},
                    change=lambda config: config["mounts"][6]["options"].remove("ro"))
    equal(box.run().ok().out, "0::/sub\n")


run()
