#!/usr/bin/env python3
"""Looks at the kernel on behalf of demo.sh, which gives a pod's JSON on stdin.

  containers        the names of the pod's containers
  uids              the uids of a list of pods
  enforced          what is in force for each running container, against what its manifest asks; exit code 1 if it differs
  leftovers DIR UID...  whatever is still there of pods with these uids, or below DIR but images; exit code 1 if anything is
"""
import json
import os
import pathlib
import re
import sys

SUFFIXES = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
            "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}


def hierarchy():
    for line in open("/proc/self/mountinfo"):
        if " - cgroup2 " in line:
            return pathlib.Path(line.split()[4])
    sys.exit("demo: there is no cgroup v2 hierarchy")


def quantity(text):
    number, suffix = re.fullmatch(r"([0-9.]+(?:[eE][0-9]+)?)([A-Za-z]*)", text).groups()
    return float(number) * SUFFIXES[suffix]


def status_of(pid):
    return dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


class Report:
    """Lines of what is in force, each held against what was asked."""

    def __init__(self):
        self.good = True

    def line(self, name, value, asked=None):
        verdict = ""
        if asked is not None:
            verdict = "as asked" if value == asked else f"NOT AS ASKED: {asked}"
            self.good = self.good and value == asked
        print(f"  {name:<16} {value:<44} {verdict}".rstrip())


def check_limits(report, cgroup, limits):
    def read(name):
        path = cgroup / name
        return path.read_text().strip() if path.exists() else "no such controller here"

    memory, cpu = limits.get("memory"), limits.get("cpu")
    report.line("memory.max", read("memory.max"), str(int(quantity(memory))) if memory else None)
    report.line("cpu.max", read("cpu.max"), f"{int(quantity(cpu) * 100000)} 100000" if cpu else None)


def check_identity(report, status, pod, own):
    uid = own.get("runAsUser", pod.get("runAsUser"))
    gid = own.get("runAsGroup", pod.get("runAsGroup"))
    report.line("uid", status["Uid"].split()[0], None if uid is None else str(uid))
    report.line("gid", status["Gid"].split()[0], None if gid is None else str(gid))
    groups = set(pod.get("supplementalGroups", [])) | ({pod["fsGroup"]} if "fsGroup" in pod else set())
    present = sorted(int(group) for group in status["Groups"].split())
    missing = groups - set(present)
    shown = " ".join(map(str, present))
    report.line("groups", shown, None if not groups else f"{shown} and {sorted(missing)}" if missing else shown)
    dropped = "ALL" in own.get("capabilities", {}).get("drop", []) and not own["capabilities"].get("add")
    report.line("capabilities", status["CapBnd"].strip(), "0" * 16 if dropped else None)
    no_privileges = own.get("allowPrivilegeEscalation") is False
    report.line("no_new_privs", status["NoNewPrivs"].strip(), "1" if no_privileges else None)


def check_root(report, pid, own):
    root = next(line for line in open(f"/proc/{pid}/mountinfo") if line.split()[4] == "/")
    options = root.split()[5].split(",")
    report.line("root", "ro" if "ro" in options else "rw", "ro" if own.get("readOnlyRootFilesystem") else None)


def namespaces_of(pid):
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in ("mnt", "pid", "net", "ipc", "uts", "cgroup")}


def check_namespaces(report, spaces, first, spec):
    host = namespaces_of("self")
    own = [name for name in spaces if spaces[name] != host[name]]
    pod_wide = [name for name in spaces if spaces[name] == first[name] and spaces[name] != host[name]] if spaces is not first else []
    expected = ["mnt", "pid", "net", "ipc", "uts", "cgroup"]
    if spec.get("hostNetwork"):
        expected = ["mnt", "pid", "ipc", "cgroup"]
    report.line("namespaces", " ".join(own), " ".join(expected))
    if spaces is not first:
        shared = [name for name in expected if name in ("net", "ipc", "uts") or (name == "pid" and spec.get("shareProcessNamespace"))]
        report.line("shared in pod", " ".join(pod_wide), " ".join(shared))


def enforced(pod):
    report, first = Report(), None
    mount = hierarchy()
    limits = {container["name"]: container for container in pod["spec"]["containers"]}
    for status in pod["status"].get("containerStatuses", []):
        if "running" not in status["state"]:
            for name in ("state", "lastState"):
                print(f"container {status['name']}: {name}: {json.dumps(status[name])}")
            continue
        identity = status["containerID"].removeprefix("nacelle://")
        cgroup = next(mount.glob(f"kubepods/**/{identity}"))
        pid = int((cgroup / "cgroup.procs").read_text().split()[0])
        container = limits[status["name"]]
        own = container.get("securityContext", {})
        print(f"container {status['name']}: pid {pid}, {cgroup}")
        check_limits(report, cgroup, container.get("resources", {}).get("limits", {}))
        check_identity(report, status_of(pid), pod["spec"].get("securityContext", {}), own)
        check_root(report, pid, own)
        spaces = namespaces_of(pid)
        first = first or spaces
        check_namespaces(report, spaces, first, pod["spec"])
    return report.good


def leftovers(place, uids):
    found = []
    for uid in uids:
        found += [str(path) for path in hierarchy().glob(f"kubepods/**/*{uid}*")]
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if uid in (process / "cgroup").read_text() or place in (process / "cmdline").read_bytes().decode(errors="replace").split("\0"):
                    found.append(f"process {process.name}")
            except OSError:
                continue  # it has just ended
    found += [line.split()[4] for line in open("/proc/self/mountinfo") if f" {place}" in line]
    found += [str(path) for part in ("pods", "data", "logs") for path in pathlib.Path(place, part).glob("*")]
    # This very check, and the shells that lead to it.
    ours = {f"process {pid}" for pid in ancestors()}
    found = [entry for entry in found if entry not in ours]
    print("\n".join(found), end="\n" if found else "")
    return not found


def ancestors():
    pid = os.getpid()
    while pid > 0:
        yield pid
        pid = int(re.search(r"^PPid:\t(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1))


def main():
    command = sys.argv[1]
    if command == "leftovers":
        sys.exit(0 if leftovers(sys.argv[2], sys.argv[3:]) else 1)
    given = json.load(sys.stdin)
    if command == "containers":
        print(" ".join(container["name"] for container in given["spec"]["containers"]))
    elif command == "uids":
        print(" ".join(pod["metadata"]["uid"] for pod in given["items"]))
    elif command == "enforced":
        sys.exit(0 if enforced(given) else 1)


main()
