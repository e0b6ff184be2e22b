"""A pod whose supervisor and pause are killed again and again, as seen from outside: who there is, and what a killed one has left."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile

from .pods import SLEEP, Node, cgroups_of, host_folder, mounted, pod, shell, volume
from .processes import alive

MOUNTS = [mounted("host", "/host"), mounted("own", "/own")]
NOTE = "echo {} >>/host/starts; "
PROC = pathlib.Path("/proc")
# An object for which whatever has lost its supervisor is looked after again.
EMPTY = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "empty"}})


class StruckPod:
    """A node with one pod, web: a step, a sidecar and two containers, which write down their starts in a folder of the host."""

    def __init__(self, chance):
        self.chance, self.node, self.folder = chance, Node(), host_folder()
        self.image, self.memory = "busybox:1.28", "32Mi"
        self.uid = ""
        self.begun = []  # commands that run beside
        self.killed = []  # processes
        (self.folder / "starts").touch()

    def manifest(self):
        step, sidecar, first = (shell(NOTE.format(name) + script, name=name, image="busybox:1.28", volumeMounts=MOUNTS) for
                                name, script in (("step", ""), ("log", SLEEP), ("a", "touch /own/kept; " + SLEEP)))
        sidecar["restartPolicy"] = "Always"
        first["image"] = self.image
        first["resources"] = {"requests": {"memory": self.memory}}
        second = shell(SLEEP, name="b", resources=first["resources"],
                       resizePolicy=[{"resourceName": "memory", "restartPolicy": "RestartContainer"}])
        return pod("web", first, second, initContainers=[step, sidecar],
                   volumes=[volume("host", hostPath={"path": str(self.folder)}), volume("own", emptyDir={})])

    def begin(self, *words, stdin=""):
        """Has nacelle-kube do something beside; whoever it asks may be killed meanwhile, so it may well fail."""
        given = tempfile.TemporaryFile()
        given.write(stdin.encode())
        given.seek(0)
        self.begun.append(subprocess.Popen([str(word) for word in (*self.node.words, *words)], stdin=given,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def wait(self):
        while self.begun:
            self.begun.pop().wait(60)

    def supervisors(self):
        """The processes that look after pods of this node, among them one that has not said so yet; not their children."""
        found = {}
        for process in PROC.glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "supervise" in words and str(self.node.folder) in words:
                found[int(process.name)] = parent_of(process.name)
        return [pid for pid, parent in found.items() if parent not in found]

    def pauses(self):
        return [pid for pid, name in self.processes() if name == "pause"]

    def processes(self):
        """Pid and name of all that is in a cgroup of the pod."""
        found = []
        for top in cgroups_of(f"pod{self.uid or '-'}"):
            for folder in (top, *(path for path in pathlib.Path(top).iterdir() if path.is_dir())):
                found += names_of(folder)
        return found

    def kill(self, victim):
        self.kill_all(self.supervisors() if victim == "supervisor" else self.pauses())

    def kill_all(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.killed.append(pid)

    def buried(self):
        """Whether somebody has heard of the end of all that were killed."""
        # A zombie of init's is nobody's; one of the supervisor's has not been heard of yet.
        self.killed = [pid for pid in self.killed if alive(pid) or parent_of(pid) in self.supervisors()]
        return not self.killed

    def find_uid(self):
        pods = self.node.pods()
        self.uid = pods[0]["metadata"]["uid"] if pods else ""
        self.node.uids |= {self.uid} - {""}


def parent_of(pid):
    """The process's parent; None when it has gone."""
    try:
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def names_of(cgroup):
    """Pid and name of the processes in a cgroup."""
    found = []
    try:
        for pid in (pathlib.Path(cgroup) / "cgroup.procs").read_text().split():
            found.append((int(pid), (PROC / pid / "comm").read_text().strip()))
    except OSError:
        pass  # it has just ended
    return found


def firsts_of(cgroup):
    """The names of those among them whose parent is elsewhere: what was put there."""
    found = names_of(cgroup)
    return [name for pid, name in found if parent_of(pid) not in {None, *(other for other, _ in found)}]
