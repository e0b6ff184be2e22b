"""Many pods at once: all come up, answer and go, and nothing is left of them.

Without containerd, and quickly, test_shim_many of tests/integration has it. Here as many as fit into some minutes of the test
machine; NACELLE_TEST_FULL=1: ten rounds of a hundred, which are two hours there.
"""

import concurrent.futures
import os
import pathlib
import time

from harness import equal, eventually, run, that
from harness.containerd import engines, shared, runtime_under_test
from harness.cri_pods import Pod
from harness.processes import memory
from harness.runner import test

FULL = bool(os.environ.get("NACELLE_TEST_FULL"))
PODS, ROUNDS = (100, 10) if FULL else (100, 2)
SECONDS = 8 * 3600 if FULL else 360  # that the rounds may take together: where that is too little for all pods, there are fewer
AT_ONCE = 10
MOST = 1024  # KiB of a shim with one container, as the bench has it


def left(containerd):
    """What pods leave if they leave anything, as {kind: number}."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return {"shims": len(containerd.shims()),
            "cgroups": len([place for place in pathlib.Path("/sys/fs/cgroup/tests").glob("*/*/")]),
            "mounts": len([line for line in mounts if f"{containerd.folder}/state" in line]),
            "sockets": len(list(pathlib.Path("/run/containerd/s").glob("*"))),
            "bundles": len(list((containerd.folder / "state/io.containerd.runtime.v2.task/k8s.io").glob("*")))}


def begin(containerd, number):
    """A pod and its container, which runs."""
    pod = Pod(containerd, f"many-{number}", runtime=runtime_under_test())
    return pod, pod.container("a", "sleep", "1000")


def ask(number, box):
    """An answer that no other container gives."""
    equal(box.says("echo", str(number)), str(number))


def round_of(pool, containerd, number):
    """All are up at once, are asked, and go. Gives the Pss of their shims in KiB, ascending."""
    others = containerd.shims()
    made = list(pool.map(lambda count: begin(containerd, count), range(number)))
    list(pool.map(lambda count: ask(count, made[count][1]), range(number)))
    shims = set(containerd.shims()).difference(others)
    if runtime_under_test() == "nacelle":
        equal(len(shims), number, "number of shims")
    sizes = sorted(memory(pid)["Pss"] for pid in shims)
    list(pool.map(lambda one: one[0].remove(), made))
    return sizes


@test("a hundred pods at once (fewer where the machine is slow), in rounds: started, asked, removed, without a trace",
      timeout=SECONDS)
def many():
    containerd = shared(engines()[-1])
    before = left(containerd)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        round_of(pool, containerd, 1)  # the first one takes longer
        start = time.monotonic()
        round_of(pool, containerd, 1)
        took = time.monotonic() - start
        number = max(AT_ONCE, min(PODS, int(SECONDS / ROUNDS / took)))
        print(f"# a pod takes {took:.1f} s: {ROUNDS} rounds of {number} pods", flush=True)
        for count in range(ROUNDS):
            start = time.monotonic()
            sizes = round_of(pool, containerd, number)
            eventually(lambda: equal({kind: now for kind, now in left(containerd).items() if now > before[kind]}, {}, "left"))
            print(f"# round {count + 1}: {time.monotonic() - start:.0f} s, Pss of a shim {sizes[0]} to {sizes[-1]} KiB", flush=True)
            if runtime_under_test() == "nacelle":
                that(sizes[-1] <= MOST, f"a shim takes {sizes[-1]} KiB")
    that(containerd.cri.Version(), "containerd does not answer")


run()
