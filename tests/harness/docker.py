"""A dockerd of the test's own, with nacelle beside runc, and `docker` for it."""

import json

from .checks import eventually
from .command import sh, start
from .image import images_archive
from .runner import defer, temp_dir
from .where import nacelle, repo


class Docker:
    """Runs for the time of one test, with the images of the tests, without networks. Its root is on a tmpfs, as overlayfs
    needs it."""

    def __init__(self):
        self.folder = temp_dir(prefix="docker-")
        # Our snippet for /etc/docker, with the built runtime.
        settings = json.loads((repo / "packaging/docker/daemon.json").read_text().replace("/usr/bin/nacelle", nacelle()))
        settings.update({"data-root": f"{self.folder}/data", "exec-root": f"{self.folder}/exec", "bridge": "none",
                         "pidfile": f"{self.folder}/pid", "iptables": False, "ip6tables": False})
        (self.folder / "daemon.json").write_text(json.dumps(settings))
        self.socket = f"unix://{self.folder}/sock"
        self.log = open(self.folder / "log", "wb")
        daemon = start("dockerd", "--config-file", self.folder / "daemon.json", "--host", self.socket, stdout=self.log,
                       stderr=self.log)
        defer(lambda: [daemon.terminate(), daemon.wait(60)])  # it ends its containerd, and unmounts
        eventually(lambda: self("version").code == 0, timeout=30)
        self("load", "--input", images_archive(), timeout=60).ok()

    def words(self, *arguments):
        """The command line."""
        return ["docker", "--host", self.socket, *map(str, arguments)]

    def __call__(self, *arguments, **how):
        """Runs docker; gives the Outcome."""
        return sh(*self.words(*arguments), **{"timeout": 60, **how})
