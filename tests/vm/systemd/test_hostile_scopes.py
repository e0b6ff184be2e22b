"""What a configuration cannot do to systemd: its annotations and its cgroup path stay words."""

import os
import pathlib

from harness import equal, excludes, run, sh, test, withstands
from harness.bundle import Container

SLEEP = "while :; do sleep 1; done"
ASKED = ("MemoryMax", "CPUQuotaPerSecUSec", "TasksMax", "Description", "KillMode", "Delegate", "OOMScoreAdjust", "RuntimeMaxUSec")


def properties(name, annotations):
    """Some properties of the scope of a container with these annotations, and the whole of it as text."""
    box = Container(SLEEP, annotations=annotations, linux={"cgroupsPath": f"system.slice:nacelle:{name}",
                                                           "resources": {"pids": {"limit": 40}}})
    box.call("create", "--bundle", box.bundle, box.id, options=["--systemd-cgroup"]).ok()
    unit = f"nacelle-{name}.scope"
    chosen = sh("systemctl", "show", unit, *(f"--property={key}" for key in ASKED)).ok().out
    whole = sh("systemctl", "show", unit).ok().out
    box.delete("--force").ok()
    return chosen.replace(name, "NAME").replace(box.id, "ID"), whole


@withstands("CVE-2024-3154")
@test("annotations are no properties: a scope with hostile ones is like one without", timeout=120)
def annotations():
    plain, _ = properties(f"plain{os.getpid()}", {})
    mark = pathlib.Path("/run/nacelle-test-evil")
    hostile, whole = properties(f"evil{os.getpid()}", {
        "org.systemd.property.MemoryMax": "uint64 4096", "org.systemd.property.RuntimeMaxUSec": "uint64 1",
        "org.systemd.property.ExecStopPost": f"[('/bin/touch', ['touch', '{mark}'], false)]",
        "org.systemd.property.TasksMax": "uint64 1", "org.systemd.property.Description": "'evil'",
        "run.oci.systemd.subgroup": "../../evil", "run.oci.systemd.force_cgroup_v1": "/evil"})
    equal(hostile, plain)
    excludes(whole, "touch")
    equal(mark.exists(), False)


run()
