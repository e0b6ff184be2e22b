"""checkpoint and restore, by Debian's criu."""

import os
import pathlib

from harness import contains, equal, eventually, run, sh, test, that
from harness.bundle import Container, namespaces, process_status

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


@test("what cannot be done is said: no container, not running, no images, a terminal, no criu")
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
    box.config["process"]["terminal"] = True
    box.write()
    refused = box.call("restore", "--bundle", box.bundle, "--image-path", box.folder / "empty", box.id).exits(1)
    contains(refused.err, "process.terminal")


run()
