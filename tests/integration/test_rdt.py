"""Intel RDT: groups of the resctrl file system, or the word that there is none."""

import pathlib

from harness import equal, matches, run, shows, skip, test
from harness.bundle import Container


def resctrl():
    """Where resctrl is mounted, or None."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    return next((pathlib.Path(fields[1]) for fields in mounts if fields[2] == "resctrl"), None)


@shows("linux.intelRdt.{closID,schemata,l3CacheSchema,memBwSchema,enableMonitoring}")
@test("intelRdt where no resctrl file system is mounted is an error that names the field, before anything is made")
def without_resctrl():
    if resctrl():
        skip("resctrl is mounted here")
    for asked in ({"closID": "gold"}, {"schemata": ["L3:0=1"]}, {"l3CacheSchema": "L3:0=1"}, {"memBwSchema": "MB:0=10"},
                  {"enableMonitoring": True}, {"closID": "/"}):
        box = Container("true", linux={"intelRdt": asked})
        matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': linux\.intelRdt: no resctrl file system is mounted "
                                           r"here \(hint: .*mount -t resctrl")
        equal((box.states(), box.cgroups()), ([], []))


@test("update --l3-cache-schema and --mem-bw-schema of a container without a group are an error that says so")
def update_without_group():
    box = Container("while :; do sleep 0.1; done")
    box.up()
    for flag, line in ("--l3-cache-schema", "L3:0=1"), ("--mem-bw-schema", "MB:0=10"):
        matches(box.call("update", flag, line, box.id).exits(1).err,
                rf"^nacelle: update '{box.id}': the container has no Intel RDT group \(linux\.intelRdt\)$")


@test("intelRdt: the container and what is exec'd are in a group and a monitoring group of its own, which go with it")
def own_group():
    root = resctrl()
    if not root:
        skip("no resctrl is mounted here")
    box = Container("while :; do sleep 0.1; done", linux={"intelRdt": {"enableMonitoring": True}})
    pid = box.up()
    for folder in root / box.id, root / box.id / "mon_groups" / box.id:
        equal(str(pid) in (folder / "tasks").read_text().split(), True)
    box.delete("--force").ok()
    equal((root / box.id).exists(), False)


run()
