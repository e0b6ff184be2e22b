"""Volumes of pods: hostPath, emptyDir, images: where they come from, and what is refused."""

import json
import os
import socket

from harness import contains, equal, eventually, matches, run, test, that

from harness.pods import SLEEP, Node, example, host_folder, mounted, pod, run_to_end, shell, volume


@test("hostPath: a folder of the host is seen and written, read-only when it says so")
def host_path():
    node, folder = Node(), host_folder()
    (folder / "file").write_text("of the host\n")
    said = run_to_end(node, "web", "cat /data/file; echo new >/data/new; echo more >/ro/more; true",
                      mounted("v", "/data"), mounted("v", "/ro", readOnly=True),
                      volumes=[volume("v", hostPath={"path": str(folder)})])
    contains(said, "of the host\n")
    contains(said, "can't create /ro/more: Read-only file system")
    equal((folder / "new").read_text(), "new\n")
    contains(node.kube("describe", "pod", "web").ok().out, "HostPath (bare host directory volume)")
    node.kube("delete", "pod", "web").ok()
    node.nothing_left()
    equal(sorted(path.name for path in folder.iterdir()), ["file", "new"])


def make_kinds(folder):
    (folder / "directory").mkdir()
    (folder / "file").write_text("x")
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(str(folder / "socket"))
    bound.close()
    os.mknod(folder / "character", 0o20666, os.makedev(1, 3))
    os.mknod(folder / "block", 0o60600, os.makedev(7, 200))


@test("hostPath types: what fits is mounted; what does not is a FailedMount event, and the pod waits until it does")
def host_path_types():
    node, folder = Node(), host_folder()
    make_kinds(folder)
    kinds = {"Directory": "directory", "File": "file", "Socket": "socket", "CharDevice": "character", "BlockDevice": "block"}
    said = run_to_end(node, "all", "".join(f"stat -c '%F' /v/{kind};" for kind in kinds),
                      *(mounted(kind.lower(), f"/v/{kind}") for kind in kinds),
                      volumes=[volume(kind.lower(), hostPath={"path": str(folder / name), "type": kind})
                               for kind, name in kinds.items()])
    equal(said.splitlines(), ["directory", "regular file", "socket", "character special file", "block special file"])
    words = {"Directory": "a directory", "File": "a file", "Socket": "a socket file", "CharDevice": "a character device",
             "BlockDevice": "a block device", "DirectoryOrCreate": "a directory", "FileOrCreate": "a file"}
    wrong = {kind: folder / ("file" if "Directory" in kind else "directory") for kind in words}
    node.apply(pod("wrong", shell(SLEEP), volumes=[volume(kind.lower(), hostPath={"path": str(path), "type": kind})
                                                   for kind, path in wrong.items()])).ok()
    for kind, path in wrong.items():
        eventually(lambda: contains(
            node.kube("events", "--for", "pod/wrong").ok().out,
            f'MountVolume.SetUp failed for volume "{kind.lower()}" : hostPath type check failed: {path} is not {words[kind]}'))
    matches(node.kube("get", "pods").ok().out, r"^wrong +0/1 +ContainerCreating +0 ")
    contains(node.kube("events", "--for", "pod/wrong").ok().out, "FailedMount")


@test("hostPath: a pod whose folder is missing waits for it, and starts when it is there")
def host_path_retry():
    node, folder = Node(), host_folder()
    node.apply(pod("web", shell("cat /v/file", volumeMounts=[mounted("v", "/v")]), restartPolicy="Never",
                   volumes=[volume("v", hostPath={"path": f"{folder}/late", "type": "Directory"})])).ok()
    eventually(lambda: contains(node.kube("events", "--for", "pod/web").ok().out,
                                f"hostPath type check failed: {folder}/late is not a directory"))
    equal(node.pod("web")["status"]["phase"], "Pending")
    (folder / "late").mkdir()
    (folder / "late/file").write_text("here\n")
    eventually(lambda: equal(node.kube("logs", "web").out, "here\n"))


