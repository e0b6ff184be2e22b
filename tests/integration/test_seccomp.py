"""Seccomp: what a profile of config.json forbids is forbidden, with and without no_new_privs."""

import signal

from harness import contains, equal, matches, run, shows, test
from harness.bundle import Container, status_fields

SLEEP = "while :; do sleep 0.1; done"


def profile(*rules, default="SCMP_ACT_ALLOW", **more):
    return {"seccomp": {"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
                        "syscalls": list(rules), **more}}


def rule(names, action="SCMP_ACT_ERRNO", **more):
    return {"names": names.split(), "action": action, **more}


@shows("linux.seccomp.syscalls[].names", "linux.seccomp.syscalls[].errnoRet")
@test("a refused call fails with EPERM, or with the errno that the rule or the profile gives")
def errno():
    text = "mkdir /tmp/a; ln -s a /tmp/b; touch /tmp/c && chmod 600 /tmp/c; cat /proc/self/status"
    said = Container(text, root={"readonly": False}, linux=profile(
        rule("mkdir mkdirat"), rule("symlink symlinkat", errnoRet=28), rule("chmod fchmodat", errnoRet=38))).run().ok()
    matches(said.err, r"mkdir: .*Operation not permitted")
    matches(said.err, r"ln: .*No space left on device")
    matches(said.err, r"chmod: .*Function not implemented")
    equal(status_fields(said.out)["Seccomp"], "2")


@shows("linux.seccomp.defaultAction", "linux.seccomp.defaultErrnoRet")
@test("a default action other than allow: what is listed is allowed, the rest gets defaultErrnoRet")
def default_errno():
    # The list is what busybox needs to start, to write and to end.
    allowed = ("execve brk mmap mprotect munmap arch_prctl set_tid_address set_robust_list rseq prlimit64 readlink getrandom "
               "write writev exit exit_group rt_sigaction rt_sigprocmask getuid geteuid getgid getegid fstat newfstatat stat "
               "open openat read close ioctl getpid getppid fcntl prctl capget capset futex getcwd uname dup2 poll lseek "
               "readlinkat access faccessat faccessat2 clone clone3 vfork fork wait4 rt_sigreturn getpgrp setpgid umask "
               "setgid setuid setresuid setresgid setgroups sched_yield close_range dup3 sendmsg sendto recvmsg")
    said = Container("echo runs; mkdir /tmp/a", root={"readonly": False}, linux=profile(
        rule(allowed, "SCMP_ACT_ALLOW"), default="SCMP_ACT_ERRNO", defaultErrnoRet=95)).run()
    contains(said.out, "runs\n")
    matches(said.err, r"mkdir: .*(Operation not supported|Not supported)")


@test("SCMP_ACT_KILL_PROCESS, KILL_THREAD and KILL end the program by SIGSYS")
def kill():
    for action in "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL":
        box = Container(["chroot", "/tmp", "true"], linux=profile(rule("chroot", action)))
        equal(box.run().code, 128 + signal.SIGSYS, action)


@shows("linux.seccomp.syscalls[].args", "linux.seccomp.syscalls[].args[].{index,value,valueTwo,op}",
       "linux.seccomp.syscalls[].args[].op.SCMP_CMP_{EQ,NE,LT,LE,GE,GT,MASKED_EQ}")
@test("arguments are compared: EQ, NE, LT, LE, GE, GT, MASKED_EQ; several in one rule must all hold")
def arguments():
    # kill(pid, 0) with different pids: the first argument is what is compared. PIDs that do not exist give ESRCH.
    def allowed(op, value, two=0):
        text = "; ".join(f"kill -0 {pid} 2>&1 | grep -q permitted && echo {pid}" for pid in (1000, 2000, 3000)) + "; true"
        args = [{"index": 0, "value": value, "valueTwo": two, "op": f"SCMP_CMP_{op}"}]
        return Container(text, linux=profile(rule("kill", args=args))).run().ok().out.split()

    equal(allowed("EQ", 2000), ["2000"])
    equal(allowed("NE", 2000), ["1000", "3000"])
    equal(allowed("LT", 2000), ["1000"])
    equal(allowed("LE", 2000), ["1000", "2000"])
    equal(allowed("GE", 2000), ["2000", "3000"])
    equal(allowed("GT", 2000), ["3000"])
    equal(allowed("MASKED_EQ", 0x400, 0x400), ["2000"])  # 2000 is 0x7d0, 1000 is 0x3e8, 3000 is 0xbb8
    both = [{"index": 0, "value": 2000, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 9, "op": "SCMP_CMP_EQ"}]
    said = Container("kill -0 2000 2>&1; kill -9 2000 2>&1; true", linux=profile(rule("kill", args=both))).run().ok()
    matches(said.line(0), "No such process")
    matches(said.line(1), "not permitted")


@test("without noNewPrivileges the profile holds as well, for a user that is not root, too")
def without_no_new_privileges():
    for user in {"uid": 0, "gid": 0}, {"uid": 1000, "gid": 1000}:
        said = Container("mkdir /tmp/a; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status", root={"readonly": False},
                         process={"noNewPrivileges": False, "user": user}, linux=profile(rule("mkdir mkdirat"))).run().ok()
        matches(said.err, r"mkdir: .*Operation not permitted")
        equal(status_fields(said.out), {"NoNewPrivs": "0", "Seccomp": "2"})


@test("the profile holds for what is exec'd into the container")
def exec_has_it():
    box = Container(SLEEP, root={"readonly": False}, linux=profile(rule("mkdir mkdirat")))
    box.up()
    said = box.exec("mkdir /tmp/a; grep ^Seccomp: /proc/self/status")
    matches(said.err, r"mkdir: .*Operation not permitted")
    equal(said.out, "Seccomp:\t2\n")


@test("a profile may forbid what the runtime itself does before the program runs")
def forbids_set_up():
    forbidden = "mount umount2 pivot_root setns unshare clone3 chroot sethostname keyctl mknodat setresuid capset prctl"
    equal(Container("echo runs", linux=profile(rule(forbidden))).run().ok().out, "runs\n")


@test("names of system calls that this kernel does not know are passed over; names of rules are not")
def unknown_names():
    equal(Container("echo runs", linux=profile(rule("nonesuch mkdir"))).run().ok().out, "runs\n")
    for broken, field in (({"action": "SCMP_ACT_NONESUCH"}, r"linux\.seccomp\.syscalls\[0\]\.action"),
                          ({"names": []}, r"linux\.seccomp\.syscalls\[0\]\.names"),
                          ({"args": [{"index": 9, "value": 0, "op": "SCMP_CMP_EQ"}]},
                           r"linux\.seccomp\.syscalls\[0\]\.args\[0\]\.index"),
                          ({"args": [{"index": 0, "value": 0, "op": "SCMP_CMP_FOO"}]},
                           r"linux\.seccomp\.syscalls\[0\]\.args\[0\]\.op")):
        box = Container(linux=profile({**rule("mkdir"), **broken}))
        matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': .*{field}: ")
        equal(box.cgroups(), [])
    box = Container(linux=profile(architectures=["SCMP_ARCH_PDP11"]))
    matches(box.create().exits(1).err, r"linux\.seccomp\.architectures\[0\]: .*'SCMP_ARCH_PDP11'")


run()
