"""The shim's sandbox service: a pod's namespaces without a pause image, called as containerd calls it with
`sandboxer = "shim"`."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from harness import contains, equal, eventually, excludes, run, sh, test, that
from harness import ttrpc
from harness.bundle import bind, cgroups_named, namespace_of, namespaces, process_status
from harness.runner import defer
from harness.shim import Shim
from harness.where import binary

SLEEP = "while :; do sleep 0.05; done"
NODE = 2
STATES = pathlib.Path("/run/containerd/nacelle")


class Sandbox:
    """A sandbox in a shim of its own; `linux` and `config` are of the CRI's PodSandboxConfig."""

    def __init__(self, linux=None, hostname="pod-name", **config):
        self.id = f"pod-{os.getpid()}-{time.monotonic_ns()}"
        self.states = STATES / self.id
        defer(self._clean_up)  # before the shim's own, so that it comes after it
        self.shim = Shim(ns=self.id, id=self.id)
        self.bundle = self.shim.folder / "bundle"
        (self.bundle / "rootfs").mkdir(parents=True)  # as containerd makes it, without a config.json
        defer(lambda: sh("umount", "--quiet", self.bundle / "pod/shm"))  # of a test that has failed
        metadata = {"name": "web", "uid": "42", "namespace": "default"}
        value = ttrpc.encode(ttrpc.POD, {"metadata": metadata, "hostname": hostname, "linux": linux or {}, **config})
        self.options = {"type_url": "runtime.v1.PodSandboxConfig", "value": value}

    def call(self, method, **request):
        """A method of the sandbox."""
        return self.shim.call(method, sandbox_id=self.id, **request)

    def refused(self, method, **request):
        """The code that a method of the sandbox is refused with."""
        return self.shim.refused(method, **{"sandbox_id": self.id, **request})

    def create(self, **request):
        """CreateSandbox."""
        self.call("CreateSandbox", **{"bundle_path": str(self.bundle), "options": self.options, **request})

    def up(self, **request):
        """CreateSandbox and StartSandbox. Gives the pid."""
        self.create(**request)
        self.pid = self.call("StartSandbox")["pid"]
        return self.pid

    def state(self):
        """The state that the CRI is told."""
        return self.call("SandboxStatus")["state"]

    def assert_gone(self):
        """Nothing is left of it on the host."""
        equal([path.name for path in self.states.glob("*")], [])
        equal(cgroups_named(self.id), [])
        equal(sorted(path.name for path in (self.bundle / "rootfs").iterdir()), [])
        excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(self.bundle))

    def _clean_up(self):
        for path in reversed(cgroups_named(self.id)):  # namespaces of containerd's, too
            os.rmdir(path)
        shutil.rmtree(self.states, ignore_errors=True)
        shutil.rmtree(STATES / ".pause", ignore_errors=True)


def new_network():
    """The path of a network namespace that lives as long as the test."""
    holder = subprocess.Popen(["unshare", "--net", "sleep", "1000"])
    defer(holder.wait)
    defer(holder.kill)
    eventually(lambda: that(namespace_of(holder.pid, "net") != namespace_of("self", "net"), "no network yet"))
    return f"/proc/{holder.pid}/ns/net"


def own(pid):
    """The kinds of namespaces in which a process is not on the host."""
    return [kind for kind in ("ipc", "net", "pid", "user", "uts") if namespace_of(pid, kind) != namespace_of("self", kind)]


@test("a sandbox is created, started, asked, stopped and shut down; the shim ends with it, and nothing is left")
def life():
    pod = Sandbox()
    pod.create()
    equal(pod.state(), "SANDBOX_NOTREADY")
    equal(pod.refused("SandboxMetrics"), ttrpc.FAILED_PRECONDITION)
    started = pod.call("StartSandbox")
    pid = started["pid"]
    that(abs(started["created_at"]["seconds"] - time.time()) < 60, f"a strange time: {started}")
    equal((pathlib.Path(f"/proc/{pid}/cmdline").read_text(), process_status(pid)["PPid"]),
          ("/nacelle-pause\0", str(pod.shim.process.pid)))
    equal(own(pid), ["ipc", "net", "pid", "uts"])
    status = pod.call("SandboxStatus", verbose=1)
    equal((status["sandbox_id"], status["pid"], status["state"], status["created_at"]),
          (pod.id, pid, "SANDBOX_READY", started["created_at"]))
    equal([(entry["key"], json.loads(entry["value"])["pid"]) for entry in status["info"]], [("info", pid)])
    platform = pod.call("Platform")["platform"]
    equal((platform["os"], platform["architecture"]),
          ("linux", {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)))
    pod.call("PingSandbox")
    waiting = pod.shim.connect()
    sent = waiting.send("WaitSandbox", sandbox_id=pod.id)
    pod.call("StopSandbox", timeout_secs=20)
    ended = waiting.result(sent)
    equal(ended["exit_status"], 0, "of a process that was let end by itself")
    equal(pod.call("WaitSandbox"), ended, "asked again")
    equal(pod.state(), "SANDBOX_NOTREADY")
    equal(pod.call("SandboxStatus")["exited_at"], ended["exited_at"])
    pod.call("StopSandbox")
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)
    pod.assert_gone()
    equal((pod.shim.events.topics(), pod.shim.said()), ([], ""))


