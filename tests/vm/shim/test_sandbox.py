"""containerd's sandbox service: the shim is the pod's sandbox, and there is no pause container."""

import os
import pathlib

from harness import equal, eventually, excludes, run, skip, that
from harness.containerd import each_engine, runtime_under_test
from harness.containerd_config import SANDBOXED
from harness.cri import EXITED, NOT_READY, POD, READY
from harness.cri_pods import Pod
from harness.processes import alive, command_lines

# On the host's network containerd 2.1 ends in a panic for such pods, before it calls the shim (containerd#12983).
OWN_NETWORK = {"namespace_options": {"network": POD, "pid": POD}}


@each_engine("with sandboxer = \"shim\" a pod has no pause container, and its containers share one shim", since=(2, 1), timeout=120)
def no_pause(containerd):
    if runtime_under_test() != "nacelle":
        skip("containerd's own shim has no sandbox of this kind for runc")
    pod = Pod(containerd, "sandboxed", runtime=SANDBOXED, security=OWN_NETWORK, dns={"servers": ["10.1.0.1"]})
    equal(pod.status().state, READY)
    boxes = [pod.container(name, "sh", "-c", "echo up; sleep 1000") for name in ("a", "b")]
    shim, = pod.shims()
    lines = command_lines()
    children = [lines.get(int(pid), "") for pid in pathlib.Path(f"/proc/{shim}/task/{shim}/children").read_text().split()]
    excludes(" ".join(children), "/pause")
    equal([box.says("echo", "there") for box in boxes], ["there"] * 2)
    equal(len({os.readlink(f"/proc/{box.pid()}/ns/ipc") for box in boxes}), 1, "number of ipc namespaces")
    equal([box.says("cat", "/etc/hostname", "/etc/resolv.conf") for box in boxes], ["sandboxed\nnameserver 10.1.0.1"] * 2)
    boxes[0].exec("sh", "-c", "echo word >/dev/shm/shared")
    equal(boxes[1].says("cat", "/dev/shm/shared"), "word")
    eventually(lambda: equal(boxes[0].log(), [("stdout", "F up")]))
    boxes[0].stop()
    equal(boxes[0].wait().state, EXITED)
    pod.stop()
    equal(pod.status().state, NOT_READY)
    pod.remove()
    eventually(lambda: that(not alive(shim), "the shim is left"))


@each_engine("a sandbox whose shim is killed is no longer ready, and can be removed", since=(2, 1), timeout=120)
def killed(containerd):
    if runtime_under_test() != "nacelle":
        skip("containerd's own shim has no sandbox of this kind for runc")
    pod = Pod(containerd, "dead", runtime=SANDBOXED, security=OWN_NETWORK)
    shim, = pod.shims()
    os.kill(shim, 9)
    eventually(lambda: equal(pod.status().state, NOT_READY))
    pod.remove()


run()
