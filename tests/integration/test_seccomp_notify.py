"""Seccomp: an agent decides about calls (SCMP_ACT_NOTIFY), and the flags of a filter."""

import errno
import os
import re

from harness import contains, equal, eventually, matches, run, sh, shows, skip, test, that
from harness.agent import Agent
from harness.bundle import Container, status_fields

SLEEP = "while :; do sleep 0.1; done"
RULES = [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]


def profile(*rules, **more):
    return {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
                        "syscalls": list(rules), **more}}


def asking(command, agent, *rules, **more):
    """A container whose calls of mkdir the agent decides about."""
    process = more.pop("process", {})
    return Container(command, root={"readonly": False}, process=process, annotations={"a": "b"},
                     linux=profile(*(rules or RULES), listenerPath=agent.path, **more))



@shows("linux.seccomp.listenerPath", "linux.seccomp.listenerMetadata", "linux.seccomp.syscalls[].action.SCMP_ACT_NOTIFY",
       "containerProcessState.ociVersion", "containerProcessState.fds", "containerProcessState.pid",
       "containerProcessState.metadata", "containerProcessState.state", "state.status.created")
@test("NOTIFY: with create and start, the agent gets the listener in one message and decides about the call")
def create_and_start():
    for no_new_privileges in True, False:
        agent = Agent(-errno.EDQUOT)
        box = asking("mkdir /tmp/a; echo $?; " + SLEEP, agent, listenerMetadata="of my own",
                     process={"noNewPrivileges": no_new_privileges})
        output = box.folder / "out"
        pid = box.up(output=output)
        eventually(lambda: equal(output.read_text(), "1\n"))
        that(not (box.rootfs / "tmp/a").exists(), "the call was made")
        message, = agent.messages
        equal((message["descriptors"], message["rest"], agent.connections), (1, b"", 1))
        equal((message["ociVersion"], message["fds"], message["pid"], message["metadata"]),
              ("1.0.2", ["seccompFd"], pid, "of my own"))
        equal(message["state"], {"ociVersion": "1.0.2", "id": box.id, "status": "created", "pid": pid,
                                 "bundle": str(box.bundle), "annotations": {"a": "b"}})


@test("NOTIFY: run and exec, one connection a process; a call that the agent lets go on is made")
def run_and_exec():
    agent = Agent(None)
    box = asking("mkdir /tmp/a && echo made; " + SLEEP, agent)
    box.call("run", "--bundle", box.bundle, "--detach", "--pid-file", box.pid_file, box.id).ok()
    eventually(lambda: that((box.rootfs / "tmp/a").is_dir(), "not made"))
    agent.answer = -errno.ENOSPC
    matches(box.exec("mkdir /tmp/b; grep ^Seccomp: /proc/self/status").err, "mkdir: .*No space left on device")
    equal(box.exec("ls /tmp").ok().out, "a\n")
    eventually(lambda: equal(len(agent.messages), 3))
    equal(agent.connections, 3)
    equal([message["state"]["status"] for message in agent.messages], ["created", "running", "running"])
    equal([message["state"]["pid"] for message in agent.messages], [box.pid()] * 3)
    that(agent.messages[1]["pid"] not in (box.pid(), agent.messages[2]["pid"]), "the pids of what is exec'd")
    that("metadata" not in agent.messages[0], "metadata that nobody gave")


@test("NOTIFY: the agent may be asked about every call that the runtime makes behind the filter, and about write, too")
def any_call():
    agent = Agent(None)
    names = ["execve", "capset", "write", "sendmsg", "sendto", "recvfrom", "close", "nanosleep", "futex", "exit_group"]
    for no_new_privileges in True, False:
        box = asking("echo hello", agent, {"names": names, "action": "SCMP_ACT_NOTIFY"},
                     process={"noNewPrivileges": no_new_privileges})
        equal(box.run().ok().out, "hello\n")
    denied = [name for name in names if name not in ("execve", "write", "exit_group")]
    box = asking("echo hello", agent, {"names": denied, "action": "SCMP_ACT_KILL_PROCESS"}, *RULES)
    equal(box.run().ok().out, "hello\n")


@test("NOTIFY: the program has no descriptor of the listener, and is alone in its process")
def no_traces():
    agent = Agent(None)
    said = asking("ls /proc/$$/fd; grep ^Threads: /proc/$$/status", agent).run().ok()
    equal(said.out.split(), ["0", "1", "2", "Threads:", "1"])


