"""Persistent volumes and their claims: binding, what pods see, what protects them, and what becomes of them."""

import json
import os
import pathlib
import shutil

from harness import contains, equal, eventually, matches, run, test, that

from harness.pods import SLEEP, Node, events, example, host_folder, pod, shell


def volume(name, path, size="1Gi", modes=("ReadWriteOnce",), annotations=None, **spec):
    source = {"hostPath": {"path": str(path)}}
    if spec.pop("local", False):
        source = {"local": {"path": str(path)}, "nodeAffinity": here()}
    return json.dumps({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name, "annotations": annotations or {}},
                       "spec": {"capacity": {"storage": size}, "accessModes": list(modes), "storageClassName": "manual",
                                **source, **spec}})


def here(name=None):
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [name or os.uname().nodename]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def claim(name, size="1Gi", modes=("ReadWriteOnce",), **spec):
    return json.dumps({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
                       "spec": {"storageClassName": "manual", "accessModes": list(modes),
                                "resources": {"requests": {"storage": size}}, **spec}})


def user(name, claim_name, script=SLEEP, container=None, **spec):
    """A pod that mounts the claim at /data."""
    return pod(name, shell(script, volumeMounts=[{"name": "v", "mountPath": "/data"}], **(container or {})),
               volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": claim_name}}], **spec)


def get(node, kind, name, path):
    return node.kube("get", kind, name, "-o", f"jsonpath={path}").ok().out


@test("the page: a volume, a claim, a pod that serves index.html, and the three are deleted again")
def page():
    node, folder = Node(), host_folder()
    (folder / "index.html").write_text("Hello from Kubernetes storage\n")
    equal(node.apply(example("pv-volume").replace("/mnt/data", str(folder))).ok().out, "persistentvolume/task-pv-volume created\n")
    matches(node.kube("get", "pv", "task-pv-volume").ok().out, r"(?m)^task-pv-volume +10Gi +RWO +Retain +Available +manual ")
    equal(node.apply(example("pv-claim")).ok().out, "persistentvolumeclaim/task-pv-claim created\n")
    matches(node.kube("get", "pv", "task-pv-volume").ok().out,
            r"(?m)^task-pv-volume +10Gi +RWO +Retain +Bound +default/task-pv-claim +manual ")
    matches(node.kube("get", "pvc", "task-pv-claim").ok().out, r"(?m)^task-pv-claim +Bound +task-pv-volume +10Gi +RWO +manual ")
    # The image of this name is not on every machine: busybox serves the page as well.
    text = example("pv-pod").replace("image: nginx", 'image: busybox:1.28\n      command: [httpd, -f, -p, "80", -h, /usr/share/nginx/html]')
    node.apply(text).ok()
    node.ready("task-pv-pod")
    eventually(lambda: equal(node.kube("exec", "task-pv-pod", "--", "wget", "-q", "-O", "-", "http://127.0.0.1/index.html").out,
                             "Hello from Kubernetes storage\n"))
    node.kube("delete", "pod", "task-pv-pod", "--now").ok()
    equal(node.kube("delete", "pvc", "task-pv-claim").ok().out, 'persistentvolumeclaim "task-pv-claim" deleted\n')
    equal(get(node, "pv", "task-pv-volume", "{.status.phase}"), "Released")
    equal(node.kube("delete", "pv", "task-pv-volume").ok().out, 'persistentvolume "task-pv-volume" deleted\n')
    that((folder / "index.html").exists(), "Retain did not keep the file")


@test("a pod waits for its claim, in the scheduler's words, and starts when it is bound")
def waits():
    node, folder = Node(), host_folder()
    node.apply(user("web", "c", "echo hi >/data/hi; " + SLEEP)).ok()
    eventually(lambda: contains(events(node, "web"), '0/1 nodes are available: persistentvolumeclaim "c" not found.'))
    matches(node.kube("get", "pods").ok().out, r"(?m)^web +0/1 +Pending +0 ")
    node.apply(claim("c")).ok()
    equal(get(node, "pvc", "c", "{.status.phase}"), "Pending")
    eventually(lambda: contains(events(node, "web"), "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."))
    node.apply(volume("v", folder)).ok()
    equal(get(node, "pvc", "c", "{.status.phase} {.spec.volumeName}"), "Bound v")
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Running"))
    eventually(lambda: equal((folder / "hi").read_text(), "hi\n"))


@test("pv.beta.kubernetes.io/gid is a group of every container's process")
def group_of_volume():
    node, folder = Node(), host_folder()
    node.apply(volume("v", folder, annotations={"pv.beta.kubernetes.io/gid": "1234"})).ok()
    node.apply(claim("c")).ok()
    node.apply(user("web", "c", container={"securityContext": {"runAsUser": 1000, "runAsGroup": 3000}})).ok()
    node.ready("web")
    equal(sorted(node.kube("exec", "web", "--", "id", "-G").ok().out.split()), ["1234", "3000"])


@test("a claim in use is Terminating until its pod is gone; a bound volume until its claim is")
def protection():
    node, folder = Node(), host_folder()
    node.apply(volume("v", folder)).ok()
    node.apply(claim("c")).ok()
    node.apply(user("web", "c")).ok()
    node.ready("web")
    node.kube("delete", "pv", "v", "--wait=false").ok()
    contains(node.kube("delete", "pvc", "c", "--timeout=1s").exits(1).err, "timed out waiting")
    matches(node.kube("get", "pvc", "c").ok().out, r"(?m)^c +Terminating +v ")
    equal(get(node, "pv", "v", "{.status.phase}"), "Bound")
    node.apply(user("late", "c")).ok()
    eventually(lambda: contains(events(node, "late"), 'persistentvolumeclaim "c" is being deleted'))
    node.kube("delete", "pod", "web", "--now").ok()
    contains(node.kube("get", "pvc", "c").exits(1).err, "not found")
    contains(node.kube("get", "pv", "v").exits(1).err, "not found")


@test("a pod that has run to its end does not hold its claim")
def finished():
    node, folder = Node(), host_folder()
    node.apply(volume("v", folder)).ok()
    node.apply(claim("c")).ok()
    node.apply(user("job", "c", "true", restartPolicy="Never")).ok()
    eventually(lambda: equal(node.pod("job")["status"]["phase"], "Succeeded"))
    node.kube("delete", "pvc", "c", "--timeout=60s").ok()


@test("ReadWriteOncePod: of two pods applied at once one runs, the other waits for it")
def one_pod():
    node, folder = Node(), host_folder()
    node.apply(volume("v", folder, modes=["ReadWriteOncePod"])).ok()
    node.apply(claim("c", modes=["ReadWriteOncePod"])).ok()
    node.apply(user("a", "c") + "\n---\n" + user("b", "c")).ok()
    phases = lambda: sorted(node.pod(name)["status"]["phase"] for name in "ab")
    eventually(lambda: equal(phases(), ["Pending", "Running"]))
    running = next(name for name in "ab" if node.pod(name)["status"]["phase"] == "Running")
    other = "b" if running == "a" else "a"
    eventually(lambda: contains(events(node, other), "1 node has pod using PersistentVolumeClaim with the same name and "
                                "ReadWriteOncePod access mode."))
    node.kube("delete", "pod", running, "--now").ok()
    eventually(lambda: equal(node.pod(other)["status"]["phase"], "Running"))


@test("policy Delete: what is below /tmp goes with the claim, anything else makes the volume Failed")
def reclaimed():
    node, folder = Node(), host_folder()
    kept = pathlib.Path(f"/var/tmp/nacelle-kept-{os.getpid()}")
    kept.mkdir()
    try:
        (folder / "gone/deep").mkdir(parents=True)
        node.apply(volume("v", folder / "gone", persistentVolumeReclaimPolicy="Delete")).ok()
        node.apply(claim("c")).ok()
        node.kube("delete", "pvc", "c").ok()
        contains(node.kube("get", "pv", "v").exits(1).err, "not found")
        that(not (folder / "gone").exists() and folder.exists(), "not just the volume was removed")
        node.apply(volume("w", kept, persistentVolumeReclaimPolicy="Delete")).ok()
        node.apply(claim("d")).ok()
        node.kube("delete", "pvc", "d").ok()
        equal(get(node, "pv", "w", "{.status.phase}: {.status.message}"),
              f"Failed: host_path deleter only supports /tmp/.+ but received provided {kept}")
        that(kept.exists(), "what must be kept was removed")
    finally:
        shutil.rmtree(kept)


@test("local volumes: only on their node, only when they are there, and given to fsGroup by fsGroupChangePolicy")
def local_volume():
    node, folder = Node(), host_folder()
    (folder / "volume/sub").mkdir(parents=True)
    (folder / "volume/sub/file").write_text("x")
    (folder / "volume/sub/file").chmod(0o600)
    node.apply(volume("v", folder / "volume", local=True)).ok()
    node.apply(claim("c")).ok()
    node.apply(user("web", "c", securityContext={"runAsUser": 1000, "fsGroup": 2000})).ok()
    node.ready("web")
    equal(node.kube("exec", "web", "--", "stat", "-c", "%A %g", "/data", "/data/sub", "/data/sub/file").ok().lines(),
          ["drwxrwsr-x 2000", "drwxrwsr-x 2000", "-rw-rw---- 2000"])
    node.kube("exec", "web", "--", "touch", "/data/sub/new").ok()
    node.kube("delete", "pod", "web", "--now").ok()
    # The root is as it should be: OnRootMismatch does not look further.
    (folder / "volume/sub/file").chmod(0o600)
    node.apply(user("quick", "c", securityContext={"fsGroup": 2000, "fsGroupChangePolicy": "OnRootMismatch"})).ok()
    node.ready("quick")
    equal(oct((folder / "volume/sub/file").stat().st_mode), "0o100600")
    node.kube("delete", "pod", "quick", "--now").ok()
    node.apply(volume("else", folder / "volume", size="5Gi", local=True, nodeAffinity=here("elsewhere"))).ok()
    node.apply(volume("missing", folder / "nosuch", size="9Gi", local=True)).ok()
    for name, size, words in (("d", "2Gi", "1 node(s) didn't match PersistentVolume's node affinity."),
                              ("e", "6Gi", f'MountVolume.SetUp failed for volume "v" : path "{folder}/nosuch" does not exist')):
        node.apply(claim(name, size)).ok()
        node.apply(user(f"pod-{name}", name)).ok()
        eventually(lambda: contains(events(node, f"pod-{name}"), words))


@test("a hostPath volume is the host's own: fsGroup leaves it as it is, as in the kubelet")
def host_path_group():
    node, folder = Node(), host_folder()
    node.apply(volume("v", folder)).ok()
    node.apply(claim("c")).ok()
    node.apply(user("web", "c", securityContext={"fsGroup": 2000})).ok()
    node.ready("web")
    equal((folder.stat().st_gid, oct(folder.stat().st_mode)), (0, "0o40755"))


@test("a claim's selector chooses among volumes by their labels; without a match it waits")
def selector():
    node, folder = Node(), host_folder()
    for name, labels in {"a": {"disk": "ssd"}, "b": {"disk": "hdd", "zone": "east"}}.items():
        document = json.loads(volume(name, folder))
        document["metadata"]["labels"] = labels
        node.apply(json.dumps(document)).ok()
    node.apply(claim("by-label", selector={"matchLabels": {"disk": "hdd"},
                                           "matchExpressions": [{"key": "zone", "operator": "In", "values": ["east", "west"]}]})).ok()
    equal(get(node, "pvc", "by-label", "{.spec.volumeName}"), "b")
    node.apply(claim("none", selector={"matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["ssd"]}]})).ok()
    equal(get(node, "pvc", "none", "{.status.phase}"), "Pending")
    contains(node.apply(claim("wrong", selector={"matchExpressions": [{"key": "disk", "operator": "In"}]})).exits(1).err,
             "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'")
    contains(node.apply(claim("none", selector={"matchLabels": {"disk": "ssd"}})).exits(1).err, "spec is immutable after creation")


@test("volumeMode Block and the policy Recycle are refused, with the reason")
def refused():
    node = Node(with_images=False)
    contains(node.apply(volume("v", "/tmp/x", volumeMode="Block")).exits(1).err,
             'spec.volumeMode: value "Block" is not supported: volumes are file systems here')
    contains(node.apply(claim("c", volumeMode="Block")).exits(1).err,
             'spec.volumeMode: value "Block" is not supported: volumes are file systems here')
    contains(node.apply(volume("v", "/tmp/x", persistentVolumeReclaimPolicy="Recycle")).exits(1).err,
             'spec.persistentVolumeReclaimPolicy: value "Recycle" is not supported: ')


@test("hostUsers false: volumes of the host, claims, images and sub paths have root's ids inside, and the host's on the disk")
def mapped_volumes():
    node, folder = Node(), host_folder()
    for name in "host", "claimed":
        (folder / name / "sub").mkdir(parents=True)
        (folder / name / "sub/file").write_text("")
        (folder / name / "user").write_text("")
        os.chown(folder / name / "user", 1000, 3000)
    node.apply(volume("v", folder / "claimed", local=True)).ok()
    node.apply(claim("c")).ok()
    mounts = {"/host": ("host", ""), "/claimed": ("claimed", ""), "/image": ("image", ""), "/host-sub": ("host", "sub"),
              "/claimed-sub": ("claimed", "sub"), "/made": ("host", "deep/made"), "/image-sub": ("image", "dir")}
    node.apply(pod("web", shell(SLEEP, volumeMounts=[{"name": name, "mountPath": path, "subPath": sub} for path, (name, sub) in mounts.items()]),
                   hostUsers=False, volumes=[
                       {"name": "host", "hostPath": {"path": str(folder / "host")}},
                       {"name": "claimed", "persistentVolumeClaim": {"claimName": "c"}},
                       {"name": "image", "image": {"reference": "quay.io/crio/artifact:v1"}}])).ok()
    node.ready("web")
    look = ("for f in /host/user /claimed/user /host-sub/file /claimed-sub/file /image/file /image-sub/file /made; do stat -c '%u:%g %n' $f; done;"
            "touch /host/new /claimed/new /host-sub/new /claimed-sub/new /made/new; stat -c %u:%g /host/new /claimed/new /made/new")
    equal(node.kube("exec", "web", "--", "sh", "-c", look).ok().lines(),
          ["1000:3000 /host/user", "1000:3000 /claimed/user", "0:0 /host-sub/file", "0:0 /claimed-sub/file", "0:0 /image/file",
           "0:0 /image-sub/file", "0:0 /made", "0:0", "0:0", "0:0"])
    for path in "host/new", "host/sub/new", "host/deep/made/new", "claimed/new", "claimed/sub/new":
        status = os.stat(folder / path)
        equal((path, status.st_uid, status.st_gid), (path, 0, 0))
    contains(node.kube("exec", "web", "--", "touch", "/image/new").exits(1).err, "Read-only file system")


@test("a LimitRange bounds what the claims of its namespace ask for, when they are made and when they are changed")
def limited():
    node = Node(with_images=False)
    bounds = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "size"},
              "spec": {"limits": [{"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}}]}}
    node.apply(json.dumps(bounds)).ok()
    matches(node.kube("describe", "limits", "size").ok().out, r"(?m)^PersistentVolumeClaim +storage +1Gi +2Gi +- +- +-$")
    refused = 'error: persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi\n'
    equal(node.apply(claim("c", "3Gi")).exits(1).err, refused)
    contains(node.kube("create", "-f", "-", stdin=claim("c", "500Mi")).exits(1).err, "minimum storage usage per PersistentVolumeClaim is 1Gi")
    node.apply(claim("c", "2Gi")).ok()
    equal(node.kube("patch", "pvc", "c", "-p", '{"spec":{"resources":{"requests":{"storage":"3Gi"}}}}').exits(1).err, refused)
    # One that was there first stays as it is, whatever comes after it.
    bounds["spec"]["limits"][0]["max"]["storage"] = "1Gi"
    node.apply(json.dumps(bounds)).ok()
    equal(node.apply(claim("c", "2Gi")).ok().out, "persistentvolumeclaim/c unchanged\n")
    manifest = {**json.loads(claim("c", "3Gi")), "metadata": {"name": "c", "namespace": "other"}}
    node.apply(json.dumps(manifest)).ok()


@test("status and kind are nobody's to patch, and a volume of a driver is refused with the sources that are served")
def not_patched():
    node = Node(with_images=False)
    node.apply(volume("v", "/mnt/v")).ok()
    node.apply(claim("c")).ok()
    for kind, name in (("pv", "v"), ("pvc", "c")):
        before = node.kube("get", kind, name, "-o", "yaml").ok().out
        contains(node.kube("patch", kind, name, "-p", '{"status":{"phase":"Lost"}}').ok().out, "patched (no change)")
        for field in ("kind", "apiVersion"):
            contains(node.kube("patch", kind, name, "-p", json.dumps({field: "Other"})).exits(1).err,
                     f'{field}: Invalid value: "Other": field is immutable')
        equal(node.kube("get", kind, name, "-o", "yaml").ok().out, before)
    driver = json.loads(volume("n", "/mnt/n"))
    del driver["spec"]["hostPath"]
    driver["spec"]["nfs"] = {"server": "host", "path": "/"}
    contains(node.apply(json.dumps(driver)).exits(1).err,
             "spec.nfs: not supported: there are no storage drivers: only hostPath and local volumes are served here")


@test("a container starts again without a look at its claim, which is for SELinux alone")
def unread():
    node, folder = Node(), host_folder()
    node.apply(volume("v", folder, local=True)).ok()
    node.apply(claim("c")).ok()
    node.apply(user("web", "c", "while ! [ -e /data/go ]; do sleep 0.1; done; rm /data/go")).ok()
    node.ready("web")
    objects = node.folder / "objects"
    objects.rename(node.folder / "elsewhere")
    (folder / "go").touch()
    eventually(lambda: that("running" in node.status("web")["state"] and node.status("web")["restartCount"] == 1, "not restarted"))
    shutil.rmtree(objects, ignore_errors=True)
    (node.folder / "elsewhere").rename(objects)


run()
