"""The systemd cgroup manager: a container is a transient scope."""

import os
import pathlib

from harness import contains, equal, eventually, excludes, matches, run, sh, test, that
from harness.bundle import Container
from harness.image import IMAGE
from harness.podman import Podman

SLEEP = "while :; do sleep 1; done"
MANAGER = ["--systemd-cgroup"]


def scoped(name, resources, command=SLEEP):
    return Container(command, linux={"cgroupsPath": f"test.slice:nacelle:{name}", "resources": resources})


def show(unit, *properties):
    """Properties of a unit, as systemd has them."""
    shown = sh("systemctl", "show", unit, *(f"--property={name}" for name in properties)).ok().out
    return dict(line.partition("=")[::2] for line in shown.splitlines())


def create(box):
    return box.call("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id, options=MANAGER)


@test("--systemd-cgroup: a scope in the slice with the limits, as properties and in the kernel; gone after delete", timeout=120)
def scope():
    name = f"box{os.getpid()}"
    box = scoped(name, {"memory": {"limit": 64 << 20}, "cpu": {"quota": 50000, "period": 100000, "shares": 1024},
                        "pids": {"limit": 40}})
    create(box).ok()
    box.start().ok()  # without the flag: the state remembers who made the cgroup
    unit = f"nacelle-{name}.scope"
    properties = show(unit, "ActiveState", "Slice", "MemoryMax", "CPUQuotaPerSecUSec", "TasksMax", "Delegate")
    equal(properties, {"ActiveState": "active", "Slice": "test.slice", "MemoryMax": "67108864", "CPUQuotaPerSecUSec": "500ms",
                       "TasksMax": "40", "Delegate": "yes"})
    folder = pathlib.Path(f"/sys/fs/cgroup/test.slice/{unit}")
    contains((folder / "cgroup.procs").read_text().split(), str(box.pid()))
    for file, value in ("memory.max", "67108864"), ("pids.max", "40"), ("cpu.weight", "100"):
        equal((folder / file).read_text().strip(), value, file)
    matches((folder / "cpu.max").read_text(), r"^50000 100000$")
    equal(box.exec("cat /proc/self/cgroup; true").ok().out, "0::/\n")
    sh("systemctl", "daemon-reload").ok()
    equal((folder / "memory.max").read_text(), "67108864\n", "after daemon-reload")
    box.delete("--force").ok()
    equal(show(unit, "ActiveState")["ActiveState"], "inactive")
    eventually(lambda: not folder.exists())


@test("a scope has the controllers that systemd knows nothing of: huge pages are limited, as the kubelet asks for every pod", timeout=120)
def scope_huge_pages():
    name = f"huge{os.getpid()}"
    box = scoped(name, {"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]})
    create(box).ok()
    folder = pathlib.Path(f"/sys/fs/cgroup/test.slice/nacelle-{name}.scope")
    equal((folder / "hugetlb.2MB.max").read_text(), "0\n")
    sh("systemctl", "daemon-reload").ok()
    equal((folder / "hugetlb.2MB.max").read_text(), "0\n", "after daemon-reload")
    that((folder / "rdma.current").exists(), "the scope has no RDMA controller")
    box.delete("--force").ok()


@test("the devices of a scope are limited as elsewhere, after a daemon-reload, too", timeout=120)
def scope_devices():
    box = scoped(f"dev{os.getpid()}", {"devices": [{"allow": False, "access": "rwm"}]}, SLEEP)
    box.config["process"]["capabilities"] = {kind: ["CAP_MKNOD", "CAP_SYS_ADMIN"] for kind in ("bounding", "effective", "permitted")}
    box.config["root"]["readonly"] = False
    box.write()
    create(box).ok()
    box.start().ok()
    box.exec("mknod", "/tmp/rng", "c", "10", "183").ok()
    denied = "head -c 1 /tmp/rng >/dev/null; echo x >/dev/null && echo null"
    for _ in range(2):
        said = box.exec(denied).ok()
        contains(said.err, "Operation not permitted")
        equal(said.out, "null\n")
        sh("systemctl", "daemon-reload").ok()


@test("a container whose program ends leaves no scope; a create that fails leaves none either", timeout=120)
def scope_ends():
    name = f"end{os.getpid()}"
    box = scoped(name, {"memory": {"limit": 64 << 20}}, "exit 3")
    box.call("run", "--bundle", box.bundle, box.id, options=MANAGER).exits(3)
    eventually(lambda: excludes(sh("systemctl", "list-units", "--all", "--plain").ok().out, name))
    bad = scoped(f"bad{os.getpid()}", {})
    bad.config["process"]["args"] = ["nonesuch"]
    bad.write()
    create(bad).exits(1)
    eventually(lambda: excludes(sh("systemctl", "list-units", "--all", "--plain").ok().out, f"bad{os.getpid()}"))
    killed = scoped(f"killed{os.getpid()}", {})
    create(killed).ok()
    killed.delete("--force").ok()
    eventually(lambda: excludes(sh("systemctl", "list-units", "--all", "--plain").ok().out, f"killed{os.getpid()}"))


@test("podman --cgroup-manager systemd: limits on a libpod scope; a pod's slice with its containers in it", timeout=300)
def podman_scopes():
    podman = Podman(manager="systemd")
    box = podman.background("--memory", "64m", "--pids-limit", "50", IMAGE, "sleep", "1000")
    matches(str(box.cgroup()), r"/machine\.slice/libpod-[0-9a-f]{64}\.scope")
    equal((box.cgroup() / "memory.max").read_text(), "67108864\n")
    equal((box.cgroup() / "pids.max").read_text(), "50\n")
    cgroup = box.cgroup()
    equal(podman("exec", box.name, "cat", "/sys/fs/cgroup/memory.max").ok().out, "67108864\n")
    podman("rm", "--force", "--time", "0", box.name).ok()
    eventually(lambda: that(not cgroup.exists(), "the scope is left"))


run()
