"""Seccomp: what each action does to the program that makes the call, and by which of the machine's ABIs a call is judged."""

import errno
import os
import platform
import shutil
import signal

from harness import binary, equal, eventually, run, shows, skip, test
from harness.bundle import Container

MKDIR = {"x86_64": 83}.get(platform.machine())
X86_MKDIR = 39  # the number of mkdir(2) for int 0x80
REFUSED = 77


def probe(action, *words, number=MKDIR, architectures=(), names=("mkdir",), **more):
    """Runs the probe under a profile with one rule for mkdir. Gives the Outcome."""
    if MKDIR is None:
        skip("mkdir(2) is a call of x86-64")
    rule = {"names": list(names), "action": action, **more}
    box = Container(["/probe", *words[:1], str(number), *words[1:]], linux={"seccomp": {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": list(architectures), "syscalls": [rule]}})
    shutil.copy(binary("seccomp-probe"), box.rootfs / "probe")
    return box.run()


@shows("linux.seccomp.syscalls[].action", "linux.seccomp.syscalls[].action.SCMP_ACT_{ALLOW,ERRNO,TRACE,TRAP}",
       "linux.seccomp.syscalls[].errnoRet")
@test("ALLOW lets the call through, ERRNO gives its errno, TRACE ENOSYS without a tracer, TRAP the signal SIGSYS")
def actions():
    equal(probe("SCMP_ACT_ALLOW", "native").ok().out, f"result -{errno.EFAULT}\n")
    equal(probe("SCMP_ACT_ERRNO", "native").ok().out, f"result -{errno.EPERM}\n")
    equal(probe("SCMP_ACT_ERRNO", "native", errnoRet=REFUSED).ok().out, f"result -{REFUSED}\n")
    equal(probe("SCMP_ACT_TRACE", "native", errnoRet=REFUSED).ok().out, f"result -{errno.ENOSYS}\n")
    equal(probe("SCMP_ACT_TRAP", "native").ok().out, f"trapped {MKDIR}\n")


@shows("linux.seccomp.syscalls[].action.SCMP_ACT_{KILL,KILL_THREAD,KILL_PROCESS}")
@test("KILL_PROCESS ends the whole process, KILL and KILL_THREAD the thread that makes the call; no handler is called")
def kills():
    for action in "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS":
        died = probe(action, "native")
        equal((died.code, died.out), (128 + signal.SIGSYS, ""), action)
    for action in "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD":
        equal(probe(action, "native", "thread").ok().out, "alive\n", action)
    died = probe("SCMP_ACT_KILL_PROCESS", "native", "thread")
    equal((died.code, died.out), (128 + signal.SIGSYS, ""))


def log_lines():
    """What the kernel's log holds: number of the line -> text; none where it cannot be read."""
    lines = {}
    try:
        log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return lines
    try:
        while True:
            try:
                line = os.read(log, 8192).decode(errors="backslashreplace")
            except BrokenPipeError:  # lines were overwritten; it goes on behind them
                continue
            lines[int(line.split(",")[1])] = line
    except BlockingIOError:
        return lines
    finally:
        os.close(log)


@shows("linux.seccomp.syscalls[].action.SCMP_ACT_LOG")
@test("LOG lets the call through, and the kernel writes it down")
def logged():
    last = max(log_lines(), default=0)

    def seen():  # tried again and again: the kernel writes no more than so many lines a second
        equal(probe("SCMP_ACT_LOG", "native").ok().out, f"result -{errno.EFAULT}\n")
        return any(number > last and "probe" in line and f"syscall={MKDIR} " in line for number, line in log_lines().items())

    if not log_lines():
        seen()
        skip("the kernel's log cannot be read here; the call went through")
    eventually(seen, interval=0.5, timeout=30)


@shows("linux.seccomp.architectures", "linux.seccomp.architectures.SCMP_ARCH_{X86_64,X86,X32}")
@test("calls of a listed architecture are judged by their own numbers; those of one that is not listed end the program")
def architectures():
    errno_rule = {"errnoRet": REFUSED}
    both = ("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32")
    for abi, number in ("native", MKDIR), ("x86", X86_MKDIR), ("x32", MKDIR):
        equal(probe("SCMP_ACT_ERRNO", abi, number=number, architectures=both, **errno_rule).ok().out, f"result -{REFUSED}\n", abi)
        free = probe("SCMP_ACT_ERRNO", abi, number=number, architectures=both, names=["rmdir"], **errno_rule).ok().out
        equal(free == f"result -{REFUSED}\n", False, f"{abi}: a call that is not named")
    for abi, number in ("x86", X86_MKDIR), ("x32", MKDIR):
        died = probe("SCMP_ACT_ERRNO", abi, number=number, architectures=["SCMP_ARCH_X86_64"], **errno_rule)
        equal((died.code, died.out), (128 + signal.SIGSYS, ""), f"{abi} is not listed")


run()
