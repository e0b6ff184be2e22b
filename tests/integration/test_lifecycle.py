"""The life of a container: create, start, state, kill, delete, and run, which is all of them."""

import json
import os
import pathlib
import signal
import time

from harness import contains, equal, eventually, excludes, matches, nacelle, run, sh, shows, start, temp_dir, test, that
from harness.bundle import Container, cgroup_mount, namespaces, process_status
from harness.processes import alive

SLEEP = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"
SHARED_PID = {"namespaces": namespaces("mount", "uts")}


@shows("state.status.{created,running,stopped}")
@test("create, start, kill, delete: the status goes created, running, stopped, gone")
def life():
    box = Container(SLEEP)
    out = box.folder / "out"
    equal(box.create(output=out).ok().out, "")
    equal(box.status(), "created")
    equal(box.start().ok().err, "")
    equal(box.status(), "running")
    eventually(lambda: equal(out.read_text(), "ready\n"))
    box.kill("TERM").ok()
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()
    equal(box.call("state", box.id).exits(1).err, f"nacelle: container does not exist: '{box.id}'\n")
    equal(box.cgroups(), [])
    equal(box.states(), [])


@test("create runs nothing of the container before start")
def create_only():
    box = Container("touch /shared/ran")
    shared = box.share()
    box.create().ok()
    time.sleep(0.2)
    that(not (shared / "ran").exists(), "the program ran before start")
    box.start().ok()
    eventually(lambda: (shared / "ran").exists())


