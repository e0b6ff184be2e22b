"""Containers of an ordinary user: id maps, devices, cgroups, and what only root could have."""

import json
import os
import pathlib

from harness import contains, equal, eventually, matches, run, sh, shows, test, that
from harness.bundle import NAMESPACES, Container, bind, cgroup_mount, namespace_of, namespaces, process_status
from harness.runner import defer
from harness.user import FIRST_SUBID, UID, User, many_ids

SLEEP = "while :; do sleep 0.1; done"


@test("nacelle spec --rootless writes a config that runs as it is: root inside is the user, proc sys dev and cgroup are there")
def spec():
    user = User()
    box = user.container()
    (box.bundle / "config.json").unlink()
    user.sh(user.nacelle, "spec", "--rootless", "--bundle", box.bundle).ok()
    config = json.loads((box.bundle / "config.json").read_text())
    config["process"].update({"terminal": False, "args": ["sh", "-c", "id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map "
                              "/proc/self/setgroups; ls -d /proc/1 /sys/class /dev/null /sys/fs/cgroup/cgroup.procs; "
                              "echo x >/dev/null && touch /dev/shm/x && echo written"]})
    (box.bundle / "config.json").write_text(json.dumps(config))
    said = box.run().ok().lines()
    equal(said[:2], ["0", "0"])
    equal([line.split() for line in said[2:4]], [["0", str(UID), "1"]] * 2)
    equal(said[4:], ["deny", "/dev/null", "/proc/1", "/sys/class", "/sys/fs/cgroup/cgroup.procs", "written"])


