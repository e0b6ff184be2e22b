"""Looking at processes from outside: who runs, and how much memory and processor it takes."""

import os
import pathlib
import signal


def alive(pid):
    """Whether the process exists and is no zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def end(pid):
    """Kills a process, which may have ended by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def name_of(pid):
    """The name of its program, of at most 15 letters; empty when it has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def command_lines():
    """{process id: command line} of all processes that have one."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="backslashreplace").strip()
        except OSError:
            continue
        if line:
            found[int(folder.name)] = line
    return found


def memory(pid):
    """What smaps_rollup says of a process, in KiB: {"Pss": ..., "Private_Dirty": ..., ...}."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def cgroup_of(pid):
    """The folder of the process's cgroup."""
    return pathlib.Path("/sys/fs/cgroup" + pathlib.Path(f"/proc/{pid}/cgroup").read_text().partition("::")[2].strip())


def lateness(times):
    """How far each of these times (s) is from its second, sorted; the seconds are counted so that they fit best."""
    fits = [sorted(abs(at - base - round(at - base)) for at in times) for base in times]
    return min(fits, key=lambda late: late[len(late) // 2])


def processor_time(pids):
    """Seconds that the processes and their children that have ended have used together."""
    fields = [pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(sum(map(int, one[11:15])) for one in fields) / os.sysconf("SC_CLK_TCK")
