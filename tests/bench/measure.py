"""Times programs side by side, and says how they compare."""
import os
import statistics
import subprocess
import sys
import tempfile

RUNTIMES = ("nacelle", "crun", "runc")


def environment_of(options):
    """A peer unpacked from its package finds its libraries beside it, not in /usr/lib."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    if options.crun:
        prefix = os.path.dirname(os.path.dirname(options.crun))
        libraries = os.path.join(prefix, "lib", f"{os.uname().machine}-linux-gnu")
        if prefix != "/usr" and os.path.isdir(libraries):
            environment["LD_LIBRARY_PATH"] = libraries
    return environment


class Runtimes:
    """The runtimes that were given, each with a state folder of its own."""

    def __init__(self, options, folder):
        self.environment = environment_of(options)
        self.words = {name: [getattr(options, name), "--root", os.path.join(folder, "state-" + name)]
                      for name in RUNTIMES if getattr(options, name)}

    def commands(self, *words):
        """Name -> command line, the same for all."""
        return {name: [*own, *words] for name, own in self.words.items()}

    def first_failure(self, command):
        """Runs it once; gives its last error line when it fails."""
        with tempfile.TemporaryFile("w+") as said:  # no pipe: a container in the background would hold it open
            done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=said)
            said.seek(0)
            lines = said.read().strip().splitlines()
        return (lines or [f"exit code {done.returncode}"])[-1] if done.returncode else None

    def settle_devices(self, bundle, prove):
        """Where a peer cannot make the device filter (crun raises RLIMIT_MEMLOCK for it, which needs CAP_SYS_RESOURCE), the
        rules are left out of the bundle. nacelle and runc then make the default filter, as the floor does; crun makes none.
        `prove` is the command line that must work; a peer that still fails is left out."""
        failed = {name: self.first_failure(command) for name, command in self.commands(*prove).items()}
        failed = {name: problem for name, problem in failed.items() if problem}
        if not failed:
            return
        bundle.config["linux"]["resources"].pop("devices", None)
        bundle.write()
        for name, problem in failed.items():
            still = self.first_failure(self.commands(*prove)[name])
            if still:
                print(f"{name}: left out: {still}")
                del self.words[name]
            else:
                print(f"{name}: runs without the device filter that the others make: {problem}")


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


def print_table(title, times, base):
    """All figures, and how many times the base each median is."""
    unit = statistics.median(times[base])
    print(f"{title + ', ms':<26}{'median':>9}{'mean':>9}{'min':>9}{'p90':>9}{'x ' + base:>11}   runs")
    for name, values in times.items():
        p90 = sorted(values)[int(len(values) * 0.9)]
        median = statistics.median(values)
        print(f"{name:<26}{median:>9.2f}{statistics.mean(values):>9.2f}{min(values):>9.2f}{p90:>9.2f}"
              f"{median / unit:>11.2f}   {len(values)}")


def ratio(times, name, base):
    """How many times the base's median the other's is; None when one was not measured."""
    if name not in times or base not in times:
        return None
    return statistics.median(times[name]) / statistics.median(times[base])