@shows("state.status.creating")
@test("while its hooks run, a container is being created: it can be seen, and neither started nor created again")
def creating():
    go = temp_dir() / "go"
    box = Container(SLEEP, hooks={"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"until [ -e {go} ]; do sleep 0.05; done"]}]})
    process = start(*box.words("create", "--bundle", box.bundle, box.id))
    eventually(lambda: box.states() == [box.id] and box.status() == "creating")
    contains(box.create().exits(1).err, "already exists")
    go.touch()
    equal(process.wait(60), 0)
    equal(box.status(), "created")


@shows("ociVersion", "annotations", "state.ociVersion", "state.id", "state.pid", "state.bundle", "state.annotations")
@test("state shows id, pid, status, bundle, rootfs, creation time, annotations and owner")
def state():
    box = Container(SLEEP, annotations={"org.example.key": "value"})
    pid = box.up()
    shown = box.state()
    equal(shown["ociVersion"], "1.0.2")
    equal(shown["id"], box.id)
    equal(shown["pid"], pid)
    equal(shown["status"], "running")
    equal(shown["bundle"], str(box.bundle))
    equal(shown["rootfs"], str(box.rootfs))
    matches(shown["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")
    equal(shown["annotations"], {"org.example.key": "value"})
    contains(shown, "owner")


@test("the pid file has the pid of init in decimal, without a newline")
def pid_file():
    box = Container(SLEEP)
    box.create().ok()
    text = box.pid_file.read_text()
    matches(text, r"\A[1-9][0-9]*\Z")
    equal(box.state()["pid"], int(text))
    equal(process_status(int(text))["NSpid"].split()[-1], "1", "its pid inside")


@test("a change of config.json after create has no effect on start")
def config_is_kept():
    box = Container("echo $WHO", process={"env": ["PATH=/bin", "WHO=before"]})
    out = box.folder / "out"
    box.create(output=out).ok()
    box.config["process"]["env"][1] = "WHO=after"
    box.write()
    box.start().ok()
    eventually(lambda: equal(out.read_text(), "before\n"))


@test("run gives the program's exit code, and 128 + n when a signal killed it")
def exit_codes():
    equal(Container("exit 0").run().code, 0)
    equal(Container("exit 42").run().code, 42)
    equal(Container("kill -9 $$", linux=SHARED_PID).run().code, 128 + 9)


@test("run passes its own stdin, stdout and stderr to the program, and removes the container")
def run_stdio():
    box = Container("read line; echo out $line; echo err $line >&2")
    outcome = box.run(stdin="hello\n").ok()
    equal(outcome.out, "out hello\n")
    equal(outcome.err, "err hello\n")
    equal(box.states(), [])
    equal(box.cgroups(), [])


@test("run forwards the signals that it gets to the program")
def run_forwards():
    box = Container("trap 'exit 7' TERM; touch /shared/ready; while :; do sleep 0.05; done")
    shared = box.share()
    process = box.background()
    eventually(lambda: (shared / "ready").exists())
    process.send_signal(signal.SIGTERM)
    equal(process.wait(60), 7)


@test("run --detach returns when the program runs, and leaves it running")
def detach():
    box = Container(SLEEP)
    box.run("--detach", "--pid-file", box.pid_file).ok()
    equal(box.status(), "running")
    equal(box.state()["pid"], box.pid())
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()


@test("the init of a detached container is a child of whoever adopts orphans, not held by a process of the runtime")
def no_monitor():
    box = Container(SLEEP)
    box.run("--detach", "--pid-file", box.pid_file).ok()
    parent = process_status(box.pid())["PPid"]
    excludes(pathlib.Path(f"/proc/{parent}/comm").read_text(), "nacelle")


@test("a running container is not deleted, unless by force")
def delete_running():
    box = Container(SLEEP)
    pid = box.up()
    refused = box.delete().exits(1)
    equal(refused.err, f"nacelle: cannot delete container '{box.id}' that is not stopped: running\n")
    equal(box.status(), "running")
    box.delete("--force").ok()
    that(not alive(pid), "init still lives")
    box.call("state", box.id).exits(1)
    equal(box.cgroups(), [])


@test("delete of a created container kills it")
def delete_created():
    box = Container(SLEEP)
    box.create().ok()
    pid = box.pid()
    box.delete().ok()
    that(not alive(pid), "init still lives")
    equal(box.states(), [])
    equal(box.cgroups(), [])


@test("a container that does not exist: state, start, kill, exec, delete say so; delete --force succeeds")
def unknown():
    box = Container()
    missing = f"container does not exist: '{box.id}'"
    equal(box.call("state", box.id).exits(1).err, f"nacelle: {missing}\n")
    contains(box.start().exits(1).err, missing)
    contains(box.kill("TERM").exits(1).err, missing)
    contains(box.exec("true").exits(255).err, missing)
    contains(box.delete().exits(1).err, missing)
    equal(box.delete("--force").ok().err, "")


@test("start works once only")
def start_twice():
    box = Container(SLEEP)
    box.up()
    matches(box.start().exits(1).err, r"^nacelle: start .*running")
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    matches(box.start().exits(1).err, r"^nacelle: start .*stopped")


@test("kill of a stopped container: 'container not running'; with --all it is no error")
def kill_stopped():
    box = Container("exit 0")
    box.up()
    eventually(lambda: box.status() == "stopped")
    contains(box.kill("TERM").exits(1).err, "container not running")
    box.call("kill", "--all", box.id, "KILL").ok()


@test("kill takes names with and without SIG in any case, and numbers; TERM is the default; others are refused")
def kill_names():
    box = Container("for n in TERM USR1 USR2 HUP; do trap \"echo $n\" $n; done; echo ready; while :; do sleep 0.02; done")
    out = box.folder / "out"
    box.create(output=out).ok()
    box.start().ok()
    eventually(lambda: equal(out.read_text(), "ready\n"))
    for signal_name, heard in ((), "TERM"), (("SIGUSR1",), "USR1"), (("usr2",), "USR2"), ((1,), "HUP"):
        out.write_text("")
        box.kill(*signal_name).ok()
        eventually(lambda: contains(out.read_text(), heard))
    for bad in "FOO", "0", "65", "-1", "9x", "":
        contains(box.kill(bad).exits(1).err, f"'{bad}'")
    equal(box.status(), "running")


@test("kill --all reaches every process, also where the pid namespace is shared")
def kill_all():
    box = Container("sleep 100 & sleep 100 & wait", linux=SHARED_PID)
    box.up()
    eventually(lambda: equal(len(box_processes(box)), 3))
    box.call("kill", "--all", box.id, "KILL").ok()
    eventually(lambda: equal(box_processes(box), []))


def box_processes(box):
    return [pid for group in box.cgroups() for pid in pathlib.Path(group, "cgroup.procs").read_text().split()]


@test("deleting a container whose pid namespace is shared leaves no process of it")
def delete_shared_pid():
    box = Container("sleep 100 & sleep 100 & exit 0", linux=SHARED_PID)
    box.up()
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()
    equal(box.cgroups(), [])


@test("a name can be used once: the second create is refused and the first lives on")
def same_id():
    box = Container(SLEEP)
    box.up()
    pid = box.pid()
    equal(box.create().exits(1).err, f"nacelle: create '{box.id}': container '{box.id}' already exists\n")
    equal(box.status(), "running")
    equal(box.state()["pid"], pid)


@test("names that are no plain file names are refused", timeout=120)
def bad_ids():
    box = Container()
    for bad in "", ".", "..", "a/b", "../x", "a b", "a\nb", "ä", "x" * 300:
        outcome = box.call("create", "--bundle", box.bundle, bad).exits(1)
        matches(outcome.err, r"^nacelle: create .*\bid\b")
    that(box.states() == [], "something was made")
    for good in "a", "A-b_c.d+e", "0", "_x":
        named = Container(id=f"{good}{os.getpid()}")
        named.run().ok()


@test("two containers run side by side under one root, and list shows them as a table, as json and by name")
def list_containers():
    first = Container(SLEEP)
    second = Container(SLEEP, state_root=first.state_root)
    pid = first.up()
    second.create().ok()
    shown = {entry["id"]: entry for entry in json.loads(first.call("list", "--format", "json").ok().out)}
    equal(sorted(shown), sorted([first.id, second.id]))
    equal(shown[first.id]["status"], "running")
    equal(shown[first.id]["pid"], pid)
    equal(shown[second.id]["status"], "created")
    equal(sorted(first.call("list", "--quiet").ok().lines()), sorted([first.id, second.id]))
    table = first.call("list").ok()
    equal(table.line(0).split(), ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
    matches(table.out, rf"^{first.id} +{pid} +running +{first.bundle} ")


@test("list of an empty root, or of one that is not there, shows nothing")
def list_nothing():
    box = Container()
    equal(len(box.call("list").ok().lines()), 1)
    matches(box.call("list", "--format=json").ok().out, r"\A(null|\[\])\n\Z")
    equal(box.call("list", "-q").ok().out, "")


@test("errors go to the log as one json object, too, when it is asked for")
def log_json():
    box = Container()
    log = box.folder / "log.json"
    outcome = box.call("state", "nobody", options=["--log", log, "--log-format", "json"]).exits(1)
    entry = json.loads(log.read_text())
    equal(entry["level"], "error")
    equal(entry["msg"], "container does not exist: 'nobody'")
    matches(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
    contains(outcome.err, "container does not exist: 'nobody'")
    log.unlink()
    box.run(options=["--log", log, "--log-format", "json"]).ok()
    equal(log.read_text() if log.exists() else "", "", "the log of a success")


@test("--version names itself, the commit and the specification on lines of their own, and stderr is silent")
def version():
    shown = sh(nacelle(), "--version").ok()
    matches(shown.line(0), r"^nacelle version [0-9]+\.[0-9]+\.[0-9]+$")
    matches(shown.out, r"^commit: \S+$")
    matches(shown.out, r"^spec: 1\.[0-9]+\.[0-9]+")
    equal(shown.err, "")


@test("spec writes a config.json that runs, and refuses to overwrite one")
def spec():
    box = Container()
    (box.bundle / "config.json").unlink()
    box.call("spec", "--bundle", box.bundle).ok()
    written = json.loads((box.bundle / "config.json").read_text())
    written["process"]["terminal"] = False
    written["process"]["args"] = ["echo", "hello"]
    box.call("spec", "--bundle", box.bundle).exits(1)
    box.config = written
    box.write()
    equal(box.run().ok().out, "hello\n")


@test("a cgroupsPath is where the container's processes are, and it is gone afterwards")
def cgroups_path():
    path = f"/nacelle-test-{os.getpid()}/deep/box"
    box = Container("cat /proc/self/cgroup", linux={**SHARED_PID, "cgroupsPath": path})
    contains(box.run().ok().lines(), f"0::{path}")
    that(not (cgroup_mount() / path[1:]).exists(), "the cgroup is left")


run()