@test("hostPath DirectoryOrCreate, FileOrCreate and no type make what is missing")
def host_path_create():
    node, folder = Node(), host_folder()
    run_to_end(node, "web", "true", volumes=[
        volume("a", hostPath={"path": f"{folder}/a/b", "type": "DirectoryOrCreate"}),
        volume("b", hostPath={"path": f"{folder}/c", "type": "FileOrCreate"}),
        volume("c", hostPath={"path": f"{folder}/d/e"})])
    equal(oct((folder / "a/b").stat().st_mode), "0o40755")
    equal(oct((folder / "c").stat().st_mode), "0o100644")
    that((folder / "d/e").is_dir(), "d/e was not made")


@test("a pod that waits for a volume can be deleted")
def deleted_while_waiting():
    node = Node()
    node.apply(pod("web", shell(SLEEP), volumes=[volume("v", hostPath={"path": "/nosuch/place", "type": "File"})])).ok()
    eventually(lambda: contains(node.kube("events", "--for", "pod/web").ok().out, "FailedMount"))
    node.kube("delete", "pod", "web").ok()
    node.nothing_left()


@test("emptyDir: a pod that outgrows a sizeLimit on the disk is evicted and stays as a record")
def size_limit():
    node = Node()
    fill = "dd if=/dev/zero of=/v/big bs=1M count=3 2>/dev/null; " + SLEEP
    node.apply(pod("fat", shell(fill, volumeMounts=[mounted("v", "/v")]), volumes=[volume("v", emptyDir={"sizeLimit": "2Mi"})])).ok()
    node.apply(pod("slim", shell(fill, volumeMounts=[mounted("v", "/v")]), volumes=[volume("v", emptyDir={"sizeLimit": "4Mi"})])).ok()
    words = 'Usage of EmptyDir volume "v" exceeds the limit "2Mi". '
    eventually(lambda: equal(node.pod("fat")["status"]["phase"], "Failed"))
    status = node.pod("fat")["status"]
    equal((status["reason"], status["message"]), ("Evicted", words))
    contains(node.kube("events", "--for", "pod/fat").ok().out, f"Warning   Evicted     Pod/fat   {words.strip()}")
    eventually(lambda: not os.path.exists(f"/proc/{node.supervisor('fat')}/exe"))
    equal(list((node.folder / "data").glob("*_fat_*")), [])
    equal(node.pod("slim")["status"]["phase"], "Running")
    node.kube("delete", "pod", "fat", "slim", "--now").ok()
    node.nothing_left()


@test("emptyDir in memory: its sizeLimit is the size of its tmpfs; huge pages are for who requests them")
def in_memory():
    node = Node()
    said = run_to_end(node, "web", "dd if=/dev/zero of=/v/big bs=1M count=3; df -m /v | tail -1",
                      mounted("v", "/v"), volumes=[volume("v", emptyDir={"medium": "Memory", "sizeLimit": "2Mi"})])
    contains(said, "No space left on device")
    matches(said, r"(?m)^tmpfs +2 +2 +0 ")
    contains(node.apply(pod("odd", shell("true"), volumes=[volume("v", emptyDir={"medium": "HugePages-big"})])).exits(1).err,
             'spec.volumes[0].emptyDir.medium: Invalid value: "HugePages-big": unknown storage medium')
    node.apply(pod("huge", shell("true"), volumes=[volume("v", emptyDir={"medium": "HugePages"})])).ok()
    eventually(lambda: contains(node.kube("events", "--for", "pod/huge").ok().out,
                                "medium HugePages: hugePages storage requested, but there is no resource request for huge pages"))


