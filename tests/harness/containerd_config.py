"""config.toml of the tests' containerds: version 2 for containerd 1.6 and 1.7, version 3 from 2.0 on."""

import json

from .image import PAUSE_IMAGE

# Name -> runtime type, and the options of the runc shim. Runtimes' programs are looked up in containerd's $PATH.
RUNTIMES = {
    "nacelle": ("io.containerd.nacelle.v2", {}),
    "runc": ("io.containerd.runc.v2", {"BinaryName": "runc"}),
    "crun": ("io.containerd.runc.v2", {"BinaryName": "crun"}),
}
# The same runtime, with its shim as the pod's sandbox: no pause image. From 2.0 on.
SANDBOXED = "nacelle-sandboxed"

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
        cri: {"sandbox_image": PAUSE_IMAGE},
        f"{cri}.cni": {"bin_dir": "/usr/lib/cni", "conf_dir": f"{folder}/cni"},
        f"{cri}.containerd": {"snapshotter": "overlayfs", "default_runtime_name": "nacelle"},
        **_runtimes(f"{cri}.containerd.runtimes", {}),
    }


def _cri_since_2(folder, version):
    runtime, images = 'plugins."io.containerd.cri.v1.runtime"', 'plugins."io.containerd.cri.v1.images"'
    programs = {"bin_dirs": ["/usr/lib/cni"]} if version >= (2, 1) else {"bin_dir": "/usr/lib/cni"}
    sandboxed = f"{runtime}.containerd.runtimes.{SANDBOXED}"
    return {
        'plugins."io.containerd.nri.v1.nri"': {"disable": True},
        images: {"snapshotter": "overlayfs"},
        f"{images}.pinned_images": {"sandbox": PAUSE_IMAGE},
        f"{runtime}.cni": {**programs, "conf_dir": f"{folder}/cni"},
        f"{runtime}.containerd": {"default_runtime_name": "nacelle"},
        **_runtimes(f"{runtime}.containerd.runtimes", {"sandboxer": "podsandbox"}),
        sandboxed: {"runtime_type": RUNTIMES["nacelle"][0], "sandboxer": "shim"},
    }


def _runtimes(section, more):
    found = {}
    for name, (kind, options) in RUNTIMES.items():
        found[f"{section}.{name}"] = {"runtime_type": kind, **more}
        if options:
            found[f"{section}.{name}.options"] = {**options, "SystemdCgroup": False}
    return found
