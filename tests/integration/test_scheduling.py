"""Where and when the program runs: scheduler, ioPriority, execCPUAffinity, memoryPolicy, personality."""

import ctypes
import dataclasses
import json
import os
import platform
import struct

from harness import contains, equal, matches, run, shows, skip, test, that
from harness.bundle import PATH, Container, process_status

SLEEP = "while :; do sleep 0.1; done"
SYSCALLS = {"x86_64": (315, 252), "aarch64": (275, 31)}
OTHER, FIFO, RR, BATCH, IDLE, DEADLINE = 0, 1, 2, 3, 5, 6
FLAGS = {"SCHED_FLAG_RESET_ON_FORK": 0x01, "SCHED_FLAG_RECLAIM": 0x02, "SCHED_FLAG_DL_OVERRUN": 0x04,
         "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20, "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40}

libc = ctypes.CDLL(None, use_errno=True)


@dataclasses.dataclass
class Attributes:
    """What sched_getattr(2) says of a process."""

    policy: int
    flags: int
    nice: int
    priority: int
    runtime: int
    deadline: int
    period: int


def syscall(number, *arguments):
    value = libc.syscall(number, *arguments)
    if value < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return value


def scheduling(pid):
    layout = struct.Struct("=IIQiIQQQII")
    buffer = ctypes.create_string_buffer(layout.size)
    syscall(SYSCALLS[platform.machine()][0], pid, buffer, layout.size, 0)
    return Attributes(*layout.unpack(buffer.raw)[1:8])


def io_priority(pid):
    value = syscall(SYSCALLS[platform.machine()][1], 1, pid)
    return value >> 13, value & 7


def scheduled(**scheduler):
    """What the kernel says of a container's process with that scheduler."""
    return scheduling(Container(SLEEP, process={"scheduler": scheduler}).up())


def refusal(**process):
    """The error of a create with these fields of `process`, after which nothing is left."""
    box = Container("true", process=process)
    refused = box.create().exits(1)
    equal((box.states(), box.cgroups()), ([], []))
    return refused.err


@shows("process.scheduler.policy", "process.scheduler.nice", "process.scheduler.policy.SCHED_OTHER",
       "process.scheduler.policy.SCHED_BATCH", "process.scheduler.policy.SCHED_IDLE")
@test("scheduler: SCHED_OTHER and SCHED_BATCH with a nice value, SCHED_IDLE; without the field the caller's stays")
def time_sharing():
    for name, number, nice in ("SCHED_OTHER", OTHER, 7), ("SCHED_OTHER", OTHER, -5), ("SCHED_BATCH", BATCH, 3):
        seen = scheduled(policy=name, nice=nice)
        equal((seen.policy, seen.nice), (number, nice))
    equal(scheduled(policy="SCHED_IDLE").policy, IDLE)
    own = scheduling(0)
    seen = scheduling(Container(SLEEP).up())
    equal((seen.policy, seen.nice), (own.policy, own.nice))


@shows("process.scheduler.priority", "process.scheduler.policy.SCHED_FIFO", "process.scheduler.policy.SCHED_RR")
@test("scheduler: SCHED_FIFO and SCHED_RR with a priority, in a user namespace too")
def realtime():
    for name, number in ("SCHED_FIFO", FIFO), ("SCHED_RR", RR):
        seen = scheduled(policy=name, priority=10)
        equal((seen.policy, seen.priority), (number, 10))
    maps = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    box = Container(SLEEP, process={"scheduler": {"policy": "SCHED_FIFO", "priority": 3}},
                    linux={"uidMappings": maps, "gidMappings": maps})
    box.config["linux"]["namespaces"].append({"type": "user"})
    box.write()
    os.chown(box.rootfs, 100000, 100000)
    seen = scheduling(box.up())
    equal((seen.policy, seen.priority), (FIFO, 3))


@shows("process.scheduler.runtime", "process.scheduler.deadline", "process.scheduler.period",
       "process.scheduler.policy.SCHED_DEADLINE", "process.scheduler.flags.SCHED_FLAG_RECLAIM",
       "process.scheduler.flags.SCHED_FLAG_DL_OVERRUN")
@test("scheduler: SCHED_DEADLINE with its three times, and the flags that go with it")
def deadline():
    times = {"runtime": 1000000, "deadline": 50000000, "period": 100000000}
    flags = ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_RESET_ON_FORK"]
    box = Container(["sleep", "100"], process={"scheduler": {"policy": "SCHED_DEADLINE", "flags": flags, **times}})
    created = box.create()
    if "has not that much time" in created.err:
        skip("this machine's CPUs have no time for SCHED_DEADLINE")
    created.ok()
    box.start().ok()
    seen = scheduling(box.pid())
    equal((seen.policy, seen.runtime, seen.deadline, seen.period), (DEADLINE, 1000000, 50000000, 100000000))
    equal(seen.flags & 7, 7)


