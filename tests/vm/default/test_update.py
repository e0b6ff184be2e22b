"""update: new limits for a running container, all or none of them."""

import json
import pathlib

from harness import contains, defer, equal, eventually, matches, run, sh, shows, test, that
from harness.cgroup import make_disk, cgroup_files, cgroup_of, limited
from harness.processors import two_processors

MIB = 1 << 20


def update(box, *flags, resources=None):
    """`nacelle update`, with the resources on the standard input if they are given."""
    if resources is None:
        return box.call("update", *flags, box.id)
    return box.call("update", "--resources", "-", box.id, stdin=json.dumps(resources))


def expect(box, **files):
    """The files of the cgroup; in their names _ stands for the dot."""
    expected = {name.replace("_", "."): str(value) for name, value in files.items()}
    equal(cgroup_files(box, expected), expected)


def everything(box):
    """All files of the cgroup that hold limits."""
    names = [path.name for path in cgroup_of(box).iterdir() if path.name.endswith((".max", ".low", ".high", ".min", ".weight", ".idle",
                                                                                  ".burst", ".cpus", ".mems", ".group"))]
    return cgroup_files(box, sorted(names))


@test("every option of update changes its file", timeout=120)
def options():
    box = limited({"memory": {"limit": 64 * MIB, "swap": 64 * MIB}})
    box.up()
    update(box, "--memory", "100M", "--memory-swap", "150m", "--memory-reservation", "33554432", "--pids-limit", "20",
           "--cpu-quota", "20000", "--cpu-period", "50000", "--cpu-burst", "5000", "--cpu-share", "512",
           "--cpuset-cpus", "0", "--cpuset-mems", "0", "--cpu-rt-period", "0", "--cpu-rt-runtime", "0").ok()
    expect(box, memory_max=100 * MIB, memory_swap_max=50 * MIB, memory_low=32 * MIB, pids_max=20, cpu_max="20000 50000",
           cpu_max_burst=5000, cpu_weight=59, cpuset_cpus=0, cpuset_mems=0)
    update(box, "--cpu-idle", "1").ok()
    expect(box, cpu_idle=1)
    update(box, "--cpu-idle=0").ok()
    expect(box, cpu_idle=0, cpu_weight=59)
    update(box, "--blkio-weight", "500").ok()
    update(box, "--memory=-1", "--pids-limit=-1", "--cpu-quota=-1", "--memory-reservation=-1").ok()
    expect(box, memory_max="max", memory_swap_max="max", memory_low=0, pids_max="max", cpu_max="max 50000")
    said = update(box, "--kernel-memory", "1M", "--kernel-memory-tcp", "1M").ok()
    equal(said.out, "")
    matches(said.err, "--kernel-memory is left out")


@test("a value that is none is refused before anything is changed, and so are options beside --resources", timeout=120)
def bad_values():
    box = limited({"memory": {"limit": 64 * MIB}})
    box.up()
    before = everything(box)
    for flags, words in ((["--memory", "much"], "--memory: 'much' is not a number of bytes like 512M"),
                         (["--memory", "9999999999P"], "--memory: "), (["--cpu-quota", "-2"], "--cpu-quota: '-2' is not such a number"),
                         (["--cpu-period", "-1"], "--cpu-period: "), (["--pids-limit", "1x"], "--pids-limit: "),
                         (["--cpu-idle", "2"], "linux.resources.cpu.idle: 2 is neither 0 nor 1"),
                         (["--cpu-rt-runtime", "950000"], "--cpu-rt-runtime: '950000' cgroup v2 has no such setting"),
                         (["--l3-cache-schema", "L3:0=f"], "the container has no Intel RDT group"),
                         (["--resources", "-", "--memory", "1G"], "--resources and --memory exclude each other"),
                         (["--resources", "/nonesuch"], "--resources: open '/nonesuch'")):
        contains(update(box, *flags).exits(1).err, f"nacelle: update '{box.id}': {words}")
    contains(update(box, resources={"memory": {"limit": "1G"}}).exits(1).err, "standard input: memory.limit: not a number")
    equal(everything(box), before)


