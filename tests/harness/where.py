"""Where things are: the repository, the build, the machine that the tests run on."""

import os
import pathlib

repo = pathlib.Path(__file__).resolve().parents[2]

# Where meson puts each program, relative to the build folder.
_PROGRAMS = {
    "nacelle": "runtime/cli/nacelle",
    "nacelle-kube": "runtime/kube/nacelle-kube",
    "nacelle-sign": "runtime/kube/nacelle-sign",
    "nacelle-tls": "runtime/kube/nacelle-tls",
    "containerd-shim-nacelle-v2": "runtime/shim/containerd-shim-nacelle-v2",
    "nacelle-pause": "sandbox/pause/nacelle-pause",
    "print-fields": "tests/fields/print-fields",
    "kill-at": "tests/integration/kill-at",
    "seccomp-probe": "tests/integration/seccomp-probe",
}


def build():
    """The build folder under test: $NACELLE_BUILD, else build/ in the repository."""
    return pathlib.Path(os.environ.get("NACELLE_BUILD", repo / "build"))


def cache():
    """The folder of what outlives a checkout: $NACELLE_CACHE, as ./dev has it."""
    return pathlib.Path(os.environ.get("NACELLE_CACHE", "/var/cache/nacelle"))


def binary(name):
    """The path of one of our programs in the build folder, as a string."""
    path = build() / _PROGRAMS[name]
    if not path.exists():
        raise AssertionError(f"{path} is not built (hint: ./dev build)")
    return str(path)


def nacelle():
    """The path of the runtime in the build folder."""
    return binary("nacelle")


def in_vm():
    """Whether the tests run in the test machine."""
    return "NACELLE_VM" in os.environ


def init_of_vm():
    """What is PID 1 of the test machine: small or systemd."""
    return os.environ["NACELLE_VM"]


def time_scale():
    """By how much longer everything takes here than on real hardware: for timeouts."""
    return 6 if in_vm() else 1