@test("the sandbox is as the CRI's options have it: hostname, sysctls, cgroup, the network of a path")
def options():
    network = new_network()
    parent = f"/nacelle-pods-{os.getpid()}"
    pod = Sandbox({"cgroup_parent": parent, "sysctls": [{"key": "kernel.shm_rmid_forced", "value": "1"}]})
    pid = pod.up(netns_path=network)
    equal(os.readlink(f"/proc/{pid}/ns/net"), os.readlink(network))
    enter = ["nsenter", "-t", str(pid), "--uts", "--ipc", "--net"]
    equal(subprocess.check_output([*enter, "hostname"], text=True), "pod-name\n")
    equal(subprocess.check_output([*enter, "cat", "/proc/sys/kernel/shm_rmid_forced",
                                   "/proc/sys/net/ipv4/ip_unprivileged_port_start"], text=True), "1\n0\n")
    contains(pathlib.Path(f"/proc/{pid}/cgroup").read_text(), f"{parent}/{pod.id}\n")
    equal({key: value for key, value in process_status(pid).items() if key in ("CapEff", "CapBnd", "NoNewPrivs")},
          {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"})
    metric = pod.call("SandboxMetrics")["metrics"]
    equal((metric["id"], metric["data"]["type_url"]), (pod.id, "io.containerd.cgroups.v2.Metrics"))
    pod.call("StopSandbox")
    equal(pod.call("WaitSandbox")["exit_status"], 128 + signal.SIGKILL)
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)
    pod.assert_gone()
    for path in cgroups_named(parent[1:]):
        os.rmdir(path)


@test("what a pod shares with the host its sandbox shares; with a user namespace it has maps of its own")
def shared():
    def options_with(**options):
        return {"security_context": {"namespace_options": options}}

    for options, kinds in ((options_with(network=NODE), ["ipc", "pid"]),
                           (options_with(network=NODE, pid=NODE, ipc=NODE), []),
                           (options_with(pid=NODE), ["ipc", "net", "uts"])):
        pod = Sandbox(options)
        equal(own(pod.up()), kinds, str(options))
        pod.call("StopSandbox", timeout_secs=20)
        # On the host's pids the signal also ends it when it comes too early.
        that(pod.call("WaitSandbox")["exit_status"] in (0, 128 + signal.SIGTERM), "it did not end by itself")
        pod.call("ShutdownSandbox")
        equal(pod.shim.wait_end(), 0)
        pod.assert_gone()
    ids = [{"host_id": 100000, "container_id": 0, "length": 65536}]
    pod = Sandbox(options_with(userns_options={"mode": 0, "uids": ids, "gids": ids}))
    pid = pod.up()
    equal(own(pid), ["ipc", "net", "pid", "user", "uts"])
    equal(pathlib.Path(f"/proc/{pid}/uid_map").read_text().split(), ["0", "100000", "65536"])
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)
    pod.assert_gone()


@test("containers of the pod join the sandbox's namespaces, and end with its processes")
def containers():
    pod = Sandbox()
    pid = pod.up()
    joined = {kind: f"/proc/{pid}/ns/{file}"
              for kind, file in (("ipc", "ipc"), ("network", "net"), ("uts", "uts"), ("pid", "pid"))}
    task = pod.shim.task(f"hostname; cat /proc/1/cmdline | tr '\\0' ' '; echo; {SLEEP}",
                         linux={"namespaces": namespaces("mount", "cgroup", **joined)}, hostname=None)
    task.up()
    task.so_far("out", "pod-name\n/nacelle-pause \n")
    equal([namespace_of(task.pid, kind) for kind in ("ipc", "net", "uts", "pid")],
          [namespace_of(pid, kind) for kind in ("ipc", "net", "uts", "pid")])
    pod.shim.call("Shutdown", id=task.id)
    pod.call("PingSandbox")
    pod.call("StopSandbox")
    equal(task.wait()["exit_status"], 128 + signal.SIGKILL)
    pod.call("ShutdownSandbox")
    equal(pod.refused("PingSandbox"), ttrpc.NOT_FOUND)
    task.delete()
    pod.shim.call("Shutdown", id=task.id)
    equal(pod.shim.wait_end(), 0)
    pod.assert_gone()


LOOK = "cat /etc/hostname /etc/resolv.conf; cmp /etc/hosts /host-hosts && echo the same hosts; stat -c %a:%u:%g /dev/shm; "


