"""Pods under test: a node of its own below one temporary folder, with the images of tests/images."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from .checks import equal, eventually, that
from .command import sh
from .processes import alive, name_of
from .runner import defer, skip, temp_dir
from .where import binary, build, cache, repo

# A container that goes on until it is told to end.
SLEEP = "trap 'exit 0' TERM; while true; do sleep 1 & wait $!; done"
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.40"

_images = None
_has_servers = False


def images():
    """The folder of an image store with busybox, polinux/stress, vish/stress, agnhost and quay.io/crio/artifact:v1. Made once for each test file."""
    global _images
    if _images is None:
        # Not in /tmp alone: overlayfs wants a file system that can carry an upper layer.
        _images = tempfile.TemporaryDirectory(prefix="nacelle-images-", dir="/var/tmp")
        words = []
        for name in ("agnhost", "burn"):
            program = build() / "tests/images" / name
            words += [f"--{name}", str(program)] if program.exists() else []
        _import("archives", *words)
    return f"{_images.name}/store"


def add_servers():
    """Adds nginx, redis and etcd to the store, of Debian's packages, which `./dev test` has put into the cache. Skips the test if
    they are not there."""
    global _has_servers
    images()
    if not (cache() / "debs.complete").exists():
        skip("the packages of nginx, redis and etcd are not in the cache (hint: ./dev test integration)")
    if not _has_servers:
        _import("servers", "--debs", str(cache() / "debs"))
        _has_servers = True


def stand_in(*names):
    """Has a server that does nothing serve for these images, where only their names are wanted."""
    images()
    for name in names:
        sh(binary("nacelle-kube"), "--image-root", f"{_images.name}/store", "image", "import", f"{_images.name}/archives/hello.tar", name).ok()


def example(name):
    """A manifest of examples/, most of which are as the pages of Kubernetes print them."""
    return (repo / f"examples/{name}.yaml").read_text()


def _import(folder, *words):
    """Builds images into a folder beside the store, and imports them."""
    archives = pathlib.Path(_images.name, folder)
    subprocess.run([sys.executable, repo / "tests/images/build.py", *words, archives], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    for archive in sorted(archives.glob("*.tar")):
        sh(binary("nacelle-kube"), "--image-root", f"{_images.name}/store", "image", "import", archive).ok()


class Node:
    """A place for pods. When the test ends they are deleted, and it fails if anything of them is left."""

    def __init__(self, with_images=True, program=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nacelle-node-", dir="/var/tmp"))
        self.words = [program or binary("nacelle-kube"), "--root", self.folder]
        if with_images:
            self.words += ["--image-root", images()]
        self.uids = set()
        defer(self._end)

    def kube(self, *words, **options):
        """Runs nacelle-kube and gives the Outcome."""
        return sh(*self.words, *words, **options)

    def apply(self, manifest, *words):
        """Applies a manifest: a path, or its text."""
        if isinstance(manifest, pathlib.Path):
            outcome = self.kube("apply", "-f", manifest, *words)
        else:
            outcome = self.kube("apply", "-f", "-", *words, stdin=manifest)
        self.uids |= {pod["metadata"]["uid"] for pod in self.pods()}
        return outcome

    def pods(self):
        """All pods, as the API has them."""
        return json.loads(self.kube("get", "pods", "-A", "-o", "json").ok().out)["items"]

    def pod(self, name, namespace="default"):
        """One pod, as the API has it."""
        return json.loads(self.kube("get", "pod", name, "-n", namespace, "-o", "json").ok().out)

    def status(self, name, container=0, namespace="default"):
        """The status of one of its containers."""
        statuses = self.pod(name, namespace)["status"].get("containerStatuses", [])
        that(statuses, f"the pod {name} has no container yet")
        return statuses[container]

    def ready(self, name, namespace="default", timeout=60):
        """Waits until the pod is ready."""
        self.kube("wait", "--for=condition=Ready", f"--timeout={timeout * 6}s", "-n", namespace, f"pod/{name}",
                  timeout=timeout).ok()

    def supervisor(self, name, namespace="default"):
        """The pid of the pod's supervisor."""
        return int((self.folder / "pods" / f"{namespace}_{name}" / "supervisor").read_text().split()[0])

    def cgroup(self, name, container=0, namespace="default"):
        """The folder of a container's cgroup."""
        identity = self.status(name, container, namespace)["containerID"].removeprefix("nacelle://")
        return pathlib.Path(cgroups_of(identity)[0])

    def leftovers(self):
        """Whatever is there of pods that have been applied here."""
        found = [str(path) for part in ("pods", "data", "logs") for path in (self.folder / part).glob("*")]
        for uid in self.uids:
            found += cgroups_of(uid)
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if any(uid in (process / "cgroup").read_text() for uid in self.uids):
                    found.append(f"process {process.name}: {(process / 'cmdline').read_bytes()!r}")
            except OSError:
                continue  # it has just ended
        found += [line for line in open("/proc/self/mountinfo") if str(self.folder) in line]
        return found

    def nothing_left(self):
        """Fails if anything is left. Dead processes whose parent is init may take a moment to be reaped."""
        eventually(lambda: equal(self.leftovers(), []))

    def _end(self):
        for pod in self.pods():
            self.kube("delete", "pod", pod["metadata"]["name"], "-n", pod["metadata"]["namespace"], "--force")
        self.nothing_left()
        sh("rm", "-rf", self.folder).ok()


