"""checkpoint and restore, by Debian's criu."""

import json
import os
import pathlib
import pty
import subprocess

from harness import contains, defer, equal, eventually, run, sh, test, that
from harness.bundle import PATH, Container, bind, mount, namespace_of, namespaces, process_status
from harness.terminal import ConsoleSocket, Terminal

# It counts in memory, and what it counted goes to a file outside: a program that begins anew would begin at 1.
COUNT = "exec </dev/null >/dev/null 2>&1; i=0; while :; do i=$((i + 1)); echo $i >/shared/count; sleep 0.1; done"


class Counter:
    """A container that counts, and the images of it."""

    def __init__(self, **config):
        self.box = Container(COUNT, **config)
        self.file = self.box.share() / "count"
        self.images = self.box.folder / "images"

    def count(self):
        return int(self.file.read_text().strip() or 0) if self.file.exists() else 0

    def goes_on_from(self, number):
        """Waits until it counts, and sees that it counts from there."""
        eventually(lambda: that(self.count() > number, f"still at {self.count()}"))
        that(number < self.count() < number + 1000, f"from {number} to {self.count()}")

    def up(self):
        self.box.up()
        self.goes_on_from(5)

    def checkpoint(self, *flags):
        self.box.call("checkpoint", "--image-path", self.images, "--work-path", self.box.folder / "work", *flags, self.box.id,
                      timeout=60).ok()
        return self.count()

    def restore(self, *flags):
        """Gives what it said: Debian 12's criu does not know no_new_privs, which is warned about."""
        return self.box.call("restore", "--detach", "--bundle", self.box.bundle, "--image-path", self.images, "--work-path",
                      self.box.folder / "work", "--pid-file", self.box.pid_file, *flags, self.box.id, timeout=60).ok()


def cgroup_value(pid, file):
    path = pathlib.Path(f"/proc/{pid}/cgroup").read_text().partition("::")[2].strip()
    return pathlib.Path(f"/sys/fs/cgroup{path}", file).read_text()


@test("a container that was checkpointed is gone, and goes on where it was when it is restored: limits, masks, user, pid 1",
      timeout=180)
def whole():
    counter = Counter(linux={"resources": {"memory": {"limit": 64 << 20}}}, process={"user": {"uid": 0, "gid": 7}})
    counter.up()
    box = counter.box
    stopped_at = counter.checkpoint()
    contains(box.call("state", box.id).exits(1).err, "does not exist")
    equal((box.states(), box.cgroups()), ([], []))

    restored = counter.restore()
    counter.goes_on_from(stopped_at)
    state = box.state()
    equal((state["status"], state["pid"]), ("running", box.pid()))
    equal(cgroup_value(box.pid(), "memory.max"), f"{64 << 20}\n")
    status = process_status(box.pid())
    equal((status["NSpid"].split()[-1], status["Gid"].split()[0]), ("1", "7"))
    lost = status["NoNewPrivs"] == "0"
    equal("no_new_privs" in restored.err, lost, restored.err)
    equal(box.exec("wc -c </proc/keys; hostname; ls /shared").ok().lines(), ["0", "runc", "count"])
    box.delete("--force").ok()
    equal((box.states(), box.cgroups()), ([], []))


@test("--leave-running lets it run on; --pre-dump and --parent-path write what changed since", timeout=180)
def running_on():
    counter = Counter()
    counter.up()
    counter.goes_on_from(counter.checkpoint("--leave-running"))
    equal(counter.box.status(), "running")
    first = counter.images = counter.box.folder / "first"
    counter.goes_on_from(counter.checkpoint("--pre-dump"))
    counter.images = counter.box.folder / "second"
    stopped_at = counter.checkpoint("--parent-path", f"../{first.name}")
    counter.restore()
    counter.goes_on_from(stopped_at)


@test("a paused container is written to images and stays paused; resumed, it goes on", timeout=180)
def paused():
    counter = Counter()
    counter.up()
    counter.box.call("pause", counter.box.id).ok()
    stopped_at = counter.checkpoint("--leave-running")
    equal((counter.box.status(), counter.count()), ("paused", stopped_at))
    counter.box.call("resume", counter.box.id).ok()
    counter.goes_on_from(stopped_at)


@test("a restored container can have another name, and then has a cgroup of its own", timeout=180)
def other_name():
    counter = Counter()
    counter.up()
    stopped_at = counter.checkpoint()
    counter.box.id += "-again"
    counter.restore()
    counter.goes_on_from(stopped_at)
    contains(pathlib.Path(f"/proc/{counter.box.pid()}/cgroup").read_text(), counter.box.id)


