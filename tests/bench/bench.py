#!/usr/bin/env python3
"""Runs runtimes side by side, and says how far each is from the floor and from each other.

Everything happens in a private mount namespace: the work folder is a tmpfs (as /run is on a real host), and where
/sys/fs/cgroup is not cgroup v2 the v2 hierarchy is mounted over it, so every runtime sees a unified host and the
machine's own hierarchies stay as they are.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True
from bundle import Bundle  # noqa: E402
from measure import RUNTIMES, Runtimes, measure, print_table, ratio  # noqa: E402

FLOOR_LIMIT = 1.5   # `run` of the default configuration: so many times the floor
CRUN_LIMIT = 0.5    # containerd's configuration, and exec: so many times crun's time


def bench_default(options, runtimes, folder):
    """`run` of a static true as `runc spec` has it, beside the floor."""
    bundle = Bundle(os.path.join(folder, "default"), true_of(options))
    run = ("run", "--bundle", bundle.path, "bench")
    runtimes.settle_devices(bundle, run)
    times = measure(options, {"floor": [options.floor, bundle.path], **runtimes.commands(*run)}, runtimes.environment)
    print_table("run, default", times, "floor")
    broken = [f"{peer} is faster than nacelle" for peer in ("crun", "runc") if (ratio(times, peer, "nacelle") or 9) < 1]
    return broken + over(times, "floor", FLOOR_LIMIT, "run of the default configuration")


def bench_containerd(options, runtimes, folder):
    """`run` of a static true as containerd has it: its seccomp profile, capabilities, mounts and masked paths."""
    bundle = Bundle(os.path.join(folder, "containerd"), true_of(options), "containerd")
    run = ("run", "--bundle", bundle.path, "bench")
    runtimes.settle_devices(bundle, run)
    times = measure(options, runtimes.commands(*run), runtimes.environment)
    print_table("run, containerd's", times, "nacelle")
    return over(times, "crun", CRUN_LIMIT, "run of containerd's configuration")


def bench_exec(options, runtimes, folder):
    """`exec` of a static true in a container that runs, as containerd has it."""
    bundle = Bundle(os.path.join(folder, "exec"), true_of(options), "containerd")
    runtimes.settle_devices(bundle, ("run", "--bundle", bundle.path, "bench"))
    bundle.write(args=["/busybox", "sleep", "1000"])
    try:
        for name, command in runtimes.commands("run", "--detach", "--bundle", bundle.path, "bench").items():
            if problem := runtimes.first_failure([*command[:-1], f"bench-{name}"]):
                sys.exit(f"{name}: {problem}")
        commands = {name: [*own, "exec", f"bench-{name}", "/true"] for name, own in runtimes.words.items()}
        times = measure(options, commands, runtimes.environment)
    finally:
        for name, own in runtimes.words.items():
            runtimes.first_failure([*own, "delete", "--force", f"bench-{name}"])
    print_table("exec, containerd's", times, "nacelle")
    return over(times, "crun", CRUN_LIMIT, "exec")


def peak_before_exec(runtimes, name, bundle):
    """KiB that were charged to a container when it is created and its program not yet executed."""
    bundle.config["linux"]["cgroupsPath"] = f"/bench-{name}"
    bundle.write()
    problem = runtimes.first_failure([*runtimes.words[name], "create", "--bundle", bundle.path, "bench"])
    try:
        return None if problem else int(pathlib.Path(f"/sys/fs/cgroup/bench-{name}/memory.peak").read_text()) // 1024
    finally:
        runtimes.first_failure([*runtimes.words[name], "delete", "--force", "bench"])
        del bundle.config["linux"]["cgroupsPath"]


def bench_memory(options, runtimes, folder):
    """The smallest memory.max under which five of five runs succeed, and the peak that is charged before the exec."""
    with open("/sys/fs/cgroup/cgroup.controllers") as controllers:
        if "memory" not in controllers.read().split():
            return ["the v2 hierarchy has no memory controller here (run this in the VM)"]
    with open("/sys/fs/cgroup/cgroup.subtree_control", "w") as control:
        control.write("+memory")
    bundle = Bundle(os.path.join(folder, "memory"), true_of(options))
    smallest = {}
    print(f"{'memory, KiB':<26}{'starts in':>12}{'peak before exec':>18}")
    for name, command in runtimes.commands("run", "--bundle", bundle.path, "bench").items():
        for kib in (64, 96, 128, 192, 256, 384, 512, *(2 ** exponent for exponent in range(10, 18))):
            bundle.write(memory=kib * 1024)
            if not any(runtimes.first_failure(command) for _ in range(5)):
                smallest[name] = kib
                break
        print(f"{name:<26}{smallest.get(name, 'none'):>12}{peak_before_exec(runtimes, name, bundle) or 'none':>18}")
    return [f"{name} starts in less memory than nacelle" for name in ("crun", "runc")
            if smallest.get(name, 1 << 20) < smallest.get("nacelle", 1 << 20)]


BENCHES = {"default": bench_default, "containerd": bench_containerd, "exec": bench_exec, "memory": bench_memory}


def true_of(options):
    return os.path.join(os.path.dirname(options.floor), "true")


def over(times, base, limit, what):
    """The broken promise as a line, if it is broken."""
    measured = ratio(times, "nacelle", base)
    if measured is None:
        return [f"{what}: nacelle and {base} were not both measured"]
    return [] if measured <= limit else [f"{what}: {measured:.2f} times {base}, more than {limit}"]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--floor", required=True, help="the floor program; spawn-time and true stand beside it")
    for name in RUNTIMES:
        parser.add_argument("--" + name, metavar="PATH", help="the program to measure")
    parser.add_argument("--what", action="append", choices=list(BENCHES),
                        help="what to measure, may be given many times (default: all but memory): "
                        + "; ".join(f"{name}: {bench.__doc__}" for name, bench in BENCHES.items()))
    parser.add_argument("--runs", type=int, default=150, help="measured runs of each program (150)")
    parser.add_argument("--warmup", type=int, default=15, help="runs before those (15)")
    parser.add_argument("--check", action="store_true", help="fail when a promise about speed is broken")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in ("floor", *RUNTIMES):
        path = getattr(options, name)
        if path and not os.access(path, os.X_OK):
            parser.error(f"--{name}: no program at '{path}'")
        if path:
            setattr(options, name, os.path.abspath(path))
    return options


def is_unified():
    """True when /sys/fs/cgroup itself is the v2 hierarchy (the last mount there wins)."""
    kind = None
    with open("/proc/self/mounts") as mounts:
        for line in mounts:
            fields = line.split()
            if fields[1] == "/sys/fs/cgroup":
                kind = fields[2]
    return kind == "cgroup2"


def enter_private_mounts():
    """Runs this script again with its own mounts, which end with it."""
    arguments = [sys.executable, os.path.abspath(__file__), *sys.argv[1:], "--inside"]
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *arguments])


def main():
    options = parse_options()
    if os.geteuid() != 0:
        sys.exit("bench: must be root (namespaces and cgroups are made)")
    if not options.inside:
        enter_private_mounts()
    if not is_unified():
        subprocess.run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"], check=True)
    os.nice(-20)  # all measured programs alike: what else the machine does shall not count
    folder = tempfile.mkdtemp(prefix="nacelle-bench-")
    broken = []
    try:
        subprocess.run(["mount", "-t", "tmpfs", "bench", folder], check=True)
        for what in options.what or ("default", "containerd", "exec"):
            broken += BENCHES[what](options, Runtimes(options, folder), folder)
    finally:
        subprocess.run(["umount", folder], check=False)
        os.rmdir(folder)
    if options.check:
        for line in broken:
            print("FAILED: " + line)
        print("bench: " + ("not as promised" if broken else "as promised"))
        sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