def pod_task(pod, pid, command, **how):
    """A container of the pod as containerd configures it, with the host's /etc/hosts (which may be missing) at /host-hosts."""
    hosts, own = pathlib.Path("/etc/hosts"), pod.shim.folder / "host-hosts"
    own.write_bytes(hosts.read_bytes() if hosts.exists() else b"")
    joined = {kind: f"/proc/{pid}/ns/{file}" for kind, file in (("ipc", "ipc"), ("network", "net"), ("uts", "uts"))}
    linux = {"namespaces": namespaces("mount", "cgroup", "pid", **joined), **how.pop("linux", {})}
    return pod.shim.task(command, linux=linux, hostname=None, annotations={"io.kubernetes.cri.sandbox-id": pod.id},
                         mounts=[bind(own, "/host-hosts", "ro")], **how)


@test("containers of the pod have its hostname, hosts, resolv.conf, and one /dev/shm; a new tmpfs there gives way to it")
def pod_files():
    pod = Sandbox(dns_config={"servers": ["10.1.0.1"], "searches": ["a.local"], "options": ["ndots:5"]})
    pid = pod.up()
    first = pod_task(pod, pid, f"{LOOK}echo hello >/dev/shm/word; echo 10.0.0.9 other >>/etc/hosts; {SLEEP}",
                     root={"readonly": False})
    first.up()
    first.so_far("out", "pod-name\nsearch a.local\nnameserver 10.1.0.1\noptions ndots:5\nthe same hosts\n1777:0:0\n")
    eventually(lambda: contains((pod.bundle / "pod/hosts").read_text(), "10.0.0.9 other"))
    second = pod_task(pod, pid, "cat /dev/shm/word; tail -n 1 /etc/hosts; touch /etc/hosts || echo read-only",
                      root={"readonly": True})
    second.up()
    equal(second.text(), "hello\n10.0.0.9 other\nread-only\n")
    size = int(subprocess.check_output(["stat", "-f", "-c", "%b %S", pod.bundle / "pod/shm"], text=True).split()[0])
    that(0 < size * 4096 <= 64 << 20, f"{size} blocks")
    first.kill()
    for task in first, second:
        task.wait()
        task.delete()
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)
    pod.assert_gone()


@test("a shim with a sandbox that is killed leaves what `delete` takes away, the pod's /dev/shm too")
def killed():
    pod = Sandbox()
    pod.up()
    contains(pathlib.Path("/proc/self/mountinfo").read_text(), f"{pod.bundle}/pod/shm")
    os.kill(pod.shim.process.pid, signal.SIGKILL)
    pod.shim.wait_end()
    subprocess.run([binary("containerd-shim-nacelle-v2"), "-namespace", pod.id, "-id", pod.id, "-bundle", pod.bundle, "delete"],
                   check=True, stdout=subprocess.DEVNULL)
    pod.assert_gone()


@test("a sandbox that dies of itself is told of, and a shut down ends one that runs")
def ends():
    pod = Sandbox()
    os.kill(pod.up(), signal.SIGKILL)
    equal(pod.call("WaitSandbox")["exit_status"], 128 + signal.SIGKILL)
    equal(pod.state(), "SANDBOX_NOTREADY")
    equal(pod.refused("StartSandbox"), ttrpc.FAILED_PRECONDITION)
    pod.call("ShutdownSandbox")
    pod.assert_gone()
    pod = Sandbox()
    pid = pod.up()
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)
    that(not pathlib.Path(f"/proc/{pid}").exists(), "its process is left")
    pod.assert_gone()


@test("what is wrong is refused with codes of its own")
def refused():
    pod = Sandbox()
    for method in ("StartSandbox", "StopSandbox", "WaitSandbox", "SandboxStatus", "PingSandbox", "Platform", "SandboxMetrics"):
        equal(pod.refused(method), ttrpc.NOT_FOUND, method)
    good = {"bundle_path": str(pod.bundle)}
    for bad in ({"sandbox_id": "../x", **good}, {"bundle_path": "x"}, {**good, "netns_path": "x"},
                {**good, "options": {"type_url": "x", "value": b""}}, {**good, "rootfs": [{"type": "bind"}]},
                {**good, "options": {"type_url": "runtime.v1.PodSandboxConfig", "value": b"\x42"}}):
        equal(pod.refused("CreateSandbox", **bad), ttrpc.INVALID_ARGUMENT, str(bad))
    equal(pod.shim.refused("UpdateSandbox", service=ttrpc.SANDBOX_V1, payload=b""), ttrpc.UNIMPLEMENTED)
    pod.create(netns_path="/nowhere/net")
    equal(pod.refused("CreateSandbox", **good), ttrpc.ALREADY_EXISTS)
    equal(pod.refused("ShutdownSandbox", sandbox_id="other"), ttrpc.NOT_FOUND)
    try:
        pod.call("StartSandbox")
        raise AssertionError("a sandbox in a network that is not there")
    except ttrpc.Refused as refusal:
        contains(refusal.message, "/nowhere/net")
    equal(pod.call("WaitSandbox")["exit_status"], 255)
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)
    pod.assert_gone()


@test("a shut down ends the shim, too, when there is no sandbox")
def nothing_there():
    pod = Sandbox()
    pod.call("ShutdownSandbox")
    equal(pod.shim.wait_end(), 0)


run()
