"""seLinuxOptions of pods on a kernel with SELinux."""

import json
import os
import pathlib
import shutil
import tempfile

from harness import contains, defer, equal, eventually, run, sh, test
from harness.pods import SLEEP, Node, host_folder, mounted, pod, shell, volume
from harness.selinux import file_type

# A type that the policy of the machine lets a process take without more.
OPTIONS = {"user": "system_u", "role": "system_r", "type": "unconfined_t", "level": "s0:c123,c456"}


def label_of(path):
    return sh("stat", "-c", "%C", path).ok().out.strip()


@test("the process has the label, the container's over the pod's; volumes, /etc files and shared memory get its level", timeout=240)
def labels():
    file_type("system_u:object_r:tmp_t:s0")
    node = Node()
    mounts = [{"name": "disk", "mountPath": "/disk"}, {"name": "memory", "mountPath": "/memory"}]
    other = {**OPTIONS, "level": "s0:c1,c2"}
    node.apply(pod("web", shell(SLEEP, volumeMounts=mounts),
                   shell(SLEEP, securityContext={"seLinuxOptions": other}),
                   volumes=[{"name": "disk", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}}],
                   securityContext={"seLinuxOptions": OPTIONS})).ok()
    node.ready("web", timeout=120)
    for container, level in (("c0", "s0:c123,c456"), ("c1", "s0:c1,c2")):
        said = node.kube("exec", "web", "-c", container, "--", "cat", "/proc/1/attr/current").ok().out.strip("\n\0")
        equal(said, f"system_u:system_r:unconfined_t:{level}")
    pid = (node.cgroup("web") / "cgroup.procs").read_text().split()[0]
    for path in ("", "bin", "disk", "memory", "dev", "dev/termination-log"):
        equal(label_of(f"/proc/{pid}/root/{path}"), "system_u:object_r:tmp_t:s0:c123,c456", path)
    data = next((node.folder / "data").glob("default_web_*"))
    for path in ("volumes/disk", "etc/hosts"):
        equal(label_of(data / path), "system_u:object_r:tmp_t:s0:c123,c456", path)


@test("a claim's files get the level where it is bound to a local volume, but not where to a hostPath, or when it is read-only", timeout=240)
def claims():
    file_type("system_u:object_r:tmp_t:s0")
    node, folders = Node(), {name: host_folder() for name in ("local", "host", "kept")}
    before = label_of(folders["kept"])
    here = {"required": {"nodeSelectorTerms": [{"matchExpressions": [
        {"key": "kubernetes.io/hostname", "operator": "In", "values": [os.uname().nodename]}]}]}}
    for name, folder in folders.items():
        (folder / "file").touch()
        source = {"hostPath": {"path": str(folder)}} if name == "host" else {"local": {"path": str(folder)}, "nodeAffinity": here}
        spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": name}
        for kind, more in (("PersistentVolume", {"capacity": {"storage": "1Gi"}, **source}),
                           ("PersistentVolumeClaim", {"resources": {"requests": {"storage": "1Gi"}}})):
            node.apply(json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "spec": {**spec, **more}})).ok()
    node.apply(pod("web", shell(SLEEP, volumeMounts=[mounted(name, f"/{name}") for name in folders]), volumes=[
        volume(name, persistentVolumeClaim={"claimName": name, "readOnly": name == "kept"}) for name in folders],
        securityContext={"seLinuxOptions": OPTIONS})).ok()
    node.ready("web", timeout=120)
    wanted = "system_u:object_r:tmp_t:s0:c123,c456"
    equal({name: (label_of(folder), label_of(folder / "file")) for name, folder in folders.items()},
          {"local": (wanted, wanted), "host": (before, before), "kept": (before, before)})


@test("where no overlay can be mounted, the copies of images have the level, too: a container's root and an image volume", timeout=240)
def copies():
    file_type("system_u:object_r:tmp_t:s0")
    # The machine's own root is an overlay, and overlayfs takes none as its upper layer.
    data = pathlib.Path(tempfile.mkdtemp(dir="/srv"))
    defer(shutil.rmtree, data)
    node = Node()
    node.words += ["--data-root", data]
    node.apply(pod("web", shell(SLEEP, volumeMounts=[{"name": "art", "mountPath": "/art"}]),
                   volumes=[{"name": "art", "image": {"reference": "quay.io/crio/artifact:v1"}}],
                   securityContext={"seLinuxOptions": OPTIONS})).ok()
    node.ready("web", timeout=120)
    made = next(data.glob("default_web_*"))
    for path in ("containers/c0/rootfs/bin", "images/art/rootfs/dir/file"):
        equal(label_of(made / path), "system_u:object_r:tmp_t:s0:c123,c456", path)


@test("a label that the policy does not know is the container's error", timeout=120)
def unknown():
    node = Node()
    node.apply(pod("web", shell(SLEEP, securityContext={"seLinuxOptions": {"type": "nosuch_t"}}))).ok()
    eventually(lambda: equal(node.status("web")["state"]["waiting"]["reason"], "CreateContainerError"))
    contains(node.status("web")["state"]["waiting"]["message"],
             "seLinuxOptions: process.selinuxLabel: the loaded policy has no label 'system_u:system_r:nosuch_t:s0'")


run()