@test("NOTIFY without an agent: run, start and exec fail and name the field; the program does not run; nothing is left")
def no_agent():
    def silent(command="touch /shared/ran"):
        box = Container(command, linux=profile(*RULES, listenerPath="/nonesuch/agent.sock"))
        return box, box.share()

    words = r"linux\.seccomp\.listenerPath: connect to '/nonesuch/agent\.sock': No such file or directory$"
    box, shared = silent()
    matches(box.run().exits(1).err, rf"^nacelle: create '{box.id}': " + words)
    equal((box.states(), box.cgroups(), list(shared.iterdir())), ([], [], []))
    box, shared = silent()
    box.create().ok()
    matches(box.start().exits(1).err, rf"^nacelle: start '{box.id}': " + words)
    eventually(lambda: equal(box.status(), "stopped"))
    box.delete().ok()
    equal(list(shared.iterdir()), [])
    agent = Agent(None)
    box = asking(SLEEP, agent)
    box.up()
    os.unlink(agent.path)
    matches(box.exec("true").exits(255).err, r"linux\.seccomp\.listenerPath: connect to ")


@test("a bad word in a profile fails before anything is made; listenerMetadata needs a listenerPath, NOTIFY too")
def bad_profiles():
    for seccomp, words in ((profile({"names": ["read"], "action": "SCMP_ACT_FOO"}), r"syscalls\[0\]\.action: unknown action 'SCMP_ACT_FOO'"),
                           (profile(*RULES), "listenerPath: is missing"),
                           (profile(listenerMetadata="x"), r"listenerMetadata: needs linux\.seccomp\.listenerPath"),
                           (profile(flags=["FAST"]), r"flags\[0\]: unknown flag 'FAST'"),
                           (profile({"names": ["read"], "action": "SCMP_ACT_LOG", "errnoRet": 1}), r"syscalls\[0\]\.errnoRet: "),
                           ({"seccomp": {"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/x"}}, "defaultAction: ")):
        box = Container("true", linux=seccomp)
        box.config["hooks"] = {"prestart": [{"path": "/bin/sh", "args": ["sh", "-c", f"touch {box.folder}/made"]}]}
        box.write()
        matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': linux\.seccomp\.{words}")
        that(not (box.folder / "made").exists(), "a container was being made")
        equal((box.states(), box.cgroups()), ([], []))


def seccomp_calls(box):
    """The flags of each seccomp(SECCOMP_SET_MODE_FILTER) that a run makes, as strace shows them."""
    trace = box.folder / "trace"
    sh("strace", "-f", "-qq", "-e", "trace=seccomp", "-o", trace, *box.words("run", "--bundle", box.bundle, box.id)).ok()
    return re.findall(r"SECCOMP_SET_MODE_FILTER, ([A-Z_|0]+), \{len", trace.read_text())


@shows("linux.seccomp.flags", "linux.seccomp.flags.SECCOMP_FILTER_FLAG_TSYNC", "linux.seccomp.flags.SECCOMP_FILTER_FLAG_LOG",
       "linux.seccomp.flags.SECCOMP_FILTER_FLAG_SPEC_ALLOW", "linux.seccomp.flags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
@test("flags: the filter is set with those that are given; WAIT_KILLABLE_RECV goes with a listener")
def flags():
    deny = {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}
    for flag in "TSYNC", "LOG", "SPEC_ALLOW":
        box = Container("true", linux=profile(deny, flags=[f"SECCOMP_FILTER_FLAG_{flag}"]))
        equal(seccomp_calls(box), [f"SECCOMP_FILTER_FLAG_{flag}"])
    equal(seccomp_calls(Container("true", linux=profile(deny))), ["0"])
    agent = Agent(None)
    killable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
    box = asking("mkdir /tmp/a", agent, flags=[killable])
    tried = box.create()
    if "this kernel has no flag" in tried.err:
        skip(tried.err)
    tried.ok()
    box.delete("--force").ok()
    set_with, = seccomp_calls(box)
    contains(set_with, "SECCOMP_FILTER_FLAG_NEW_LISTENER")
    matches(set_with, "WAIT_KILLABLE_RECV|0x20")
    that((box.rootfs / "tmp/a").is_dir(), "the call was not made")


@test("a filter that is set with the flag LOG holds like any other")
def log_flag():
    said = Container("mkdir /tmp/a; cat /proc/self/status", root={"readonly": False}, linux=profile(
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}, flags=["SECCOMP_FILTER_FLAG_LOG"])).run().ok()
    matches(said.err, r"mkdir: .*Operation not permitted")
    equal(status_fields(said.out)["Seccomp_filters"], "1")


run()
