"""Writes OCI images: layers as reproducible tars, and an archive of a layout with one or more images."""
import gzip
import hashlib
import io
import json
import platform
import tarfile

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
CREATED = "2024-01-01T00:00:00Z"
MTIME = 1704067200


class Layer:
    """A tree of files, in the order given; parents come first."""

    def __init__(self):
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w", format=tarfile.PAX_FORMAT)
        self._names = set()

    def _add(self, path, kind, mode, owner=(0, 0), data=b"", link=""):
        name = path.strip("/")
        if name in self._names:
            return
        self._names.add(name)
        entry = tarfile.TarInfo(name or ".")
        entry.type, entry.mode, entry.linkname, entry.mtime, entry.size = kind, mode, link, MTIME, len(data)
        entry.uid, entry.gid = owner
        self._tar.addfile(entry, io.BytesIO(data))

    def folder(self, path, mode=0o755, owner=(0, 0)):
        parent = path.rstrip("/").rpartition("/")[0]
        if parent and parent.strip("/") not in self._names:
            self.folder(parent)
        self._add(path, tarfile.DIRTYPE, mode, owner)

    def file(self, path, data, mode=0o644, owner=(0, 0)):
        self.folder(path.rpartition("/")[0] or "/")
        self._add(path, tarfile.REGTYPE, mode, owner, data if isinstance(data, bytes) else data.encode())

    def copy(self, source, path, mode=0o755):
        with open(source, "rb") as program:
            self.file(path, program.read(), mode)

    def link(self, path, target):
        self.folder(path.rpartition("/")[0] or "/")
        self._add(path, tarfile.SYMTYPE, 0o777, link=target)

    def hard_link(self, path, target):
        self._add(path, tarfile.LNKTYPE, 0o755, link=target.strip("/"))

    def finish(self):
        """The tar's bytes. Nothing can be added afterwards."""
        self._tar.close()
        return self._bytes.getvalue()


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    """Collects images, then writes them as one tar that `nacelle kube image import` and other engines take."""

    def __init__(self):
        self._blobs = {}
        self._manifests = []

    def _blob(self, data, media_type):
        digest = digest_of(data)
        self._blobs[digest] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def image(self, names, layers, config):
        """Adds an image of the tars, under all the names; `config` is the image-spec's "config"."""
        packed = [self._blob(gzip.compress(tar, 6, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
                  for tar in layers]
        document = {"created": CREATED, "architecture": ARCHITECTURE, "os": "linux", "config": config,
                    "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in layers]}}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": self._blob(encode(document), "application/vnd.oci.image.config.v1+json"),
                    "layers": packed}
        listed = self._blob(encode(manifest), "application/vnd.oci.image.manifest.v1+json")
        for name in names:
            self._manifests.append({**listed, "platform": {"os": "linux", "architecture": ARCHITECTURE},
                                    "annotations": {"org.opencontainers.image.ref.name": name}})

    def write(self, path):
        archive = Layer()
        archive.file("oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
        archive.file("index.json", encode({"schemaVersion": 2, "manifests": self._manifests}))
        for digest, data in sorted(self._blobs.items()):
            archive.file("blobs/sha256/" + digest.removeprefix("sha256:"), data)
        with open(path, "wb") as file:
            file.write(archive.finish())


def encode(document):
    return json.dumps(document, indent=1).encode()
