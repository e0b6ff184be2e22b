"""The processors of the test machine."""

import pathlib

from .runner import defer
from .where import in_vm

SECOND = pathlib.Path("/sys/devices/system/cpu/cpu1/online")


def two_processors():
    """Gives the test machine its second processor until the test ends. It starts with one, because while qemu emulates two,
    engines take twice the time: each processor has to tell the other of every change to a page table."""
    if in_vm():
        SECOND.write_text("1")
        defer(lambda: SECOND.write_text("0"))
