"""Pods and their containers through the CRI, as the kubelet makes them.

    pod = Pod(containerd, "demo", runtime="nacelle")
    box = pod.container("web", "sleep", "1000", resources={"cpu_quota": 50000, "cpu_period": 100000})
    equal(box.exec("id", "-u").stdout, b"0\\n")

A pod shares the machine's network, unless it says otherwise, and is removed when the test ends. In `security` and
`resources` are fields of the CRI's messages.
"""

import itertools
import json

from .checks import equal, eventually
from .containerd import runtime_under_test
from .cri import CONTAINER, EXITED, NODE
from .image import IMAGE
from .processes import cgroup_of
from .runner import defer, temp_dir

_numbers = itertools.count(1)


class Pod:
    """A running pod sandbox."""

    def __init__(self, containerd, name="pod", runtime=None, security=None, dns=None, **linux):
        self.containerd = containerd
        uid = f"{name}-{next(_numbers)}-{temp_dir().name[-8:]}"
        security = {"namespace_options": {"network": NODE, "pid": CONTAINER}, **(security or {})}
        self.namespaces = security["namespace_options"]
        self.logs = temp_dir()
        self.config = {
            "metadata": {"name": name, "uid": uid, "namespace": "tests"}, "log_directory": str(self.logs),
            "dns_config": dns or {}, "hostname": "" if self.namespaces.get("network") == NODE else name,
            "linux": {"cgroup_parent": f"/tests/{uid}", "security_context": security, **linux}}
        self.id = self.cri.RunPodSandbox(config=self.config, runtime_handler=runtime or runtime_under_test()).pod_sandbox_id
        defer(self.remove)

    @property
    def cri(self):
        """The connection, which is another one after containerd was started anew."""
        return self.containerd.cri

    def container(self, name, *command, start=True, resources=None, security=None, **config):
        """Makes a container of the tests' busybox image, and starts it. In the machine's words: ContainerConfig's."""
        linux = {"resources": resources or {}, "security_context": {"namespace_options": self.namespaces, **(security or {})}}
        made = self.cri.CreateContainer(pod_sandbox_id=self.id, sandbox_config=self.config, config={
            "metadata": {"name": name}, "image": {"image": IMAGE}, "command": command, "log_path": f"{name}.log",
            "linux": linux, **config})
        box = Container(self, name, made.container_id)
        if start:
            box.start()
        return box

    def status(self):
        """PodSandboxStatus."""
        return self.cri.PodSandboxStatus(pod_sandbox_id=self.id).status

    def info(self):
        """What containerd knows of the sandbox: its pid, its runtime's config.json, and more."""
        return json.loads(self.cri.PodSandboxStatus(pod_sandbox_id=self.id, verbose=True).info["info"])

    def shims(self):
        """Process ids of the shims of the sandbox and its containers."""
        containers = self.cri.ListContainers(filter={"pod_sandbox_id": self.id}).containers
        return sorted({pid for word in [self.id, *(box.id for box in containers)] for pid in self.containerd.shims(word)})

    def stop(self):
        """StopPodSandbox, which stops the containers, too."""
        self.cri.StopPodSandbox(pod_sandbox_id=self.id)

    def remove(self):
        """Stops and removes all; nothing, when it was done before."""
        if self.id:
            self.stop()
            self.cri.RemovePodSandbox(pod_sandbox_id=self.id)
            self.id = None


class Container:
    """A container of a pod."""

    def __init__(self, pod, name, id):
        self.pod, self.name, self.id = pod, name, id

    @property
    def cri(self):
        """See Pod."""
        return self.pod.cri

    def start(self):
        """StartContainer."""
        self.cri.StartContainer(container_id=self.id)

    def exec(self, *command, timeout=0):
        """ExecSync: stdout, stderr, exit_code."""
        return self.cri.ExecSync(container_id=self.id, cmd=command, timeout=timeout)

    def says(self, *command):
        """The output of a command in it, which must succeed, without the last newline."""
        done = self.exec(*command)
        equal(done.exit_code, 0, f"exit code of {command} ({done.stderr.decode()})")
        return done.stdout.decode().removesuffix("\n")

    def status(self):
        """ContainerStatus."""
        return self.cri.ContainerStatus(container_id=self.id).status

    def info(self):
        """What containerd knows of it: its pid, its config.json as runtimeSpec, and more."""
        return json.loads(self.cri.ContainerStatus(container_id=self.id, verbose=True).info["info"])

    def pid(self):
        """Of its first process."""
        return self.info()["pid"]

    def cgroup(self):
        """The folder of its cgroup."""
        return cgroup_of(self.pid())

    def wait(self, timeout=30):
        """Its status, once it has exited."""
        eventually(lambda: self.status().state == EXITED, timeout=timeout, interval=0.2)
        return self.status()

    def log(self):
        """Its log: (stream, tag and text) of each line; the tag is F of a full line, P of a part of one."""
        lines = (self.pod.logs / f"{self.name}.log").read_text().splitlines()
        return [tuple(line.split(" ", 2)[1:]) for line in lines]

    def stop(self, timeout=0):
        """StopContainer: SIGTERM, and SIGKILL after the timeout."""
        self.cri.StopContainer(container_id=self.id, timeout=timeout)

    def remove(self):
        """RemoveContainer."""
        self.cri.RemoveContainer(container_id=self.id)
