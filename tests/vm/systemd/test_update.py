"""update of a scope: the unit's properties and the cgroup's files say the same, also after a daemon-reload."""

import json
import pathlib

from harness import contains, equal, matches, run, sh, test, that
from harness.bundle import NAMESPACES, Container, namespaces
from harness.cgroup import SLEEP, cgroup_of, make_disk
from harness.processors import two_processors

MIB = 1 << 20
MAX = "max"


def scoped(resources, command=SLEEP):
    """A running container in a scope of its own; no later command says --systemd-cgroup."""
    box = Container(command, linux={"resources": resources})
    box.config["linux"]["cgroupsPath"] = f"test.slice:nacelle:{box.id}"
    box.write()
    box.call("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id, options=["--systemd-cgroup"]).ok()
    box.start().ok()
    return box


def update(box, resources):
    return box.call("update", "--resources", "-", box.id, stdin=json.dumps(resources))


def properties(box, *names):
    """Properties of the scope; what is unlimited is "max", as in the files."""
    shown = sh("systemctl", "show", f"nacelle-{box.id}.scope", *(f"--property={name}" for name in names)).ok().out
    values = dict(line.partition("=")[::2] for line in shown.splitlines())
    return {name: MAX if values[name] == "infinity" else values[name] for name in names}


def files(box, *names):
    return {name: (cgroup_of(box) / name).read_text().strip() for name in names}


NUMBERS = {"MemoryMax": "memory.max", "MemoryLow": "memory.low", "MemoryHigh": "memory.high", "MemorySwapMax": "memory.swap.max",
           "TasksMax": "pids.max", "CPUWeight": "cpu.weight", "AllowedCPUs": "cpuset.cpus", "AllowedMemoryNodes": "cpuset.mems"}


def agree(box, what, **quota):
    """The properties are the files, now and after a daemon-reload."""
    for when in what, f"{what}, after daemon-reload":
        shown, read = properties(box, *NUMBERS), files(box, *NUMBERS.values())
        equal({file: shown[name] for name, file in NUMBERS.items()}, read, when)
        if quota:
            equal(properties(box, *quota), quota, when)
        sh("systemctl", "daemon-reload").ok()


@test("after every update the unit's properties are the files of the cgroup, and stay so through a daemon-reload", timeout=240)
def equal_after_updates():
    two_processors()
    box = scoped({"memory": {"limit": 64 * MIB, "swap": 96 * MIB, "reservation": MIB}, "pids": {"limit": 40},
                  "cpu": {"quota": 50000, "period": 100000, "shares": 512, "cpus": "0-1", "mems": "0"}, "unified": {"memory.high": "62914560"}})
    agree(box, "created", CPUQuotaPerSecUSec="500ms", CPUQuotaPeriodUSec="100ms")
    update(box, {"memory": {"limit": 128 * MIB, "swap": 128 * MIB}, "pids": {"limit": 50}}).ok()
    equal(files(box, "memory.max", "memory.swap.max", "pids.max"),
          {"memory.max": str(128 * MIB), "memory.swap.max": "0", "pids.max": "50"})
    agree(box, "raised", CPUQuotaPerSecUSec="500ms", CPUQuotaPeriodUSec="100ms")
    update(box, {"memory": {"limit": 32 * MIB, "swap": 32 * MIB, "reservation": -1}, "cpu": {"shares": 2048, "cpus": "1"},
                 "unified": {"memory.high": "max"}}).ok()
    equal(files(box, "memory.max", "cpuset.cpus", "cpu.weight", "memory.high"),
          {"memory.max": str(32 * MIB), "cpuset.cpus": "1", "cpu.weight": "174", "memory.high": MAX})
    agree(box, "lowered", CPUQuotaPerSecUSec="500ms")
    update(box, {"memory": {"limit": -1}, "pids": {"limit": -1}, "cpu": {"quota": -1}}).ok()
    agree(box, "without limits", CPUQuotaPerSecUSec=MAX)
    equal(files(box, "memory.max", "memory.swap.max", "pids.max", "cpu.max"),
          {"memory.max": MAX, "memory.swap.max": MAX, "pids.max": MAX, "cpu.max": "max 100000"})


@test("files for which systemd has no property are left alone by it", timeout=240)
def without_property():
    box = scoped({"memory": {"limit": 64 * MIB}})
    update(box, {"hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}], "cpu": {"quota": 50000, "burst": 20000},
                 "unified": {"memory.oom.group": "1", "cgroup.max.depth": "4", "memory.swap.high": "4096"}}).ok()
    update(box, {"memory": {"limit": 96 * MIB}, "cpu": {"shares": 512}}).ok()
    equal(files(box, "memory.oom.group"), {"memory.oom.group": "1"})  # systemd 252 writes 0 along with any other of memory
    for _ in range(2):
        equal(files(box, "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", "cpu.max", "cpu.max.burst", "cgroup.max.depth", "memory.swap.high",
                    "memory.max"),
              {"hugetlb.2MB.max": str(4 * MIB), "hugetlb.2MB.rsvd.max": str(4 * MIB), "cpu.max": "50000 100000", "cpu.max.burst": "20000",
               "cgroup.max.depth": "4", "memory.swap.high": "4096", "memory.max": str(96 * MIB)})
        sh("systemctl", "daemon-reload").ok()


@test("quota or period alone: the property is that of the pair; an odd quota is exact in the file, rounded up in the property", timeout=240)
def bandwidth():
    box = scoped({"cpu": {"quota": 50000, "period": 100000}})
    for resources, file, a_second, period in (({"period": 50000}, "50000 50000", "1s", "50ms"),
                                              ({"quota": 25000}, "25000 50000", "500ms", "50ms"),
                                              ({"quota": 12345, "period": 100000}, "12345 100000", "130ms", "100ms")):
        update(box, {"cpu": resources}).ok()
        equal(files(box, "cpu.max"), {"cpu.max": file})
        equal(properties(box, "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec"), {"CPUQuotaPerSecUSec": a_second, "CPUQuotaPeriodUSec": period})
    update(box, {"cpu": {"shares": 512}}).ok()  # systemd writes cpu.max along, from its rounded idea of it
    equal(files(box, "cpu.max", "cpu.weight"), {"cpu.max": "12345 100000", "cpu.weight": "59"})
    update(box, {"cpu": {"burst": 5000}}).ok()
    equal(files(box, "cpu.max.burst"), {"cpu.max.burst": "5000"})
    sh("systemctl", "daemon-reload").ok()  # from now on systemd may have rounded the file itself: up, never down
    quota, period = files(box, "cpu.max")["cpu.max"].split()
    that(12345 <= int(quota) <= 13000 and period == "100000", f"{quota} {period}")
    update(box, {"cpu": {"quota": 12345}}).ok()
    equal(files(box, "cpu.max"), {"cpu.max": "12345 100000"})


@test("cpu.idle is a weight of idle to systemd, and back the shares that were asked for", timeout=240)
def idle():
    box = scoped({"cpu": {"shares": 512}})
    update(box, {"cpu": {"idle": 1}}).ok()
    for _ in range(2):
        equal(files(box, "cpu.idle"), {"cpu.idle": "1"})
        matches(sh("systemctl", "show", f"nacelle-{box.id}.scope", "--property=CPUWeight").out, "^CPUWeight=(idle|0)$")
        sh("systemctl", "daemon-reload").ok()
    update(box, {"cpu": {"idle": 0}}).ok()
    equal(files(box, "cpu.idle", "cpu.weight"), {"cpu.idle": "0", "cpu.weight": "59"})
    equal(properties(box, "CPUWeight"), {"CPUWeight": "59"})


@test("limits and weights of disks are properties, too", timeout=240)
def disks():
    disk, node = make_disk(1)
    major, minor = map(int, disk.split(":"))
    on = {"major": major, "minor": minor}
    box = scoped({"blockIO": {"weight": 500, "throttleReadBpsDevice": [{**on, "rate": MIB}], "throttleWriteIOPSDevice": [{**on, "rate": 30}]}})
    names = ("IOWeight", "IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax")
    equal(files(box, "io.max", "io.weight"), {"io.max": f"{disk} rbps=1048576 wbps=max riops=max wiops=30", "io.weight": "default 4950"})
    equal(properties(box, *names[:2], names[4]), {"IOWeight": "4950", "IOReadBandwidthMax": f"{node} 1048576", "IOWriteIOPSMax": f"{node} 30"})
    update(box, {"blockIO": {"weight": 100, "throttleReadBpsDevice": [{**on, "rate": 2 * MIB}], "throttleWriteBpsDevice": [{**on, "rate": MIB}],
                             "throttleWriteIOPSDevice": [{**on, "rate": 0}], "throttleReadIOPSDevice": [{**on, "rate": 7}]}}).ok()
    expected = {"io.max": f"{disk} rbps=2097152 wbps=1048576 riops=7 wiops=max", "io.weight": "default 910"}
    for _ in range(2):
        equal(files(box, "io.max", "io.weight"), expected)
        equal(properties(box, *names[:4]), {"IOWeight": "910", "IOReadBandwidthMax": f"{node} 2097152", "IOWriteBandwidthMax": f"{node} 1048576",
                                           "IOReadIOPSMax": f"{node} 7"})
        sh("systemctl", "daemon-reload").ok()


@test("weights of the BFQ scheduler are told to systemd so that it comes to the same", timeout=240)
def bfq():
    _, node = make_disk(1)
    sh("modprobe", "bfq").ok()
    pathlib.Path(f"/sys/block/{pathlib.Path(node).name}/queue/scheduler").write_text("bfq")
    box = scoped({"blockIO": {"weight": 500}})
    for weight, told in (500, "4500"), (50, "50"), (1000, "10000"):
        update(box, {"blockIO": {"weight": weight}}).ok()
        for _ in range(2):
            equal(files(box, "io.bfq.weight")["io.bfq.weight"].split("\n")[0], f"default {weight}")
            equal(properties(box, "IOWeight"), {"IOWeight": told})
            sh("systemctl", "daemon-reload").ok()


@test("a scope with a writable cgroup mount belongs to the container's user: its folder and the files that may be delegated", timeout=240)
def delegation():
    ids = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    box = Container(["sleep", "1000"], linux={"resources": {"memory": {"limit": 64 * MIB}}, "namespaces": namespaces("user", *NAMESPACES),
                                  "uidMappings": ids, "gidMappings": ids})
    box.config["linux"]["cgroupsPath"] = f"test.slice:nacelle:{box.id}"
    box.config["mounts"][6]["options"].remove("ro")
    box.write()
    box.call("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id, options=["--systemd-cgroup"]).ok()
    box.start().ok()
    folder = cgroup_of(box)
    owners = {path.name: path.stat().st_uid for path in [folder, *folder.iterdir()]}
    listed = pathlib.Path("/sys/kernel/cgroup/delegate").read_text().split()
    equal({name for name, owner in owners.items() if owner == 100000}, {folder.name, *listed} & set(owners))
    equal(owners["memory.max"], 0)
    box.exec("mkdir /sys/fs/cgroup/sub && echo 1 >/sys/fs/cgroup/sub/cgroup.procs && cat /proc/1/cgroup").ok()
    equal((folder / "cgroup.procs").read_text(), "")
    box.exec("true").ok()  # its own cgroup takes no process any more: where its init is


@test("all or nothing: when a write is refused, files and properties are what they were", timeout=240)
def all_or_nothing():
    box = scoped({"memory": {"limit": 64 * MIB, "swap": 96 * MIB}, "pids": {"limit": 40}, "cpu": {"quota": 12345, "shares": 512}})
    before = properties(box, *NUMBERS, "CPUQuotaPerSecUSec"), files(box, *NUMBERS.values(), "cpu.max")
    bad = {"memory": {"limit": 32 * MIB, "swap": 32 * MIB}, "pids": {"limit": 10}, "cpu": {"quota": 50000, "idle": 1}, "unified": {"memory.nonesuch": "1"}}
    update(box, bad).exits(1)
    equal((properties(box, *NUMBERS, "CPUQuotaPerSecUSec"), files(box, *NUMBERS.values(), "cpu.max")), before)
    # What systemd alone refuses: a unit that it does not know.
    state = box.state_root / box.id / "state.json"
    text = state.read_text()
    state.write_text(text.replace(f"nacelle-{box.id}.scope", f"nonesuch-{box.id}.scope", 2).replace(f"test.slice/nonesuch-{box.id}", f"test.slice/nacelle-{box.id}"))
    bad.pop("unified")
    matches(update(box, bad).exits(1).err, f"systemd scope 'nonesuch-{box.id}.scope'")
    state.write_text(text)
    equal((properties(box, *NUMBERS, "CPUQuotaPerSecUSec"), files(box, *NUMBERS.values(), "cpu.max")), before)


@test("a paused scope is paused, events and ps see its processes, as with the other manager", timeout=240)
def others():
    box = scoped({"memory": {"limit": 64 * MIB}})
    contains(json.loads(box.call("ps", "-f", "json", box.id).ok().out), box.pid())
    equal(json.loads(box.call("events", "--stats", box.id).ok().out)["data"]["memory"]["usage"]["limit"], 64 * MIB)
    box.call("pause", box.id).ok()
    equal(box.status(), "paused")
    sh("systemctl", "daemon-reload").ok()
    equal(box.status(), "paused")
    box.call("resume", box.id).ok()
    equal(box.status(), "running")


run()
