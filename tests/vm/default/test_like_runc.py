"""Refused updates and statistics beside runc's. What an update leaves out, Debian's runc (1.1) forgets, so those files differ."""

import json

from harness import contains, equal, eventually, nacelle, run, sh, test
from harness.cgroup import cgroup_files, limited

MIB = 1 << 20
# Not cpu.weight: Debian's runc works it out from the shares by the older formula.
FILES = ("memory.max", "memory.swap.max", "memory.low", "memory.high", "cpu.max", "pids.max", "cpuset.cpus", "cpuset.mems", "io.weight",
         "memory.oom.group", "hugetlb.2MB.max")


class Peer:
    """The container of a bundle, run by one of the two."""

    def __init__(self, runtime, resources):
        self.box = limited(resources)
        self.words = [runtime, "--root", self.box.folder / "peer"]
        self("create", "--bundle", self.box.bundle, "--pid-file", self.box.pid_file).ok()
        self("start").ok()

    def __call__(self, verb, *arguments, **how):
        return sh(*self.words, verb, *arguments, self.box.id, **how)

    def files(self):
        return cgroup_files(self.box, FILES)

    def end(self):
        self("delete", "--force").ok()


def both(resources):
    return Peer(nacelle(), resources), Peer("runc", resources)


@test("what runc refuses to update is refused, and neither changes a file", timeout=240)
def refused():
    ours, theirs = both({"memory": {"limit": 64 * MIB, "swap": 96 * MIB}, "cpu": {"quota": 50000}})
    before = theirs.files()
    for resources in ({"memory": {"limit": 32 * MIB, "swap": 16 * MIB}}, {"cpu": {"cpus": "77"}}, {"cpu": {"quota": 5}},
                      {"unified": {"nonesuch.max": "1"}}, {"unified": {"a/b.c": "1"}}):
        for one in ours, theirs:
            one("update", "--resources", "-", stdin=json.dumps(resources)).fails()
        equal(ours.files(), before, str(resources))
    for one in ours, theirs:
        one.end()


def shape(value):
    """The names in a JSON object and what kind of value stands behind each; numbers that may be 0 and left out are not compared."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return type(value).__name__


def missing(theirs, ours, path=""):
    """What runc's object has and ours has not."""
    if not isinstance(theirs, dict):
        return [] if theirs == ours else [f"{path}: {theirs} is {ours}"]
    return [line for key, part in theirs.items() if key != "raw"
            for line in (missing(part, ours[key], f"{path}.{key}") if key in ours else [f"{path}.{key}"])]


@test("events --stats has everything that runc's has, in the same form and with the same limits; ps lists as many processes", timeout=240)
def statistics():
    ours, theirs = both({"memory": {"limit": 64 * MIB, "swap": 96 * MIB}, "pids": {"limit": 30}, "cpu": {"quota": 20000}})
    seen = []
    for one in ours, theirs:
        eventually(lambda: len(json.loads(one("ps", "--format", "json").ok().out)) == 2)
        one("pause").ok()
        seen.append(json.loads(one("events", "--stats").ok().out))
    for event in seen:
        equal(list(event), ["type", "id", "data"])
        event["data"]["blkio"].pop("ioServiceBytesRecursive", 0)  # by chance there is some reading, or none
        event["data"]["blkio"].pop("ioServicedRecursive", 0)
        event["data"]["network_interfaces"] = []  # of runc null, which is the same to a reader
        event["data"]["cpu"]["throttling"] = {}
    equal(missing(shape(seen[1]["data"]), shape(seen[0]["data"])), [])
    for part in "usage", "swap":
        equal(seen[0]["data"]["memory"][part]["limit"], seen[1]["data"]["memory"][part]["limit"], part)
    equal(seen[0]["data"]["pids"], seen[1]["data"]["pids"])
    contains(seen[0]["data"]["memory"]["raw"], "anon")
    for one in ours, theirs:
        one.end()


run()
