"""linux.resources on cgroup v2 with all controllers: what the kernel is told, and that it holds."""

import os
import pathlib

from harness import contains, equal, eventually, matches, run, sh, shows, test, that
from harness.bundle import NAMESPACES, Container, namespaces
from harness.cgroup import cgroup_files, cgroup_of, limited
from harness.processors import two_processors

ROOT_CAPABILITIES = {"capabilities": {name: ["CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"] for name in
                                      ("bounding", "effective", "permitted")}}


@shows("linux.resources.memory.limit", "linux.resources.memory.reservation", "linux.resources.memory.swap", "linux.resources.cpu.shares",
       "linux.resources.cpu.quota", "linux.resources.cpu.period", "linux.resources.cpu.cpus", "linux.resources.cpu.mems",
       "linux.resources.pids.limit")
@test("memory, cpu, cpuset, pids: every field ends up in its file")
def every_field():
    two_processors()
    expected = {"memory.max": "67108864", "memory.low": "33554432", "memory.swap.max": "33554432", "cpu.max": "25000 50000",
                "cpu.weight": "100", "cpuset.cpus": "0-1", "cpuset.mems": "0", "pids.max": "77"}
    resources = {"memory": {"limit": 64 << 20, "reservation": 32 << 20, "swap": 96 << 20},
                 "cpu": {"shares": 1024, "quota": 25000, "period": 50000, "cpus": "0-1", "mems": "0"}, "pids": {"limit": 77}}
    box = limited(resources)
    box.up()
    equal(cgroup_files(box, expected), expected)


@test("-1 is no limit; what is not given is not limited; pids 0 is a limit of none")
def no_limits():
    none = limited({"pids": {"limit": 0}}, ["sleep", "1000"])  # init alone, which must be able to begin
    none.up()
    equal(cgroup_files(none, ("pids.max", "pids.current")), {"pids.max": "1", "pids.current": "1"})
    box = limited({"memory": {"limit": -1, "swap": -1}, "cpu": {"quota": -1, "period": 100000}, "pids": {"limit": -1}})
    box.up()
    equal(cgroup_files(box, ("memory.max", "memory.swap.max", "cpu.max", "pids.max")),
          {"memory.max": "max", "memory.swap.max": "max", "cpu.max": "max 100000", "pids.max": "max"})
    plain = limited({})
    plain.up()
    equal(cgroup_files(plain, ("memory.max", "cpu.max", "pids.max", "cpu.weight")),
          {"memory.max": "max", "cpu.max": "max 100000", "pids.max": "max", "cpu.weight": "100"})


@shows("linux.resources.cpu.burst", "linux.resources.cpu.idle")
@test("cpu.idle and cpu.max.burst; an idle container has no weight, and one that may burst needs a quota as large")
def idle_and_burst():
    box = limited({"cpu": {"quota": 50000, "period": 100000, "burst": 20000}})
    box.up()
    equal(cgroup_files(box, ("cpu.max", "cpu.max.burst")), {"cpu.max": "50000 100000", "cpu.max.burst": "20000"})
    idle = limited({"cpu": {"idle": 1, "shares": 512}})
    idle.up()
    equal(cgroup_files(idle, ("cpu.idle",)), {"cpu.idle": "1"})
    usual = limited({"cpu": {"idle": 0, "shares": 512}})
    usual.up()
    equal(cgroup_files(usual, ("cpu.idle", "cpu.weight")), {"cpu.idle": "0", "cpu.weight": "59"})
    matches(limited({"cpu": {"quota": 5000, "burst": 6000}}).create().exits(1).err, r"linux\.resources\.cpu\.burst: 6000 is above cpu\.quota")


@test("the pids limit holds; the memory limit holds, and the kill shows as 137 with oom_kill counted")
def limits_hold():
    said = limited({"pids": {"limit": 8}}, "for i in $(seq 20); do sleep 3 & done; wait").run(timeout=60)
    matches(said.err, "can't fork")
    box = limited({"memory": {"limit": 16 << 20, "swap": 16 << 20}},
                  "dd if=/dev/zero of=/dev/null bs=64M count=1; echo code $?; cat /sys/fs/cgroup/memory.events")
    said = box.run(timeout=60).ok()
    contains(said.lines(), "code 137")
    contains(said.lines(), "oom_kill 1")


@test("nacelle's own start fits into a memory limit of 256 KiB, five times of five")
def small_memory():
    box = Container(["true"], linux={"resources": {"memory": {"limit": 256 << 10, "swap": 256 << 10}}})
    for _ in range(5):
        box.run().ok()


@shows("linux.resources.devices[].allow", "linux.resources.devices[].type", "linux.resources.devices[].major",
       "linux.resources.devices[].minor", "linux.resources.devices[].access")
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


@test("devices: the last rule that matches counts; without any rule a container has the default devices and its own")
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
    equal(said([]), "")
    own = limited({}, "head -c 1 /dev/zero | wc -c; (exec 3</dev/rng) 2>/dev/null && echo opened; (exec 3</tmp/s) 2>/dev/null || echo refused",
                  devices=[{"path": "/dev/rng", "type": "c", "major": 10, "minor": 183}])
    os.mknod(own.rootfs / "tmp/s", 0o20666, os.makedev(1, 11))
    equal(own.run().ok().lines(), ["1", "opened", "refused"])


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


@test("delegation gives away the folder and the kernel's list of files, no limits; read-only, or without a cgroup namespace, nothing")
def delegated_files():
    listed = pathlib.Path("/sys/kernel/cgroup/delegate").read_text().split()

    def owned(writable, kinds=NAMESPACES):
        box = limited({"memory": {"limit": 64 << 20}}, namespaces=namespaces("user", *kinds),
                      uidMappings=[{"containerID": 0, "hostID": 100000, "size": 65536}],
                      gidMappings=[{"containerID": 0, "hostID": 100000, "size": 65536}],
                      )
        if writable:
            box.config["mounts"][6]["options"].remove("ro")
        box.config["process"]["user"] = {"uid": 5, "gid": 0}
        box.write()
        box.up()
        folder = cgroup_of(box)
        return {path.name for path in [folder, *folder.iterdir()] if path.stat().st_uid == 100005}, folder

    files, folder = owned(writable=True)
    equal(files, {folder.name} | {name for name in listed if (folder / name).exists()})
    that("memory.max" not in files and "cgroup.procs" in files, str(files))
    equal(owned(writable=False)[0], set())
    equal(owned(writable=True, kinds=[kind for kind in NAMESPACES if kind != "cgroup"])[0], set())


run()