@test("emptyDir: what is in it survives the end of the container, as on the page with redis")
def survives():
    node = Node()
    # The image of this name is not on every machine: busybox does what the page looks at.
    text = example("redis").replace("image: redis", f"image: busybox:1.28\n    command: [sh, -c, {json.dumps(SLEEP)}]")
    node.apply(text).ok()
    node.ready("redis")
    node.kube("exec", "redis", "--", "sh", "-c", "echo Hello > /data/redis/test-file").ok()
    # The container may end, and what runs in it, before this one does.
    code = node.kube("exec", "redis", "--", "kill", "1").code
    that(code in (0, 137), f"exit code {code}")
    eventually(lambda: equal((node.status("redis")["restartCount"], "running" in node.status("redis")["state"]), (1, True)))
    equal(node.kube("exec", "redis", "--", "ls", "/data/redis").ok().out, "test-file\n")


@test("image volumes: the files of an image, never written; it cannot be removed while it is one")
def image_volume():
    node = Node()
    node.apply(example("image-volumes")).ok()
    node.ready("image-volume")
    equal(node.kube("exec", "image-volume", "--", "cat", "/volume/dir/file").ok().out, "1\n")
    equal(node.kube("exec", "image-volume", "--", "cat", "/volume/file").ok().out, "2\n")
    contains(node.kube("exec", "image-volume", "--", "touch", "/volume/new").exits(1).err, "Read-only file system")
    contains(node.kube("image", "rm", "quay.io/crio/artifact:v1").exits(1).err, "runs on it")
    contains(node.kube("describe", "pod", "image-volume").ok().out, "quay.io/crio/artifact:v1")
    node.kube("exec", "image-volume", "--", "kill", "1")
    node.kube("delete", "pod", "image-volume", "--now").ok()
    node.nothing_left()


@test("image volumes: subPath, shared by containers and over restarts; one that is not in the image is not made")
def image_sub_path():
    node = Node()
    source = [volume("v", image={"reference": "quay.io/crio/artifact:v1"})]
    seen = [mounted("v", "/d", subPath="dir"), mounted("v", "/f", subPath="file"), mounted("v", "/l", subPath="dir-link")]
    node.apply(pod("web", shell("cat /d/file /f /l/file; exit 1", volumeMounts=seen),
                   shell(SLEEP, volumeMounts=[mounted("v", "/all")]), restartPolicy="OnFailure", volumes=source)).ok()
    eventually(lambda: node.status("web")["restartCount"] >= 1)
    eventually(lambda: equal(node.kube("logs", "web", "-c", "c0").ok().out, "1\n2\n1\n"))
    equal(node.kube("exec", "web", "-c", "c1", "--", "cat", "/all/dir/file").ok().out, "1\n")
    for path in "nosuch", "out":
        node.apply(pod(path, shell(SLEEP, volumeMounts=[mounted("v", "/v", subPath=path)]), volumes=source)).ok()
        eventually(lambda: contains(node.status(path)["state"].get("waiting", {}).get("message", ""),
                                    f'failed to prepare subPath for volumeMount "v" of container "c0": open \'{path}\''))


@test("image volumes: one that is missing is ErrImagePull, ErrImageNeverPull with that policy")
def image_missing():
    node = Node()
    for name, policy in ("pull", "IfNotPresent"), ("never", "Never"):
        node.apply(pod(name, shell("true", volumeMounts=[mounted("v", "/v")]),
                       volumes=[volume("v", image={"reference": "quay.io/x/y:z", "pullPolicy": policy})])).ok()
    reason = lambda name: node.status(name)["state"].get("waiting", {}).get("reason")
    eventually(lambda: equal(reason("pull"), "ImagePullBackOff"))
    eventually(lambda: equal(reason("never"), "ErrImageNeverPull"))
    contains(node.kube("events", "--for", "pod/pull").ok().out, "Failed to pull image \"quay.io/x/y:z\": image 'quay.io/x/y:z': not in the store")
    contains(node.kube("events", "--for", "pod/never").ok().out,
             'Container image "quay.io/x/y:z" is not present with pull policy of Never')


run()
