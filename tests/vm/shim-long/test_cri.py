"""Pods as the kubelet makes them, over the CRI of every containerd: nacelle's shim, or the one of $NACELLE_TEST_RUNTIME."""

import os
import pathlib

from harness import contains, equal, eventually, excludes, matches, run, sh, temp_dir, that
from harness.bundle import process_status
from harness.containerd import NEWEST, each_engine, runtime_under_test
from harness.containerd_config import AS_RUNC
from harness.cri import CONTAINER, NODE, POD, RUNNING, RUNTIME_DEFAULT, UNCONFINED, CriError
from harness.cri_pods import Pod
from harness.processes import alive, cgroup_of
from harness.runner import defer
from harness.streaming import STDERR, Stream

MIB = 1024 * 1024
PROFILED = {"seccomp": {"profile_type": RUNTIME_DEFAULT}, "apparmor": {"profile_type": RUNTIME_DEFAULT}}
PLAIN = {"seccomp": {"profile_type": UNCONFINED}, "apparmor": {"profile_type": UNCONFINED}}


@each_engine("a pod with three containers is one shim process, which ends with the pod and leaves nothing", timeout=120)
def one_shim(containerd):
    pod = Pod(containerd, "three")
    boxes = [pod.container(name, "sh", "-c", "echo out; echo err >&2; printf unended; trap 'exit 0' TERM; sleep 1000 & wait")
             for name in ("a", "b", "c")]
    shim, = pod.shims()
    pids = [pod.info()["pid"], *(box.pid() for box in boxes)]
    equal([box.status().state for box in boxes], [RUNNING] * 3)
    parents = {process_status(pid)["PPid"] for pid in pids}
    equal(parents, {str(shim)}, "parents of the processes of the pod")
    for box in boxes:
        said = box.exec("sh", "-c", "echo one; echo two >&2; exit 4")
        equal((said.stdout, said.stderr, said.exit_code), (b"one\n", b"two\n", 4))

    boxes[0].stop(timeout=60)
    done = boxes[0].wait()
    equal((done.exit_code, done.reason), (0, "Completed"))
    eventually(lambda: equal(sorted(boxes[0].log()), [("stderr", "F err"), ("stdout", "F out"), ("stdout", "P unended")]))
    boxes[0].remove()
    that(alive(shim), "the shim ended with one of the pod's containers")
    group = cgroup_of(pids[0]).parent
    bundles = [containerd.bundle(id) for id in (pod.id, boxes[1].id, boxes[2].id)]
    equal([bundle.exists() for bundle in bundles], [True] * 3)
    pod.remove()
    eventually(lambda: that(not alive(shim), "the shim is left"))
    equal([pid for pid in pids if alive(pid)], [])
    equal([bundle for bundle in bundles if bundle.exists()], [])
    equal([place.name for place in group.glob("*/")], [], "cgroups that are left")
    for bundle in bundles:
        excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(bundle))


@each_engine("ExecSync: megabytes of output, and a timeout that ends the command", since=NEWEST)
def exec_sync(containerd):
    box = Pod(containerd, "exec").container("a", "sleep", "1000")
    equal(len(box.exec("head", "-c", "3000000", "/dev/zero").stdout), 3_000_000)
    try:
        box.exec("sleep", "999", timeout=2)
        that(False, "the command was not ended")
    except CriError as error:
        matches(str(error), "timeout|DEADLINE")
    eventually(lambda: excludes(box.says("ps"), "sleep 999"))
    equal(box.status().state, RUNNING)


