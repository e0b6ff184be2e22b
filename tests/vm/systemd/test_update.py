"""update of a scope: the unit's properties and the cgroup's files say the same, also after a daemon-reload."""

import pathlib

from harness import equal, matches, run, sh, test
from harness.bundle import NAMESPACES, Container, namespaces
from harness.cgroup import cgroup_of
from harness.processors import two_processors
from harness.scope import MAX, files, properties, scoped, update

MIB = 1 << 20
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


run()
