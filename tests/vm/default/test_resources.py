"""linux.resources beyond memory, CPU and pids: disks, huge pages, RDMA, files of the kernel's own, and what only cgroup v1 had."""

import os
import pathlib
import time

from harness import contains, defer, equal, eventually, matches, run, sh, shows, test, that
from harness.cgroup import SLEEP, cgroup_files, cgroup_of, limited, make_disk

MIB = 1 << 20
NO_SWAPPINESS = (1 << 64) - 1  # Docker's word for "not given"


def numbers(disk):
    """The number of a disk as a rule names it."""
    major, minor = map(int, disk.split(":"))
    return {"major": major, "minor": minor}


@shows("linux.resources.blockIO.throttleReadBpsDevice[].major", "linux.resources.blockIO.throttleReadBpsDevice[].minor",
       "linux.resources.blockIO.throttleReadBpsDevice[].rate", "linux.resources.blockIO.throttleWriteBpsDevice[].major",
       "linux.resources.blockIO.throttleWriteBpsDevice[].minor", "linux.resources.blockIO.throttleWriteBpsDevice[].rate",
       "linux.resources.blockIO.throttleReadIOPSDevice[].major", "linux.resources.blockIO.throttleReadIOPSDevice[].minor",
       "linux.resources.blockIO.throttleReadIOPSDevice[].rate", "linux.resources.blockIO.throttleWriteIOPSDevice[].major",
       "linux.resources.blockIO.throttleWriteIOPSDevice[].minor", "linux.resources.blockIO.throttleWriteIOPSDevice[].rate")
@test("the four throttles of two disks are in io.max, and a disk is read no faster", timeout=180)
def throttles():
    (disk, _), (other, _) = make_disk(8), make_disk(1)
    resources = {"blockIO": {"throttleReadBpsDevice": [{**numbers(disk), "rate": MIB}],
                             "throttleWriteBpsDevice": [{**numbers(disk), "rate": 2 * MIB}, {**numbers(other), "rate": 3 * MIB}],
                             "throttleReadIOPSDevice": [{**numbers(disk), "rate": 400}],
                             "throttleWriteIOPSDevice": [{**numbers(other), "rate": 50}]},
                 "devices": [{"allow": False, "access": "rwm"}, {"allow": True, "type": "b", **numbers(disk), "access": "r"}]}
    box = limited(resources, SLEEP, devices=[{"path": "/dev/disk", "type": "b", **numbers(disk)}])
    box.up()
    equal(sorted(cgroup_files(box, ["io.max"])["io.max"].splitlines()),
          sorted([f"{disk} rbps=1048576 wbps=2097152 riops=400 wiops=max", f"{other} rbps=max wbps=3145728 riops=max wiops=50"]))
    begin = time.monotonic()
    box.exec("sh", "-c", "cat /dev/disk | head -c 5242880 >/dev/null", timeout=60).ok()
    took = time.monotonic() - begin
    that(took > 3, f"5 MiB at 1 MiB a second took {took:.1f} s")


@shows("linux.resources.blockIO.weight", "linux.resources.blockIO.weightDevice[].major", "linux.resources.blockIO.weightDevice[].minor",
       "linux.resources.blockIO.weightDevice[].weight")
@test("weights: on the scale of io.weight, or with the BFQ scheduler as they are, for all disks and for one", timeout=180)
def weights():
    disk, node = make_disk(1)
    if not pathlib.Path("/sys/module/bfq").exists():
        box = limited({"blockIO": {"weight": 500}})
        box.up()
        equal(cgroup_files(box, ["io.weight"]), {"io.weight": "default 4950"})
        box.delete("--force").ok()
    sh("modprobe", "bfq").ok()
    pathlib.Path(f"/sys/block/{pathlib.Path(node).name}/queue/scheduler").write_text("bfq")
    box = limited({"blockIO": {"weight": 500, "weightDevice": [{**numbers(disk), "weight": 200}]}})
    box.up()
    equal(cgroup_files(box, ["io.bfq.weight"])["io.bfq.weight"].split("\n"), ["default 500", f"{disk} 200"])
    matches(limited({"blockIO": {"weight": 9}}).create().exits(1).err, r"linux\.resources\.blockIO\.weight: 9 is not within 10 to 1000")