@each_engine("Attach: what goes in arrives, what is said comes back; the end of the input is the command's")
def attach(containerd):
    # One at a time: over a WebSocket that asks for no input, containerd reads an input that has ended, and takes that for its end.
    box = Pod(containerd, "attached").container("a", "sh", "-c", "while read x; do echo got $x; echo lost $x >&2; done; exit 6",
                                                stdin=True, stdin_once=True)
    stream = Stream(containerd.cri.Attach(container_id=box.id, stdin=True, stdout=True, stderr=True).url)
    for word in (b"one", b"two"):
        stream.write(word + b"\n")
        stream.expect(b"got " + word + b"\n")
        stream.expect(b"lost " + word + b"\n", STDERR)
    equal(box.status().state, RUNNING)
    stream.close()
    equal(box.wait().exit_code, 6)
    eventually(lambda: equal(sorted(box.log()), [(name, f"F {did} {word}") for name, did in (("stderr", "lost"), ("stdout", "got"))
                                                 for word in ("one", "two")]))


@each_engine("Exec with a terminal: its size, what is typed, and the exit code", since=NEWEST)
def exec_terminal(containerd):
    box = Pod(containerd, "terminal").container("a", "sleep", "1000")
    command = ["sh", "-c", "until stty size | grep 33; do sleep 0.2; done; read x; echo got $x; exit 7"]
    stream = Stream(containerd.cri.Exec(container_id=box.id, cmd=command, tty=True, stdin=True, stdout=True).url)
    stream.resize(101, 33)
    stream.expect(b"33 101\r\n")
    stream.write(b"word\r")
    stream.expect(b"got word\r\n")
    contains(str(stream.end()), "'7'")


@each_engine("limits go up and down by UpdateContainerResources, and usage shows in the statistics", timeout=120)
def resources(containerd):
    pod = Pod(containerd, "limits")
    box = pod.container("a", "sh", "-c", "head -c 8000000 /dev/zero | tail -c 8000000 | sleep 1000", resources={
        "memory_limit_in_bytes": 64 * MIB, "cpu_quota": 50000, "cpu_period": 100000, "cpu_shares": 512, "oom_score_adj": 123})
    pid, cgroup = box.pid(), box.cgroup()

    def limits():
        return [(cgroup / file).read_text().strip() for file in ("memory.max", "cpu.max")]

    equal(limits(), [str(64 * MIB), "50000 100000"])
    equal(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text(), "123\n")
    before = int((cgroup / "cpu.weight").read_text())
    for megabytes, quota, shares in ((128, 80000, 2048), (48, 20000, 256)):
        containerd.cri.UpdateContainerResources(container_id=box.id, linux={
            "memory_limit_in_bytes": megabytes * MIB, "cpu_quota": quota, "cpu_period": 100000, "cpu_shares": shares})
        equal(limits(), [str(megabytes * MIB), f"{quota} 100000"])
        weight = int((cgroup / "cpu.weight").read_text())
        that((weight > before) == (shares > 512), f"cpu.weight went from {before} to {weight} for {shares} shares")
    equal(box.pid(), pid)

    stats = containerd.cri.ContainerStats(container_id=box.id).stats
    that(stats.memory.working_set_bytes > 0, f"{stats}")
    that(stats.cpu.usage_core_nano_seconds > 0, f"{stats}")
    if containerd.engine.version >= (1, 7):
        pods = containerd.cri.ListPodSandboxStats().stats
        equal([one.metadata.name for found in pods if found.attributes.id == pod.id
               for one in [container.attributes for container in found.linux.containers]], ["a"])


@each_engine("a container that is killed for want of memory says OOMKilled")
def out_of_memory(containerd):
    box = Pod(containerd, "hungry").container("a", "sh", "-c", "x=$(head -c 100000000 /dev/zero | tr '\\0' x)",
                                              resources={"memory_limit_in_bytes": 16 * MIB, "memory_swap_limit_in_bytes": 16 * MIB})
    done = box.wait(60)
    equal((done.reason, done.exit_code), ("OOMKilled", 137))


@each_engine("a shared pid namespace; the default seccomp and AppArmor profiles, and none; a privileged container",
             since=NEWEST, timeout=120)
