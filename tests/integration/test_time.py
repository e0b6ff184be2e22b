"""Time namespaces: the container's own clocks."""

import json
import os
import pathlib
import time

from harness import contains, equal, eventually, matches, run, sh, shows, test, that
from harness.bundle import NAMESPACES, Container, namespace_of, namespaces, process_status

SLEEP = "while :; do sleep 0.1; done"
SHOW = "readlink /proc/self/ns/time; cut -d' ' -f1 /proc/uptime; cat /proc/self/timens_offsets"
DAY = 86400
MAPS = [{"containerID": 0, "hostID": 100000, "size": 65536}]


def clocked(command, *kinds, offsets=None, **linux):
    """A container with a time namespace of its own."""
    return Container(command, linux={"namespaces": namespaces("time", *(kinds or NAMESPACES)),
                                     "timeOffsets": offsets or {}, **linux})


def uptime():
    return float(pathlib.Path("/proc/uptime").read_text().split()[0])


def monotonic_in(pid):
    """What CLOCK_MONOTONIC shows in the time namespace of a process."""
    return float(sh("nsenter", "-t", str(pid), "--time", "python3", "-c", "import time; print(time.monotonic())").ok().out)


def shown(lines):
    """Inode, uptime, and (seconds, nanoseconds) of each clock, of the output of SHOW."""
    offsets = {line.split()[0]: tuple(map(int, line.split()[1:])) for line in lines[2:4]}
    return lines[0], float(lines[1]), offsets


@shows("linux.namespaces[].type.time", "linux.timeOffsets.monotonic.secs", "linux.timeOffsets.monotonic.nanosecs",
       "linux.timeOffsets.boottime.secs", "linux.timeOffsets.boottime.nanosecs")
@test("a new time namespace has the clocks that timeOffsets says, for the program and for what is exec'd")
def offsets():
    box = clocked(SHOW + "; echo pid $$; " + SLEEP,
                  offsets={"monotonic": {"secs": 3 * DAY, "nanosecs": 500000000},
                           "boottime": {"secs": 10 * DAY, "nanosecs": 7}})
    output = box.folder / "out"
    pid = box.up(output=output)
    eventually(lambda: contains(output.read_text(), "pid"))
    lines = output.read_text().splitlines()
    inode, seen, clocks = shown(lines)
    that(inode == namespace_of(pid, "time") != namespace_of("self", "time"), inode)
    that(10 * DAY <= seen - uptime() + 5 < 10 * DAY + 60, f"uptime {seen}")
    equal(clocks, {"monotonic": (3 * DAY, 500000000), "boottime": (10 * DAY, 7)})
    that(abs(monotonic_in(pid) - time.monotonic() - 3 * DAY) < 60, "CLOCK_MONOTONIC")
    equal(lines[4], "pid 1")
    inside, seen, _ = shown(box.exec(SHOW).ok().lines())
    equal(inside, inode)
    that(seen - uptime() > 9 * DAY, f"uptime {seen} for exec")


@test("a time namespace without offsets, or with negative ones, and without a pid namespace of its own")
def without_offsets():
    inode, seen, clocks = shown(clocked(SHOW).run().ok().lines())
    that(inode != namespace_of("self", "time"), inode)
    equal(clocks, {"monotonic": (0, 0), "boottime": (0, 0)})
    that(abs(seen - uptime()) < 60, f"uptime {seen}")
    back = clocked(SHOW, "mount", "uts", offsets={"boottime": {"secs": -1, "nanosecs": 500000000}})
    equal(shown(back.run().ok().lines())[2]["boottime"], (-1, 500000000))


@test("a time namespace together with a user namespace, created and started, leaves nothing when it is gone")
def in_user_namespace():
    box = clocked(SHOW + "; cat /proc/self/oom_score_adj; " + SLEEP, "user", *NAMESPACES,
                  offsets={"boottime": {"secs": DAY}}, uidMappings=MAPS, gidMappings=MAPS)
    box.config["process"]["oomScoreAdj"] = 321
    hooked = box.folder / "hooked"
    box.config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"cat >{hooked}"]}]}
    box.write()
    os.chown(box.rootfs, 100000, 100000)
    output = box.folder / "out"
    pid = box.up(output=output)
    eventually(lambda: equal(len(output.read_text().splitlines()), 5))
    inode, seen, _ = shown(output.read_text().splitlines())
    equal(inode, namespace_of(pid, "time"))
    that(seen - uptime() > DAY - 60, f"uptime {seen}")
    equal(output.read_text().splitlines()[4], "321")
    equal(json.loads(hooked.read_text())["pid"], pid, "the pid that hooks are told")
    equal(box.state()["pid"], pid)
    equal(process_status(pid)["NSpid"].split()[-1], "1")
    box.delete("--force").ok()
    equal((box.states(), box.cgroups()), ([], []))


@test("a time namespace is joined by its path, and so is the user namespace that it belongs to")
def joined():
    first = clocked(SLEEP, offsets={"boottime": {"secs": 5 * DAY}})
    pid = first.up()
    kinds = {"pid": f"/proc/{pid}/ns/pid", "time": f"/proc/{pid}/ns/time"}
    second = Container(SHOW, linux={"namespaces": namespaces("mount", "uts", **kinds)})
    inode, seen, _ = shown(second.run().ok().lines())
    equal(inode, namespace_of(pid, "time"))
    that(seen - uptime() > 4 * DAY, f"uptime {seen}")
    owner = Container(SLEEP, linux={"namespaces": namespaces("user", *NAMESPACES), "uidMappings": MAPS, "gidMappings": MAPS})
    os.chown(owner.rootfs, 100000, 100000)
    user = owner.up()
    third = Container(SHOW, linux={"timeOffsets": {"boottime": {"secs": DAY}},
                                   "namespaces": namespaces("time", *NAMESPACES, user=f"/proc/{user}/ns/user")})
    os.chown(third.rootfs, 100000, 100000)
    said = third.run().ok().lines()
    equal(shown(said)[2]["boottime"], (DAY, 0))


@test("clocks that cannot be: before 0, unknown, of a namespace that is joined or not there; nothing is left")
def refused():
    box = clocked("true", offsets={"boottime": {"secs": -10**10}})
    matches(box.create().exits(1).err, r"linux\.timeOffsets: .*Numerical result out of range \(hint: a clock would stand before 0")
    equal((box.states(), box.cgroups()), ([], []))
    matches(clocked("true", offsets={"realtime": {"secs": 1}}).create().exits(1).err,
            r"config\.json: linux\.timeOffsets\.realtime: no such clock can be set")
    for kinds in namespaces(*NAMESPACES), namespaces(*NAMESPACES, time="/proc/self/ns/time"):
        box = Container("true", linux={"namespaces": kinds, "timeOffsets": {"boottime": {"secs": 1}}})
        matches(box.create().exits(1).err, r"config\.json: linux\.timeOffsets: needs a new namespace of type 'time'")


run()
