"""The bundles that every program of the benchmark runs: a static true, with the configuration that is measured."""
import json
import os
import pathlib
import shutil

from harness.bundle import default_config

CONTAINERD = pathlib.Path(__file__).with_name("containerd.json")  # as containerd 1.6 wrote it for `ctr run --seccomp`


def config_named(name):
    """"default": what `runc spec` writes, without a terminal; "containerd": what containerd asks for, seccomp included."""
    config = json.loads(CONTAINERD.read_text()) if name == "containerd" else default_config()
    config["process"]["args"] = ["/true"]
    return config


class Bundle:
    """A root that holds the program as /true, a static busybox, and the folders to mount on."""

    def __init__(self, path, program, config="default"):
        self.path, self.config = path, config_named(config)
        for folder in ("proc", "sys", "dev", "etc", "run"):
            os.makedirs(os.path.join(path, "rootfs", folder))
        shutil.copy(program, os.path.join(path, "rootfs", "true"))
        shutil.copy("/bin/busybox", os.path.join(path, "rootfs", "busybox"))
        self.write()

    def write(self, devices=True, memory=None, args=None):
        """Writes config.json: without the device rules, with a memory limit (bytes), with another program on request."""
        config = json.loads(json.dumps(self.config))
        if not devices:
            del config["linux"]["resources"]["devices"]
        if memory:
            config["linux"]["resources"]["memory"] = {"limit": memory}
        if args:
            config["process"]["args"] = args
        with open(os.path.join(self.path, "config.json"), "w") as file:
            json.dump(config, file, indent=2)