def hierarchy():
    """Where cgroup v2 is mounted."""
    for line in open("/proc/self/mountinfo"):
        if " - cgroup2 " in line:
            return pathlib.Path(line.split()[4])
    raise AssertionError("no cgroup v2 hierarchy")


def lose(node, name):
    """Kills the pod's supervisor, and waits until that is seen."""
    os.kill(node.supervisor(name), signal.SIGKILL)
    eventually(lambda: equal(node.pod(name)["status"]["phase"], "Unknown"))


def value(cgroup, file):
    """What one of a cgroup's files says."""
    return (cgroup / file).read_text().strip()


def cgroups_of(name):
    """The cgroups of pods whose name has this in it. Others come and go meanwhile, which os.walk does not mind."""
    return [os.path.join(at, folder) for at, folders, _ in os.walk(hierarchy() / "kubepods") for folder in folders
            if name in folder]


def pod(name, *containers, **spec):
    """The text of a manifest: containers as dicts, named c0, c1 … unless they have a name, of busybox unless they say more."""
    for number, container in enumerate(containers):
        container.setdefault("name", f"c{number}")
        container.setdefault("image", "busybox:1.28")
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"terminationGracePeriodSeconds": 1, **spec, "containers": list(containers)}}
    return json.dumps(document)


def shell(script, **more):
    """A container that runs a shell script."""
    return {"command": ["sh", "-c", script], **more}


def host_folder():
    """A folder of the host that everybody can look into."""
    folder = temp_dir()
    folder.chmod(0o755)
    return folder


def volume(name, **source):
    """A volume of a pod."""
    return {"name": name, **source}


def mounted(name, path, **more):
    """A mount of a container."""
    return {"name": name, "mountPath": path, **more}


def run_to_end(node, name, script, *mounts, **spec):
    """Runs a pod of one container to its end and gives what it said."""
    node.apply(pod(name, shell(script, volumeMounts=list(mounts)), restartPolicy="Never", **spec)).ok()
    eventually(lambda: node.pod(name)["status"]["phase"] in ("Succeeded", "Failed"))
    return node.kube("logs", name).ok().out


def finish(node, name):
    """Runs a pod to its end, until not even its supervisor is there any more."""
    node.apply(pod(name, shell("true"), restartPolicy="Never")).ok()
    eventually(lambda: equal(node.pod(name)["status"]["phase"], "Succeeded"))
    eventually(lambda: that(not alive(node.supervisor(name)), "its supervisor goes on"))


def row(node, name):
    """The pod's READY, STATUS and RESTARTS, as `get` shows them."""
    return node.kube("get", "pod", name, "--no-headers").ok().out.split()[1:4]


def condition(node, name, kind):
    """One of the pod's conditions; None if it has not got it."""
    return next((one for one in node.pod(name)["status"]["conditions"] if one["type"] == kind), None)


def events(node, name):
    """What has happened to a pod, as `events` shows it."""
    return node.kube("events", "--for", f"pod/{name}").ok().out


def event_counts(node, name):
    """The same as (reason, message), the oldest first, with how often each was seen."""
    found = json.loads(node.kube("events", "--for", f"pod/{name}", "-o", "json").ok().out)["items"]
    return {(event["reason"], event["message"].strip()): event["count"] for event in found}


def pid(node, name, container=0):
    """The first process of a container, as the host numbers it."""
    return int((node.cgroup(name, container) / "cgroup.procs").read_text().split()[0])


def pause_pid(node, name):
    """What holds the pod's sandbox. A LookupError if there is nothing at this moment."""
    supervisor = node.supervisor(name)
    children = pathlib.Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return [int(child) for child in children if name_of(child) == "pause"][0]