@test("what update does not name stays: quota or period alone keep the other half; unset values are not limits", timeout=120)
def unnamed():
    box = limited({"cpu": {"quota": 50000, "period": 100000, "shares": 512}, "memory": {"limit": 64 * MIB}, "pids": {"limit": 9}})
    box.up()
    update(box, "--cpu-period", "50000").ok()
    expect(box, cpu_max="50000 50000")
    update(box, "--cpu-quota", "20000").ok()
    expect(box, cpu_max="20000 50000", cpu_weight=59, memory_max=64 * MIB, pids_max=9)
    update(box, resources={"memory": {"limit": 0}, "cpu": {"quota": 0, "period": 0, "shares": 0, "cpus": ""}}).ok()
    expect(box, cpu_max="20000 50000", cpu_weight=59, memory_max=64 * MIB, pids_max=9)
    update(box).ok()
    expect(box, cpu_max="20000 50000", cpu_weight=59, memory_max=64 * MIB, pids_max=9)
    plain = limited({})
    plain.up()
    update(plain, "--cpu-period", "50000").ok()
    expect(plain, cpu_max="max 50000")


@shows("linux.resources.memory.swap")
@test("the limit of memory + swap holds on when memory's changes, in either direction; memory -1 lifts both", timeout=120)
def swap():
    box = limited({"memory": {"limit": 64 * MIB, "swap": 100 * MIB}})
    box.up()
    expect(box, memory_max=64 * MIB, memory_swap_max=36 * MIB)
    update(box, "--memory", "80M").ok()
    expect(box, memory_max=80 * MIB, memory_swap_max=20 * MIB)
    update(box, "--memory", "40M").ok()
    expect(box, memory_max=40 * MIB, memory_swap_max=60 * MIB)
    matches(update(box, "--memory", "120M").exits(1).err, "125829120 is above the limit of memory . swap, which is 104857600 .hint: ")
    update(box, "--memory", "120M", "--memory-swap", "200M").ok()
    expect(box, memory_max=120 * MIB, memory_swap_max=80 * MIB)
    update(box, "--memory-swap", "130M").ok()
    expect(box, memory_max=120 * MIB, memory_swap_max=10 * MIB)
    update(box, "--memory-swap", "-1").ok()
    expect(box, memory_max=120 * MIB, memory_swap_max="max")
    update(box, "--memory", "130M").ok()
    expect(box, memory_max=130 * MIB, memory_swap_max="max")
    matches(update(box, "--memory", "50M", "--memory-swap", "49M").exits(1).err, r"memory\.swap: .* is below memory\.limit")
    update(box, "--memory", "-1").ok()
    expect(box, memory_max="max", memory_swap_max="max")
    matches(update(box, "--memory-swap", "50M").exits(1).err, r"memory\.swap: a limit of memory \+ swap needs memory\.limit")


@test("a file or the standard input holds linux.resources: every kind of limit, and files of the kernel's own", timeout=120)
def resources():
    number, _ = make_disk()
    major, minor = map(int, number.split(":"))
    box = limited({"cpu": {"quota": 50000, "burst": 40000}}, ["sleep", "1000"])  # which forks no more
    box.up()
    given = {"memory": {"limit": 64 * MIB, "swap": 64 * MIB, "reservation": MIB}, "cpu": {"quota": 20000, "burst": 10000, "shares": 2},
             "pids": {"limit": 0}, "hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}],
             "blockIO": {"throttleReadBpsDevice": [{"major": major, "minor": minor, "rate": MIB}]},
             "unified": {"memory.high": str(60 * MIB), "memory.oom.group": "1", "cgroup.max.depth": "3"}}
    file = box.folder / "resources.json"
    file.write_text(json.dumps(given))
    update(box, "-r", file).ok()
    expect(box, memory_max=64 * MIB, memory_swap_max=0, memory_low=MIB, memory_high=60 * MIB, cpu_max="20000 100000", cpu_max_burst=10000,
           cpu_weight=1, pids_max=1, hugetlb_2MB_max=4 * MIB, hugetlb_2MB_rsvd_max=4 * MIB, memory_oom_group=1, cgroup_max_depth=3,
           io_max=f"{number} rbps=1048576 wbps=max riops=max wiops=max")
    update(box, resources={"blockIO": {"throttleWriteIOPSDevice": [{"major": major, "minor": minor, "rate": 30}],
                                       "throttleReadBpsDevice": [{"major": major, "minor": minor, "rate": 0}]}}).ok()
    expect(box, io_max=f"{number} rbps=max wbps=max riops=max wiops=30")