@test("a network namespace that the container joined is joined again", timeout=180)
def joined_network():
    sh("ip", "netns", "add", "checkpointed").ok()
    try:
        network = {"network": "/run/netns/checkpointed"}
        counter = Counter(linux={"namespaces": namespaces("pid", "ipc", "uts", "mount", "cgroup", **network)})
        counter.up()
        stopped_at = counter.checkpoint()
        counter.restore()
        counter.goes_on_from(stopped_at)
        equal(os.stat(f"/proc/{counter.box.pid()}/ns/net").st_ino, os.stat("/run/netns/checkpointed").st_ino)
        counter.box.delete("--force").ok()
    finally:
        sh("ip", "netns", "del", "checkpointed").ok()


class Echo:
    """A container with a terminal, which counts the lines that are typed."""

    def __init__(self):
        self.box = Container("stty -echo; n=0; while read line; do n=$((n + 1)); echo $n:$line; done", process={"terminal": True})
        self.images = self.box.folder / "images"
        console = ConsoleSocket()
        self.box.create("--console-socket", console.path).ok()
        self.terminal = console.receive()
        self.box.start().ok()
        self.says("a", "1:a")

    def says(self, typed, answer):
        self.terminal.type(typed + "\n")
        self.terminal.expect(answer + "\r\n")

    def checkpoint(self):
        self.box.call("checkpoint", "--image-path", self.images, self.box.id, timeout=60).ok()

    def restore_words(self, *flags):
        return self.box.words("restore", "--bundle", self.box.bundle, "--image-path", self.images, *flags, self.box.id)


@test("a container with a terminal gets a new one, whose master goes to --console-socket, and reads on where it was", timeout=180)
def terminal():
    echo = Echo()
    echo.checkpoint()
    contains(sh(*echo.restore_words("--detach"), timeout=60).exits(1).err, "a detached container needs --console-socket")
    console = ConsoleSocket()
    sh(*echo.restore_words("--detach", "--console-socket", console.path), timeout=60).ok()
    echo.terminal = console.receive()
    echo.says("b", "2:b")
    echo.checkpoint()  # and once more
    console = ConsoleSocket()
    sh(*echo.restore_words("--detach", "--console-socket", console.path), timeout=60).ok()
    echo.terminal = console.receive()
    echo.says("c", "3:c")
    equal(echo.box.exec("cat /proc/1/comm; readlink /proc/1/fd/0").ok().lines(), ["sh", "/dev/pts/0"])


@test("restore in the foreground relays the terminal, which has the size of the caller's, and exits as the program does", timeout=180)
def foreground_terminal():
    echo = Echo()
    echo.checkpoint()
    master, slave = pty.openpty()
    mine = Terminal(master)
    subprocess.run(["stty", "rows", "33", "cols", "99"], stdin=slave, check=True)
    process = subprocess.Popen([str(word) for word in echo.restore_words()], stdin=slave, stdout=slave, stderr=slave,
                               start_new_session=True)
    os.close(slave)
    defer(process.kill)
    mine.type("b\n")
    mine.expect("2:b\r\n", timeout=60)
    equal(echo.box.exec("stty -F /dev/pts/0 size").ok().out, "33 99\n")
    echo.box.kill("KILL").ok()
    equal(process.wait(60), 128 + 9)
    equal(echo.box.states(), [])


@test("prestart, createRuntime and createContainer hooks run again, each in its namespaces; one that fails ends the restore",
      timeout=240)
def hooks():
    kinds = ["prestart", "createRuntime", "createContainer"]
    counter = Counter()
    box, folder = counter.box, counter.file.parent

    def hook(kind, end=""):
        line = (f"cat >{folder}/{kind}; for n in mnt net pid uts ipc; do readlink /proc/self/ns/$n; done >{folder}/{kind}.ns; "
                f"echo {kind} >>{folder}/order; {end}")
        return {"path": "/bin/sh", "args": ["sh", "-c", line], "env": [PATH]}

    box.config["hooks"] = {kind: [hook(kind)] for kind in kinds + ["poststop"]}
    box.write()
    counter.up()
    stopped_at = counter.checkpoint()
    (folder / "order").unlink()
    counter.restore()
    counter.goes_on_from(stopped_at)
    equal((folder / "order").read_text().split(), kinds)
    for kind in kinds:
        state = json.loads((folder / kind).read_text())
        equal((state["id"], state["pid"], state["status"]), (box.id, box.pid(), "creating"), kind)
        whose = box.pid() if kind == "createContainer" else "self"
        mounts, *others = (folder / f"{kind}.ns").read_text().split()
        equal(others, [namespace_of(whose, each) for each in ("net", "pid", "uts", "ipc")], kind)
        # Not yet the container's own mount namespace, which criu makes later.
        equal(mounts == namespace_of("self", "mnt"), whose == "self", kind)

    counter.checkpoint()
    for kind in kinds:
        box.config["hooks"] = {kind: [hook(kind, "echo no >&2; exit 3")], "poststop": [hook("poststop")]}
        box.write()
        (folder / "order").unlink()
        refused = box.call("restore", "--detach", "--bundle", box.bundle, "--image-path", counter.images, box.id, timeout=60).exits(1)
        contains(refused.err, f"restore '{box.id}': hooks.{kind}[0] '/bin/sh': exit status 3: no")
        equal((folder / "order").read_text().split(), [kind, "poststop"])
        equal((box.states(), box.cgroups()), ([], []))


