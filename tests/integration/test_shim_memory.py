"""What containerd's shim takes: little, a little more for each further container, and no more after many execs."""

import os

from harness import equal, eventually, run, test, that
from harness.processes import memory
from harness.shim import Shim

ONE_MOST, FURTHER_MOST = 1024, 64  # KiB
FURTHER = 10
EXECS = int(os.environ.get("NACELLE_EXECS", "2000"))  # 10,000 take two minutes
GROWTH_MOST = 16  # KiB


def taken(shim):
    """PSS and private dirty memory in KiB, once what a call leaves is given back."""
    seen = memory(shim.process.pid)
    return {"PSS": seen["Pss"], "private dirty": seen["Private_Dirty"]}


@test("at most 1 MiB with one container, at most 64 KiB for each further", timeout=120)
def containers():
    shim = Shim()
    shim.task("sleep 1000").up(stdout="")
    eventually(lambda: that(max(taken(shim).values()) <= ONE_MOST, f"with one: {taken(shim)}"))
    one = taken(shim)
    for _ in range(FURTHER):
        shim.task("sleep 1000").up(stdout="")
    eventually(lambda: [that(more <= one[kind] + FURTHER * FURTHER_MOST, f"{kind} with {1 + FURTHER}: {more}, with one: {one[kind]}")
                        for kind, more in taken(shim).items()])
    print(f"# KiB with one: {one}, with {1 + FURTHER}: {taken(shim)}")


@test("thousands of execs leave neither memory nor descriptors behind", timeout=600)
def execs():
    shim = Shim()
    task = shim.task("sleep 1000")
    task.up(stdout="")

    def again(times):
        for _ in range(times):
            task.exec("again", "true", stdout="")
            equal(task.wait("again")["exit_status"], 0)
            task.delete("again")

    again(100)
    before, open_before = shim.rss(), shim.descriptors()
    again(EXECS)
    eventually(lambda: that(shim.rss() <= before + GROWTH_MOST, f"{shim.rss()} KiB of its own, {before} before"))
    equal(shim.descriptors(), open_before)
    print(f"# {EXECS} execs: {before} KiB of its own before, {shim.rss()} after")


run()
