"""Pods of images that were made to harm: each is held in, or refused, and nothing of it is seen on the host."""

import hashlib
import io
import json
import os
import pathlib
import stat
import tarfile

from harness import contains, equal, eventually, excludes, run, sh, temp_dir, test, that
from harness.bundle import make_rootfs
from harness.pods import SLEEP, Node, pod, shell


def layer_of(root, *more):
    """A layer as GNU tar makes it of a folder (holes stay holes), with the entries of `more` behind it."""
    path = temp_dir() / "layer.tar"
    sh("tar", "--sparse", "--numeric-owner", "-C", root, "-cf", path, ".").ok()
    with tarfile.open(path, "a") as tar:
        for name, kind, link in more:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, link, 0o4755 if kind == tarfile.REGTYPE else 0o666
            info.devmajor, info.devminor = 1, 11
            tar.addfile(info, io.BytesIO())
    return path.read_bytes()


def archive_of(*layers):
    """A docker-archive of one image, `hostile`."""
    digests = [hashlib.sha256(layer).hexdigest() for layer in layers]
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]},
                         "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]}}).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    files = {config_name: config, "manifest.json": json.dumps(
        [{"Config": config_name, "RepoTags": ["hostile:1"], "Layers": [f"{digest}.tar" for digest in digests]}]).encode()}
    files |= {f"{digest}.tar": layer for digest, layer in zip(digests, layers)}
    path = temp_dir() / "hostile.tar"
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def root_folder():
    root = temp_dir() / "root"
    root.mkdir()
    make_rootfs(root)
    return root


def node_with(*layers):
    node = Node(with_images=False)
    node.kube("image", "import", archive_of(*layers)).ok()
    return node


def hostile(script=SLEEP, **more):
    return shell(script, image="hostile:1", imagePullPolicy="Never", **more)


@test("symlinks at the targets of mounts below /etc and of a volume: mounted inside, where they lead there, never on the host")
def symlinked_targets():
    outside = temp_dir() / "outside"
    outside.mkdir()
    root = root_folder()
    (root / "etc").mkdir(exist_ok=True)
    for name in ("hosts", "hostname", "resolv.conf"):
        (outside / name).write_text("the host's")
        (root / "etc" / name).unlink(missing_ok=True)
        (root / "etc" / name).symlink_to(outside / name)
    other = temp_dir() / "other"
    other.mkdir()
    (root / "volume").symlink_to(other)
    # The same way inside; where there is none, the container is refused.
    inside = root / str(outside).lstrip("/")
    inside.mkdir(parents=True)
    for name in ("hosts", "hostname", "resolv.conf"):
        (inside / name).touch()
    node = node_with(layer_of(root))
    node.apply(pod("web", hostile(volumeMounts=[{"name": "v", "mountPath": "/volume"}]),
                   volumes=[{"name": "v", "emptyDir": {}}])).ok()
    node.ready("web")
    contains(node.kube("exec", "web", "--", "cat", "/etc/hosts").ok().out, "Kubernetes-managed")
    node.kube("exec", "web", "--", "touch", "/volume/inside").ok()
    equal(list(other.iterdir()), [])
    equal({path.name: path.read_text() for path in outside.iterdir()},
          {name: "the host's" for name in ("hosts", "hostname", "resolv.conf")})
    excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(outside))


@test("symlinks in the places of /proc, /sys and /dev: the container is refused, and the host is not touched")
def symlinked_kernel_targets():
    outside = temp_dir() / "outside"
    outside.mkdir()
    for name in ("proc", "sys", "dev"):
        root = root_folder()
        sh("rm", "-rf", root / name).ok()
        (root / name).symlink_to(outside)
        node = node_with(layer_of(root))
        node.apply(pod("web", hostile(), restartPolicy="Never")).ok()
        eventually(lambda: equal(node.status("web")["state"]["terminated"]["reason"], "StartError"))
        contains(node.status("web")["state"]["terminated"]["message"], f"/{name}")
        equal(list(outside.iterdir()), [])