@test("the whole life of a container: create, start, state, exec, list, kill, delete; its state is in $XDG_RUNTIME_DIR/nacelle")
def whole_life():
    user = User()
    box = user.container(SLEEP)
    box.state_root = user.runtime_dir / "nacelle"
    words = lambda verb, *rest: user.words(user.nacelle, verb, *rest)  # without --root
    sh(*words("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id)).ok()
    equal(box.states(), [box.id])
    that(box.state_root.stat().st_mode & 0o1000, "what sweeps old files out of /run/user takes it away")
    equal(json.loads(sh(*words("state", box.id)).ok().out)["status"], "created")
    sh(*words("start", box.id)).ok()
    equal(process_status(box.pid())["Uid"].split()[0], str(UID))
    equal(sh(*words("exec", box.id, "sh", "-c", "id -u; cat /proc/self/uid_map; exit 3")).exits(3).out.split(),
          ["0", "0", str(UID), "1"])
    contains(sh(*words("list")).ok().out, box.id)
    sh(*words("kill", box.id, "KILL")).ok()
    eventually(lambda: equal(json.loads(sh(*words("state", box.id)).ok().out)["status"], "stopped"))
    sh(*words("delete", box.id)).ok()
    equal(box.states(), [])


@test("maps of many ids are written by newuidmap and newgidmap; files of those ids belong to them outside")
@shows("linux.uidMappings[].containerID", "linux.uidMappings[].hostID", "linux.uidMappings[].size",
       "linux.gidMappings[].containerID", "linux.gidMappings[].hostID", "linux.gidMappings[].size")
def many():
    user = User()
    box = user.container("cat /proc/self/uid_map /proc/self/setgroups; id -u; id -G; touch /shared/file", maps=many_ids(),
                         process={"user": {"uid": 1000, "gid": 50, "additionalGids": [60]}})
    shared = box.share()
    said = box.run().ok().lines()
    equal([line.split() for line in said[:2]], [["0", str(UID), "1"], ["1", str(FIRST_SUBID), "65536"]])
    equal(said[2:], ["allow", "1000", "50 60"])
    info = (shared / "file").stat()
    equal((info.st_uid, info.st_gid), (FIRST_SUBID + 999, FIRST_SUBID + 49))


@test("a user who is nobody inside: root inside is one of his subordinate ids (podman's keep-id)")
def keep_id():
    user = User()
    maps = [{"containerID": 0, "hostID": FIRST_SUBID, "size": UID}, {"containerID": UID, "hostID": UID, "size": 1},
            {"containerID": UID + 1, "hostID": FIRST_SUBID + UID, "size": 100}]
    box = user.container("id -u; cat /proc/self/oom_score_adj; cat /proc/kcore | wc -c; ls /sys/firmware | wc -l; id -G",
                         maps={"uidMappings": maps, "gidMappings": maps},
                         process={"user": {"uid": UID, "gid": UID}, "oomScoreAdj": 300})
    equal(box.run().ok().lines(), [str(UID), "300", "0", "0", str(UID)])


@test("a user who is not inside at all: paths are masked, though root inside cannot reach the user's runtime directory")
def not_inside():
    user = User()
    maps = [{"containerID": 0, "hostID": FIRST_SUBID, "size": 1000}]
    box = user.container("id -u; ls /sys/firmware | wc -l; touch /sys/firmware/x 2>/dev/null || echo ro; cat /proc/kcore | wc -c",
                         maps={"uidMappings": maps, "gidMappings": maps})
    box.state_root = user.runtime_dir / "nacelle"
    user.runtime_dir.chmod(0o700)
    equal(box.run().ok().lines(), ["0", "0", "ro", "0"])


@test("newuidmap is not there, or has no range for the user: errors that say what is missing; nothing is left")
def no_ranges():
    user = User(subids=0)
    box = user.container(maps=many_ids())
    matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': linux\.uidMappings: newuidmap: exit status 1: .*not allowed.* "
            rf"\(hint: /etc/subuid has to give this user the ids {FIRST_SUBID}-{FIRST_SUBID + 65535}\)$")
    equal((box.states(), box.cgroups()), ([], []))
    user = User()
    box = user.container(maps=many_ids())
    words = user.words("sh", "-c", 'PATH=/nonesuch; export PATH; exec "$@"', "sh",
                       user.nacelle, "--root", box.state_root, "create", "--bundle", box.bundle, box.id)
    matches(sh(*words).exits(1).err, "linux.uidMappings: 'newuidmap' is not in PATH "
            r"\(hint: maps of more than one's own uid need it: install uidmap, or shadow-utils\)")
    equal((box.states(), box.cgroups()), ([], []))


@test("groups cannot be set where only the own id is mapped: an error that names the field and says how to mend it")
def no_groups():
    box = User().container(process={"user": {"uid": 0, "gid": 0, "additionalGids": [0]}})
    matches(box.create().exits(1).err, r"process\.user\.additionalGids: setgroups: Operation not permitted \(hint: .*/etc/subgid\)")


@test("without a cgroup of his own: no limits, no cgroup, and kill, exec and delete work; limits asked for are an error")
def no_cgroup():
    user = User()
    box = user.container(SLEEP)
    box.up()
    equal(box.cgroups(), [])
    own = pathlib.Path("/proc/self/cgroup").read_text()
    equal(pathlib.Path(f"/proc/{box.pid()}/cgroup").read_text(), own)
    equal(box.exec("true").code, 0)
    equal(box.delete("--force").code, 0)
    box = user.container(linux={"resources": {"unified": {"cgroup.max.depth": "3"}}})
    matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': linux\.resources\.unified.*: make cgroup .*Permission denied "
            r"\(hint: limits need a cgroup that belongs to you: .*--property=Delegate=yes'\)$")
    equal(box.states(), [])


@test("--rootless=false: a cgroup that cannot be made is an error; --cgroup-manager=disabled asks for none")
def forced():
    user = User()
    box = user.container("echo ran")
    run_it = lambda *options: box.call("run", "--bundle", box.bundle, box.id, options=options)
    matches(run_it("--rootless=false").exits(1).err, "make cgroup '.*': Permission denied")
    equal(run_it("--rootless=true").ok().out, "ran\n")
    equal(run_it("--rootless=false", "--cgroup-manager=disabled").ok().out, "ran\n")
    matches(run_it("--rootless=maybe").exits(1).err, "--rootless: 'maybe' is not auto, true or false")