@test("device rules are left as they are", timeout=120)
def devices():
    box = limited({"devices": [{"allow": False, "access": "rwm"}]}, devices=[{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}])
    box.up()
    update(box, resources={"devices": [{"allow": True, "access": "rwm"}], "pids": {"limit": 50}}).ok()
    expect(box, pids_max=50)
    equal(box.exec("echo x >/dev/null && echo null").ok().out, "null\n")
    box.exec("head", "-c", "1", "/dev/full").ok()
    matches(box.exec("sh", "-c", "exec 3</dev/kmsg").err, "not permitted")


@test("all or nothing: when the last of many writes is refused, every file is what it was", timeout=180)
def all_or_nothing():
    two_processors()
    number, _ = make_disk()
    major, minor = map(int, number.split(":"))
    throttle = [{"major": major, "minor": minor, "rate": 5 * MIB}]
    box = limited({"memory": {"limit": 64 * MIB, "swap": 96 * MIB, "reservation": MIB}, "pids": {"limit": 30},
                   "cpu": {"quota": 50000, "period": 100000, "burst": 40000, "shares": 512, "cpus": "0"},
                   "blockIO": {"throttleReadBpsDevice": throttle}, "unified": {"memory.high": str(60 * MIB)}})
    box.up()
    before = everything(box)
    change = {"memory": {"limit": 32 * MIB, "swap": 32 * MIB, "reservation": 2 * MIB}, "pids": {"limit": 10},
              "cpu": {"quota": 20000, "period": 50000, "burst": 10000, "shares": 1024, "idle": 1, "cpus": "1", "mems": "0"},
              "blockIO": {"throttleWriteBpsDevice": throttle}, "hugepageLimits": [{"pageSize": "2MB", "limit": 0}],
              "unified": {"memory.high": "max", "memory.oom.group": "1"}}
    for bad in {"pids.max": "none"}, {"zone.nonesuch": "1"}, {"memory.nonesuch": "1"}, {"io.max": "4095:1 rbps=5"}:
        update(box, resources={**change, "unified": {**change["unified"], **bad}}).exits(1)
        after = {name: everything(box)[name] for name in before}
        # The kernel takes no empty list of a cgroup with processes: all that the parent has is the same.
        equal({**after, "cpuset.mems": ""}, before, str(bad))
        equal(after["cpuset.mems"], (cgroup_of(box).parent / "cpuset.mems.effective").read_text().strip())
    change["cpu"].pop("shares")  # the same without a mistake
    update(box, resources=change).ok()
    expect(box, memory_max=32 * MIB, memory_swap_max=0, cpu_max="20000 50000", cpu_max_burst=10000, cpu_idle=1, cpuset_cpus=1,
           memory_high="max", pids_max=10)
    back = everything(box)
    update(box, resources={"cpu": {"idle": 0, "shares": 2048, "quota": 50000, "burst": 45000}, "unified": {"pids.max": "x"}}).exits(1)
    equal(everything(box), back, "out of idle and back")


# dd fills its buffer, and writes to a pipe that nobody reads.
HOLD = "mkfifo /shared/pipe; sleep 1000 </shared/pipe & exec dd if=/dev/zero of=/shared/pipe bs=40M"
CACHE = "exec 3</dev/disk; cat <&3 >/dev/null; while :; do sleep 1; done"


