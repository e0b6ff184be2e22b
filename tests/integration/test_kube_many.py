"""Many pods on one node: they start, are listed and end quickly, and each takes little memory."""

import time

from harness import equal, eventually, run, test, that
from harness.pods import Node, pause_pid, pod, shell
from harness.processes import memory

PODS = 200
LIST_MOST = 0.2  # seconds
MEMORY_MOST = 1024  # KiB, of a supervisor and its pause together


@test("two hundred pods: all run, a list of them takes less than 200 ms, each takes at most 1 MiB, and they end side by side",
      timeout=300)
def many():
    node = Node()
    names = [f"web-{number}" for number in range(PODS)]
    begin = time.monotonic()
    node.apply("\n---\n".join(pod(name, shell("sleep 100000"), terminationGracePeriodSeconds=3) for name in names)).ok()

    def all_run():
        rows = [line.split() for line in node.kube("get", "pods", "--no-headers").ok().lines()]
        equal({tuple(row[1:4]) for row in rows}, {("1/1", "Running", "0")})
        equal(len(rows), PODS)

    eventually(all_run, timeout=120)
    started = time.monotonic() - begin

    def listed():
        begin = time.monotonic()
        node.kube("get", "pods").ok()
        return time.monotonic() - begin

    took = sorted(listed() for _ in range(9))[4]
    that(took < LIST_MOST, f"a list took {took:.3f} s")

    def small():
        sizes = sorted(memory(node.supervisor(name))["Pss"] + memory(pause_pid(node, name))["Pss"] for name in names)
        that(sizes[-1] <= MEMORY_MOST, f"a pod takes {sizes[-1]} KiB")
        return sizes

    sizes = eventually(small)
    begin = time.monotonic()
    node.kube("delete", "pods", "--all", timeout=200).ok()
    ended = time.monotonic() - begin
    that(ended < PODS, f"the pods ended one after the other: {ended:.0f} s")
    print(f"# {PODS} pods: up in {started:.1f} s, listed in {took * 1000:.0f} ms, {sizes[0]} to {sizes[-1]} KiB each, gone in {ended:.1f} s",
          flush=True)


run()
