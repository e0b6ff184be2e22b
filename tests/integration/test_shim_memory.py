"""What containerd's shim takes: little, a little more for each further container, and no more after thousands of execs (ten
thousand with NACELLE_TEST_FULL=1)."""

import os
import time

from harness import equal, eventually, run, test, that
from harness.processes import memory
from harness.shim import Shim

ONE_MOST, FURTHER_MOST = 1024, 64  # KiB
FURTHER = 10
EXECS = 10000 if os.environ.get("NACELLE_TEST_FULL") else 3000
# KiB. A machine with much else to do leaves events and answers in queues, which then take some pages for good; a leak of the
# smallest piece of memory by each of 3000 execs would be 90.
OWN_MOST, GROWTH_MOST = 512, 64


def rest(shim, containers):
    """Waits until the shim has given back what its last call took."""
    eventually(lambda: len(shim.children()) == containers)
    time.sleep(1.5)


def taken(shim, containers):
    """PSS and private dirty memory at rest, in KiB."""
    rest(shim, containers)
    seen = memory(shim.process.pid)
    return {"PSS": seen["Pss"], "private dirty": seen["Private_Dirty"]}


@test("at most 1 MiB with one container, at most 64 KiB for each further", timeout=120)
def containers():
    shim = Shim()
    shim.task("sleep 1000").up(stdout="")
    one = taken(shim, 1)
    for _ in range(FURTHER):
        shim.task("sleep 1000").up(stdout="")
    more = taken(shim, 1 + FURTHER)
    print(f"# KiB with one: {one}, with {1 + FURTHER}: {more}")
    for kind, size in one.items():
        that(size <= ONE_MOST, f"{kind} with one: {size} KiB")
        that(more[kind] <= size + FURTHER * FURTHER_MOST, f"{kind} with {1 + FURTHER}: {more[kind]} KiB, with one: {size}")


@test(f"{EXECS} execs leave neither memory nor descriptors behind", timeout=600)
def execs():
    shim = Shim()
    task = shim.task("sleep 1000")
    task.up(stdout="")

    def again(times):
        for _ in range(times):
            task.exec("again", "true", stdout="")
            equal(task.wait("again")["exit_status"], 0)
            task.delete("again")

    def at_rest():
        rest(shim, 1)
        return shim.rss(), shim.descriptors()

    again(100)
    before = at_rest()
    again(EXECS)
    after = at_rest()
    print(f"# {EXECS} execs: {before[0]} KiB of its own before, {after[0]} after")
    equal(after[1], before[1], "descriptors")
    that(after[0] <= before[0] + GROWTH_MOST, f"it grew from {before[0]} to {after[0]} KiB")
    that(after[0] <= OWN_MOST, f"it holds {after[0]} KiB")


run()
