"""containerd dies and comes back, or the shim dies: what the pods and their containers see of it."""

import os
import pathlib
import signal

from harness import contains, equal, eventually, excludes, run, temp_dir, that
from harness.containerd import each_engine, runtime_under_test
from harness.cri import NOT_READY, RUNNING
from harness.cri_pods import Pod
from harness.processes import alive, cgroup_of
from harness.runner import defer

WAITS = "until [ -e /mnt/{0} ]; do sleep 0.1; done; "


@each_engine("containerd is killed and started anew: tasks go on, output and exits of the meantime are not lost", timeout=150)
def restarted(containerd):
    told = temp_dir()
    mounts = [{"container_path": "/mnt", "host_path": str(told)}]
    pod = Pod(containerd, "survives")
    lives = pod.container("lives", "sh", "-c", WAITS.format("go") + "echo meanwhile; sleep 1000", mounts=mounts)
    dies = pod.container("dies", "sh", "-c", WAITS.format("go") + "echo last words; exit 5", mounts=mounts)
    containerd.run_with(runtime_under_test(), "--detach", "by-ctr", "sleep", "1000").ok()
    defer(lambda: [containerd("task", "delete", "--force", "by-ctr"), containerd("container", "delete", "by-ctr")])
    shim, = pod.shims()
    ended, going_on = dies.pid(), lives.pid()

    containerd.kill()
    (told / "go").touch()
    eventually(lambda: that(not alive(ended), "it should have ended"))
    containerd.start()
    equal(pod.shims(), [shim])
    equal((lives.status().state, lives.pid()), (RUNNING, going_on))
    done = dies.wait()
    # containerd 1.6.7 and later takes a shim that knows no process of a task for one that leaked, and ends it: below its own
    # shim, the exit of the meantime is lost to that (255).
    that(done.exit_code in ([5] if runtime_under_test() == "nacelle" else [5, 255]), f"exit code {done.exit_code}")
    if runtime_under_test() == "nacelle":  # containerd's own shim loses what nobody read before the process ended
        eventually(lambda: equal(dies.log(), [("stdout", "F last words")]))
    eventually(lambda: equal(lives.log(), [("stdout", "F meanwhile")]))
    equal(lives.says("echo", "as before"), "as before")
    later = pod.container("later", "sleep", "1000")
    equal(later.says("id", "-u"), "0")
    equal(pod.shims(), [shim])
    equal(containerd("task", "exec", "--exec-id", "after", "by-ctr", "echo", "there").ok().out, "there\n")
    lives.stop()
    equal(lives.wait().exit_code, 137)


@each_engine("the shim is killed: containerd's clean-up ends its containers and leaves nothing of them", timeout=120)
def shim_killed(containerd):
    pod = Pod(containerd, "orphaned")
    boxes = [pod.container(name, "sleep", "1000") for name in ("a", "b")]
    pids = [pod.info()["pid"], *(box.pid() for box in boxes)]
    group = cgroup_of(pids[0]).parent
    bundles = [containerd.bundle(id) for id in (pod.id, *(box.id for box in boxes))]
    shim, = pod.shims()
    os.kill(shim, signal.SIGKILL)
    for box in boxes:
        contains([137, 255], box.wait(60).exit_code, "exit code, or containerd's for an unknown one")
    eventually(lambda: equal(pod.status().state, NOT_READY))
    eventually(lambda: equal([pid for pid in pids if alive(pid)], []))
    eventually(pod.remove, timeout=30, interval=1)  # the first may come while the clean-up goes on
    eventually(lambda: equal([place.name for place in group.glob("*/")], [], "cgroups that are left"))
    eventually(lambda: equal([bundle for bundle in bundles if bundle.exists()], [], "bundles that are left"))
    for bundle in bundles:
        excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(bundle))


run()
