#!/usr/bin/env python3
"""Runs runtimes and the floor program side by side, and says how far each is from the floor.

Everything happens in a private mount namespace: the work folder is a tmpfs (as /run is on a real host), and where
/sys/fs/cgroup is not cgroup v2 the v2 hierarchy is mounted over it, so every runtime sees a unified host and the
machine's own hierarchies stay as they are.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bundle  # noqa: E402

RATIO_LIMIT = 2.0


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--floor", required=True, help="the floor program; spawn-time and true stand beside it")
    for name in ("nacelle", "crun", "runc"):
        parser.add_argument("--" + name, metavar="PATH", help="the program to measure")
    parser.add_argument("--what", default="default", choices=["default", "memory"],
                        help="default: time of `run` with the default configuration; "
                        "memory: smallest memory.max under which it starts 5 of 5 times")
    parser.add_argument("--runs", type=int, default=150, help="measured runs of each program (150)")
    parser.add_argument("--warmup", type=int, default=15, help="runs before those (15)")
    parser.add_argument("--check", action="store_true",
                        help=f"fail when nacelle takes more than {RATIO_LIMIT} times the floor, or a peer is faster")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in ("floor", "nacelle", "crun", "runc"):
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


def environment_of(options):
    """A peer unpacked from its package finds its libraries beside it, not in /usr/lib."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    if options.crun:
        prefix = os.path.dirname(os.path.dirname(options.crun))
        libraries = os.path.join(prefix, "lib", f"{os.uname().machine}-linux-gnu")
        if prefix != "/usr" and os.path.isdir(libraries):
            environment["LD_LIBRARY_PATH"] = libraries
    return environment


def commands_of(options, folder, bundle_path):
    """Name -> command line of one `run` of each runtime."""
    commands = {}
    for name in ("nacelle", "crun", "runc"):
        program = getattr(options, name)
        if program:
            state = os.path.join(folder, "state-" + name)
            commands[name] = [program, "--root", state, "run", "--bundle", bundle_path, "bench"]
    return commands


def first_failure(command, environment):
    """Runs it once; gives its last error line when it fails."""
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


def measure(options, commands, environment):
    """Name -> list of milliseconds, the programs taking turns."""
    spawner = os.path.join(os.path.dirname(options.floor), "spawn-time")
    line = [spawner, str(options.runs), str(options.warmup)]
    for index, command in enumerate(commands.values()):
        line += (["--"] if index else []) + command
    done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(1)
    times = {name: [] for name in commands}
    names = list(commands)
    for measured in done.stdout.splitlines():
        index, nanoseconds = measured.split()
        times[names[int(index)]].append(int(nanoseconds) / 1e6)
    return times


def print_table(times):
    floor = statistics.median(times["floor"])
    print(f"{'ms':<10}{'median':>9}{'mean':>9}{'min':>9}{'p90':>9}{'x floor':>9}   runs")
    for name, values in times.items():
        p90 = sorted(values)[int(len(values) * 0.9)]
        median = statistics.median(values)
        print(f"{name:<10}{median:>9.2f}{statistics.mean(values):>9.2f}{min(values):>9.2f}{p90:>9.2f}"
              f"{median / floor:>9.2f}   {len(values)}")


def verdict(times):
    """The broken promises, as lines."""
    if "nacelle" not in times:
        return ["nacelle was not measured"]
    medians = {name: statistics.median(values) for name, values in times.items()}
    lines = []
    ratio = medians["nacelle"] / medians["floor"]
    if ratio > RATIO_LIMIT:
        lines.append(f"nacelle takes {ratio:.2f} times the floor, more than {RATIO_LIMIT}")
    lines += [f"{name} is faster than nacelle ({medians[name]:.2f} against {medians['nacelle']:.2f} ms)"
              for name in ("crun", "runc") if name in medians and medians[name] < medians["nacelle"]]
    return lines


def bench_default(options, folder, environment):
    """`run` of a static true. A peer that cannot make the device filter on this machine (crun raises RLIMIT_MEMLOCK
    for it, which needs CAP_SYS_RESOURCE) is compared without the filter, and then so are all."""
    true = os.path.join(os.path.dirname(options.floor), "true")
    path = bundle.make_bundle(os.path.join(folder, "bundle"), true)
    commands = commands_of(options, folder, path)
    floor = [options.floor, path]
    failures = {name: first_failure(command, environment) for name, command in commands.items()}
    failed = {name: problem for name, problem in failures.items() if problem}
    if failed:
        bundle.write_config(path, devices=False)
        for name, problem in failed.items():
            still = first_failure(commands[name], environment)
            if still:
                print(f"{name}: left out: {still}")
                del commands[name]
            else:
                print(f"{name}: cannot run the device rules here ({problem}): all run without a device filter")
                floor = [options.floor, "--no-device-filter", path]
        if len(floor) == 2:
            bundle.write_config(path)
    times = measure(options, {"floor": floor, **commands}, environment)
    print_table(times)
    return verdict(times)


def bench_memory(options, folder, environment):
    """The smallest power-of-two memory.max under which five of five runs succeed."""
    with open("/sys/fs/cgroup/cgroup.controllers") as controllers:
        if "memory" not in controllers.read().split():
            return ["the v2 hierarchy has no memory controller here (run this in the VM)"]
    with open("/sys/fs/cgroup/cgroup.subtree_control", "w") as control:
        control.write("+memory")
    true = os.path.join(os.path.dirname(options.floor), "true")
    path = bundle.make_bundle(os.path.join(folder, "bundle"), true)
    smallest = {}
    for name, command in commands_of(options, folder, path).items():
        for kib in (2 ** exponent for exponent in range(6, 18)):
            bundle.write_config(path, memory=kib * 1024)
            if not any(first_failure(command, environment) for _ in range(5)):
                smallest[name] = kib
                break
        print(f"{name:<10}{smallest.get(name, 'none'):>9} KiB")
    return [f"{name} starts in less memory than nacelle" for name in ("crun", "runc")
            if smallest.get(name, 1 << 20) < smallest.get("nacelle", 1 << 20)]


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
    try:
        subprocess.run(["mount", "-t", "tmpfs", "bench", folder], check=True)
        bench = {"default": bench_default, "memory": bench_memory}[options.what]
        broken = bench(options, folder, environment_of(options))
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
