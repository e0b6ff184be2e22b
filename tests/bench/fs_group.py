#!/usr/bin/env python3
"""How long fsGroup takes on a volume of many files, beside chown -R and beside OnRootMismatch: fs_group.py PROGRAM [--files N]"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile

ONE, OTHER = "2001", "2002"  # given in turns, so that every file is changed each time


def make_files(folder, number):
    for index in range(number):
        if index % 100 == 0:
            below = os.path.join(folder, f"d{index // 10000}", f"d{index // 100}")
            os.makedirs(below)
        with open(os.path.join(below, f"f{index}"), "w"):
            pass


def time_of(*words):
    """Milliseconds of processor time that a command takes: others may be using the machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def measure(program, folder, rounds):
    """The times by what was done."""
    times = {}

    def add(name, *commands):
        times.setdefault(name, []).append(sum(time_of(*command) for command in commands))

    for _ in range(rounds):
        add("chown -R", ["chown", "-R", f":{ONE}", folder])
        add("chown -R, chmod -R", ["chown", "-R", f":{OTHER}", folder], ["chmod", "-R", "ug+rw", folder])
        subprocess.run(["chmod", "-R", "g-w", folder], check=True)
        add("fsGroup, new volume", [program, folder, ONE])
        add("fsGroup, of another group", [program, folder, OTHER])
        add("fsGroup, Always, as it should be", [program, folder, OTHER])
        add("fsGroup, OnRootMismatch", [program, folder, OTHER, "mismatch"])
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the built fs-group-time")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nacelle-bench-", dir="/var/tmp") as folder:
        make_files(folder, options.files)
        times = measure(options.program, folder, options.rounds)
    print(f"{options.files} files, median of {options.rounds}, ms of processor time")
    for name, values in times.items():
        print(f"{name:<34}{statistics.median(values):>9.1f}")


if __name__ == "__main__":
    main()
