"""Commands on containers that run: pause, resume, ps, and kill and delete for several at once."""

import json
import os
import pathlib
import time

from harness import contains, equal, eventually, excludes, matches, nacelle, run, sh, test, that
from harness.bundle import Container

COUNT = "n=0; while :; do n=$((n+1)); echo $n >/shared/n; sleep 0.02; done"
SLEEP = "trap 'exit 7' TERM; while :; do sleep 0.05; done"


def counter():
    """A running container that counts, and what gives the number at which it is."""
    box = Container(COUNT)
    shared = box.share()
    box.up()
    eventually(lambda: (shared / "n").exists() and (shared / "n").read_text() != "")
    return box, (shared / "n").read_text


@test("pause stops every process of a container, resume lets them go on; state and list say paused")
def pause():
    box, number = counter()
    equal(box.call("pause", box.id).ok().out, "")
    equal(box.status(), "paused")
    contains(box.call("list").ok().out, "paused")
    before = number()
    time.sleep(0.3)
    equal(number(), before)
    equal(box.call("resume", box.id).ok().out, "")
    equal(box.status(), "running")
    eventually(lambda: number() not in ("", before))


@test("a paused container is not paused again, a running one is not resumed, and a created or stopped one is neither")
def wrong_states():
    box = Container(SLEEP)
    box.create().ok()
    equal(box.call("pause", box.id).exits(1).err, f"nacelle: pause '{box.id}': container not running: it is created\n")
    box.start().ok()
    equal(box.call("resume", box.id).exits(1).err, f"nacelle: resume '{box.id}': container not paused\n")
    box.call("pause", box.id).ok()
    equal(box.call("pause", box.id).exits(1).err, f"nacelle: pause '{box.id}': container not running: it is paused\n")
    box.call("resume", box.id).ok()
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    for verb in "pause", "resume":
        equal(box.call(verb, box.id).exits(1).err, f"nacelle: {verb} '{box.id}': container not running: it is stopped\n")
        matches(box.call(verb, "nonesuch").exits(1).err, "does not exist")


@test("exec into a paused container is refused, with --ignore-paused it waits for resume")
def exec_paused():
    box = Container(SLEEP)
    shared = box.share()
    box.up()
    box.call("pause", box.id).ok()
    matches(box.exec("true").fails().err, "cannot exec in a paused container")
    late = sh("sh", "-c", '"$@" >/dev/null 2>&1 &', "sh",
              *box.words("exec", "--ignore-paused", "--detach", box.id, "touch", "/shared/ran"))
    late.ok()
    time.sleep(0.3)
    that(not (shared / "ran").exists(), "it ran in a paused container")
    box.call("resume", box.id).ok()
    eventually(lambda: (shared / "ran").exists())


@test("a paused container can be killed, and deleted by force")
def kill_paused():
    box = Container(SLEEP)
    box.up()
    box.call("pause", box.id).ok()
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()
    equal(box.cgroups(), [])
    other = Container(SLEEP)
    other.up()
    other.call("pause", other.id).ok()
    other.delete("--force").ok()
    equal(other.cgroups(), [])


@test("ps lists the processes of a container, also those in its own sub-cgroups: as JSON an array of the host's pids")
def ps_json():
    box = Container("sleep 100 & sleep 100 & wait", linux={"resources": {}})
    pid = box.up()
    listed = eventually(lambda: len(found := json.loads(box.call("ps", "--format", "json", box.id).ok().out)) == 3 and found)
    contains(listed, pid)
    equal(listed, sorted(listed))
    for one in listed:
        contains(pathlib.Path(f"/proc/{one}/cgroup").read_text(), box.id)
    equal(box.call("ps", "-f", "json", box.id).ok().out, json.dumps(listed, separators=(",", ":")) + "\n")
    folder = pathlib.Path(box.cgroups()[0]) / "inner"
    folder.mkdir()
    (folder / "cgroup.procs").write_text(str(listed[-1]))
    equal(json.loads(box.call("ps", "-f", "json", box.id).ok().out), listed)


@test("ps shows the host's table cut down to the container's processes; what stands behind the id goes to the host's ps")
def ps_table():
    box = Container("sleep 100 & wait")
    pid = box.up()
    lines = eventually(lambda: len(found := box.call("ps", box.id).ok().lines()) == 3 and found)
    matches(lines[0], r"^UID +PID +PPID ")
    contains([line.split()[1] for line in lines], str(pid))
    lines = box.call("ps", box.id, "-A", "-o", "pid,args").ok().lines()
    matches(lines[0], r"^ *PID COMMAND")
    equal(lines[1].split(), [str(pid), "sh", "-c", "sleep", "100", "&", "wait"])
    equal(len(lines), 3)
    matches(box.call("ps", box.id, "-A", "-o", "args").exits(1).err, "has no column 'PID'")
    matches(box.call("ps", "--format", "xml", box.id).exits(1).err, "'xml' is not table or json")
    box.kill("KILL").ok()
    eventually(lambda: equal(box.call("ps", "-f", "json", box.id).ok().out, "[]\n"))


@test("ps, pause and update of a container without a cgroup say so")
def no_cgroup():
    box = Container(SLEEP, linux={"resources": {}})
    box.call("run", "--detach", "--bundle", box.bundle, box.id, options=["--cgroup-manager=disabled"]).ok()
    for verb in "ps", "pause", "resume":
        matches(box.call(verb, box.id).exits(1).err, f"container '{box.id}' has no cgroup .hint: ")


@test("kill --all reaches every process, also those that init would never pass a signal on to; of a stopped container it is no error")
def kill_all():
    box = Container("trap '' TERM; (trap 'touch /shared/one; exit' TERM; touch /shared/first; while :; do sleep 0.05; done) & "
                    "(trap 'touch /shared/two; exit' TERM; touch /shared/second; while :; do sleep 0.05; done) & wait; wait")
    shared = box.share()
    box.up()
    eventually(lambda: (shared / "first").exists() and (shared / "second").exists())
    box.kill("--all", "TERM").ok()
    eventually(lambda: (shared / "one").exists() and (shared / "two").exists())
    box.kill("-a", "KILL").ok()
    eventually(lambda: box.status() == "stopped")
    box.kill("--all", "KILL").ok()
    box.kill("KILL").exits(1)


@test("kill --regex and delete --regex act on every container whose id matches, and on no other")
def regex():
    root = Container().folder / "state"
    names = [f"re-{os.getpid()}-{part}" for part in ("a1", "a2", "b1")]
    boxes = [Container(SLEEP, id=name, state_root=root) for name in names]
    for box in boxes:
        box.up()
    boxes[0].call("kill", "--regex", rf"^re-{os.getpid()}-a[0-9]$", "KILL").ok()
    for box, status in zip(boxes, ("stopped", "stopped", "running")):
        eventually(lambda: equal(box.status(), status))
    boxes[0].call("delete", "--regex", f"re-{os.getpid()}-a").ok()
    equal(boxes[2].states(), [names[2]])
    matches(boxes[0].call("delete", "-r", ".*").exits(1).err, rf"^nacelle: '{names[2]}': cannot delete")
    equal(boxes[0].call("delete", "-r", "nonesuch").ok().err, "")
    matches(boxes[0].call("kill", "-r", "(", "KILL").exits(1).err, r"^nacelle: regular expression '\('")
    boxes[0].call("delete", "-r", "--force", ".").ok()
    equal(boxes[0].states(), [])
    for name in names:
        excludes(sh(nacelle(), "--root", root, "list", "-q").ok().lines(), name)


run()
