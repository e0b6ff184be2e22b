"""config.toml of the tests' containerds: version 2 for containerd 1.6 and 1.7, version 3 from 2.0 on."""

import json
import pathlib

from .image import PAUSE_IMAGE
from .where import binary

# Name -> runtime type, and the options of the runc shim. Runtimes' programs are looked up in containerd's $PATH.
RUNTIMES = {
    "nacelle": ("io.containerd.nacelle.v2", {}),
    "runc": ("io.containerd.runc.v2", {"BinaryName": "runc"}),
    "crun": ("io.containerd.runc.v2", {"BinaryName": "crun"}),
}
# The same runtime, with its shim as the pod's sandbox: no pause image. From 2.0 on.
SANDBOXED = "nacelle-sandboxed"
# Nacelle's shim as the program of the runc shim's type, the only one that containerd before 2.3.3 asks what it can do. From 2.0 on.
AS_RUNC = "nacelle-as-runc"

_SELINUX = pathlib.Path("/sys/fs/selinux/enforce").exists()  # containerd labels only where it is told to

_UNUSED = {
    2: ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
        "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"],
    3: ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
        "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs"],
}
# Pods that do not use the network of the machine get an address from a pair of devices, by programs that only the pod's own
# network namespace needs.
_NETWORK = {"cniVersion": "0.4.0", "name": "tests", "plugins": [
    {"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.89.0.0/16"}}]}


def write_config(folder, version, cri):
    """Writes config.toml for a containerd of this version, whose files are all below the folder."""
    form = 2 if version < (2,) else 3
    unused = _UNUSED[form] + ([] if cri else ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images",
                                              "io.containerd.cri.v1.runtime"])
    sections = {"": {"version": form, "root": f"{folder}/root", "state": f"{folder}/state", "disabled_plugins": unused},
                "grpc": {"address": f"{folder}/containerd.sock"}}
    if cri:
        sections |= _cri_before_2(folder) if form == 2 else _cri_since_2(folder, version)
        (folder / "cni").mkdir()
        (folder / "cni" / "tests.conflist").write_text(json.dumps(_NETWORK))
    lines = []
    for name, values in sections.items():
        lines += [f"[{name}]"] if name else []
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]  # which is TOML, too
    (folder / "config.toml").write_text("\n".join(lines) + "\n")


def _cri_before_2(folder):
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    return {
        cri: {"sandbox_image": PAUSE_IMAGE, "enable_selinux": _SELINUX},
        f"{cri}.cni": {"bin_dir": "/usr/lib/cni", "conf_dir": f"{folder}/cni"},
        f"{cri}.containerd": {"snapshotter": "overlayfs", "default_runtime_name": "nacelle"},
        **_runtimes(f"{cri}.containerd.runtimes", {}),
    }


def _cri_since_2(folder, version):
    runtime, images = 'plugins."io.containerd.cri.v1.runtime"', 'plugins."io.containerd.cri.v1.images"'
    programs = {"bin_dirs": ["/usr/lib/cni"]} if version >= (2, 1) else {"bin_dir": "/usr/lib/cni"}
    runtimes = f"{runtime}.containerd.runtimes"
    return {
        'plugins."io.containerd.nri.v1.nri"': {"disable": True},
        runtime: {"enable_selinux": _SELINUX},
        images: {"snapshotter": "overlayfs"},
        f"{images}.pinned_images": {"sandbox": PAUSE_IMAGE},
        f"{runtime}.cni": {**programs, "conf_dir": f"{folder}/cni"},
        f"{runtime}.containerd": {"default_runtime_name": "nacelle"},
        **_runtimes(runtimes, {"sandboxer": "podsandbox"}),
        f"{runtimes}.{SANDBOXED}": {"runtime_type": RUNTIMES["nacelle"][0], "sandboxer": "shim"},
        f"{runtimes}.{AS_RUNC}": {"runtime_type": RUNTIMES["runc"][0], "sandboxer": "podsandbox",
                                  "runtime_path": binary("containerd-shim-nacelle-v2")},
    }


def _runtimes(section, more):
    found = {}
    for name, (kind, options) in RUNTIMES.items():
        found[f"{section}.{name}"] = {"runtime_type": kind, **more}
        if options:
            found[f"{section}.{name}.options"] = {**options, "SystemdCgroup": False}
    return found