def held(command, **more):
    """A running container that has taken its memory."""
    box = limited({"memory": {"limit": 200 * MIB, "swap": 200 * MIB}}, command, **more)
    box.share()
    box.up()
    eventually(lambda: int(cgroup_files(box, ["memory.current"])["memory.current"]) > 40 * MIB, timeout=30)
    return box


def oom_kills(box):
    return int(dict(line.split() for line in (cgroup_of(box) / "memory.events").read_text().splitlines())["oom_kill"])


@shows("linux.resources.memory.checkBeforeUpdate")
@test("a limit below what cannot be reclaimed is refused where checkBeforeUpdate is asked, with usage and limit; nobody is killed", timeout=180)
def check_before():
    box = held(HOLD)
    before = everything(box)
    said = update(box, resources={"memory": {"limit": 20 * MIB, "swap": 20 * MIB, "checkBeforeUpdate": True}, "pids": {"limit": 7}}).exits(1)
    found = matches(said.err, r"linux\.resources\.memory\.limit: 20971520 is below the usage of (\d+) bytes, of which no more can be reclaimed")
    that(int(found[1]) > 40000000, f"a usage of {found[1]}")
    equal(everything(box), before)
    equal(oom_kills(box), 0)
    equal(box.status(), "running")
    update(box, resources={"memory": {"limit": 100 * MIB, "swap": 100 * MIB, "checkBeforeUpdate": True}}).ok()
    expect(box, memory_max=100 * MIB)


@test("a limit below the usage that can be reclaimed is taken: the kernel reclaims first, and nobody is killed", timeout=180)
def reclaimed():
    number, _ = make_disk()
    major, minor = map(int, number.split(":"))
    box = held(CACHE, devices=[{"path": "/dev/disk", "type": "b", "major": major, "minor": minor}])
    update(box, resources={"memory": {"limit": 10 * MIB, "swap": 10 * MIB, "checkBeforeUpdate": True}}).ok()
    expect(box, memory_max=10 * MIB)
    equal(oom_kills(box), 0)
    equal(box.status(), "running")


@test("where there is swap, memory goes there when its limit comes down; room in swap is made before that", timeout=180)
def to_swap():
    sh("modprobe", "zram").ok()
    pathlib.Path("/sys/block/zram0/disksize").write_text(str(128 * MIB))
    sh("sh", "-c", "mkswap /dev/zram0 && swapon /dev/zram0").ok()
    defer(lambda: sh("sh", "-c", "swapoff /dev/zram0 && echo 1 >/sys/block/zram0/reset").ok())
    box = held(HOLD)
    update(box, resources={"memory": {"limit": 20 * MIB, "swap": 120 * MIB, "checkBeforeUpdate": True}}).ok()
    expect(box, memory_max=20 * MIB, memory_swap_max=100 * MIB)
    that(int(cgroup_files(box, ["memory.swap.current"])["memory.swap.current"]) > 10 * MIB, "nothing went to swap")
    update(box, resources={"memory": {"limit": 100 * MIB, "swap": 100 * MIB}}).ok()
    expect(box, memory_max=100 * MIB, memory_swap_max=0)
    equal(oom_kills(box), 0)
    equal(box.status(), "running")


@test("without checkBeforeUpdate the limit is set, as the kernel has it: what does not fit is killed", timeout=180)
def unchecked():
    box = held(HOLD)
    update(box, "--memory", "20M").ok()
    eventually(lambda: equal(box.status(), "stopped"), timeout=30)


@test("a created and a paused container take new limits; a stopped one does not, nor one that is not there", timeout=120)
def states():
    box = limited({})
    box.create().ok()
    update(box, "--pids-limit", "60").ok()
    expect(box, pids_max=60)
    box.start().ok()
    box.call("pause", box.id).ok()
    update(box, "--pids-limit", "70").ok()
    expect(box, pids_max=70)
    box.call("resume", box.id).ok()
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    matches(update(box, "--pids-limit", "80").exits(1).err, "container not running: it is stopped")
    matches(box.call("update", "nonesuch").exits(1).err, "does not exist")


run()
