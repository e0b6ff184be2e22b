"""Makes the bundle that every program of the benchmark runs: what `runc spec` writes, running a static true."""
import json
import os
import shutil

KEPT = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
QUIET = ["nosuid", "noexec", "nodev"]


def mount(destination, kind, source, *options):
    entry = {"destination": destination, "type": kind, "source": source}
    return {**entry, "options": list(options)} if options else entry


def default_config():
    """The default configuration, the same for all; only the terminal is off and the program is /true."""
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": ["/true"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {"bounding": KEPT, "effective": KEPT, "permitted": KEPT},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "runc",
        "mounts": [
            mount("/proc", "proc", "proc"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
                  "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", *QUIET, "mode=1777", "size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", *QUIET),
            mount("/sys", "sysfs", "sysfs", *QUIET, "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", *QUIET, "relatime", "ro"),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
                            "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def write_config(path, devices=True, memory=None):
    """Writes config.json: without the device rules on request, with a memory limit (bytes) on request."""
    config = default_config()
    if not devices:
        del config["linux"]["resources"]["devices"]
    if memory:
        config["linux"]["resources"]["memory"] = {"limit": memory}
    with open(os.path.join(path, "config.json"), "w") as file:
        json.dump(config, file, indent=2)


def make_bundle(path, program):
    """A bundle whose root holds the program as /true and the folders to mount on. Gives its path."""
    for folder in ("proc", "sys", "dev", "etc"):
        os.makedirs(os.path.join(path, "rootfs", folder))
    shutil.copy(program, os.path.join(path, "rootfs", "true"))
    write_config(path)
    return path
