"""Small images in the form that `docker save` writes, made without any engine."""

import hashlib
import io
import json
import pathlib
import tarfile

from .bundle import PATH, make_rootfs
from .runner import temp_dir
from .where import binary

IMAGE = "localhost/busybox-test:latest"
PAUSE_IMAGE = "localhost/pause-test:latest"


def images_archive():
    """Path of an archive with two images: IMAGE, of busybox, whose command is `sh`; PAUSE_IMAGE, of nacelle-pause alone."""
    folder = temp_dir()
    busybox, pause = folder / "busybox", folder / "pause"
    busybox.mkdir()
    make_rootfs(busybox)
    pause.mkdir()
    (pause / "pause").write_bytes(pathlib.Path(binary("nacelle-pause")).read_bytes())
    (pause / "pause").chmod(0o755)
    images = [(IMAGE, busybox, {"Cmd": ["sh"], "Env": [PATH]}), (PAUSE_IMAGE, pause, {"Entrypoint": ["/pause"], "Env": [PATH]})]
    return write_archive(folder / "images.tar", images)


def write_archive(path, images):
    """Packs images, (name, root, config) each, into a docker-archive; every root is one layer."""
    manifest = []
    with tarfile.open(path, "w") as tar:
        for name, root, config in images:
            layer = _pack(root)
            digest = hashlib.sha256(layer).hexdigest()
            description = json.dumps({"architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
                                      "config": config, "history": [{"created": "2026-01-01T00:00:00Z"}],
                                      "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}).encode()
            config_name = hashlib.sha256(description).hexdigest() + ".json"
            _add(tar, config_name, description)
            _add(tar, f"{digest}/layer.tar", layer)
            manifest.append({"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]})
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    return path


def _pack(root):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(root, arcname=".", filter=_owned_by_root)
    return layer.getvalue()


def _add(tar, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _owned_by_root(info):
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info