@test("/etc/passwd of 1 GB, or a symlink to the host's: it is not read without a bound, and the host's is not read")
def huge_passwd():
    root = root_folder()
    (root / "etc").mkdir(exist_ok=True)
    with open(root / "etc/passwd", "wb") as file:
        file.truncate(1 << 30)
    node = node_with(layer_of(root))
    node.apply(pod("web", hostile())).ok()
    eventually(lambda: equal(node.status("web")["state"]["waiting"]["reason"], "CreateContainerError"))
    memory = int([line for line in open(f"/proc/{node.supervisor('web')}/status") if line.startswith("VmHWM")][0].split()[1])
    that(memory < 64 << 10, f"the supervisor has taken {memory} KiB")
    root = root_folder()
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").unlink(missing_ok=True)
    outside = temp_dir() / "passwd"
    outside.write_text("evil:x:1:1::/stolen:/bin/sh\n")
    (root / "etc/passwd").symlink_to(outside)
    node = node_with(layer_of(root))
    node.apply(pod("web", hostile(securityContext={"runAsUser": 1}))).ok()
    node.ready("web")
    equal(node.kube("exec", "web", "--", "sh", "-c", "echo $HOME").ok().out, "/\n")


@test("device nodes of the image are dead; setuid programs gain nothing with allowPrivilegeEscalation false")
def devices_and_setuid():
    root = root_folder()
    busybox = next(path for path in (root / "bin").iterdir() if path.is_file() and not path.is_symlink())
    (root / "suid").mkdir()
    (root / "suid/busybox").write_bytes(busybox.read_bytes())
    os.chmod(root / "suid/busybox", 0o4755)
    node = node_with(layer_of(root, ("kmsg", tarfile.CHRTYPE, "")))
    node.apply(pod("web", hostile(securityContext={"runAsUser": 1000, "allowPrivilegeEscalation": False}), hostile())).ok()
    node.ready("web")
    contains(node.kube("exec", "web", "-c", "c1", "--", "cat", "/kmsg").fails().err, "ermission denied")
    that(stat.S_IMODE(int(node.kube("exec", "web", "--", "stat", "-c", "%a", "/suid/busybox").ok().out, 8)) == 0o4755, "no setuid file")
    status = node.kube("exec", "web", "--", "/suid/busybox", "sh", "-c", "grep -E '^(Uid|NoNewPrivs):' /proc/self/status").ok().out
    equal(status, "Uid:\t1000\t1000\t1000\t1000\nNoNewPrivs:\t1\n")


@test("a hard link to a file of the host, a path with '..', a whiteout that climbs out: the image is refused or holds them in")
def links_out():
    secret = temp_dir() / "secret"
    secret.write_text("the host's")
    up = "../" * 12 + str(secret).lstrip("/")
    for entry in (("stolen", tarfile.LNKTYPE, up), (up, tarfile.REGTYPE, ""), ("stolen", tarfile.LNKTYPE, str(secret)),
                  (os.path.join(os.path.dirname(up), ".wh.secret"), tarfile.REGTYPE, "")):
        node = Node(with_images=False)
        outcome = node.kube("image", "import", archive_of(layer_of(root_folder(), entry)))
        that(outcome.code != 0, f"{entry} was imported")
        equal((secret.read_text(), os.stat(secret).st_nlink), ("the host's", 1))


@test("a whiteout of a lower layer's symlink removes the link, not what it leads to")
def whiteout_of_link():
    secret = temp_dir() / "kept"
    secret.mkdir()
    (secret / "file").write_text("the host's")
    root = root_folder()
    (root / "link").symlink_to(secret)
    upper = temp_dir() / "upper"
    upper.mkdir()
    (upper / ".wh.link").touch()
    node = node_with(layer_of(root), layer_of(upper))
    node.apply(pod("web", hostile())).ok()
    node.ready("web")
    node.kube("exec", "web", "--", "ls", "/link").fails()
    equal((secret / "file").read_text(), "the host's")


run()
