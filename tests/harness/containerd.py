"""A containerd of the test's own, and `ctr` for it."""

import pathlib

from .checks import eventually
from .command import sh, start
from .image import IMAGE, images_archive
from .runner import temp_dir
from .where import nacelle

CONFIG = """version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "{folder}/containerd.sock"
"""


class Containerd:
    """Runs for the time of one test, with the images of the tests. Its root is on a tmpfs, as overlayfs needs it."""

    def __init__(self):
        self.folder = temp_dir(prefix="ctd-")
        (self.folder / "config.toml").write_text(CONFIG.format(folder=self.folder))
        self.log = open(self.folder / "log", "wb")
        start("containerd", "--config", self.folder / "config.toml", stdout=self.log, stderr=self.log)
        eventually(lambda: self("version").code == 0, timeout=20)
        self("image", "import", images_archive(), timeout=60).ok()

    def __call__(self, *arguments, **how):
        """Runs ctr; gives the Outcome."""
        return sh("ctr", "--address", self.folder / "containerd.sock", *arguments, **how)

    def run(self, *arguments, runtime=None, **how):
        """`ctr run` through containerd's runc shim with nacelle (or another) as its binary; arguments are options, name
        and command."""
        options = [word for word in arguments if word.startswith("--")]
        name, *command = arguments[len(options):]
        return self("run", "--runc-binary", runtime or nacelle(), *options, IMAGE, name, *command, **{"timeout": 60, **how})

    def states(self):
        """The containers that nacelle keeps a state of below the root that the shim gives it."""
        folder = pathlib.Path("/run/containerd/runc/default")
        return sorted({path.name for path in folder.glob("*")} - {".empty"})
