"""Hooks: all six kinds, in the order of the specification, with the state on stdin; their failures and timeouts."""

import json
import time

from harness import contains, equal, eventually, excludes, matches, run, shows, test, that, time_scale
from harness.bundle import PATH, Container, namespace_of
from harness.processes import alive

SLEEP = "while :; do sleep 0.1; done"
# Kinds in the order in which they are called; the status that the state shows meanwhile.
KINDS = {"prestart": ("creating", "created"), "createRuntime": ("creating", "created"),
         "createContainer": ("creating", "created"), "startContainer": ("created", "creating"),
         "poststart": ("running",), "poststop": ("stopped",)}


def hook(script, *arguments, **more):
    return {"path": "/bin/sh", "args": ["sh", "-c", script, *arguments], "env": [PATH], **more}


def log_hooks(box, folder):
    """Hooks of every kind, two of each, that write down their name and what they read, seen as /shared by both sides."""
    def write(kind, number):
        # startContainer runs with the container's root; all others with the host's files (createContainer before the pivot).
        place = "/shared" if kind == "startContainer" else folder
        return hook(f"cat >{place}/{kind}{number}; echo {kind}{number} >>{place}/order; "
                    f"readlink /proc/self/ns/mnt >{place}/{kind}{number}.mnt")

    return {kind: [write(kind, 1), write(kind, 2)] for kind in KINDS}


@shows("hooks.prestart[].path", "hooks.createRuntime[].path", "hooks.createContainer[].path",
       "hooks.startContainer[].path", "hooks.poststart[].path", "hooks.poststop[].path")
@test("all kinds run in order, each kind's in the order of its list, with the state as JSON on stdin")
def all_kinds():
    box = Container("echo program >>/shared/order; " + SLEEP, annotations={"a": "b"})
    folder = box.share()
    box.config["hooks"] = log_hooks(box, folder)
    box.write()
    order = folder / "order"
    box.create().ok()
    pid = box.pid()
    equal(order.read_text().split(), [f"{kind}{n}" for kind in list(KINDS)[:3] for n in (1, 2)])
    box.start().ok()
    own, inner = namespace_of("self", "mnt"), namespace_of(pid, "mnt")
    eventually(lambda: contains(order.read_text(), "program"))
    eventually(lambda: contains(order.read_text(), "poststart2"))
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()
    said = order.read_text().split()
    said.remove("program")
    equal(said, [f"{kind}{n}" for kind in KINDS for n in (1, 2)])
    for kind, statuses in KINDS.items():
        state = json.loads((folder / f"{kind}1").read_text())
        equal(state["id"], box.id, kind)
        equal(state["bundle"], str(box.bundle), kind)
        equal(state["annotations"], {"a": "b"}, kind)
        contains(statuses, state["status"], kind)
        if kind != "poststop":
            equal(state["pid"], pid, kind)
        mnt = (folder / f"{kind}1.mnt").read_text().strip()
        equal(mnt, inner if kind in ("createContainer", "startContainer") else own, f"mount namespace of {kind}")


@shows("hooks.prestart[].args", "hooks.createRuntime[].args", "hooks.createContainer[].args",
       "hooks.startContainer[].args", "hooks.poststart[].args", "hooks.poststop[].args",
       "hooks.prestart[].env", "hooks.createRuntime[].env", "hooks.createContainer[].env",
       "hooks.startContainer[].env", "hooks.poststart[].env", "hooks.poststop[].env")
@test("a hook of every kind gets its args and its env, and nothing of the caller's environment")
def environment():
    box = Container()
    folder = box.share()
    for kind in KINDS:
        place = "/shared" if kind == "startContainer" else folder
        box.config.setdefault("hooks", {})[kind] = [
            {"path": "/bin/sh", "env": ["A=b c", PATH],
             "args": ["sh", "-c", f'echo "$0|$1|$A|$LEAKED" >{place}/{kind}', "zero", "one"]}]
    box.write()
    box.run(env={"LEAKED": "leaked"}).ok()
    for kind in KINDS:
        equal((folder / kind).read_text(), "zero|one|b c|\n", kind)


@test("hooks see what is there: the mounts at createRuntime, the namespaces by the pid of the state")
def what_is_there():
    box = Container("true", mounts=[{"destination": "/t", "type": "tmpfs", "source": "tmpfs"}])
    out = box.folder / "out"
    box.config["hooks"] = {"createRuntime": [hook(
        "pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); readlink /proc/$pid/ns/net >" + str(out) +
        "; grep -c ' /t \\|rootfs/t ' /proc/$pid/mountinfo >>" + str(out))]}
    box.write()
    box.run().ok()
    net, mounted = out.read_text().split()
    that(net.startswith("net:[") and net != namespace_of("self", "net"), net)
    equal(mounted, "1")


def failing(kind, script="echo went wrong >&2; exit 3", **more):
    """A container whose hook of this kind fails, with a poststop hook that tells that it ran."""
    box = Container("touch /shared/program; " + SLEEP)
    folder = box.share()
    box.config["hooks"] = {"poststop": [hook(f"touch {folder}/poststop")]}
    box.config["hooks"][kind] = [hook("true"), hook(script, **more), hook(f"touch {folder}/next /shared/next")]
    box.write()
    return box, folder