@test("in a subtree that was handed to the user his containers have cgroups, beside the one that he is in; delete removes them")
def delegated():
    user = User()
    top = cgroup_mount() / f"delegated-{os.getpid()}"
    (top / "shell").mkdir(parents=True)
    defer(lambda: eventually(lambda: equal([path for path in (top / "shell", top) if path.exists() and sh("rmdir", path).code], [])))
    for path in (top, top / "shell"):
        for file in (path, *path.glob("cgroup.*")):
            if file.name in (path.name, "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
                os.chown(file, UID, UID)
    box = user.container(SLEEP, linux={"resources": {"unified": {"cgroup.max.depth": "3"}}})
    enter = ["sh", "-c", f'echo $$ >{top}/shell/cgroup.procs && exec "$@"', "sh"]
    sh(*enter, *box.words("create", "--bundle", box.bundle, "--pid-file", box.pid_file, box.id)).ok()
    equal(box.cgroups(), [str(top / f"nacelle-{box.id}")])
    equal((top / f"nacelle-{box.id}/cgroup.max.depth").read_text(), "3\n")
    equal((top / f"nacelle-{box.id}/cgroup.procs").read_text().split(), [str(box.pid())])
    equal(box.start().code, 0)
    equal(sh(*enter, *box.words("exec", box.id, "grep", "^0:", "/proc/self/cgroup")).ok().out, "0::/\n")
    # From elsewhere the kernel lets nobody in, but what is in can be frozen and killed.
    matches(box.exec("true").fails().err, r"clone3: Permission denied \(hint: a user enters")
    equal(box.delete("--force").code, 0)
    equal(box.cgroups(), [])


@test("oom_score_adj is raised; what would lower it is left as it is; --rootless=false makes that an error")
@shows("process.oomScoreAdj")
def oom_score():
    user = User()
    print_it = "cat /proc/self/oom_score_adj"
    equal(user.container(print_it, process={"oomScoreAdj": 500}).run().ok().out, "500\n")
    own = pathlib.Path("/proc/self/oom_score_adj").read_text()
    box = user.container(print_it, process={"oomScoreAdj": int(own) - 100})
    equal(box.run().ok().out, own)
    matches(box.call("run", "--bundle", box.bundle, box.id, options=["--rootless=false", "--cgroup-manager=disabled"]).exits(1).err,
            r"process\.oomScoreAdj: .*Permission denied")


@test("a container's oom_score_adj is its own: the runtime that waits for it keeps its score")
def oom_score_of_runtime():
    box = Container(SLEEP, process={"oomScoreAdj": 700})
    process = box.background()
    eventually(box.pid_file.exists)
    eventually(lambda: equal(pathlib.Path(f"/proc/{box.pid()}/oom_score_adj").read_text(), "700\n"))
    equal(pathlib.Path(f"/proc/{process.pid}/oom_score_adj").read_text(), pathlib.Path("/proc/self/oom_score_adj").read_text())


@test("binds of the user's own files, a network namespace of the host, and a terminal's group that is not mapped")
def mounts():
    user = User()
    box = user.container("cat /data/in; echo out >/data/out; ls -d /sys/class; mount | grep -c ' on /dev/pts '")
    data = box.folder / "data"
    data.mkdir()
    (data / "in").write_text("from the host\n")
    user.give(data)
    box.config["mounts"].append(bind(data, "/data"))
    box.config["mounts"][2]["options"].append("gid=5")
    box.config["linux"]["namespaces"] = namespaces("user", "pid", "ipc", "uts", "mount", "cgroup")
    box.write()
    equal(box.run().ok().lines(), ["from the host", "/sys/class", "1"])
    equal((data / "out").read_text(), "out\n")


@test("without a pid namespace of its own the container shows the caller's proc")
def shared_proc():
    box = User().container("test -d /proc/$$ && echo there; ls -d /proc/" + str(os.getpid()))
    box.config["linux"]["namespaces"] = namespaces("user", "network", "ipc", "uts", "mount", "cgroup")
    box.write()
    equal(box.run().ok().lines(), ["there", f"/proc/{os.getpid()}"])


@test("a container of a user's joins the user, pid and network namespaces of another one of his")
def joined():
    user = User()
    pid = user.container(SLEEP).up()
    kinds = {"user": "user", "pid": "pid", "network": "net"}
    second = user.container("for n in user pid net; do readlink /proc/self/ns/$n; done; id -u; ps | grep -c 'while :'")
    second.config["linux"] = {"namespaces": namespaces("mount", "ipc", "uts", "cgroup", **{
        kind: f"/proc/{pid}/ns/{file}" for kind, file in kinds.items()})}
    second.write()
    said = second.run().ok().lines()
    equal(said[:4], [*(namespace_of(pid, file) for file in kinds.values()), "0"])
    that(int(said[4]) >= 1, "the first one's program is not seen")


@test("root of a user namespace (as below podman): no user namespace in the config, devices are bound, mounts are made")
def nested_root():
    user = User()
    box = user.container("id -u; ls -l /dev/null /dev/tty | cut -c1; echo x >/dev/null; ls -d /sys/class /proc/1; "
                         "cat /proc/self/oom_score_adj; readlink /proc/self/ns/user", process={"oomScoreAdj": -500})
    box.config["linux"] = {"namespaces": namespaces(*NAMESPACES), "maskedPaths": ["/proc/kcore", "/sys/firmware"],
                           "resources": {"devices": [{"allow": False, "access": "rwm"}]}}
    box.write()
    in_namespace = lambda *command: user.sh("unshare", "--user", "--map-root-user", "--mount", "--net", *command)
    said = in_namespace(user.nacelle, "run", "--bundle", box.bundle, box.id).ok().lines()
    equal(said[:5], ["0", "c", "c", "/proc/1", "/sys/class"])
    equal(said[5], pathlib.Path("/proc/self/oom_score_adj").read_text().strip())
    that(said[6] != namespace_of("self", "user"), "the host's user namespace")
    box.config["process"]["args"] = ["sleep", "100"]
    box.write()
    said = in_namespace("sh", "-c", """"$@" run --detach --bundle "$0" first && "$@" exec first sh -c 'readlink /proc/self/ns/pid; ps'
                        "$@" delete --force first""", box.bundle, user.nacelle).ok()
    that(said.line(0) != namespace_of("self", "pid"), "exec is in the host's pid namespace")
    contains(said.out, "sleep 100")


@test("root of a user namespace runs a container in a further one, whose ids he has himself")
def nested_namespace():
    user = User()
    maps = [{"containerID": 0, "hostID": 1, "size": 1000}]
    box = user.container("cat /proc/self/uid_map; id -u; ls /sys/firmware | wc -l; head -c 1 /proc/kcore | wc -c",
                         maps={"uidMappings": maps, "gidMappings": maps})
    # As podman does it: a user namespace with many ids first, in which the runtime is root.
    script = f"""unshare --user sh -c 'echo $$ >{user.folder}/pid; while [ ! -e {user.folder}/mapped ]; do sleep 0.1; done
                                       exec {user.nacelle} --root {box.state_root} run --bundle {box.bundle} {box.id}' &
                  while [ ! -s {user.folder}/pid ]; do sleep 0.1; done; pid=$(cat {user.folder}/pid)
                  newuidmap $pid 0 {UID} 1 1 {FIRST_SUBID} 65536 && newgidmap $pid 0 {UID} 1 1 {FIRST_SUBID} 65536 &&
                  touch {user.folder}/mapped; wait $!"""
    outer = user.sh("sh", "-c", script)
    said = outer.ok().lines()
    equal(said[0].split(), ["0", "1", "1000"])
    equal(said[1:], ["0", "0", "0"])


run()