@shows("process.scheduler.flags", "process.scheduler.flags.SCHED_FLAG_RESET_ON_FORK",
       "process.scheduler.flags.SCHED_FLAG_UTIL_CLAMP_MIN", "process.scheduler.flags.SCHED_FLAG_UTIL_CLAMP_MAX",
       "process.scheduler.flags.SCHED_FLAG_KEEP_POLICY", "process.scheduler.flags.SCHED_FLAG_KEEP_PARAMS")
@test("scheduler: its flags reach the kernel; with KEEP_POLICY and KEEP_PARAMS it keeps what the process has")
def flags():
    seen = scheduled(policy="SCHED_RR", priority=5, flags=["SCHED_FLAG_RESET_ON_FORK"])
    equal((seen.policy, seen.flags & 1), (RR, 1))
    own = scheduling(0)
    seen = scheduled(policy="SCHED_BATCH", flags=["SCHED_FLAG_KEEP_POLICY"])
    equal(seen.policy, own.policy)
    seen = scheduled(policy="SCHED_OTHER", nice=9, flags=["SCHED_FLAG_KEEP_PARAMS"])
    equal(seen.nice, own.nice)
    for clamp in "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX":
        box = Container(SLEEP, process={"scheduler": {"policy": "SCHED_OTHER", "flags": [clamp]}})
        created = box.create()
        if created.code != 0:  # a kernel without CONFIG_UCLAMP_TASK says so, and that is the effect
            matches(created.err, r"process\.scheduler: sched_setattr: .*\(hint: .*utilization clamps\)")
            continue
        equal(scheduling(box.pid()).flags & FLAGS[clamp], FLAGS[clamp])


@shows("process.scheduler.policy.SCHED_ISO")
@test("scheduler: what the kernel refuses is an error with a hint, and nothing is left; SCHED_ISO is no kernel's")
def refused_scheduler():
    matches(refusal(scheduler={"policy": "SCHED_ISO"}),
            r"^nacelle: create '.*': process\.scheduler: sched_setattr: Invalid argument \(hint: no Linux kernel has the policy SCHED_ISO\)$")
    matches(refusal(scheduler={"policy": "SCHED_FIFO"}), r"config\.json: process\.scheduler\.priority: .* 1 to 99")


@shows("process.ioPriority.class", "process.ioPriority.priority", "process.ioPriority.class.IOPRIO_CLASS_RT",
       "process.ioPriority.class.IOPRIO_CLASS_BE", "process.ioPriority.class.IOPRIO_CLASS_IDLE")
@test("ioPriority: class and priority")
def io():
    for name, number, priority in ("IOPRIO_CLASS_RT", 1, 2), ("IOPRIO_CLASS_BE", 2, 7), ("IOPRIO_CLASS_IDLE", 3, 0):
        box = Container(SLEEP, process={"ioPriority": {"class": name, "priority": priority}})
        equal(io_priority(box.up()), (number, priority), name)


