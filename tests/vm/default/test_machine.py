"""The test machine is what the other tests take it for."""

import pathlib

from harness import contains, equal, run, sh, test

CGROUPS = pathlib.Path("/sys/fs/cgroup")


@test("cgroup v2 is the only hierarchy, and its controllers are on for containers")
def pure_cgroup_v2():
    equal(sh("stat", "-f", "-c", "%T", CGROUPS).ok().out.strip(), "cgroup2fs")
    enabled = (CGROUPS / "cgroup.subtree_control").read_text().split()
    for controller in ("cpu", "cpuset", "hugetlb", "io", "memory", "pids"):
        contains(enabled, controller)


@test("AppArmor is on")
def apparmor():
    equal(pathlib.Path("/sys/module/apparmor/parameters/enabled").read_text().strip(), "Y")


@test("podman runs a container with crun and a memory limit")
def podman_with_crun():
    archive = "mkdir -p /tmp/image/bin && cp /bin/busybox /tmp/image/bin/ && tar -C /tmp/image -c . | podman import - machine-test"
    sh(archive, timeout=60).ok()
    outcome = sh("podman", "--runtime", "crun", "run", "--rm", "--network", "none", "--memory", "64m", "machine-test",
                 "/bin/busybox", "cat", "/sys/fs/cgroup/memory.max", timeout=60)
    equal(outcome.ok().out, "67108864\n")


run()