@shows("linux.resources.hugepageLimits[].pageSize", "linux.resources.hugepageLimits[].limit")
@test("huge pages are limited in use and in reservation: a reservation beyond the limit fails at once, and no one is killed", timeout=180)
def hugepages():
    hugepages_file = pathlib.Path("/proc/sys/vm/nr_hugepages")
    hugepages_file.write_text("4")
    defer(hugepages_file.write_text, "0")
    box = limited({"hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}, {"pageSize": "1GB", "limit": 0}]})
    box.up()
    names = ("hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", "hugetlb.1GB.max", "hugetlb.1GB.rsvd.max")
    equal(cgroup_files(box, names), dict(zip(names, (str(4 * MIB), str(4 * MIB), "0", "0"))))
    reserve = ("import mmap,os,sys; open('%s/cgroup.procs' % sys.argv[1], 'w').write(str(os.getpid()));"
               "flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000; mmap.mmap(-1, int(sys.argv[2]), flags)")
    sh("python3", "-c", reserve, cgroup_of(box), 4 * MIB).ok()
    matches(sh("python3", "-c", reserve, cgroup_of(box), 6 * MIB).exits(1).err, "Cannot allocate memory")


@shows("linux.resources.rdma.hcaHandles", "linux.resources.rdma.hcaObjects")
@test("RDMA: handles and objects of each device; what is not named is not limited; a device that is not there is an error", timeout=180)
def rdma():
    sh("modprobe", "rdma_rxe").ok()
    for number in 0, 1:
        sh("ip", "link", "add", f"rdma{number}", "type", "dummy").ok()
        defer(lambda number=number: sh("ip", "link", "delete", f"rdma{number}").ok())
        sh("ip", "link", "set", f"rdma{number}", "up").ok()
        sh("rdma", "link", "add", f"rxe{number}", "type", "rxe", "netdev", f"rdma{number}").ok()
    box = limited({"rdma": {"rxe0": {"hcaHandles": 3, "hcaObjects": 10000}, "rxe1": {"hcaObjects": 7}}})
    box.up()
    equal([line.split() for line in cgroup_files(box, ["rdma.max"])["rdma.max"].splitlines()],
          [["rxe0", "hca_handle=3", "hca_object=10000"], ["rxe1", "hca_handle=max", "hca_object=7"]])
    equal(box.call("update", "-r", "-", box.id, stdin='{"rdma": {"rxe1": {"hcaHandles": 2}}}').ok().err, "")
    contains(cgroup_files(box, ["rdma.max"])["rdma.max"], "rxe1 hca_handle=2 hca_object=7")
    missing = limited({"rdma": {"mlx5_1": {"hcaObjects": 7}}})
    matches(missing.create().exits(1).err, r"linux\.resources\.rdma\['mlx5_1'\]: .*No such device \(hint: there is no such RDMA device\)")
    equal(missing.cgroups(), [])
    # Else Linux 6.12 keeps the cgroup's entry behind its removal, and falls over it when the device goes: "list_del corruption"
    # in free_cg_rpool_locked.
    for device in "rxe0", "rxe1":
        (cgroup_of(box) / "rdma.max").write_text(f"{device} hca_handle=max hca_object=max")


@shows("linux.resources.unified")
@test("unified: files that nobody here knows are written, several lines too, last of all; a missing controller or file is an error",
      timeout=120)
def unified():
    disk, _ = make_disk(1)
    other, _ = make_disk(1)
    box = limited({"memory": {"limit": 64 * MIB}, "cpu": {"shares": 2},
                   "unified": {"memory.high": str(50 * MIB), "memory.max": str(60 * MIB), "memory.oom.group": "1", "cpu.weight": "7",
                               "cgroup.max.descendants": "5", "memory.zswap.max": "4096", "cpu.weight.nice": "-3",
                               "io.max": f"{disk} rbps=5000\n{other} wiops=7\n"}})
    box.up()
    names = ("memory.high", "memory.max", "memory.oom.group", "cgroup.max.descendants", "memory.zswap.max", "cpu.weight.nice")
    equal(cgroup_files(box, names), dict(zip(names, (str(50 * MIB), str(60 * MIB), "1", "5", "4096", "-3"))))
    for line in f"{disk} rbps=5000 ", f"{other} rbps=max wbps=max riops=max wiops=7":
        contains(cgroup_files(box, ["io.max"])["io.max"], line)
    for file, words in (("memory.nonesuch", "No such file"), ("nonesuch.max", "the nonesuch controller is not in the cgroup v2 hierarchy"),
                        ("../x.y", "not"), ("memory", "not the name of a cgroup file")):
        bad = limited({"unified": {file: "1"}})
        matches(bad.create().exits(1).err, rf"linux\.resources\.unified.*{words}")
        equal(bad.cgroups(), [])


@shows("linux.resources.memory.swappiness", "linux.resources.memory.disableOOMKiller", "linux.resources.cpu.realtimeRuntime",
       "linux.resources.cpu.realtimePeriod", "linux.resources.blockIO.leafWeight", "linux.resources.blockIO.weightDevice[].leafWeight",
       "linux.resources.network.classID", "linux.resources.network.priorities[].name",
       "linux.resources.network.priorities[].priority")
@test("what cgroup v2 has no file for is refused by name, unless the value asks for nothing", timeout=120)
def only_v1():
    for section, fields in (("memory", {"swappiness": 60}), ("memory", {"disableOOMKiller": True}), ("cpu", {"realtimeRuntime": 950000}),
                            ("cpu", {"realtimePeriod": 1000000}), ("blockIO", {"leafWeight": 100}),
                            ("blockIO", {"weightDevice": [{"major": 7, "minor": 0, "leafWeight": 100}]}),
                            ("network", {"classID": 1048577}), ("network", {"priorities": [{"name": "lo", "priority": 5}]})):
        box = limited({section: fields})
        matches(box.create().exits(1).err, rf"linux\.resources\.{section}\..*cgroup v2 has no such setting")
        equal(box.cgroups(), [])
    nothing = {"memory": {"disableOOMKiller": False, "swappiness": NO_SWAPPINESS}, "cpu": {"realtimeRuntime": 0, "realtimePeriod": 0},
               "blockIO": {"leafWeight": 0}, "network": {"classID": 0, "priorities": []}}
    limited(nothing, "true").run().ok()


@shows("linux.resources.memory.kernel", "linux.resources.memory.kernelTCP", "linux.resources.memory.useHierarchy")
@test("limits of the kernel's own memory, which no kernel knows any more, are left out with a warning; useHierarchy is always so", timeout=120)
def kernel_memory():
    box = limited({"memory": {"limit": 16 * MIB, "swap": 16 * MIB, "kernel": 4 * MIB, "kernelTCP": 4 * MIB, "useHierarchy": False}},
                  "while [ ! -e /shared/go ]; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=64M count=1; echo $? >/shared/code")
    shared = box.share()
    said = box.create().ok()
    for field in "kernel", "kernelTCP":
        matches(said.err, rf"linux\.resources\.memory\.{field}: is left out: the kernel knows no such limit any more")
    box.start().ok()
    equal(cgroup_files(box, ["memory.max"]), {"memory.max": str(16 * MIB)})
    folder = cgroup_of(box)  # a limit holds for what is below it, whatever useHierarchy says
    (folder / "below").mkdir()
    for pid in (folder / "cgroup.procs").read_text().split():
        (folder / "below/cgroup.procs").write_text(pid)
    (shared / "go").touch()
    eventually(lambda: (shared / "code").exists() and (shared / "code").read_text() == "137\n")


@shows("linux.cgroupsPath")
@test("cgroupsPath: absolute from the mount, relative from the top, without one /nacelle-ID; '..' and a scope's name are refused", timeout=120)
def cgroups_path():
    name = f"path-{os.getpid()}"
    for path, where in ((f"/{name}/a", f"/{name}/a"), (f"{name}/b", f"/{name}/b"), (None, "")):
        box = limited({}, **({"cgroupsPath": path} if path else {}))
        box.up()
        equal(str(cgroup_of(box)), f"/sys/fs/cgroup{where or '/nacelle-' + box.id}")
        box.delete("--force").ok()
    that(not pathlib.Path(f"/sys/fs/cgroup/{name}").exists(), "the parents are left")
    for path, words in (("/../x", "'..' in a cgroup path"), ("/", "the top"), ("system.slice:nacelle:x", "give --systemd-cgroup")):
        contains(limited({}, cgroupsPath=path).create().exits(1).err, words)


run()
