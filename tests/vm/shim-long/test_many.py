"""Many pods at once: all come up, answer and go, and nothing is left of them."""

import concurrent.futures
import os
import pathlib
import time

from harness import equal, eventually, run, that
from harness.containerd import engines, shared, runtime_under_test
from harness.cri_pods import Pod
from harness.runner import test

SECONDS = 60  # what the pods may take together; real hardware makes a hundred in it
AT_ONCE = 10


def left(containerd):
    """What pods leave if they leave anything, as {kind: number}."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return {"shims": len(containerd.shims()),
            "cgroups": len([place for place in pathlib.Path("/sys/fs/cgroup/tests").glob("*/*/")]),
            "mounts": len([line for line in mounts if f"{containerd.folder}/state" in line]),
            "sockets": len(list(pathlib.Path("/run/containerd/s").glob("*"))),
            "bundles": len(list((containerd.folder / "state/io.containerd.runtime.v2.task/k8s.io").glob("*")))}


def one(containerd, number):
    """The life of a pod; gives its shim's process id."""
    pod = Pod(containerd, f"many-{number}", runtime=runtime_under_test())
    box = pod.container("a", "sleep", "1000")
    equal(box.says("echo", str(number)), str(number))
    shim, = pod.shims()
    pod.remove()
    return shim


@test("a hundred pods, ten at a time (fewer where the machine is slow): started, asked, removed, without a trace", timeout=120)
def many():
    containerd = shared(engines()[-1])
    before = left(containerd)
    begin = time.monotonic()
    one(containerd, 0)
    took = time.monotonic() - begin
    number = max(AT_ONCE, min(100, int(SECONDS / took * (os.cpu_count() or 1))))
    print(f"# the first pod took {took:.1f} s: {number} pods")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        shims = list(pool.map(lambda count: one(containerd, count), range(1, number + 1)))
    equal(len(set(shims)), number, "number of shims")
    eventually(lambda: equal({kind: count for kind, count in left(containerd).items() if count > before[kind]}, {}, "left"))
    that(containerd.cri.Version(), "containerd does not answer")


run()