@test("mounts that were added live are there again, and can be removed; with mapped ids they are refused", timeout=240)
def live_mounts():
    counter = Counter(root={"readonly": False})
    box = counter.box
    data = box.folder / "data"
    data.mkdir()
    (data / "file").write_text("data\n")
    file = box.folder / "mounts.json"
    file.write_text(json.dumps([bind(data, "/data", "ro"), mount("/scratch", "tmpfs", "tmpfs")]))
    counter.up()
    box.call("mounts", "add", box.id, file).ok()
    box.exec("echo kept >/scratch/file").ok()
    for _ in range(2):  # the restored container knows them, too
        stopped_at = counter.checkpoint()
        counter.restore()
        counter.goes_on_from(stopped_at)
        equal(box.exec("cat /data/file /scratch/file; touch /data/x || echo ro").ok().lines(), ["data", "kept", "ro"])
    box.call("mounts", "remove", box.id, file).ok()
    counter.checkpoint("--leave-running")

    file.write_text(json.dumps([bind(data, "/mapped", "idmap=uids=0-1000-1;gids=0-1000-1")]))
    box.call("mounts", "add", box.id, file).ok()
    refused = box.call("checkpoint", "--image-path", box.folder / "i", box.id).exits(1)
    contains(refused.err, "the added mount '/mapped': criu does not save the id maps of a mount")


@test("linux.netDevices: moved anew when the network namespace was left out, which the error says is needed", timeout=180)
def net_devices():
    counter = Counter(linux={"netDevices": {"ck0": {"name": "eth7"}}})
    add = ["ip", "link", "add", "ck0", "type", "dummy"]
    defer(lambda: sh("ip", "link", "del", "ck0"))
    sh(*add).ok()
    counter.up()
    refused = counter.box.call("checkpoint", "--image-path", counter.images, counter.box.id).exits(1)
    contains(refused.err, "linux.netDevices: criu does not save devices of the host (hint: with --empty-ns network ")
    stopped_at = counter.checkpoint("--empty-ns", "network")
    sh("ip", "link", "show", "ck0").exits(1)  # it went with the namespace
    sh(*add).ok()
    counter.restore("--empty-ns", "network")
    counter.goes_on_from(stopped_at)
    contains(counter.box.exec("ip link show eth7").ok().out, "eth7")


@test("what cannot be done is said: no container, not running, no images, mapped ids")
def refusals():
    box = Container(COUNT)
    contains(box.call("checkpoint", "--image-path", box.folder / "i", box.id).exits(1).err, "does not exist")
    box.create().ok()
    contains(box.call("checkpoint", "--image-path", box.folder / "i", box.id).exits(1).err, "container not running: it is created")
    box.delete("--force").ok()
    refused = box.call("restore", "--bundle", box.bundle, "--image-path", box.folder / "none", box.id).exits(1)
    equal(refused.err, f"nacelle: restore '{box.id}': --image-path: find {str(box.folder / 'none')!r}: No such file or directory\n")
    (box.folder / "empty").mkdir()
    refused = box.call("restore", "--bundle", box.bundle, "--image-path", box.folder / "empty", box.id).exits(1)
    contains(refused.err, "criu: ")
    contains(refused.err, "its log is ")
    equal((box.states(), box.cgroups()), ([], []))
    box.config["mounts"].append(bind(box.folder, "/tmp", "idmap=uids=0-1000-1;gids=0-1000-1"))
    box.write()
    box.up()
    refused = box.call("checkpoint", "--image-path", box.folder / "i", box.id).exits(1)
    contains(refused.err, f"mounts[{len(box.config['mounts']) - 1}] '/tmp': criu does not save the id maps of a mount")


run()
