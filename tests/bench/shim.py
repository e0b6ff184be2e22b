"""Measures nacelle's shim beside containerd's own with runc and with crun, in turns, on one containerd of the test machine:

    ./dev vm python3 tests/bench/shim.py [--rounds N] [--runtimes nacelle,runc,crun] [--check]

Memory is that of a pod's shim while it holds the pause container and 1, 3, 10 others; times are those of the CRI's calls, as
the kubelet makes them. --check fails unless nacelle's shim takes at most 1 MiB with one container and 64 KiB for each further,
and at most half of the faster peer's time.
"""

import argparse
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.containerd import engines, shared
from harness.cri_pods import Pod
from harness.processes import memory

COUNTS = (1, 3, 10)
KINDS = {"Pss": "PSS", "Private_Dirty": "private dirty"}
ONE_MOST, FURTHER_MOST = 1024, 64  # KiB


def memory_of(containerd, runtime):
    """{(kind, number of containers): KiB} of the shims of one pod."""
    pod, found = Pod(containerd, "bench", runtime=runtime), {}
    for count in range(1, max(COUNTS) + 1):
        pod.container(f"c{count}", "sleep", "1000").exec("true")
        if count in COUNTS:
            time.sleep(1)  # for what a call leaves to be given back
            each = [memory(pid) for pid in pod.shims()]
            found |= {(kind, count): sum(one[kind] for one in each) for kind in KINDS}
    pod.remove()
    return found


def times_of(containerd, runtime, execs):
    """Milliseconds: of a pod with a container up to its start, and of each of some execs in it."""
    begin = time.monotonic()
    pod = Pod(containerd, "bench", runtime=runtime)
    box = pod.container("a", "sleep", "1000")
    start = time.monotonic() - begin
    each = []
    for _ in range(execs):
        begin = time.monotonic()
        box.exec("true")
        each.append(time.monotonic() - begin)
    pod.remove()
    return start * 1000, [one * 1000 for one in each]


def measure(containerd, runtimes, rounds):
    """{runtime: {what: number}}; the runtimes take turns, so that what else the machine does hits all alike."""
    found = {name: {f"{KINDS[kind]} with {count}, KiB": value for (kind, count), value in memory_of(containerd, name).items()}
             for name in runtimes}
    starts, execs = {name: [] for name in runtimes}, {name: [] for name in runtimes}
    for _ in range(rounds):
        for name in runtimes:
            start, each = times_of(containerd, name, execs=3)
            starts[name].append(start)
            execs[name] += each
    for name in runtimes:
        found[name]["pod and container up, ms"] = statistics.median(starts[name])
        found[name]["ExecSync of true, ms"] = statistics.median(execs[name])
    return found


def show(found):
    """Prints one line for each thing that was measured."""
    names = list(found)
    print(f"{'':32}" + "".join(f"{name:>12}" for name in names))
    for what in found[names[0]]:
        print(f"{what:32}" + "".join(f"{found[name][what]:12.0f}" for name in names))


def too_much(found):
    """What is over the limits, as lines."""
    ours, peers = found["nacelle"], [values for name, values in found.items() if name != "nacelle"]
    lines = []
    for kind in KINDS.values():
        one, most = ours[f"{kind} with 1, KiB"], ours[f"{kind} with {max(COUNTS)}, KiB"]
        further = (most - one) / (max(COUNTS) - 1)
        if one > ONE_MOST or further > FURTHER_MOST:
            lines.append(f"{kind}: {one} KiB with one container, and {further:.0f} KiB for each further")
    for what in [what for what in ours if what.endswith("ms")]:
        best = min((values[what] for values in peers), default=float("inf"))
        if ours[what] > best / 2:
            lines.append(f"{what}: {ours[what]:.0f}, which is more than half of {best:.0f}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runtimes", default="nacelle,runc,crun", help="which, with commas (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed (%(default)s)")
    parser.add_argument("--engine", type=int, default=-1, help="which containerd of the machine, 0 the oldest (the newest)")
    parser.add_argument("--check", action="store_true", help="fail when nacelle takes too much")
    options = parser.parse_args()
    containerd = shared(engines()[options.engine])
    found = measure(containerd, options.runtimes.split(","), options.rounds)
    print(containerd.engine)
    show(found)
    lines = too_much(found) if options.check else []
    print("\n".join(f"too much: {line}" for line in lines) or "", end="")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
