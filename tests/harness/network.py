"""A host of its own for pods with a network: namespaces for network and mounts, with CNI plugins of Debian's package."""

import shlex

from .checks import eventually, that
from .command import sh, start
from .pods import Node
from .runner import skip, temp_dir
from .where import cache


def plugins():
    """The folder of Debian's containernetworking-plugins, which `./dev test` has unpacked into the cache. Skips the test if it
    is not there."""
    folder = cache() / "peers/usr/lib/cni"
    if not (cache() / "peers/containernetworking-plugins.complete").exists():
        skip("the CNI plugins are not in the cache (hint: ./dev test integration)")
    return folder


class NetworkNode(Node):
    """A node whose /etc/cni/net.d and /opt/cni/bin are the test's, and whose host network is a namespace."""

    def __init__(self):
        self.host = temp_dir()
        for name in ("upper", "work", "bin", "upper/cni/net.d"):
            (self.host / name).mkdir(parents=True)
        for plugin in plugins().iterdir():
            (self.host / "bin" / plugin.name).symlink_to(plugin)
        overlay = f"lowerdir=/etc,upperdir={self.host}/upper,workdir={self.host}/work"
        script = (f"mount -t overlay -o {overlay} overlay /etc && mount -t tmpfs tmpfs /opt && mkdir -p /opt/cni/bin && "
                  f"mount --bind {self.host}/bin /opt/cni/bin && ip link set lo up && touch {self.host}/ready && exec sleep 1000")
        self.process = start("unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script)
        eventually(lambda: that((self.host / "ready").exists(), "the host is not ready"))
        super().__init__()  # after the host, so that its pods end before it
        self.words = ["nsenter", "-t", self.process.pid, "--net", "--mount", *self.words]

    def write_plugin(self, name, script):
        """Puts a shell script in a plugin's place."""
        path = self.host / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def configure(self, name, text):
        """Writes a file of /etc/cni/net.d."""
        sh("nsenter", "-t", self.process.pid, "--mount", "sh", "-c", f"cat >/etc/cni/net.d/{shlex.quote(name)}", stdin=text).ok()

    def do(self, *words):
        """What a command says in the host's network."""
        return sh("nsenter", "-t", self.process.pid, "--net", *words).ok().out