@test("exec: scheduler and ioPriority are the container's, or those of the process file")
def exec_scheduling():
    box = Container(SLEEP, process={"scheduler": {"policy": "SCHED_BATCH", "nice": 4},
                                    "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 6}})
    box.up()
    pid_file = box.folder / "exec.pid"
    box.exec("sleep 100; :", flags=["--detach", "--pid-file", pid_file]).ok()
    pid = int(pid_file.read_text())
    seen = scheduling(pid)
    equal((seen.policy, seen.nice, io_priority(pid)), (BATCH, 4, (2, 6)))
    file = box.folder / "process.json"
    file.write_text(json.dumps({"user": {"uid": 0, "gid": 0}, "cwd": "/", "env": [PATH], "args": ["sleep", "100"],
                                "scheduler": {"policy": "SCHED_RR", "priority": 2},
                                "ioPriority": {"class": "IOPRIO_CLASS_IDLE"}}))
    box.call("exec", "--detach", "--pid-file", pid_file, "--process", file, box.id).ok()
    pid = int(pid_file.read_text())
    seen = scheduling(pid)
    equal((seen.policy, seen.priority, io_priority(pid)[0]), (RR, 2, 3))


@shows("process.execCPUAffinity.initial", "process.execCPUAffinity.final")
@test("execCPUAffinity: exec begins on the initial CPUs and goes on with the final ones; the container's init has all")
def affinity():
    if len(os.sched_getaffinity(0)) < 2:
        skip("there is one CPU")
    first, second = sorted(os.sched_getaffinity(0))[:2]
    text = "grep ^Cpus_allowed_list /proc/self/status | cut -f2"
    for asked, seen in (({"initial": str(first)}, first), ({"initial": str(first), "final": str(second)}, second),
                        ({"final": str(first)}, first)):
        box = Container(SLEEP, process={"execCPUAffinity": asked})
        pid = box.up()
        equal(process_status(pid)["Cpus_allowed_list"], process_status("self")["Cpus_allowed_list"])
        equal(box.exec(text).ok().out, f"{seen}\n", str(asked))
    refused = Container(SLEEP, process={"execCPUAffinity": {"initial": "8000"}})
    refused.up()
    matches(refused.exec("true").exits(255).err,
            r"process\.execCPUAffinity\.initial: sched_setaffinity: Invalid argument \(hint: none of these CPUs ")


def policies(box):
    """The memory policies that the mappings of a container's program have."""
    return {line.split()[1] for line in box.run().ok().lines()}


@shows("linux.memoryPolicy.mode", "linux.memoryPolicy.nodes", "linux.memoryPolicy.flags",
       "linux.memoryPolicy.mode.MPOL_DEFAULT", "linux.memoryPolicy.mode.MPOL_BIND", "linux.memoryPolicy.mode.MPOL_INTERLEAVE",
       "linux.memoryPolicy.mode.MPOL_PREFERRED", "linux.memoryPolicy.mode.MPOL_PREFERRED_MANY",
       "linux.memoryPolicy.mode.MPOL_LOCAL", "linux.memoryPolicy.mode.MPOL_WEIGHTED_INTERLEAVE",
       "linux.memoryPolicy.flags.MPOL_F_STATIC_NODES", "linux.memoryPolicy.flags.MPOL_F_RELATIVE_NODES",
       "linux.memoryPolicy.flags.MPOL_F_NUMA_BALANCING")
@test("memoryPolicy: each mode and flag is what /proc/self/numa_maps shows of the program, and of what is exec'd")
def memory_policy():
    text = ["cat", "/proc/self/numa_maps"]
    for mode, nodes, flag, shown in (
            ("MPOL_DEFAULT", "", None, "default"), ("MPOL_LOCAL", "", None, "local"),
            ("MPOL_BIND", "0", None, "bind:0"), ("MPOL_BIND", "0", "STATIC_NODES", "bind=static:0"),
            ("MPOL_INTERLEAVE", "0", "RELATIVE_NODES", "interleave=relative:0"),
            ("MPOL_PREFERRED", "0", None, "prefer:0"), ("MPOL_PREFERRED_MANY", "0", None, "prefer (many):0"),
            ("MPOL_WEIGHTED_INTERLEAVE", "0", None, "weighted interleave:0"),
            ("MPOL_BIND", "0", "NUMA_BALANCING", "bind=balancing:0")):
        policy = {"mode": mode, "nodes": nodes, "flags": [f"MPOL_F_{flag}"] if flag else []}
        box = Container(text, linux={"memoryPolicy": policy})
        said = box.run()
        old = {"MPOL_WEIGHTED_INTERLEAVE": "Linux 6.9", "MPOL_PREFERRED_MANY": "Linux 5.15"}
        if said.code != 0 and (mode in old or flag == "NUMA_BALANCING"):
            matches(said.err, r"linux\.memoryPolicy: set_mempolicy: Invalid argument \(hint: ")
            continue
        contains(said.ok().out, f" {shown}")
    box = Container(SLEEP, linux={"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0"}})
    box.up()
    contains(box.exec(*text).ok().out, " bind:0 ")


@test("memoryPolicy: nodes that are not there are the kernel's EINVAL with a hint")
def no_such_node():
    refused = Container("true", linux={"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "63"}}).run().exits(1)
    matches(refused.err, r"linux\.memoryPolicy: set_mempolicy: Invalid argument \(hint: ")


@shows("linux.personality.domain.LINUX", "linux.personality.domain.LINUX32", "linux.personality.flags")
@test("personality: LINUX32 is a 32-bit machine to the program and to what is exec'd; LINUX is what there is without")
def personality():
    own = os.uname().machine
    equal(Container("uname -m", linux={"personality": {"domain": "LINUX", "flags": []}}).run().ok().out, f"{own}\n")
    box = Container("uname -m; " + SLEEP, linux={"personality": {"domain": "LINUX32"}})
    output = box.folder / "out"
    pid = box.up(output=output)
    with open(f"/proc/{pid}/personality", encoding="ascii") as file:
        equal(int(file.read(), 16) & 0xff, 8)
    other = box.exec("uname -m").ok().out.strip()
    that(other != own, f"uname -m says {other}")
    refused = Container("true", linux={"personality": {"domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]}}).create()
    matches(refused.exits(1).err, r"config\.json: linux\.personality\.flags\[0\]: unknown flag 'ADDR_NO_RANDOMIZE'")


run()
