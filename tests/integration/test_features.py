"""features: what the program says it can do is what it can do."""

import json
import pathlib

from harness import contains, equal, excludes, matches, nacelle, run, sh, test, that
from harness.bundle import Container

# features.md and features-linux.md of the runtime-spec: members and their types; a list holds one kind of items.
SCHEMA = {
    "ociVersionMin": str, "ociVersionMax": str, "hooks": [str], "mountOptions": [str], "annotations": {str: str},
    "linux": {
        "namespaces": [str], "capabilities": [str],
        "cgroup": {"v1": bool, "v2": bool, "systemd": bool, "systemdUser": bool, "rdma": bool},
        "seccomp": {"enabled": bool, "actions": [str], "operators": [str], "archs": [str], "knownFlags": [str],
                    "supportedFlags": [str]},
        "apparmor": {"enabled": bool}, "selinux": {"enabled": bool},
        "memoryPolicy": {"modes": [str], "flags": [str]},
        "mountExtensions": {"idmap": {"enabled": bool}}, "netDevices": {"enabled": bool},
        "intelRdt": {"enabled": bool, "schemata": bool, "monitoring": bool},
    },
    "potentiallyUnsafeConfigAnnotations": [str],
}


def features():
    return json.loads(sh(nacelle(), "features").ok().out)


def check(value, schema, place):
    if isinstance(schema, dict) and str in schema:
        that(all(isinstance(item, str) for pair in value.items() for item in pair), f"{place}: {value}")
    elif isinstance(schema, dict):
        for key, member in value.items():
            that(key in schema, f"{place}.{key} is not in the specification")
            check(member, schema[key], f"{place}.{key}")
    elif isinstance(schema, list):
        that(all(isinstance(item, schema[0]) for item in value), f"{place}: {value}")
        equal(len(value), len(set(value)), f"{place} has repeats")
    else:
        that(isinstance(value, schema), f"{place}: {value}")


@test("features is the object of the specification, and stderr is silent, as CRI-O wants it")
def schema():
    outcome = sh(nacelle(), "features").ok()
    equal(outcome.err, "")
    said = json.loads(outcome.out)
    check(said, SCHEMA, "features")
    for version in said["ociVersionMin"], said["ociVersionMax"]:
        matches(version, r"^1\.\d+\.\d+$")
    contains(sh(nacelle(), "--version").ok().out, f"spec: {said['ociVersionMax']}\n")


@test("the versions at both ends are taken, and one beyond is not")
def versions():
    said = features()
    for version in said["ociVersionMin"], said["ociVersionMax"]:
        Container("true", ociVersion=version).run().ok()
    contains(Container("true", ociVersion="2.0.0").run().exits(1).err, "ociVersion")


@test("every mount option that is listed is one for a bind or a tmpfs, and none is handed to the file system as unknown")
def mount_options():
    for option in features()["mountOptions"]:
        if option in ("bind", "rbind", "idmap", "ridmap", "remount"):
            continue  # they have tests of their own
        contains(plan_with({"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": [option]}), "'/mnt'")
    unknown = plan_with({"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["no-such-option"]})
    contains(unknown, "fs_set 'no-such-option'")
    known = plan_with({"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["rro", "nosymfollow"]})
    excludes(known, "fs_set 'rro'")


def plan_with(entry):
    box = Container("true", mounts=[entry])
    return sh(*box.words("create", "--dry-run", "--bundle", box.bundle, box.id)).ok().out


@test("every namespace that is listed can be new")
def all_namespaces():
    listed = set(features()["linux"]["namespaces"])
    equal(listed, {"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"})
    maps = [{"containerID": 0, "hostID": 0, "size": 65536}]
    linux = {"namespaces": [{"type": kind} for kind in sorted(listed)], "uidMappings": maps, "gidMappings": maps}
    show = "for kind in /proc/self/ns/*; do readlink $kind; done"
    said = Container(show, linux=linux).run().ok().lines()
    own = set(sh("sh", "-c", show).ok().lines())
    equal(set(said) & own, set())


@test("every capability that is listed is the kernel's, and all of the kernel's are listed")
def capabilities():
    last = int(pathlib.Path("/proc/sys/kernel/cap_last_cap").read_text())
    equal(len(features()["linux"]["capabilities"]), last + 1)


@test("every seccomp action, operator, architecture and flag that is listed compiles; others are refused")
def seccomp():
    said = features()["linux"]["seccomp"]
    for action in said["actions"]:
        rule = {"names": ["acct"], "action": action}
        listener = {"listenerPath": "/nonexistent"} if action == "SCMP_ACT_NOTIFY" else {}
        plan_of_seccomp({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule], **listener})
    for operator in said["operators"]:
        rule = {"names": ["acct"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1, "valueTwo": 1, "op": operator}]}
        plan_of_seccomp({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]})
    for flag in said["supportedFlags"]:
        that(flag in said["knownFlags"], flag)
        Container("true", linux={"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "flags": [flag]}}).run().ok()
    plan_of_seccomp({"defaultAction": "SCMP_ACT_ALLOW", "architectures": said["archs"]})
    for wrong in {"defaultAction": "SCMP_ACT_X"}, {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X"]}:
        contains(Container("true", linux={"seccomp": wrong}).run().exits(1).err, "unknown")


def plan_of_seccomp(profile):
    box = Container("true", linux={"seccomp": profile})
    sh(*box.words("create", "--dry-run", "--bundle", box.bundle, box.id)).ok()


@test("the hooks that are listed are those that are read")
def hooks():
    for kind in features()["hooks"]:
        contains(Container("true", hooks={kind: [{"path": "not-absolute"}]}).run().exits(1).err, f"hooks.{kind}[0].path")


@test("every mode of memory policy that is listed is read, and another is not")
def memory_policy():
    said = features()["linux"]["memoryPolicy"]
    for mode in said["modes"]:
        nodes = {} if mode in ("MPOL_DEFAULT", "MPOL_LOCAL") else {"nodes": "0"}
        box = Container("true", linux={"memoryPolicy": {"mode": mode, **nodes}})
        sh(*box.words("create", "--dry-run", "--bundle", box.bundle, box.id)).ok()
    contains(Container("true", linux={"memoryPolicy": {"mode": "MPOL_X"}}).run().exits(1).err, "linux.memoryPolicy.mode")


run()
