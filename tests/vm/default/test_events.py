"""events: what a container uses, and when it runs out of memory."""

import json

from harness import contains, equal, eventually, matches, run, start, test, that
from harness.cgroup import SLEEP, cgroup_files, cgroup_of, limited, make_disk
from harness.processors import two_processors

MIB = 1 << 20
NO_LIMIT = (1 << 64) - 1


def stats(box):
    """What `events --stats` prints, after a look at the line itself."""
    said = box.call("events", "--stats", box.id).ok()
    equal(len(said.lines()), 1)
    event = json.loads(said.out)
    equal((event["type"], event["id"]), ("stats", box.id))
    equal(list(event["data"]), ["cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces"])
    return event["data"]


@test("events --stats: one line; the numbers are the kernel's, times in nanoseconds", timeout=120)
def once():
    two_processors()
    number, _ = make_disk(8)
    major, minor = map(int, number.split(":"))
    box = limited({"memory": {"limit": 64 * MIB, "swap": 96 * MIB}, "pids": {"limit": 20},
                   "cpu": {"quota": 20000, "period": 100000, "cpus": "0-1", "mems": "0"},
                   "hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}]},
                  "cat /dev/disk >/dev/null; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; touch /shared/up; " + SLEEP,
                  devices=[{"path": "/dev/disk", "type": "b", "major": major, "minor": minor}])
    shared = box.share()
    box.up()
    eventually((shared / "up").exists, timeout=20)
    eventually(lambda: int(dict(line.split() for line in (cgroup_of(box) / "cpu.stat").read_text().splitlines())["nr_throttled"]) > 0)
    box.call("pause", box.id).ok()  # so that the numbers stand still
    data, files = stats(box), cgroup_files(box, ("cpu.stat", "memory.current", "memory.peak", "pids.current"))
    cpu = {key: int(value) for key, value in (line.split() for line in files["cpu.stat"].splitlines())}
    equal(data["cpu"]["usage"], {"total": cpu["usage_usec"] * 1000, "kernel": cpu["system_usec"] * 1000, "user": cpu["user_usec"] * 1000})
    throttling = data["cpu"]["throttling"]
    that(0 < throttling.pop("periods") <= cpu["nr_periods"], "periods, which go on")
    equal(throttling, {"throttledPeriods": cpu["nr_throttled"], "throttledTime": cpu["throttled_usec"] * 1000})
    equal((data["cpuset"]["cpus"], data["cpuset"]["mems"]), ([0, 1], [0]))
    memory = data["memory"]
    equal(memory["usage"], {"limit": 64 * MIB, "usage": int(files["memory.current"]), "max": int(files["memory.peak"]), "failcnt": 0})
    equal(memory["swap"], {"limit": 96 * MIB, "usage": int(files["memory.current"]), "failcnt": 0})
    equal((memory["kernel"], memory["kernelTCP"]), ({"limit": 0, "failcnt": 0},) * 2)
    equal(memory["raw"]["anon"], int(matches((cgroup_of(box) / "memory.stat").read_text(), r"^anon (\d+)$")[1]))
    equal(memory.get("cache", 0), memory["raw"]["file"])
    equal(data["pids"], {"current": int(files["pids.current"]), "limit": 20})
    reads = [entry for entry in data["blkio"]["ioServiceBytesRecursive"] if entry["op"] == "Read"]
    equal(reads, [{"major": major, **({"minor": minor} if minor else {}), "op": "Read", "value": 8 * MIB}])
    contains(data["blkio"], "ioServicedRecursive")
    equal(data["hugetlb"]["2MB"], {"failcnt": 0})
    equal((data["intel_rdt"], data["network_interfaces"]), ({}, []))
    for part in "cpu", "memory", "blkio":
        equal(list(data[part]["psi"]["some"]), ["avg10", "avg60", "avg300", "total"])


@test("what is not limited has the largest number as its limit; pids without a limit have none", timeout=120)
def unlimited():
    box = limited({})
    box.up()
    data = stats(box)
    equal((data["memory"]["usage"]["limit"], data["memory"]["swap"]["limit"]), (NO_LIMIT, NO_LIMIT))
    equal(list(data["pids"]), ["current"])


@test("events: the same at every interval, and a line for every kill for want of memory; it ends with the container", timeout=180)
def stream():
    box = limited({"memory": {"limit": 16 * MIB, "swap": 16 * MIB}},
                  "while [ ! -e /shared/go ]; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 2")
    shared = box.share()
    box.up()
    out = box.folder / "events"
    with out.open("w") as file:
        events = start(*box.words("events", "--interval", "500ms", box.id), stdout=file)

    def kinds():
        return [json.loads(line)["type"] for line in out.read_text().splitlines()]

    eventually(lambda: len(kinds()) >= 2)
    equal(set(kinds()), {"stats"})
    (shared / "go").touch()
    equal(events.wait(timeout=120), 0)
    contains(kinds(), "oom")
    equal([json.loads(line) for line in out.read_text().splitlines() if '"oom"' in line], [{"type": "oom", "id": box.id}])


@test("a container that is stopped or not there has no events; an interval has to be a time", timeout=120)
def refused():
    box = limited({}, "true")
    box.create().ok()
    stats(box)
    box.start().ok()
    eventually(lambda: box.status() == "stopped")
    equal(box.call("events", "--stats", box.id).exits(1).err, "nacelle: container not running: it is stopped\n")
    box.call("events", box.id).exits(1)
    matches(box.call("events", "--stats", "nonesuch").exits(1).err, "does not exist")
    for time, words in ("0s", "must be more than 0"), ("soon", "'soon' is no time like 30s or 1m30s"), ("-1s", "'-1s' is no time"):
        contains(box.call("events", f"--interval={time}", box.id).exits(1).err, f"--interval: {words}")


run()
