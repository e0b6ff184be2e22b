"""update of a scope, what systemd has an idea of its own of: quotas, idle and disks; and what it knows nothing of."""

import json
import pathlib

from harness import contains, equal, matches, run, sh, test, that
from harness.cgroup import make_disk
from harness.scope import files, properties, scoped, update

MIB = 1 << 20


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