@test("a failing prestart, createRuntime or createContainer hook fails create; nothing is left; poststop hooks run")
def failing_create():
    for kind in "prestart", "createRuntime", "createContainer":
        box, folder = failing(kind)
        refused = box.create().exits(1)
        # The words of the hook itself are its last line, for those that run in the container they come straight.
        contains(refused.err, "went wrong")
        matches(refused.err, rf"^nacelle: create '{box.id}': hooks\.{kind}\[1\] '/bin/sh': exit status 3")
        equal(sorted(path.name for path in folder.iterdir()), ["poststop"], kind)
        equal(box.cgroups(), [], kind)
        that(not (box.state_root / box.id).exists(), f"state is left after {kind}")
        that(not box.pid_file.exists(), f"a pid file is left after {kind}")


@test("a failing startContainer hook fails start and run: the program does not run, the container is destroyed")
def failing_start():
    box, folder = failing("startContainer")
    box.create().ok()
    refused = box.start().exits(1)
    matches(refused.err, rf"\Anacelle: start '{box.id}': hooks\.startContainer\[1\] '/bin/sh': exit status 3: went wrong\n\Z")
    equal(sorted(path.name for path in folder.iterdir()), ["poststop"])
    equal((box.states(), box.cgroups()), ([], []))
    box, folder = failing("startContainer")
    matches(box.run().exits(1).err, rf"\Anacelle: create '{box.id}': hooks\.startContainer\[1\] '/bin/sh': exit status 3")
    equal(sorted(path.name for path in folder.iterdir()), ["poststop"])
    equal((box.states(), box.cgroups()), ([], []))


@test("a failing poststart hook fails start and run (spec 1.3): the container is stopped and destroyed, poststop hooks run")
def failing_poststart():
    for script, more, words in (("echo went wrong >&2; exit 3", {}, "exit status 3: went wrong"),
                                ("sleep 100", {"timeout": 1}, r"killed after its timeout of 1 s"),
                                ("kill -9 $$", {}, "exit status 137")):
        box, folder = failing("poststart", script, **more)
        box.create().ok()
        pid = box.pid()
        refused = box.start().exits(1)
        matches(refused.err, rf"\Anacelle: start '{box.id}': hooks\.poststart\[1\] '/bin/sh': {words}\n\Z")
        excludes([path.name for path in folder.iterdir()], "next")
        contains([path.name for path in folder.iterdir()], "poststop")
        that(not alive(pid), "it still runs")
        equal((box.states(), box.cgroups()), ([], []))
        contains(box.call("state", box.id).exits(1).err, "does not exist")
        box.delete("--force").ok()
    for flags in [], ["--detach"]:
        box, folder = failing("poststart")
        refused = box.run(*flags).exits(1)
        matches(refused.err, rf"\Anacelle: create '{box.id}': hooks\.poststart\[1\] '/bin/sh': exit status 3: went wrong\n\Z")
        contains([path.name for path in folder.iterdir()], "poststop")
        equal((box.states(), box.cgroups()), ([], []))


@test("a failing poststop hook is a warning: the others run, delete succeeds")
def failing_poststop():
    box = Container("true")
    folder = box.share()
    box.config["hooks"] = {"poststop": [hook("exit 3"), hook(f"touch {folder}/next")]}
    box.write()
    box.run().ok()
    that((folder / "next").exists(), "the next hook did not run")
    equal(box.cgroups(), [])


@shows("hooks.prestart[].timeout", "hooks.createRuntime[].timeout", "hooks.createContainer[].timeout",
       "hooks.startContainer[].timeout", "hooks.poststart[].timeout", "hooks.poststop[].timeout")
@test("a hook that takes longer than its timeout is killed, and has failed")
def timeout():
    for kind in KINDS:
        box, folder = failing(kind, "sleep 100", timeout=1)
        began = time.monotonic()
        refused = box.create()
        if kind in ("startContainer", "poststart", "poststop"):
            refused.ok()
            refused = box.start()
        if kind == "poststop":
            refused.ok()
            refused = box.delete("--force").ok()
            equal((folder / "next").exists(), True, "poststop goes on")
        else:
            refused.exits(1)
            that(not (folder / "next").exists(), "the next hook ran")
        that(time.monotonic() - began < 20 * time_scale(), "it waited for the hook")
        matches(refused.err, rf"hooks\.{kind}\[1\] '/bin/sh': killed after its timeout")


@test("a hook whose program is not there fails with its path")
def missing_hook():
    for kind in "createRuntime", "createContainer":
        box = Container(hooks={kind: [{"path": "/nonesuch/hook"}]})
        refused = box.create().exits(1)
        matches(refused.err, rf"\Anacelle: create '{box.id}': hooks\.{kind}\[0\] '/nonesuch/hook': .*\n\Z")


@test("a hook's path must be absolute, its timeout above zero")
def bad_hooks():
    for broken, field in ({"path": "bin/sh"}, "path"), ({"path": "/bin/sh", "timeout": 0}, "timeout"), ({}, "path"):
        box = Container(hooks={"createRuntime": [broken]})
        matches(box.create().exits(1).err, rf"config\.json: hooks\.createRuntime\[0\]\.{field}: ")


run()