def security(containerd):
    pod = Pod(containerd, "shared", security={"namespace_options": {"network": NODE, "pid": POD}, "privileged": True})
    box = pod.container("profiled", "sleep", "1000", security={
        **PROFILED, "run_as_user": 1000, "run_as_group": 50, "supplemental_groups": [7, 8], "no_new_privs": True,
        "readonly_rootfs": True, "capabilities": {"drop_capabilities": ["ALL"], "add_capabilities": ["NET_RAW"]}})
    status = process_status(box.pid())
    equal((status["Seccomp"], status["NoNewPrivs"], int(status["CapBnd"], 16)), ("2", "1", 1 << 13))
    equal(sorted(map(int, status["Groups"].split())), [7, 8, 50])
    equal(pathlib.Path(f"/proc/{box.pid()}/attr/current").read_text().strip(), "cri-containerd.apparmor.d (enforce)")
    equal(box.says("cat", "/proc/self/attr/current"), "cri-containerd.apparmor.d (enforce)")
    equal(os.readlink(f"/proc/{box.pid()}/ns/pid"), os.readlink(f"/proc/{pod.info()['pid']}/ns/pid"))
    contains(box.says("cat", "/proc/1/cmdline"), "/pause")

    mighty = pod.container("mighty", "sleep", "1000", security={"privileged": True, **PLAIN})
    status = process_status(mighty.pid())
    equal((status["Seccomp"], status["CapEff"]), ("0", process_status(1)["CapEff"]))
    equal(pathlib.Path(f"/proc/{mighty.pid()}/attr/current").read_text().strip(), "unconfined")
    equal(mighty.says("sh", "-c", "ls -d /dev/kmsg; echo 1 >/proc/sys/vm/stat_interval && echo written").split(),
          ["/dev/kmsg", "written"])


def runtime_with(containerd, feature):
    """The name of the runtime of which containerd announces a feature, as the kubelet heeds it: before 2.3.3 containerd asks its
    own runtime type alone what it can do, and 2.1 dies of a recursively read-only mount for any other."""
    wanted = [runtime_under_test()] + ([AS_RUNC] if runtime_under_test() == "nacelle" else [])
    handlers = containerd.cri.Status().runtime_handlers
    found = {handler.name for handler in handlers if handler.features and getattr(handler.features, feature)}
    able = [name for name in wanted if name in found]
    that(able, f"{containerd.engine} announces {feature} for {sorted(found)} alone")
    return able[0]


@each_engine("a recursively read-only mount holds for what is mounted below it, too", since=(2, 0))
def recursive_read_only(containerd):
    runtime = runtime_with(containerd, "recursive_read_only_mounts")
    above = temp_dir()
    (above / "below").mkdir()
    sh("mount", "-t", "tmpfs", "below", above / "below").ok()
    defer(lambda: sh("umount", above / "below").ok())
    box = Pod(containerd, "readonly", runtime=runtime).container("a", "sleep", "1000", mounts=[
        {"container_path": "/mnt", "host_path": str(above), "readonly": True, "recursive_read_only": True}])
    matches(box.exec("touch", "/mnt/below/file").stderr.decode(), "Read-only file system")


@each_engine("hostUsers: false gives a pod a user namespace, and a network of its own", since=(2, 0), timeout=120)
def user_namespace(containerd):
    runtime = runtime_with(containerd, "user_namespaces")
    ids = [{"host_id": 6553600, "container_id": 0, "length": 65536}]
    security = {"namespace_options": {"network": POD, "pid": CONTAINER, "userns_options": {"mode": POD, "uids": ids, "gids": ids}}}
    box = Pod(containerd, "mapped", runtime=runtime, security=security).container("a", "sleep", "1000", security=PROFILED)
    equal(process_status(box.pid())["Uid"].split()[0], "6553600")
    equal(box.says("id", "-u"), "0")
    equal(box.says("cat", "/proc/self/uid_map").split(), ["0", "6553600", "65536"])
    contains(box.says("ip", "-o", "addr"), "10.89.")
    equal(box.says("stat", "-c", "%u:%g", "/bin/busybox"), "0:0")
    equal(box.says("sh", "-c", "echo word >/written; stat -c %u /written"), "0")


run()
